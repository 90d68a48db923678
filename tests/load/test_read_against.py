"""A package that waits on this machine is dropped where the tables are no longer those it was read against."""

from __future__ import annotations

import shutil
from pathlib import Path

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace

from ..conftest import assert_equal, duckdb_pipeline, run, source_for

SIZES = {"reports": 8, "collections": 2, "datasets": 1, "members": 2}


def killed_before_loading(pipeline: dlt.Pipeline, sandbox: Sandbox, *, normalized: bool) -> None:
    """A run that has read everything, and ends there."""
    from mode_source.load import run as run_job

    source, log = source_for(sandbox)
    step = "load" if normalized else "normalize"

    class Killed(BaseException):
        pass

    def killed(*args: object, **kwargs: object) -> None:
        raise Killed

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, step, killed)
        with pytest.raises(Killed):
            run_job(pipeline, source, log)


@pytest.mark.parametrize("normalized", [False, True])
@pytest.mark.parametrize("what", ["deleted", "dropped", "restored", "untouched"])
def test_the_tables_changed_before_the_package_was_loaded(tmp_path: Path, what: str, normalized: bool) -> None:
    database = tmp_path / "mode.duckdb"
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:  # type: ignore[arg-type]
        run(duckdb_pipeline(tmp_path), sandbox)
        shutil.copy(database, tmp_path / "backup")
        report = next(iter(sandbox.workspace.reports))
        sandbox.workspace.edit_report(report)
        run(duckdb_pipeline(tmp_path), sandbox)
        sandbox.workspace.edit_report(report)
        killed_before_loading(duckdb_pipeline(tmp_path), sandbox, normalized=normalized)
        if what == "deleted":
            database.unlink()
        elif what == "restored":
            shutil.copy(tmp_path / "backup", database)
        elif what == "dropped":
            with duckdb_pipeline(tmp_path).sql_client() as client:
                client.drop_dataset()
        pipeline = duckdb_pipeline(tmp_path)
        assert not run(pipeline, sandbox).gaps
        assert_equal(pipeline, sandbox, tmp_path / "out")
