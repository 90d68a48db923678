"""The sections of the page above the table of reports, aggregated in SQL."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timezone
from typing import Any

from ..entities import ENTITIES
from ..runlog import Gap
from .charts import Bars, bars, share
from .listing import DATASETS, STALE_DAYS, Listing, Report, full_name
from .tables import Tables

TOP = 10  # rows of a list that continues elsewhere
TOP_TABLES = 20
RUNS = 8
MONTHS = 36
DAYS = 60
REASONS = 40
MONTH_NAMES = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

AS_OF = "SELECT max(r.last_run_at), max(r.updated_at) FROM {reports} AS r"
RUN_ROWS = f"""
SELECT r.started_at, r.ended_at, r.outcome, r.error, r.requests, r.rows_loaded, r.rows_removed, r.gap_count, r.gaps,
    r.version
FROM {{runs}} AS r ORDER BY r.started_at DESC LIMIT {RUNS}
"""
# Months and days in UTC, whatever the session's time zone.
CREATED = """
SELECT date_trunc('month', r.created_at AT TIME ZONE 'UTC') AS month, count(*) AS reports,
    sum(CASE WHEN r.archived THEN 1 ELSE 0 END) AS archived
FROM {reports} AS r WHERE r.created_at IS NOT NULL GROUP BY 1 ORDER BY 1
"""
VIEWED = f"""
SELECT g.day, sum(g.views) AS views, sum(g.runs) AS runs FROM (
    SELECT s.day, s.view_count - lag(s.view_count) OVER (PARTITION BY s.report_token ORDER BY s.day) AS views,
        s.runs_count - lag(s.runs_count) OVER (PARTITION BY s.report_token ORDER BY s.day) AS runs
    FROM {{report_stats_daily}} AS s
) AS g
GROUP BY g.day ORDER BY g.day DESC LIMIT {DAYS}
"""
CHANGED = f"""
SELECT c.changed_at,
    sum(CASE WHEN c.change = 'added' THEN 1 ELSE 0 END) AS added,
    sum(CASE WHEN c.change = 'changed' THEN 1 ELSE 0 END) AS changed,
    sum(CASE WHEN c.change = 'removed' THEN 1 ELSE 0 END) AS removed
FROM {{changes}} AS c WHERE c.entity = 'reports' GROUP BY 1 ORDER BY 1 DESC LIMIT {RUNS}
"""
USED = f"""
SELECT t.platform, t.database_name, t.schema_name, t.table_name, count(DISTINCT t.report_token) AS reports,
    count(DISTINCT t.query_token) AS queries
FROM {{query_tables}} AS t JOIN {{reports}} AS r ON r.token = t.report_token
WHERE t.role = 'read' AND t.platform <> '{DATASETS}' AND NOT coalesce(r.archived, FALSE)
GROUP BY 1, 2, 3, 4 ORDER BY 5 DESC, 6 DESC, 1, 2, 3, 4 LIMIT {TOP_TABLES}
"""
COVERED = """
SELECT coalesce(d.adapter, '') AS adapter, count(*) AS queries,
    sum(CASE WHEN t.query_token IS NOT NULL AND e.query_token IS NULL THEN 1 ELSE 0 END) AS whole,
    sum(CASE WHEN t.query_token IS NOT NULL AND e.query_token IS NOT NULL THEN 1 ELSE 0 END) AS partly,
    sum(CASE WHEN t.query_token IS NULL AND e.query_token IS NOT NULL THEN 1 ELSE 0 END) AS failed
FROM {queries} AS q
LEFT JOIN {data_sources} AS d ON d.id = q.data_source_id
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
class Check:
    """Something that should not be: how many reports, what it means, and the most viewed of them."""

    flag: str
    title: str
    meaning: str
    count: int
    heading: str
    rows: list[tuple[Report, str]] = field(default_factory=list)
    unknown: str = ""  # why it could not be answered


