"""A pipeline with a handful of queries in its tables, for tests of what is analysed when."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import duckdb

from mode_source.lineage_tables.analysis import LineageLog
from mode_source.lineage_tables.schema import TABLES
from mode_source.lineage_tables.step import LineageStep
from mode_source.load import connect

from ..conftest import duckdb_pipeline, held_open

EDGES = [table for table in TABLES if table != "lineage_state"]
DEFINITIONS = {
    "base": ("d1", "select id, region from core.customers"),
    "nested": ("d2", "select b.id from {{ @base as b }} join core.plans p on p.id = b.id"),
}
SOURCES = {"1": "jdbc:postgresql", "2": "jdbc:snowflake", "9": "jdbc:modedatasets"}
QUERIES = {  # token: report, data source, SQL
    "plain": ("r1", "1", "select o.id, o.total as amount from sales.orders o"),
    "direct": ("r1", "1", "select a.region from {{ @base as a }}"),
    "deep": ("r2", "1", "select n.id from {{ @nested as n }}"),
    "missing": ("r2", "2", "select x.a from {{ @gone as x }} join s.t on true"),
    "of_dataset": ("ds1", "1", "select id, total from sales.orders"),
    "by_name": ("r3", "9", 'select id from "Orders, daily"'),
    "by_token": ("r3", "9", "select total from ds1"),
    "broken": ("r3", "2", "select from where ((("),
}
CHARTS = {"c1": ("r1", "plain", "amount"), "c2": ("r1", "plain", "nothing"), "c3": ("r3", "by_name", "id")}


def vegas(field: str) -> str:
    return json.dumps({"encoding": {"x": [{"formula": f"[{field}]"}]}})


def fill(execute: Callable[..., Any], mark: str = "?") -> None:
    """The rows above."""

    def insert(table: str, **values: Any) -> None:
        values |= {"_dlt_load_id": "0", "_dlt_id": f"{table} {values['token']}"}
        execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join([mark] * len(values))})", [*values.values()]
        )

    for id, adapter in SOURCES.items():
        insert("data_sources", token=f"s{id}", id=id, adapter=adapter, database="shop")
    for name, (token, source) in DEFINITIONS.items():
        insert("definitions", token=token, name=name, source=source, data_source_id="1")
    insert("datasets", token="ds1", name="Orders, daily")
    for token, (report, source, sql) in QUERIES.items():
        insert("queries", token=token, report_token=report, data_source_id=source, raw_query=sql)
    for token, (report, query, field) in CHARTS.items():
        insert("charts", token=token, report_token=report, query_token=query, view_vegas=vegas(field))


class Place:
    """The pipeline on a copy of the template, and SQL on its database while no run has it open."""

    def __init__(self, folder: Path, template: Path) -> None:
        shutil.copy(template, folder / "mode.duckdb")
        self.path = folder / "mode.duckdb"
        self.pipeline = duckdb_pipeline(folder)
        connect(self.pipeline)

    def sql(self, *statements: str) -> None:
        with duckdb.connect(str(self.path)) as db:
            db.execute("USE mode_metadata")
            for statement in statements:
                db.execute(statement)

    def run(self) -> LineageLog:
        with held_open(self.pipeline):
            log = LineageStep(self.pipeline).run()
        assert log.failed is None
        return log

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return sorted(self.pipeline.dataset()(sql).fetchall(), key=repr)

    def packages(self) -> int:
        return int(self.rows("SELECT COUNT(*) AS n FROM _dlt_loads")[0][0])


def edges(pipeline: dlt.Pipeline) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables, without dlt's columns."""
    dataset = pipeline.dataset()
    found = {}
    for table in EDGES:
        names = [name for name in dataset[table].columns if not name.startswith("_")]
        found[table] = sorted(dataset[table].select(*names).fetchall(), key=repr)
    return found


def assert_fresh(place: Place) -> None:
    """The tables are what a lineage from nothing gives, and nothing is left to do."""
    kept = edges(place.pipeline)
    packages = place.packages()
    assert (place.run().queries, place.packages()) == (0, packages)
    place.sql("DELETE FROM lineage_state", *(f"DELETE FROM {table}" for table in EDGES))
    place.run()
    assert edges(place.pipeline) == kept
