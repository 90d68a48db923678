"""The lineage tables: loaded with the rest, and again only for what changed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import duckdb
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_lineage
from mode_source.lineage_tables.analysis import LineageLog
from mode_source.lineage_tables.schema import (
    CHART_FIELDS,
    ERRORS,
    QUERY_COLUMNS,
    QUERY_DEFINITIONS,
    QUERY_TABLES,
    TABLES,
)
from mode_source.lineage_tables.source import analysis_of, lineage_resource
from mode_source.lineage_tables.step import LineageStep
from mode_source.load import connect, finish_pending

from ..conftest import duckdb_pipeline, postgres_pipeline, run

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


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the tables of a first load, filled by hand, and its lineage."""
    folder = tmp_path_factory.mktemp("lineage")
    pipeline = duckdb_pipeline(folder)
    with Sandbox(Workspace.generate(seed=5, reports=2, collections=2, datasets=1, members=2)) as sandbox:
        run(pipeline, sandbox)
    with duckdb.connect(str(folder / "mode.duckdb")) as db:
        db.execute("USE mode_metadata")
        for table in ("data_sources", "definitions", "datasets", "queries", "charts"):
            db.execute(f"DELETE FROM {table}")
        fill(db.execute)
    counts = LineageStep(pipeline).run()
    assert (counts.queries, counts.charts, counts.failed) == (len(QUERIES), len(CHARTS), None)
    return folder / "mode.duckdb"


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
        log = LineageStep(self.pipeline).run()
        assert log.failed is None
        return log

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        return sorted(self.pipeline.dataset()(sql).fetchall(), key=repr)

    def packages(self) -> int:
        return int(self.rows("SELECT COUNT(*) AS n FROM _dlt_loads")[0][0])


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Place:
    return Place(tmp_path, template)


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


def test_tables(place: Place) -> None:
    found = edges(place.pipeline)
    assert ("plain", "r1", "1", "postgresql", "shop", "sales", "orders", "read", "certain") in found[QUERY_TABLES]
    assert ("plain", "r1", "amount", "shop", "sales", "orders", "total", "certain") in found[QUERY_COLUMNS]
    assert found[QUERY_DEFINITIONS] == [
        ("deep", "r2", "base", "d1", "nested"), ("deep", "r2", "nested", "d2", None),
        ("direct", "r1", "base", "d1", None), ("missing", "r2", "gone", None, None),
    ]  # fmt: skip
    assert found[CHART_FIELDS] == [
        ("c1", "plain", "r1", "amount", "x", "amount"), ("c2", "plain", "r1", "nothing", "x", None),
        ("c3", "by_name", "r3", "id", "x", "id"),
    ]  # fmt: skip
    assert {row[0] for row in found[ERRORS]} == {"missing", "broken"}


@pytest.mark.parametrize("token", ["by_name", "by_token"])
def test_lineage_runs_through_datasets(place: Place, token: str) -> None:
    assert place.rows(f"SELECT platform, schema_name, table_name FROM query_tables WHERE query_token = '{token}'") == [
        ("modedatasets", None, "ds1"),
        ("postgresql", "sales", "orders"),
    ]
    assert place.rows(f"SELECT source_schema, source_table FROM query_columns WHERE query_token = '{token}'") == [
        ("sales", "orders")
    ]


def test_an_unchanged_run_reads_no_texts_and_loads_nothing(place: Place) -> None:
    place.sql("UPDATE queries SET raw_query = 'select changed from nowhere'", "UPDATE charts SET view_vegas = NULL")
    packages, held = place.packages(), edges(place.pipeline)
    log = place.run()
    assert (log.queries, log.charts, log.removed) == (0, 0, 0)
    assert place.packages() == packages
    assert edges(place.pipeline) == held


NEW = "_dlt_id = _dlt_id || ' new'"


PLAIN = "WHERE token = 'plain'"
EDITS = [  # what is changed together, and the queries and charts that are analysed again
    ([f"UPDATE queries SET raw_query = 'select id from sales.returns', {NEW} {PLAIN}",
      "UPDATE definitions SET source = 'select 1 as id' WHERE name = 'nested'"], {"plain", "deep"}, {"c1", "c2"}),
    ([f"UPDATE queries SET raw_query = raw_query || ' where true', {NEW} {PLAIN}",
      "UPDATE definitions SET source = 'select id, region from core.people' WHERE name = 'base'",
      f"UPDATE charts SET view_vegas = '{vegas('x')}', {NEW} WHERE token = 'c2'"], {"plain", "direct"}, {"c2"}),
    ([f"UPDATE queries SET raw_query = 'select id, total from sales.returns', {NEW} WHERE token = 'of_dataset'",
      "INSERT INTO definitions (token, name, source, _dlt_load_id, _dlt_id)"
      " VALUES ('d3', 'gone', 'select a from u', '0', 'x')"],
     {"of_dataset", "by_name", "by_token", "missing"}, set()),
    ([f"UPDATE queries SET data_source_id = '2' {PLAIN}"], {"plain"}, {"c1", "c2"}),
    (["UPDATE datasets SET name = 'Renamed'", "DELETE FROM definitions WHERE name = 'base'",
      "DELETE FROM data_sources WHERE id = '2'"],
     {"by_name", "direct", "missing", "broken", "plain"}, {"c1", "c2"}),
    (["DELETE FROM datasets", f"UPDATE queries SET report_token = 'r9' {PLAIN}"],
     {"by_token", "plain"}, set()),
]  # fmt: skip


