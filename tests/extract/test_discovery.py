"""The Discovery API: first loads take queries and charts from it, with the same export, or go on without it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import pendulum
import pytest

from mode_sandbox import Fault, Quirks, Sandbox, Workspace
from mode_source.api.discovery import Discovery
from mode_source.destination.snapshot import Snapshot
from mode_source.entities import CHARTS, COLLECTIONS, QUERIES, REPORTS
from mode_source.entities.rows import Row
from mode_source.extract.bulk import Bulk
from mode_source.extract.children import Children
from mode_source.extract.context import Context
from mode_source.extract.decisions import Policy, Scope
from mode_source.extract.reading import Reading
from mode_source.extract.removals import Removals
from mode_source.extract.statistics import statistics
from mode_source.extract.workspace_lists import WorkspaceLists
from mode_source.runlog import RunLog

from ..conftest import DISCOVERY, SIZES, assert_equal, paths, run
from ..helpers import client_for

SMALL = {**SIZES, "reports": 8, "collections": 2, "datasets": 1, "members": 3}


def batch(sandbox: Sandbox) -> list[str]:
    return [path for path in paths(sandbox) if path.startswith("/batch/")]


def lists_of(sandbox: Sandbox, ending: str) -> list[str]:
    """Reports (not datasets) whose own list was asked for."""
    reports = sandbox.workspace.expected_tables()["reports"]
    asked = [path.split("/")[4] for path in paths(sandbox, ending) if path.startswith("/api/acme/reports/")]
    return [token for token in asked if token in reports]


def column(pipeline: dlt.Pipeline, query: str) -> list[Any]:
    return [row[0] for row in pipeline.dataset()(query).fetchall()]


@pytest.mark.parametrize(
    ("ids", "quirks"),
    [
        ("number", Quirks()),
        ("string", Quirks(discovery_numeric_ids=True, discovery_max_per_page=7, discovery_includes_archived=False)),
        ("number", Quirks(discovery_includes_datasets=True, discovery_stats_old_names=True, missing_counts=True)),
    ],
    ids=["plain", "other ids, small pages, no archived ones", "datasets, old names, no counts"],
)
def test_the_export_is_the_same_as_without_it(pipeline: dlt.Pipeline, tmp_path: Path, ids: Any, quirks: Quirks) -> None:
    workspace = Workspace.generate(**SIZES, ids=ids)
    with Sandbox(workspace, quirks=quirks) as sandbox:
        log = run(pipeline, sandbox, **DISCOVERY)
        assert not log.gaps
        assert_equal(pipeline, sandbox, tmp_path / "out")
        listed = workspace.expected_tables()["reports"]
        if quirks == Quirks():
            gone = workspace.deleted_data_sources
            elsewhere = {q.report_token for q in workspace.queries.values() if q.data_source_id in gone}
            assert set(lists_of(sandbox, "/queries")) == elsewhere & listed
            assert not lists_of(sandbox, "/charts")
        views = dict(pipeline.dataset()("select token, view_count from report_stats").fetchall())
        assert views.keys() <= set(workspace.reports)
        assert all(views[token] == workspace.reports[token].view_count for token in listed & views.keys())
        assert column(pipeline, "select count(last_viewed_at) from report_stats") != [0]
        # The next run asks for nothing that has been read, and a change is read in full from REST.
        report = next(r for r in workspace.reports.values() if r.token in listed and len(r.queries) > 1)
        workspace.edit_query(report.token, raw_query="select 2 as two")
        sandbox.clear_requests()
        run(pipeline, sandbox, **DISCOVERY)
        assert lists_of(sandbox, "/queries") == [report.token]
        assert not [path for path in batch(sandbox) if path.endswith(("/queries", "/charts"))]
        assert_equal(pipeline, sandbox, tmp_path / "out")
        full = f"select count(*) from queries where report_token = '{report.token}' and created_at is not null"
        assert column(pipeline, full) == [len(report.queries)]


BROKEN: dict[str, Callable[[Sandbox], object]] = {
    "wrong secret": lambda sandbox: None,  # see the test
    "500": lambda sandbox: sandbox.add_fault(Fault("/batch/", status=500, times=None)),
    "404": lambda sandbox: sandbox.add_fault(Fault("/batch/", status=404, times=None)),
    "403": lambda sandbox: sandbox.add_fault(Fault("/batch/", status=403, times=None)),
    "sign-on page": lambda sandbox: sandbox.add_fault(Fault("/batch/", "html", times=None)),
    "broken JSON": lambda sandbox: sandbox.add_fault(Fault("/batch/.*/charts", "bad_json", times=None)),
    "no content": lambda sandbox: sandbox.add_fault(Fault("/batch/.*/queries", "empty", times=None)),
    "another shape": lambda sandbox: sandbox.add_fault(
        Fault("/batch/.*/queries", status=200, body=b'{"rows": []}', content_type="application/json", times=None)
    ),
}


def waiting_reports(lists: WorkspaceLists, reading: Reading) -> list[Row]:
    """All reports of the workspace, as they are listed."""
    spaces = lists.read(COLLECTIONS).rows
    return [row for space in spaces for row in reading.rows(REPORTS, REPORTS.path, space_token=space["token"])]


@pytest.mark.parametrize("how", BROKEN)
def test_without_discovery_every_report_is_read_on_its_own(caplog: pytest.LogCaptureFixture, how: str) -> None:
    secret = "another-secret" if how == "wrong secret" else "d-secret"
    with Sandbox(Workspace.generate(**SIZES)) as sandbox, caplog.at_level(logging.INFO, "mode_source"):
        client = client_for(sandbox, max_attempts=1, discovery=("d-token", "d-key", secret))
        context = Context(Snapshot(), Scope(), Policy(pendulum.duration(days=30)), RunLog())
        reading = Reading(client, context)
        removals = Removals(reading, context)
        lists = WorkspaceLists(reading, removals, context)
        discovery = Discovery(client)
        bulk = Bulk(discovery, lists, Children(reading, context), context)
        reports = waiting_reports(lists, reading)
        BROKEN[how](sandbox)
        taken = {report["token"] for report in reports if bulk.takes(report, [QUERIES, CHARTS])}
        assert taken
        on_their_own = [item for item in bulk.read() if isinstance(item, tuple)]
        assert {report["token"] for report, _ in on_their_own} == taken
        assert all(due == [QUERIES, CHARTS] for _, due in on_their_own)
        assert not bulk.takes(reports[0], [QUERIES, CHARTS])  # from now on
        assert not list(statistics(reading, discovery, removals, context))
    warnings = [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING]
    assert len(warnings) == 1
    assert "Discovery" in warnings[0]
    assert secret not in caplog.text


def test_without_discovery_the_run_is_exact_all_the_same(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    with Sandbox(Workspace.generate(**SMALL)) as sandbox:
        sandbox.add_fault(Fault("/batch/.*/charts", "bad_json", times=None))
        log = run(pipeline, sandbox, max_attempts=2, **DISCOVERY)
        assert not log.gaps
        assert_equal(pipeline, sandbox, tmp_path / "out")


def test_what_changes_in_mid_walk_is_not_lost(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """Edited between the listing and Discovery's answer, and between Discovery's lists."""
    workspace = Workspace.generate(**SIZES)
    reports = [r for r in workspace.reports.values() if workspace.is_listed(r) and not r.is_dataset and r.query_count]

    def edit(number: int) -> Callable[[Workspace], object]:
        return lambda ws: ws.edit_query(reports[number].token, raw_query=f"select {number} as edited")

    with Sandbox(workspace) as sandbox:
        for number, match in enumerate(("/batch/.*/reports", "/batch/.*/queries", "/batch/.*/charts")):
            sandbox.add_fault(Fault(match, "call", do=edit(number)))
        sandbox.add_fault(Fault("/batch/.*/queries", "call", do=lambda ws: ws.delete_report(reports[4].token)))
        run(pipeline, sandbox, **DISCOVERY)
        run(pipeline, sandbox, **DISCOVERY)
        assert_equal(pipeline, sandbox, tmp_path / "out")


def test_a_full_refresh_reads_every_report_in_full(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    workspace = Workspace.generate(**SMALL)
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox, **DISCOVERY)
        run(pipeline, sandbox, full_refresh=True, **DISCOVERY)
        assert column(pipeline, "select count(*) from queries where created_at is null") == [0]
        assert column(pipeline, "select count(*) from charts where view_vegas is null and view is null") == [0]
        assert_equal(pipeline, sandbox, tmp_path / "out")


def test_statistics_leave_with_their_report_and_stay_while_discovery_is_away(pipeline: dlt.Pipeline) -> None:
    workspace = Workspace.generate(**SMALL)
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox, "reports", "report_stats", **DISCOVERY)
        before = set(column(pipeline, "select token from report_stats"))
        gone = next(token for token in before if not workspace.reports[token].is_dataset)
        workspace.delete_report(gone)
        fault = sandbox.add_fault(Fault("/batch/", status=403, times=None))
        run(pipeline, sandbox, "reports", "report_stats", **DISCOVERY)
        assert fault.hits
        assert set(column(pipeline, "select token from report_stats")) == before
        sandbox.clear_faults()
        run(pipeline, sandbox, "reports", "report_stats", **DISCOVERY)
        assert set(column(pipeline, "select token from report_stats")) == before - {gone}


def test_two_of_three_settings_are_a_mistake(cli: Callable[..., tuple[int, str, str]], monkeypatch: Any) -> None:
    monkeypatch.setenv("SOURCES__MODE__DISCOVERY_TOKEN", "d-token")
    monkeypatch.setenv("SOURCES__MODE__DISCOVERY_ACCESS_KEY", "d-key")
    code, _, error = cli("load", "-w", "acme", "-t", "tk5a81f0", "-s", "sc77d0b1")
    assert code == 2
    assert "discovery_access_secret" in error
    assert "d-key" not in error


def test_statistics_without_discovery_are_a_mistake(cli: Callable[..., tuple[int, str, str]]) -> None:
    code, _, error = cli("load", "-w", "acme", "-t", "tk5a81f0", "-s", "sc77d0b1", "--resources", "report_stats")
    assert code == 2
    assert "discovery_token" in error


def test_a_handful_of_new_reports_is_not_worth_the_whole_list(pipeline: dlt.Pipeline) -> None:
    workspace = Workspace.generate(**SMALL)
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox, **DISCOVERY)
        space = next(iter(workspace.expected_tables()["collections"]))
        workspace.add_report(space)
        sandbox.clear_requests()
        run(pipeline, sandbox, **DISCOVERY)
        assert not [path for path in batch(sandbox) if path.endswith(("/queries", "/charts"))]
