"""What changed in Mode: in the last run that saw a change, and in the last month."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from .tables import Tables
from .times import utc

DAYS = 30
TOP = 12
SHOWN = {
    "reports": "Reports", "queries": "Queries", "charts": "Charts", "datasets": "Datasets",
    "report_schedules": "Schedules", "collections": "Collections", "definitions": "Definitions",
    "data_sources": "Data sources", "members": "Members",
}  # fmt: skip
_COUNTS = """
sum(CASE WHEN c.change = 'added' THEN 1 ELSE 0 END), sum(CASE WHEN c.change = 'changed' THEN 1 ELSE 0 END),
    sum(CASE WHEN c.change = 'removed' THEN 1 ELSE 0 END)
"""
# The first run of all adds everything: that is no change in Mode.
FIRST = "SELECT min(r.started_at), max(r.started_at), count(*) FROM {runs} AS r WHERE r.outcome <> 'failed'"
LAST = f"""
SELECT c.entity, {_COUNTS} FROM {{changes}} AS c
WHERE c.changed_at = (SELECT max(r.started_at) FROM {{runs}} AS r WHERE r.outcome <> 'failed') GROUP BY 1
"""
MONTH = f"""
SELECT c.entity, {_COUNTS} FROM {{changes}} AS c
WHERE c.changed_at > (SELECT min(r.started_at) FROM {{runs}} AS r WHERE r.outcome <> 'failed')
    AND c.changed_at > (SELECT max(r.started_at) FROM {{runs}} AS r) - INTERVAL '{DAYS} days' GROUP BY 1
"""
NEWEST = f"""
SELECT c.token, c.name, c.change, c.changed_at FROM {{changes}} AS c
WHERE c.entity = 'reports' AND c.changed_at > (SELECT min(r.started_at) FROM {{runs}} AS r WHERE r.outcome <> 'failed')
ORDER BY c.changed_at DESC, c.change, c.name, c.token LIMIT {TOP}
"""

Counts = tuple[int, int, int]  # added, changed, removed


@dataclass(frozen=True)
class Changes:
    """Counts of changes, and the newest ones.

    Attributes:
        last: start of the last run.
        rows: entity, counts of the last run, counts of the month.
        reports: the newest changes of reports: token, name, change, when.
    """

    last: datetime
    rows: list[tuple[str, Counts, Counts]]
    reports: list[tuple[str, str, str, datetime]]


def changed(tables: Tables) -> Changes | None:
    """Reads the changes; None where there has not been a second run that could see any."""
    ((_, last, runs),) = tables.rows(FIRST)
    if runs < 2 or not tables.has("changes"):
        return None
    of_last = {entity: _counts(row) for entity, *row in tables.stream(LAST)}
    of_month = {entity: _counts(row) for entity, *row in tables.stream(MONTH)}
    none = (0, 0, 0)
    rows = [
        (label, of_last.get(entity, none), of_month.get(entity, none))
        for entity, label in SHOWN.items()
        if entity in of_last or entity in of_month
    ]
    reports = [
        (token, name or "Untitled", change, utc(moment)) for token, name, change, moment in tables.stream(NEWEST)
    ]
    return Changes(utc(last), rows, reports)


def _counts(row: list[int | None]) -> Counts:
    added, changed, removed = (int(count or 0) for count in row)
    return added, changed, removed
