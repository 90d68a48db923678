"""The truth, computed from the model and not over HTTP: what a complete extract of the workspace holds.

Keys, their order and the rules are those of docs/catalog-contract.md#files. What REST does not list (other people's
personal collections and what is in them, archived datasets) is not part of it (docs/mode-api.md#s1, #s6-1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import stamp
from .model import Collection, DataSource, Member, Report, columns_of
from .quirks import Quirks
from .runs import FAILED, query_run_token, run_of, run_token

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]


def files(ws: Store, quirks: Quirks) -> dict[str, list[Row]]:
    """The rows of the five files, sorted by token, values and types exactly as they are sent."""
    reports = [report for report in ws.reports.values() if not report.is_dataset and ws.is_listed(report)]
    found: dict[str, list[Row]] = {
        "datasource": [_datasource(ws, token) for token in ws.data_sources],
        "collection": [_collection(ws, space.token) for space in ws.collections.values() if space.listed],
        "report": [_report(ws, report, quirks) for report in reports],
        "query": [
            {
                "id": ws.sent_id(query.id),
                "token": query.token,
                "name": query.name,
                "data_source_id": ws.sent_id(query.data_source_id),
                "raw_query": query.raw_query,
                "report_token": report.token,
            }
            for report in reports
            for query in report.queries.values()
        ],
        "member": [_member(ws, member, quirks) for member in ws.members.values()],
    }
    return {name: sorted(rows, key=lambda row: str(row["token"])) for name, rows in found.items()}


def tables(ws: Store) -> dict[str, set[str]]:
    """The tokens of every table; queries, charts, schedules and runs of datasets are among them.

    Of query runs, those of failed runs; fields have no token, so theirs are ``dataset:name``.
    """
    listed = [report for report in ws.reports.values() if ws.is_listed(report)]
    queries = [query for report in listed for query in report.queries.values()]
    datasets = [report for report in listed if report.is_dataset]
    spaces = [space for space in ws.collections.values() if space.listed]
    ran = [(report, number) for report in listed for number in range(1, report.runs_count + 1)]
    return {
        "collections": {space.token for space in spaces},
        "data_sources": set(ws.data_sources),
        "reports": {report.token for report in listed if not report.is_dataset},
        "datasets": {report.token for report in datasets},
        "queries": {query.token for query in queries},
        "charts": {chart for query in queries for chart in query.charts},
        "definitions": set(ws.definitions),
        "members": set(ws.members),
        "groups": set(ws.groups),
        "group_memberships": set(ws.group_memberships),
        "report_schedules": {schedule for report in listed for schedule in report.schedules},
        "report_filters": {item for report in listed if not report.is_dataset for item in report.filters},
        "report_runs": {run_token(report, number) for report, number in ran},
        "query_runs": {
            query_run_token(query.query_token, run_token(report, number))
            for report, number in ran
            if run_of(report, number).state == FAILED
            for query in run_of(report, number).ran
        },
        "report_subscriptions": {
            subscription
            for report in listed
            if not report.is_dataset
            for schedule in report.schedules.values()
            for subscription in schedule.subscriptions
        },
        "dataset_fields": {
            f"{report.token}:{column}" for report in datasets for column in dict.fromkeys(columns_of(report))
        },
        "collection_permissions": {token for space in spaces for token in _shown(ws, space)},
        "data_source_permissions": {token for source in ws.data_sources.values() for token in _shown(ws, source)},
        "audit_logs": {entry.id for entry in ws.audit},
    }


def _shown(ws: Store, place: Collection | DataSource) -> set[str]:
    """The permissions that Mode shows: none of personal collections, none where it has no such lists."""
    personal = isinstance(place, Collection) and place.space_type == "private"
    return set() if personal or ws.quirks.permissions != "ok" else set(place.permissions)


def _datasource(ws: Store, token: str) -> Row:
    source = ws.data_sources[token]
    return {
        "id": ws.sent_id(source.id),
        "token": source.token,
        "name": source.name,
        "host": source.host,
        "display_name": source.display_name,
        "description": source.description,
        "database": source.database,
        "provider": source.provider,
        "vendor": source.vendor,
        "adapter": source.adapter,
        "created_at": stamp(source.created_at),
        "public": source.public,
        "queryable": source.queryable,
    }


def _collection(ws: Store, token: str) -> Row:
    space = ws.collections[token]
    return {
        "id": ws.sent_id(space.id),
        "token": space.token,
        "space_type": space.space_type,
        "name": space.name,
        "description": space.description,
        "state": "active",
        "default_access_level": space.default_access_level,
        "creator": ws.username(space.creator),
    }


def _report(ws: Store, report: Report, quirks: Quirks) -> Row:
    counts = quirks.shows_counts(report)
    return {
        "id": ws.sent_id(report.id),
        "token": report.token,
        "name": report.name,
        "description": report.description,
        "type": report.type,
        "archived": report.archived,
        "space_token": report.space_token,
        "public": report.public,
        "created_at": stamp(report.created_at),
        "updated_at": stamp(report.updated_at),
        "published_at": stamp(report.published_at),
        "edited_at": stamp(report.edited_at),
        "is_embedded": report.is_embedded,
        "query_count": quirks.count(report.query_count) if counts else None,
        "chart_count": quirks.count(report.chart_count) if counts else None,
        "view_count": quirks.count(report.view_count),
        "creator": ws.username(report.creator) if quirks.shows_creator(report) else None,
    }


def _member(ws: Store, member: Member, quirks: Quirks) -> Row:
    return {
        "id": ws.sent_id(member.id),
        "token": member.token,
        "username": member.username,
        "name": member.name,
        "email": member.email if quirks.user_emails or quirks.lite == "ok" else None,
        "created_at": stamp(member.created_at),
    }
