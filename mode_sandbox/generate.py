"""A realistic workspace from a seed: the same arguments always give the same workspace, in linear time."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from . import names, sql_texts, vegas
from .changes_runs import ran_now
from .clock import DAY, HOUR, MINUTE
from .model import DATASET, REPORT, Chart, Collection, DataSource, Query, Report, ReportFilter, Schedule
from .model_parts import Subscription
from .runs import break_last_runs

if TYPE_CHECKING:
    from .changes_workspace import WorkspaceChanges

ADAPTERS = ("snowflake", "bigquery", "postgresql", "redshift", "databricks", "modedatasets", "mysql")
_FREQUENCIES = ("daily", "daily", "hourly", "weekly", "monthly", "every_30_minutes")


@dataclass(frozen=True)
class Sizes:
    """How much of everything.

    ``reports``, ``datasets`` and ``collections`` count what REST lists; ``personal_collections`` of other
    people, with two reports each, come on top and are listed by Discovery only.
    """

    reports: int = 200
    collections: int = 12
    datasets: int = 10
    members: int = 15
    data_sources: int = 6
    definitions: int = 8
    groups: int = 3
    queries_per_report: float = 2.5
    max_queries_per_report: int = 8
    archived_share: float = 0.05
    personal_collections: int = 3
    restricted_collections: int = 1


def fill(ws: WorkspaceChanges, sizes: Sizes) -> None:
    """Fill an empty workspace."""
    for _ in range(sizes.members):
        member = ws.add_member()
        member.created_at -= ws.rng.randrange(1000) * DAY
    former = ws.add_member("Former Colleague")
    ws.remove_member(former)
    for position in range(sizes.data_sources):
        _data_source(ws, position)
    gone = ws.add_data_source("Old warehouse (retired)", "redshift")
    ws.delete_data_source(gone)
    for position in range(sizes.definitions):
        ws.add_definition(
            sql_texts.definition_name(position),
            description=names.description(ws.rng),
            creator=_someone(ws),
        )
    spaces = _collections(ws, sizes)
    for position in range(sizes.groups):
        ws.add_group(f"{names.collection(position)} analysts", members=min(len(ws.members), 2 + position % 5))
    listed = [space for space in spaces if space.listed]
    datasets = [_report(ws, sizes, space, DATASET, ()) for space in _spread(ws.rng, listed, sizes.datasets)]
    imports = tuple(datasets)
    for space in _spread(ws.rng, listed, sizes.reports):
        _report(ws, sizes, space, REPORT, imports)
    for space in spaces:
        if not space.listed:
            for _ in range(2):
                _report(ws, sizes, space, REPORT, imports)
    _landmarks(ws)
    _permissions(ws, spaces)


def _someone(ws: WorkspaceChanges) -> str | None:
    people = list(ws.members)
    return people[ws.rng.randrange(len(people))] if people else ws.owner


def _data_source(ws: WorkspaceChanges, position: int) -> DataSource:
    kind, round_ = ADAPTERS[position % len(ADAPTERS)], position // len(ADAPTERS)
    label = {"bigquery": "BigQuery prod", "modedatasets": "Mode Datasets"}.get(kind, f"{kind.title()} DWH")
    source = ws.add_data_source(label if round_ == 0 else f"{label} {round_ + 1}", kind)
    if kind == "bigquery":  # database is the literal "default", the project is in host (docs/mode-api.md#quirk-14)
        source.host, source.port, source.username = "acme-warehouse", None, None
    if kind == "modedatasets":
        source.host = source.database = source.port = source.username = source.certificate = None
        source.vendor, source.attributes = None, None
    if kind == "redshift":
        source.certificate = None
    source.description = names.description(ws.rng)
    source.public = kind == "mysql"
    source.creator = None if position % 3 == 2 else ws.owner
    source.created_at -= ws.rng.randrange(2000) * DAY
    source.updated_at = source.created_at + 3 * HOUR
    return source


def _collections(ws: WorkspaceChanges, sizes: Sizes) -> list[Collection]:
    """One community, the owner's personal one, custom ones (some restricted), others' personal ones."""
    spaces: list[Collection] = []
    if sizes.collections > 0:
        community = ws.add_collection(f"{ws.slug.title()} Community", space_type="community")
        community.creator, community.description = None, "Everyone at Acme"
        spaces.append(community)
    if sizes.collections > 1:
        spaces.append(ws.add_collection("Personal", space_type="private", default_access_level="view"))
    for position in range(max(0, sizes.collections - 2)):
        space = ws.add_collection(names.collection(position), description=names.description(ws.rng))
        space.creator = _someone(ws)
        if position % 3 != 0:  # the key's owner has joined a third of them, so unfiltered /spaces is short
            space.members.discard(ws.owner or "")
        if position == 4:
            space.name = None
        if position < sizes.restricted_collections:  # restricted stays False (docs/mode-api.md#quirk-13)
            space.default_access_level = "restricted"
        elif position % 2:
            space.default_access_level = "view"
        spaces.append(space)
    for member in list(ws.members)[1 : 1 + sizes.personal_collections]:
        spaces.append(
            ws.add_collection("Personal", space_type="private", listed=False, default_access_level="view",
                              creator=member, members={member})
        )  # fmt: skip
    return spaces


def _permissions(ws: WorkspaceChanges, spaces: list[Collection]) -> None:
    """Groups and people on collections of teams and on connections, in turn."""
    teams = [space for space in spaces if space.space_type == "custom"]
    places: list[Collection | DataSource] = [*teams, *ws.data_sources.values()]
    for things in (list(ws.groups.values()), list(ws.members.values())):
        for position, place in enumerate(places if things else ()):
            ws.grant(things[position % len(things)], place, "edit" if position % 3 == 0 else "view")


def _spread(rng: random.Random, spaces: list[Collection], count: int) -> list[Collection]:
    """``count`` collections, a few of them often, the last one (of four or more) never, in a stable order."""
    if not spaces:
        return []
    open_ = spaces[:-1] if len(spaces) > 3 else spaces
    weights = [3.0 / (1 + position % 7) for position in range(len(open_))]
    return rng.choices(open_, weights, k=count)


def _report(ws: WorkspaceChanges, sizes: Sizes, space: Collection, type_: str, datasets: tuple[Report, ...]) -> Report:
    rng = ws.rng
    created = ws.now_ms - rng.randrange(30 * DAY, 900 * DAY)
    edited = created + rng.randrange(MINUTE, 20 * DAY)
    report = Report(
        token=ws.new_token(), id=ws.new_id("report", 2_934_000), type=type_, name=names.report(rng),
        description=names.description(rng), space_token=space.token, creator=_author(ws, space),
        created_at=created, updated_at=edited + 50, edited_at=edited, last_saved_at=edited + 11,
        runtime_ms=rng.randrange(200, 40_000), view_count=int(rng.paretovariate(0.7)) % 5_000,
        archived=type_ == REPORT and rng.random() < sizes.archived_share, public=rng.random() < 0.02,
        is_embedded=rng.random() < 0.04, theme_id=rng.choice((1, 2, 3, 5)),
    )  # fmt: skip
    if type_ == DATASET:
        report.name = f"Dataset: {report.name or 'untitled'}"[:64]
    if rng.random() < 0.1:
        report.published_at = edited + HOUR
    if rng.random() < 0.04:
        report.edited_at = report.last_saved_at = None
    _queries(ws, sizes, report, datasets)
    if rng.random() < 0.9 and report.queries:
        start = rng.randrange(edited + MINUTE, ws.now_ms - HOUR)
        finish = start + report.runtime_ms
        report.last_run_at, report.last_successfully_run_at, report.updated_at = start, finish, finish + 17
        report.older_runs, report.older_last_at = rng.randrange(1, 60), start
        report.older_ran = ran_now(report)
        if int(report.token, 16) % 29 == 0:
            break_last_runs(report)
        for query in report.queries.values():
            query.updated_at, query.last_run_id = finish + 37, ws.new_run_id()
    if rng.random() < 0.15:
        for _ in range(1 + (rng.random() < 0.2)):
            _schedule(ws, report)
    if type_ == REPORT and rng.random() < 0.1:
        item = ReportFilter(
            token=ws.new_token(), id=ws.new_id("filter", 88_000), report_token=report.token, name="Region",
            column="region", values=("EMEA", "APAC"), created_at=edited, updated_at=edited,
        )  # fmt: skip
        report.filters[item.token] = item
    return ws._put_report(report)


def _author(ws: WorkspaceChanges, space: Collection) -> str | None:
    if space.space_type == "private":
        return space.creator
    if ws.removed_members and ws.rng.random() < 0.05:
        return next(iter(ws.removed_members))
    return _someone(ws)


def _queries(ws: WorkspaceChanges, sizes: Sizes, report: Report, datasets: tuple[Report, ...]) -> None:
    rng = ws.rng
    if report.is_dataset:
        count = 1
    elif rng.random() < 0.05:
        count = 0
    else:
        count = min(sizes.max_queries_per_report, 1 + int(rng.expovariate(_rate(sizes.queries_per_report))))
    for position in range(count):
        query = _query(ws, report, position, datasets)
        report.queries[query.token] = query


def _rate(mean: float) -> float:
    """The rate that makes ``1 + int(expovariate(rate))`` a little more than ``mean``."""
    return math.log(1 + 1 / max(0.01, mean * 1.08 - 1))


def _query(ws: WorkspaceChanges, report: Report, position: int, datasets: tuple[Report, ...]) -> Query:
    rng = ws.rng
    warehouses = ws.memo(
        ("warehouses",),
        lambda: [source for source in ws.data_sources.values() if source.kind != "modedatasets"],
    )
    on_datasets = ws._source_id("modedatasets")
    source = rng.choice(warehouses) if warehouses else None
    source_id = source.id if source else None
    kind = source.kind if source else "postgresql"
    definitions = ws.memo(
        ("definition names",),
        lambda: [*(definition.name for definition in ws.definitions.values()), "no_longer_there"],
    )
    if report.is_dataset:
        text, columns = sql_texts.dataset_text(rng, kind)
    elif datasets and on_datasets is not None and rng.random() < 0.05:
        base = rng.choice(datasets)
        text, columns, source_id = sql_texts.on_dataset_text(base.name or ""), ("id",), on_datasets
        report.imported_datasets = (*report.imported_datasets, base.token)
    else:
        text, columns = sql_texts.query_text(rng, kind, definitions)
        if ws.deleted_data_sources and rng.random() < 0.01:
            source_id = next(iter(ws.deleted_data_sources))
    query = Query(
        token=ws.new_token(), id=ws.new_id("query", 10_149_000), report_token=report.token,
        name=None if rng.random() < 0.01 else f"Query {position + 1}", raw_query=text,
        data_source_id=source_id,
        created_at=report.created_at + 45, updated_at=report.updated_at + 20, last_run_id=None,
        creator=report.creator, columns=columns, explorations_count=rng.randrange(3),
    )  # fmt: skip
    if not report.is_dataset:
        draw = rng.random()
        for _ in range(0 if draw < 0.25 else 1 if draw < 0.75 else 2 if draw < 0.95 else 3):
            chart = _chart(ws, report, query)
            query.charts[chart.token] = chart
    return query


def _chart(ws: WorkspaceChanges, report: Report, query: Query) -> Chart:
    rng = ws.rng
    return Chart(
        token=ws.new_token(), id=ws.new_id("chart", 172_000), query_token=query.token,
        report_token=report.token, title=names.chart_title(rng, query.columns),
        description="", chart_type=rng.choice(vegas.CHART_TYPES),
        columns=query.columns, created_at=query.created_at, updated_at=report.edited_at or report.updated_at,
        creator=report.creator, legacy_view=rng.random() < 0.05,
        filter_values=("emea", "Alexander's data") if rng.random() < 0.1 else (),
    )  # fmt: skip


def _schedule(ws: WorkspaceChanges, report: Report) -> None:
    rng = ws.rng
    frequency = rng.choice(_FREQUENCIES)
    schedule = Schedule(
        token=ws.new_token(), report_token=report.token, name="Untitled schedule", frequency=frequency,
        hour=rng.randrange(24), minute=rng.choice((0, 15, 30)),
        day_of_week="Monday,Thursday" if frequency == "weekly" else None, created_at=report.created_at + HOUR,
        updated_at=report.created_at + 2 * HOUR, last_run_at=report.last_run_at,
    )  # fmt: skip
    subscribers = rng.randrange(20)
    if subscribers:
        token = ws.derived_token("subscription", schedule.token)
        schedule.subscriptions[token] = Subscription(token, schedule.token, subscribers, csv=subscribers % 3 == 0)
    report.schedules[schedule.token] = schedule


def _landmarks(ws: WorkspaceChanges) -> None:
    """See to it that the shapes which trip readers up are there (in 30 reports or more)."""
    reports = [report for report in ws.reports.values() if ws.is_listed(report) and not report.is_dataset]
    if len(reports) < 30:
        return
    reports[3].name = None
    reports[4].name = 'He said "naïve" 🚀\nand a second line'
    reports[5].description = None
    reports[6].archived = True
    for query in list(reports[7].queries.values()):
        ws._drop_query(query)
    for query in reports[8].queries.values():
        for chart in query.charts:
            ws.charts.pop(chart)
        query.charts.clear()
