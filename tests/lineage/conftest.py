"""The template database is made once; every test works on a copy."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.lineage_tables.step import LineageStep

from ..conftest import duckdb_pipeline, run
from ..session import Shared
from .place import CHARTS, QUERIES, Place, fill


@pytest.fixture(scope="session")
def template(shared: Shared) -> Path:
    """A database with the tables of a first load, filled by hand, and its lineage."""

    def build(folder: Path) -> None:
        pipeline = duckdb_pipeline(folder)
        with Sandbox(Workspace.generate(seed=5, reports=2, collections=2, datasets=1, members=2)) as sandbox:
            run(pipeline, sandbox)
        with duckdb.connect(str(folder / "mode.duckdb")) as db:
            db.execute("USE mode_metadata")
            for table in ("data_sources", "definitions", "datasets", "queries", "charts"):
                db.execute(f"DELETE FROM {table}")
            fill(db.execute)
        counts = LineageStep(pipeline).run()
        assert (counts.queries, counts.charts, counts.failed) == (len(QUERIES), len(CHARTS), None)

    return shared.make("lineage", build)[0] / "mode.duckdb"


@pytest.fixture
def place(template: Path, tmp_path: Path) -> Place:
    return Place(tmp_path, template)
