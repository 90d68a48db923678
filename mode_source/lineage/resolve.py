"""Names inside one SELECT: which column a word means, what an expression is computed from, what `*` stands
for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from sqlglot import exp

from .budget import Budget
from .evidence import UNQUALIFIED
from .holes import PLACEHOLDER
from .relations import (
    NONE,
    PICKED,
    Answer,
    Base,
    Computed,
    Derived,
    Elements,
    Origins,
    Relation,
    Scope,
    prefer,
    weaker,
)
from .result_names import ResultNames, is_named
from .table_edges import alias_key
from .table_names import Names

if TYPE_CHECKING:
    from .column_edges import Columns

Visible = Mapping[str, Relation]
# Words that look like columns in some dialects and are none.
_NO_COLUMNS = {"sysdate", "current_user", "session_user", "current_date", "current_timestamp", "default"}
_NO_COLUMNS_ORACLE = _NO_COLUMNS | {"rownum", "rowid", "level", "systimestamp", "user"}
_DATE_PARTS = {
    "year", "quarter", "month", "week", "day", "hour", "minute", "second", "millisecond", "microsecond",
    "dow", "doy", "isoweek", "isoyear", "epoch", "dayofweek", "dayofyear", "years", "quarters",
    "months", "weeks", "days", "hours", "minutes", "seconds", "yy", "qq", "mm", "wk", "dd", "hh", "mi",
    "ss", "ms", "weekday",
}  # fmt: skip
_LEAVES = {type(None), str, bool, exp.Identifier, exp.Literal, exp.Var, exp.DataType}
# Where a later expression of the select list may use an earlier alias.
_LATERAL_ALIASES = {"snowflake", "redshift", "databricks", "spark", "duckdb", "clickhouse", "teradata", ""}


class Resolver:
    """Resolves columns for `Columns`, which builds the relations that it looks into."""

    def __init__(self, names: Names, budget: Budget, columns: Columns) -> None:
        self.names, self.budget, self.columns = names, budget, columns
        self.result_names = ResultNames(names)

    def projections(self, select: exp.Expr, scope: Scope, visible: Visible) -> Derived:
        """The relation of a SELECT whose FROM is in `scope`."""
        out: list[tuple[str, Origins]] = []
        rest: list[tuple[Relation, frozenset[str]]] = []
        structs: dict[str, Mapping[str, Origins]] = {}
        unnamed = 0
        for position, item in enumerate(select.expressions):
            self.budget.check()
            star = item if isinstance(item, exp.Star) else item.this if isinstance(item, exp.Column) else None
            if isinstance(star, exp.Star):
                self._star(item, star, scope, visible, out, rest)
                for relation in scope.sources.values():
                    structs |= relation.structs if isinstance(relation, Derived) else {}
                continue
            if isinstance(item, exp.Aliases):
                origins = self.origins(item.this, scope, visible)
                out += [
                    (self.names.column(alias), origins) for alias in item.aliases if isinstance(alias, exp.Identifier)
                ]
                continue
            name = self.result_names.of(item, position, unnamed)
            unnamed += not is_named(item)
            origins = self.origins(item, scope, visible)
            out.append((name, origins))
            made = self._struct(item.this if isinstance(item, exp.Alias) else item, scope, visible)
            if made:
                structs[self.columns.key(name)] = made
            if isinstance(item, exp.Alias) and self.names.platform.dialect in _LATERAL_ALIASES:
                scope.aliases.setdefault(self.columns.key(name), origins)
        return Derived(out, self.columns.key, rest, structs)

    def _struct(self, node: exp.Expr, scope: Scope, visible: Visible) -> dict[str, Origins]:
        """The fields of a struct that an expression makes."""
        found: dict[str, Origins] = {}
        if isinstance(node, exp.Struct):
            for field in node.expressions:
                name = field.args.get("alias") if isinstance(field, exp.Alias) else field.this
                value = field.this if isinstance(field, exp.Alias) else field.args.get("expression", field)
                if isinstance(field, exp.Column):
                    name, value = field.this, field
                if hasattr(value, "args") and name is not None:
                    key = name.name if not isinstance(name, exp.Identifier) else alias_key(name, self.names)
                    found[self.columns.key(key)] = self.origins(value, scope, visible)
        return found

    def everything(self, scope: Scope, visible: Visible) -> Relation:
        """What `SELECT *` returns of a FROM."""
        out: list[tuple[str, Origins]] = []
        rest: list[tuple[Relation, frozenset[str]]] = []
        self._star(exp.Star(), exp.Star(), scope, visible, out, rest)
        return Derived(out, self.columns.key, rest)

    def _star(
        self,
        item: exp.Expr,
        star: exp.Expr,
        scope: Scope,
        visible: Visible,
        out: list[tuple[str, Origins]],
        rest: list[tuple[Relation, frozenset[str]]],
    ) -> None:
        """`*`, `t.*`, `* except (a) replace (b as c)`, `* rename (a as b)`."""
        if isinstance(item, exp.Column) and item.args.get("table") is not None:
            found = self._source_of(alias_key(item.args["table"], self.names), scope)
            relations = [found] if found is not None else []
        else:
            relations = list(scope.sources.values())
        left_out = {self._star_key(column) for column in _list(star, "except_", "except")}
        renamed = {self._star_key(a.this): self.names.column(a.args["alias"]) for a in _list(star, "rename")}
        replaced = {
            self._star_key(a.args["alias"]): self.origins(a.this, scope, visible)
            for a in _list(star, "replace")
            if isinstance(a, exp.Alias)
        }
        merged = set(scope.using) if not (isinstance(item, exp.Column) and item.args.get("table")) else set()
        seen: set[str] = set()
        for relation in relations:
            for name, origins in relation.listing():
                key = self.columns.key(name)
                if key in left_out or (key in merged and key in seen):
                    continue
                if key in merged:
                    answer = self._using(key, name, scope)
                    origins = answer.origins if answer else origins
                seen.add(key)
                out.append((renamed.get(key, name), replaced.get(key, origins)))
            if relation.is_open:
                rest.append((relation, frozenset(left_out)))
        for key, origins in replaced.items():
            if key not in seen:
                out.append((key, origins))
        for key, name in renamed.items():
            if key not in seen:
                answer = self._unqualified(key, key, scope)
                out.append((name, answer.origins if answer else NONE))

    def _star_key(self, column: exp.Expr) -> str:
        identifier = column.this if isinstance(column, exp.Column) else column
        return alias_key(identifier, self.names)

    def origins(self, expression: exp.Expr, scope: Scope, visible: Visible) -> Origins:
        """All columns that the expression is computed from."""
        found: Origins = NONE
        stack = [expression]
        while stack:
            node = stack.pop()
            self.budget.check()
            if isinstance(node, exp.Exists):
                if isinstance(node.this, exp.Query):
                    self.columns.query(node.this, visible, scope)  # for what its clauses use
                continue
            if isinstance(node, exp.Column):
                if not isinstance(node.this, exp.Star):
                    found |= self._column(node, scope)
                continue
            if isinstance(node, exp.Window) and scope.windows:
                alias = node.args.get("alias")
                named = scope.windows.get(alias_key(alias, self.names)) if alias is not None else None
                if named is not None:
                    stack += _window_parts(named)
            if isinstance(node, exp.Query):
                relation = self.columns.query(node, visible, scope)
                found = found.union(*(origins for _, origins in relation.listing()))
                continue
            if isinstance(node, exp.Table):
                continue
            for value in node.args.values():
                for child in value if value.__class__ is list else (value,):
                    if child.__class__ not in _LEAVES and hasattr(child, "args"):
                        stack.append(child)
        return found

    def _column(self, column: exp.Expr, scope: Scope) -> Origins:
        parts = [part for key in ("catalog", "db", "table") if (part := column.args.get(key)) is not None]
        unit = not parts and column.name.lower() in _DATE_PARTS and _takes_unit(column.parent)
        if unit and not column.this.args.get("quoted"):
            return NONE
        return self.parts([*parts, column.this], scope)

    def windows(self, expression: exp.Expr, scope: Scope, visible: Visible) -> Origins:
        """The columns that the windows in an expression are made of."""
        found: Origins = NONE
        for window in expression.find_all(exp.Window):
            if window.find_ancestor(exp.Query) is expression.find_ancestor(exp.Query):
                for part in _window_parts(window):
                    found |= self.origins(part, scope, visible)
        return found

    def array(self, item: exp.Expr, scope: Scope, visible: Visible) -> Origins:
        """What ClickHouse's ARRAY JOIN spreads; sqlglot reads a plain column there as a table."""
        inner = item.this if isinstance(item, exp.Alias) else item
        if isinstance(inner, exp.Table):
            return self.parts([part for part in (inner.args.get("db"), inner.this) if part is not None], scope)
        return self.origins(inner, scope, visible)

    def parts(self, parts: list[exp.Expr], scope: Scope) -> Origins:
        """A dotted name: `column`, `alias.column`, `schema.table.column`, `column.field`,
        `alias.column.field`.
        """
        identifiers = [part for part in parts if isinstance(part, exp.Identifier)]
        if not identifiers or any(PLACEHOLDER in part.name.lower() for part in identifiers):
            return NONE
        keys = [alias_key(part, self.names) for part in identifiers]
        for position in range(len(identifiers) - 1):
            relation = self._source_of(keys[position], scope)
            if relation is not None:
                named = self.names.column(identifiers[position + 1])
                inner = relation.field_of(keys[position + 1], keys[position + 2 :])
                found = inner if inner is not None else self._qualified(relation, keys[position + 1], named)
                return self._placed(found, identifiers[position + 1])
        answer = self._unqualified(keys[0], self.names.column(identifiers[0]), scope, keys[1:])
        return self._placed(answer.origins, identifiers[0]) if answer else NONE

    def _placed(self, origins: Origins, node: exp.Identifier) -> Origins:
        """The origins with their place in the text; less certain where a parameter put the name there."""
        why = self.names.marked(node) if self.columns.marked else ""
        if why:
            origins = weaker(origins, "likely", why)
        if self.columns.explain:
            place = self.names.place(node)
            origins = frozenset(o if o.place is not None else replace(o, place=place) for o in origins)
        return origins

    def _source_of(self, key: str, scope: Scope) -> Relation | None:
        current: Scope | None = scope
        while current is not None:
            if key in current.sources:
                return current.sources[key]
            current = current.outer
        return self.columns.variables.get(key)

    def _qualified(self, relation: Relation, key: str, name: str) -> Origins:
        if isinstance(relation, (Base, Computed)):
            return relation.qualified(key, name)
        answer = relation.find(key, name)
        return answer.origins if answer else NONE

    def merged(self, key: str, name: str, scope: Scope) -> Origins:
        """The columns that a join with USING merges."""
        answer = self._using(key, name, scope)
        return answer.origins if answer else NONE

    def _using(self, key: str, name: str, scope: Scope) -> Answer | None:
        answers = [relation.find(key, name) for relation in scope.using.get(key, ())]
        found = [answer.origins for answer in answers if answer]
        return Answer(NONE.union(*found), True) if found else None

    def _unqualified(self, key: str, name: str, scope: Scope, fields: Sequence[str] = ()) -> Answer | None:
        merged = self._using(key, name, scope)
        if merged:
            return merged
        candidates: list[tuple[Relation, Answer]] = []
        for source_key, relation in scope.sources.items():
            answer = relation.find(key, name)
            if answer and answer.known:
                inner = relation.field_of(key, fields)
                return answer if inner is None else Answer(inner, True)
            if answer and not any(relation is other for other, _ in candidates):
                candidates.append((relation, answer))
            elif answer:
                continue
            elif source_key == key and isinstance(relation, Computed):
                return Answer(relation.origins, True)
        if key in scope.aliases:
            return Answer(scope.aliases[key], True)
        row = scope.sources.get(key)
        if isinstance(row, Base) and key != self.columns.key(row.table.table):  # `select o from orders o`
            return Answer(NONE.union(*(origins for _, origins in row.listing())), True)
        pseudo = _NO_COLUMNS_ORACLE if self.names.platform.dialect == "oracle" else _NO_COLUMNS
        if name.lower() in pseudo:
            return Answer(NONE, False)
        if key in self.columns.variables:
            held = self.columns.variables[key].listing()
            return Answer(NONE.union(*(origins for _, origins in held)), True)
        if candidates and scope.outer and all(isinstance(relation, Elements) for relation, _ in candidates):
            around = self._unqualified(key, name, scope.outer, fields)  # a correlated subquery over an array
            if around and around.known:
                return around
        if len(candidates) > 1:
            candidates = _without_elements(candidates, key)
        if len(candidates) == 1:
            return candidates[0][1]
        if not candidates:
            if key in scope.sources:  # a whole row: `select o from orders o`
                rows = scope.sources[key].listing()
                return Answer(NONE.union(*(origins for _, origins in rows)), True)
            return self._unqualified(key, name, scope.outer, fields) if scope.outer else None
        picked = prefer([relation for relation, _ in candidates], key, self.columns.evidence.get(UNQUALIFIED, ()))
        for relation, answer in candidates:
            if relation is picked:
                return Answer(weaker(answer.origins, "guess", PICKED), False)
        return Answer(NONE, False)

    def pivot(self, pivot: exp.Expr, base: Relation, scope: Scope, visible: Visible) -> tuple[Relation, str]:
        """PIVOT and UNPIVOT: the new columns come from what is aggregated and from what is spread."""
        inner = Scope({"?": base}, scope.outer)
        spread = _list(pivot, "fields", "field")
        values = [value for part in spread for value in part.args.get("expressions") or ()]
        used: Origins = NONE
        if pivot.args.get("unpivot"):
            heads = (*_list(pivot, "expressions"), *(part.this for part in spread))
            names = [self.names.column(column) for head in heads for column in head.find_all(exp.Identifier)]
            for value in values:
                used |= self.origins(value.this if isinstance(value, exp.PivotAlias) else value, inner, visible)
        else:
            quoted = self.names.platform.name == "snowflake"
            names = [value.alias or (value.sql() if quoted else value.name) for value in values]
            called = [a.alias for a in _list(pivot, "expressions") if isinstance(a, exp.Alias)]
            if called and self.names.platform.name == "bigquery":
                names = [f"{alias}_{name}" for name in names for alias in called]
            elif len(called) > 1 and self.names.platform.name in ("databricks", "spark"):
                names = [f"{name}_{alias}" for name in names for alias in called]
            for expression in (*_list(pivot, "expressions"), *(part.this for part in spread)):
                used |= self.origins(expression, inner, visible)
        if not base.is_open:  # what is spread and aggregated is no column any more
            base = Derived([(name, found) for name, found in base.listing() if not found & used], self.columns.key)
        origins = used
        alias = pivot.args.get("alias")
        own = alias_key(alias.this, self.names) if isinstance(alias, exp.TableAlias) and alias.this is not None else ""
        return Computed(names, origins, self.columns.key, base), own