def test_exactly_what_an_edit_touches_is_analysed(place: Place) -> None:
    stamp = "SELECT token, kind, _dlt_load_id FROM lineage_state"
    for statements, queries, charts in EDITS:
        before = set(place.rows(stamp))
        place.sql(*statements)
        log = place.run()
        after = set(place.rows(stamp)) - before
        assert {row[0] for row in after if row[1] == "query"} == queries, statements
        assert {row[0] for row in after if row[1] == "chart"} == charts, statements
        assert (log.queries, log.charts) == (len(queries), len(charts))
    assert_fresh(place)


def test_a_row_that_changed_but_for_its_text_is_only_noted(place: Place) -> None:
    place.sql(f"UPDATE queries SET {NEW}")
    packages = place.packages()
    assert (place.run().queries, place.packages()) == (0, packages + 1)
    assert (place.run().queries, place.packages()) == (0, packages + 1)
    assert_fresh(place)


def test_what_is_gone_leaves(place: Place) -> None:
    place.sql("DELETE FROM queries WHERE token IN ('plain', 'deep')", "DELETE FROM charts WHERE token IN ('c1', 'c3')")
    log = place.run()
    assert (log.queries, log.charts) == (0, 1)
    found = edges(place.pipeline)
    assert not {row[0] for table in (QUERY_TABLES, QUERY_COLUMNS, QUERY_DEFINITIONS) for row in found[table]} & {
        "plain",
        "deep",
    }
    assert found[CHART_FIELDS] == [("c2", "plain", "r1", "nothing", "x", None)]
    assert place.rows("SELECT token FROM lineage_state WHERE token IN ('plain', 'deep', 'c1', 'c3')") == []
    assert_fresh(place)


DAMAGES = [  # and how many queries are analysed again
    ("DELETE FROM _dlt_loads WHERE load_id IN (SELECT _dlt_load_id FROM lineage_state)", len(QUERIES)),
    ("DELETE FROM query_columns WHERE query_token = 'plain'", 1),
    ("UPDATE query_tables SET _dlt_load_id = 'lost' WHERE query_token = 'plain'", 1),
    ("INSERT INTO query_tables SELECT * REPLACE ('unknown' AS query_token) FROM query_tables LIMIT 1", 0),
    ("INSERT INTO chart_fields SELECT * REPLACE ('unknown' AS chart_token) FROM chart_fields LIMIT 1", 0),
    ("UPDATE lineage_state SET version = 'of another engine' WHERE token = 'deep'", 1),
]


def test_half_loaded_packages_heal(place: Place) -> None:
    held = edges(place.pipeline)
    for damage, again in DAMAGES:
        place.sql(damage)
        assert place.run().queries == again, damage
        assert edges(place.pipeline) == held, damage
    assert_fresh(place)


@pytest.mark.parametrize("how", ["extracted", "normalised"])
def test_a_run_that_was_killed_heals(place: Place, how: str) -> None:
    place.sql(f"UPDATE queries SET raw_query = 'select id from sales.returns', {NEW} {PLAIN}")
    with analysis_of(place.pipeline, None, LineageLog()) as analysis:
        place.pipeline.extract(lineage_resource(analysis.rows))
    if how == "normalised":
        place.pipeline.normalize()
    finish_pending(place.pipeline)
    assert place.run().queries == 0
    assert place.rows("SELECT table_name FROM query_tables WHERE query_token = 'plain'") == [("returns",)]


def test_from_python(place: Place) -> None:
    place.sql("DELETE FROM lineage_state")
    log = LineageLog()
    place.pipeline.run(mode_lineage(log=log))
    assert log.queries == len(QUERIES)
    assert_fresh(place)


def test_postgres(postgres: str, tmp_path: Path) -> None:
    pipeline = postgres_pipeline(postgres, tmp_path, "lineage_loading")
    with Sandbox(Workspace.generate(seed=5, reports=2, collections=2, datasets=1, members=2)) as sandbox:
        run(pipeline, sandbox)
    tables = ("data_sources", "definitions", "datasets", "queries", "charts")
    with pipeline.sql_client() as client:
        for table in tables:
            client.execute_sql(f"DELETE FROM {table}")
        fill(lambda sql, values: client.execute_sql(sql, *values), "%s")
    step = LineageStep(pipeline)
    assert step.run().queries == len(QUERIES), step.log.failed
    held = edges(pipeline)
    with pipeline.sql_client() as client:
        client.execute_sql(
            f"UPDATE queries SET raw_query = 'select id from sales.returns', {NEW} WHERE token = 'plain'"
        )
        client.execute_sql("DELETE FROM queries WHERE token = 'direct'")
    log = LineageStep(pipeline).run()
    assert (log.queries, log.charts, log.failed) == (1, 2, None)
    after = edges(pipeline)
    assert {row for row in after[QUERY_TABLES] if row[0] != "plain"} == {
        row for row in held[QUERY_TABLES] if row[0] not in ("plain", "direct")
    }
    assert [row[6] for row in after[QUERY_TABLES] if row[0] == "plain"] == ["returns"]
    log = LineageStep(pipeline).run()
    assert (log.queries, log.charts, log.failed) == (0, 0, None)
