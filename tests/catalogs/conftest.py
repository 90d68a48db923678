"""One loaded workspace with a known truth, for all tests of the exports that only read it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path

import dlt
import pytest

from mode_sandbox import Sandbox
from mode_source import mode_lineage
from mode_source.load import connect

from ..conftest import duckdb_pipeline, run
from .truth import Truth, build

PACKAGES = ("dbt", "datahub", "jsonschema")  # of the extra `exports-test`


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skips what needs the targets' own packages where they are not installed, unless they must be."""
    missing = [name for name in PACKAGES if find_spec(name) is None]
    if item.get_closest_marker("targets") and missing and not os.environ.get("TARGETS_REQUIRED"):
        pytest.skip(f"needs the extra `exports-test`: {', '.join(missing)} not installed")


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Truth, Path]]:
    """The truth, and a DuckDB file that holds it as loaded."""
    folder = tmp_path_factory.mktemp("known")
    truth = build()
    with pytest.MonkeyPatch.context() as patch:
        for name in [
            name for name in os.environ if name.startswith(("CASTOR_", "SOURCES__", "CATALOG__", "DESTINATION"))
        ]:
            patch.delenv(name)
        patch.setenv("DLT_DATA_DIR", str(folder / "dlt"))
        patch.chdir(folder)
        pipeline = duckdb_pipeline(folder)
        with Sandbox(truth.workspace) as sandbox:
            run(pipeline, sandbox)
        pipeline.run(mode_lineage())
        yield truth, folder / "mode.duckdb"


@pytest.fixture
def truth(known: tuple[Truth, Path]) -> Truth:
    return known[0]


@pytest.fixture
def stored(known: tuple[Truth, Path], tmp_path: Path) -> dlt.Pipeline:
    """A pipeline on a copy of the database, on a machine that knows only the database."""
    shutil.copy(known[1], tmp_path)
    pipeline = duckdb_pipeline(tmp_path)
    connect(pipeline)
    return pipeline
