"""The tables that Mode does not have: what this product keeps beside the entities, declared once.

The dlt schema, the table list of `mode-source sql`, the page and the docs are derived from `OWN_TABLES`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from .declaration import Column, count, flag, json, text, time

DELETED = flag("_deleted", "Removes the row in a load; null in the table.")


@dataclass(frozen=True)
class OwnTable:
    """A table of our own.

    Attributes:
        name: of the table.
        description: one sentence.
        key: columns that identify a row; for `replaced` tables, the column whose rows are replaced together.
        columns: all of them, without dlt's.
        removes: whether rows are removed; the table has a column `_deleted` for the mark that does it.
        replaced: whether all rows of one key are replaced together (a merge key in dlt's terms).
    """

    name: str
    description: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    removes: bool = True
    replaced: bool = False

    @property
    def loaded(self) -> tuple[Column, ...]:
        """The columns as they are loaded, the mark for removals included."""
        return (*self.columns, DELETED) if self.removes else self.columns


READS = OwnTable(
    "reads",
    "Times of the last readings, which decide what the next run must read again.",
    ("entity", "token"),
    (
        text("entity", "What was read."),
        text("token", "The report or member it was read for."),
        text("version", "Digest of the columns that decide whether it must be read again."),
        text("cursor_value", "Its updated_at at that time, as Mode sent it."),
        time("read_at", "Start of the run that read it."),
        text("error", "Why it could not be read; null if it could."),
    ),
)
CHANGES = OwnTable(
    "changes",
    "Rows that a run added, changed or removed.",
    ("changed_at", "entity", "token"),  # rows are only ever added; the key makes loading a package twice harmless
    (
        time("changed_at", "Start of the run that saw it."),
        text("entity", "Table of the row."),
        text("token", "Token of the row."),
        text("name", "Name or title of the row."),
        text("change", "added, changed or removed."),
        text("columns", "Which columns changed, comma-separated."),
    ),
    removes=False,
)
REMOVED_ASSETS = OwnTable(
    "removed_assets",
    "Last rows of assets that no longer exist in Mode.",
    ("entity", "token"),
    (
        text("entity", "Table that it was in."),
        text("token", "Token of the row."),
        text("name", "Name or title of the row."),
        time("removed_at", "Start of the run that found it gone."),
        json("last_row", "The row as it last was."),
    ),
)
REPORT_STATS_DAILY = OwnTable(
    "report_stats_daily",
    "Views and runs of each report so far, day by day.",
    ("report_token", "day"),
    (
        text("report_token", "The report."),
        Column("day", "date", "Day (UTC) of the run."),
        count("view_count", "Views so far."),
        count("runs_count", "Runs so far."),
    ),
    removes=False,
)
RUNS = OwnTable(
    "runs",
    "Runs of mode-source: when, how they ended, what they did.",
    ("started_at",),  # loading a package twice is harmless
    (
        time("started_at", "When the run started."),
        time("ended_at", "When it had read everything, or failed."),
        text("outcome", "done, gaps (some rows kept as they were) or failed."),
        text("error", "Why it failed."),
        count("requests", "Requests to Mode, repeated ones included."),
        count("rows_loaded", "New and changed rows."),
        count("rows_removed", "Rows that no longer exist in Mode."),
        count("reports_read", "Reports and datasets whose children were read."),
        count("gap_count", "How many things could not be read."),
        json("rows", "Per table: rows listed, loaded, removed."),
        json("gaps", "What could not be read, and why."),
        text("version", "Version of mode_source."),
    ),
    removes=False,
)

_CERTAINTY = text(
    "certainty", "certain: the text says so; likely: one assumption was needed; guess: the text could not be parsed."
)
_QUERY_TOKEN = text("query_token", "The query.", references="queries.token")
_REPORT_TOKEN = text("report_token", "Its report or dataset.")

QUERY_TABLES = OwnTable(
    "query_tables",
    "Tables that each query reads or creates.",
    ("query_token",),
    (
        _QUERY_TOKEN,
        _REPORT_TOKEN,
        text("data_source_id", "The data source that the query runs on."),
        text("platform", "The kind of database that holds the table; modedatasets = a dataset of Mode."),
        text("database_name", "Database (catalog, project), as the platform folds names; null = not known."),
        text("schema_name", "Schema, likewise."),
        text("table_name", "Table or view, likewise; the token of a dataset."),
        text("role", "read, or created (also written to, changed, deleted from)."),
        _CERTAINTY,
    ),
    replaced=True,
)
QUERY_COLUMNS = OwnTable(
    "query_columns",
    "Columns that each query uses: those that its own are computed from, and those that only its clauses use.",
    ("query_token",),
    (
        _QUERY_TOKEN,
        _REPORT_TOKEN,
        text(
            "output_column",
            "Column of the query's result; * = columns that only a catalog could list; null = not given out.",
        ),
        text("source_database", "Database of the column that is used."),
        text("source_schema", "Schema, likewise."),
        text("source_table", "Table, likewise."),
        text("source_column", "The column; * = all of the table."),
        _CERTAINTY,
        text(
            "usage",
            "output: a column of the result is computed from it; filter (WHERE, HAVING, QUALIFY), join, group, order,"
            " window: what else it decides; other.",
        ),
    ),
    replaced=True,
)
QUERY_DEFINITIONS = OwnTable(
    "query_definitions",
    "Definitions that each query uses.",
    ("query_token",),
    (
        _QUERY_TOKEN,
        _REPORT_TOKEN,
        text("definition_name", "The definition as the text names it."),
        text("definition_token", "Its token; null = there is no such definition."),
        text("via", "The definition whose text names it; null = the query itself."),
    ),
    replaced=True,
)
CHART_FIELDS = OwnTable(
    "chart_fields",
    "Fields that each chart shows.",
    ("chart_token",),
    (
        text("chart_token", "The chart.", references="charts.token"),
        text("query_token", "Its query."),
        replace(_REPORT_TOKEN, description="Its report."),
        text("field", "The field, as the chart names it."),
        text("usage", "x, y, color, filter, row, value …"),
        text("output_column", "The column of the query's result that it is; null = not among them."),
    ),
    replaced=True,
)
LINEAGE_ERRORS = OwnTable(
    "lineage_errors",
    "Queries that could not be understood whole, and why.",
    ("query_token",),
    (
        _QUERY_TOKEN,
        _REPORT_TOKEN,
        text("stage", "render, parse, columns, timeout or recursion."),
        text("reason", "What stood in the way."),
        count("line", "Line of the rendered text, from 1; null = the text as a whole."),
        count("column", "Column in that line, from 1."),
    ),
    replaced=True,
)
LINEAGE_STATE = OwnTable(
    "lineage_state",
    "Inputs of the stored lineage, which decide what the next run must analyse again.",
    ("token",),
    (
        text("token", "A query or a chart."),
        text("kind", "query or chart."),
        text("row_id", "_dlt_id of its row when it was last looked at."),
        text("sql_digest", "Of the query's text."),
        text("mentions", "JSON list of the definitions that the text names."),
        text("asked", "JSON list of the tables that were looked up in the catalog or among the datasets."),
        text("version", "Digest of everything that the result depends on."),
        text("result", "Digest of the result."),
        text("outputs", "Digest of the query's output columns."),
        text("output_columns", "JSON list of the query's output columns."),
        count("edges", "Rows that the other tables hold of it."),
    ),
    replaced=True,
)

SIDE_TABLES = (READS, CHANGES, REMOVED_ASSETS, REPORT_STATS_DAILY)  # loaded in one package with the rows they are about
LINEAGE_TABLES = (QUERY_TABLES, QUERY_COLUMNS, QUERY_DEFINITIONS, CHART_FIELDS, LINEAGE_ERRORS, LINEAGE_STATE)

OWN_TABLES: dict[str, OwnTable] = {table.name: table for table in (*SIDE_TABLES, RUNS, *LINEAGE_TABLES)}
