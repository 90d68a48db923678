"""The growth of the workspace: reports created, and views gained where there is history."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from .charts import Bars, bars
from .tables import Tables
from .times import MONTH_NAMES, day_text

MONTHS = 36
DAYS = 60

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


@dataclass(frozen=True)
class Growth:
    """Bars, and their meaning in words."""

    chart: Bars
    caption: str
    heads: tuple[str, ...]
    rows: Sequence[tuple[str, ...]]


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
            (f"{title}: {n:,} reports, {archived:,} of them archived since", _year(month, first), n, archived)
        )
        rows.append((title, f"{n:,}", f"{archived:,}", f"{so_far:,}"))
        month = _months_before(month, -1)
    pale = " Light: archived since." if any(value[3] for value in values) else ""
    earlier = f" {before:,} are older than this picture." if before else ""
    caption = (
        f"{total:,} reports that Mode still has, by the month in which they were created, up to"
        f" {MONTH_NAMES[last[1] - 1]} {last[0]}.{pale}{earlier}"
    )
    return Growth(bars(values), caption, ("Month", "Created", "Archived since", "So far"), rows)


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
        values.append((f"{title}: {gained:,} views more", tick, gained, 0))
        rows.append((title, f"{int(views):,}", f"{int(runs or 0):,}"))
    caption = f"Views gained since the recording before, on {len(days):,} recorded day{'' if len(days) == 1 else 's'}."
    return Growth(bars(values), caption, ("Day", "Views gained", "Runs gained"), rows)


def _months_before(month: tuple[int, int], number: int) -> tuple[int, int]:
    count = month[0] * 12 + month[1] - 1 - number
    return count // 12, count % 12 + 1


def _year(month: tuple[int, int], first: tuple[int, int]) -> str:
    return str(month[0]) if month[1] == 1 or (month == first and month[1] < 9) else ""
