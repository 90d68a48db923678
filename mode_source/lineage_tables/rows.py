"""Rows of the lineage tables: from an engine's result to what dlt loads."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from ..lineage import ChartField, Lineage
from .plan import ChartRow, QueryRow, State
from .schema import CHART_FIELDS, ERRORS, OF_QUERIES, QUERY_COLUMNS, QUERY_DEFINITIONS, QUERY_TABLES, STATE

Rows = dict[str, list[dict[str, Any]]]


def of_query(query: QueryRow, lineage: Lineage) -> Rows:
    """The rows of a query, per table."""
    key = {"query_token": query.token, "report_token": query.report_token}
    found: Rows = {
        QUERY_TABLES: [{**key, "data_source_id": query.data_source_id, **vars(edge)} for edge in lineage.tables],
        QUERY_COLUMNS: [{**key, **vars(edge)} for edge in (*lineage.columns, *lineage.uses)],
        QUERY_DEFINITIONS: [{**key, **vars(edge)} for edge in lineage.definitions],
        ERRORS: [{**key, **vars(error)} for error in lineage.errors],
    }
    return {table: [_clean(row) for row in rows] for table, rows in found.items()}


def of_chart(chart: ChartRow, fields: Sequence[ChartField]) -> list[dict[str, Any]]:
    """The rows of a chart in `chart_fields`."""
    key = {"chart_token": chart.token, "query_token": chart.query_token, "report_token": chart.report_token}
    return [_clean({**key, **vars(field)}) for field in fields]


def state_of_query(token: str, state: State, output_columns: Sequence[str]) -> dict[str, Any]:
    """The row of `lineage_state` for a query."""
    return {
        "token": token,
        "kind": "query",
        **vars(state),
        "mentions": _list(state.mentions),
        "asked": _list(state.asked),
        "output_columns": _list(output_columns),
    }


def state_of_chart(token: str, state: State) -> dict[str, Any]:
    """The row of `lineage_state` for a chart."""
    return {"token": token, "kind": "chart", "row_id": state.row_id, "version": state.version, "edges": state.edges}


def removed(token: str, *, chart: bool = False) -> Rows:
    """The marks that remove the rows of a query or chart."""
    if chart:
        return {CHART_FIELDS: [{"chart_token": token, "_deleted": True}]}
    return {table: [{"query_token": token, "_deleted": True}] for table in OF_QUERIES}


def forgotten(token: str) -> Rows:
    """The mark that removes a state."""
    return {STATE: [{"token": token, "_deleted": True}]}


def _list(names: Sequence[str]) -> str:
    return orjson.dumps([_plain(name) for name in names]).decode()


def _clean(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _plain(value) if isinstance(value, str) else value for name, value in row.items()}


def _plain(text: str) -> str:
    """Without what no database takes: zero characters and halves of surrogate pairs."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "").encode("utf-8", "replace").decode()
