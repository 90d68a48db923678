"""Each view against rows made by hand that would show a wrong answer, on both databases."""

from __future__ import annotations

from datetime import date
from typing import Any

from mode_source.models import models

from .tables import ADA, C1, LINEAGE, Database, at, dataset, report


def test_no_view_fails_or_invents_rows_on_an_empty_workspace(db: Database) -> None:
    db.fill()
    for name in models():
        assert db.ask(f"SELECT * FROM {name}") == [], name


def test_reports_and_datasets_has_one_row_per_token(db: Database) -> None:
    """Whatever joins: members twice, several schedules, queries, charts; dangling collection, unknown counts."""
    db.fill(
        collections=[C1],
        members=[
            {**ADA, "token": "m0", "state": "banned"},
            ADA,
            {"token": "m2", "username": "bob", "state": "banned"},
            {"token": "m3", "username": "eve", "state": None},
        ],
        reports=[
            report("r1", schedules_count=5),
            report("r2", name=None, space_token="gone", creator_username="zed", archived=None, query_count=None,
                   schedules_count=None, view_count=None, chart_count=7),
            report("r3", creator_username=None, archived=True),
            report("r4", creator_username="bob"),
            report("r5", creator_username="eve"),
        ],
        datasets=[dataset("d1")],
        queries=[{"token": f"q{n}", "report_token": "r1"} for n in range(3)] + [{"token": "qd", "report_token": "d1"}],
        charts=[{"token": f"h{n}", "report_token": "r1", "query_token": "q1"} for n in range(4)],
        report_schedules=[
            {"token": "s1", "report_token": "r1", "frequency": "weekly", "next_scheduled_run": at("2026-06-02")},
            {"token": "s2", "report_token": "r1", "frequency": "daily", "next_scheduled_run": at("2026-06-01")},
            {"token": "s3", "report_token": "r1", "frequency": "daily"},
        ],
    )  # fmt: skip
    columns = "report_token, kind, report_name, archived, collection_name, owner_status, schedule_count, frequencies,"
    assert db.ask(
        f"SELECT {columns} view_count, query_count, chart_count FROM reports_and_datasets ORDER BY report_token"
    ) == [
        ("d1", "dataset", "Dataset d1", False, "Finance", "active", 0, None, 10, 1, None),
        ("r1", "report", "Report r1", False, "Finance", "active", 3, "daily, weekly", 10, 3, 4),
        ("r2", "report", None, False, None, "left", None, None, None, None, 7),
        ("r3", "report", "Report r3", True, "Finance", "unknown", 0, None, 10, 1, 0),
        ("r4", "report", "Report r4", False, "Finance", "banned", 0, None, 10, 1, 0),
        ("r5", "report", "Report r5", False, "Finance", "active", 0, None, 10, 1, 0),
    ]
    assert db.ask(
        "SELECT report_token, owner_name, next_scheduled_run FROM reports_overview WHERE schedule_count > 0"
    ) == [("r1", "Ada", at("2026-06-01"))]


def test_reports_overview_leaves_datasets_out(db: Database) -> None:
    db.fill(reports=[report("r1"), report("r2", archived=True)], datasets=[dataset("d1")])
    assert db.ask("SELECT report_token, archived, collection_name, url FROM reports_overview ORDER BY 1") == [
        ("r1", False, None, "https://mode/r1"),
        ("r2", True, None, "https://mode/r2"),
    ]


def test_whether_the_last_run_succeeded(db: Database) -> None:
    """Tokens say it best; Mode's times are the start of the last run and the end of the last success."""
    noon, one, two = at("2026-05-01T12:00"), at("2026-05-01T13:00"), at("2026-05-01T14:00")
    runs: dict[str, dict[str, Any]] = {
        "never ran": {},
        "same token": {"last_run_at": noon, "last_run_token": "a", "last_successful_run_token": "a"},
        "later one failed, earlier one ended after it": {
            "last_run_at": one, "last_successfully_run_at": two, "last_run_token": "b", "last_successful_run_token": "a"
        },
        "no tokens, ended after its start": {"last_run_at": noon, "last_successfully_run_at": one},
        "no tokens, no success since": {"last_run_at": one, "last_successfully_run_at": noon},
        "no success ever": {"last_run_at": one, "last_run_token": "b"},
    }  # fmt: skip
    db.fill(reports=[report(name, **row) for name, row in runs.items()])
    assert dict(db.ask("SELECT report_token, last_run_succeeded FROM reports_overview")) == dict(
        zip(runs, [None, True, False, True, False, False], strict=True)
    )


