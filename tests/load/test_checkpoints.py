"""Long loads that are interrupted: no work is lost, and nothing is asked twice that was loaded."""

from __future__ import annotations

import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from mode_sandbox import Sandbox, Workspace

from ..conftest import assert_equal, duckdb_pipeline, paths, run, source_for
from .test_crash import Job

SIZES = {"seed": 9, "reports": 160, "collections": 4, "datasets": 2, "members": 3}
EVERY = {"SOURCES__MODE__CHECKPOINT_EVERY": "1 second", "SOURCES__MODE__REQUESTS_PER_10S": "400"}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> int:
    """The requests of a first load without interruption."""
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:  # type: ignore[arg-type]
        return run(duckdb_pipeline(tmp_path_factory.mktemp("whole")), sandbox).requests


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:  # type: ignore[arg-type]
        job = Job(sandbox, tmp_path)
        job.environment |= EVERY
        yield job


def after(sandbox: Sandbox, requests: int) -> None:
    """Waits until the sandbox has had so many requests."""
    while len(sandbox.requests) < requests:
        time.sleep(0.005)


@pytest.mark.parametrize(
    ("number", "code"),
    [(signal.SIGKILL, -9), (signal.SIGTERM, 143), (signal.SIGINT, 130)],
    ids=lambda value: str(value),
)
def test_the_next_run_goes_on_where_one_was_interrupted(job: Job, whole: int, number: int, code: int) -> None:
    process = job.start()
    after(job.sandbox, whole * 7 // 10)
    process.send_signal(number)
    _, log = process.communicate()
    assert process.returncode == code, log
    assert "Traceback" not in log
    if number != signal.SIGKILL:
        assert log.rstrip().splitlines()[-1].startswith("error: ")
    job.sandbox.clear_requests()
    again = job.start()
    _, log = again.communicate()
    assert again.returncode == 0, log
    assert len(job.sandbox.requests) <= 0.55 * whole
    job.check()


def test_a_time_limit_again_and_again(job: Job, whole: int) -> None:
    codes: list[int] = []
    for _ in range(12):
        process = job.start("--time-limit", "3 seconds")
        out, log = process.communicate()
        codes.append(process.returncode)
        assert process.returncode in (0, 6), log
        if process.returncode == 0:
            break
        assert "Run again to go on" in out
    assert codes[-1] == 0
    assert len(codes) > 1
    assert len(job.sandbox.requests) <= 1.6 * whole
    job.check()


def test_nothing_is_exported_before_everything_needed_was_read(job: Job) -> None:
    process = job.start("--time-limit", "1 second")
    _, log = process.communicate()
    assert process.returncode == 6, log
    assert not job.output.exists() or not job.sets()
    assert not job.sandbox.uploads


def test_one_run_asks_for_nothing_more_in_several_packages(tmp_path: Path, whole: int) -> None:
    """Nor does it load anything else, or forget a row of history."""
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:  # type: ignore[arg-type]
        pipeline = duckdb_pipeline(tmp_path)
        log = run(pipeline, sandbox, checkpoint_every="1 second", requests_per_10s=400)
        assert log.requests <= whole + 2
        assert not log.gaps
        assert_equal(pipeline, sandbox, tmp_path / "out")
        with pipeline.sql_client() as client:
            ((packages,),) = client.execute_sql("SELECT count(*) FROM _dlt_loads") or ()
            ((runs, outcome),) = client.execute_sql("SELECT count(*), max(outcome) FROM runs") or ()
            rows = client.execute_sql("SELECT changed_at, entity, token FROM changes") or ()
        assert len(rows) == len(set(map(tuple, rows)))
        assert packages > 2
        assert (runs, outcome) == (1, "done")
        sandbox.clear_requests()
        run(pipeline, sandbox)
        assert not paths(sandbox, "/queries")
        assert not paths(sandbox, "/charts")


def test_what_catalog_needs_is_uploaded_first(job: Job, whole: int) -> None:
    process = job.start()
    while not any(upload.filename.endswith("summary.json") for upload in job.sandbox.uploads):
        assert process.poll() is None
        time.sleep(0.01)
    asked = len(job.sandbox.requests)
    process.communicate()
    assert process.returncode == 0
    assert asked < 0.8 * whole  # a hundred reports are read with the lists, whatever catalogs need
    assert len(job.sets()) == 2
    job.check()


def test_a_dlt_user_gets_everything_in_one_package(tmp_path: Path) -> None:
    """`pipeline.run(mode_source())` knows nothing of packages to come."""
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:  # type: ignore[arg-type]
        pipeline = duckdb_pipeline(tmp_path)
        source, _ = source_for(sandbox)
        pipeline.run(source)
        assert_equal(pipeline, sandbox, tmp_path / "out")
