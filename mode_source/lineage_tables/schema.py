"""The lineage tables, declared for dlt.

Rows of a query (or chart) are replaced together: a mark with `_deleted` removes what the table holds of it, the
new rows follow in the same package. Hence `merge_key` alone (docs/dlt-notes.md#s2-2).
"""

from __future__ import annotations

from typing import Any

from dlt.common.schema.typing import TColumnSchema
from dlt.extract import DltResource

QUERY_TABLES = "query_tables"
QUERY_COLUMNS = "query_columns"
QUERY_DEFINITIONS = "query_definitions"
CHART_FIELDS = "chart_fields"
ERRORS = "lineage_errors"
STATE = "lineage_state"

_CERTAINTY = "certain: the text says so; likely: one assumption was needed; guess: the text could not be parsed."
_QUERY = {"query_token": "The query.", "report_token": "Its report or dataset."}
COLUMNS: dict[str, dict[str, str]] = {
    QUERY_TABLES: {
        **_QUERY,
        "data_source_id": "The data source that the query runs on.",
        "platform": "The kind of database that holds the table; modedatasets = a dataset of Mode.",
        "database_name": "Database (catalog, project), as the platform folds names; null = not known.",
        "schema_name": "Schema, likewise.",
        "table_name": "Table or view, likewise; the token of a dataset.",
        "role": "read, or created (also written to, changed, deleted from).",
        "certainty": _CERTAINTY,
    },
    QUERY_COLUMNS: {
        **_QUERY,
        "output_column": "Column of the query's result; * = columns that nobody can list without a catalog.",
        "source_database": "Database of the column it is computed from.",
        "source_schema": "Schema, likewise.",
        "source_table": "Table, likewise.",
        "source_column": "The column; * = all of the table.",
        "certainty": _CERTAINTY,
    },
    QUERY_DEFINITIONS: {
        **_QUERY,
        "definition_name": "The definition as the text names it.",
        "definition_token": "Its token; null = there is no such definition.",
        "via": "The definition whose text names it; null = the query itself.",
    },
    CHART_FIELDS: {
        "chart_token": "The chart.",
        "query_token": "Its query.",
        "report_token": "Its report.",
        "field": "The field, as the chart names it.",
        "usage": "x, y, color, filter, row, value …",
        "output_column": "The column of the query's result that it is; null = not among them.",
    },
    ERRORS: {
        **_QUERY,
        "stage": "render, parse, columns, timeout or recursion.",
        "reason": "What stood in the way.",
    },
    STATE: {
        "token": "A query or a chart.",
        "kind": "query or chart.",
        "row_id": "_dlt_id of its row when it was last looked at.",
        "sql_digest": "Of the query's text.",
        "mentions": "JSON list of the definitions that the text names.",
        "asked": "JSON list of the tables that were looked up in the catalog or among the datasets.",
        "version": "Digest of everything that the result depends on.",
        "result": "Digest of the result.",
        "outputs": "Digest of the query's output columns.",
        "output_columns": "JSON list of the query's output columns.",
    },
}
TABLES = tuple(COLUMNS)
KEYS = dict.fromkeys(COLUMNS, "query_token") | {CHART_FIELDS: "chart_token", STATE: "token"}
OF_QUERIES = (QUERY_TABLES, QUERY_COLUMNS, QUERY_DEFINITIONS, ERRORS)


def declare(resource: DltResource) -> DltResource:
    """Makes a bare resource load the tables, each under its name."""
    for table, described in COLUMNS.items():
        columns: dict[str, Any] = {name: _text(text, name == KEYS[table]) for name, text in described.items()}
        if table == STATE:
            columns["edges"] = {"data_type": "bigint", "description": "Rows that the other tables hold of it."}
        columns["_deleted"] = {
            "data_type": "bool",
            "hard_delete": True,
            "description": "Removes rows in a load; null in the table.",
        }
        resource.apply_hints(
            table_name=table,
            write_disposition="merge",
            merge_key=KEYS[table],
            columns=columns,
            create_table_variant=True,
        )
    return resource


def _text(description: str, key: bool) -> TColumnSchema:
    return {"data_type": "text", "nullable": not key, "description": description}
