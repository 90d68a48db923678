"""The sections of the page above the table of reports, aggregated in SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ..entities import ENTITIES
from ..runlog import Gap
from .changes import Changes, changed
from .charts import share
from .checks import Check, checks
from .edges import DATASETS
from .groups import Group, collections, owners
from .growth import Growth, created, ran, viewed
from .listing import Listing
from .schedules import Copies, Schedules, copies, schedules
from .tables import EXPECTED, Tables
from .times import utc

TOP_TABLES = 200
RUNS = 8
REASONS = 40

READ_AT = "SELECT max(r.started_at) FROM {runs} AS r WHERE r.outcome <> 'failed'"
NEWEST = "SELECT max(r.last_run_at) FROM {reports} AS r"
RUN_ROWS = f"""
SELECT r.started_at, r.ended_at, r.outcome, r.error, r.requests, r.rows_loaded, r.rows_removed, r.gap_count, r.gaps,
    r.version
FROM {{runs}} AS r ORDER BY r.started_at DESC LIMIT {RUNS}
"""
CHANGED = f"""
SELECT c.changed_at,
    sum(CASE WHEN c.change = 'added' THEN 1 ELSE 0 END) AS added,
    sum(CASE WHEN c.change = 'changed' THEN 1 ELSE 0 END) AS changed,
    sum(CASE WHEN c.change = 'removed' THEN 1 ELSE 0 END) AS removed
FROM {{changes}} AS c WHERE c.entity = 'reports' GROUP BY 1 ORDER BY 1 DESC LIMIT {RUNS}
"""
USED = f"""
SELECT t.table_full_name, t.platform, t.reports, t.datasets, t.queries, t.view_count, t.scheduled
FROM {{table_usage}} AS t WHERE t.platform <> '{DATASETS}' AND t.reports + t.datasets > 0
ORDER BY t.reports DESC, t.queries DESC, t.table_full_name, t.platform LIMIT {TOP_TABLES}
"""
COVERED = """
SELECT coalesce(d.adapter, '') AS adapter, count(*) AS queries,
    sum(CASE WHEN t.query_token IS NOT NULL AND e.query_token IS NULL THEN 1 ELSE 0 END) AS whole,
    sum(CASE WHEN t.query_token IS NOT NULL AND e.query_token IS NOT NULL THEN 1 ELSE 0 END) AS partly,
    sum(CASE WHEN t.query_token IS NULL AND e.query_token IS NOT NULL THEN 1 ELSE 0 END) AS failed
FROM {queries} AS q
LEFT JOIN (SELECT s.id, min(s.adapter) AS adapter FROM {data_sources} AS s GROUP BY s.id) AS d
    ON d.id = q.data_source_id
LEFT JOIN (SELECT DISTINCT x.query_token FROM {query_tables} AS x) AS t ON t.query_token = q.token
LEFT JOIN (SELECT DISTINCT y.query_token FROM {lineage_errors} AS y) AS e ON e.query_token = q.token
GROUP BY 1 ORDER BY 2 DESC, 1
"""
CERTAINTY = "SELECT t.certainty, count(*) FROM {query_tables} AS t GROUP BY 1 ORDER BY 2 DESC, 1"
REASON = f"""
SELECT e.stage, e.reason, count(DISTINCT e.query_token) AS queries, min(e.report_token) AS example
FROM {{lineage_errors}} AS e GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT {REASONS}
"""


@dataclass(frozen=True)
class Figure:
    """A number with its name and a remark."""

    label: str
    value: int
    remark: str = ""


@dataclass(frozen=True)
class Run:
    """A run of mode-source."""

    started: datetime
    ended: datetime | None
    outcome: str
    error: str
    requests: int
    loaded: int
    removed: int
    gap_count: int
    gaps: list[Gap]
    version: str
    reports: tuple[int, int, int] | None = None  # added, changed, removed; None where nothing is noted


@dataclass(frozen=True)
class UsedTable:
    """A table of a warehouse and who reads it."""

    name: str
    platform: str
    reports: int
    datasets: int
    queries: int
    views: int
    scheduled: int
    share: float


@dataclass(frozen=True)
class Covered:
    """Lineage of one platform's queries: counts and per cent of whole, partly, failed, and without tables."""

    platform: str
    queries: int
    counts: tuple[int, int, int, int]
    shares: tuple[float, float, float, float]


@dataclass(frozen=True)
class Facts:
    """All that the page says above its table of reports."""

    figures: list[Figure]
    absent: list[str]  # tables of Mode's entities that were not loaded
    read_at: datetime | None  # start of the last run that loaded something
    newest: datetime | None  # run of a report
    runs: list[Run]
    created: Growth | None
    viewed: Growth | None
    ran: Growth | None  # where there is no history of views
    changed: Changes | None
    schedules: Schedules | None
    copies: Copies | None
    owners: list[Group]
    collections: list[Group]
    checks: list[Check]
    used: list[UsedTable] | None
    covered: list[Covered] | None
    whole: Covered | None
    certainty: list[tuple[str, int]]
    reasons: list[tuple[str, str, int, str]]


