"""How views come, change and go, and what they must not get in the way of."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest
from dlt.pipeline.exceptions import PipelineStepFailed
from sqlglot import exp, parse_one

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_lineage, models
from mode_source.models import MARK, create_views, drop_views

from ..conftest import EVERYTHING, run, source_for
from .conftest import SMALLEST
from .tables import Database

ALL = set(models.models())
LINEAGE = {"reports_using_table", "reports_using_column", "table_usage", "definition_impact", "unused_datasets"}


def views(db: Database) -> dict[str, str]:
    """Views of the dataset, by name, each with its columns."""
    rows = db.ask(
        "SELECT v.table_name, c.column_name FROM information_schema.tables v JOIN information_schema.columns c"
        " ON c.table_schema = v.table_schema AND c.table_name = v.table_name"
        " WHERE v.table_schema = 'SCHEMA' AND v.table_type = 'VIEW' ORDER BY v.table_name, c.ordinal_position".replace(
            "SCHEMA", db.pipeline.dataset_name
        )
    )
    found: dict[str, str] = {}
    for view, column in rows:
        found[view] = f"{found[view]} {column}" if view in found else column
    return found


def on_postgres(db: Database) -> bool:
    """Some things there are only on one of the two."""
    return bool(db.pipeline.destination and db.pipeline.destination.destination_type.endswith("postgres"))


@pytest.fixture
def changed(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Other texts for models: those of another version."""
    texts: dict[str, str] = {}
    shipped = models.models()

    def other() -> dict[str, models.Model]:
        merged = {name: model.sql for name, model in shipped.items()} | texts
        return {name: models.Model(name, sql) for name, sql in merged.items() if sql}

    monkeypatch.setattr(models, "models", other)
    return texts


def test_what_a_model_needs_is_what_a_parser_finds() -> None:
    for name, model in models.models().items():
        tree = parse_one(model.sql, read="duckdb")
        own = {cte.alias for cte in tree.find_all(exp.CTE)}
        assert model.needs == {table.name for table in tree.find_all(exp.Table) if table.name} - own, name
        assert model.question.partition("?")[1], f"{name} says which question it answers"


def test_views_come_with_their_tables(db: Database, caplog: pytest.LogCaptureFixture) -> None:
    """A partial load has fewer tables; when the others come, so do the views that read them."""
    caplog.set_level(logging.DEBUG, "mode_source")
    drop_views(db.pipeline)
    rename(db, "query_tables", "hidden_1")
    rename(db, "query_columns", "hidden_2")
    assert set(create_views(db.pipeline)) == ALL - LINEAGE
    assert set(views(db)) == ALL - LINEAGE
    assert {record.levelname for record in caplog.records if "waits for" in record.message} == {"DEBUG"}
    assert create_views(db.pipeline) == []
    rename(db, "hidden_1", "query_tables")
    rename(db, "hidden_2", "query_columns")
    assert set(create_views(db.pipeline)) == LINEAGE
    assert set(views(db)) == ALL
    assert create_views(db.pipeline) == []


def test_views_whose_tables_went_go_too(db: Database) -> None:
    """As after a fresh load. PostgreSQL lets no table go that a view reads; on DuckDB the view would stay, and fail."""
    create_views(db.pipeline)
    if on_postgres(db):
        drop_views(db.pipeline)
    rename(db, "chart_fields", "hidden")
    create_views(db.pipeline)
    assert set(views(db)) == ALL - {"reports_using_column"}
    rename(db, "hidden", "chart_fields")


def rename(db: Database, old: str, new: str) -> None:
    """Hides a table, or brings it back."""
    db.run(f"ALTER TABLE {old} RENAME TO {new}")


def test_columns_change_and_views_go(db: Database, changed: dict[str, str]) -> None:
    """Fewer columns at the root of all others, a view that is shipped no more, and back again."""
    create_views(db.pipeline)
    before = views(db)
    changed["view_growth"] = "-- Other?\nSELECT report_token, 1 AS views_90_days FROM report_stats_daily"
    changed["scheduled_and_viewed"] = "-- Other?\nSELECT report_token, views_90_days FROM view_growth"
    changed["stale_reports"] = ""
    changed["brand_new"] = "-- New?\nSELECT 1 AS one FROM scheduled_and_viewed"
    assert create_views(db.pipeline) == ["view_growth", "scheduled_and_viewed", "brand_new"]
    after = views(db)
    assert after["view_growth"] == "report_token views_90_days"
    assert set(after) == ALL - {"stale_reports"} | {"brand_new"}
    changed.clear()
    assert set(create_views(db.pipeline)) == {"view_growth", "scheduled_and_viewed", "stale_reports"}
    assert views(db) == before
    assert create_views(db.pipeline) == []