@dataclass(frozen=True)
class Run:
    """A run of mode_source."""

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
class Growth:
    """Bars with what they say in words."""

    chart: Bars
    caption: str
    heads: tuple[str, ...]
    rows: list[tuple[str, ...]]


@dataclass(frozen=True)
class UsedTable:
    """A table of a warehouse and who reads it."""

    name: str
    platform: str
    reports: int
    queries: int
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
    as_of: datetime | None
    runs: list[Run]
    created: Growth | None
    viewed: Growth | None
    checks: list[Check]
    used: list[UsedTable] | None
    covered: list[Covered] | None
    whole: Covered | None
    certainty: list[tuple[str, int]]
    reasons: list[tuple[str, str, int, str]]


def facts(tables: Tables, listing: Listing) -> Facts:
    """Reads and counts everything."""
    (as_of, _), *_ = tables.rows(AS_OF) or [(None, None)]
    covered = _covered(tables)
    return Facts(
        figures=_figures(tables, listing),
        absent=tables.missing(*(name for name, entity in ENTITIES.items() if entity.selected)),
        as_of=as_of,
        runs=_runs(tables),
        created=_created(tables),
        viewed=_viewed(tables),
        checks=_checks(tables, listing, as_of),
        used=_used(tables),
        covered=covered,
        whole=_sum(covered) if covered else None,
        certainty=[(certainty or "unknown", count) for certainty, count in tables.rows(CERTAINTY) or []],
        reasons=[(stage or "", reason or "", count, example or "") for stage, reason, count, example in tables.rows(REASON) or []],
    )


def _figures(tables: Tables, listing: Listing) -> list[Figure]:
    names = [name for name in ENTITIES if tables.has(name)]
    sql = " UNION ALL ".join(f"SELECT '{name}' AS name, count(*) AS number FROM {{{name}}} AS t" for name in names)
    counted = dict(tables.rows(sql) or []) if sql else {}
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
    changed = {_utc(moment): (int(a), int(c), int(r)) for moment, a, c, r in tables.rows(CHANGED) or []}
    return [
        Run(
            started=_utc(started),
            ended=_utc(ended) if ended else None,
            outcome=outcome or "",
            error=error or "",
            requests=requests or 0,
            loaded=loaded or 0,
            removed=removed or 0,
            gap_count=gap_count or 0,
            gaps=_gaps(gaps),
            version=version or "",
            reports=changed.get(_utc(started)),
        )
        for started, ended, outcome, error, requests, loaded, removed, gap_count, gaps, version in tables.rows(RUN_ROWS) or []
    ]  # fmt: skip


def _created(tables: Tables) -> Growth | None:
    months = {(month.year, month.month): (int(n), int(archived)) for month, n, archived in tables.rows(CREATED) or []}
    if not months:
        return None
    last, total = max(months), sum(n for n, _ in months.values())
    first = max(min(months), _months_before(last, MONTHS - 1))
    before = sum(n for month, (n, _) in months.items() if month < first)
    values, rows, so_far, month = [], [], before, first
    while month <= last:
        n, archived = months.get(month, (0, 0))
        so_far += n
        title = f"{MONTH_NAMES[month[1] - 1]} {month[0]}"
        values.append((f"{title}: {n:,} reports, {archived:,} of them archived since", _year(month, first), n, archived))
        rows.append((title, f"{n:,}", f"{archived:,}", f"{so_far:,}"))
        month = _months_before(month, -1)
    earlier = f" {before:,} are older than this picture." if before else ""
    caption = (
        f"{total:,} reports that Mode still has, by the month in which they were created, up to"
        f" {MONTH_NAMES[last[1] - 1]} {last[0]}.{earlier}"
    )
    return Growth(bars(values), caption, ("Month", "Created", "Archived since", "So far"), rows)


