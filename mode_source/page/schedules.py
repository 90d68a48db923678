"""What schedules cost, and which SQL is copied: from the views `schedule_load` and `duplicate_sql`."""

from __future__ import annotations

from dataclasses import dataclass

from .charts import Bars, bars
from .tables import Tables

TOP = 15  # rows that are shown

# A schedule has a row for each hour in which it starts runs.
LOAD = """
SELECT s.report_token, s.report_name, s.frequency, sum(s.runs_per_week), sum(s.seconds_per_week), max(s.view_count)
FROM {schedule_load} AS s GROUP BY s.schedule_token, s.report_token, s.report_name, s.frequency
ORDER BY 5 DESC NULLS LAST, 4 DESC NULLS LAST, s.schedule_token
"""
HOURS = """
SELECT s.hour_utc, sum(s.runs_per_week) FROM {schedule_load} AS s WHERE s.hour_utc IS NOT NULL GROUP BY 1 ORDER BY 1
"""
COPIES = f"""
SELECT d.first_report_token, d.first_report_name, d.copies, d.reports, d.authors, d.data_source_name
FROM {{duplicate_sql}} AS d WHERE NOT d.on_dataset ORDER BY d.copies DESC, d.reports DESC, d.sql_digest LIMIT {TOP}
"""
COPIED = "SELECT count(*), coalesce(sum(d.copies), 0) FROM {duplicate_sql} AS d WHERE NOT d.on_dataset"


@dataclass(frozen=True)
class Cost:
    """A schedule and its cost: runs and minutes a week; None where Mode does not say how long a run takes."""

    token: str
    name: str
    frequency: str
    runs: float
    minutes: float | None
    views: int


@dataclass(frozen=True)
class Schedules:
    """The schedules of live reports and datasets.

    Attributes:
        hours: of queries a week.
        hourly: runs a week by hour of the day (UTC).
        costs: the dearest first.
    """

    hours: float
    hourly: Bars
    costs: list[Cost]

    @property
    def load(self) -> dict[str, tuple[float, float]]:
        """Runs and minutes a week by report."""
        load: dict[str, tuple[float, float]] = {}
        for cost in self.costs:
            runs, minutes = load.get(cost.token, (0.0, 0.0))
            load[cost.token] = round(runs + cost.runs, 2), round(minutes + (cost.minutes or 0), 2)
        return load


@dataclass(frozen=True)
class Copies:
    """SQL texts that occur more than once.

    Attributes:
        texts: how many, those that only read a Mode dataset left out.
        queries: that share them.
        rows: token and name of the report with the oldest, copies, reports, authors, data source.
    """

    texts: int
    queries: int
    rows: list[tuple[str, str, int, int, int, str]]


def schedules(tables: Tables) -> Schedules | None:
    """Reads the schedules; None where there are none."""
    if tables.missing("report_schedules", "reports"):
        return None
    rows = tables.rows(LOAD)
    if not rows:
        return None
    by_hour = {int(hour): float(runs or 0) for hour, runs in tables.stream(HOURS)}
    values = []
    for hour in range(24):
        runs = round(by_hour.get(hour, 0))
        tick = f"{hour:02}:00" if hour % 6 == 0 else ""
        values.append(
            (f"{hour:02}:00 to {hour:02}:59 UTC: {runs:,} run{'' if runs == 1 else 's'} a week", tick, runs, 0)
        )
    costs = [
        Cost(token, name or "Untitled", (frequency or "").replace("_", " "), float(runs or 0),
             None if seconds is None else float(seconds) / 60, int(views or 0))
        for token, name, frequency, runs, seconds, views in rows
    ]  # fmt: skip
    return Schedules(sum(cost.minutes or 0 for cost in costs) / 60, bars(values), costs)


def copies(tables: Tables) -> Copies | None:
    """Reads what is copied; None where nothing is."""
    if tables.missing("queries", "reports"):
        return None
    ((texts, queries),) = tables.rows(COPIED)
    rows = [
        (token, name or "Untitled", count, reports, authors, source or "a data source that is gone")
        for token, name, count, reports, authors, source in tables.stream(COPIES)
    ]
    return Copies(int(texts), int(queries), rows) if rows else None
