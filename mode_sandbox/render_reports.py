"""Reports, datasets and what belongs to them as Mode sends them: the keys, links and forms of the recordings.

Sources: datahub_reports_by_collection.json, datahub_datasets_by_collection.json, datahub_dataset_single.json,
datahub_queries.json, datahub_dataset_queries.json, datahub_charts.json; docs/mode-api.md#s6.
"""

from __future__ import annotations

import hashlib
import itertools
from typing import TYPE_CHECKING, Any

from . import vegas
from .clock import stamp
from .model import Chart, Query, Report
from .runs import latest_run_token, successful_run_token

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]

_calls = itertools.count(1)
WEB = "https://app.mode.com"


def link(href: str) -> Row:
    """A HAL link."""
    return {"href": href}


def template(href: str) -> Row:
    """A HAL link that cannot be called as it is."""
    return {"templated": True, "href": href}


def creator_links(ws: Store, member: str | None) -> Row:
    """The ``creator`` link, or nothing when there is no creator."""
    username = ws.username(member)
    return {"creator": link(f"/api/{username}")} if username else {}


def _counts(ws: Store, report: Report) -> Row:
    quirks = ws.quirks
    row: Row = {}
    if quirks.shows_counts(report):
        row["query_count"] = quirks.count(report.query_count)
        if not report.is_dataset:
            row["chart_count"] = quirks.count(report.chart_count)
    row["runs_count"] = quirks.count(report.runs_count)
    row["schedules_count"] = quirks.count(len(report.schedules))
    row["view_count"] = quirks.count(report.view_count)
    return row


def _common(ws: Store, report: Report) -> Row:
    """What every row of a report or dataset has, in listings and alone."""
    first = next(iter(report.queries.values()), None)
    return {
        "token": report.token,
        "id": ws.sent_id(report.id),
        "name": report.name,
        "description": report.description,
        "created_at": stamp(report.created_at),
        "updated_at": stamp(report.updated_at),
        "edited_at": stamp(report.edited_at),
        "type": report.type,
        "last_successful_sync_at": None,
        "last_saved_at": stamp(report.last_saved_at),
        "space_token": report.space_token,
        "account_id": ws.sent_id(ws.account_id),
        "account_username": ws.slug,
        "public": report.public,
        "manual_run_disabled": False,
        "run_privately": True,
        "drilldowns_enabled": not report.is_dataset,
        "last_successfully_run_at": stamp(report.last_successfully_run_at),
        "last_run_at": stamp(report.last_run_at),
        "last_successful_run_token": successful_run_token(report),
        "query_preview": (first.raw_query or "")[:120] if first else None,
        "thoughtspot_published_at": None,
        **_counts(ws, report),
    }


def report_row(ws: Store, report: Report) -> Row:
    """A report in a collection's or data source's listing."""
    row = _common(ws, report)
    row |= {
        "published_at": stamp(report.published_at),
        "theme_id": ws.sent_id(report.theme_id),
        "color_mappings": {},
        "archived": report.archived,
        "full_width": False,
        "drill_anywhere_enabled": False,
        "is_embedded": report.is_embedded,
        "is_signed": False,
        "shared": False,
        "expected_runtime": report.runtime_ms / 1000,
        "max_query_count": ws.quirks.count(160),
        "has_imported_datasets": bool(report.imported_datasets),
        "has_schedules_with_invalid_intervals": False,
        **_volatile(ws, report),
        "_links": report_links(ws, report),
        "_forms": _forms(ws, report),
    }
    return row


def dataset_row(ws: Store, report: Report) -> Row:
    """A dataset in a collection's listing: other keys than a report's row (docs/mode-api.md#s6-1)."""
    space = ws.collections.get(report.space_token)
    row = _common(ws, report)
    row |= {
        "collection_name": space.name if space else None,
        "collection_token": report.space_token,
        "is_sample": False,
        "max_query_count": ws.quirks.count(1),
        "switch_view_token": hashlib.md5(f"view {report.token}".encode()).hexdigest()[:12],
        "_links": report_links(ws, report),
        "_forms": _forms(ws, report),
    }
    return row


