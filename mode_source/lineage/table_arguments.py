"""Tables that stand in the arguments of functions, made tables of the tree: sqlglot reads them as columns or strings.

* ClickHouse: `cluster()`, `remote()`, `dictionary()`, `dictGet…()`, `joinGet()`, `view()`, `x IN table`
  (https://clickhouse.com/docs/sql-reference/table-functions, …/operators/in)
* Trino: `TABLE(function(input => TABLE(t)))` (https://trino.io/docs/current/functions/table.html)
* Databricks: `table_changes('t', 1)`, `STREAM(t)` (https://docs.databricks.com/sql/language-manual/functions/table_changes)
* Snowflake: `TABLE('t')`, `SEMANTIC_VIEW(t …)` (https://docs.snowflake.com/sql-reference/literals-table)
* SQL Server: `CONTAINSTABLE(t, …)`, `FREETEXTTABLE`, `CHANGETABLE(CHANGES t, …)`; Oracle: `CONTAINERS(t)`
* BigQuery: `TABLE_DATE_RANGE([prefix], …)`, `f(TABLE t, …)`; the places of such names come from `rewrites`.
"""

from __future__ import annotations

import re

from sqlglot import exp

from .platforms import Platform

_MAYBE = {
    "bigquery": re.compile(r"\btable_date_range|\|>", re.I),
    "clickhouse": re.compile(r"\b(?:cluster|remote|dict|joinget|view\s*\(|in\b|merge\s*\()", re.I),
    "trino": re.compile(r"\btable\s*\(", re.I),
    "presto": re.compile(r"\btable\s*\(", re.I),
    "athena": re.compile(r"\btable\s*\(", re.I),
    "databricks": re.compile(r"\b(?:table_changes|stream|table)\s*\(", re.I),
    "spark": re.compile(r"\b(?:table_changes|stream|table)\s*\(", re.I),
    "snowflake": re.compile(r"\b(?:table|semantic_view)\s*\(", re.I),
    "tsql": re.compile(r"\b(?:containstable|freetexttable|changetable)\s*\(", re.I),
    "oracle": re.compile(r"\bcontainers\s*\(", re.I),
}
_ELSEWHERE = {"cluster", "clusterallreplicas", "remote", "remotesecure"}
_FIRST_IS_TABLE = {"containers", "appends", "changes", "table_changes", "changetable"}
_HOLDS_TABLE = {"containstable", "freetexttable"}
_OF_DICTIONARY = re.compile(r"dict(?:get\w*|has|isin)|joinget\w*", re.I)


def find_table_arguments(tree: exp.Expr, text: str, platform: Platform, places: frozenset[int], base: int) -> exp.Expr:
    """The tree with its tables in arguments; it is changed in place.

    Args:
        tree: one statement.
        text: its text, which tells whether there is anything to do.
        platform: whose SQL it is.
        places: where in the whole text names stand that TABLE marks as tables.
        base: what to add to the positions of the tree's nodes.
    """
    maybe = _MAYBE.get(platform.dialect)
    if not places and not (maybe and maybe.search(text)):
        return tree
    for node in list(tree.walk()):
        if isinstance(node, exp.Column) and places:
            first = next((p for key in ("catalog", "db", "table", "this") if (p := node.args.get(key))), None)
            start = first.meta.get("start") if first is not None else None
            if start is not None and start + base in places:
                node.replace(_table(_parts(node)))
        elif isinstance(node, exp.From) and isinstance(node.this, exp.TableAlias):  # BigQuery: |> AS x |> SELECT
            node.set("this", exp.Table(this=node.this.this))
        elif isinstance(node, exp.In) and platform.dialect == "clickhouse":
            field = node.args.get("field")
            if isinstance(field, exp.Column):
                field.replace(_table(_parts(field)))
        elif isinstance(node, exp.Table) and platform.dialect == "clickhouse" and node.name.lower() == "dictionary":
            listed = node.args["alias"].columns if node.args.get("alias") else []
            if len(listed) == 1 and not node.args["alias"].this:  # sqlglot takes the string for a list of columns
                literal = exp.Literal.string(listed[0].name)
                literal.meta.update(listed[0].meta)
                node.set("alias", None)
                _become(node, _parts(literal))
        elif isinstance(node, exp.Anonymous):
            _function(node, str(node.this).lower(), platform)
        elif isinstance(node, exp.Table) and isinstance(node.this, _named("SemanticView")):
            inner = node.this.this
            if isinstance(inner, exp.Table):
                _become(node, _parts(inner))
        elif (
            isinstance(node, _named("TableFromRows"))
            and node.this.find(exp.Literal) is not None
            and (isinstance(node.this, exp.Literal) or node.this.this is node.this.find(exp.Literal))
        ):  # TABLE('t'), TABLE(IDENTIFIER('t'))
            table = _table(_parts(node.this.find(exp.Literal)))
            for key in ("alias", "joins", "pivots"):
                table.set(key, node.args.get(key))
            node.replace(table)
        elif isinstance(node, _named("Stream")):
            inner = node.this
            inner_table = inner.this if isinstance(inner, exp.Subquery) else inner
            if isinstance(inner_table, exp.Table):
                table = _table(_parts(inner_table))
                table.set("alias", inner.args.get("alias") or node.args.get("alias"))
                table.set("joins", inner.args.get("joins"))
                node.replace(table)
    for table in list(tree.find_all(exp.Table)) if places else ():
        if isinstance(table.this, exp.Anonymous) and str(table.this.this).lower() in _FIRST_IS_TABLE:
            first = next(iter(table.this.expressions), None)
            if isinstance(first, exp.Table):
                _become(table, _parts(first))
    return tree


