"""Datasets are listed by data source where that is shorter, and none is lost or kept by it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import dlt
import pytest

from mode_sandbox import Fault, Sandbox, Workspace

from ..conftest import assert_equal, paths, run


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """More than twice as many collections as data sources."""
    workspace = Workspace.generate(seed=8, reports=4, collections=12, datasets=6, members=2, data_sources=3)
    with Sandbox(workspace) as server:
        yield server


def by_source(sandbox: Sandbox) -> bool:
    """How datasets were listed since the last look."""
    asked = paths(sandbox, "/datasets")
    sandbox.clear_requests()
    ways = {path.split("/")[3] for path in asked}
    assert len(ways) == 1, asked
    return ways == {"data_sources"}


def datasets(sandbox: Sandbox) -> list[str]:
    return sorted(sandbox.workspace.expected_tables()["datasets"])


def test_by_source_but_now_and_then_by_collection(sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    ways = []
    for arguments in ({}, {}, {}, {"reread_after": "0 seconds"}):
        run(pipeline, sandbox, **arguments)
        ways.append(by_source(sandbox))
        assert_equal(pipeline, sandbox, tmp_path / "out")
    assert ways == [True, False, True, False]


def test_datasets_of_a_deleted_source_stay_and_leave_when_they_are_gone(
    sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    workspace = sandbox.workspace
    for _ in range(2):
        run(pipeline, sandbox)
    source_id = next(iter(workspace.reports[datasets(sandbox)[0]].queries.values())).data_source_id
    source = workspace.data_source_by_id(source_id)
    assert source is not None
    workspace.delete_data_source(source)
    sandbox.clear_requests()
    for listed_by_source in (False, True):
        run(pipeline, sandbox)
        assert by_source(sandbox) is listed_by_source
        assert_equal(pipeline, sandbox, tmp_path / "out")
    workspace.delete_dataset(datasets(sandbox)[0])
    run(pipeline, sandbox)
    assert_equal(pipeline, sandbox, tmp_path / "out")


def test_moved_renamed_and_new_ones_are_seen(sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    for _ in range(2):
        run(pipeline, sandbox)
    workspace = sandbox.workspace
    spaces = sorted(workspace.expected_tables()["collections"])
    first, second = datasets(sandbox)[:2]
    workspace.move_report(first, spaces[0])
    workspace.rename_report(second, "Another name")
    workspace.add_dataset(spaces[1])
    sandbox.clear_requests()
    run(pipeline, sandbox)
    assert by_source(sandbox)
    assert_equal(pipeline, sandbox, tmp_path / "out")


@pytest.mark.parametrize("status", [404, 500])
def test_a_mode_without_that_list_is_read_by_collection(
    sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path, status: int
) -> None:
    fault = sandbox.add_fault(Fault("/data_sources/.*/datasets", status=status, times=None, skip=1))
    log = run(pipeline, sandbox, max_attempts=1)
    assert fault.hits
    assert not log.gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")


def test_collections_out_of_scope_stay_out(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    workspace = sandbox.workspace
    space = workspace.collections[workspace.reports[datasets(sandbox)[0]].space_token]
    run(pipeline, sandbox, exclude_collections=[f"^{space.name}$"])
    assert by_source(sandbox)
    held = {token for (token,) in pipeline.dataset()("select token from datasets").fetchall()}
    outside = {token for token in datasets(sandbox) if workspace.reports[token].space_token == space.token}
    assert outside
    assert held == set(datasets(sandbox)) - outside


def test_what_no_data_source_shows_is_found_by_the_second_run(
    sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    """Every dataset on a data source that is gone, before anything was loaded."""
    workspace = sandbox.workspace
    used = {q.data_source_id for t in datasets(sandbox) for q in workspace.reports[t].queries.values()}
    for source in [source for source in workspace.data_sources.values() if source.id in used]:
        workspace.delete_data_source(source)
    ways = []
    for _ in range(2):
        run(pipeline, sandbox)
        ways.append("/data_sources/" in str(paths(sandbox, "/datasets")))
        sandbox.clear_requests()
    assert ways[-1] is False
    assert_equal(pipeline, sandbox, tmp_path / "out")