def facts(tables: Tables, listing: Listing) -> Facts:
    """Reads and counts everything."""
    ((newest,),), ((read_at,),) = tables.rows(NEWEST), tables.rows(READ_AT)
    covered = _covered(tables)
    return Facts(
        figures=_figures(tables, listing),
        absent=tables.missing(*EXPECTED),
        read_at=read_at,
        newest=newest,
        runs=_runs(tables),
        created=created(tables),
        viewed=(gained := viewed(tables)),
        ran=None if gained else ran(tables),
        changed=changed(tables),
        schedules=schedules(tables),
        copies=copies(tables),
        owners=[] if tables.missing("reports", "members") else owners(listing),
        collections=[] if tables.missing("reports", "collections") else collections(listing),
        checks=checks(tables, listing),
        used=_used(tables),
        covered=covered,
        whole=_sum(covered) if covered else None,
        certainty=[(certainty or "unknown", count) for certainty, count in tables.stream(CERTAINTY)],
        reasons=[
            (stage or "", reason or "", count, example or "") for stage, reason, count, example in tables.stream(REASON)
        ],
    )


def _figures(tables: Tables, listing: Listing) -> list[Figure]:
    names = [name for name in ENTITIES if tables.has(name)]
    sql = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS number FROM {{{name}}} AS t" for name in names)
    counted: dict[str, int] = dict(tables.rows(sql)) if sql else {}
    archived, scheduled = listing.counts["archived"], listing.counts["scheduled"]
    remarks = {
        "reports": f"{archived:,} archived" if archived else "",
        "report_schedules": f"on {scheduled:,} report{'' if scheduled == 1 else 's'}",
    }
    shown = {
        "reports": "Reports",
        "queries": "Queries",
        "charts": "Charts",
        "datasets": "Datasets",
        "report_schedules": "Schedules",
        "collections": "Collections",
        "data_sources": "Data sources",
        "definitions": "Definitions",
        "members": "Members",
        "groups": "Groups",
    }
    return [
        Figure(label, int(counted[name]), remarks.get(name, "")) for name, label in shown.items() if name in counted
    ]


def _runs(tables: Tables) -> list[Run]:
    changed = {utc(moment): (int(a), int(c), int(r)) for moment, a, c, r in tables.stream(CHANGED)}
    return [
        Run(
            started=utc(started),
            ended=utc(ended) if ended else None,
            outcome=outcome or "",
            error=error or "",
            requests=requests or 0,
            loaded=loaded or 0,
            removed=removed or 0,
            gap_count=gap_count or 0,
            gaps=_gaps(gaps),
            version=version or "",
            reports=changed.get(utc(started)),
        )
        for (
            started, ended, outcome, error, requests, loaded, removed, gap_count, gaps, version,
        ) in tables.stream(RUN_ROWS)
    ]  # fmt: skip


def _used(tables: Tables) -> list[UsedTable] | None:
    if tables.missing("query_tables", "reports"):
        return None
    rows = tables.rows(USED)
    highest = max((row[2] for row in rows), default=0)
    return [
        UsedTable(name, platform or "", reports, datasets, queries, views or 0, scheduled, share(reports, highest))
        for name, platform, reports, datasets, queries, views, scheduled in rows
    ]


def _covered(tables: Tables) -> list[Covered] | None:
    if tables.missing("queries", "data_sources", "query_tables", "lineage_errors"):
        return None
    platforms: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for adapter, queries, whole, partly, failed in tables.stream(COVERED):
        name = adapter.removeprefix("jdbc:") or "data source gone"
        name = "Mode datasets" if name == DATASETS else name
        counts = [int(whole), int(partly), int(failed)]
        for number, count in enumerate([*counts, queries - sum(counts)]):
            platforms[name][number] += count
    return [_coverage(name, tuple(counts)) for name, counts in platforms.items()]


def _sum(covered: list[Covered]) -> Covered:
    return _coverage("All", tuple(sum(one.counts[number] for one in covered) for number in range(4)))


def _coverage(name: str, counts: tuple[int, ...]) -> Covered:
    whole, partly, failed, none = counts
    queries = sum(counts)
    return Covered(
        name,
        queries,
        (whole, partly, failed, none),
        (share(whole, queries), share(partly, queries), share(failed, queries), share(none, queries)),
    )


def _gaps(value: Any) -> list[Gap]:
    """The gaps of a run's row; a JSON column comes from DuckDB as text, from PostgreSQL as objects."""
    found = json.loads(value) if isinstance(value, str) else value
    return [Gap(*(str(one.get(name) or "") for name in ("entity", "token", "name", "reason"))) for one in found or []]
