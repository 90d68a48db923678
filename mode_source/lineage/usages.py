"""How a text uses columns beside giving them out: filters, joins, groups, orders, windows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlglot import exp

from .records import Usage
from .relations import NONE, Derived, Origin, Origins, Relation, Scope
from .table_edges import alias_key
from .table_names import RANK, from_of, least

if TYPE_CHECKING:
    from .column_edges import Columns

Key = tuple[str, str, str]
Visible = Mapping[str, Relation]
# Where WHERE may name an alias of the select list.
_ALIASES_IN_WHERE = {"snowflake", "clickhouse", "teradata"}
_CLAUSES: tuple[tuple[str, Usage], ...] = (("having", "filter"), ("qualify", "filter"), ("group", "group"))


@dataclass
class Uses:
    """The columns that clauses use, and those that some select list names; the surest of each."""

    by_clause: dict[tuple[Key, str, Usage], Origin] = field(default_factory=dict)
    mentioned: dict[tuple[Key, str], Origin] = field(default_factory=dict)

    def add(self, origins: Iterable[Origin], usage: Usage) -> None:
        """Note that a clause uses columns; all columns of a table are none in particular."""
        for origin in origins:
            if origin.column == "*":
                continue
            key = (origin.table.key, origin.column.casefold(), usage)
            known = self.by_clause.get(key)
            if known is None or _surer(origin, known):
                self.by_clause[key] = origin

    def mention(self, origins: Iterable[Origin]) -> None:
        """Note that a select list or an argument names columns."""
        for origin in origins:
            if origin.column == "*":
                continue
            key = (origin.table.key, origin.column.casefold())
            known = self.mentioned.get(key)
            if known is None or _surer(origin, known):
                self.mentioned[key] = origin


def _surer(one: Origin, other: Origin) -> bool:
    return RANK[least(one.certainty, one.table.certainty)] > RANK[least(other.certainty, other.table.certainty)]


def note_where(columns: Columns, select: exp.Expr, scope: Scope, visible: Visible) -> None:
    """Note what WHERE and its like use; before the select list is known, whose aliases they mostly do not see."""
    if columns.names.platform.dialect not in _ALIASES_IN_WHERE:
        _note_filters(columns, select, scope, visible)


def note_clauses(columns: Columns, select: exp.Expr, scope: Scope, visible: Visible, result: Derived) -> None:
    """Note what the clauses of a SELECT use, once its select list is known."""
    aliases = scope.aliases
    outputs = {columns.key(name): origins for name, origins in reversed(result.columns) if name != "*"}
    scope.aliases = outputs | aliases
    for _, origins in result.columns:
        columns.uses.mention(origins)
    if columns.names.platform.dialect in _ALIASES_IN_WHERE:
        _note_filters(columns, select, scope, visible)
    for clause, usage in _CLAUSES:
        node = select.args.get(clause)
        if node is not None:
            columns.uses.add(_by_position(columns, node, scope, visible, result), usage)
    order = select.args.get("order")
    for clause in ("order", "sort", "cluster", "distribute"):
        order = select.args.get(clause)
        if order is not None:
            columns.uses.add(_ordered(columns, order, scope, visible, result), "order")
    for window in select.args.get("windows") or ():
        columns.uses.add(columns.resolver.origins(window, scope, visible), "window")
    if columns.has_windows:
        for part in (*select.expressions, select.args.get("qualify"), select.args.get("order")):
            if part is not None:
                columns.uses.add(columns.resolver.windows(part, scope, visible), "window")
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        columns.uses.add(columns.resolver.origins(distinct.args["on"], scope, visible), "group")
    scope.aliases = aliases


def _note_filters(columns: Columns, select: exp.Expr, scope: Scope, visible: Visible) -> None:
    for clause in ("where", "prewhere", "connect"):
        node = select.args.get(clause)
        if node is not None:
            columns.uses.add(columns.resolver.origins(node, scope, visible), "filter")


def _by_position(columns: Columns, node: exp.Expr, scope: Scope, visible: Visible, result: Derived) -> Origins:
    """What a clause uses in which a number means an item of the select list."""
    found: Origins = NONE
    numbered = not any(name == "*" for name, _ in result.columns)
    for expression in (*node.expressions, *([node.this] if isinstance(node.this, exp.Expression) else [])):
        if isinstance(expression, exp.Literal) and not expression.is_string and str(expression.this).isdigit():
            index = int(expression.this) - 1
            if numbered and 0 <= index < len(result.columns):
                found |= result.columns[index][1]
            continue
        found |= columns.resolver.origins(expression, scope, visible)
    for key in ("grouping_sets", "cube", "rollup"):
        for part in node.args.get(key) or ():
            if isinstance(part, exp.Expression):
                found |= columns.resolver.origins(part, scope, visible)
    if node.args.get("all"):  # GROUP BY ALL: whatever is not aggregated
        for item, (_, origins) in zip(node.parent.expressions if node.parent else (), result.columns, strict=False):
            found |= origins if item.find(exp.AggFunc) is None else NONE
    return found


def _ordered(columns: Columns, order: exp.Expr, scope: Scope, visible: Visible, result: Derived) -> Origins:
    """What ORDER BY uses: names of the result come before those of the tables."""
    found: Origins = NONE
    for item in order.expressions:
        inner = item.this if isinstance(item, exp.Ordered) else item
        key = alias_key(inner.this, columns.names) if isinstance(inner, exp.Column) and len(inner.parts) == 1 else None
        named = [origins for name, origins in result.columns if columns.key(name) == key] if key else []
        if named:
            found |= named[0]
        else:
            found |= _by_position(columns, exp.Order(expressions=[inner.copy()]), scope, visible, result)
    return found


def note_order_of_union(columns: Columns, node: exp.Expr, relation: Relation) -> None:
    """Note what the ORDER BY of a union uses: names and positions of its result."""
    order = node.args.get("order")
    listing = relation.listing()
    for item in order.expressions if order is not None else ():
        inner = item.this if isinstance(item, exp.Ordered) else item
        if isinstance(inner, exp.Literal) and str(inner.this).isdigit() and int(inner.this) <= len(listing):
            columns.uses.add(listing[int(inner.this) - 1][1], "order")
        for column in inner.find_all(exp.Column):
            answer = relation.find(alias_key(column.this, columns.names), column.name)
            columns.uses.add(answer.origins if answer else NONE, "order")


def note_statement(columns: Columns, tree: exp.Expr, visible: Visible) -> Scope:
    """Note what UPDATE, DELETE and MERGE use, and return the tables they see; their queries note themselves."""
    scope = Scope()
    if isinstance(tree, exp.Insert):
        if isinstance(tree.expression, exp.Query):
            columns.query(tree.expression, visible, None)
        target = tree.this.this if isinstance(tree.this, exp.Schema) else tree.this
        columns.add_source(target, visible, scope)
        return scope
    using = tree.args.get("using")
    sources = using if isinstance(using, list) else [using] if using is not None else []
    start = from_of(tree)
    for source in (tree.this, *(start.this for _ in "x" if start is not None), *sources):
        if isinstance(source, exp.Expression):
            columns.add_source(source, visible, scope)
    parts: list[tuple[object, Usage]] = [(tree.args.get("where"), "filter"), (tree.args.get("on"), "join")]
    for assignment in tree.expressions if isinstance(tree, exp.Update) else ():
        parts.append((assignment.args.get("expression"), "other"))
    for branch in _branches(tree):
        parts.append((branch.args.get("condition"), "filter"))
        then = branch.args.get("then")
        if isinstance(then, exp.Update):
            parts += [(assignment.args.get("expression"), "other") for assignment in then.expressions]
        elif isinstance(then, exp.Insert):
            parts.append((then.args.get("expression"), "other"))
    for node, usage in parts:
        if isinstance(node, exp.Expression):
            columns.uses.add(columns.resolver.origins(node, scope, visible), usage)
    return scope


def _branches(tree: exp.Expr) -> list[exp.Expr]:
    """The WHEN clauses of a MERGE."""
    whens = tree.args.get("whens")
    return (
        list(whens.expressions) if whens is not None else list(tree.expressions if isinstance(tree, exp.Merge) else ())
    )
