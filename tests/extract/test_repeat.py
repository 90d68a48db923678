"""Repeat runs: only what changed is asked for, what is gone leaves, gaps keep what was known."""

from __future__ import annotations

import json
import random
from collections import Counter
from pathlib import Path
from typing import Any, Literal

import dlt
import pytest

from mode_sandbox import Fault, Quirks, Sandbox, Workspace
from mode_source.destination.snapshot import Snapshot
from mode_source.entities import QUERIES
from mode_source.errors import CredentialsRefused, ModeDown, ModeSourceError

from ..conftest import assert_equal, exported, paths, run, source_for, tokens

CHILD = ("/queries", "/charts", "/schedules", "/filters")


def children_asked(sandbox: Sandbox) -> list[str]:
    return [path for path in paths(sandbox) if path.endswith(CHILD)]


def table(pipeline: dlt.Pipeline, query: str) -> list[tuple[object, ...]]:
    return [tuple(row) for row in pipeline.dataset()(query).fetchall()]


def some(workspace: Workspace, number: int = 1) -> list[Any]:
    """Reports (not datasets) that are listed, have a name, and have queries."""
    listed = workspace.expected_tables()["reports"]
    return [r for r in workspace.reports.values() if r.token in listed and r.name and r.query_count][:number]


def test_an_unchanged_run_asks_only_for_listings(
    sandbox: Sandbox, loaded: dlt.Pipeline, first_load: tuple[Path, int]
) -> None:
    """And it does so on a machine that knows only the database."""
    second = run(loaded, sandbox)
    assert not children_asked(sandbox)
    assert not [path for path in paths(sandbox) if path.count("/") == 2 and path != "/api/verify"]  # users
    assert second.requests <= first_load[1] / 4
    assert second.loaded.total() == second.removed.total() == 0
    assert {"members", "queries", "charts"} <= second.summary()["rows"].keys()  # with zeros
    assert table(loaded, "select outcome from runs order by started_at") == [("done",), ("done",)]