def test_nobody_left_while_no_member_is_readable(db: Database) -> None:
    db.fill(reports=[report("r1")])
    assert db.ask("SELECT owner_status FROM reports_overview") == [("unknown",)]
    assert db.ask("SELECT * FROM orphaned_ownership") == []


def test_orphaned_ownership(db: Database) -> None:
    db.fill(
        members=[ADA, {"token": "m2", "username": "bob", "state": "banned"}],
        reports=[report("r1"), report("r2", creator_username="zed", archived=True), report("r3", creator_username=None),
                 report("r4", creator_username="bob", name=None)],
        datasets=[dataset("d1", creator_username="zed")],
    )  # fmt: skip
    sql = "SELECT kind, report_token, archived, owner_username, owner_status FROM orphaned_ownership ORDER BY 2"
    assert db.ask(sql) == [
        ("dataset", "d1", False, "zed", "left"),
        ("report", "r2", True, "zed", "left"),
        ("report", "r4", False, "bob", "banned"),
    ]


def stats(token: str, **views: int | None) -> list[dict[str, Any]]:
    """Recorded views: `stats("r1", d0501=3)` is 3 views on the first of May."""
    return [
        {"report_token": token, "day": date(2026, int(day[1:3]), int(day[3:])), "view_count": count}
        for day, count in views.items()
    ]


def test_view_growth(db: Database) -> None:
    """Against the last day before the 90 days, else the first day; one day alone says nothing; nulls say nothing."""
    db.fill(
        report_stats_daily=[
            *stats("long", d0101=1, d0301=5, d0310=6, d0415=8, d0601=20),  # 90 days before 1 June is 3 March
            *stats("short", d0501=3, d0601=3),
            *stats("once", d0601=9),
            *stats("gaps", d0501=None, d0520=4, d0601=None, d0530=6),
            *stats("ended", d0101=2, d0201=4),
        ]
    )
    assert db.ask("SELECT report_token, views_90_days, counted_since FROM view_growth ORDER BY 1") == [
        ("ended", None, date(2026, 2, 1)),
        ("gaps", 2, date(2026, 5, 20)),
        ("long", 15, date(2026, 3, 1)),
        ("once", None, date(2026, 6, 1)),
        ("short", 0, date(2026, 5, 1)),
    ]


def test_scheduled_and_viewed(db: Database) -> None:
    db.fill(
        reports=[
            report("both", schedules_count=1),
            report("unseen", schedules_count=2, view_count=0),
            report("seen"),
            report("neither", view_count=0),
            report("unknown views", schedules_count=1, view_count=None),
            report("unknown schedules", schedules_count=None),
            report("only a row", schedules_count=None, view_count=0),
            report("archived", archived=True, schedules_count=1),
        ],
        datasets=[dataset("d1", schedules_count=1)],
        report_schedules=[{"token": f"s{n}", "report_token": "only a row", "frequency": "hourly"} for n in (1, 2)],
        report_stats_daily=stats("both", d0501=3, d0601=7),
    )
    sql = (
        "SELECT report_token, verdict, schedule_count, frequencies, views_90_days FROM scheduled_and_viewed ORDER BY 1"
    )
    assert db.ask(sql) == [
        ("both", "scheduled and viewed", 1, None, 4),
        ("neither", "neither", 0, None, None),
        ("only a row", "scheduled, never viewed", 2, "hourly", None),
        ("seen", "viewed, not scheduled", 0, None, None),
        ("unknown schedules", "unknown", None, None, None),
        ("unknown views", "unknown", 1, None, None),
        ("unseen", "scheduled, never viewed", 2, None, None),
    ]


def test_stale_reports(db: Database) -> None:
    """90 days before the last load (1 June) is 3 March, in UTC days whatever the session's time zone."""
    old = at("2026-01-01")
    db.fill(
        _dlt_loads=[{"inserted_at": at("2026-06-01T23:30")}, {"inserted_at": at("2026-09-01"), "status": 1}],
        reports=[
            report("edge", last_run_at=at("2026-03-03T23:59")),
            report("one day less", last_run_at=at("2026-03-04T00:01")),
            report("old", last_run_at=old, edited_at=old),
            report("never ran", last_run_at=None),
            report("edited", last_run_at=old, edited_at=at("2026-05-01")),
            report("saved", last_run_at=old, last_saved_at=at("2026-05-01")),
            report("just made", created_at=at("2026-05-20")),
            report("viewed", last_run_at=old),
            report("not viewed", last_run_at=old),
            report("archived", archived=True),
            report("no times at all", created_at=None),
            report("touched by Mode", updated_at=at("2026-05-30")),
        ],
        datasets=[dataset("d1")],
        report_stats_daily=[*stats("viewed", d0520=1, d0601=2), *stats("not viewed", d0520=2, d0601=2)],
    )
    assert db.ask("SELECT report_token, days_idle FROM stale_reports ORDER BY 1") == [
        ("edge", 90),
        ("never ran", 516),
        ("not viewed", 151),
        ("old", 151),
        ("touched by Mode", 516),
    ]


