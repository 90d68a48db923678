"""Real tables of an empty workspace, on DuckDB and on PostgreSQL, filled by hand: what the tests of views share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timezone
from typing import Any

import dlt

from mode_source.models import create_views

Row = dict[str, Any]

# As the contract of the lineage tables has them.
LINEAGE = {
    "query_tables": "query_token report_token data_source_id platform database_name schema_name table_name role"
    " certainty",
    "query_columns": "query_token report_token output_column source_database source_schema source_table source_column"
    " certainty",
    "query_definitions": "query_token report_token definition_name definition_token via",
    "chart_fields": "chart_token query_token report_token field usage output_column",
    "lineage_errors": "query_token report_token stage reason",
}
# What every row of a table has unless a test says otherwise.
ALWAYS: dict[str, Row] = {
    "query_tables": {"platform": "snowflake", "role": "read", "certainty": "certain"},
    "query_columns": {"certainty": "certain"},
    "_dlt_loads": {"schema_name": "mode", "status": 0},
}


class Database:
    """A dataset whose rows a test sets and whose views it asks.

    Args:
        pipeline: has loaded an empty workspace.
        cursor: of DuckDB or psycopg2, with the dataset as its search path.
    """

    def __init__(self, pipeline: dlt.Pipeline, cursor: Any) -> None:
        self.pipeline = pipeline
        self.cursor = cursor
        self._filled: set[str] = set()

    def run(self, sql: str) -> None:
        """One statement."""
        self.cursor.execute(sql)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of one statement."""
        self.run(sql)
        rows: list[tuple[Any, ...]] = self.cursor.fetchall()
        return rows

    def make_lineage_tables(self) -> None:
        """Empty lineage tables, if there are none."""
        for table, columns in LINEAGE.items():
            self.run(
                f"CREATE TABLE IF NOT EXISTS {table} ({', '.join(f'{column} text' for column in columns.split())})"
            )
        create_views(self.pipeline)

    def fill(self, **tables: Iterable[Row]) -> None:
        """Sets the rows of these tables, empties all others that were filled before."""
        for table in self._filled:
            self.run(f"DELETE FROM {table}")
        self._filled = set(tables)
        for table, rows in tables.items():
            self.run(f"DELETE FROM {table}")
            for number, row in enumerate(rows):
                whole = ALWAYS.get(table, {}) | row
                if table not in LINEAGE and not table.startswith("_dlt"):
                    whole = {"_dlt_id": f"{table}{number}", "_dlt_load_id": "1"} | whole
                if table == "_dlt_loads":
                    whole = {"load_id": f"test{number}"} | whole
                names = ", ".join(f'"{name}"' for name in whole)
                self.run(f"INSERT INTO {table} ({names}) VALUES ({', '.join(map(_literal, whole.values()))})")


def _literal(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        return f"TIMESTAMPTZ '{value.isoformat()}'"
    if isinstance(value, date):
        return f"DATE '{value}'"
    return "'" + str(value).replace("'", "''") + "'"


def at(text: str) -> datetime:
    """A moment in UTC: `2026-05-01` or `2026-05-01T10:30`."""
    return datetime.fromisoformat(text).replace(tzinfo=timezone.utc)


def report(token: str, **row: Any) -> Row:
    """A live report of ada's in collection c1, with nothing unknown."""
    return {
        "token": token, "name": f"Report {token}", "type": "Report", "archived": False, "space_token": "c1",
        "creator_username": "ada", "view_count": 10, "schedules_count": 0, "query_count": 1, "chart_count": 0,
        "public": False, "is_embedded": False, "created_at": at("2025-01-01"), "web_url": f"https://mode/{token}",
    } | row  # fmt: skip


def dataset(token: str, **row: Any) -> Row:
    """A dataset, without what Mode leaves out of its row."""
    return report(token) | {"name": f"Dataset {token}", "type": "DatasetReport", "archived": None, "chart_count": None,
                            "is_embedded": None} | row  # fmt: skip


ADA = {"token": "m1", "username": "ada", "name": "Ada", "email": "ada@acme.test", "state": "active"}
C1 = {"token": "c1", "name": "Finance", "space_type": "custom", "restricted": False, "default_access_level": "view"}