def test_one_edited_query_costs_at_most_eight_requests(sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    report = some(sandbox.workspace)[0]
    sandbox.workspace.edit_query(report.token, raw_query="select 1 as one")
    sandbox.clear_requests()
    log = run(loaded, sandbox)
    assert 1 <= len(children_asked(sandbox)) <= 8
    assert log.loaded["queries"] == 1
    assert_equal(loaded, sandbox, tmp_path / "out")
    changes = table(
        loaded, "select entity, change, columns from changes where change = 'changed' and entity = 'queries'"
    )
    assert len(changes) == 1
    assert "raw_query" in str(changes[0][2])


def test_random_changes_leave_what_a_fresh_load_would(sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    dice = random.Random(11)
    for _ in range(2):
        for _ in range(20):
            sandbox.workspace.random_change(dice)
        run(loaded, sandbox)
        assert_equal(loaded, sandbox, tmp_path / "out")


def test_moves_and_views_are_seen_without_an_updated_at(sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    report = some(sandbox.workspace)[0]
    sandbox.workspace.view_report(report.token, 5)
    other = next(s for s in sandbox.workspace.expected_tables()["collections"] if s != report.space_token)
    sandbox.workspace.move_report(report.token, other, bump=False)
    sandbox.clear_requests()
    run(loaded, sandbox)
    assert not children_asked(sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")
    assert table(loaded, "select columns from changes where change = 'changed'") == [("space_token,view_count",)]


def test_what_leaves_goes_to_removed_assets_and_comes_back(
    sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path
) -> None:
    report = some(sandbox.workspace)[0]
    sandbox.workspace.delete_report(report.token)
    run(loaded, sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")
    ((name, last_row),) = table(
        loaded, f"select name, last_row from removed_assets where entity = 'reports' and token = '{report.token}'"
    )
    assert name == report.name
    assert json.loads(str(last_row))["space_token"] == report.space_token
    assert table(loaded, "select count(*) from removed_assets where entity = 'queries'") == [(report.query_count,)]
    sandbox.workspace.restore_report(report.token)
    run(loaded, sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")
    assert table(loaded, "select count(*) from removed_assets where entity in ('reports', 'queries')") == [(0,)]
    history = table(loaded, f"select change from changes where token = '{report.token}' order by changed_at")
    assert [change for (change,) in history] == ["added", "removed", "added"]


def test_emptied_and_deleted_collections(sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    first, second, *_ = sorted({r.space_token for r in sandbox.workspace.reports.values()})
    sandbox.workspace.empty_collection(first)
    sandbox.workspace.delete_collection(second)
    run(loaded, sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")


def test_an_unreadable_collection_keeps_its_reports(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    before = tokens(loaded)
    space = some(sandbox.workspace)[0].space_token
    sandbox.workspace.hide_collection(space)
    log = run(loaded, sandbox)
    assert tokens(loaded) == before
    assert {gap.token for gap in log.gaps} == {space}


def test_a_report_missed_while_pages_shift_is_kept(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """Somebody deletes the first report of a collection between two pages: one on page 2 is not listed."""
    workspace = Workspace.generate(seed=5, reports=40, collections=1, datasets=0, members=3)
    with Sandbox(workspace, quirks=Quirks(page_size=10)) as sandbox:
        run(pipeline, sandbox)
        before = set(workspace.expected_tables()["reports"])
        listed = [row["token"] for row in sandbox_page(sandbox, workspace)]
        victim = listed[0]
        shift = lambda ws: ws.delete_report(victim)  # noqa: E731
        sandbox.add_fault(Fault(match=r"/spaces/\w+/reports", query="page=2", kind="call", do=shift, times=1))
        run(pipeline, sandbox)
        assert tokens(pipeline)["reports"] >= before - {victim}
        sandbox.clear_faults()
        run(pipeline, sandbox)
        assert_equal(pipeline, sandbox, tmp_path / "out")


def sandbox_page(sandbox: Sandbox, workspace: Workspace) -> list[dict[str, str]]:
    import requests

    space = next(iter(workspace.reports.values())).space_token
    url = f"{sandbox.url}/api/{workspace.slug}/spaces/{space}/reports?page=1"
    body = requests.get(url, auth=("sandbox-token", "sandbox-secret"), timeout=10).json()
    return list(body["_embedded"]["reports"])


def test_a_gap_keeps_the_last_known_rows_and_is_tried_again(
    sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path
) -> None:
    report = some(sandbox.workspace)[0]
    before = exported(loaded, tmp_path / "before")["query"]
    sandbox.workspace.edit_query(report.token, raw_query="select 2 as two")
    sandbox.add_fault(Fault(match=f"/reports/{report.token}/queries$", kind="status", status=500, times=None))
    log = run(loaded, sandbox, max_attempts=1)
    assert {gap.token for gap in log.gaps} == {report.token}
    assert all("500" in gap.reason for gap in log.gaps)
    assert exported(loaded, tmp_path / "gap")["query"] == before
    sandbox.clear_faults()
    sandbox.clear_requests()
    assert not run(loaded, sandbox).gaps
    assert children_asked(sandbox)[0].split("/")[4] == report.token
    assert_equal(loaded, sandbox, tmp_path / "out")


def test_a_404_on_children_of_a_living_report_is_a_gap(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    before = tokens(loaded)
    report = some(sandbox.workspace)[0]
    sandbox.workspace.edit_query(report.token)
    sandbox.add_fault(Fault(match=f"/reports/{report.token}/queries$", kind="status", status=404, times=None))
    log = run(loaded, sandbox)
    assert {gap.token for gap in log.gaps} == {report.token}
    assert tokens(loaded) == before


@pytest.mark.parametrize("path", ["data_sources$|definitions$|/groups$", "/memberships/lite$", "/spaces$"])
def test_a_failed_list_removes_nothing(path: str, sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    before = tokens(loaded)
    sandbox.add_fault(Fault(match=path, kind="status", status=503, times=None))
    log = run(loaded, sandbox, max_attempts=1)
    assert log.gaps
    assert tokens(loaded) == before


def test_a_first_load_without_data_sources_fails_rather_than_pretend(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    sandbox.add_fault(Fault(match="data_sources$", kind="status", status=503, times=None))
    with pytest.raises(ModeDown, match="data_sources"):
        run(pipeline, sandbox, max_attempts=1)


def test_an_answer_without_content_removes_nothing(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    before = tokens(loaded)
    report = some(sandbox.workspace)[0]
    sandbox.workspace.edit_query(report.token)
    sandbox.add_fault(Fault(match=r"/queries$|/data_sources$", kind="empty", times=None))
    assert run(loaded, sandbox, max_attempts=1).gaps
    assert tokens(loaded) == before


def test_credentials_lost_in_mid_run_change_nothing(sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    before = exported(loaded, tmp_path / "before")
    sandbox.workspace.random_change(random.Random(3))
    for report in list(sandbox.workspace.reports)[:5]:
        sandbox.workspace.edit_query(report) if sandbox.workspace.reports[report].query_count else None
    sandbox.add_fault(Fault(match=".*", kind="status", status=401, skip=10, times=None))
    with pytest.raises(CredentialsRefused):
        run(loaded, sandbox)
    assert exported(loaded, tmp_path / "after") == before
    assert table(loaded, "select outcome from runs order by started_at") == [("done",), ("failed",)]
    sandbox.clear_faults()
    run(loaded, sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")


def test_full_refresh_reads_everything_and_changes_nothing(
    sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path, first_load: tuple[Path, int]
) -> None:
    again = run(loaded, sandbox, full_refresh=True)
    assert abs(again.requests - first_load[1]) <= 5  # last pages are learnt in another order
    assert_equal(loaded, sandbox, tmp_path / "out")
    assert table(loaded, "select count(*) from changes where change <> 'added'") == [(0,)]


@pytest.mark.parametrize("refresh", ["drop_data", "drop_resources"])
def test_dlt_refresh_refills_the_tables(refresh: str, sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    source, _ = source_for(sandbox)
    loaded.run(source, refresh=refresh)  # type: ignore[arg-type]
    assert_equal(loaded, sandbox, tmp_path / "out")


def test_a_partial_selection_asks_only_for_what_it_needs_and_spoils_nothing(
    sandbox: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    run(pipeline, sandbox, "reports")
    kinds = Counter(path.rsplit("/", 1)[-1] for path in paths(sandbox))
    assert set(kinds) == {"verify", "spaces", "reports"}
    run(pipeline, sandbox, "charts")
    assert set(tokens(pipeline)) == {"reports", "charts"}
    run(pipeline, sandbox)
    assert_equal(pipeline, sandbox, tmp_path / "out")
    sandbox.clear_requests()
    run(pipeline, sandbox, "report_filters")
    assert {path.rsplit("/", 1)[-1] for path in children_asked(sandbox)} == {"filters"}
    assert_equal(pipeline, sandbox, tmp_path / "out2")


def test_since_loads_what_is_newer_and_removes_nothing(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    before = tokens(loaded)
    doomed, edited = some(sandbox.workspace, 2)
    sandbox.workspace.delete_report(doomed.token)
    since = sandbox.workspace.now
    sandbox.workspace.advance(hours=1)
    sandbox.workspace.add_query(edited.token, raw_query="select 3 as three")
    sandbox.clear_requests()
    log = run(loaded, sandbox, since=since.isoformat())
    assert {path.split("/")[4] for path in children_asked(sandbox)} == {edited.token}
    assert log.seen["reports"] == 1
    assert tokens(loaded)["reports"] == before["reports"]
    assert len(tokens(loaded)["queries"]) == len(before["queries"]) + 1


def test_dlt_incremental_works_as_since(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    newest = sorted(row["updated_at"] for row in sandbox.workspace.expected_files("")["report"])
    source, log = source_for(sandbox)
    hint = dlt.sources.incremental("updated_at", initial_value=newest[-5])
    source.reports.apply_hints(incremental=hint)
    pipeline.run(source)
    assert len(tokens(pipeline)["reports"]) == 5
    assert not log.gaps


def test_runs_alone_need_no_reading_where_the_user_says_so(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    ran, edited = some(sandbox.workspace, 2)
    sandbox.workspace.run_report(ran.token)
    sandbox.workspace.edit_query(edited.token)
    sandbox.clear_requests()
    run(loaded, sandbox, skip_run_only_changes=True)
    assert {path.split("/")[4] for path in children_asked(sandbox)} == {edited.token}
    sandbox.clear_requests()
    run(loaded, sandbox)
    assert {path.split("/")[4] for path in children_asked(sandbox)} == {ran.token}


def test_what_is_old_is_read_again_spread_over_time(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    sandbox.clear_requests()
    run(loaded, sandbox, reread_after="0 days")
    due = {path.split("/")[4] for path in children_asked(sandbox)}
    assert len(due) >= 40


def test_filtered_listings_see_updates_at_once_and_the_rest_at_reconciliation(
    pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    workspace = Workspace.generate(seed=5, reports=40, collections=4, datasets=4, members=3)
    with Sandbox(workspace, quirks=Quirks(filters="honoured", page_size=5)) as sandbox:
        run(pipeline, sandbox, listing="filtered")
        full = len(paths(sandbox, "/reports"))
        edited, doomed = some(workspace, 2)
        workspace.edit_query(edited.token, raw_query="select 4 as four")
        workspace.delete_report(doomed.token)
        sandbox.clear_requests()
        log = run(pipeline, sandbox, listing="filtered")
        assert len(paths(sandbox, "/reports")) < full
        assert log.loaded["queries"] == 1
        assert doomed.token in tokens(pipeline)["reports"]
        run(pipeline, sandbox, listing="filtered", reconcile_after="0 days")
        assert_equal(pipeline, sandbox, tmp_path / "out")


@pytest.mark.parametrize("filters", ["ignored", "error"])
def test_filtered_listings_fall_back_where_mode_does_not_filter(
    filters: Literal["ignored", "error"], pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    workspace = Workspace.generate(seed=5, reports=20, collections=3, datasets=2, members=3)
    with Sandbox(workspace, quirks=Quirks(filters=filters)) as sandbox:
        run(pipeline, sandbox, listing="filtered", max_attempts=1)
        workspace.delete_report(next(iter(workspace.reports)))
        run(pipeline, sandbox, listing="filtered", max_attempts=1)
        assert_equal(pipeline, sandbox, tmp_path / "out")


def test_settings_of_scope(sandbox: Sandbox, loaded: dlt.Pipeline, tmp_path: Path) -> None:
    run(loaded, sandbox, include_archived=False, exclude_collections=["."], collection_filter="custom")
    held = tokens(loaded)
    assert not held["collections"]
    assert not held["reports"]
    assert not held["queries"]
    run(loaded, sandbox)
    assert_equal(loaded, sandbox, tmp_path / "out")


def test_texts_that_look_like_something_else_stay_as_they_are(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """DuckDB's JSON reader would turn these into a timestamp, a UUID, a date."""
    workspace = Workspace.generate(seed=5, reports=3, collections=1, datasets=0, members=2)
    names = ["2024-01-15T10:00:00.000Z", "A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11", "2024-01-15"]
    for report, name in zip(list(workspace.reports), names, strict=False):
        workspace.rename_report(report, name)
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox)
        assert_equal(pipeline, sandbox, tmp_path / "out")


def test_daily_statistics(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    report = some(sandbox.workspace)[0].token
    sandbox.workspace.view_report(report, 7)
    run(loaded, sandbox)
    count = len(sandbox.workspace.expected_tables()["reports"])
    assert table(loaded, "select count(*), count(distinct report_token) from report_stats_daily") == [(count, count)]
    ((now,),) = table(loaded, f"select view_count from reports where token = '{report}'")
    assert table(loaded, f"select view_count from report_stats_daily where report_token = '{report}'") == [(now,)]


def test_a_wrong_workspace_is_named(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    with pytest.raises(ModeSourceError, match="workspace 'nobody'"):
        run(pipeline, sandbox, workspace="nobody")


def test_stored_rows_are_read_whole(loaded: dlt.Pipeline) -> None:
    """Asked for again and again, the query is translated once; a token from outside is never SQL."""
    loaded.activate()
    stored = Snapshot()
    known = list(stored.index(QUERIES))
    for wanted in (known[:2], known[2:5]):
        rows = stored.rows(QUERIES, [*wanted, "x') OR ('' = '", "~tokens~"])
        assert {token: row["report_token"] for token, row in rows.items()} == {
            token: stored.index(QUERIES)[token].parent for token in wanted
        }
        assert all(row["raw_query"] and "_dlt_id" not in row for row in rows.values())
    stored.close()
