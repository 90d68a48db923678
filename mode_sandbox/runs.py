"""Report runs, schedules and filters as Mode sends them.

Sources: docs/mode-api.md#s6-4, #s6-5; modesdk_report_run.json, modesdk_report_schedule.json.

Old runs are not stored: the n-th run's token and time follow from the report, so they never change.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

from .clock import DAY, stamp
from .model import Report, ReportFilter, Schedule

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]

_DAYS_OF_MONTH = {"monthly": "1"}


def run_token(report: Report, number: int) -> str:
    """The token of the n-th run (1 is the oldest)."""
    return hashlib.md5(f"run {report.token} {number}".encode()).hexdigest()[:12]


def latest_run_token(report: Report) -> str | None:
    """The token of the newest run, None when there was none."""
    return run_token(report, report.runs_count) if report.last_run_at is not None else None


def run_started(report: Report, number: int) -> int:
    """When the n-th run started."""
    if number > report.older_runs:
        return report.newer_runs[number - report.older_runs - 1]
    return (report.older_last_at or report.created_at) - (report.older_runs - number) * DAY


def run_row(ws: Store, report: Report, number: int) -> Row:
    """The n-th run."""
    api = f"/api/{ws.slug}/reports/{report.token}"
    token, started = run_token(report, number), run_started(report, number)
    finished = started + report.runtime_ms
    latest = number == report.runs_count
    return {
        "token": token,
        "state": "succeeded",
        "parameters": {"region": ["emea"]} if number % 2 else {},
        "form_fields": [],
        "created_at": stamp(started),
        "updated_at": stamp(finished + 8),
        "completed_at": stamp(finished),
        "purge_started_at": None,
        "purge_completed_at": None,
        "python_state": "none",
        "is_latest_report_run": latest,
        "is_latest_successful_report_run": latest,
        "report_has_failures_since_last_success": False,
        "has_more_recent_successful_run_available": not latest,
        "pusher_channel_name": f"report_run_{token}",
        "_links": {
            "self": {"href": f"{api}/runs/{token}"},
            "report": {"href": api},
            "query_runs": {"href": f"{api}/runs/{token}/query_runs"},
            "executed_by": {"href": f"/api/{ws.username(report.creator)}"},
        },
    }


def query_runs(ws: Store, report: Report, number: int) -> list[Row]:
    """The query runs of the n-th run: ``id`` equals ``token``, no ``updated_at``."""
    started = run_started(report, number)
    rows: list[Row] = []
    for query in report.queries.values():
        token = hashlib.md5(f"query run {query.token} {number}".encode()).hexdigest()[:12]
        source = ws.data_source_by_id(query.data_source_id)
        rows.append(
            {
                "id": token, "token": token, "state": "succeeded", "created_at": stamp(started),
                "completed_at": stamp(started + report.runtime_ms), "query_token": query.token,
                "query_name": query.name, "query_created_at": stamp(query.created_at),
                "data_source_id": ws.sent_id(query.data_source_id),
                "data_source_token": source.token if source else None, "raw_source": query.raw_query,
                "rendered_source": query.raw_query, "parameters": {}, "limit": False,
                "max_result_bytes": 5_000_000_000,
            }
        )  # fmt: skip
    return rows


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