def test_queries_on_dead_sources(db: Database) -> None:
    queries = {"fine": "1", "dangling": "99", "soft": "2", "none": None, "unknown flag": "3", "of a dataset": "99"}
    rows = [{"token": name, "report_token": "r1", "data_source_id": source} for name, source in queries.items()]
    rows[-1]["report_token"] = "d1"
    sources: list[dict[str, Any]] = [
        {"token": "a", "id": "1", "name": "DWH", "soft_deleted": False},
        {"token": "b", "id": "2", "name": "Old", "soft_deleted": True},
        {"token": "c", "id": "3", "soft_deleted": None},
    ]
    shared: dict[str, Any] = {"reports": [report("r1")], "datasets": [dataset("d1")], "members": [ADA], "queries": rows}
    db.fill(**shared, data_sources=sources)
    sql = "SELECT query_token, problem, data_source_name, kind, report_name, owner_name FROM queries_on_dead_sources"
    assert db.ask(f"{sql} ORDER BY 1") == [
        ("dangling", "missing", None, "report", "Report r1", "Ada"),
        ("of a dataset", "missing", None, "dataset", "Dataset d1", "Ada"),
        ("soft", "soft_deleted", "Old", "report", "Report r1", "Ada"),
    ]
    db.fill(**shared)  # data sources could not be read: nothing is known
    assert db.ask(sql) == []


def test_duplicate_sql(db: Database) -> None:
    def query(token: str, text: str | None, source: str = "1", of: str = "r1", **row: Any) -> dict[str, Any]:
        return {"token": token, "report_token": of, "raw_query": text, "data_source_id": source, **row}

    db.fill(
        reports=[report("r1"), report("r2", name=None), report("old", archived=True)],
        datasets=[dataset("d1")],
        data_sources=[
            {"token": "a", "id": "1", "name": "DWH", "adapter": "jdbc:redshift"},
            {"token": "b", "id": "3", "name": "Mode Datasets", "adapter": "jdbc:modedatasets"},
        ],
        queries=[
            query("q15", 'select * from "Dataset: X"', source="3", creator_username="ada"),
            query("q16", 'select * from "Dataset: X"', source="3", of="r2", creator_username="ada"),
            query("q1", "select 1\n  from a;", created_at=at("2026-02-01"), creator_username="ada"),
            query("q2", " select 1 from\ta ; ", of="r2", created_at=at("2026-01-01"), creator_username="bob"),
            query("q3", "select 1 from a", of="d1", creator_username="ada"),
            query("q4", "select 1 from a", source="2"),  # another database: not the same
            query("q5", "SELECT 1 FROM a"),  # letters may stand in literals
            query("q6", "select 1 from a", of="old"),
            query("q7", None), query("q8", None), query("q9", " ;\n"), query("q10", ""),
            query("q11", "select 'x'", of="nowhere"), query("q12", "select 'x'"),
            query("q13", "select 2", source="9", of="r1"), query("q14", "select 2;", source="9", of="r1"),
        ],
    )  # fmt: skip
    sql = "SELECT copies, reports, authors, data_source_name, on_dataset, first_report_token, first_report_name"
    assert db.ask(f"{sql}, query_tokens, sql_text FROM duplicate_sql ORDER BY copies DESC, authors") == [
        (3, 3, 2, "DWH", False, "r2", None, "q2, q1, q3", "select 1 from a"),
        (2, 1, 0, None, False, "r1", "Report r1", "q13, q14", "select 2"),
        (2, 2, 1, "Mode Datasets", True, "r1", "Report r1", "q15, q16", 'select * from "Dataset: X"'),
    ]


