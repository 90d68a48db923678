"""The views on runs, subscriptions and permissions, against rows that would show a wrong answer, on both databases."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from .tables import ADA, C1, Database, Row, at, dataset, report

LOADED = [{"inserted_at": at("2026-06-30")}]


def ran(token: str, of: str, when: str, state: str = "succeeded", *, seconds: float = 10, **more: Any) -> Row:
    started = at(when)
    ended: datetime | None = started + timedelta(seconds=seconds) if state != "enqueued" else None
    return {"token": token, "report_token": of, "created_at": started, "completed_at": ended, "state": state, **more}


def test_broken_reports(db: Database) -> None:
    """The last run that ended decides; a cancelled one or one under way says nothing."""
    db.fill(
        _dlt_loads=LOADED,
        collections=[C1],
        members=[ADA],
        reports=[
            report("broken", schedules_count=2), report("fine"), report("repaired"), report("never good"),
            report("archived", archived=True), report("cancelled"), report("running"),
        ],
        datasets=[dataset("d1")],
        report_runs=[
            ran("b1", "broken", "2026-05-01", "failed"),  # in an earlier time of trouble, more than 30 days ago
            ran("b2", "broken", "2026-06-10"),
            ran("b3", "broken", "2026-06-11", "failed"),
            ran("b4", "broken", "2026-06-12", "failed"),
            ran("f1", "fine", "2026-06-12", "completed"),
            ran("r1", "repaired", "2026-06-10", "failed"),
            ran("r2", "repaired", "2026-06-11"),
            ran("n1", "never good", "2026-06-01", "failed"),
            ran("a1", "archived", "2026-06-01", "failed"),
            ran("c1", "cancelled", "2026-06-01", "failed"),
            ran("c2", "cancelled", "2026-06-02", "cancelled"),
            ran("u1", "running", "2026-06-01"),
            ran("u2", "running", "2026-06-02", "enqueued"),
            ran("d1r", "d1", "2026-06-02", "failed"),
            ran("lost", "no such report", "2026-06-02", "failed"),
        ],
        query_runs=[
            {"token": "x2", "run_token": "b4", "query_token": "q2", "query_name": "Second", "state": "failed",
             "created_at": at("2026-06-12T00:00:02"), "error_code": "Later", "error_message": "later"},
            {"token": "x1", "run_token": "b4", "query_token": "q1", "query_name": "First", "state": "failed",
             "created_at": at("2026-06-12T00:00:01"), "error_code": "SqlUndefinedTable", "error_message": "no table"},
            {"token": "x0", "run_token": "b4", "query_token": "q0", "query_name": "Good", "state": "succeeded",
             "created_at": at("2026-06-12")},
            {"token": "w1", "run_token": "b3", "query_token": "q9", "query_name": "Before", "state": "failed",
             "created_at": at("2026-06-11"), "error_code": "Old"},
        ],
    )  # fmt: skip
    assert db.ask(
        "SELECT report_token, kind, failing_since, since_is_exact, failures_in_a_row, failed_30_days, runs_30_days,"
        " query_token, failed_queries, error_code, run_token FROM broken_reports ORDER BY 1"
    ) == [
        ("broken", "report", at("2026-06-11"), True, 2, 2, 3, "q1", 2, "SqlUndefinedTable", "b4"),
        ("cancelled", "report", at("2026-06-01"), False, 1, 1, 1, None, None, None, "c1"),
        ("d1", "dataset", at("2026-06-02"), False, 1, 1, 1, None, None, None, "d1r"),
        ("never good", "report", at("2026-06-01"), False, 1, 1, 1, None, None, None, "n1"),
    ]
    assert db.ask(
        "SELECT query_name, error_message, owner_name, collection_name, view_count, schedule_count"
        " FROM broken_reports WHERE report_token = 'broken'"
    ) == [("First", "no table", "Ada", "Finance", 10, 2)]


def test_failing_schedules(db: Database) -> None:
    """Each schedule for itself: a run by hand, or of another schedule, neither breaks nor repairs it."""
    db.fill(
        _dlt_loads=LOADED,
        reports=[report("r1"), report("r2", archived=True)],
        report_schedules=[
            {"token": "s1", "report_token": "r1", "name": "Morning", "frequency": "daily", "subscriber_count": 3},
            {"token": "s2", "report_token": "r1", "name": "Evening", "frequency": "daily"},
            {"token": "s3", "report_token": "r2", "frequency": "daily"},
        ],
        report_runs=[
            ran("1", "r1", "2026-06-01", schedule_token="s1"),
            ran("2", "r1", "2026-06-02", "failed", schedule_token="s1"),
            ran("3", "r1", "2026-06-03", "failed", schedule_token="s1"),
            ran("4", "r1", "2026-06-04"),  # by hand
            ran("5", "r1", "2026-06-04", "failed", schedule_token="s2"),
            ran("6", "r1", "2026-06-05", schedule_token="s2"),
            ran("7", "r2", "2026-06-05", "failed", schedule_token="s3"),
            ran("8", "r1", "2026-06-05", "failed", schedule_token="deleted"),
        ],
        query_runs=[{"token": "x", "run_token": "3", "query_name": "Q", "state": "failed", "error_code": "E"}],
    )
    assert db.ask(
        "SELECT schedule_token, schedule_name, subscriber_count, failing_since, since_is_exact, failures_in_a_row,"
        " failed_30_days, runs_30_days, query_name, error_code, report_name FROM failing_schedules"
    ) == [("s1", "Morning", 3, at("2026-06-02"), True, 2, 2, 3, "Q", "E", "Report r1")]


def test_slow_reports(db: Database) -> None:
    """Only runs that succeeded are timed; the share is that of all scheduled time."""
    times = [("r1", 10), ("r1", 20), ("r1", 30), ("r2", 60), ("r3", 5)]
    db.fill(
        reports=[report("r1"), report("r2"), report("r3"), report("r4", archived=True)],
        report_schedules=[
            {"token": "s1", "report_token": "r1", "frequency": "hourly", "time_zone": "UTC", "cron_hour": 0},
            {"token": "s2", "report_token": "r2", "frequency": "daily", "time_zone": "UTC", "cron_hour": 3},
            {"token": "s3", "report_token": "r2", "frequency": "daily", "time_zone": "UTC", "cron_hour": 4},
        ],
        report_runs=[
            *(ran(f"{of}{seconds}", of, "2026-06-01", seconds=seconds) for of, seconds in times),
            ran("failed", "r1", "2026-06-02", "failed", seconds=9000),
            ran("running", "r1", "2026-06-03", "enqueued"),
            ran("old", "r4", "2026-06-03"),
        ],
    )
    found = db.ask(
        "SELECT report_token, timed_runs, median_seconds, p95_seconds, longest_seconds, scheduled_runs_per_week,"
        " scheduled_seconds_per_week, scheduled_share FROM slow_reports ORDER BY 1"
    )
    total = 20.0 * 168 + 60.0 * 14
    assert [(*row[:3], round(row[3], 6), *row[4:7], round(row[7], 6)) for row in found] == [
        ("r1", 3, 20.0, 29.0, 30.0, 168.0, 3360.0, round(3360 / total, 6)),
        ("r2", 1, 60.0, 60.0, 60.0, 14.0, 840.0, round(840 / total, 6)),
        ("r3", 1, 5.0, 5.0, 5.0, 0.0, 0.0, 0.0),
    ]


def test_slow_reports_without_any_schedule(db: Database) -> None:
    db.fill(reports=[report("r1")], report_runs=[ran("1", "r1", "2026-06-01")])
    assert db.ask("SELECT median_seconds, scheduled_share FROM slow_reports") == [(10.0, None)]


def test_who_receives(db: Database) -> None:
    """One row per schedule, whether or not it has subscriptions; subscriptions add up and do not multiply."""
    db.fill(
        reports=[report("r1"), report("r2", archived=True)],
        datasets=[dataset("d1")],
        report_schedules=[
            {"token": "s1", "report_token": "r1", "frequency": "daily", "subscriber_count": 5},
            {"token": "s2", "report_token": "r1", "frequency": "weekly", "subscriber_count": 0},
            {"token": "s3", "report_token": "d1", "frequency": "weekly", "subscriber_count": 1},
            {"token": "s4", "report_token": "r2", "frequency": "weekly"},
        ],
        report_subscriptions=[
            {"token": "u1", "report_token": "r1", "schedule_token": "s1", "email_subscriber_count": 2,
             "csv_attachments_enabled": True},
            {"token": "u2", "report_token": "r1", "schedule_token": "s1", "email_subscriber_count": 3},
            {"token": "u3", "report_token": "r1", "schedule_token": "gone", "email_subscriber_count": 7,
             "pdf_attachments_enabled": True},
        ],
    )  # fmt: skip
    assert db.ask(
        "SELECT report_token, schedule_token, frequency, subscriptions, subscribers, sends_csv, sends_pdf"
        " FROM who_receives ORDER BY 1, 2"
    ) == [
        ("d1", "s3", "weekly", 0, 1, False, False),
        ("r1", "gone", None, 1, 7, False, True),
        ("r1", "s1", "daily", 2, 5, True, False),
        ("r1", "s2", "weekly", 0, 0, False, False),
    ]


def test_who_may_see(db: Database) -> None:
    bob = {"token": "m2", "username": "bob", "name": "Bob", "state": "active", "admin": True}
    db.fill(
        members=[ADA, bob],
        collections=[
            C1,
            {"token": "c2", "name": "Board", "space_type": "custom", "restricted": False,
             "default_access_level": "Restricted"},
            {"token": "c3", "name": "Personal", "space_type": "private", "default_access_level": "view",
             "creator_username": "ada"},
        ],
        groups=[{"token": "g1", "name": "Analysts"}, {"token": "g2", "name": "Nobody"}],
        group_memberships=[
            {"token": "b1", "group_token": "g1", "member_token": "m1"},
            {"token": "b2", "group_token": "g1", "member_token": "m9"},  # left
        ],
        collection_permissions=[
            {"token": "p1", "space_token": "c2", "accessor_type": "UserGroup", "accessor_token": "g1",
             "action": "view"},
            {"token": "p2", "space_token": "c2", "accessor_type": "UserGroup", "accessor_token": "g2",
             "action": "edit"},
            {"token": "p3", "space_token": "c2", "accessor_type": "Account", "accessor_token": "ada",
             "action": "edit"},  # by username
            {"token": "p4", "space_token": "gone", "accessor_type": "Account", "accessor_token": "m1"},
        ],
        reports=[
            report("r1", public=True), report("r2"), report("r3", archived=True, public=True),
            report("r4", space_token="c2", is_embedded=True), report("r5", space_token="c3"),
        ],
    )  # fmt: skip
    assert db.ask(
        "SELECT collection_token, how, action, group_name, member_username, member_name, assets FROM who_may_see"
        " ORDER BY 1, 2, 4, 5"
    ) == [
        ("c1", "everyone", "view", None, None, None, 2),
        ("c1", "public", "view", None, None, None, 1),
        ("c2", "admin", "edit", None, "bob", "Bob", 1),
        ("c2", "embedded", "view", None, None, None, 1),
        ("c2", "group", "view", "Analysts", "ada", "Ada", 1),
        ("c2", "group", "view", "Analysts", "m9", None, 1),
        ("c2", "group", "edit", "Nobody", None, None, 1),
        ("c2", "member", "edit", None, "ada", "Ada", 1),
        ("c3", "link", "view", None, None, None, 1),
        ("c3", "owner", "edit", None, "ada", "Ada", 1),
    ]


def test_unused_datasets(db: Database) -> None:
    def reads(of: str, dataset_token: str, **more: Any) -> Row:
        return {"query_token": f"q{of}{dataset_token}", "report_token": of, "platform": "modedatasets",
                "table_name": dataset_token, **more}  # fmt: skip

    tables: dict[str, Any] = {
        "reports": [report("r1"), report("r2", archived=True), report("r3", has_imported_datasets=True)],
        "datasets": [dataset(token) for token in ("used", "by archived", "by dataset", "unused", "itself")]
        + [dataset("old", archived=True)],
        "query_tables": [
            reads("r1", "used"), reads("r2", "used"), reads("r2", "by archived"), reads("used", "by dataset"),
            reads("itself", "itself"), reads("r1", "unused", platform="snowflake"),
            reads("r1", "unused", role="created"), reads("gone", "unused"), reads("r3", "used"),
        ],
        "lineage_state": [{"token": "q", "kind": "query"}],
    }  # fmt: skip
    db.fill(**tables)
    sql = "SELECT dataset_token, certainty, archived_users FROM unused_datasets ORDER BY 1"
    assert db.ask(sql) == [("by archived", "certain", 1), ("itself", "certain", 0), ("unused", "certain", 0)]
    tables["reports"].append(report("r4", has_imported_datasets=True))  # it uses one, and nobody knows which
    db.fill(**tables)
    assert {row[1] for row in db.ask(sql)} == {"likely"}
    db.fill(**tables | {"lineage_state": [], "query_tables": []})
    assert db.ask(sql) == []