def single(ws: Store, report: Report, *, as_dataset: bool = False) -> Row:
    """``GET /reports/{t}`` or ``/datasets/{t}``: other keys than in listings (docs/mode-api.md#quirk-5, #quirk-6)."""
    if report.is_dataset:
        row = _common(ws, report)
        row |= {
            "published_at": stamp(report.published_at),
            "archived": report.archived,
            "drill_anywhere_enabled": False,
            "expected_runtime": report.runtime_ms / 1000,
            "max_query_count": ws.quirks.count(160),
            "_links": report_links(ws, report),
            "_forms": _forms(ws, report),
        }
        if as_dataset:  # mode-sdk saw no description here
            del row["description"]
        return row
    row = report_row(ws, report)
    del row["has_imported_datasets"]
    row["imported_datasets"] = [{"token": token} for token in report.imported_datasets if token in ws.reports]
    row["layout"] = f"<div class='mode-header'>{report.token}</div>"
    return row


def _volatile(ws: Store, report: Report) -> Row:
    """Values that differ on every call: a presigned URL and a signed blob (docs/mode-api.md#s2)."""
    nonce = f"{report.token} {next(_calls) if ws.quirks.volatile else 0}"
    seal = hashlib.md5(nonce.encode()).hexdigest()
    image = (
        f"https://s3.us-west-2.amazonaws.com/mode.production/report-run-previews/web/{ws.slug}/{report.token}/"
        f"{latest_run_token(report)}?X-Amz-Signature={seal}&X-Amz-Expires=119"
    )
    return {"web_preview_image": image if report.last_run_at else None, "flamingo_signature": f"fl.{seal}"}


def report_links(ws: Store, report: Report) -> Row:
    """``_links`` of a report or dataset."""
    api, token = f"/api/{ws.slug}/reports/{report.token}", report.token
    word = "datasets" if report.is_dataset else "reports"
    links: Row = {
        "self": link(api),
        "web": link(f"{WEB}/{ws.slug}/{word}/{token}"),
        "web_edit": link(f"/editor/{ws.slug}/{word}/{token}"),
        "account": link(f"/api/{ws.slug}"),
        "report_run": template(f"{api}/runs/{{id}}?embed[result]=1"),
        "space": link(f"/api/{ws.slug}/collections/{report.space_token}"),
        "space_links": link(f"{api}/space_links"),
        "queries": link(f"{api}/queries"),
        "report_runs": link(f"{api}/runs"),
        "report_pins": link(f"{api}/pins"),
        "report_schedules": link(f"{api}/schedules"),
        "report_index_web": link(f"/{ws.slug}/spaces/{report.space_token}"),
    }
    if report.is_dataset:
        links["dataset_dependencies"] = link(f"/api/{ws.slug}/datasets/{token}/reports")
    else:
        links |= {
            "csv_export": link(f"{api}/results/content.csv"),
            "share": link(f"/{ws.slug}/reports/{token}"),
            "web_report_runs": link(f"/{ws.slug}/reports/{token}/runs"),
            "report_filters": link(f"{api}/filters"),
            "report_subscriptions": link(f"{api}/subscriptions"),
            "python_visualizations": link(f"{api}/layout_cells"),
            "report_theme": link("/api/modeanalytics/report_themes/3818837139b7"),
            "validate_email_subscriber": template(f"{api}/email_report_subscribers/validate{{?subscriber[email]}}"),
        }
    latest = latest_run_token(report)
    if latest:
        links["last_run"] = link(f"{api}/runs/{latest}")
    successful = successful_run_token(report)
    if successful:
        links["last_successful_run"] = link(f"{api}/runs/{successful}")
    if ws.quirks.shows_creator(report):
        links |= creator_links(ws, report.creator)
    return links


