"""Reports that need attention: they carry a flag of `listing.py`; the most viewed come first."""

from __future__ import annotations

from dataclasses import dataclass, field

from .listing import Listing, Report
from .tables import Tables
from .times import day_text

TOP = 10  # rows of a list that continues in the table of reports


@dataclass(frozen=True)
class Check:
    """A problem: its meaning, the number of reports that have it, and the most viewed of them."""

    flag: str
    title: str
    meaning: str
    count: int
    heading: str
    rows: list[tuple[Report, str]] = field(default_factory=list)
    unknown: str = ""  # why it could not be answered


def checks(tables: Tables, listing: Listing) -> list[Check]:
    """Every check, also those that found nothing or could not be answered."""
    declared = [
        ("dead_source", "On a data source that is gone", "Queries of these reports point to a data source that was"
         " deleted or that Mode no longer lists.", "Queries", ("queries", "data_sources")),
        ("failed", "Last run did not succeed", "It failed, was cancelled, or had not ended when Mode was read.",
         "Last run", ()),
        ("unread", "Could not be read", "mode_source got no answer for parts of these reports; their last known rows"
         " are shown. The next run tries again.", "Reason", ("reads",)),
        ("stale", "Stale", "For 90 days before the last load neither created, edited, saved, published nor run,"
         " and without a view as far as views were recorded.", "Last run", ()),
        ("never_run", "Never run", "Mode has no run of these reports.", "Created", ()),
        ("ownerless", "Without an owner", "Their creator is no longer an active member of the workspace.",
         "Creator", ("members",)),
        ("outside", "Visible from outside", "Public on the internet, or embedded elsewhere. Not necessarily a problem.",
         "Owner", ()),
    ]  # fmt: skip
    found = []
    for flag, title, meaning, heading, needs in declared:
        missing = tables.missing("reports", *needs)
        chosen = listing.chosen(flag)
        rows = [(report, _remark(flag, report)) for report in chosen[:TOP]]
        unknown = f"Not known: no table {', '.join(missing)} was loaded." if missing else ""
        found.append(Check(flag, title, meaning, len(chosen), heading, rows, unknown))
    return found


def _remark(flag: str, report: Report) -> str:
    if flag == "dead_source":
        return ", ".join(f"{name} (data source {source})" for name, source in report.dead)
    if flag == "unread":
        return report.unread
    if flag == "ownerless":
        return report.owner if report.owner_status == "left" else f"{report.owner} ({report.owner_status})"
    if flag == "outside":
        return report.owner
    if flag == "never_run":
        return day_text(report.created)
    return day_text(report.last_run)
