"""Listings cut short by Mode's own `updated_at` filter, for very large workspaces (`listing = "filtered"`).

A full listing costs a request per 30 reports. Filtered, each collection is asked only for what was updated
after its cursor, by seek: always page 1, with the filter raised to the last row seen, as pages counted by
number lose a row when another is saved meanwhile (docs/dlt-notes.md#s3-2). What the filter cannot show (views,
moves, removals) waits for the next full listing, at the latest after `reconcile_after`. Whether Mode honours
the filter is contested (docs/mode-api.md#s11), so every run probes it and falls back to a full listing.

The cursors live in dlt's state, which counts only together with the rows of its package.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from typing import Any

import pendulum

from ..entities import REPORTS
from ..entities.rows import Row
from ..errors import ReadError, Unavailable
from .decisions import instant
from .reading import Reading

logger = logging.getLogger(__name__)

# A moment after which nothing can have been updated: a list filtered by it is empty if filters work.
FUTURE = "2999-01-01T00:00:00Z"


class Cursors:
    """How far the reports of each collection have been read.

    Args:
        state: of the resource `reports`; changed in place.
        reading: what the cursors are good for (resources, scope). With another one, they say nothing.
    """

    def __init__(self, state: dict[str, Any], reading: str) -> None:
        self._state = state
        self._reading = reading

    def usable(self, now: pendulum.DateTime, reconcile_after: pendulum.Duration) -> bool:
        """Whether a full listing of the same reading is recent enough."""
        full_at = instant(self._state.get("full_at"))
        if full_at is None or self._state.get("reading") != self._reading:
            return False
        # Dated in the future, it comes from a run with a wrong clock.
        return full_at <= now and now - full_at < reconcile_after

    def of(self, space: str) -> str | None:
        cursor = self._state.get("cursors", {}).get(space)
        return str(cursor) if cursor else None

    def saw(self, space: str, latest: str) -> None:
        """Moves a collection's cursor to the latest `updated_at` that was seen there."""
        cursors = self._state.setdefault("cursors", {})
        cursors[space] = max(latest, cursors.get(space) or "")

    def begin_full(self) -> None:
        """A full listing starts: what it sees replaces all cursors."""
        self._state.update(cursors={}, reading=self._reading, full_at=None)

    def end_full(self, now: pendulum.DateTime) -> None:
        """A full listing has ended without a fault."""
        self._state["full_at"] = now.to_iso8601_string()


def honoured(reading: Reading, space: str) -> bool:
    """Whether Mode filters the reports of a collection that is known to have some."""
    query = {"filter": f"updated_at.gt.{FUTURE}"}
    try:
        works = not any(reading.pages(REPORTS, REPORTS.path, query, space_token=space))
    except ReadError:
        works = False
    if not works:
        logger.info("Mode does not honour the filter on updated_at here: listings are read in full.")
    return works


def updated_pages(reading: Reading, space: str, since: str) -> Iterator[list[Row]]:
    """Pages of the reports of a collection that were updated after `since`, oldest first.

    Raises:
        ReadError: Mode failed, or did not keep to the order asked for.
    """
    while True:
        query = {"filter": f"updated_at.gt.{since}", "order": "asc", "order_by": "updated_at"}
        page = next(reading.pages(REPORTS, REPORTS.path, query, space_token=space), [])
        moments = [row.get("updated_at") or "" for row in page]
        if moments != sorted(moments) or (moments and moments[0] <= since):
            raise Unavailable(f"Mode ignores filter or order in collection {space}")
        if page:
            yield page
        if not page or reading.client.page_sizes.is_last(REPORTS.path, len(page)):
            return
        since = moments[-1]
