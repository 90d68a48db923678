"""Runs of reports, their schedules, filters and subscriptions as Mode sends them.

Sources: docs/mode-api.md#s6-4, #s6-5; modesdk_report_run.json, modesdk_query_run_failed.json,
modesdk_report_schedule.json.

Old runs are not stored: the n-th run's token, time and end follow from the report, so they never change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .clock import DAY, stamp
from .model import Report, ReportFilter, Schedule
from .model_parts import Run, Subscription

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]

_DAYS_OF_MONTH = {"monthly": "1"}
ERRORS = (
    ("SqlUnknownFunction", "ERROR: function date_diff(...) does not exist"),
    ("SqlUndefinedTable", 'ERROR: relation "finance.orders_old" does not exist'),
    ("QueryTimeout", "Query exceeded the time limit of 3600 seconds"),
)
FAILED, SUCCEEDED, ENQUEUED = "failed", "succeeded", "enqueued"


def run_token(report: Report, number: int) -> str:
    """The token of the n-th run (1 is the oldest)."""
    return hashlib.md5(f"run {report.token} {number}".encode()).hexdigest()[:12]


def latest_run_token(report: Report) -> str | None:
    """The token of the newest run, None when there was none."""
    return run_token(report, report.runs_count) if report.last_run_at is not None else None


def successful_run_token(report: Report) -> str | None:
    """The token of the newest run that succeeded, None when none did."""
    number = last_success(report)
    return run_token(report, number) if number and report.last_run_at is not None else None


def last_success(report: Report) -> int:
    """The number of the newest run that succeeded; 0 when none did."""
    numbers = range(report.runs_count, 0, -1)
    return next((number for number in numbers if run_of(report, number).state == SUCCEEDED), 0)


def run_of(report: Report, number: int) -> Run:
    """The n-th run."""
    if number > report.older_runs:
        return report.newer_runs[number - report.older_runs - 1]
    started = (report.older_last_at or report.created_at) - (report.older_runs - number) * DAY
    good = report.older_runs - report.older_failures  # this one succeeded, later ones failed, one in 13 earlier ones
    failed = number > good or (number < good and int(run_token(report, number), 16) % 13 == 0)
    return Run(
        started,
        started + report.runtime_ms,
        FAILED if failed else SUCCEEDED,
        report.older_ran,
        error=ERRORS[int(report.token[0], 16) % len(ERRORS)] if failed else None,
    )


def break_last_runs(report: Report) -> None:
    """Some of the last old runs failed, but not the first of all."""
    report.older_failures = min(report.older_runs - 1, 1 + int(report.token, 16) % 4)
    report.last_successfully_run_at = run_of(report, last_success(report)).finished


def run_row(ws: Store, report: Report, number: int) -> Row:
    """The n-th run."""
    api = f"/api/{ws.slug}/reports/{report.token}"
    token, run = run_token(report, number), run_of(report, number)
    good = last_success(report)
    links: Row = {
        "self": {"href": f"{api}/runs/{token}"},
        "report": {"href": api},
        "query_runs": {"href": f"{api}/runs/{token}/query_runs"},
    }
    if run.schedule:
        links["report_schedule"] = {"href": f"{api}/schedules/{run.schedule}"}
    else:
        links["executed_by"] = {"href": f"/api/{ws.username(report.creator)}"}
    return {
        "token": token,
        "state": run.state,
        "parameters": {"region": ["emea"]} if number % 2 else {},
        "form_fields": [],
        "created_at": stamp(run.started),
        "updated_at": stamp(run.started if run.finished is None else run.finished + 8),
        "completed_at": stamp(run.finished),
        "purge_started_at": None,
        "purge_completed_at": None,
        "python_state": "none",
        "is_latest_report_run": number == report.runs_count,
        "is_latest_successful_report_run": number == good,
        "report_has_failures_since_last_success": any(
            run_of(report, later).state == FAILED for later in range(good + 1, report.runs_count + 1)
        ),
        "has_more_recent_successful_run_available": number < good,
        "pusher_channel_name": f"report_run_{token}",
        "_links": links,
    }


def query_run_token(query: str, run: str) -> str:
    """The token of a query's run."""
    return hashlib.md5(f"query run {query} {run}".encode()).hexdigest()[:12]


