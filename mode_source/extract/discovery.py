"""Mode's Discovery API: lists of the whole workspace, 1,000 rows a page (docs/mode-api.md#s7).

It knows reports, their statistics, queries and charts, without data sources, timestamps and chart definitions
(docs/mode-api.md#s12), and needs credentials of its own. It is never more than a shorter way: once it fails, the run
goes on without it, after one warning. Signature tokens are neither made nor revoked, as both are writes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Any, Literal
from urllib.parse import quote

from ..api.client import BATCH
from ..entities import REPORT_STATS
from ..entities.rows import Payload, Row, make_row
from ..errors import ReadError, Unavailable
from .walk import Batch, Walk

logger = logging.getLogger(__name__)

Resource = Literal["reports", "report_stats", "queries", "charts"]


class Discovery:
    """The Discovery API in one run.

    Args:
        walk: of the run.
        configured: whether there are credentials for it.
    """

    def __init__(self, walk: Walk, configured: bool) -> None:
        self._walk = walk
        self.usable = configured
        self.complete: dict[str, bool] = {}  # whether all rows of a list were seen
        self._reports: dict[str, Payload] | None = None
        self._lock = threading.RLock()

    def pages(self, resource: Resource) -> Iterator[list[Payload]]:
        """Pages of a list, each row once.

        Raises:
            ReadError: the list was not read to its end.
        """
        walk, page = self._walk, 1
        path = f"{BATCH}{quote(walk.client.workspace)}/{resource}"
        key = "report_token" if resource == "report_stats" else "token"
        # Personal collections are left out unless asked for; the listings may show some, statistics are not for them.
        personal = {} if resource == "report_stats" else {"include_spaces": "all"}
        seen: set[str] = set()
        while True:
            body = walk.client.get(path, {**personal, "page": str(page)})
            try:
                rows = {str(row[key]): row for row in body[resource]}
                total_pages, total_count = (int(body["pagination"][name]) for name in ("total_pages", "total_count"))
            except (KeyError, TypeError, ValueError):
                raise Unavailable(f"what it sent is not a list of {resource}.") from None
            new = [row for token, row in rows.items() if token not in seen]
            seen |= rows.keys()
            if new:
                yield new
            # The examples show links to pages that are not there, so the counters decide (docs/mode-api.md#s7).
            if not new or page >= total_pages:
                self.complete[resource] = len(seen) >= total_count
                return
            page += 1

    def reports(self) -> dict[str, Payload]:
        """What Discovery says of each report, by token; asked for once. Raises as `pages`."""
        with self._lock:
            if self._reports is None:
                kept = ("updated_at", "edited_at", "last_viewed_at", "last_run_state")
                self._reports = {
                    str(row["token"]): {name: row.get(name) for name in kept}
                    for page in self.pages("reports")
                    for row in page
                }
            return self._reports

    def statistics(self) -> Iterator[Batch]:
        """The rows of `report_stats`; none if Discovery is of no use."""
        if not self.usable:
            return
        self._walk.verify()
        listed: set[str] = set()
        try:
            reports = self.reports()
            for page in self.pages("report_stats"):
                rows = [self._statistics_row(payload, reports) for payload in page]
                listed |= {row["token"] for row in rows if row}
                self._walk.log.add(report_stats=len(rows))
                yield Batch(REPORT_STATS, [row for row in rows if row])
        except ReadError as error:
            self.failed(error)
            return
        if self.complete["report_stats"]:
            index = self._walk.stored.index(REPORT_STATS)
            yield Batch(REPORT_STATS, gone=[token for token in index if token not in listed])

    def failed(self, error: ReadError) -> None:
        """Goes on without Discovery, and says so once."""
        with self._lock:
            if self.usable:
                self.usable = False
                logger.warning("Mode's Discovery API is of no use now (%s) Everything is read report by report.", error)

    @staticmethod
    def _statistics_row(payload: Payload, reports: dict[str, Payload]) -> Row | None:
        report: dict[str, Any] = reports.get(str(payload.get("report_token")), {})
        more = {name: report.get(name) for name in ("last_viewed_at", "last_run_state")}
        return make_row(REPORT_STATS, {**payload, **more})
