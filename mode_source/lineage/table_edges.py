"""Table edges: every table that a statement reads, creates or changes, seen through its CTEs.

Walks a tree with an explicit stack, so depth does not matter. A CTE hides a table only below the WITH that
defines it, and only where the name is written without a schema.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from .budget import Budget
from .records import Role
from .table_names import Names, TableName, from_of, with_of

Hidden = frozenset[str]

# Nodes below which no table is read: leaves, and what names a table without reading it.
_SKIPPED = {type(None), str, bool, int} | {
    getattr(exp, name)
    for name in (
        "Identifier", "Literal", "Column", "Var", "Star", "Null", "Boolean", "DataType",
        "TableAlias", "UserDefinedFunction",
        "Hint", "Lock", "Reference", "ForeignKey", "Drop", "Alter", "AlterTable", "TruncateTable",
        "Grant", "Revoke", "Execute",
        "Comment", "Use", "Show", "Command", "Kill", "Pragma", "Transaction", "Commit",
        "Rollback", "Analyze",
    )
    if hasattr(exp, name)
}  # fmt: skip
# BigQuery's functions whose first argument is a model.
_ON_MODELS = tuple(
    getattr(exp, name)
    for name in ("Predict", "MLForecast", "MLTranslate", "GenerateEmbedding", "GenerateText", "GenerateTable")
    if hasattr(exp, name)
)
_NO_READS = {"INDEX", "STATISTICS"}
_WRITING = (exp.Insert, exp.Update, exp.Delete, exp.Merge)
_RECURSIVE_WITHOUT_SAYING = {"tsql", "oracle", "snowflake", "teradata", "databricks", "spark", ""}


@dataclass
class Found:
    """The tables of a text so far; `created` are those it made itself, whose reading tells nothing."""

    edges: dict[tuple[TableName, Role], None] = field(default_factory=dict)
    created: set[tuple[str, str, str]] = field(default_factory=set)
    problems: list[tuple[str, int | None]] = field(default_factory=list)

    def add(self, name: TableName, role: Role) -> None:
        """Note a table once per role."""
        self.edges.setdefault((name, role))


def collect(statement: exp.Expr, names: Names, found: Found, budget: Budget) -> None:
    """Add the statement's tables to `found`."""
    if statement.__class__ in _SKIPPED or (
        isinstance(statement, exp.Describe) and isinstance(statement.this, exp.Table)
    ):
        return
    if isinstance(statement, exp.Create) and str(statement.args.get("kind") or "").upper() in _NO_READS:
        return
    targets, again = _targets(statement)
    made: set[tuple[str, str, str]] = set()
    for target in targets:
        name = names.resolve(target) or temporary(target)
        if name:
            found.add(name, "created")
            if isinstance(statement, (exp.Create, exp.Cache)) or isinstance(target.parent, exp.Into):
                made.add(name.key)
    skipped = {id(target) for target in (*targets, *again)}
    if isinstance(statement, exp.Create) and not targets and isinstance(statement.this, exp.Table):
        skipped.add(id(statement.this))  # CREATE MODEL, CREATE FUNCTION
    stack: list[tuple[exp.Expr, Hidden]] = [(statement, frozenset())]
    while stack:
        node, hidden = stack.pop()
        budget.check()
        if isinstance(node, _WRITING) and node is not statement:  # WITH gone AS (DELETE ... RETURNING *)
            inner, once_more = _targets(node)
            skipped |= {id(target) for target in (*inner, *once_more)}
            for name in filter(None, map(names.resolve, inner)):
                found.add(name, "created")
        if isinstance(node, _ON_MODELS):
            skipped.add(id(node.this))
        if isinstance(node, exp.Table):
            name = None if id(node) in skipped or _hidden(node, hidden, names) else names.resolve(node)
            if name and name.key not in found.created and not is_path(node, names):
                found.add(name, "read")
        children: list[tuple[exp.Expr, Hidden]] = []
        clause = with_of(node)
        if clause is not None:
            hidden = _ctes(clause, hidden, names, children)
        for value in node.args.values():
            for child in value if value.__class__ is list else (value,):
                if child.__class__ not in _SKIPPED and child is not clause and hasattr(child, "args"):
                    children.append((child, hidden))
        stack += reversed(children)
    found.created |= made


def _ctes(clause: exp.Expr, hidden: Hidden, names: Names, children: list[tuple[exp.Expr, Hidden]]) -> Hidden:
    """Schedule the bodies of a WITH, each with the names it sees; returns what the statement itself sees."""
    recursive = bool(clause.args.get("recursive"))
    everything = hidden | {cte_key(cte, names) for cte in clause.expressions} if recursive else hidden
    for cte in clause.expressions:
        own = everything | hidden
        if is_recursive(cte, recursive, names):
            own |= {cte_key(cte, names)}
        children.append((cte, own))
        hidden |= {cte_key(cte, names)}
    return hidden


def is_recursive(cte: exp.Expr, said: bool, names: Names) -> bool:
    """Whether the CTE's own name in its body means itself."""
    return said or (names.platform.dialect in _RECURSIVE_WITHOUT_SAYING and isinstance(cte.this, exp.SetOperation))