def test_exposure_review(db: Database) -> None:
    db.fill(
        collections=[
            C1,
            {"token": "level", "space_type": "custom", "restricted": False, "default_access_level": "Restricted"},
            {"token": "flag", "space_type": "custom", "restricted": True, "default_access_level": None},
            {"token": "own", "name": None, "space_type": "private", "restricted": None, "default_access_level": "view"},
        ],
        reports=[
            report("plain"),
            report("unknown", public=None, is_embedded=None, space_token="not visible"),
            report("public", public=True),
            report("embedded", is_embedded=True, archived=True),
            report("level", space_token="level", public=True),
            report("flag", space_token="flag"),
            report("own", space_token="own", is_embedded=True),
        ],
        datasets=[dataset("d1", space_token="own")],
    )
    sql = "SELECT report_token, exposure, conflict, personal, restricted, archived FROM exposure_review ORDER BY 1"
    assert db.ask(sql) == [
        ("d1", "personal", False, True, False, False),
        ("embedded", "embedded", False, False, False, True),
        ("flag", "restricted", False, False, True, False),
        ("level", "public, restricted", True, False, True, False),
        ("own", "embedded, personal", True, True, False, False),
        ("public", "public", False, False, False, False),
    ]


def test_schedule_load(db: Database) -> None:
    """An hour each for daily ones, all hours for hourly ones, in UTC; nothing of archived reports."""

    def schedule(token: str, frequency: str, of: str = "r1", **row: Any) -> dict[str, Any]:
        return {"token": token, "report_token": of, "frequency": frequency, "time_zone": "UTC", **row}

    db.fill(
        reports=[report("r1", expected_runtime=10.0), report("r2"), report("old", archived=True)],
        datasets=[dataset("d1", expected_runtime=2.5)],
        report_schedules=[
            schedule("daily", "daily", cron_hour=7),
            schedule("workdays", "daily", cron_hour=8, day_of_week="Monday,Tuesday,Wednesday,Thursday,Friday"),
            schedule("elsewhere", "daily", cron_hour=9, time_zone="Pacific Time (US & Canada)",
                     next_scheduled_run=at("2026-06-01T16:30")),
            schedule("no hour", "weekly", of="r2", time_zone=None),
            schedule("twice a week", "weekly", cron_hour=0, day_of_week="Monday,Thursday", of="d1"),
            schedule("monthly", "monthly", cron_hour=23, day_of_month="1"),
            schedule("hourly", "hourly", cron_hour=3),
            schedule("quarters", "every_15_minutes"),
            schedule("new kind", "fortnightly", cron_hour=1),
            schedule("of archived", "daily", of="old", cron_hour=7),
        ],
    )  # fmt: skip
    sql = """SELECT schedule_token, count(*), min(hour_utc), max(hour_utc),
                    round(CAST(sum(runs_per_week) AS numeric), 2), round(CAST(sum(seconds_per_week) AS numeric), 1)
             FROM schedule_load GROUP BY schedule_token ORDER BY 1"""
    assert [tuple(float(v) if v is not None and i > 3 else v for i, v in enumerate(row)) for row in db.ask(sql)] == [
        ("daily", 1, 7, 7, 7.0, 70.0),
        ("elsewhere", 1, 16, 16, 7.0, 70.0),
        ("hourly", 24, 0, 23, 168.0, 1680.0),
        ("monthly", 1, 23, 23, 0.23, 2.3),
        ("new kind", 1, 1, 1, None, None),
        ("no hour", 1, None, None, 1.0, None),
        ("quarters", 24, 0, 23, 672.0, 6720.0),
        ("twice a week", 1, 0, 0, 2.0, 5.0),
        ("workdays", 1, 8, 8, 5.0, 50.0),
    ]


def test_reports_using_table(db: Database) -> None:
    db.fill(**LINEAGE)
    sql = """SELECT platform, report_token, kind, queries, charts, certainty, through_datasets, archived
             FROM reports_using_table WHERE table_full_name = 'dwh.public.orders' ORDER BY 1, 2"""
    assert db.ask(sql) == [
        ("redshift", "old", "report", 1, 0, "certain", None, True),
        ("snowflake", "d1", "dataset", 1, 0, "certain", None, False),
        ("snowflake", "old", "report", 1, 0, "certain", None, True),
        ("snowflake", "r1", "report", 2, 3, "likely", None, False),
        ("snowflake", "r3", "report", 1, 1, "certain", "Dataset: Sales", False),
    ]
    assert db.ask(
        "SELECT report_token FROM reports_using_table WHERE table_name = 'orders' AND schema_name IS NULL"
    ) == [("r2",)]
    assert db.ask(
        "SELECT report_token, table_name, queries FROM reports_using_table WHERE dataset_name = 'Dataset: Sales'"
    ) == [("r3", "d1", 1)]
    assert db.ask("SELECT * FROM reports_using_table WHERE table_name = 'tmp'") == []


