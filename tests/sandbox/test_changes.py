"""What each change moves: timestamps as docs/mode-api.md#s10 has them, and where rows appear."""

from __future__ import annotations

import ast
import random
import sys
from pathlib import Path

import pytest

import mode_sandbox
from mode_sandbox import Workspace
from mode_sandbox.clock import parse
from mode_sandbox.model import Report


@pytest.fixture
def ws() -> Workspace:
    return Workspace.generate(seed=4, reports=40, collections=5, datasets=3)


@pytest.fixture
def report(ws: Workspace) -> Report:
    return next(r for r in ws.reports.values() if ws.is_listed(r) and r.chart_count and not r.archived)


def moments(report: Report) -> tuple[int | None, ...]:
    """What a save moves."""
    return report.updated_at, report.edited_at, report.last_saved_at


def test_a_run(ws: Workspace, report: Report) -> None:
    saved, runs = moments(report)[1:], report.runs_count
    query = next(iter(report.queries.values()))
    before = query.last_run_id
    ws.run_report(report)
    assert report.last_run_at == ws.now_ms
    assert report.last_successfully_run_at is not None
    assert report.updated_at == report.last_successfully_run_at + 17
    assert query.updated_at == report.last_successfully_run_at + 37
    assert query.last_run_id != before
    assert (moments(report)[1:], report.runs_count) == (saved, runs + 1)


def test_views_move_nothing_else(ws: Workspace, report: Report) -> None:
    before, views = moments(report), report.view_count
    ws.view_report(report.token, 3)
    assert (moments(report), report.view_count) == (before, views + 3)


def test_bump_decides(ws: Workspace, report: Report) -> None:
    query = next(query for query in report.queries.values() if query.charts)
    chart = next(iter(query.charts.values()))
    for bump in (False, True):
        for change in (
            lambda: ws.edit_query(report, query.token, "select 1", bump=bump),  # noqa: B023
            lambda: ws.edit_chart(chart, "other", bump=bump),  # noqa: B023
            lambda: ws.rename_report(report, "other", bump=bump),  # noqa: B023
            lambda: ws.archive_report(report, bump=bump),  # noqa: B023
            lambda: ws.unarchive_report(report, bump=bump),  # noqa: B023
            lambda: ws.edit_schedule(ws.add_schedule(report), bump=bump),  # noqa: B023
        ):
            before = report.updated_at
            change()
            assert (report.updated_at != before) == bump
    assert (query.raw_query, chart.title, report.name) == ("select 1", "other", "other")


def test_a_move(ws: Workspace, report: Report) -> None:
    goal = ws.add_collection("Goal")
    source, before = report.space_token, report.updated_at
    ws.move_report(report, goal)
    assert (report.space_token, report.updated_at) == (goal.token, before)
    assert ws.listing(goal.token, "reports") == [report]
    assert report not in ws.listing(source, "reports")


def test_deleting_takes_the_children_and_restoring_brings_them_back(ws: Workspace, report: Report) -> None:
    before = ws.expected_files(), ws.expected_tables()
    ws.delete_report(report)
    assert not set(report.queries) & set(ws.queries)
    assert len(ws.expected_files()["report"]) == 39
    ws.restore_report(report.token)
    assert (ws.expected_files(), ws.expected_tables()) == before


def test_collections_go_with_what_is_in_them(ws: Workspace, report: Report) -> None:
    gone = ws.delete_collection(report.space_token)
    assert report.token in gone
    assert not {row["token"] for row in ws.expected_files()["report"]} & set(gone)
    assert ws.restore_report(report).space_token in ws.collections


def test_people(ws: Workspace) -> None:
    group = ws.add_group(members=3)
    member = ws.add_member("Nina")
    ws.add_group_member(group, member)
    ws.remove_member(member)
    assert len(group.memberships) == 3
    assert member.token not in {row["token"] for row in ws.expected_files()["member"]}
    ws.remove_group(group)
    assert not set(group.memberships) & ws.expected_tables()["group_memberships"]


def test_renaming_a_user_moves_every_creator(ws: Workspace, report: Report) -> None:
    member = ws.members[next(token for token in ws.members if token == report.creator)]
    ws.rename_member(member, username="renamed")
    row = next(row for row in ws.expected_files()["report"] if row["token"] == report.token)
    assert row["creator"] == "renamed"


def test_time_only_moves_with_changes(ws: Workspace, report: Report) -> None:
    before = ws.now
    ws.view_report(report)
    assert (ws.now - before).total_seconds() == pytest.approx(61.013)
    ws.advance(hours=2)
    assert (ws.now - before).total_seconds() == pytest.approx(7261.013)


def test_every_kind_of_random_change_occurs(ws: Workspace) -> None:
    rng = random.Random(1)
    said = {" ".join(ws.random_change(rng).split()[:2]) for _ in range(600)}
    said = {words.split()[0] if words.split()[1].isalnum() and len(words.split()[1]) == 12 else words for words in said}
    assert {"ran", "viewed", "renamed", "moved", "archived", "unarchived", "deleted", "restored"} <= said
    assert {
        "edited query",
        "added query",
        "deleted query",
        "added chart",
        "edited chart",
        "deleted chart",
    } <= said
    assert {
        "added schedule",
        "added definition",
        "added member",
        "removed member",
        "deleted collection",
    } <= said


def test_parse() -> None:
    assert parse("1970-01-01T00:00:01Z") == parse("1970-01-01T00:00:01.000Z") == parse("1970-01-01T00:00:01") == 1000
    assert parse("yesterday") is None


def test_it_stands_on_its_own() -> None:
    """Standard library only, nothing from the product, and readable by Python 3.10."""
    for path in Path(str(mode_sandbox.__file__)).parent.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"), feature_version=(3, 10))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            if isinstance(node, ast.ImportFrom) and node.level == 0:
                names = [str(node.module)]
            assert all(name.split(".")[0] in sys.stdlib_module_names for name in names), path
        assert len(path.read_text("utf-8").splitlines()) < 300, path
