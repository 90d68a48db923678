"""Killed at any moment, the next plain `sync` makes everything exact; overlapping runs keep out of each other's way."""

from __future__ import annotations

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source.catalogs.coalesce.contract import FILES
from mode_source.errors import LockedError
from mode_source.load import alone, connect

from ..conftest import SOURCE_ID, assert_equal, duckdb_pipeline, run, source_for
from ..session import Shared

ROOT = str(Path(__file__).parents[2])


class Job:
    """`mode-source sync` as its own process, against a sandbox."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.sandbox, self.folder, self.output = sandbox, folder, folder / "catalog"
        self.environment = {
            **os.environ,
            "PYTHONPATH": ROOT,
            "PYTHONUNBUFFERED": "1",
            "SOURCES__MODE__REQUESTS_PER_10S": "100000",
            "RUNTIME__LOG_LEVEL": "INFO",
            "DESTINATION__DUCKDB__CREDENTIALS": str(folder / "mode.duckdb"),
            "ENABLE_RUNTIME_TRACE": "true",  # as where no test runs
        }

    def start(self, *options: str, limit: int | None = None) -> subprocess.Popen[str]:
        """Starts it; `limit` is the size in bytes that no file may exceed."""

        def set_limit() -> None:
            if limit:
                resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

        flags = [
            "-H",
            self.sandbox.url,
            "-w",
            self.sandbox.workspace.slug,
            "-t",
            "sandbox-token",
            "-s",
            "sandbox-secret",
        ]
        target = ["--catalog-token", "catalog-token", "--source-id", SOURCE_ID, "--ingest-url", self.sandbox.ingest_url]
        command = [sys.executable, "-m", "mode_source", "sync", *flags, *target, "-o", str(self.output)]
        command += ["--pipelines-dir", str(self.folder / "pipelines"), "--progress", "none", *options]
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=self.folder,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            preexec_fn=set_limit,
        )

    def sets(self) -> dict[str, dict[str, list[dict[str, object]]]]:
        """The sets that count: those with a summary. Every one of them must be whole."""
        found = {}
        for summary in sorted(self.output.glob("*-summary.json")):
            prefix = summary.name.partition("-")[0]
            found[prefix] = {
                file.name: json.loads((self.output / f"{prefix}-{file.name}.json").read_bytes()) for file in FILES
            }
        return found

    def check(self) -> None:
        """Tables, newest set and upload are exactly what the workspace holds."""
        truth = self.sandbox.workspace.expected_files(self.sandbox.url)
        newest = self.sets()[max(self.sets())]
        assert newest == {name: rows for name, rows in truth.items() if name in newest}
        assert_equal(duckdb_pipeline(self.folder), self.sandbox, self.folder / "check")
        assert not list(self.output.glob(".mode-source-*"))
        last = self.sandbox.uploads[-1]
        assert last.filename == f"{max(self.sets())}-summary.json"


def workspace() -> Workspace:
    return Workspace.generate(seed=9, reports=8, collections=2, datasets=2, members=3)


@pytest.fixture
def job(tmp_path: Path) -> Iterator[Job]:
    """In an empty folder."""
    with Sandbox(workspace()) as sandbox:
        yield Job(sandbox, tmp_path)


@pytest.fixture(scope="session")
def first_sync(shared: Shared) -> tuple[Path, int]:
    """The folder after a first `sync`, and how many lines that one logged."""

    def build(folder: Path) -> int:
        with Sandbox(workspace()) as sandbox:
            job = Job(sandbox, folder)
            first = job.start()
            _, log = first.communicate()
            assert first.returncode == 0, log
            job.check()
        return len(log.splitlines())

    return shared.make("first_sync", build)


@pytest.fixture
def synced(first_sync: tuple[Path, int], job: Job) -> Job:
    """The job after a first `sync`."""
    shutil.copytree(first_sync[0], job.folder, dirs_exist_ok=True)
    return job


@pytest.mark.parametrize(
    ("seed", "kills"),
    [(23, 1), pytest.param(23, 3, marks=pytest.mark.exhaustive), pytest.param(42, 3, marks=pytest.mark.exhaustive)],
)
def test_kills_at_any_moment(seed: int, kills: int, synced: Job, first_sync: tuple[Path, int]) -> None:
    """SIGKILL after some line of the log, from the first request to the last uploaded file; then a plain sync."""
    job, lines = synced, first_sync[1]
    dice = random.Random(seed)
    for moment in [dice.randrange(1, lines) for _ in range(kills)]:
        for _ in range(4):
            job.sandbox.workspace.random_change(dice)
        process = job.start(*(["--full-refresh"] if moment % 3 == 0 else []))
        assert process.stderr
        for _ in range(moment):
            process.stderr.readline()
        process.send_signal(signal.SIGKILL)
        process.communicate()
        job.sets()  # whatever is visible is whole
        again = job.start()
        _, log = again.communicate()
        assert again.returncode == 0, log
        job.check()


def test_killed_in_the_middle_of_reading(job: Job) -> None:
    """The first load is killed at its 20th request."""
    started: list[subprocess.Popen[str]] = []
    job.sandbox.add_fault(
        Fault(match=".*", kind="call", skip=20, times=1, do=lambda _: started[0].send_signal(signal.SIGKILL))
    )
    started.append(job.start())
    started[0].communicate()
    assert started[0].returncode == -signal.SIGKILL
    assert not job.sets()
    again = job.start()
    _, log = again.communicate()
    assert again.returncode == 0, log
    job.check()


def test_a_second_run_says_who_holds_the_lock_or_waits(synced: Job) -> None:
    job = synced
    pipeline = duckdb_pipeline(job.folder)
    with alone(pipeline):
        second = job.start()
        _, log = second.communicate()
        assert second.returncode == 4
        assert f"process {os.getpid()}" in log
        assert "since" in log
        with pytest.raises(LockedError), alone(pipeline):
            pass
        waiting = job.start("--wait")
        assert waiting.stderr
        assert "waiting" in waiting.stderr.readline()
    _, log = waiting.communicate()
    assert waiting.returncode == 0, log
    job.check()


def test_a_database_that_is_in_use_is_said_in_one_line(synced: Job) -> None:
    with duckdb.connect(str(synced.folder / "mode.duckdb")):
        process = synced.start()
        _, log = process.communicate()
    assert process.returncode == 4
    assert "close it first" in log.splitlines()[-1]


def test_a_package_that_was_read_but_not_loaded_is_finished(job: Job, tmp_path: Path) -> None:
    """Extracted by a run that was killed before loading: the next run loads it, then looks for what changed since."""
    pipeline = duckdb_pipeline(tmp_path)
    source, _ = source_for(job.sandbox)
    pipeline.extract(source)
    assert pipeline.has_pending_data
    job.sandbox.workspace.random_change(random.Random(2))
    first = len(job.sandbox.requests)
    log = run(duckdb_pipeline(tmp_path), job.sandbox)
    assert log.requests < first / 2
    assert_equal(pipeline, job.sandbox, tmp_path / "out")


def test_a_package_that_cannot_be_loaded_is_dropped_and_read_again(synced: Job, tmp_path: Path) -> None:
    job, pipeline = synced, duckdb_pipeline(tmp_path)
    connect(pipeline)
    pipeline.extract([{"token": "x", "name": "y"}], table_name="broken")
    pipeline.normalize()
    (package,) = pipeline.list_normalized_load_packages()
    (file,) = [p for p in Path(pipeline.working_dir).rglob("broken.*") if package in str(p)]
    file.write_bytes(b"this is not what it says")
    job.sandbox.workspace.random_change(random.Random(2))
    run(duckdb_pipeline(tmp_path), job.sandbox)
    assert_equal(pipeline, job.sandbox, tmp_path / "out")


@pytest.mark.parametrize("kilobytes", [pytest.param(60, marks=pytest.mark.exhaustive), 250])
def test_a_full_disk(kilobytes: int, job: Job) -> None:
    """No file may grow beyond a limit: the run fails with a sentence, and the next one needs no help."""
    limited = job.start(limit=kilobytes * 1024)
    _, log = limited.communicate()
    assert limited.returncode == 1
    assert "File too large" in log.splitlines()[-1]
    assert "Traceback" not in log
    assert not job.sets()
    again = job.start()
    _, log = again.communicate()
    assert again.returncode == 0, log
    job.check()
