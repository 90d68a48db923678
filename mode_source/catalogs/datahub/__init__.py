"""DataHub: `mode_datahub.json`, metadata change proposals that `datahub ingest` loads from a file.

Only aspects that ingestion owns are written, and none that we know nothing of: an UPSERT replaces, and descriptions,
tags, terms and domains belong to people.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass

from ...errors import UsageError
from ...settings import one_of
from ..assets import CERTAINTIES, Removed, Report
from ..reading import Workspace
from ..writing import File
from . import urns
from .dashboards import Dashboards
from .queries import Queries
from .spool import Spool
from .stamps import removed

FILE = "mode_datahub.json"
ENVIRONMENT = re.compile(r"[A-Za-z_]+", re.ASCII)


@dataclass(frozen=True)
class DataHubOptions:
    """Section `[export.datahub]`.

    Attributes:
        env: environment of datasets' URNs.
        platform_instance_map: platform instance by platform, as the warehouses' own ingestions have them.
        lowercase_urns: whether they write tables' names in lower case; Snowflake's always does.
        owner: `username` or `email`: what people's URNs are made of.
        owners: `upsert` replaces a report's owners, as DataHub's connector does; `patch` adds the creator; `none`
            leaves them alone.
        with_users: also people's names and addresses; off, as they usually come from single sign-on.
        deprecate_archived: mark archived reports as deprecated; otherwise a property says so.
        include_archived: also archived reports.
        certainty: which lineage to believe: `certain`, `likely` or `guess`.
    """

    env: str = "PROD"
    platform_instance_map: Mapping[str, str] | None = None
    lowercase_urns: bool = False
    owner: str = "username"
    owners: str = "upsert"
    with_users: bool = False
    deprecate_archived: bool = False
    include_archived: bool = True
    certainty: str = "likely"

    def __post_init__(self) -> None:
        """Raises UsageError if a setting makes no sense."""
        one_of("certainty", self.certainty, *CERTAINTIES)
        one_of("owner", self.owner, "username", "email")
        one_of("owners", self.owners, "upsert", "patch", "none")
        if not ENVIRONMENT.fullmatch(self.env):
            raise UsageError(f"Setting `env` of [export.datahub] is no environment of DataHub: {self.env!r}.")


def files(workspace: Workspace, options: DataHubOptions, counts: Counter[str]) -> Iterator[File]:
    """The file of the export.

    Args:
        workspace: to export.
        options: see `DataHubOptions`.
        counts: receives what the summary says.
    """
    with Spool() as spool:
        _fill(spool, workspace, options, counts)
        yield FILE, spool.parts()


def _fill(spool: Spool, workspace: Workspace, options: DataHubOptions, counts: Counter[str]) -> None:
    names = urns.Urns(options.env, options.platform_instance_map or {}, options.lowercase_urns)
    queries = Queries(workspace, names, options.certainty)
    dashboards = Dashboards(
        workspace, queries, by_email=options.owner == "email", owners=options.owners,
        deprecate=options.deprecate_archived,
    )  # fmt: skip
    for collection in workspace.collections.values():
        aspects = dashboards.of_collection(collection)
        counts["collections"] += spool.add("container", urns.container(collection.token), aspects)
    for report in workspace.assets():
        if report.archived and not options.include_archived:
            continue
        if report.is_dataset:
            _add_dataset(spool, report, dashboards, queries, counts)
        else:
            _add_report(spool, report, dashboards, queries, counts)
    if options.with_users:
        for person in workspace.people.values():
            urn = dashboards.person(person.username)
            counts["users"] += spool.add("corpuser", urn, dashboards.of_person(person))
    _add_removed(spool, workspace, queries, counts)


def _add_report(spool: Spool, report: Report, dashboards: Dashboards, queries: Queries, counts: Counter[str]) -> None:
    if not report.id:
        counts["without_id"] += 1
        return
    path = dashboards.path_of(report)
    place = [*path, _entry(urns.dashboard(report.id))]
    for query in report.queries:
        if not query.id:
            counts["without_id"] += 1
            continue
        urn = queries.urns.query(query.id)
        aspects = queries.aspects(urn, query, report, place)
        counts["queries"] += spool.add("dataset", urn, aspects)
        counts["table_edges"] += len(aspects.get("upstreamLineage", {}).get("upstreams", ()))
        for number, chart in enumerate(query.charts):
            aspects = dashboards.of_chart(chart, number, query, report, [*place, _entry(urn)])
            owners = dashboards.owners_of(chart.creator_username)
            counts["charts"] += spool.add("chart", urns.chart(chart.token), {**aspects, **owners[0]}, owners[1])
    owners = dashboards.owners_of(report.creator_username)
    aspects = {**dashboards.of_report(report, path), **owners[0]}
    counts["reports"] += spool.add("dashboard", urns.dashboard(report.id), aspects, owners[1])


def _add_dataset(spool: Spool, report: Report, dashboards: Dashboards, queries: Queries, counts: Counter[str]) -> None:
    if not report.id or not report.queries:
        counts["without_id"] += not report.id
        return
    urn = queries.urns.query(report.id)
    aspects = queries.aspects(urn, report.queries[0], report, dashboards.path_of(report))
    owners = dashboards.owners_of(report.creator_username)
    counts["datasets"] += spool.add("dataset", urn, {**aspects, **owners[0]}, owners[1])
    counts["table_edges"] += len(aspects.get("upstreamLineage", {}).get("upstreams", ()))


def _add_removed(spool: Spool, workspace: Workspace, queries: Queries, counts: Counter[str]) -> None:
    """What no longer exists: said again with every export, which is harmless, and works without a state."""
    gone = list(workspace.removed())
    datasets = {asset.token for asset in gone if asset.entity == "datasets"} | workspace.dataset_names.keys()
    for asset in gone:
        named = _urn_of(asset, queries.urns, datasets)
        if named:
            counts["removed_assets"] += spool.add(*named, {"status": removed(True)})


def _urn_of(asset: Removed, names: urns.Urns, datasets: Set[str]) -> tuple[str, str] | None:
    """Entity type and URN of what was removed; None for what DataHub does not have."""
    id = str(asset.last_row.get("id") or "")
    if asset.entity == "collections":
        return "container", urns.container(asset.token)
    if asset.entity == "charts":
        return "chart", urns.chart(asset.token)
    if asset.entity == "reports" and id:
        return "dashboard", urns.dashboard(id)
    if asset.entity == "datasets" and id:
        return "dataset", names.query(id)
    if asset.entity == "queries" and id and asset.last_row.get("report_token") not in datasets:
        return "dataset", names.query(id)  # that of a dataset has no entity of its own
    return None


def _entry(urn: str) -> dict[str, str]:
    return {"id": urn, "urn": urn}
