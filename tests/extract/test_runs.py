"""Runs and query runs: what is asked for again, what is kept, what a failure of Mode leaves."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import dlt
import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_sandbox.model import Report

from ..conftest import DISCOVERY, paths, run, tokens

RUNS: dict[str, Any] = {"resources": ["+report_runs", "+query_runs"]}


@pytest.fixture
def live() -> Iterator[Sandbox]:
    """A workspace in which it is now, with one report that has not run yet."""
    workspace = Workspace.generate(reports=1, collections=1, datasets=0, members=1, now=datetime.now(timezone.utc))
    report = the_report(workspace)
    report.older_runs, report.last_run_at, report.last_successfully_run_at = 0, None, None
    while len(report.queries) < 2:
        workspace.add_query(report)
    with Sandbox(workspace) as server:
        yield server


def the_report(workspace: Workspace) -> Report:
    return next(report for report in workspace.reports.values() if workspace.is_listed(report))


def held(pipeline: dlt.Pipeline, columns: str = "token", table: str = "report_runs") -> list[Any]:
    with pipeline.sql_client() as client:
        name = client.make_qualified_table_name(table)
        found = client.execute_sql(f"SELECT {columns} FROM {name} ORDER BY created_at") or []
    return [row[0] if len(row) == 1 else tuple(row) for row in found]


def test_history_grows_and_is_never_lost(live: Sandbox, pipeline: dlt.Pipeline) -> None:
    """A shorter setting reads less and removes nothing; a longer one reads back."""
    workspace, report = live.workspace, the_report(live.workspace)
    for _ in range(5):
        workspace.run_report(report)
    everything = workspace.expected_tables()["report_runs"]
    run(pipeline, live, **RUNS, runs_per_report=3)
    first = held(pipeline)
    assert len(first) == 3
    assert set(first) < everything
    workspace.run_report(report)
    run(pipeline, live, **RUNS, runs_per_report=1)
    assert held(pipeline)[:3] == first
    assert len(held(pipeline)) == 4
    live.clear_requests()
    run(pipeline, live, **RUNS, runs_per_report=1)
    assert paths(live, "/runs") == []
    run(pipeline, live, **RUNS, runs_per_report=100)
    assert set(held(pipeline)) == workspace.expected_tables()["report_runs"]
    live.clear_requests()
    run(pipeline, live, **RUNS, runs_per_report=50)
    run(pipeline, live, **RUNS, runs_per_report=200)  # of six runs, a hundred were all
    assert paths(live, "/runs") == []


def test_many_runs_take_no_page_more_than_the_new_ones(live: Sandbox, pipeline: dlt.Pipeline) -> None:
    workspace, report = live.workspace, the_report(live.workspace)
    for _ in range(65):
        workspace.run_report(report)
    run(pipeline, live, **RUNS, runs_per_report=1000)
    assert len(paths(live, "/runs")) == 3
    assert len(held(pipeline)) == 65
    for _ in range(31):
        workspace.run_report(report)
    live.clear_requests()
    run(pipeline, live, **RUNS, runs_per_report=1000)
    assert len(paths(live, "/runs")) == 2
    assert len(held(pipeline)) == 96


def test_a_run_under_way_is_asked_for_until_it_has_ended(live: Sandbox, pipeline: dlt.Pipeline) -> None:
    """Also where nothing in the report's row says that it has, and later runs came in between."""
    workspace, report = live.workspace, the_report(live.workspace)
    workspace.start_run(report)
    workspace.run_report(report)
    run(pipeline, live, **RUNS)
    assert held(pipeline, "state") == ["enqueued", "succeeded"]
    moved = report.updated_at
    workspace.finish_run(report, error=("E", "message"))
    report.updated_at = moved
    run(pipeline, live, **RUNS)
    assert held(pipeline, "state") == ["failed", "succeeded"]
    assert tokens(pipeline)["query_runs"] == workspace.expected_tables()["query_runs"] != set()
    live.clear_requests()
    run(pipeline, live, **RUNS)
    assert paths(live, "runs") == []


def test_a_run_under_way_beyond_the_newest_is_asked_for_by_its_token(live: Sandbox, pipeline: dlt.Pipeline) -> None:
    workspace, report = live.workspace, the_report(live.workspace)
    workspace.start_run(report)
    run(pipeline, live, **RUNS, runs_per_report=1)
    workspace.run_report(report)
    workspace.finish_run(report)
    run(pipeline, live, **RUNS, runs_per_report=1)
    assert held(pipeline, "state") == ["succeeded", "succeeded"]


