"""Mode's Discovery API: lists of the whole workspace, 1,000 rows a page (docs/mode-api.md#s7).

It knows reports, their statistics, queries and charts, without data sources, timestamps and chart definitions
(docs/mode-api.md#s12), and needs credentials of its own. It is never more than a shorter way: once it fails, the run
goes on without it, after one warning. Signature tokens are neither made nor revoked, as both are writes.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import Literal
from urllib.parse import quote

from ..entities.rows import Payload
from ..errors import ReadError, Unavailable
from .client import BATCH, ModeClient
from .paging import MOST_PAGES

logger = logging.getLogger(__name__)

Resource = Literal["reports", "report_stats", "queries", "charts"]


class Discovery:
    """The Discovery API in one run.

    Args:
        client: asks Mode; it may have credentials for this API.
    """

    def __init__(self, client: ModeClient) -> None:
        self._client = client
        self.usable = client.has_discovery
        self.complete: dict[str, bool] = {}  # whether all rows of a list were seen
        self._reports: dict[str, Payload] | None = None
        self._lock = threading.RLock()

    def pages(self, resource: Resource) -> Iterator[list[Payload]]:
        """Pages of a list, each row once.

        Raises:
            ReadError: the list was not read to its end.
        """
        page = 1
        path = f"{BATCH}{quote(self._client.workspace)}/{resource}"
        key = "report_token" if resource == "report_stats" else "token"
        # Personal collections are left out unless asked for; the listings may show some, statistics are not for them.
        personal = {} if resource == "report_stats" else {"include_spaces": "all"}
        seen: set[str] = set()
        while page <= MOST_PAGES:
            body = self._client.get(path, {**personal, "page": str(page)})
            try:
                rows = {str(row[key]): row for row in body[resource]}
                total_pages, total_count = (int(body["pagination"][name]) for name in ("total_pages", "total_count"))
            except (KeyError, TypeError, ValueError):
                raise Unavailable(f"its answer is not a list of {resource}") from None
            new = [row for token, row in rows.items() if token not in seen]
            seen |= rows.keys()
            if new:
                yield new
            # The examples show links to pages that are not there, so the counters decide (docs/mode-api.md#s7).
            if not new or page >= total_pages:
                self.complete[resource] = len(seen) >= total_count
                return
            page += 1
        raise Unavailable(f"the list {path} has no end: new rows still came on page {MOST_PAGES:,}")

    def reports(self) -> dict[str, Payload]:
        """Discovery's facts about each report, by token; asked for once. Raises as `pages`."""
        with self._lock:
            if self._reports is None:
                kept = ("updated_at", "edited_at", "last_viewed_at", "last_run_state")
                self._reports = {
                    str(row["token"]): {name: row.get(name) for name in kept}
                    for page in self.pages("reports")
                    for row in page
                }
            return self._reports

    def failed(self, error: ReadError) -> None:
        """Goes on without Discovery, and says so once."""
        with self._lock:
            if self.usable:
                self.usable = False
                logger.warning("Discovery API unavailable (%s); falling back to one request per report.", error)
