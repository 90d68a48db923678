"""One dataset per database and module, loaded once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg2
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_lineage
from mode_source.models import create_views

from ..conftest import duckdb_pipeline, postgres_pipeline, run
from .tables import Database

SMALLEST: dict[str, Any] = {"reports": 2, "collections": 1, "datasets": 1, "members": 2}
ELSEWHERE = "America/Los_Angeles"  # answers must not depend on the time zone of whoever asks


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def db(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A dataset with all tables and views, for tests to fill."""
    yield from database(request, tmp_path_factory, lineage=True)


def database(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, *, lineage: bool
) -> Iterator[Database]:
    """A dataset on the database that `request` names, after a load of the smallest workspace that fills all tables."""
    folder = tmp_path_factory.mktemp(request.param)
    schema = f"{request.module.__name__.rpartition('.')[2]}_{os.getpid()}"
    url = "" if request.param == "duckdb" else request.getfixturevalue("postgres")
    pipeline = postgres_pipeline(url, folder, schema) if url else duckdb_pipeline(folder)
    with Sandbox(Workspace.generate(**SMALLEST)) as sandbox:
        run(pipeline, sandbox)
    if lineage:
        pipeline.run(mode_lineage())
        create_views(pipeline)
    if url:
        options = f"-c search_path={pipeline.dataset_name} -c timezone={ELSEWHERE}"
        connection = psycopg2.connect(url, options=options)
        connection.autocommit = True
        yield Database(pipeline, connection.cursor())
    else:
        connection = duckdb.connect(str(folder / "mode.duckdb"))
        connection.execute(f"SET timezone = '{ELSEWHERE}'; SET search_path = 'mode_metadata'")
        yield Database(pipeline, connection)  # a cursor of DuckDB would be another connection, with other settings
    connection.close()