def _forms(ws: Store, report: Report) -> Row:
    api = f"/api/{ws.slug}/reports/{report.token}"
    edit = {
        "name": {"type": "text", "value": report.name},
        "description": {"type": "text", "value": report.description},
        "account_id": {"type": "text", "value": ws.sent_id(ws.account_id)},
        "space_token": {"type": "text", "value": report.space_token},
    }
    return {
        "edit": {"method": "patch", "action": api, "input": {"report": edit}},
        "destroy": {"method": "delete", "action": api},
        "archive": {"method": "patch", "action": f"{api}/archive"},
        "unarchive": {"method": "patch", "action": f"{api}/unarchive"},
    }


def query_row(ws: Store, query: Query) -> Row:
    """A query; no ``report_token``, no ``chart_count`` (docs/mode-api.md#s6-2)."""
    report = f"/api/{ws.slug}/reports/{query.report_token}"
    api = f"{report}/queries/{query.token}"
    parent = ws.reports.get(query.report_token)
    source_id = ws.sent_id(query.data_source_id)
    links: Row = {
        "self": link(api),
        "report": link(report),
        "report_runs": link(f"{report}/runs"),
        "query_runs": link(f"{api}/runs"),
    }
    row: Row = {
        "id": ws.sent_id(query.id),
        "token": query.token,
        "raw_query": query.raw_query,
        "created_at": stamp(query.created_at),
        "updated_at": stamp(query.updated_at),
        "name": query.name,
        "last_run_id": ws.sent_id(query.last_run_id),
        "data_source_id": source_id,
        "explorations_count": ws.quirks.count(query.explorations_count),
    }
    if parent is not None and parent.is_dataset:
        row |= {"report_imports_count": ws.quirks.count(1), "dbt_metric_id": None}
    else:
        links |= {
            "charts": link(f"{api}/charts"),
            "new_chart": link(f"{api}/charts/new"),
            "query_tables": link(f"{api}/tables"),
            "new_query_table": link(f"{api}/tables/new"),
        }
    if query.last_run_id is None:  # frequently missing rather than null (docs/mode-api.md#quirk-7)
        del row["last_run_id"]
    edit = {
        "raw_query": {"type": "text", "value": query.raw_query},
        "name": {"type": "text", "value": query.name},
        "data_source_id": {"type": "text", "value": source_id},
    }
    row["_links"] = links | creator_links(ws, query.creator)
    row["_forms"] = {
        "edit": {
            "method": "patch",
            "action": api,
            "content_type": "application/json",
            "input": {"query": edit},
        },
        "destroy": {"method": "delete", "action": api},
    }
    return row


def chart_row(ws: Store, chart: Chart) -> Row:
    """A chart; no numeric id and no parent tokens in the body (docs/mode-api.md#s6-3)."""
    report = f"/api/{ws.slug}/reports/{chart.report_token}"
    web = f"/{ws.slug}/reports/{chart.report_token}"
    api = f"{report}/queries/{chart.query_token}/charts/{chart.token}"
    return {
        "view": vegas.view(chart),
        "view_version": 2,
        "view_vegas": vegas.view_vegas(chart),
        "token": chart.token,
        "created_at": stamp(chart.created_at),
        "updated_at": stamp(chart.updated_at),
        "color_palette_token": vegas.PALETTE,
        "switch_view_token": hashlib.md5(f"view {chart.token}".encode()).hexdigest()[:12],
        "_links": {
            "self": link(api),
            "color_palette": link(f"/api/{ws.slug}/color_palettes/{vegas.PALETTE}"),
            "report_viz_web": link(f"{web}/viz/{chart.token}"),
            "preview": template(f"{report}/runs/{{token}}/charts/{chart.token}/preview"),
            "report_run_viz_web": template(f"{web}/runs/{{token}}/viz/{chart.token}"),
            **creator_links(ws, chart.creator),
        },
        "_forms": {"destroy": {"method": "delete", "action": api}},
    }