def cte_key(cte: exp.Expr, names: Names) -> str:
    """The name of a CTE, as `alias_key`."""
    alias = cte.args.get("alias")
    named = alias.this if isinstance(alias, exp.TableAlias) else alias
    return alias_key(named if isinstance(named, exp.Identifier) else exp.to_identifier(cte.alias or None), names)


def alias_key(identifier: exp.Expr | None, names: Names) -> str:
    """What two spellings of an alias have in common; empty where there is no name."""
    if not isinstance(identifier, exp.Identifier):
        return getattr(identifier, "name", "") or ""
    return names.platform.key(identifier.name, bool(identifier.args.get("quoted")))


def source_alias(source: exp.Expr, names: Names) -> str:
    """What columns call a table in FROM: its alias, or its own name."""
    alias = source.args.get("alias")
    if isinstance(alias, exp.TableAlias) and alias.this is not None:
        return alias_key(alias.this, names)
    this = source.this
    while isinstance(this, exp.Dot):
        this = this.expression
    return alias_key(this.this if isinstance(this, exp.Table) else this, names)


def _hidden(node: exp.Expr, hidden: Hidden, names: Names) -> bool:
    return (
        bool(hidden)
        and not node.args.get("db")
        and isinstance(node.this, exp.Identifier)
        and (alias_key(node.this, names) in hidden)
    )


def is_path(node: exp.Expr, names: Names) -> bool:
    """`FROM orders o, o.items`, `ARRAY JOIN tags`: a column of a table that stands in FROM already."""
    parent = node.parent.parent if isinstance(node.parent, exp.Alias) else node.parent
    if isinstance(parent, exp.Join) and str(parent.args.get("kind") or "").upper() == "ARRAY":
        return True
    if not names.platform.unnest_paths or not node.args.get("db"):
        return False
    first = next((part for part in (node.args.get("catalog"), node.args.get("db")) if part is not None), None)
    wanted = alias_key(first, names)
    select = node.find_ancestor(exp.Select)
    while select is not None:
        for other in sources_of(select):
            if other is not node and isinstance(other, (exp.Table, exp.Subquery, exp.Unnest)):
                alias = other.args.get("alias")
                name = alias.this if isinstance(alias, exp.TableAlias) and alias.this is not None else other.this
                if isinstance(name, exp.Identifier) and alias_key(name, names) == wanted:
                    return True
        select = select.find_ancestor(exp.Select)
    return False


def sources_of(select: exp.Expr) -> list[exp.Expr]:
    """What stands in FROM and JOIN, in order."""
    clause = from_of(select)
    found = [clause.this] if clause is not None else []
    return found + [join.this for join in select.args.get("joins") or ()]


def temporary(node: exp.Expr) -> TableName | None:
    """A SQL Server temp table (`#t`) or table variable (`@t`), which has no place in the warehouse."""
    this = getattr(node, "this", None)
    if isinstance(this, exp.Identifier) and (this.args.get("temporary") or this.name.startswith("#")):
        return TableName(None, None, "#" + this.name.lstrip("#"))
    return TableName(None, None, "@" + this.name) if isinstance(this, exp.Parameter) else None


def _targets(statement: exp.Expr) -> tuple[list[exp.Expr], list[exp.Expr]]:
    """The tables that the statement creates or changes, and the nodes that only name them again."""
    target: exp.Expr | None = None
    again: list[exp.Expr] = []
    if isinstance(statement, exp.Create):
        kind = str(statement.args.get("kind") or "").upper()
        target = statement.this if kind.endswith(("TABLE", "VIEW")) else None
    elif isinstance(statement, exp.Cache):
        target = statement.this
    elif isinstance(statement, _WRITING):
        named = [table for table in statement.args.get("tables") or () if isinstance(table, exp.Table)]
        target = statement.this or (named[0] if named else None)  # SQL Server: DELETE t WHERE …
        again = [table for table in named if table is not target]
    elif isinstance(statement, exp.Copy) and statement.args.get("kind"):
        target = statement.this
    target = target.this if isinstance(target, exp.Schema) else target
    if isinstance(target, exp.Table):
        behind = _behind_alias(statement, target)
        return [behind], [target, *again]
    if isinstance(statement, exp.Query):
        return intos(statement), again
    return [], again


def intos(query: exp.Expr) -> list[exp.Expr]:
    """The table of SELECT ... INTO."""
    while isinstance(query, exp.SetOperation):
        query = query.this
    into = query.args.get("into")
    return [into.this] if into is not None and isinstance(into.this, (exp.Table, exp.Parameter)) else []


def _behind_alias(statement: exp.Expr, target: exp.Expr) -> exp.Expr:
    """`UPDATE o SET ... FROM orders o`: the table that the alias stands for."""
    clause = from_of(statement)
    if target.args.get("db") or clause is None or not isinstance(statement, (exp.Update, exp.Delete)):
        return target
    for table in clause.find_all(exp.Table):
        if table.alias and table.alias.casefold() == target.name.casefold():
            return table
    return target
