"""Decides which rows are due and which are in scope: pure functions of listed and stored rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

import pendulum

from ..entities import Entity
from ..entities.notes import Read
from ..entities.rows import Row, version
from ..errors import UsageError

# A run moves `updated_at` to some milliseconds after its end (docs/mode-api.md#s10: 17 to 131 in the recordings).
AFTER_A_RUN = pendulum.duration(seconds=10)
FEW = 10  # rows that may always leave a table in one run


@dataclass(frozen=True)
class Policy:
    """The rules for reading again.

    reread_after: bound on what a listing cannot show.
    skip_run_only_changes: a report that has only run since is not read again.
    everything: whatever is stored (`--full-refresh`).
    max_removed: share of a table that may leave it in one run.
    accept_removals: believe the lists, however many rows they lack (`--accept-removals`).
    """

    reread_after: pendulum.Duration
    skip_run_only_changes: bool = False
    everything: bool = False
    max_removed: float = 0.3
    accept_removals: bool = False


def driver(parent: Entity, child: Entity) -> Entity:
    """The parent as far as it says when the child's rows are due: all of it, or the columns of `moved_by`."""
    return replace(parent, stale=child.moved_by, cursor="") if child.moved_by else parent


def is_due(entity: Entity, row: Row, read: Read | None, now: pendulum.DateTime, policy: Policy) -> bool:
    """Whether the requests that a listing row drives must be made again.

    Args:
        entity: what the row is (its `stale` columns and its cursor decide).
        row: as listed now.
        read: the last complete reading, if any.
        now: start of the run.
        policy: rows fall due between half of its `reread_after` and all of it, each at its own moment, so
            that a first load's rows do not all fall due on one day.
    """
    if policy.everything or read is None or read.version != version(entity, row):
        return True
    cursor = row.get(entity.cursor) or ""
    if read.cursor != cursor and not (policy.skip_run_only_changes and _moved_by_a_run(entity, row, cursor)):
        return True
    share = 0.5 + int(row["token"].encode().hex(), 16) % 997 / 997 / 2
    # Seconds: the difference of two moments of pendulum's costs as much as all the rest here.
    age = now.timestamp() - read.read_at.timestamp()
    # A reading dated in the future comes from a run with a wrong clock: its age says nothing.
    return age < 0 or age >= policy.reread_after.total_seconds() * share


def beyond_bound(gone: int, stored: int, max_removed: float, *, never_empty: bool) -> bool:
    """Whether more rows of a table seem to be gone than people remove in a day.

    Args:
        gone: how many seem to be gone.
        stored: how many the table holds.
        max_removed: share of the table up to which a removal is believed; ten rows always are.
        never_empty: whether a working workspace always has some of them.
    """
    if not gone:
        return False
    return (gone > FEW and gone > max_removed * stored) or (never_empty and gone >= stored)


def _moved_by_a_run(entity: Entity, row: Row, cursor: str) -> bool:
    moved = instant(cursor)
    runs = [ran for name in entity.run_times if (ran := instant(row.get(name)))]
    return moved is not None and any(ran <= moved <= ran + AFTER_A_RUN for ran in runs)


def instant(value: str | None) -> pendulum.DateTime | None:
    """Parses a moment as Mode writes it; None for anything else."""
    moment = pendulum.parse(value) if value else None
    return moment if isinstance(moment, pendulum.DateTime) else None


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
