"""MATCH_RECOGNIZE: rows that match a pattern."""

from __future__ import annotations

import re

from sqlglot import exp

from .context import Context, Visible
from .relations import Derived, Relation
from .scope import Scope


def matched(columns: Context, match: exp.Expr, base: Relation, scope: Scope, visible: Visible) -> Relation:
    """MATCH_RECOGNIZE: the measures are new columns; its pattern's variables stand for rows of the table."""
    inner = Scope({"?": base}, scope.outer)
    pattern = match.args.get("pattern")
    variables = re.findall(r"\w+", pattern.name if pattern is not None else "")
    inner.sources |= {columns.names.platform.key(variable): base for variable in variables}
    measures = [
        (columns.names.column(item.args["alias"]), columns.finder.origins(item.this, inner, visible))
        for measure in match.args.get("measures") or ()
        if isinstance(item := measure.this, exp.Alias)
    ]
    order = match.args.get("order")
    rows = Scope({"?": base}, scope.outer)
    for part in (*(match.args.get("partition_by") or ()), *([order] if order is not None else [])):
        columns.uses.add(columns.finder.origins(part, rows, visible), "window")
    for part in match.args.get("define") or ():
        condition = part.this if isinstance(part, exp.Alias) else part
        columns.uses.add(columns.finder.origins(condition, inner, visible), "filter")
    rest = [(base, frozenset[str]())] if base.is_open else []
    return Derived([*base.listing(), *measures], columns.key, rest)
