"""One dataset per database and module, loaded once."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import dlt
import duckdb
import psycopg2
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_lineage
from mode_source.load import connect
from mode_source.models import create_views

from ..conftest import EVERYTHING, duckdb_pipeline, held_open, postgres_pipeline, run
from ..session import Shared
from .tables import Database

SMALLEST: dict[str, Any] = {"reports": 2, "collections": 1, "datasets": 1, "members": 2}
ELSEWHERE = "America/Los_Angeles"  # answers must not depend on the time zone of whoever asks


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A dataset with all tables and views, for tests to fill."""
    with copied(request, tmp_path_factory) as made:
        yield made


@contextmanager
def copied(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A dataset with all tables and views, on the database that `request` names: a copy of one made once."""
    shared: Shared = request.getfixturevalue("shared")
    url = request.getfixturevalue("postgres") if request.param == "postgres" else ""

    def build(folder: Path) -> None:
        create_database(url, "template")
        pipeline = place(folder, url, "template")
        load_smallest(pipeline)
        with held_open(pipeline):
            pipeline.run(mode_lineage())
        create_views(pipeline)

    template, _ = shared.make(f"template_{request.param}", build)
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")  # they share a server
    folder = tmp_path_factory.mktemp(f"{request.param}{worker}_")
    create_database(url, folder.name, "TEMPLATE template")
    if not url:
        shutil.copy(template / "mode.duckdb", folder)
    pipeline = place(folder, url, folder.name)
    connect(pipeline)
    with opened(pipeline, url, folder.name) as db:
        yield db


def place(folder: Path, url: str, name: str) -> dlt.Pipeline:
    """A pipeline into a database of its own: a file in the folder, or a database of the server at the URL."""
    if not url:
        return duckdb_pipeline(folder)
    return postgres_pipeline(of_database(url, name), folder, "mode_metadata")


def create_database(url: str, name: str, how: str = "") -> None:
    """On a server; a file needs none."""
    if url:
        with closing(psycopg2.connect(url)) as connection:
            connection.autocommit = True
            connection.cursor().execute(f"CREATE DATABASE {name} {how}")


def of_database(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return url.replace("/postgres?", f"/{name}?")


def load_smallest(pipeline: dlt.Pipeline) -> None:
    """Loads the smallest workspace that makes all tables."""
    with Sandbox(Workspace.generate(**SMALLEST)) as sandbox:
        run(pipeline, sandbox, resources=EVERYTHING)


@contextmanager
def opened(pipeline: dlt.Pipeline, url: str, name: str) -> Iterator[Database]:
    """The pipeline's database with an open connection, in a time zone that answers must not depend on."""
    if url:
        options = f"-c search_path=mode_metadata -c timezone={ELSEWHERE}"
        with closing(psycopg2.connect(of_database(url, name), options=options)) as connection:
            connection.autocommit = True
            yield Database(pipeline, connection.cursor())
    else:
        with closing(duckdb.connect(str(Path(pipeline.pipelines_dir).parent / "mode.duckdb"))) as connection:
            connection.execute(f"SET timezone = '{ELSEWHERE}'; SET search_path = 'mode_metadata'")
            yield Database(pipeline, connection)  # a cursor of DuckDB would be another connection