def test_table_usage(db: Database) -> None:
    db.fill(**LINEAGE)
    columns = (
        "reports, datasets, archived_reports, queries, charts, scheduled, owners, view_count, last_run_at, certainty"
    )
    assert db.ask(f"SELECT platform, table_full_name, {columns} FROM table_usage ORDER BY 1, 2") == [
        ("modedatasets", "d1", 1, 0, 0, 1, 1, 0, 0, 5, None, "certain"),
        ("redshift", "dwh.public.orders", 0, 0, 1, 0, 0, 0, 0, None, None, "certain"),
        ("snowflake", "dwh.public.orders", 2, 1, 1, 4, 4, 1, 1, 105, at("2026-05-01"), "certain"),
        ("snowflake", "orders", 1, 0, 0, 1, 0, 0, 1, None, None, "certain"),
    ]


def test_reports_using_column(db: Database) -> None:
    def column(query: str, of: str, output: str | None, source: str | None, **more: Any) -> dict[str, Any]:
        return {"query_token": query, "report_token": of, "output_column": output, "source_database": "DWH",
                "source_schema": "PUBLIC", "source_table": "ORDERS", "source_column": source} | more  # fmt: skip

    db.fill(
        **{**LINEAGE, "query_tables": []},
        query_columns=[
            column("q1", "r1", "TOTAL", "AMOUNT", certainty="likely"),
            column("q1", "r1", "TAX", "AMOUNT", certainty="guess"),
            column("q2", "r1", "TOTAL", "AMOUNT", certainty="guess"),
            column("q3", "r2", None, "AMOUNT", source_database=None),
            column("qd", "d1", "AMOUNT", "AMOUNT"),
            column("q4", "r3", "N", None),  # a constant, or count(*)
            column("q9", "nowhere", "AMOUNT", "AMOUNT"),
        ],
        chart_fields=[
            {"chart_token": "h1", "query_token": "q1", "usage": "y", "output_column": "Total"},
            {"chart_token": "h1", "query_token": "q1", "usage": "filter", "output_column": "TAX"},
            {"chart_token": "h2", "query_token": "q1", "usage": "y", "output_column": "OTHER"},
            {"chart_token": "h3", "query_token": "q1", "usage": "y", "output_column": None},
            {"chart_token": "h4", "query_token": "q2", "usage": "y", "output_column": "TOTAL"},
        ],
    )
    columns = "column_full_name, report_token, kind, queries, charts, output_columns, certainty"
    assert db.ask(f"SELECT {columns} FROM reports_using_column WHERE column_name = 'amount' ORDER BY 1, 2") == [
        ("dwh.public.orders.amount", "d1", "dataset", 1, 0, "AMOUNT", "certain"),
        ("dwh.public.orders.amount", "r1", "report", 2, 2, "TAX, TOTAL", "likely"),
        ("public.orders.amount", "r2", "report", 1, 0, None, "certain"),
    ]
    assert db.ask("SELECT count(*) FROM reports_using_column") == [(3,)]


def test_definition_impact(db: Database) -> None:
    """Directly, through another definition, through a dataset; definitions that are missing."""

    def used(query: str, of: str, name: str, token: str | None, via: str | None = None) -> dict[str, Any]:
        return {
            "query_token": query,
            "report_token": of,
            "definition_name": name,
            "definition_token": token,
            "via": via,
        }

    db.fill(
        **LINEAGE,
        query_definitions=[
            used("q1", "r1", "base", "t1"),
            used("q1", "r1", "base", "t1", via="other"),
            used("q2", "r1", "base", "t1", via="more"),
            used("qd", "d1", "base", "t1", via="other"),
            used("q3", "r2", "gone", None),
            used("qo", "old", "base", "t1"),
            used("q9", "nowhere", "base", "t1"),
        ],
    )
    columns = "definition_name, definition_token, missing, report_token, kind, directly, via, through_datasets, queries"
    assert db.ask(f"SELECT {columns} FROM definition_impact ORDER BY 1, 4") == [
        ("base", "t1", False, "d1", "dataset", False, "other", None, 1),
        ("base", "t1", False, "old", "report", True, None, None, 1),
        ("base", "t1", False, "r1", "report", True, "more, other", None, 2),
        ("base", "t1", False, "r3", "report", False, "other", "Dataset: Sales", 1),
        ("gone", None, True, "r2", "report", True, None, None, 1),
    ]
