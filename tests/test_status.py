"""`status`: what the tables say about the last run, on DuckDB, PostgreSQL and files; exit codes for monitors."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import dlt
import pendulum
import pytest

from mode_sandbox import Fault, Sandbox
from mode_source.destination.lease import leased
from mode_source.destination.pipeline import destination_named
from mode_source.errors import ModeSourceError, UsageError
from mode_source.options import PipelineOptions
from mode_source.status import ago, status_of

from .conftest import postgres_pipeline, run

Cli = Callable[..., tuple[int, str, str]]
HERE = PipelineOptions()


def set_column(pipeline: dlt.Pipeline, assignment: str) -> None:
    with pipeline.sql_client() as client:
        client.execute_sql(f"UPDATE {client.make_qualified_table_name('runs')} SET {assignment}")


def test_a_good_run(sandbox: Sandbox, pipeline: dlt.Pipeline, cli: Cli) -> None:
    log = run(pipeline, sandbox)
    before = len(sandbox.requests)
    code, out, err = cli("status", "--max-age", "1 hour", "--json")
    assert code == 0, err
    found = json.loads(out)
    assert (found["workspace"], found["url"]) == ("acme", f"{sandbox.url}/acme")
    assert (found["dataset"], found["destination"]) == ("mode_metadata", "duckdb")
    assert found["last_run"]["outcome"] == "done"
    assert found["last_run"]["requests"] == log.requests
    assert found["last_complete"] == found["last_run"]["ended_at"]
    assert 0 <= found["age_seconds"] < 600
    assert found["rows"]["reports"] == 40
    assert (found["next_full_listing"], found["lease"]) == (None, None)
    assert len(sandbox.requests) == before  # Mode was not asked
    code, out, _ = cli("status")
    assert code == 0
    for part in ("Workspace acme, dataset mode_metadata (duckdb)", "done: ", "40 reports", "next run", "free"):
        assert part in out


def test_gaps(sandbox: Sandbox, pipeline: dlt.Pipeline, cli: Cli) -> None:
    sandbox.add_fault(Fault("/definitions", status=403))
    run(pipeline, sandbox)
    code, out, _ = cli("status", "--json")
    assert code == 3
    assert [gap["entity"] for gap in json.loads(out)["last_run"]["gaps"]] == ["definitions"]
    assert "gap: definitions" in cli("status")[1]


def test_old_failed_and_none(loaded: dlt.Pipeline, sandbox: Sandbox, cli: Cli) -> None:
    """Two hours are too old for an hour, not for three; a failure is one at any age, and says when all was well."""
    set_column(loaded, "ended_at = ended_at - INTERVAL 2 HOUR")
    code, out, _ = cli("status", "--max-age", "1 hour")
    assert (code, "too old" in out) == (1, True)
    assert cli("status", "--max-age", "3 hours")[0] == 0
    sandbox.add_fault(Fault("", status=401))
    with pytest.raises(ModeSourceError):
        run(loaded, sandbox)
    code, out, _ = cli("status", "--json")
    found = json.loads(out)
    assert (code, found["last_run"]["outcome"]) == (1, "failed")
    assert found["last_run"]["error"] in cli("status")[1]
    assert 7200 <= found["age_seconds"] < 9000


def test_nothing_there_and_nonsense(cli: Cli) -> None:
    code, out, err = cli("status")
    assert (code, out) == (1, "")
    assert "holds nothing of Mode yet" in err
    with pytest.raises(UsageError, match="max_age"):
        status_of(HERE, "soon")


def test_next_full_listing(sandbox: Sandbox, pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__MODE__LISTING", "filtered")
    monkeypatch.setenv("SOURCES__MODE__RECONCILE_AFTER", "12 hours")
    log = run(pipeline, sandbox, listing="filtered")
    expected = (log.started_at.add(hours=12)).format("YYYY-MM-DDTHH:mm:ss") + "Z"
    assert status_of(HERE).next_full_listing == expected


def test_postgres_and_its_lease(
    postgres: str, sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    pipeline = postgres_pipeline(postgres, tmp_path, "status")
    run(pipeline, sandbox)
    options = PipelineOptions("postgres", "status")
    found = status_of(options)
    assert (found.exit_code, found.workspace, found.lease) == (0, "acme", None)
    assert found.rows["reports"] == 40
    with leased(pipeline):
        held = status_of(options)
    assert held.lease is not None
    assert held.lease["owner"].startswith("process ")
    left = pendulum.parse(held.lease["expires"]) - pendulum.now("UTC")  # type: ignore[operator]
    assert 0 < left.total_seconds() <= 300


def test_files(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Any other destination is read through dlt; files count by their latest rows."""
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", (tmp_path / "bucket").as_uri())
    pipeline = dlt.pipeline(
        "mode", destination=destination_named("filesystem"), dataset_name="files", pipelines_dir=str(tmp_path / "p")
    )
    run(pipeline, sandbox)
    run(pipeline, sandbox, full_refresh=True)
    found = status_of(PipelineOptions("filesystem", "files"))
    assert (found.exit_code, found.workspace) == (0, "acme")
    assert found.rows["reports"] == 40
    assert found.last_run is not None


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (119, "119 s"), (120, "2 min"), (7200, "2 h"), (172800, "2 days")]
)
def test_ages(seconds: int, text: str) -> None:
    assert ago(seconds) == text
