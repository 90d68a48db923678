"""The lineage tables: loaded with the rest, and again only for what changed."""

from __future__ import annotations

from pathlib import Path

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
)
from mode_source.lineage_tables.source import analysis_of, lineage_resource
from mode_source.lineage_tables.step import LineageStep
from mode_source.load import finish_pending

from ..conftest import postgres_pipeline, run
from .place import QUERIES, Place, assert_fresh, edges, fill, vegas


def test_tables(place: Place) -> None:
    found = edges(place.pipeline)
    assert ("plain", "r1", "1", "postgresql", "shop", "sales", "orders", "read", "certain") in found[QUERY_TABLES]
    assert ("plain", "r1", "amount", "shop", "sales", "orders", "total", "certain", "output") in found[QUERY_COLUMNS]
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
