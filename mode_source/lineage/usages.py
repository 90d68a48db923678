"""How a text uses columns beside giving them out: filters, joins, groups, orders, windows."""

from __future__ import annotations

from sqlglot import exp

from .context import Context, Visible
from .records import Usage
from .relations import NONE, Derived, Origins, Relation
from .scope import Scope
from .table_edges import alias_key
from .table_names import from_of

# Where WHERE may name an alias of the select list.
_ALIASES_IN_WHERE = {"snowflake", "clickhouse", "teradata"}
_CLAUSES: tuple[tuple[str, Usage], ...] = (("having", "filter"), ("qualify", "filter"), ("group", "group"))


def note_where(columns: Context, select: exp.Expr, scope: Scope, visible: Visible) -> None:
    """Note what WHERE and its like use; before the select list is known, whose aliases they mostly do not see."""
    if columns.names.platform.dialect not in _ALIASES_IN_WHERE:
        _note_filters(columns, select, scope, visible)


def note_clauses(columns: Context, select: exp.Expr, scope: Scope, visible: Visible, result: Derived) -> None:
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
    for clause in ("order", "sort", "cluster", "distribute"):
        order = select.args.get(clause)
        if order is not None:
            columns.uses.add(_ordered(columns, order, scope, visible, result), "order")
    for window in select.args.get("windows") or ():
        columns.uses.add(columns.finder.origins(window, scope, visible), "window")
    distinct = select.args.get("distinct")
    if distinct is not None and distinct.args.get("on") is not None:
        columns.uses.add(columns.finder.origins(distinct.args["on"], scope, visible), "group")
    scope.aliases = aliases


def _note_filters(columns: Context, select: exp.Expr, scope: Scope, visible: Visible) -> None:
    for clause in ("where", "prewhere", "connect"):
        node = select.args.get(clause)
        if node is not None:
            columns.uses.add(columns.finder.origins(node, scope, visible), "filter")


def _by_position(columns: Context, node: exp.Expr, scope: Scope, visible: Visible, result: Derived) -> Origins:
    """What a clause uses in which a number means an item of the select list."""
    found: Origins = NONE
    numbered = not any(name == "*" for name, _ in result.columns)
    for expression in (*node.expressions, *([node.this] if isinstance(node.this, exp.Expression) else [])):
        if isinstance(expression, exp.Literal) and not expression.is_string and str(expression.this).isdigit():
            index = int(expression.this) - 1
            if numbered and 0 <= index < len(result.columns):
                found |= result.columns[index][1]
            continue
        found |= columns.finder.origins(expression, scope, visible)
    for key in ("grouping_sets", "cube", "rollup"):
        for part in node.args.get(key) or ():
            if isinstance(part, exp.Expression):
                found |= columns.finder.origins(part, scope, visible)
    if node.args.get("all"):  # GROUP BY ALL: whatever is not aggregated
        for item, (_, origins) in zip(node.parent.expressions if node.parent else (), result.columns, strict=False):
            found |= origins if item.find(exp.AggFunc) is None else NONE
    return found


def _ordered(columns: Context, order: exp.Expr, scope: Scope, visible: Visible, result: Derived) -> Origins:
    """What ORDER BY uses: names of the result come before those of the tables."""
    found: Origins = NONE
    if len(order.expressions) == 1 and order.expressions[0].name.upper() == "ALL":  # ORDER BY ALL
        return found.union(*(origins for _, origins in result.columns))
    for item in order.expressions:
        inner = item.this if isinstance(item, exp.Ordered) else item
        key = alias_key(inner.this, columns.names) if isinstance(inner, exp.Column) and len(inner.parts) == 1 else None
        named = [origins for name, origins in result.columns if columns.key(name) == key] if key else []
        if named:
            found |= named[0]
        else:
            found |= _by_position(columns, exp.Order(expressions=[inner.copy()]), scope, visible, result)
    return found


def note_order_of_union(columns: Context, node: exp.Expr, relation: Relation) -> None:
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


def note_statement(columns: Context, tree: exp.Expr, visible: Visible) -> Scope:
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
    named = tree.args.get("tables") or [None]
    for source in (tree.this or named[0], *(start.this for _ in "x" if start is not None), *sources):
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
            columns.uses.add(columns.finder.origins(node, scope, visible), usage)
    return scope


def _branches(tree: exp.Expr) -> list[exp.Expr]:
    """The WHEN clauses of a MERGE."""
    whens = tree.args.get("whens")
    return (
        list(whens.expressions) if whens is not None else list(tree.expressions if isinstance(tree, exp.Merge) else ())
    )
