"""Column edges: where each output column of the text's result comes from.

Builds a relation (`relations.py`) for every SELECT from the inside out, once each, and reads the edges off
the last statement that returns rows. Only what is in the select list counts: filters and join keys do not.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from sqlglot import exp

from .budget import Budget
from .evidence import note_evidence
from .function_columns import columns_of_function
from .holes import PLACEHOLDER
from .match_recognize import matched
from .pivots import pivoted
from .records import DatasetRef
from .relations import NONE, Base, Computed, Derived, Either, Elements, Nowhere, Origins, Relation, Scalar, weaker
from .resolve import Resolver
from .scope import Scope, dataset_relation
from .table_edges import alias_key, cte_key, is_path, is_recursive, source_alias, temporary
from .table_names import PSEUDO, Names, from_of, with_of
from .usages import note_clauses, note_order_of_union, note_statement, note_where
from .uses import Uses

Visible = Mapping[str, Relation]


@dataclass
class Columns:
    """Builds relations; `made` are the tables that earlier statements created."""

    names: Names
    budget: Budget
    datasets: Mapping[str, DatasetRef] = field(default_factory=dict)
    made: dict[tuple[str, str, str], Relation] = field(default_factory=dict)
    evidence: dict[tuple[str, str, str], set[str]] = field(default_factory=dict)
    pending: list[exp.Expr] = field(default_factory=list)  # statements whose evidence nobody needed so far
    variables: dict[str, Relation] = field(default_factory=dict)
    uses: Uses = field(default_factory=Uses)
    explain: bool = False
    placeholders: bool = False  # whether the statement in hand has any
    unnamed: int = 0

    def __post_init__(self) -> None:
        self.resolver = self.finder = Resolver(self.names, self.budget, self)
        self.marked = any(True for _ in self.names.marks)

    def begin(self, text: str) -> None:
        """Take another statement in hand, to whose text the positions of its nodes refer."""
        self.resolver.result_names.begin(text)
        self.placeholders = PLACEHOLDER in text.lower()

    def weigh(self) -> None:
        """Note what the text so far says about which table has which column; it takes a walk of its own."""
        for tree in self.pending:
            note_evidence(tree, self.names, self.budget, self.evidence)
        self.pending.clear()

    def fill(self, names: Sequence[str], relation: Relation, *, rows: bool) -> None:
        """Remember what variables hold: the rows of a query, or its columns one by one."""
        listing = relation.listing()
        for position, name in enumerate(names):
            held = listing if rows or position >= len(listing) else [listing[min(position, len(listing) - 1)]]
            folded = self.names.platform.key(name)
            self.variables[folded] = relation if rows else Derived(held, self.key)

    def variable(self, name: str) -> Relation | None:
        """What a variable holds, as far as the text filled it with a query."""
        return self.variables.get(self.names.platform.key(name))

    def key(self, name: str) -> str:
        """What two spellings of a column, alias or CTE have in common."""
        return self.names.platform.key(name, True)

    def query(self, node: exp.Expr, visible: Visible, outer: Scope | None) -> Relation:
        """The relation of a SELECT, a union, a subquery, VALUES."""
        self.budget.check()
        clause = with_of(node)
        if clause is not None:
            visible = self.ctes(clause, visible, outer)
        if isinstance(node, exp.SetOperation):
            sides = []
            current = node
            while isinstance(current, exp.SetOperation):
                if not isinstance(current, exp.Except):  # what is taken away is no source
                    sides.append(current.expression)
                inner = current.this
                if isinstance(inner, exp.SetOperation) and with_of(inner) is None:
                    current = inner
                else:
                    sides.append(inner)
                    break
            relations = [self.query(side, visible, outer) for side in reversed(sides)]
            either = Either(relations, self.key, bool(node.args.get("by_name")))
            note_order_of_union(self, node, either)
            return either
        if isinstance(node, exp.Select):
            return self._select(node, visible, outer)
        if isinstance(node, (exp.Subquery, exp.Paren)):
            if isinstance(node.this, exp.Query) and not node.this.args.get("joins"):
                return self.query(node.this, visible, outer)
            scope = Scope(outer=outer)
            self.add_source(node, visible, scope)
            return self.resolver.everything(scope, visible)
        if isinstance(node, exp.Values):
            return Derived(self._values(node), self.key)
        if isinstance(node, exp.Table):
            return self.table(node, visible, Scope(outer=outer))
        return Nowhere()

    def _values(self, node: exp.Expr) -> list[tuple[str, Origins]]:
        alias = node.args.get("alias")
        names = [self.names.column(column) for column in alias.columns] if isinstance(alias, exp.TableAlias) else []
        return [(name, NONE) for name in names]

    def ctes(self, clause: exp.Expr, visible: Visible, outer: Scope | None) -> dict[str, Relation]:
        """The relations that a WITH clause makes visible, together with those that are visible already."""
        seen = dict(visible)
        for cte in clause.expressions:
            key, body = cte_key(cte, self.names), cte.this
            listed = [self.names.column(c) for c in cte.args["alias"].columns] if cte.args.get("alias") else None
            inner = dict(seen)
            if isinstance(body, exp.SetOperation) and is_recursive(cte, bool(clause.args.get("recursive")), self.names):
                first = body
                while isinstance(first, exp.SetOperation) and with_of(first) is None:
                    first = first.this
                inner[key] = Nowhere()
                clause_inside = with_of(body)
                known = self.ctes(clause_inside, inner, outer) if clause_inside is not None else inner
                inner[key] = self.renamed(self.query(first, known, outer), listed)
            if isinstance(body, (exp.Insert, exp.Update, exp.Delete, exp.Merge)):
                relation = self.returned(body, inner) or Nowhere()
            elif isinstance(body, (exp.Query, exp.Table)):
                relation = self.query(body, inner, outer)
            else:
                relation = Scalar([key], self.resolver.origins(body, Scope(outer=outer), inner), self.key)
            seen[key] = self.renamed(relation, listed)
        return seen

    def returned(self, tree: exp.Expr, visible: Visible) -> Relation | None:
        """What the RETURNING of an INSERT, UPDATE, DELETE or MERGE gives out: columns of the table it changes."""
        scope = note_statement(self, tree, visible)
        returning = tree.args.get("returning")
        if returning is None:
            return None
        return self.resolver.projections(exp.Select(expressions=returning.expressions), scope, visible)

    def renamed(self, relation: Relation, names: list[str] | None) -> Relation:
        """The relation with a column list: `t(a, b)`."""
        listing = relation.listing()
        if not names or any(name == "*" for name, _ in listing[: len(names)]) or not listing:
            if names and not isinstance(relation, Nowhere):
                everything: Origins = NONE.union(*(origins for _, origins in listing))
                return Derived([(name, weaker(everything, "guess")) for name in names], self.key)
            return relation
        rest = [(name, origins) for name, origins in listing[len(names) :]]
        return Derived([(n, origins) for n, (_, origins) in zip(names, listing, strict=False)] + rest, self.key)

    def table(self, node: exp.Expr, visible: Visible, scope: Scope) -> Relation:
        """The relation of a table in FROM: a CTE, a table that the text made, a dataset, or one of the warehouse."""
        this = node.this
        if isinstance(this, exp.Func) and self.names.resolve(node) is None:
            origins = self.resolver.origins(this, scope, visible)
            self.uses.mention(origins)
            return Computed([], origins, self.key)
        if not node.args.get("db") and isinstance(this, exp.Identifier):
            found = visible.get(alias_key(this, self.names))
            if found is not None:
                return found
        if is_path(node, self.names):
            parts = [part for part in (node.args.get("catalog"), node.args.get("db"), this) if part is not None]
            return Computed([], self.resolver.parts(parts, scope), self.key)
        name = self.names.resolve(node)
        if name is None:
            if node.name.lower() in PSEUDO:
                return Relation()
            own = temporary(node)
            return (self.made.get(own.key) if own else None) or Nowhere()
        if name.key in self.made:
            return self.made[name.key]
        dataset = self.datasets.get(name.table.casefold())
        if dataset is not None and dataset.lineage is not None:
            return dataset_relation(dataset.lineage, self.key)
        evidence = self.evidence.setdefault(name.key, set())
        return Base(name, self.names.columns(name), self.key, evidence)

    def _source(self, node: exp.Expr, visible: Visible, scope: Scope, outer: Scope | None) -> tuple[str, Relation]:
        """One entry of FROM: its alias and its relation."""
        self.budget.check()
        if isinstance(node, exp.Final):  # ClickHouse: FROM t FINAL
            return self._source(node.this, visible, scope, outer)
        alias = node.args.get("alias")
        listed = [self.names.column(c) for c in alias.columns] if isinstance(alias, exp.TableAlias) else []
        if isinstance(node, exp.Table):
            relation = self.table(node, visible, scope)
            listed_relation = self._function_names(relation, listed, node)
        elif isinstance(node, (exp.Subquery, exp.Paren)):
            clause = with_of(node)
            visible = self.ctes(clause, visible, outer) if clause is not None else visible
            inner = node.this
            if isinstance(inner, (exp.Table, exp.Subquery)):  # tables and joins in brackets
                nested = Scope(outer=outer)
                self.add_source(inner, visible, nested)
                if not node.alias:
                    scope.sources.update(nested.sources)
                    scope.using.update(nested.using)
                    return "", Nowhere()
                relation = self.resolver.everything(nested, visible)
            else:
                relation = self.query(inner, visible, outer)
            listed_relation = self.renamed(relation, listed)
        elif isinstance(node, exp.Values):
            listed_relation = Derived(self._values(node), self.key)
        elif isinstance(node, exp.Lateral):
            inner = node.this
            if isinstance(inner, exp.Subquery):
                listed_relation = self.renamed(self.query(inner, visible, scope), listed)
            else:
                origins = self.resolver.origins(inner, scope, visible)
                self.uses.mention(origins)
                own_name = self.names.column(alias.this) if isinstance(alias, exp.TableAlias) and alias.this else None
                listed_relation = self._function(inner, listed, origins, own_name)
        elif isinstance(node, exp.Query):
            listed_relation = self.renamed(self.query(node, visible, outer), listed)
        elif type(node).__name__ == "TableFromRows" and isinstance(node.this, exp.Func):  # Snowflake: TABLE(f(…))
            origins = self.resolver.origins(node.this, scope, visible)
            self.uses.mention(origins)
            own_name = self.names.column(alias.this) if isinstance(alias, exp.TableAlias) and alias.this else None
            listed_relation = self._function(node.this, listed, origins, own_name)
        else:  # UNNEST and other table functions
            origins = self.resolver.origins(node, scope, visible)
            offset = node.args.get("offset")
            own = [self.names.column(offset)] if isinstance(offset, exp.Identifier) else []
            name = (
                [self.names.column(alias.this)]
                if isinstance(alias, exp.TableAlias) and alias.this and not listed
                else []
            )
            self.uses.mention(origins)
            if self.names.platform.dialect == "bigquery":
                listed_relation = Elements(listed + name + own, origins, self.key)
            else:
                listed_relation = Computed(listed + name + own, origins, self.key, unknown=not (listed + name + own))
        for pivot in node.args.get("pivots") or ():
            listed_relation, own_alias = pivoted(self.resolver, pivot, listed_relation, scope, visible)
            if own_alias:
                return own_alias, listed_relation
        return source_alias(node, self.names) if isinstance(node, exp.Table) else _alias_of(
            alias, self.names
        ), listed_relation

    def _function_names(self, relation: Relation, listed: list[str], node: exp.Expr) -> Relation:
        if isinstance(relation, Computed) and isinstance(node.this, exp.Func):
            alias = node.args.get("alias")
            own = self.names.column(alias.this) if isinstance(alias, exp.TableAlias) and alias.this else None
            return self._function(node.this, listed, relation.origins, own)
        return self.renamed(relation, listed) if listed else relation

    def _function(self, call: exp.Expr, listed: list[str], origins: Origins, alias: str | None) -> Relation:
        """What a table function returns; its columns are unknown where nobody says them."""
        name = self.resolver.result_names.word_at(call)
        known = listed or columns_of_function(name, self.names.platform.dialect, alias)
        hidden = [alias] if alias else []
        return Computed(known, origins, self.key, hidden=hidden, unknown=not known)

    def add_source(self, node: exp.Expr, visible: Visible, scope: Scope) -> Relation:
        alias, relation = self._source(node, visible, scope, scope if isinstance(node, exp.Lateral) else scope.outer)
        if alias or not isinstance(relation, Nowhere):
            self.unnamed += not alias
            scope.sources[alias or f"?{self.unnamed}"] = relation
        if isinstance(node, (exp.Table, exp.Subquery)):
            for join in node.args.get("joins") or ():
                self._join(join, visible, scope)
            for lateral in node.args.get("laterals") or ():
                self.add_source(lateral, visible, scope)
        return relation

    def _join(self, join: exp.Expr, visible: Visible, scope: Scope) -> None:
        if str(join.args.get("kind") or "").upper() == "ARRAY":  # ClickHouse: ARRAY JOIN tags AS tag
            for item in join.expressions or [join.this]:
                name = item.alias_or_name
                spread = Computed([name], self.resolver.array(item, scope, visible), self.key)
                scope.sources = {f"?{name}": spread, **scope.sources}
            return
        condition = join.args.get("on")
        if str(join.args.get("kind") or "").upper() in ("SEMI", "ANTI"):  # only filters
            inner = Scope(dict(scope.sources), scope.outer, dict(scope.using))
            self.add_source(join.this, visible, inner)
            if condition is not None:
                self.uses.add(self.resolver.origins(condition, inner, visible), "join")
            return
        before = list(scope.sources.values())
        relation = self.add_source(join.this, visible, scope)
        if condition is not None:
            self.uses.add(self.resolver.origins(condition, scope, visible), "join")
        match = join.args.get("match_condition")
        if match is not None:
            self.uses.add(self.resolver.origins(match, scope, visible), "join")
        if str(join.args.get("method") or "").upper() == "NATURAL" and not relation.is_open:
            for name, _ in relation.listing():
                if any((answer := other.find(self.key(name), name)) and answer.known for other in before):
                    scope.using[self.key(name)] = [*scope.using.get(self.key(name), before), relation]
                    self.uses.add(self.resolver.merged(self.key(name), name, scope), "join")
        for column in join.args.get("using") or ():
            identifier = column.this if isinstance(column, exp.Column) else column
            if isinstance(identifier, exp.Identifier):
                key = alias_key(identifier, self.names)
                merged = scope.using.get(key)
                scope.using[key] = [*(merged or before), relation]
                self.uses.add(self.resolver.merged(key, self.names.column(identifier), scope), "join")

    def _select(self, node: exp.Expr, visible: Visible, outer: Scope | None) -> Relation:
        scope = Scope(outer=outer)
        clause = from_of(node)
        if clause is not None:
            self.add_source(clause.this, visible, scope)
        for join in node.args.get("joins") or ():
            self._join(join, visible, scope)
        for lateral in node.args.get("laterals") or ():
            self.add_source(lateral, visible, scope)
        scope.aliases |= {key: relation.origins for key, relation in visible.items() if isinstance(relation, Scalar)}
        for window in node.args.get("windows") or ():
            scope.windows[alias_key(window.this, self.names)] = window
        match = node.args.get("match")
        if match is not None and scope.sources:
            alias, base = list(scope.sources.items())[-1]
            scope.sources[alias] = matched(self, match, base, scope, visible)
        note_where(self, node, scope, visible)
        result = self.resolver.projections(node, scope, visible)
        note_clauses(self, node, scope, visible, result)
        return result

    def assigns(self, tree: exp.Expr) -> bool:
        """Whether a SELECT returns nothing but fills variables: `SELECT @x = a FROM t`."""
        return (
            self.names.platform.dialect == "tsql"
            and isinstance(tree, exp.Select)
            and bool(tree.expressions)
            and all(isinstance(item, exp.EQ) and isinstance(item.this, exp.Parameter) for item in tree.expressions)
        )


def _alias_of(alias: exp.Expr | None, names: Names) -> str:
    return alias_key(alias.this, names) if isinstance(alias, exp.TableAlias) and alias.this is not None else ""
