"""Decisions: what is due, what is in scope. Pure functions of what is listed and what is stored."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

import pendulum

from .entities import Entity
from .errors import UsageError
from .rows import Row, version
from .stored import Read


def is_due(
    entity: Entity, row: Row, read: Read | None, now: pendulum.DateTime, reread_after: pendulum.Duration
) -> bool:
    """Whether the requests that a listing row drives must be made again.

    Args:
        entity: what the row is (its `stale` columns decide).
        row: as listed now.
        read: the last complete reading, if any.
        now: start of the run.
        reread_after: bound on what a listing cannot show. Rows fall due between half of it and all of it,
            each at its own moment, so that a first load's rows do not all fall due on one day.
    """
    if read is None or read.version != version(entity, row) or read.cursor != (row.get(entity.cursor) or ""):
        return True
    share = 0.5 + int(row["token"].encode().hex(), 16) % 997 / 997 / 2
    return now - read.read_at >= reread_after * share


@dataclass(frozen=True)
class Scope:
    """Which collections and reports the user wants: by regular expressions on names, and by age.

    `since` is a moment as Mode writes them, which compare as texts; with it a run removes nothing.
    """

    include_collections: tuple[re.Pattern[str], ...] = ()
    exclude_collections: tuple[re.Pattern[str], ...] = ()
    include_reports: tuple[re.Pattern[str], ...] = ()
    exclude_reports: tuple[re.Pattern[str], ...] = ()
    include_archived: bool = True
    collection_filter: str = "all"
    since: str = ""

    def has_collection(self, row: Row) -> bool:
        if self.collection_filter == "custom" and row.get("space_type") == "private":
            return False
        return _wanted(row, self.include_collections, self.exclude_collections)

    def is_old(self, row: Row) -> bool:
        """Whether a report was last updated before `since`."""
        return bool(self.since) and (row.get("updated_at") or self.since) < self.since

    def has_report(self, row: Row) -> bool:
        if row.get("archived") and not self.include_archived:
            return False
        return _wanted(row, self.include_reports, self.exclude_reports)


def patterns(setting: str, values: Iterable[str] | str | None) -> tuple[re.Pattern[str], ...]:
    """Regular expressions of a setting.

    Raises:
        UsageError: one of them is not a regular expression.
    """
    if values is None:
        return ()
    try:
        return tuple(re.compile(value) for value in ([values] if isinstance(values, str) else values))
    except re.error as error:
        raise UsageError(f"Setting `{setting}` is not a regular expression: {error}.") from None


def _wanted(row: Row, include: tuple[re.Pattern[str], ...], exclude: tuple[re.Pattern[str], ...]) -> bool:
    name = row.get("name") or ""
    if include and not any(pattern.search(name) for pattern in include):
        return False
    return not any(pattern.search(name) for pattern in exclude)
