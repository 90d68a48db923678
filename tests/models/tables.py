"""Real tables, on DuckDB and on PostgreSQL, filled by hand: what the tests of views share."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timezone
from typing import Any

import dlt

Row = dict[str, Any]

# What every row of a table has unless a test says otherwise.
ALWAYS: dict[str, Row] = {
    "query_tables": {"platform": "snowflake", "role": "read", "certainty": "certain"},
    "query_columns": {"certainty": "certain"},
    "_dlt_loads": {"schema_name": "mode", "status": 0},
}


class Database:
    """A dataset whose rows a test sets and whose views it asks.

    Args:
        pipeline: has loaded a workspace, so that all tables are there.
        cursor: of DuckDB or psycopg2, with the dataset as its search path.
    """

    def __init__(self, pipeline: dlt.Pipeline, cursor: Any) -> None:
        self.pipeline = pipeline
        self.cursor = cursor
        self._filled = {*pipeline.default_schema.data_table_names(), "_dlt_loads"}

    def run(self, sql: str) -> None:
        """One statement."""
        self.cursor.execute(sql)

    def ask(self, sql: str) -> list[tuple[Any, ...]]:
        """All rows of one statement."""
        self.run(sql)
        rows: list[tuple[Any, ...]] = self.cursor.fetchall()
        return rows

    def fill(self, **tables: Iterable[Row]) -> None:
        """Sets the rows of these tables, empties all others."""
        for table in self._filled:
            self.run(f"DELETE FROM {table}")
        self._filled = set(tables)
        for table, rows in tables.items():
            for number, row in enumerate(rows):
                name = "load_id" if table == "_dlt_loads" else "_dlt_id"
                whole = {name: f"{table}{number}", **ALWAYS.get(table, {}), **row}
                if name == "_dlt_id":
                    whole["_dlt_load_id"] = "1"
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

# Lineage with what is likely to go wrong: twice the same table, nulls, datasets, what is archived or gone.
EDGES: list[tuple[str, str, str | None, str, dict[str, Any]]] = [
    ("q1", "r1", "PUBLIC", "ORDERS", {"certainty": "guess"}),
    ("q1", "r1", "PUBLIC", "orders", {"certainty": "likely"}),  # quoted elsewhere in the same text
    ("q2", "r1", "PUBLIC", "ORDERS", {"certainty": "guess"}),
    ("q2", "r1", "PUBLIC", "TMP", {"role": "created"}),
    ("q3", "r2", None, "ORDERS", {"database_name": None}),
    ("q4", "r3", None, "d1", {"platform": "modedatasets", "database_name": None}),
    ("q4", "r3", "PUBLIC", "ORDERS", {}),
    ("qd", "d1", "PUBLIC", "ORDERS", {}),
    ("qo", "old", "PUBLIC", "ORDERS", {}),
    ("qo", "old", "PUBLIC", "ORDERS", {"platform": "redshift"}),
    ("q9", "nowhere", "PUBLIC", "ORDERS", {}),
]
LINEAGE: dict[str, Any] = {
    "reports": [
        report("r1", view_count=100, schedules_count=1, last_run_at=at("2026-05-01")),
        report("r2", name=None, view_count=None, creator_username="zed"),
        report("r3", view_count=5, creator_username=None),
        report("old", archived=True, view_count=1000, last_run_at=at("2026-05-30")),
    ],
    "datasets": [dataset("d1", name="Dataset: Sales", view_count=7)],
    "members": [ADA],
    "charts": [
        {"token": f"h{n}", "report_token": of, "query_token": query}
        for n, (of, query) in enumerate([("r1", "q1"), ("r1", "q1"), ("r1", "q2"), ("r3", "q4")])
    ],
    "query_tables": [
        {"query_token": query, "report_token": of, "database_name": "DWH", "schema_name": schema, "table_name": name,
         **more}
        for query, of, schema, name, more in EDGES
    ],
}  # fmt: skip