def _viewed(tables: Tables) -> Growth | None:
    days = [row for row in (tables.rows(VIEWED) or [])[::-1] if row[1] is not None]
    if not days:
        return None
    values, rows = [], []
    for number, (day, views, runs) in enumerate(days):
        gained = max(int(views), 0)
        title = day_text(day)
        tick = title if number in (0, len(days) - 1) and len(days) > 1 else ""
        values.append((f"{title}: {gained:,} views more", tick, gained, 0))
        rows.append((title, f"{int(views):,}", f"{int(runs or 0):,}"))
    caption = f"Views gained since the recording before, on {len(days):,} recorded day{'' if len(days) == 1 else 's'}."
    return Growth(bars(values), caption, ("Day", "Views gained", "Runs gained"), rows)


def _checks(tables: Tables, listing: Listing, as_of: datetime | None) -> list[Check]:
    newest = f", seen from the newest run in Mode ({day_text(as_of)})" if as_of else ""
    declared = [
        ("dead_source", "On a data source that is gone", "Queries of these reports point to a data source that was"
         " deleted or that Mode does not list any more.", "Queries", ("queries", "data_sources")),
        ("failed", "Last run did not succeed", "The last run started after the last success ended: it failed, or it"
         " was still running when Mode was read.", "Last run", ()),
        ("unread", "Could not be read", "mode_source got no answer for parts of these reports; their last known rows"
         " are shown. The next run tries again.", "Reason", ("reads",)),
        ("stale", "Stale", f"Not archived, and not run for {STALE_DAYS} days{newest}.", "Last run", ()),
        ("never_run", "Never run", "Mode knows of no run.", "Created", ()),
        ("ownerless", "Without an owner", "Their creator is not a member of the workspace any more, or unknown.",
         "Creator", ("members",)),
        ("outside", "Visible from outside", "Public on the internet, or embedded elsewhere. No mistake by itself.",
         "Owner", ()),
    ]  # fmt: skip
    found = []
    for flag, title, meaning, heading, needs in declared:
        missing = tables.missing("reports", *needs)
        chosen = listing.chosen(flag)
        rows = [(report, _remark(flag, report)) for report in chosen[:TOP]]
        unknown = f"Not known: no table {', '.join(missing)} was loaded." if missing else ""
        found.append(Check(flag, title, meaning, len(chosen), heading, rows, unknown))
    return found


def _remark(flag: str, report: Report) -> str:
    if flag == "dead_source":
        return ", ".join(f"{name} (data source {source})" for name, source in report.dead)
    if flag == "unread":
        return report.unread
    if flag in ("ownerless", "outside"):
        return report.owner
    if flag == "never_run":
        return day_text(report.created)
    return day_text(report.last_run)


def _used(tables: Tables) -> list[UsedTable] | None:
    rows = tables.rows(USED)
    if rows is None:
        return None
    highest = max((row[4] for row in rows), default=0)
    return [
        UsedTable(full_name(database, schema, table), platform or "", reports, queries, share(reports, highest))
        for platform, database, schema, table, reports, queries in rows
    ]


def _covered(tables: Tables) -> list[Covered] | None:
    rows = tables.rows(COVERED)
    if rows is None:
        return None
    platforms: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0, 0, 0])
    for adapter, queries, whole, partly, failed in rows:
        name = adapter.removeprefix("jdbc:") or "data source gone"
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


def _utc(moment: datetime) -> datetime:
    return moment.replace(tzinfo=timezone.utc) if moment.tzinfo is None else moment.astimezone(timezone.utc)


def day_text(day: date | None) -> str:
    """A day as people write it, in UTC."""
    if day is None:
        return "never"
    day = _utc(day) if isinstance(day, datetime) else day
    return f"{day.day} {MONTH_NAMES[day.month - 1]} {day.year}"


def _months_before(month: tuple[int, int], number: int) -> tuple[int, int]:
    count = month[0] * 12 + month[1] - 1 - number
    return count // 12, count % 12 + 1


def _year(month: tuple[int, int], first: tuple[int, int]) -> str:
    return str(month[0]) if month[1] == 1 or month == first and month[1] < 9 else ""
