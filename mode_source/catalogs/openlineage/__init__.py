"""OpenLineage: `mode_openlineage.ndjson`, one event a line.

A query is a job, its result an output dataset. By default the events are those of its last run, which really happened,
as most consumers take nothing else. Events are never dated "now", so that the same state said again is the same run.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

import orjson

from ...settings import one_of
from ..assets import CERTAINTIES, Query, Removed, Report
from ..reading import Workspace
from ..writing import File
from .facets import CORE, PRODUCER, Facets, facet, iso

FILE = "mode_openlineage.ndjson"
Event = dict[str, Any]


@dataclass(frozen=True)
class OpenLineageOptions:
    """Section `[export.openlineage]`.

    Attributes:
        events: `run` for the last run of each query (queries that never ran have a job event), `job` for job events
            alone, and dataset events for what no longer exists.
        job_namespace: default `mode://HOST/WORKSPACE`.
        namespaces: namespace of the tables by name of the data source, where its host does not tell.
        include_archived: also archived reports.
        certainty: which lineage to believe: `certain`, `likely` or `guess`.
    """

    events: str = "run"
    job_namespace: str | None = None
    namespaces: Mapping[str, str] | None = None
    include_archived: bool = True
    certainty: str = "likely"

    def __post_init__(self) -> None:
        """Raises UsageError if a setting makes no sense."""
        one_of("certainty", self.certainty, *CERTAINTIES)
        one_of("events", self.events, "run", "job")


def files(workspace: Workspace, options: OpenLineageOptions, counts: Counter[str]) -> Iterator[File]:
    """The file of the export.

    Args:
        workspace: to export.
        options: see `OpenLineageOptions`.
        counts: receives what the summary says.
    """
    yield FILE, (orjson.dumps(event) + b"\n" for event in events(workspace, options, counts))


def events(workspace: Workspace, options: OpenLineageOptions, counts: Counter[str]) -> Iterator[Event]:
    """All events, by job, then those of what no longer exists."""
    host = workspace.base_url.partition("://")[2]
    job_namespace = options.job_namespace or f"mode://{host}"
    facets = Facets(workspace, job_namespace, options.namespaces or {}, options.certainty, counts)
    for report in workspace.assets():
        if report.archived and not options.include_archived:
            continue
        for query in report.queries:
            body = facets.body(query, report)
            ran = _ran(query, report) if options.events == "run" else None
            if ran:
                counts["runs"] += 1
                yield from _run_events(body, query, *ran)
            elif moment := _changed(query, report):
                counts["jobs"] += 1
                yield {"eventTime": iso(moment), **_about("JobEvent"), **body}
            else:
                counts["without_time"] += 1
    if options.events == "job":
        for asset in workspace.removed():
            if asset.entity in ("queries", "datasets") and asset.removed_at:
                counts["removed_assets"] += 1
                yield _dropped(asset, asset.removed_at, job_namespace)


def _about(kind: str) -> Event:
    return {"producer": PRODUCER, "schemaURL": f"{CORE}#/$defs/{kind}"}


def _run_events(body: Event, query: Query, state: str, moment: datetime) -> Iterator[Event]:
    job = body["job"]
    # The same run has the same id in every export.
    run = {"runId": str(uuid5(NAMESPACE_URL, f"{job['namespace']}/{job['name']}/{query.last_run_id}"))}
    about = {"eventTime": iso(moment), **_about("RunEvent"), "run": run}
    yield {**about, "eventType": "START", "job": {"namespace": job["namespace"], "name": job["name"]}}
    yield {**about, "eventType": state, **body}


def _ran(query: Query, report: Report) -> tuple[str, datetime] | None:
    """How and when a query last ran. Mode gives no start of a query's run: it is dated by the report's."""
    if not query.last_run_id:
        return None
    failed = report.last_run_token and report.last_run_token != report.last_successful_run_token
    if failed and report.last_run_at and (report.last_successful_run_token or not report.last_successfully_run_at):
        return "FAIL", report.last_run_at
    moment = report.last_successfully_run_at or report.last_run_at
    return ("COMPLETE", moment) if moment else None


def _changed(query: Query, report: Report) -> datetime | None:
    return query.updated_at or query.created_at or report.updated_at or report.created_at


def _dropped(asset: Removed, moment: datetime, namespace: str) -> Event:
    dropped = facet("facets/1-0-1/LifecycleStateChangeDatasetFacet", lifecycleStateChange="DROP")
    name = f"{asset.entity}/{asset.token}"
    dataset = {"namespace": namespace, "name": name, "facets": {"lifecycleStateChange": dropped}}
    return {"eventTime": iso(moment), **_about("DatasetEvent"), "dataset": dataset}
