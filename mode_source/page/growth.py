"""The growth of the workspace: reports created, and views gained where there is history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .charts import Bars, bars
from .tables import Tables
from .times import MONTH_NAMES, day_text

MONTHS = 36
DAYS = 60
LAST_MONTHS = 13

# Months and days in UTC, whatever the session's time zone.
CREATED = """
SELECT date_trunc('month', r.created_at AT TIME ZONE 'UTC') AS month, count(*) AS reports,
    sum(CASE WHEN r.archived THEN 1 ELSE 0 END) AS archived
FROM {reports} AS r WHERE r.created_at IS NOT NULL GROUP BY 1 ORDER BY 1
"""
RAN = """
SELECT date_trunc('month', r.last_run_at AT TIME ZONE 'UTC') AS month, count(*) AS reports
FROM {reports} AS r WHERE r.last_run_at IS NOT NULL AND NOT coalesce(r.archived, false) GROUP BY 1
"""
VIEWED = f"""
SELECT g.day, sum(g.views) AS views, sum(g.runs) AS runs FROM (
    SELECT s.day, s.view_count - lag(s.view_count) OVER (PARTITION BY s.report_token ORDER BY s.day) AS views,
        s.runs_count - lag(s.runs_count) OVER (PARTITION BY s.report_token ORDER BY s.day) AS runs
    FROM {{report_stats_daily}} AS s
) AS g
GROUP BY g.day ORDER BY g.day DESC LIMIT {DAYS}
"""


@dataclass(frozen=True)
class Growth:
    """Bars, and their meaning in words."""

    chart: Bars
    caption: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]
    legend: tuple[str, ...] = ()  # of the full and the pale part


def created(tables: Tables) -> Growth | None:
    """Reports by the month in which they were created; None where there are none."""
    months = {(month.year, month.month): (int(n), int(archived)) for month, n, archived in tables.stream(CREATED)}
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
        values.append(
            (f"{title}: {_reports(n)}, {archived:,} of them archived since", _year(month, first), n, archived)
        )
        rows.append((title, f"{n:,}", f"{archived:,}", f"{so_far:,}"))
        month = _months_before(month, -1)
    earlier = f" {before:,} are older than the chart." if before else ""
    caption = f"{_reports(total)} that Mode still has, by the month in which they were created.{earlier}"
    heads = ("Month", "Created", "Archived since", "So far")
    legend = ("live", "archived since") if any(value[3] for value in values) else ()
    return Growth(bars(values), caption, heads, rows, legend)


def ran(tables: Tables) -> Growth | None:
    """Live reports by the month of their last run, of the last year; None where none ever ran."""
    months = {(month.year, month.month): int(n) for month, n in tables.stream(RAN)}
    if not months:
        return None
    last = max(months)
    values, rows = [], []
    for back in range(LAST_MONTHS - 1, -1, -1):
        month = _months_before(last, back)
        title, n = f"{MONTH_NAMES[month[1] - 1]} {month[0]}", months.pop(month, 0)
        tick = MONTH_NAMES[month[1] - 1] if back % 3 == LAST_MONTHS % 3 else ""
        values.append((f"{title}: {_reports(n)} ran last", tick, n, 0))
        rows.append((title, f"{n:,}"))
    earlier = sum(months.values())
    more = f" {earlier:,} ran last before that." if earlier else ""
    caption = f"Live reports by the month of their last run.{more}"
    return Growth(bars(values), caption, ("Month", "Last run in it"), rows)


def viewed(tables: Tables) -> Growth | None:
    """Views gained from one recorded day to the next; None before the second."""
    days = [row for row in tables.rows(VIEWED)[::-1] if row[1] is not None]
    if not days:
        return None
    values, rows = [], []
    for number, (day, views, runs) in enumerate(days):
        gained = max(int(views), 0)
        title = day_text(day)
        tick = title if number in (0, len(days) - 1) and len(days) > 1 else ""
        values.append((f"{title}: {gained:,} view{'' if gained == 1 else 's'} more", tick, gained, 0))
        rows.append((title, f"{int(views):,}", f"{int(runs or 0):,}"))
    caption = f"Views gained since the recording before, on {len(days):,} recorded day{'' if len(days) == 1 else 's'}."
    return Growth(bars(values), caption, ("Day", "Views gained", "Runs gained"), rows)


def _reports(number: int) -> str:
    return f"{number:,} report{'' if number == 1 else 's'}"


def _months_before(month: tuple[int, int], number: int) -> tuple[int, int]:
    count = month[0] * 12 + month[1] - 1 - number
    return count // 12, count % 12 + 1


def _year(month: tuple[int, int], first: tuple[int, int]) -> str:
    return str(month[0]) if month[1] == 1 or (month == first and month[1] < 9) else ""
