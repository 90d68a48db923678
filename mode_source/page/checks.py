"""Reports that need attention: they carry a flag of `listing.py`; the worst problem and the most viewed come first."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from .charts import share
from .listing import Listing, Report
from .tables import Tables
from .times import day_text

TOP = 10  # rows of a list that continues in the table of reports


@dataclass(frozen=True)
class Check:
    """A problem: its meaning, the number of reports that have it, and the most viewed of them.

    Attributes:
        flag: of `listing.FLAGS`.
        title: in a few words.
        meaning: what exactly is counted.
        next_step: what to do about it.
        count: reports.
        share: of all live reports, in per cent.
        heading: of the remarks in `rows`.
        rows: the most viewed reports, each with a remark.
        owner: username and name of whoever has most of them, and how many.
        unknown: why it could not be answered.
    """

    flag: str
    title: str
    meaning: str
    next_step: str
    count: int
    share: float
    heading: str
    rows: list[tuple[Report, str]] = field(default_factory=list)
    owner: tuple[str, str, int] | None = None
    unknown: str = ""


def checks(tables: Tables, listing: Listing) -> list[Check]:
    """Every check, also those that found nothing or could not be answered; the worst first."""
    declared = [
        ("dead_source", "On a data source that is gone", "Queries of these reports point to a data source that was"
         " deleted or that Mode no longer lists.", "Point the queries to another data source, or archive the reports.",
         "Queries", ("queries", "data_sources")),
        ("failed", "Last run did not succeed", "It failed, was cancelled, or had not ended when Mode was read.",
         "Open the run in Mode: correct the query, or end the schedule.", "Last run", ()),
        ("ownerless", "Without an owner", "Their creator is no longer an active member of the workspace.",
         "Agree on a new owner who saves a copy, or archive them.", "Creator", ("members",)),
        ("outside", "Visible from outside", "Public on the internet, or embedded elsewhere. Not necessarily a problem.",
         "Ask the owner whether everybody may see them.", "Owner", ()),
        ("stale", "Stale", "For 90 days before the last load neither created, edited, saved, published nor run,"
         " and without a view as far as views were recorded.", "Ask the owner, and archive what nobody needs.",
         "Last run", ()),
        ("never_run", "Never run", "Mode has no run of these reports.", "Run them once, or delete them.",
         "Created", ()),
        ("unread", "Could not be read", "mode-source got no answer for parts of these reports; their last known rows"
         " are shown.", "Nothing: the next run tries again. If it stays, open the report in Mode.", "Reason",
         ("reads",)),
    ]  # fmt: skip
    found = []
    for flag, title, meaning, next_step, heading, needs in declared:
        missing = tables.missing("reports", *needs)
        chosen = listing.chosen(flag)
        found.append(
            Check(
                flag=flag,
                title=title,
                meaning=meaning,
                next_step=next_step,
                count=len(chosen),
                share=share(len(chosen), listing.counts["live"]),
                heading=heading,
                rows=[(report, _remark(flag, report)) for report in chosen[:TOP]],
                owner=_busiest(chosen),
                unknown=f"Not known: no table {', '.join(missing)} was loaded." if missing else "",
            )
        )
    return found


def _busiest(reports: list[Report]) -> tuple[str, str, int] | None:
    owners = Counter((report.username, report.owner) for report in reports if report.username)
    if len(reports) < 2 or not owners:
        return None
    (username, name), count = min(owners.items(), key=lambda item: (-item[1], item[0]))
    return username, name, count


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
