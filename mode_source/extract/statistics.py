"""Statistics of reports, which only the Discovery API has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ..api.discovery import Discovery
from ..entities import REPORT_STATS
from ..entities.rows import Payload, Row, make_row
from ..errors import ReadError, Stopped
from .context import Batch, Context
from .reading import Reading
from .removals import Removals


def statistics(reading: Reading, discovery: Discovery, removals: Removals, context: Context) -> Iterator[Batch]:
    """The rows of `report_stats`; none if Discovery is not available."""
    if not discovery.usable:
        return
    reading.verify()
    listed: set[str] = set()
    try:
        reports = discovery.reports()
        for page in discovery.pages("report_stats"):
            rows = [_row(payload, reports, context) for payload in page]
            listed |= {row["token"] for row in rows if row}
            context.log.add(report_stats=len(rows))
            yield Batch(REPORT_STATS, [row for row in rows if row])
    except Stopped:
        return
    except ReadError as error:
        discovery.failed(error)
        return
    if discovery.complete["report_stats"]:
        index = context.snapshot.index(REPORT_STATS)
        verdict = removals.confirm(REPORT_STATS, [token for token in index if token not in listed])
        yield Batch(REPORT_STATS, gone=verdict.gone, notes=verdict.notes)


def _row(payload: Payload, reports: dict[str, Payload], context: Context) -> Row | None:
    report: dict[str, Any] = reports.get(str(payload.get("report_token")), {})
    more = {name: report.get(name) for name in ("last_viewed_at", "last_run_state")}
    return make_row(REPORT_STATS, {**payload, **more}, context.fields)
