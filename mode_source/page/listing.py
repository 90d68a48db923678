"""The reports one by one, with their flags; the page's lists, counts and search table follow from them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import urlsplit

from .tables import Tables

# Why a report is of interest, one bit each; list.js knows them by the same names.
FLAGS = (
    "archived", "scheduled", "stale", "never_run", "dead_source", "failed", "ownerless", "unread", "outside", "dataset",
)  # fmt: skip
BIT = {name: 1 << number for number, name in enumerate(FLAGS)}

# What is stale, ownerless or on a dead source is what the models say. What is archived needs nobody's attention.
REPORTS = """
SELECT r.report_token, r.report_name, r.collection_token, r.collection_name, r.space_type, r.owner_username,
    r.owner_name, r.owner_status,
    r.view_count, r.runs_count, r.last_run_at, r.created_at, r.url, r.frequencies,
    r.archived,
    r.schedule_count > 0 AS scheduled,
    s.report_token IS NOT NULL AS stale,
    r.kind = 'report' AND r.last_run_at IS NULL AND NOT r.archived AS never_run,
    NOT r.last_run_succeeded AND NOT r.archived AS failed,
    r.owner_status NOT IN ('active', 'unknown') AND NOT r.archived AS ownerless,
    (r.public OR r.is_embedded) AND NOT r.archived AS outside,
    r.kind = 'dataset' AS dataset
FROM {reports_and_datasets} AS r LEFT JOIN {stale_reports} AS s ON s.report_token = r.report_token
"""
DEAD = """
SELECT d.report_token, d.query_name, d.data_source_id FROM {queries_on_dead_sources} AS d WHERE NOT d.archived
"""
UNREAD = "SELECT e.token, e.error FROM {reads} AS e WHERE e.error IS NOT NULL"


@dataclass(slots=True)
class Report:
    """A report, or a dataset: then `flags` says so."""

    token: str
    name: str
    collection_token: str
    collection: str
    username: str
    owner: str
    owner_status: str
    views: int
    runs: int
    last_run: datetime | None
    created: datetime | None
    url: str
    schedule: str
    flags: int
    dead: list[tuple[str, str]] = field(default_factory=list)
    unread: str = ""


class Listing:
    """All reports, and datasets, with what belongs to them.

    Args:
        tables: to read from.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.everything = sorted(self._read_reports(), key=lambda report: (-report.views, report.token))
        self.reports = [report for report in self.everything if not report.flags & BIT["dataset"]]
        self.counts: Counter[str] = Counter(live=sum(not report.flags & BIT["archived"] for report in self.reports))
        for report in self.reports:
            self.counts.update(name for name, bit in BIT.items() if report.flags & bit)

    def chosen(self, flag: str) -> list[Report]:
        """The reports that carry a flag, the most viewed first."""
        return [report for report in self.reports if report.flags & BIT[flag]]

    def _read_reports(self) -> Iterator[Report]:
        tables = self._tables
        dead: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for token, query, source in tables.stream(DEAD):
            dead[token].append((query or "Untitled query", source))
        unread: dict[str, str] = dict(tables.stream(UNREAD))
        without_collections = tables.missing("collections")
        for (
            token, name, collection_token, collection, space_type, username, owner, status, views, runs, last_run,
            created, url, frequencies, archived, scheduled, stale, never_run, failed, ownerless, outside, dataset,
        ) in tables.stream(REPORTS):  # fmt: skip
            flags = {
                "archived": archived,
                "scheduled": scheduled,
                "stale": stale,
                "never_run": never_run,
                "dead_source": token in dead,
                "failed": failed,
                "ownerless": ownerless,
                "unread": token in unread,
                "outside": outside,
                "dataset": dataset,
            }
            yield Report(
                token=token,
                name=name or "Untitled",
                collection_token="" if without_collections else collection_token or "",
                collection="" if without_collections else _collection(collection, space_type),
                username=username or "",
                owner=owner or username or "Unknown",
                owner_status=status,
                views=views or 0,
                runs=runs or 0,
                last_run=last_run,
                created=created,
                url=web_address(url),
                schedule=(frequencies or ("scheduled" if scheduled else "")).replace("_", " "),
                flags=sum(BIT[flag] for flag, holds in flags.items() if holds),
                dead=sorted(dead[token]) if token in dead else [],
                unread=unread.get(token, ""),
            )


def web_address(text: str | None) -> str:
    """The address if it is one that may be linked to, or nothing: a name or link of Mode's is untrusted."""
    try:
        parts = urlsplit((text or "").strip())
    except ValueError:
        return ""
    return parts.geturl() if parts.scheme in ("http", "https") and parts.netloc else ""


def _collection(name: str | None, kind: str | None) -> str:
    return name or {"private": "Personal", None: "Unknown collection"}.get(kind, "Untitled collection")
