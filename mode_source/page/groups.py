"""Owners and collections: what is theirs, and how it is doing. The browser counts the same for their views."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass

from .listing import BIT, Listing, Report

POOR = ("dead_source", "failed", "stale", "never_run", "ownerless")  # flags that a healthy report has none of


@dataclass(frozen=True)
class Group:
    """The live reports of an owner or a collection; archived ones and datasets are counted apart."""

    key: str
    name: str
    status: str  # of an owner: active, left, … ; empty for a collection
    reports: int
    datasets: int
    archived: int
    views: int
    scheduled: int
    stale: int
    poor: int  # reports with a flag of `POOR`


def owners(listing: Listing) -> list[Group]:
    """Everybody who owns something; who left first, then by live reports."""
    found = _groups(listing, lambda report: (report.username, report.owner, report.owner_status))
    return sorted(
        found, key=lambda group: (group.status in ("active", "unknown"), -group.reports, group.name, group.key)
    )


def collections(listing: Listing) -> list[Group]:
    """Every collection in which something is, by live reports."""
    found = _groups(listing, lambda report: (report.collection_token, report.collection, ""))
    return sorted(found, key=lambda group: (-group.reports, group.name, group.key))


def _groups(listing: Listing, key_of: Callable[[Report], tuple[str, str, str]]) -> list[Group]:
    held: defaultdict[tuple[str, str, str], list[Report]] = defaultdict(list)
    for report in listing.everything:
        if key_of(report)[0]:
            held[key_of(report)].append(report)
    return [_group(key, reports) for key, reports in held.items()]


def _group(key: tuple[str, str, str], held: list[Report]) -> Group:
    live = [report for report in held if not report.flags & BIT["archived"]]
    reports = [report for report in live if not report.flags & BIT["dataset"]]
    poor = sum(BIT[flag] for flag in POOR)
    return Group(
        *key,
        reports=len(reports),
        datasets=len(live) - len(reports),
        archived=len(held) - len(live),
        views=sum(report.views for report in reports),
        scheduled=sum(bool(report.flags & BIT["scheduled"]) for report in live),
        stale=sum(bool(report.flags & BIT["stale"]) for report in reports),
        poor=sum(bool(report.flags & poor) for report in reports),
    )
