"""Tests the settings and estimates the cost of a first load, with few requests; writes nothing."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import dlt
from dlt.common.configuration.inject import with_config
from dlt.common.typing import TSecretStrValue

from .api.client import BATCH, DEFAULT_HOST, ModeClient
from .api.paging import read_pages
from .entities import (
    AUDIT_LOGS,
    COLLECTION_PERMISSIONS,
    COLLECTIONS,
    DATA_SOURCE_PERMISSIONS,
    DATA_SOURCES,
    DATASET_FIELDS,
    DATASET_TYPE,
    DATASETS,
    DEFINITIONS,
    GROUPS,
    MEMBERS,
    REPORT_FILTERS,
    REPORT_RUNS,
    REPORT_SUBSCRIPTIONS,
    REPORTS,
    Entity,
)
from .errors import Gone, NoContent, ReadError
from .extract.filtered import FUTURE
from .settings import all_or_none, one_of, prepare, register

register()


@dataclass
class Findings:
    """The findings of `mode-source check`."""

    workspace: str
    key_scope: str
    counts: dict[str, int] = field(default_factory=dict)
    features: dict[str, str] = field(default_factory=dict)
    first_load_requests: int = 0
    first_load_minutes: float = 0.0
    optional_requests: dict[str, int] = field(default_factory=dict)

    def lines(self) -> list[str]:
        """For people."""
        return [
            f"Credentials work: {self.key_scope} key of workspace {self.workspace}.",
            "Visible: " + ", ".join(f"{count} {name}" for name, count in self.counts.items()) + ".",
            *(f"{name}: {answer}." for name, answer in self.features.items()),
            f"A first load takes about {self.first_load_requests} requests, {self.first_load_minutes:.0f} minutes.",
            "Off unless selected, and the requests that a first load then takes in addition: "
            + ", ".join(f"{name} {count}" for name, count in self.optional_requests.items())
            + "; query_runs one for each run that failed.",
        ]


@with_config(sections=("sources", "mode"))
def findings_of(
    workspace: str = dlt.config.value,
    token: TSecretStrValue = dlt.secrets.value,
    secret: TSecretStrValue = dlt.secrets.value,
    host: str = DEFAULT_HOST,
    requests_per_10s: int = 40,
    request_timeout: float = 60.0,
    max_attempts: int = 8,
    collection_filter: str = "all",
    discovery_token: TSecretStrValue | None = None,
    discovery_access_key: TSecretStrValue | None = None,
    discovery_access_secret: TSecretStrValue | None = None,
) -> Findings:
    """The findings with these settings; those not given are taken from `[sources.mode]`.

    Args: as those of `source.mode_source`.

    Raises:
        UsageError: a setting makes no sense, or there is no such workspace.
        CredentialsRefused, WrongHost, ReadError: as the client does.
    """
    prepare()
    one_of("collection_filter", collection_filter, "all", "custom", "mine")
    discovery = all_or_none(
        discovery_token=discovery_token,
        discovery_access_key=discovery_access_key,
        discovery_access_secret=discovery_access_secret,
    )
    client = ModeClient(
        host,
        workspace,
        token,
        secret,
        requests_per_10s=requests_per_10s,
        request_timeout=request_timeout,
        max_attempts=max_attempts,
        discovery=discovery,
    )
    try:
        return check(client, collection_filter)
    finally:
        client.close()


def check(client: ModeClient, collection_filter: str) -> Findings:
    """Asks who the key is, lists what it can see, and probes the features that differ between workspaces.

    Raises:
        CredentialsRefused, WrongHost, ReadError: as the client does.
        UsageError: there is no such workspace.
    """
    identity = client.verify()
    findings = Findings(str(identity.get("workspace") or client.workspace), _scope(identity))
    try:
        spaces = _list(client, COLLECTIONS, COLLECTIONS.path, filter=collection_filter)
    except Gone:
        raise client.unknown_workspace() from None
    reports = [row for space in spaces for row in _list(client, REPORTS, f"spaces/{space['token']}/reports")]
    datasets = [row for space in spaces for row in _list(client, DATASETS, f"spaces/{space['token']}/datasets")]
    sources = _list(client, DATA_SOURCES, DATA_SOURCES.path)
    findings.counts = {
        "collections": len(spaces),
        "reports": len(reports),
        "datasets": len(datasets),
        "data sources": len(sources),
    }
    members = 0
    probes = {"memberships": MEMBERS, "memberships/lite": MEMBERS, "groups": GROUPS, "definitions": DEFINITIONS}
    for path, entity in probes.items():
        try:
            rows = _list(client, entity, path)
            members = max(members, len(rows) if entity is MEMBERS else 0)
            findings.features[path] = f"{len(rows)} rows"
        except ReadError as error:
            findings.features[path] = f"not available ({error})"
    if reports:
        space = next(row["space_token"] for row in reports if row.get("space_token"))
        findings.features["Filter on updated_at"] = _probe_filter(client, str(space))
    listed = client.requests
    discovery = _probe_discovery(client) if client.has_discovery else "not configured"
    findings.features["Discovery"] = discovery
    by_report = [_cost(row, bulk=discovery == "answers") for row in reports] + [_cost(row) for row in datasets]
    findings.first_load_requests = listed + members + sum(by_report)
    findings.optional_requests = _optional(spaces, reports, datasets, sources)
    findings.first_load_minutes = findings.first_load_requests / client.requests_per_10s * 10 / 60
    return findings


def _cost(report: dict[str, Any], *, bulk: bool = False) -> int:
    """Requests for what a report drives: its queries and their charts, unless these come in bulk; its schedules."""
    queries = report.get("query_count")
    queries = 1 if queries is None else int(queries)
    charts = 0 if report.get("chart_count") == 0 or report.get("type") == DATASET_TYPE else queries
    own = 0 if bulk else (1 if queries else 0) + charts
    return own + (0 if report.get("schedules_count") == 0 else 1)


def _optional(
    spaces: list[dict[str, Any]],
    reports: list[dict[str, Any]],
    datasets: list[dict[str, Any]],
    sources: list[dict[str, Any]],
) -> dict[str, int]:
    """Requests for what is off unless selected, at the least: as far as the listings tell."""
    scheduled = [row for row in reports if row.get("schedules_count") != 0]
    return {
        REPORT_FILTERS.name: len(reports),
        REPORT_RUNS.name: len([row for row in [*reports, *datasets] if row.get(REPORT_RUNS.count) != 0]),
        REPORT_SUBSCRIPTIONS.name: len(scheduled),
        DATASET_FIELDS.name: 2 * len(datasets),
        COLLECTION_PERMISSIONS.name: len(spaces),
        DATA_SOURCE_PERMISSIONS.name: len(sources),
        AUDIT_LOGS.name: 1,
    }


def _scope(identity: dict[str, Any]) -> str:
    scope = identity.get("api_key_scope")
    if scope:
        return str(scope)
    links = identity.get("_links")
    own = links.get("self") if isinstance(links, dict) else None
    href = str(own.get("href") or "") if isinstance(own, dict) else ""
    return "API" if "/api_keys/" in href else "workspace or member"


def _probe_filter(client: ModeClient, space: str) -> str:
    try:
        body = client.get(f"spaces/{space}/reports", {"filter": f"updated_at.gt.{FUTURE}", "page": "1"})
    except ReadError:
        return "answers with an error, so listings are read in full"
    embedded = body.get("_embedded")
    rows = embedded.get(REPORTS.embed) if isinstance(embedded, dict) else embedded
    return "ignored, so listings are read in full" if rows else "honoured"


def _probe_discovery(client: ModeClient) -> str:
    try:
        client.get(f"{BATCH}{client.workspace}/reports", {"page": "1", "per_page": "1"})
    except ReadError as error:
        return f"not available ({error}), so everything is read report by report"
    return "answers"


def _list(client: ModeClient, entity: Entity, path: str, **params: str) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    with suppress(NoContent):  # where nothing is known yet, no list is an empty list
        for page in read_pages(client.get, entity, path, client.page_sizes, params):
            rows.extend(page)
    return rows
