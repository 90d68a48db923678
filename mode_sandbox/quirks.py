"""What differs between Mode workspaces, kinds of key and years, as switches.

Each default is what docs/mode-api.md calls best supported; each other value is something a peer saw or claims.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from .model import Report


@dataclass(frozen=True, slots=True)
class Quirks:
    """The switches of one simulated Mode.

    Attributes:
        past_end: what a page past the end holds: an empty list, no embed key (datahub_final_page.json),
            or the last page once more (docs/mode-api.md#s4).
        creators: whether reports carry ``_links.creator`` (docs/mode-api.md#s6: contested).
        user_emails: whether ``GET /api/{username}`` has ``email`` (docs/mode-api.md#s5-2: often absent).
        memberships: ``/memberships`` answers or is 404 (docs/mode-api.md#s1, member keys).
        lite: the same for ``/memberships/lite``.
        filters: what ``filter=updated_at.gt.…`` does on report and dataset lists (docs/mode-api.md#s6: contested).
        page_size: rows per page of report, dataset, space and schedule lists (30 observed).
        listing_order: ``created`` = oldest first, ``updated`` = last updated first, so that a run in
            mid-walk shifts rows over page boundaries (docs/mode-api.md#s4, last paragraph).
        volatile: ``web_preview_image`` and ``flamingo_signature`` differ on every call (docs/mode-api.md#s2).
        counts_as_strings: counts as documented (strings) rather than as observed (numbers).
        missing_counts: some reports lack ``query_count`` and ``chart_count`` (unknown, not zero).
        absolute_hrefs: ``_links`` hrefs carry scheme and host.
        datasets_in_report_listing: dataset rows also appear in a collection's report list (docs/mode-api.md#s6-1 [?]).
        personal_reports_by_token: a report in somebody else's personal collection, never listed, still
            answers when asked for by its token (docs/mode-api.md#s10: not access-restricted by default).
        key_scope: ``api_key_scope`` of ``/api/verify``.
        permissions: lists of permissions answer, or are 400 or 404 (docs/mode-api.md#s5-4, #s5-5: shapes unknown).
        permission_tokens: whether rows of those lists have a token.
        subscription_tokens: whether subscriptions have a ``token`` beside their link (docs/mode-api.md#s6-5).
        discovery_includes_archived: archived reports in Discovery (docs/mode-api.md#s7 [?]).
        discovery_includes_datasets: datasets in Discovery reports, queries and stats (docs/mode-api.md#s7 [?]).
        discovery_stats_old_names: ``total_views_count`` instead of ``view_count`` (docs/mode-api.md#s7).
        discovery_numeric_ids: ids are numbers in Discovery even where REST sends strings (docs/mode-api.md#s7, docs).
        discovery_max_per_page: the largest page Discovery serves; more is clamped (1000 or 999).
    """

    past_end: Literal["empty", "missing", "repeat"] = "empty"
    creators: Literal["always", "sometimes", "never"] = "always"
    user_emails: bool = True
    memberships: Literal["ok", "refused"] = "ok"
    lite: Literal["ok", "refused"] = "ok"
    filters: Literal["honoured", "ignored", "error"] = "honoured"
    page_size: int = 30
    listing_order: Literal["created", "updated"] = "created"
    volatile: bool = True
    counts_as_strings: bool = False
    missing_counts: bool = False
    absolute_hrefs: bool = False
    datasets_in_report_listing: bool = False
    personal_reports_by_token: bool = True
    key_scope: Literal["workspace", "member"] = "workspace"
    permissions: Literal["ok", "refused", "missing"] = "ok"
    permission_tokens: bool = True
    subscription_tokens: bool = True
    discovery_includes_archived: bool = True
    discovery_includes_datasets: bool = False
    discovery_stats_old_names: bool = False
    discovery_numeric_ids: bool = False
    discovery_max_per_page: int = 1000

    def shows_creator(self, report: Report) -> bool:
        """Whether this report's payload has a creator link; ``sometimes`` depends on its token only."""
        if report.creator is None or self.creators == "never":
            return False
        return self.creators == "always" or int(report.token[0], 16) % 3 != 0

    def shows_counts(self, report: Report) -> bool:
        """Whether this report's payload has ``query_count`` and ``chart_count``."""
        return not self.missing_counts or int(report.token[1], 16) % 3 != 0

    def count(self, number: int) -> int | str:
        """A count as it is sent."""
        return str(number) if self.counts_as_strings else number
