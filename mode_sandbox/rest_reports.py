"""Paths below ``/reports``, ``/datasets`` and the report lists (docs/mode-api.md#s4 and #s6)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

from . import paging, render_reports, runs
from .clock import stamp
from .model import DataSource, Report, columns_of
from .model_parts import FieldDescription
from .wire import Refusal

if TYPE_CHECKING:
    from .workspace import Workspace

Row = dict[str, Any]
Query = dict[str, str]


def _row(ws: Workspace, report: Report) -> Row:
    return render_reports.dataset_row(ws, report) if report.is_dataset else render_reports.report_row(ws, report)


def listing(ws: Workspace, reports: Sequence[Report], href: str, query: Query) -> Row:
    """Reports or datasets of a collection: 30 a page, ``per_page`` ignored, no block, no next link.

    Datasets come under ``_embedded.reports`` with a ``self`` that says ``/reports`` as well (docs/mode-api.md#quirk-3).
    """
    chosen = paging.selected(reports, query, ws.quirks)
    page = paging.cut(chosen, paging.number(query, "page", 1), ws.quirks.page_size, ws.quirks.past_end)
    return paging.embed(href, "reports", None if page is None else [_row(ws, report) for report in page])


def by_source(ws: Workspace, source: DataSource, what: Literal["reports", "datasets"], query: Query) -> Row:
    """Reports (or datasets) with a query on this data source, a row per query (docs/mode-api.md#quirk-11)."""

    def build() -> list[Report]:
        found: dict[str, list[Report]] = {}
        for item in ws.by_source.get(source.id, {}).values():
            report = ws.reports[item.report_token]
            if report.is_dataset == (what == "datasets") and ws.is_listed(report):
                found.setdefault(report.token, []).append(report)
        return [report for rows in found.values() for report in rows]

    rows = ws.memo(("by source", source.token, what), build)
    return listing(ws, rows, f"/api/{ws.slug}/data_sources/{source.token}/reports", query)


def route(ws: Workspace, kind: str, rest: list[str], query: Query) -> Row:
    """Everything below ``/api/{ws}/reports`` and ``/api/{ws}/datasets``. Numeric ids do not route."""
    if not rest:
        raise Refusal(404, "request path not recognized")  # no list of all reports (docs/mode-api.md#s5-1)
    report = ws.reports.get(rest[0])
    if report is None or (kind == "datasets" and not report.is_dataset) or not _answers(ws, report):
        raise Refusal(404, "dataset not found" if kind == "datasets" else "report not found")
    api = f"/api/{ws.slug}/{kind}/{report.token}"
    match rest[1:]:
        case []:
            return render_reports.single(ws, report, as_dataset=kind == "datasets")
        case ["queries", *below] if kind == "reports":
            return _queries(ws, report, below, api)
        case ["filters"] if kind == "reports":
            return paging.embed(
                f"{api}/filters",
                "report_filters",
                [runs.filter_row(ws, report, item) for item in report.filters.values()],
            )
        case ["schedules"]:
            rows = list(report.schedules.values())
            page = paging.cut(rows, paging.number(query, "page", 1), ws.quirks.page_size, ws.quirks.past_end)
            found = None if page is None else [runs.schedule_row(ws, report, item) for item in page]
            return paging.embed(f"{api}/schedules", "report_schedules", found)
        case ["subscriptions"]:
            subscriptions = [
                runs.subscription_row(ws, report, schedule, subscription)
                for schedule in report.schedules.values()
                for subscription in schedule.subscriptions.values()
            ]
            return paging.embed(f"{api}/subscriptions", "report_subscriptions", subscriptions)
        case ["runs", *below]:
            return _runs(ws, report, below, query, api)
        case ["reports"] if kind == "datasets":
            return paging.embed(f"{api}/reports", "reports", _dependents(ws, report))
        case ["fields"] if kind == "datasets":
            return paging.embed(f"{api}/fields", "fields", _fields(report))
        case ["field_descriptions"] if kind == "datasets":
            described = paging.cut(list(report.field_descriptions.values()), paging.number(query, "page", 1),
                                   ws.quirks.page_size, ws.quirks.past_end)  # fmt: skip
            rows_of = None if described is None else [_description(api, item) for item in described]
            return paging.embed(f"{api}/field_descriptions", "field_descriptions", rows_of)
    raise Refusal(404, "request path not recognized")


def _answers(ws: Workspace, report: Report) -> bool:
    space = ws.collections.get(report.space_token)
    return space is not None and (space.listed or ws.quirks.personal_reports_by_token)


def _queries(ws: Workspace, report: Report, below: list[str], api: str) -> Row:
    """Queries and charts: page-less; the path's report is not checked (docs/mode-api.md#quirk-16)."""
    if not below:
        rows = [render_reports.query_row(ws, query) for query in report.queries.values()]
        return paging.embed(f"{api}/queries", "queries", rows)
    query = ws.queries.get(below[0])
    if query is None:
        raise Refusal(404, "query not found")
    match below[1:]:
        case []:
            return render_reports.query_row(ws, query)
        case ["charts"]:
            charts = [render_reports.chart_row(ws, chart) for chart in query.charts.values()]
            return paging.embed(f"{api}/queries/{query.token}/charts", "charts", charts)
        case ["charts", token] if token in ws.charts:
            return render_reports.chart_row(ws, ws.charts[token])
        case ["charts", _]:
            raise Refusal(404, "chart not found")
    raise Refusal(404, "request path not recognized")


def _runs(ws: Workspace, report: Report, below: list[str], query: Query, api: str) -> Row:
    """Runs, newest first, with a full block; ``filter`` is a reproducible 500 (docs/mode-api.md#s6-4)."""
    if not below:
        if "filter" in query:
            raise Refusal(500, "something went wrong")
        most = 1000 if report.is_dataset else 30  # a dataset's runs honour per_page (docs/mode-api.md#s4)
        size = min(paging.number(query, "per_page", 30), most)
        numbers = range(report.runs_count, 0, -1)
        if query.get("order") == "asc":
            numbers = range(1, report.runs_count + 1)
        return paging.counted(
            f"{api}/runs", "report_runs", numbers, query, size, "empty", lambda n: runs.run_row(ws, report, n)
        )
    found = next((n for n in range(report.runs_count, 0, -1) if runs.run_token(report, n) == below[0]), None)
    if found is None:
        raise Refusal(404, "report run not found")
    if below[1:] == ["query_runs"]:
        return paging.embed(f"{api}/runs/{below[0]}/query_runs", "query_runs", runs.query_runs(ws, report, found))
    if below[1:]:
        raise Refusal(404, "request path not recognized")
    return runs.run_row(ws, report, found)


def _dependents(ws: Workspace, dataset: Report) -> list[Row]:
    """Users of a dataset: four keys, ``creator`` a display name (modesdk_dataset_dependencies.json)."""

    def build() -> dict[str, list[Report]]:
        users: dict[str, list[Report]] = {}
        for report in ws.reports.values():
            for token in report.imported_datasets:
                users.setdefault(token, []).append(report)
        return users

    rows = []
    for report in ws.memo(("dependents",), build).get(dataset.token, []):
        user = ws.user(report.creator)
        links = {"self": {"href": f"/api/{ws.slug}/reports/{report.token}"}}
        rows.append(
            {
                "token": report.token,
                "name": report.name,
                "creator": user.name if user else None,
                "_links": links,
            }
        )
    return rows


def _description(api: str, item: FieldDescription) -> Row:
    return {
        "token": item.token,
        "name": item.name,
        "description": item.text,
        "created_at": stamp(item.created_at),
        "updated_at": stamp(item.updated_at),
        "_links": {"self": {"href": f"{api}/field_descriptions/{item.token}"}},
    }


def _fields(dataset: Report) -> list[Row]:
    return [
        {"name": column, "type": "timestamp" if column.endswith(("_at", "_on")) else "string"}
        for column in columns_of(dataset)
    ]