def _function(node: exp.Anonymous, name: str, platform: Platform) -> None:
    """One function that sqlglot does not know."""
    arguments = node.expressions
    outer = node.parent if isinstance(node.parent, exp.Table) and node.arg_key == "this" else None
    if platform.dialect == "clickhouse":
        if outer is not None and name in _ELSEWHERE and len(arguments) > 1:
            parts = _parts(arguments[1])
            if len(parts) == 1 and len(arguments) > 2 and len(_parts(arguments[2])) == 1:
                parts += _parts(arguments[2])
            if parts:
                _become(outer, parts)
        elif outer is not None and name == "view" and arguments and isinstance(arguments[0], exp.Query):
            outer.replace(_subquery(arguments[0], outer))
        elif _OF_DICTIONARY.fullmatch(name) and arguments and isinstance(arguments[0], (exp.Literal, exp.Column)):
            node.append("expressions", _table(_parts(arguments[0])))
            arguments[0].replace(exp.Null())
    if outer is not None and name.startswith("table_date_range") and arguments:  # legacy SQL: a prefix of names
        parts = _parts(arguments[0])
        if parts:
            parts[-1].set("this", parts[-1].name + "*")
            _become(outer, parts)
    elif outer is not None and name in _FIRST_IS_TABLE and arguments and _parts(arguments[0]):
        _become(outer, _parts(arguments[0]))
    elif name in _HOLDS_TABLE and arguments and isinstance(arguments[0], exp.Column):
        arguments[0].replace(_table(_parts(arguments[0])))
    elif name == "table" and len(arguments) == 1 and isinstance(arguments[0], exp.Column):
        if outer is not None:
            _become(outer, _parts(arguments[0]))
        else:
            node.replace(_table(_parts(arguments[0])))
    elif name == "exclude_columns":
        passed = next((t for t in node.find_all(exp.Table)), None) or next(
            (_table(_parts(a.expressions[0])) for a in node.find_all(exp.Anonymous) if str(a.this).lower() == "table"
             and a.expressions and isinstance(a.expressions[0], exp.Column)), None,
        )  # fmt: skip
        around = node.find_ancestor(exp.Table)
        if passed is not None and around is not None:
            _become(around, _parts(passed))


def _named(name: str) -> tuple[type[exp.Expr], ...]:
    """A class of sqlglot's that not every version has."""
    found: type[exp.Expr] | None = getattr(exp, name, None)
    return (found,) if found is not None else ()


def _parts(node: exp.Expr) -> list[exp.Identifier]:
    """The parts of a name that is written as a column, a table or a string."""
    if isinstance(node, exp.Literal) and node.is_string:
        found = []
        for name in re.findall(r"\"[^\"]+\"|`[^`]+`|[^.\"`]+", node.name):
            part = exp.Identifier(this=name.strip('"`'), quoted=name[0] in '"`')
            part.meta.update(node.meta)
            found.append(part)
        return found
    keys = ("catalog", "db", "table", "this") if isinstance(node, exp.Column) else ("catalog", "db", "this")
    if isinstance(node, (exp.Column, exp.Table)):
        parts = [node.args.get(key) for key in keys]
        return [part for part in parts if isinstance(part, exp.Identifier)]
    return []


def _become(table: exp.Table, parts: list[exp.Identifier]) -> None:
    """Give a table in FROM another name; its alias and joins stay."""
    names: list[exp.Identifier | None] = [*reversed(parts[-3:]), None, None]
    for key, part in zip(("this", "db", "catalog"), names, strict=False):
        table.set(key, part.copy() if part is not None else None)


def _table(parts: list[exp.Identifier]) -> exp.Table:
    table = exp.Table()
    _become(table, parts)
    return table


def _subquery(query: exp.Expr, table: exp.Table) -> exp.Subquery:
    subquery = exp.Subquery(this=query.copy())
    for key in ("alias", "joins", "laterals", "pivots"):
        subquery.set(key, table.args.get(key))
    return subquery