def query_runs(ws: Store, report: Report, number: int) -> list[Row]:
    """The query runs of the n-th run: ``id`` equals ``token``, no ``updated_at``; of a failed one, the first failed."""
    run, rows = run_of(report, number), []
    for position, ran in enumerate(run.ran):
        token = query_run_token(ran.query_token, run_token(report, number))
        source = ws.data_source_by_id(ran.data_source_id)
        failed = run.error if position == 0 else None
        row: Row = {
            "id": token, "token": token,
            "state": run.state if run.state != FAILED or failed else SUCCEEDED,
            "created_at": stamp(run.started), "completed_at": stamp(run.finished), "query_token": ran.query_token,
            "query_name": ran.query_name, "query_created_at": stamp(ran.query_created_at),
            "data_source_id": ws.sent_id(ran.data_source_id),
            "data_source_token": source.token if source else None, "raw_source": ran.raw_query,
            "rendered_source": ran.raw_query, "parameters": {}, "limit": False,
            "max_result_bytes": 5_000_000_000,
        }  # fmt: skip
        if failed:
            code, message = failed
            row |= {"error_type": "generic", "error_code": code, "error_message": message,
                    "help_url": "https://mode.com/help"}  # fmt: skip
        rows.append(row)
    return rows


def subscription_row(ws: Store, report: Report, schedule: Schedule, subscription: Subscription) -> Row:
    """A subscription of a schedule."""
    api = f"/api/{ws.slug}/reports/{report.token}"
    own = f"{api}/subscriptions/{subscription.token}"
    row: Row = {
        "token": subscription.token,
        "csv_attachments_enabled": subscription.csv,
        "pdf_attachments_enabled": False,
        "data_previews_enabled": True,
        "data_tables_enabled": False,
        "report_links_enabled": True,
        "email_subscriber_count": subscription.email_subscriber_count,
        "_links": {
            "self": {"href": own},
            "report_schedule": {"href": f"{api}/schedules/{schedule.token}"},
            "email_subscription_memberships": {"href": f"{own}/email_memberships"},
            "slack_subscription_memberships": {"href": f"{own}/slack_memberships"},
        },
    }
    if not ws.quirks.subscription_tokens:
        del row["token"]
    return row


def schedule_row(ws: Store, report: Report, schedule: Schedule) -> Row:
    """A schedule; ``hour`` and ``minute`` are prose (docs/mode-api.md#quirk-12, modesdk_report_schedule.json)."""
    api = f"/api/{ws.slug}/reports/{report.token}"
    half = "am" if schedule.hour < 12 else "pm"
    prose = "the top of the hour" if schedule.minute == 0 else f"{schedule.minute} minutes past the hour"
    return {
        "token": schedule.token,
        "name": schedule.name,
        "frequency": schedule.frequency,
        "hour": f"{schedule.hour % 12 or 12}:00 {half}",
        "cron_hour": schedule.hour,
        "minute": prose,
        "cron_minute": schedule.minute,
        "day_of_week": schedule.day_of_week,
        "day_of_month": _DAYS_OF_MONTH.get(schedule.frequency),
        "time_zone": "UTC",
        "parameters": {},
        "timeout": 3600,
        "subscribed": False,
        "subscriber_count": schedule.subscriber_count,
        "report_name": report.name,
        "report_type": report.type,
        "report_token": report.token,
        "retry_state": None,
        "retry_count": 0,
        "retry_delay": None,
        "created_at": stamp(schedule.created_at),
        "updated_at": stamp(schedule.updated_at),
        "last_scheduled_run": stamp(schedule.last_run_at),
        "next_scheduled_run": stamp(schedule.last_run_at + DAY) if schedule.last_run_at else None,
        "last_run_at": stamp(schedule.last_run_at),
        "last_succeeded_at": stamp(schedule.last_run_at),
        "_links": {
            "self": {"href": f"{api}/schedules/{schedule.token}"},
            "report": {"href": api},
            "report_subscriptions": {"href": f"{api}/schedules/{schedule.token}/subscriptions"},
        },
    }


def filter_row(ws: Store, report: Report, item: ReportFilter) -> Row:
    """A report filter."""
    api = f"/api/{ws.slug}/reports/{report.token}"
    return {
        "token": item.token,
        "id": ws.sent_id(item.id),
        "report_id": ws.sent_id(report.id),
        "name": item.name,
        "formula": f"[{item.column}]",
        "formula_type": "FIELD",
        "data_type": "STRING",
        "filter_type": "DISCRETE",
        "control_type": "MULTI_SELECT",
        "variable_type": "DISCRETE",
        "options": {"default": {"all": False, "values": list(item.values), "selectionMode": "INCLUDE"}},
        "hide_select_all": False,
        "show_relevant_values_only": False,
        "row_order": 0,
        "next_filter_token": None,
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.updated_at),
        "_links": {"self": {"href": f"{api}/filters/{item.token}"}, "report": {"href": api}},
    }