def _takes_unit(node: exp.Expr | None) -> bool:
    """Whether a word among the function's arguments may be a unit of time: `date_trunc(day, x)`, not `max(day)`."""
    plain = (exp.AggFunc, exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Concat, exp.If, exp.Case, exp.Cast)
    return isinstance(node, exp.Func) and not isinstance(node, plain) and sum(1 for _ in node.iter_expressions()) > 1


def _window_parts(window: exp.Expr) -> list[exp.Expr]:
    """What a window is partitioned and ordered by."""
    order = window.args.get("order")
    return [*(window.args.get("partition_by") or ()), *([order] if order is not None else [])]


def _without_elements(candidates: list[tuple[Relation, Answer]], key: str) -> list[tuple[Relation, Answer]]:
    """Of a table and the elements of its array, the one that a name fits: `key` and `value` are GA4's elements."""
    elements = [c for c in candidates if isinstance(c[0], Elements)]
    others = [c for c in candidates if not isinstance(c[0], Elements)]
    fitting = [c for c in elements if isinstance(c[0], Elements) and c[0].fits(key)]
    return fitting or others or elements


def _list(node: exp.Expr, *keys: str) -> list[exp.Expr]:
    """An argument as a list, whatever this version of sqlglot calls it."""
    for key in keys:
        value = node.args.get(key)
        if value:
            return list(value) if isinstance(value, list) else [value]
    return []