def test_what_others_made_is_left_alone(
    db: Database, changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A view of theirs with a name of ours; and, on PostgreSQL, one of theirs that reads one of ours."""
    create_views(db.pipeline)
    db.run("CREATE VIEW theirs AS SELECT report_token, counted_since FROM view_growth")
    db.run("CREATE VIEW later AS SELECT 1 AS mine")
    changed["later"] = "-- A name that is taken?\nSELECT 2 AS ours FROM reports"
    changed["view_growth"] = (
        "-- No more counted_since?\nSELECT report_token, 1 AS views_90_days FROM report_stats_daily"
    )
    changed["duplicate_sql"] = "-- Other?\nSELECT 1 AS one FROM reports"
    done = create_views(db.pipeline)
    assert db.ask("SELECT mine FROM later") == [(1,)]
    assert "View later was not created" in caplog.text
    assert "duplicate_sql" in done
    assert views(db)["duplicate_sql"] == "one"
    postgres = on_postgres(db)
    assert ("view_growth" in done) is not postgres  # DuckDB keeps no account of what reads what
    if postgres:
        assert "View view_growth stays as it is" in caplog.text
        assert len(db.ask("SELECT * FROM theirs")) == len(db.ask("SELECT * FROM view_growth"))
    db.run("DROP VIEW theirs")
    db.run("DROP VIEW later")
    changed.clear()
    create_views(db.pipeline)
    assert set(views(db)) == ALL


def test_a_view_that_the_database_refuses_does_not_stop_the_others(
    db: Database, changed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    """A column that this dataset does not have (an older load): what reads the view goes without, too."""
    create_views(db.pipeline)
    before = views(db)
    changed["view_growth"] = "-- Broken?\nSELECT report_token, no_such_column FROM reports"
    changed["stale_reports"] = "-- Reads a broken one?\nSELECT 1 AS one FROM view_growth"
    changed["duplicate_sql"] = "-- Other?\nSELECT 1 AS one FROM reports"
    assert create_views(db.pipeline) == ["duplicate_sql"]
    assert "View view_growth stays as it is" in caplog.text
    assert "no_such_column" in caplog.text
    assert views(db) == before | {"duplicate_sql": "one"}
    changed.clear()
    assert create_views(db.pipeline) == ["duplicate_sql"]
    if on_postgres(db):  # a change that another view does not bear: both stay; DuckDB would see it when asked
        changed["view_growth"] = "-- Without what stale_reports reads?\nSELECT report_token FROM report_stats_daily"
        assert create_views(db.pipeline) == []
        assert "View stale_reports stays as it is" in caplog.text or "View scheduled_and_viewed stays" in caplog.text
        assert views(db) == before


def test_a_reader_in_the_way(
    db: Database, changed: dict[str, str], caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """PostgreSQL cannot replace a view that an open transaction has read: the load goes on without."""
    create_views(db.pipeline)
    if on_postgres(db):
        monkeypatch.setattr(models, "LONGEST_WAIT", 50)
        changed["view_growth"] = models.models()["view_growth"].sql + "-- another version"
        db.run("BEGIN")
        db.run("SELECT * FROM view_growth")
        assert create_views(db.pipeline) == []
        assert (
            "Views stay as they were, the next load tries again: a reader keeps a transaction on view_growth open"
            in caplog.text
        )
        db.run("COMMIT")
        assert create_views(db.pipeline) == ["view_growth"]
        changed.clear()
        create_views(db.pipeline)
    assert set(views(db)) == ALL


def test_rights_and_comments_stay_on_postgres(db: Database, changed: dict[str, str]) -> None:
    create_views(db.pipeline)
    comment = "SELECT comment FROM duckdb_views() WHERE view_name = 'duplicate_sql'"
    if on_postgres(db):
        comment = "SELECT obj_description('duplicate_sql'::regclass)"
        db.run("GRANT SELECT ON duplicate_sql TO PUBLIC")
        changed["duplicate_sql"] = models.models()["duplicate_sql"].sql + "\n-- the same columns"
        assert create_views(db.pipeline) == ["duplicate_sql"]
        granted = "SELECT count(*) FROM information_schema.role_table_grants"
        assert db.ask(f"{granted} WHERE table_name = 'duplicate_sql' AND grantee = 'PUBLIC'") == [(1,)]
        changed.clear()
        create_views(db.pipeline)
    [(text,)] = db.ask(comment)
    assert text.startswith("Which SQL is copied from query to query?")
    assert MARK in text


def test_later_loads_do_not_mind_views(db: Database) -> None:
    """New rows, a full refresh, a column that Mode adds, emptied tables."""
    create_views(db.pipeline)
    with Sandbox(Workspace.generate(**SMALLEST)) as sandbox:
        run(db.pipeline, sandbox)
        run(db.pipeline, sandbox, full_refresh=True)
        source, _ = source_for(sandbox)
        source.resources["reports"].add_map(lambda row: row if isinstance(row, list) else {**row, "new_key": "x"})
        db.pipeline.run(source, refresh="drop_data")
    assert db.ask("SELECT DISTINCT new_key FROM reports") == [("x",)]
    assert create_views(db.pipeline) == []
    assert db.ask("SELECT count(*) FROM reports_overview") == [(2,)]


def test_dropping_tables_takes_dropping_views_first_on_postgres(db: Database) -> None:
    """`refresh="drop_sources"`: PostgreSQL refuses while views read the tables; nothing is lost either way."""
    create_views(db.pipeline)
    with Sandbox(Workspace.generate(**SMALLEST)) as sandbox:
        if on_postgres(db):
            with pytest.raises(PipelineStepFailed, match="other objects depend on it"):
                db.pipeline.run(source_for(sandbox)[0], refresh="drop_sources")
            run(db.pipeline, sandbox)
            assert set(views(db)) == ALL
        assert set(drop_views(db.pipeline)) == ALL
        assert views(db) == {}
        db.pipeline.run(source_for(sandbox, resources=EVERYTHING)[0], refresh="drop_sources")
        run(db.pipeline, sandbox, resources=EVERYTHING)  # tables without rows come back with the next load
        assert set(create_views(db.pipeline)) == ALL - LINEAGE
    db.pipeline.run(mode_lineage())
    create_views(db.pipeline)
    assert set(views(db)) == ALL


def test_other_destinations_have_no_views(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    import dlt

    caplog.set_level(logging.INFO, "mode_source")
    pipeline = dlt.pipeline(
        "mode", destination=dlt.destinations.filesystem(str(tmp_path / "lake")), pipelines_dir=str(tmp_path / "p")
    )
    assert create_views(pipeline) == []
    assert drop_views(pipeline) == []
    assert [record.message for record in caplog.records] == [
        "Views are made on DuckDB and PostgreSQL only: none here (filesystem)."
    ]