def test_query_runs_of_all_runs(live: Sandbox, pipeline: dlt.Pipeline) -> None:
    workspace, report = live.workspace, the_report(live.workspace)
    workspace.run_report(report)
    workspace.fail_run(report, error=("SqlUndefinedTable", "no such table"))
    run(pipeline, live, **RUNS)
    errors = held(pipeline, "state, error_code, error_message", "query_runs")
    assert sorted(errors, key=str) == [
        ("failed", "SqlUndefinedTable", "no such table"),
        *[("succeeded", None, None)] * (len(report.queries) - 1),
    ]
    run(pipeline, live, **RUNS, query_runs_of="all")
    assert len(held(pipeline, table="query_runs")) == 2 * len(report.queries)
    live.clear_requests()
    run(pipeline, live, **RUNS, query_runs_of="all")
    run(pipeline, live, **RUNS)
    assert paths(live, "/query_runs") == []


@pytest.mark.parametrize("kept", [False, True])
def test_rendered_source_only_when_asked_for(live: Sandbox, pipeline: dlt.Pipeline, kept: bool) -> None:
    live.workspace.fail_run(the_report(live.workspace))
    run(pipeline, live, **RUNS, keep_rendered_source=kept)
    sources = held(pipeline, "rendered_source", "query_runs")
    assert sources
    assert all((source is not None) == kept for source in sources)


@pytest.mark.parametrize(("path", "entity"), [("/runs$", "report_runs"), ("/query_runs$", "query_runs")])
def test_what_cannot_be_read_is_a_gap_and_read_later(
    live: Sandbox, pipeline: dlt.Pipeline, path: str, entity: str
) -> None:
    workspace, report = live.workspace, the_report(live.workspace)
    workspace.fail_run(report)
    fault = live.add_fault(Fault(match=path, kind="status", status=500, times=None))
    log = run(pipeline, live, **RUNS, max_attempts=1)
    assert [gap.entity for gap in log.gaps] == [entity]
    assert fault.hits
    assert len(tokens(pipeline)["queries"]) == len(report.queries)  # nothing else suffers
    live.clear_faults()
    assert not run(pipeline, live, **RUNS).gaps
    for name in ("report_runs", "query_runs"):
        assert tokens(pipeline)[name] == workspace.expected_tables()[name] != set()


def test_query_runs_that_mode_has_deleted_are_no_gap(live: Sandbox, pipeline: dlt.Pipeline) -> None:
    live.workspace.fail_run(the_report(live.workspace))
    live.add_fault(Fault(match="/query_runs$", kind="status", status=404, times=None))
    assert not run(pipeline, live, **RUNS).gaps
    live.clear_requests()
    assert not run(pipeline, live, **RUNS).gaps
    assert paths(live, "runs") == []


def test_selected_later_and_without_runs(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    run(loaded, sandbox, resources=["+query_runs"])
    assert tokens(loaded)["query_runs"] <= sandbox.workspace.expected_tables()["query_runs"]
    assert "report_runs" not in tokens(loaded)
    run(loaded, sandbox, **RUNS, runs_per_report=100)
    for name in ("report_runs", "query_runs"):
        assert tokens(loaded)[name] == sandbox.workspace.expected_tables()[name]


def test_runs_are_no_changes_and_leave_with_their_report(sandbox: Sandbox, loaded: dlt.Pipeline) -> None:
    run(loaded, sandbox, **RUNS, runs_per_report=100)
    gone = next(r for r in sandbox.workspace.reports.values() if sandbox.workspace.is_listed(r) and r.runs_count)
    sandbox.workspace.delete_report(gone)
    run(loaded, sandbox, **RUNS, runs_per_report=100)
    assert tokens(loaded)["report_runs"] == sandbox.workspace.expected_tables()["report_runs"]
    with loaded.sql_client() as client:
        changes, removed = (client.make_qualified_table_name(name) for name in ("changes", "removed_assets"))
        [[noted]] = client.execute_sql(f"SELECT count(*) FROM {changes} WHERE entity = 'report_runs'") or []
        [[kept]] = client.execute_sql(f"SELECT count(*) FROM {removed} WHERE entity = 'report_runs'") or []
    assert (noted, kept) == (0, gone.runs_count)


def test_a_first_load_with_discovery(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    run(pipeline, sandbox, resources=["+report_runs", "+query_runs", "+report_subscriptions"], runs_per_report=100,
        **DISCOVERY)  # fmt: skip
    assert not paths(sandbox, "/charts")[4:]  # they came in bulk
    for name in ("report_runs", "query_runs", "report_subscriptions", "charts"):
        assert tokens(pipeline)[name] == sandbox.workspace.expected_tables()[name], name
    sandbox.clear_requests()
    run(pipeline, sandbox, resources=["+report_runs", "+query_runs", "+report_subscriptions"], runs_per_report=100,
        **DISCOVERY)  # fmt: skip
    assert not paths(sandbox, "runs") + paths(sandbox, "/subscriptions")
