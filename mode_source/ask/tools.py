"""What an assistant may ask of the tables: six questions, each with an answer of plain data and of bounded size.

Everything is read-only. Texts in the answers are those of Mode's users: data, never instructions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import date, datetime, time
from typing import Any

import pendulum
import sqlglot

from ..errors import ModeSourceError, UsageError
from ..settings import duration, moment
from .connection import Reader, Result
from .dependents import dependents
from .output import text_of

MOST_ROWS = 1000
MOST_CHARACTERS = 200_000  # of all texts in an answer
LONGEST_TEXT = 20_000
SECONDS = 30.0
LISTED = 200  # of anything in an answer that names no limit
READS = ("select", "with", "values", "table", "from", "describe", "show", "summarize", "explain")

Answer = dict[str, Any]
Opened = Callable[[], AbstractContextManager[Reader]]

# What can be found and described: kind → table, and the columns that a search looks at.
KINDS = {
    "report": ("reports", ("name", "description")),
    "dataset": ("datasets", ("name", "description")),
    "query": ("queries", ("name", "raw_query")),
    "chart": ("charts", ("title", "description")),
    "definition": ("definitions", ("name", "description", "source")),
    "collection": ("collections", ("name", "description")),
    "data_source": ("data_sources", ("name", "description")),
    "member": ("members", ("name", "username")),
}
# What belongs to it: heading → SELECT with the token in braces.
PARTS = {
    "report": {
        "queries": "SELECT token, name, data_source_id FROM queries WHERE report_token = {} ORDER BY token",
        "charts": "SELECT token, query_token, title, chart_type FROM charts WHERE report_token = {} ORDER BY token",
        "schedules": "SELECT frequency, day_of_week, cron_hour, cron_minute, time_zone, next_scheduled_run"
        " FROM report_schedules WHERE report_token = {} ORDER BY token",
        "collection": "SELECT c.token, c.name FROM collections AS c JOIN reports AS r ON r.space_token = c.token"
        " WHERE r.token = {}",
    },
    "dataset": {
        "queries": "SELECT token, name, raw_query, data_source_id FROM queries WHERE report_token = {}",
    },
    "query": {
        "tables": "SELECT platform, database_name, schema_name, table_name, role, certainty FROM query_tables"
        " WHERE query_token = {} ORDER BY 1, 2, 3, 4, 5",
        "definitions": "SELECT definition_name, definition_token FROM query_definitions WHERE query_token = {}"
        " ORDER BY 1, 2",
        "charts": "SELECT token, title, chart_type FROM charts WHERE query_token = {} ORDER BY token",
        "problems": "SELECT stage, reason FROM lineage_errors WHERE query_token = {} ORDER BY 1, 2",
    },
    "chart": {"fields": "SELECT field, usage, output_column FROM chart_fields WHERE chart_token = {} ORDER BY 1, 2"},
    "definition": {
        "used_by": "SELECT DISTINCT query_token, report_token FROM query_definitions WHERE definition_token = {}"
        " ORDER BY 1, 2",
    },
    "collection": {"reports": "SELECT token, name, archived FROM reports WHERE space_token = {} ORDER BY token"},
    "data_source": {},
    "member": {},
}


class Tools:
    """The questions.

    Args:
        opened: opens the dataset for reading; for each question anew, so that a load is never kept waiting.
    """

    def __init__(self, opened: Opened) -> None:
        self._opened = opened

    def search(self, text: str, kind: str | None = None, limit: int = 20) -> Answer:
        """Finds reports, datasets, queries (by their SQL, too), charts, definitions, collections, members and so on.

        Args:
            text: part of a name, title, description or SQL; upper or lower case.
            kind: report, dataset, query, chart, definition, collection, data_source or member; all if not given.
            limit: at most this many of each kind.
        """
        if kind is not None and kind not in KINDS:
            raise UsageError(f"There is no kind {kind!r}: choose from {', '.join(KINDS)}.")
        found: list[Answer] = []
        with self._restricted() as reader:
            for name in [kind] if kind else list(KINDS):
                table, columns = KINDS[name]
                where = " OR ".join(f"strpos(lower({column}), {_literal(text.lower())}) > 0" for column in columns)
                sql = f"SELECT * FROM {table} WHERE {where} ORDER BY token LIMIT {_bounded(limit, LISTED)}"
                for row in self._rows(reader, sql, table):
                    shown = ("token", "name", "title", "username", "report_token", "query_token", "archived", "web_url")
                    found.append({"kind": name, **{key: row[key] for key in shown if row.get(key) is not None}})
        return {"found": found}

    def describe(self, token: str) -> Answer:
        """Says all that is known of one thing in Mode, and lists what belongs to it.

        Args:
            token: of a report, dataset, query, chart, definition, collection, data source or member.
        """
        with self._restricted() as reader:
            for kind, (table, _) in KINDS.items():
                for row in self._rows(reader, f"SELECT * FROM {table} WHERE token = {_literal(token)}", table):
                    answer: Answer = {"kind": kind, **{key: value for key, value in row.items() if value is not None}}
                    for heading, sql in PARTS[kind].items():
                        answer[heading] = self._rows(reader, f"{sql.format(_literal(token))} LIMIT {LISTED}")
                    return answer
        raise ModeSourceError(f"Nothing in Mode has the token {token!r}: search for its name.")

    def lineage(self, name: str) -> Answer:
        """Says which reports, charts and datasets depend on a table, a column or a dataset of Mode.

        Args:
            name: table, schema.table or database.schema.table, perhaps with .column; or the name of a dataset.
        """
        with self._restricted() as reader:
            found = dependents(reader, name)
        answer = found.summary()
        answer["summary"] = found.line()
        answer["truncated"] = len(found.dependents) > LISTED
        answer["dependents"] = [_plain(row) for row in found.dependents[:LISTED]]
        return answer

    def upstream(self, token: str) -> Answer:
        """Says which tables and columns a report, dataset, query or chart is computed from.

        Args:
            token: of the report, dataset, query or chart.
        """
        with self._restricted() as reader:
            literal = _literal(token)
            found = self._rows(
                reader,
                f"SELECT token FROM queries WHERE report_token = {literal} OR token = {literal}"
                f" UNION SELECT query_token FROM charts WHERE token = {literal} ORDER BY 1",
            )
            if not found:
                raise ModeSourceError(f"No report, dataset, query or chart has the token {token!r}.")
            within = f"query_token IN ({', '.join(_literal(row['token']) for row in found)})"
            tables = self._rows(
                reader,
                "SELECT DISTINCT platform, database_name, schema_name, table_name, certainty FROM query_tables"
                f" WHERE role = 'read' AND {within} ORDER BY 1, 2, 3, 4, 5 LIMIT {MOST_ROWS}",
            )
            fields = self._rows(
                reader, f"SELECT DISTINCT output_column FROM chart_fields WHERE chart_token = {literal} ORDER BY 1"
            )
            shown = [str(row["output_column"]).lower() for row in fields if row["output_column"]]
            only = f" AND lower(output_column) IN ({', '.join(map(_literal, shown))})" if shown else ""
            columns = self._rows(
                reader,
                "SELECT DISTINCT query_token, output_column, source_database, source_schema, source_table,"
                f" source_column, certainty FROM query_columns WHERE output_column IS NOT NULL AND {within}{only}"
                f" ORDER BY 1, 2, 3, 4, 5, 6, 7 LIMIT {MOST_ROWS}",
            )
        return {"queries": [row["token"] for row in found], "tables": tables, "columns": columns}

    def query_sql(self, sql: str, limit: int = 100) -> Answer:
        """Runs one SELECT on the tables and views, read-only, for at most 30 seconds.

        Args:
            sql: one statement in the SQL of the database (DuckDB or PostgreSQL). Tables: reports, queries, charts,
                datasets, collections, members, query_tables, query_columns, changes …; SHOW TABLES lists all in DuckDB.
            limit: at most this many rows, 1000 at most.
        """
        statement = _one_reading(sql)
        with self._restricted() as reader:
            result = reader.select(statement)
            rows, truncated = _bounded_rows(result, _bounded(limit, MOST_ROWS))
        return {"columns": result.columns, "rows": rows, "truncated": truncated}

    def what_changed(self, since: str = "7 days", limit: int = 100) -> Answer:
        """Says what was added, changed or removed in Mode, newest first.

        Args:
            since: a date such as 2026-11-01, or a time span such as "7 days".
            limit: at most this many changes, 1000 at most; the counts are of all.
        """
        start = _start(since)
        literal = f"CAST({_literal(start)} AS TIMESTAMP WITH TIME ZONE)"
        with self._restricted() as reader:
            counts = self._rows(
                reader,
                f"SELECT entity, change, count(*) AS changes FROM changes WHERE changed_at >= {literal}"
                " GROUP BY entity, change ORDER BY entity, change",
            )
            rows = self._rows(
                reader,
                f"SELECT changed_at, change, entity, token, name, columns FROM changes WHERE changed_at >= {literal}"
                f" ORDER BY changed_at DESC, entity, token LIMIT {_bounded(limit, MOST_ROWS)}",
            )
        return {"since": start, "counts": counts, "changes": rows}

    @contextmanager
    def _restricted(self) -> Iterator[Reader]:
        with self._opened() as reader:
            reader.restrict(SECONDS)
            yield reader

    @staticmethod
    def _rows(reader: Reader, sql: str, table: str = "") -> list[Answer]:
        if table and not _is_there(reader, table):
            return []
        result = reader.select(sql)
        rows, _ = _bounded_rows(result, MOST_ROWS)
        return [
            {name: value for name, value in zip(result.columns, row, strict=True) if not name.startswith("_")}
            for row in rows
        ]


def _is_there(reader: Reader, table: str) -> bool:
    schema = reader.schema
    sql = (
        "SELECT 1 FROM information_schema.tables"
        f" WHERE table_schema = {_literal(schema)} AND table_name = {_literal(table)}"
    )
    return any(True for _ in reader.select(sql).rows)


def _bounded_rows(result: Result, limit: int) -> tuple[list[list[Any]], bool]:
    """Rows as plain data, and whether there are more."""
    rows: list[list[Any]] = []
    size = 0
    for row in result.rows:
        values = [_plain(value) for value in row]
        size += sum(len(str(value)) for value in values)
        if len(rows) == limit or (rows and size > MOST_CHARACTERS):
            return rows, True
        rows.append(values)
    return rows, False


def _plain(value: Any) -> Any:
    """A value as JSON has it; very long texts are cut, which shows."""
    if value is None or isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    text = text_of(value) if isinstance(value, (str, date, datetime, time, bytes, memoryview)) else str(value)
    if text and len(text) > LONGEST_TEXT:
        return f"{text[:LONGEST_TEXT]}… ({len(text):,} characters)"
    return text


def _one_reading(sql: str) -> str:
    """The statement, if it is one and reads."""
    try:
        tokens = sqlglot.tokenize(sql, read="postgres")
    except sqlglot.errors.SqlglotError as error:
        raise UsageError("This is not SQL that can be understood.") from error
    while tokens and tokens[-1].token_type.name == "SEMICOLON":
        tokens.pop()
    if not tokens:
        raise UsageError("There is no statement.")
    if any(token.token_type.name == "SEMICOLON" for token in tokens):
        raise UsageError("Give one statement at a time.")
    first = next((token.text.lower() for token in tokens if token.token_type.name != "L_PAREN"), "")
    if first not in READS:
        raise UsageError(f"Only statements that read are run ({', '.join(READS[:4])}, …).")
    return sql.strip().rstrip(";")


def _start(since: str) -> str:
    """Where a time span or date begins, as a moment in UTC."""
    try:
        return str((pendulum.now("UTC") - duration("since", since)).to_iso8601_string())
    except UsageError:
        return moment("since", since)


def _bounded(limit: int, most: int) -> int:
    return max(1, min(limit, most))


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''").replace("\0", "") + "'"
