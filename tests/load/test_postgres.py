"""The same on PostgreSQL as on DuckDB, and what a filesystem load can and cannot do."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.catalogs.coalesce.export import export
from mode_source.errors import ModeSourceError

from ..conftest import SIZES, assert_equal, exported, postgres_pipeline, run


def history(pipeline: dlt.Pipeline) -> dict[str, list[Any]]:
    dataset = pipeline.dataset()
    return {
        "changes": sorted(dataset("select entity, token, change, columns from changes").fetchall(), key=str),
        "removed": sorted(dataset("select entity, token, name from removed_assets").fetchall()),
        "stats": sorted(dataset("select report_token, view_count, runs_count from report_stats_daily").fetchall()),
        "runs": dataset("select outcome, rows_loaded, rows_removed from runs order by started_at").fetchall(),
    }


def test_postgres_holds_what_duckdb_holds(
    postgres: str, sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    """Two changed runs: same tables, same export, same removals, same history."""
    other = postgres_pipeline(postgres, tmp_path / "pg", "parity")
    dice = random.Random(4)
    for step in range(3):
        run(pipeline, sandbox)
        run(other, sandbox)
        assert_equal(other, sandbox, tmp_path / f"pg{step}")
        assert exported(pipeline, tmp_path / "duck") == exported(other, tmp_path / "pg")
        for _ in range(12):
            sandbox.workspace.random_change(dice)
    assert history(pipeline) == history(other)


def test_postgres_from_a_fresh_machine_is_incremental(postgres: str, sandbox: Sandbox, tmp_path: Path) -> None:
    first = run(postgres_pipeline(postgres, tmp_path / "one", "fresh"), sandbox)
    second = run(postgres_pipeline(postgres, tmp_path / "two", "fresh"), sandbox)
    assert second.requests < first.requests / 3
    assert not second.loaded.total()


def test_texts_that_postgres_does_not_store(postgres: str, tmp_path: Path) -> None:
    """NUL and lone surrogates are taken out on the way in, quotes, newlines and emoji stay."""
    workspace = Workspace.generate(**SIZES | {"reports": 3, "datasets": 0})
    names = ["zero\0byte", 'it\'s "quoted"\nand 🎉', None]
    for token, name in zip(sorted(workspace.expected_tables()["reports"]), names, strict=True):
        workspace.rename_report(token, name)
    with Sandbox(workspace) as sandbox:
        pipeline = postgres_pipeline(postgres, tmp_path, "texts")
        run(pipeline, sandbox)
        got = {row["name"] for row in exported(pipeline, tmp_path / "out")["report"]}
        assert got > {"zerobyte", names[1]}


def test_a_destination_that_went_away_keeps_the_package(
    sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The load fails; the next run loads what was read, and does not ask for it again."""
    sandbox.workspace.random_change(random.Random(1))
    with monkeypatch.context() as patch:
        patch.setattr(loaded, "load", lambda: (_ for _ in ()).throw(ConnectionError("server closed the connection")))
        with pytest.raises(ModeSourceError, match="server closed the connection"):
            run(loaded, sandbox)
    assert loaded.has_pending_data
    run(loaded, sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")


def test_a_filesystem_load_holds_the_current_state(sandbox: Sandbox, tmp_path: Path) -> None:
    """Parquet files cannot be merged: they grow, and what reads them takes the latest row of each token."""
    pipeline = dlt.pipeline(
        "mode",
        destination=dlt.destinations.filesystem(str(tmp_path / "lake"), preferred_loader_file_format="parquet"),
        dataset_name="mode_metadata",
        pipelines_dir=str(tmp_path / "pipelines"),
    )
    run(pipeline, sandbox)
    dice = random.Random(8)
    for _ in range(10):
        sandbox.workspace.random_change(dice)
    run(pipeline, sandbox)
    files = export(pipeline, tmp_path / "out", "x")
    truth = sandbox.workspace.expected_files(sandbox.url)
    for path in files[:-1]:
        name = path.stem.partition("-")[2]
        assert json.loads(path.read_bytes()) == truth[name], name
