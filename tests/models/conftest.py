"""One dataset per database and module, loaded once."""

from __future__ import annotations

import os
from collections.abc import Iterator

import duckdb
import psycopg2
import pytest

from mode_sandbox import Sandbox, Workspace

from ..conftest import duckdb_pipeline, postgres_pipeline, run
from .tables import Database

ELSEWHERE = "America/Los_Angeles"  # answers must not depend on the time zone of whoever asks


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def empty(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """The tables of an empty workspace, without lineage."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "duckdb":
        pipeline = duckdb_pipeline(folder)
    else:
        schema = f"{request.module.__name__.rpartition('.')[2]}_{os.getpid()}"
        pipeline = postgres_pipeline(request.getfixturevalue("postgres"), folder, schema)
    with Sandbox(Workspace.empty()) as sandbox:
        run(pipeline, sandbox)
    if request.param == "duckdb":
        connection = duckdb.connect(str(folder / "mode.duckdb"))
        connection.execute(f"SET timezone = '{ELSEWHERE}'")
        connection.execute("SET search_path = 'mode_metadata'")
    else:
        connection = psycopg2.connect(
            request.getfixturevalue("postgres"),
            options=f"-c search_path={pipeline.dataset_name} -c timezone={ELSEWHERE}",
        )
        connection.autocommit = True
    # A cursor of DuckDB is another connection, with settings of its own.
    yield Database(pipeline, connection.cursor() if request.param == "postgres" else connection)
    connection.close()


@pytest.fixture(scope="module")
def db(empty: Database) -> Database:
    """The same with lineage tables and all views."""
    empty.make_lineage_tables()
    return empty
