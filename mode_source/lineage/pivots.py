"""PIVOT and UNPIVOT."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from sqlglot import exp

from .node_lists import as_list
from .relations import NONE, Computed, Derived, Origins, Relation
from .scope import Scope
from .table_edges import alias_key

if TYPE_CHECKING:
    from .resolve import Resolver

Visible = Mapping[str, Relation]


def pivoted(
    resolver: Resolver, pivot: exp.Expr, base: Relation, scope: Scope, visible: Visible
) -> tuple[Relation, str]:
    """PIVOT and UNPIVOT: the new columns come from what is aggregated and from what is spread."""
    inner = Scope({"?": base}, scope.outer)
    spread = as_list(pivot, "fields", "field")
    values = [value for part in spread for value in part.args.get("expressions") or ()]
    used: Origins = NONE
    if pivot.args.get("unpivot"):
        heads = (*as_list(pivot, "expressions"), *(part.this for part in spread))
        names = [resolver.names.column(column) for head in heads for column in head.find_all(exp.Identifier)]
        for value in values:
            used |= resolver.origins(value.this if isinstance(value, exp.PivotAlias) else value, inner, visible)
    else:
        quoted = resolver.names.platform.name == "snowflake"
        names = [value.alias or (value.sql() if quoted else value.name) for value in values]
        called = [a.alias for a in as_list(pivot, "expressions") if isinstance(a, exp.Alias)]
        if called and resolver.names.platform.name == "bigquery":
            names = [f"{alias}_{name}" for name in names for alias in called]
        elif len(called) > 1 and resolver.names.platform.name in ("databricks", "spark"):
            names = [f"{name}_{alias}" for name in names for alias in called]
        for expression in (*as_list(pivot, "expressions"), *(part.this for part in spread)):
            used |= resolver.origins(expression, inner, visible)
    if not base.is_open:  # what is spread and aggregated is no column any more
        base = Derived([(name, found) for name, found in base.listing() if not found & used], resolver.columns.key)
    origins = used
    alias = pivot.args.get("alias")
    own = alias_key(alias.this, resolver.names) if isinstance(alias, exp.TableAlias) and alias.this is not None else ""
    return Computed(names, origins, resolver.columns.key, base), own
