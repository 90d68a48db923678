"""Nothing shrinks in silence: lists that lack rows, of children and of the workspace."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source.errors import ModeSourceError
from mode_source.load import connect
from mode_source.runlog import RunLog

from ..conftest import CREDENTIALS, assert_equal, duckdb_pipeline, paths, run, tokens
from ..helpers import crossed
from ..session import Shared

Body = dict[str, Any]
SIZES: dict[str, Any] = {"reports": 40, "collections": 4, "datasets": 4, "members": 6, "seed": 11}


def rows_of(body: Body) -> list[Any]:
    """The rows of a list's answer; the sandbox embeds one list an answer."""
    (rows,) = body["_embedded"].values()
    return rows  # type: ignore[no-any-return]


def half(body: Body) -> None:
    rows = rows_of(body)
    del rows[len(rows) // 2 :]


def but_one(body: Body) -> None:
    del rows_of(body)[1:]


def nothing(body: Body) -> None:
    rows_of(body).clear()


def without_embedded(body: Body) -> None:
    body.pop("_embedded")


def with_errors(body: Body) -> None:
    half(body)
    body["errors"] = [{"message": "upstream timed out"}]


def with_warnings(body: Body) -> None:
    half(body)
    body["warnings"] = ["partial result"]


@pytest.fixture(scope="session")
def base(shared: Shared) -> Path:
    """A database that holds the workspace, loaded once."""

    def build(folder: Path) -> None:
        with Sandbox(Workspace.generate(**SIZES)) as sandbox:
            run(duckdb_pipeline(folder), sandbox)

    return shared.make("trust", build)[0] / "mode.duckdb"


@pytest.fixture
def loaded_big(base: Path, tmp_path: Path) -> Iterator[tuple[Sandbox, dlt.Pipeline]]:
    """The workspace, and a copy of the database."""
    shutil.copy(base, tmp_path)
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        pipeline = duckdb_pipeline(tmp_path)
        connect(pipeline)
        yield sandbox, pipeline


def touched(workspace: Workspace) -> list[str]:
    """Reports with several queries, charts and schedules, all of which somebody has just edited."""
    found = [
        report.token
        for report in workspace.reports.values()
        if report.query_count > 1
        and report.schedules
        and report.type == "Report"
        and workspace.collections[report.space_token].listed
    ][:3]
    for token in found:
        workspace.edit_report(token)
    assert len(found) > 1
    return found


CHILDREN = {
    "queries": r"/queries$",
    "charts": r"/charts$",
    "schedules": r"/schedules$",
    "group_memberships": r"/groups/\w+/memberships$",
}


@pytest.mark.parametrize(
    ("what", "cut"), crossed(CHILDREN, [half, nothing, without_embedded, with_errors, with_warnings])
)
def test_a_short_list_of_children_removes_nothing_and_is_read_again(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path, what: str, cut: Callable[[Body], object]
) -> None:
    sandbox, pipeline = loaded_big
    touched(sandbox.workspace)
    before = tokens(pipeline)
    fault = sandbox.add_fault(Fault(CHILDREN[what], "alter", alter=cut, times=None))
    log = run(pipeline, sandbox)
    assert fault.hits
    held = tokens(pipeline)
    for table in ("queries", "charts", "report_schedules", "group_memberships"):
        assert not before[table] - held[table], table
    sandbox.clear_faults()
    after = run(pipeline, sandbox)
    assert not after.gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")
    # A query can be asked for by itself: then nothing is missing after all.
    assert log.gaps or (what == "queries" and cut in (half, nothing, without_embedded))
    if log.gaps and cut is half:
        assert "Mode listed" in str(log.gaps[0])


def test_a_count_that_is_never_corrected_is_believed_the_second_time(tmp_path: Path) -> None:
    """Quietly wrong counts must not be gaps for ever."""

    def too_many(body: Body) -> None:
        for row in rows_of(body):
            row["query_count"] = (row.get("query_count") or 0) + 2

    def too_many_alone(body: Body) -> None:
        body["query_count"] = (body.get("query_count") or 0) + 2

    with Sandbox(Workspace.generate(reports=6, collections=1, datasets=0)) as sandbox:
        sandbox.add_fault(Fault(r"/spaces/\w+/reports$", "alter", alter=too_many, times=None))
        sandbox.add_fault(Fault(r"/api/acme/reports/\w+$", "alter", alter=too_many_alone, times=None))
        pipeline = duckdb_pipeline(tmp_path)
        first, second = run(pipeline, sandbox), run(pipeline, sandbox)
        assert first.gaps
        assert not second.gaps
        sandbox.clear_requests()
        third = run(pipeline, sandbox)
        assert not third.gaps
        assert not paths(sandbox, "/queries")
        assert tokens(pipeline)["queries"] == sandbox.workspace.expected_tables()["queries"]


def test_an_answer_without_a_list_is_an_empty_one_where_the_count_agrees(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path
) -> None:
    """Mode may leave the key out where nothing is left (docs/mode-api.md#s2)."""
    sandbox, pipeline = loaded_big
    report = next(report for report in sandbox.workspace.reports.values() if report.schedules)
    for schedule in list(report.schedules.values()):
        sandbox.workspace.delete_schedule(schedule)
    sandbox.add_fault(Fault(rf"/{report.token}/schedules$", "alter", alter=without_embedded, times=None))
    assert not run(pipeline, sandbox).gaps  # the count agrees
    assert_equal(pipeline, sandbox, tmp_path / "out")


@pytest.mark.parametrize("number", [1, 8, 20])
def test_what_people_delete_leaves_in_the_same_run(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path, number: int, caplog: pytest.LogCaptureFixture
) -> None:
    """Queries of many reports: no gap, no flag, at most a request more per row."""
    sandbox, pipeline = loaded_big
    workspace = sandbox.workspace
    queries = [
        query for report in workspace.reports.values() if report.type == "Report" for query in report.queries.values()
    ]
    for query in queries[:number]:
        workspace.delete_query(query)
    log = run(pipeline, sandbox)
    assert not log.gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")
    assert any("queries are gone" in line for line in log.removals())


def test_a_deleted_collection_takes_its_reports_in_the_same_run(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path
) -> None:
    sandbox, pipeline = loaded_big
    workspace = sandbox.workspace
    smallest = min(
        (space for space in workspace.collections.values() if space.listed),
        key=lambda space: (lambda n: (n == 0, n))(
            sum(report.space_token == space.token for report in workspace.reports.values())
        ),
    )
    workspace.delete_collection(smallest.token)
    assert not run(pipeline, sandbox).gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")


LISTS = {
    "collections": r"/spaces$",
    "members": r"/memberships(/lite)?$",
    "data_sources": r"/data_sources$",
    "definitions": r"/definitions$",
    "groups": r"/groups$",
    "reports": r"/spaces/\w+/reports$",
    "datasets": r"/datasets$",
}


@pytest.mark.parametrize(("table", "cut"), crossed(LISTS, [nothing, half, with_errors]))
def test_a_list_that_is_emptied_or_cut_keeps_its_rows(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path, table: str, cut: Callable[[Body], object]
) -> None:
    sandbox, pipeline = loaded_big
    before = tokens(pipeline)
    sandbox.add_fault(Fault(LISTS[table], "alter", alter=cut, times=None))
    few = table == "members" and cut is half  # a few members may leave, and no path asks for one of them
    try:
        run(pipeline, sandbox)
    except ModeSourceError:
        assert table == "collections"
    if not few:
        assert tokens(pipeline)[table] == before[table]
        assert tokens(pipeline)["queries"] == before["queries"]
    sandbox.clear_faults()
    assert not run(pipeline, sandbox).gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")


def test_reports_cut_to_one_each_are_all_still_there(loaded_big: tuple[Sandbox, dlt.Pipeline]) -> None:
    sandbox, pipeline = loaded_big
    before = tokens(pipeline)
    sandbox.add_fault(Fault(LISTS["reports"], "alter", alter=but_one, times=None))
    log = run(pipeline, sandbox)
    assert tokens(pipeline)["reports"] == before["reports"]
    assert "accept" in " ".join(map(str, log.gaps)) or not log.gaps


def many_gone(sandbox: Sandbox) -> int:
    reports = [report.token for report in sandbox.workspace.reports.values() if report.type == "Report"]
    for token in reports[: len(reports) * 2 // 3]:
        sandbox.workspace.delete_report(token)
    return len(reports) * 2 // 3


def test_more_than_people_delete_is_kept_until_it_is_accepted(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path
) -> None:
    sandbox, pipeline = loaded_big
    before = tokens(pipeline)
    count = many_gone(sandbox)
    log = run(pipeline, sandbox)
    text = str(log.gaps[0])
    assert f"{count} of {len(before['reports'])}" in text
    assert "--accept-removals" in text
    assert tokens(pipeline)["reports"] == before["reports"]
    assert tokens(pipeline)["queries"] == before["queries"]
    assert run(pipeline, sandbox).gaps  # not believed by itself
    assert not run(pipeline, sandbox, accept_removals=True).gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")


def test_a_higher_bound_lets_them_go(loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path) -> None:
    sandbox, pipeline = loaded_big
    many_gone(sandbox)
    assert not run(pipeline, sandbox, max_removed=0.9).gaps
    assert_equal(pipeline, sandbox, tmp_path / "out")


def test_another_key_that_sees_less_is_named(loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path) -> None:
    sandbox, pipeline = loaded_big
    before = tokens(pipeline)
    seen = next(token for token, space in sandbox.workspace.collections.items() if space.listed)

    def one_only(body: Body) -> None:
        rows_of(body)[:] = [row for row in rows_of(body) if row["token"] == seen]

    with Sandbox(sandbox.workspace, token="another-token") as other:
        other.add_fault(Fault(r"/spaces$", "alter", alter=one_only, times=None))
        other.add_fault(Fault(rf"/spaces/(?!{seen})\w+", "status", status=404, times=None))
        other.add_fault(Fault(r"/api/acme/reports/\w+$", "status", status=404, times=None))
        key = {**CREDENTIALS, "token": "another-token"}
        log: RunLog = run(pipeline, other, **key)
        assert any("key is another" in str(gap) for gap in log.gaps)
        assert tokens(pipeline)["collections"] == before["collections"]
        assert tokens(pipeline)["reports"] == before["reports"]
    with Sandbox(sandbox.workspace, token="another-token") as other:  # it may see everything after all
        assert not run(pipeline, other, **key).gaps
        assert_equal(pipeline, other, tmp_path / "out")


def test_collections_that_the_user_no_longer_wants_leave_without_a_flag(
    loaded_big: tuple[Sandbox, dlt.Pipeline],
) -> None:
    sandbox, pipeline = loaded_big
    names = [space.name for space in sandbox.workspace.collections.values() if space.listed and space.name]
    log = run(pipeline, sandbox, include_collections=[f"^{names[0]}$"])
    assert not log.gaps
    assert len(tokens(pipeline)["collections"]) < len(names)
    assert not run(pipeline, sandbox, collection_filter="custom").gaps


@pytest.mark.parametrize("what", ["reads", "reads in a year"])
def test_what_is_dated_in_the_future_is_due(
    loaded_big: tuple[Sandbox, dlt.Pipeline], tmp_path: Path, what: str
) -> None:
    """A run with a wrong clock must not switch off what its successors check."""
    sandbox, pipeline = loaded_big
    years = 1 if what == "reads in a year" else 80
    with pipeline.sql_client() as client:
        client.execute_sql(f"UPDATE reads SET read_at = read_at + INTERVAL {years} YEAR")
    sandbox.clear_requests()
    run(pipeline, sandbox)
    assert paths(sandbox, "/queries")
    sandbox.clear_requests()
    run(pipeline, sandbox)
    assert not paths(sandbox, "/queries")
