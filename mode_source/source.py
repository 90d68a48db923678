"""The dlt source: one resource per entity, and the order in which they feed each other.

    spaces ──> plan ──> listings ──> reports, datasets
                                └──> children ──> queries, charts, report_schedules, report_filters
    memberships ──> user_records ──> members
    group_list ──> groups
              └──> group_members ──> group_memberships
    data_sources, definitions
    statistics ──> report_stats (with the Discovery API, which `children` uses for first loads: `bulk`)

Off unless selected: report_filters, report_runs, query_runs, report_subscriptions and dataset_fields from `children`;
collection_permissions from `spaces`, data_source_permissions from `data_sources_list`; audit_logs.

The left-hand ones ask Mode (`listings`, `children`, `members`) and yield `Batch`es; the resources pick their
own entity's batches and load them (`tables`). dlt runs only what the selected resources need, each once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

import dlt
from dlt.common.typing import TSecretStrValue
from dlt.extract import DltResource, DltSource

from .api.client import DEFAULT_HOST, ModeClient
from .api.discovery import Discovery
from .destination.snapshot import Snapshot
from .entities import (
    AUDIT_LOGS,
    COLLECTION_PERMISSIONS,
    COLLECTIONS,
    DATA_SOURCE_PERMISSIONS,
    DATA_SOURCES,
    DATASETS,
    ENTITIES,
    GROUP_MEMBERSHIPS,
    GROUPS,
    MEMBERS,
    PER_REPORT,
    REPORT_STATS,
    REPORTS,
    Entity,
)
from .entities.rows import Row
from .errors import Stopped, UsageError
from .extract.agenda import Agenda, Job
from .extract.audit import audit_logs
from .extract.bulk import Bulk
from .extract.children import Children, requests_for
from .extract.context import Batch, Context
from .extract.countdown import Countdown
from .extract.decisions import Policy, Scope, patterns
from .extract.details import Details
from .extract.filtered import Cursors
from .extract.listings import Listing, Listings
from .extract.members import list_members, read_member
from .extract.per_report import PerReport
from .extract.permissions import Permissions
from .extract.reading import Reading
from .extract.removals import Removals
from .extract.runs import Runs, RunSettings
from .extract.statistics import statistics
from .extract.workspace_lists import WorkspaceLists
from .load import resources as tables
from .load.state import later_source, note_resets, note_workspace, selected, take_initial_value
from .runlog import RunLog
from .settings import all_or_none, duration, moment, one_of, register, selection

register()

PLAIN_LISTS = [
    entity
    for entity in ENTITIES.values()
    if not entity.parent and entity.api == "api" and entity not in (COLLECTIONS, MEMBERS, GROUPS, AUDIT_LOGS)
]


@dlt.source(name="mode", section="mode", max_table_nesting=0)
def mode_source(
    workspace: str = dlt.config.value,
    token: TSecretStrValue = dlt.secrets.value,
    secret: TSecretStrValue = dlt.secrets.value,
    host: str = DEFAULT_HOST,
    requests_per_10s: int = 40,
    max_workers: int = 8,
    request_timeout: float = 60.0,
    max_attempts: int = 8,
    resources: list[str] | None = None,
    runs_per_report: int = 20,
    query_runs_of: str = "failed",
    keep_rendered_source: bool = False,
    collection_filter: str = "all",
    include_collections: list[str] | None = None,
    exclude_collections: list[str] | None = None,
    include_reports: list[str] | None = None,
    exclude_reports: list[str] | None = None,
    include_archived: bool = True,
    listing: str = "full",
    reconcile_after: str = "1 day",
    reread_after: str = "30 days",
    skip_run_only_changes: bool = False,
    discovery_token: TSecretStrValue | None = None,
    discovery_access_key: TSecretStrValue | None = None,
    discovery_access_secret: TSecretStrValue | None = None,
    since: str | None = None,
    max_removed: float = 0.3,
    checkpoint_every: str = "5 minutes",
    time_limit: str | None = None,
    accept_removals: bool = False,
    full_refresh: bool = False,
    log: RunLog | None = None,
) -> Iterable[DltResource]:
    """The metadata of a Mode workspace, as dlt resources named like the tables (`entities.ENTITIES`).

    Every argument but `accept_removals`, `full_refresh` and `log` is read from `[sources.mode]` of
    `.dlt/config.toml` or `.dlt/secrets.toml`, from `SOURCES__MODE__NAME`, or from the
    `CASTOR_MODE_ANALYTICS_NAME` that other tools use, unless given.

    Args:
        workspace: slug of the workspace, the lower-case name in its URL.
        token: the API token (key id).
        secret: the API token's secret.
        host: where Mode is, with or without scheme.
        requests_per_10s: Mode's allowance in any ten seconds, about 40.
        max_workers: requests under way at the same time, when run by `mode-source`.
        request_timeout: seconds that a connection may stay silent.
        max_attempts: how often a request is tried before what it would have read counts as a gap.
        resources: tables to load beside (`+name`) and without (`-name`) those that are loaded by default, or
            (`name`) in their place.
        runs_per_report: how many runs of each report are read at the most; those that are stored stay.
        query_runs_of: query runs of `failed` report runs, or of `all`.
        keep_rendered_source: keep the SQL of query runs as it ran, which may hold values of data.
        collection_filter: `all`, `custom` (no personal collections) or `mine`.
        include_collections, exclude_collections: regular expressions on collection names.
        include_reports, exclude_reports: regular expressions on names of reports and datasets.
        include_archived: whether archived reports are wanted.
        listing: `full`, or `filtered` to ask for reports by Mode's own filter where it works.
        reconcile_after: how long listings may be filtered before a full one, e.g. `1 day`.
        reread_after: how old what was read for a report may become, e.g. `30 days`.
        skip_run_only_changes: do not read a report again that has only run since it was read.
        discovery_token, discovery_access_key, discovery_access_secret: a signature token of Mode's Discovery
            API: first loads then take queries and charts from there, and `report_stats` is loaded.
        since: only reports and datasets updated since this date or time (UTC); removes nothing.
        max_removed: share of a table that may leave it in one run; ten rows always may. What lacks more is kept, and
            the run has a gap, until `accept_removals` says that it is right.
        checkpoint_every: how long a run of `mode-source` reads before it loads what it has.
        time_limit: after which a run of `mode-source` stops reading, loads what it has, and exits 6.
        accept_removals: believe Mode's lists, however many rows they lack.
        full_refresh: read everything again, whatever is stored.
        log: receives counts and gaps; a new one if not given.

    Raises:
        UsageError: a setting makes no sense.
        CredentialsRefused, WrongHost, ModeDown: while it runs, as the cause of dlt's `PipelineStepFailed`.
    """
    one_of("collection_filter", collection_filter, "all", "custom", "mine")
    one_of("listing", listing, "full", "filtered")
    one_of("query_runs_of", query_runs_of, "failed", "all")
    if runs_per_report < 1:
        raise UsageError(f"Setting `runs_per_report` is {runs_per_report}: it is 1 or more.")
    wanted_tables = selection(resources)
    triple = all_or_none(
        discovery_token=discovery_token,
        discovery_access_key=discovery_access_key,
        discovery_access_secret=discovery_access_secret,
    )
    named = [resources] if isinstance(resources, str) else resources or []
    if not triple and any(REPORT_STATS.name in name and not name.startswith("-") for name in named):
        raise UsageError("Setting `discovery_token` of [sources.mode] is missing: report_stats comes from Discovery.")
    log = log or RunLog()
    client = ModeClient(
        host,
        workspace,
        token,
        secret,
        requests_per_10s=requests_per_10s,
        max_workers=max_workers,
        request_timeout=request_timeout,
        max_attempts=max_attempts,
        discovery=triple,
    )
    scope = Scope(
        patterns("include_collections", include_collections),
        patterns("exclude_collections", exclude_collections),
        patterns("include_reports", include_reports),
        patterns("exclude_reports", exclude_reports),
        include_archived,
        collection_filter,
        moment("since", since),
    )
    snapshot = Snapshot()
    log.workers = client.max_workers
    log.checkpoint_every = duration("checkpoint_every", checkpoint_every).total_seconds()
    log.time_limit = duration("time_limit", time_limit).total_seconds() if time_limit else None
    log.count_requests = lambda: client.requests
    log.on_stop.append(client.stop)
    log.open.callback(client.close)
    log.on_between.append(snapshot.close)
    log.open.callback(snapshot.close)
    policy = Policy(
        duration("reread_after", reread_after), skip_run_only_changes, full_refresh, max_removed, accept_removals
    )
    context = Context(snapshot, scope, policy, log)
    reading = Reading(client, context)
    removals = Removals(reading, context)
    lists = WorkspaceLists(reading, removals, context)
    children_of = Children(reading, context)
    run_settings = RunSettings(runs_per_report, "all" if query_runs_of == "all" else "failed", keep_rendered_source)
    per_report = PerReport(children_of, Runs(reading, context, run_settings), Details(reading, context))
    unseen = duration("reconcile_after", reconcile_after)  # how long what no listing shows may go unseen
    discovery = Discovery(client)
    bulk = Bulk(discovery, lists, children_of, context)
    listed = Listings(reading, lists, removals, context, listing, unseen)
    loader = tables.Loader(context)
    log.later = agenda = Agenda(per_report, bulk, context)

    def root(name: str, read: Callable[[], Batch | Iterator[Batch]]) -> DltResource:
        """A resource that asks Mode, in a thread of dlt's pool."""

        def rows() -> Iterator[Any]:
            note_resets(context)
            take_initial_value(context)
            if snapshot.active:
                note_workspace(client)
            try:
                if snapshot.active:
                    context.state = dlt.current.source_state()
                    context.key = reading.key()
                batches = read()
                yield from [batches] if isinstance(batches, Batch) else batches
            except Stopped:
                log.unlisted = True  # the run was told to end before it had begun

        return dlt.resource(rows, name=name, parallelized=True, selected=False)

    def table(entity: Entity, parent: DltResource) -> DltResource:
        """The resource of an entity: picks its batches from what `parent` yields."""

        def rows(batches: Batch | list[Batch]) -> Iterator[Any]:
            for batch in batches if isinstance(batches, list) else [batches]:
                if batch.entity is entity:
                    yield from loader.load(batch)

        bare = dlt.transformer(rows, data_from=parent, name=entity.name, selected=entity.name in wanted_tables)
        return tables.declare(bare, entity)

    # -- collections, reports, and what reports drive

    spaces = root("spaces", listed.spaces)

    @dlt.transformer(data_from=spaces, selected=False)
    def plan(batch: Batch) -> Iterator[Listing]:
        wanted = selected()
        children = any(entity.name in wanted for entity in PER_REPORT)
        # The cursors are good only for the resources and the scope that they were made with.
        cursors = Cursors(dlt.current.resource_state(REPORTS.name), f"{sorted(wanted)} {context.scope}")
        yield from listed.plan([e for e in (REPORTS, DATASETS) if children or e.name in wanted], cursors)

    @dlt.transformer(data_from=plan, selected=False, parallelized=True)
    def listings(listing: Listing) -> Iterator[Batch]:
        yield from listed.read(listing)

    listings_left = Countdown((REPORTS.name, DATASETS.name))

    @dlt.transformer(data_from=listings, selected=False)
    def children(batch: Batch) -> Iterator[Any]:
        agenda.wanted = per_report.wanted = wanted = [entity for entity in PER_REPORT if entity.name in selected()]
        ended = batch.ends is not None and batch.entity is REPORTS
        left = snapshot.orphaned(wanted, [REPORTS, DATASETS]) if ended else {}
        yield [children_of.orphans(entity, [*batch.gone, *left.get(entity.name, [])]) for entity in wanted]
        log.plan(considered=len(batch.rows))
        for report in batch.rows:
            due = per_report.due(report)
            if due:
                log.add(due=1)
                if not bulk.takes(report, due):
                    cost = requests_for(report, due)
                    log.plan(expected=cost, pending=cost)
                    if not agenda.takes(report, due):
                        yield read_children(report, due)
        if listings_left.arrived(batch.entity.name, batch.ends) and not agenda.takes_bulk():
            yield read_bulk()

    @dlt.defer
    def read_bulk() -> Iterator[Any]:
        return (item if isinstance(item, list) else read_children(*item) for item in bulk.read())

    @dlt.defer
    def read_children(report: Row, due: list[Entity]) -> list[Batch]:
        batches = per_report.read(report, due)
        log.add(done=1)
        return batches

    @dlt.defer
    def done(job: Job) -> list[Batch]:
        return job()

    def package(jobs: Iterator[Job]) -> DltSource:
        """Further children of reports, for a load package of their own."""
        later = dlt.resource(lambda: map(done, jobs), name="agenda", selected=False)
        names = [entity.name for entity in agenda.wanted]
        return later_source([later, *(table(entity, later) for entity in agenda.wanted)]).with_resources(*names)

    agenda.package = package

    # -- members

    memberships = root("memberships", lambda: list_members(reading, lists, removals, context))

    @dlt.transformer(data_from=memberships, selected=False)
    def user_records(batch: Batch) -> Iterator[Any]:
        yield Batch(MEMBERS, gone=batch.gone, notes=batch.notes)
        due = [row for row in batch.rows if context.is_due(MEMBERS, MEMBERS, row)]
        log.plan(pending=len(due))
        yield from (read_user(row) for row in due)

    @dlt.defer
    def read_user(row: Row) -> Batch:
        log.plan(pending=-1)
        return read_member(reading, context, row)

    # -- groups

    group_list = root("group_list", lambda: lists.read(GROUPS))

    @dlt.transformer(data_from=group_list, selected=False)
    def group_members(batch: Batch) -> Iterator[Any]:
        left = snapshot.orphaned([GROUP_MEMBERSHIPS], [GROUPS]).get(GROUP_MEMBERSHIPS.name, [])
        yield children_of.orphans(GROUP_MEMBERSHIPS, [*batch.gone, *left])
        yield from (read_group(row) for row in batch.rows)

    @dlt.defer
    def read_group(row: Row) -> Batch:
        return children_of.read_group(GROUP_MEMBERSHIPS, row)

    # -- permissions

    def permissions(entity: Entity, parent: Entity, parents: DltResource) -> tuple[DltResource, DltResource]:
        """The lists of permissions of what `parents` yields, and their table."""
        access = Permissions(entity, parent, reading, context, unseen)

        @dlt.defer
        def read_permissions(row: Row) -> Batch | None:
            return access.read(row)

        @dlt.transformer(data_from=parents, name=f"{entity.name}_list", selected=False)
        def permission_lists(batch: Batch) -> Iterator[Any]:
            known, due = access.plan(batch)
            yield known
            yield from (read_permissions(row) for row in due)

        return permission_lists, table(entity, permission_lists)

    yield from (spaces, plan, listings, children, memberships, user_records, group_list, group_members)
    yield table(COLLECTIONS, spaces)
    yield from (table(entity, listings) for entity in (REPORTS, DATASETS))
    yield from (table(entity, children) for entity in PER_REPORT)
    yield table(MEMBERS, user_records)
    yield table(GROUPS, group_list)
    yield table(GROUP_MEMBERSHIPS, group_members)
    if triple:
        report_statistics = root("statistics", lambda: statistics(reading, discovery, removals, context))
        yield from (report_statistics, table(REPORT_STATS, report_statistics))
    yield from permissions(COLLECTION_PERMISSIONS, COLLECTIONS, spaces)
    audit = root("audit_log", partial(audit_logs, reading, context, unseen))
    yield from (audit, table(AUDIT_LOGS, audit))
    for entity in PLAIN_LISTS:
        plain = root(f"{entity.name}_list", partial(lists.read, entity))
        yield plain
        yield table(entity, plain)
        if entity is DATA_SOURCES:
            yield from permissions(DATA_SOURCE_PERMISSIONS, DATA_SOURCES, plain)
