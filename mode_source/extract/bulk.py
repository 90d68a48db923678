"""Queries and charts of many reports at once, from the Discovery API.

For reports that were never read before (a first load), where one request per report would take longer. The rows of
one report need not come together, so they are spilled to disk first. They are believed only if Discovery shows the
report just as the listing does: the same `updated_at` and `edited_at`, and as many queries and charts as the listing
counts. All other reports are read one by one. So are datasets, which have no count of charts, and reports that have
changed since they were read: only their own lists hold timestamps and full chart definitions.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from collections.abc import Iterable, Iterator
from typing import Any, Literal

import orjson

from ..api.discovery import Discovery
from ..entities import CHARTS, DATA_SOURCES, QUERIES, REPORT_RUNS, REPORTS, Entity
from ..entities.rows import Payload, Row, make_row
from ..errors import ReadError
from .children import Children, requests_for
from .completeness import parent_of
from .context import Batch, Context
from .decisions import instant
from .workspace_lists import WorkspaceLists

logger = logging.getLogger(__name__)

BULK = (QUERIES, CHARTS)
# Of a report that waits.
KEPT = ("token", "id", "type", "name", "updated_at", "_as_sent", *REPORTS.stale, *REPORT_RUNS.moved_by)
AT_ONCE = 50  # reports whose rows are handed on together


class Spool:
    """Spills rows by report to a private temporary SQLite file, which is deleted automatically."""

    def __init__(self) -> None:
        self._file = sqlite3.connect("", isolation_level=None, check_same_thread=False)
        self._file.execute(
            "CREATE TABLE spool (kind TEXT, token TEXT, report TEXT, body BLOB, PRIMARY KEY (kind, token))"
        )

    def add(self, kind: str, rows: Iterable[Payload]) -> None:
        values = [(kind, str(row["token"]), str(row.get("report_token")), orjson.dumps(row)) for row in rows]
        self._file.execute("BEGIN")
        self._file.executemany("INSERT OR REPLACE INTO spool VALUES (?, ?, ?, ?)", values)
        self._file.execute("COMMIT")

    def ready(self) -> None:
        self._file.execute("CREATE INDEX by_report ON spool (report)")

    def of(self, report: str) -> dict[str, list[Payload]]:
        """The rows of a report by kind."""
        found: dict[str, list[Payload]] = {QUERIES.name: [], CHARTS.name: []}
        for kind, body in self._file.execute("SELECT kind, body FROM spool WHERE report = ? ORDER BY rowid", (report,)):
            found[kind].append(orjson.loads(body))
        return found

    def close(self) -> None:
        self._file.close()


class Bulk:
    """The reports of one run that wait for Discovery's rows.

    Args:
        discovery: of the run.
        lists: of the workspace.
        children: of the run.
        context: of the run.
    """

    def __init__(self, discovery: Discovery, lists: WorkspaceLists, children: Children, context: Context) -> None:
        self._discovery = discovery
        self._lists = lists
        self._children = children
        self._context = context
        self._waiting: list[tuple[Row, list[Entity]]] = []
        self._sources: dict[str, str | None] = {}  # ids of data sources by token
        self._cost = 0  # requests that reading them one by one takes, at the least
        self._queries = 0

    @property
    def waiting(self) -> int:
        """How many reports wait."""
        return len(self._waiting)

    def takes(self, report: Row, due: list[Entity]) -> bool:
        """Takes a report whose queries and charts may come from Discovery; false if it must be read on its own."""
        context = self._context
        if not self._discovery.usable or context.policy.everything or parent_of(report) is not REPORTS:
            return False
        wanted = [entity for entity in due if entity in BULK]
        if not wanted or any(context.snapshot.read(entity, report["token"]) for entity in BULK):
            return False
        queries = report.get("query_count")
        self._queries += queries or 0
        if queries is None or report.get("chart_count") is None:
            return False  # nothing tells whether Discovery shows all of them
        if not queries:
            return False  # nothing to ask for
        self._waiting.append(({name: report.get(name) for name in KEPT}, due))
        self._cost += 1 + (queries if CHARTS in wanted and report["chart_count"] else 0)
        return True

    def read(self) -> Iterator[list[Batch] | tuple[Row, list[Entity]]]:
        """Asks Discovery, and returns what there is of the reports that wait.

        Returns:
            Batches, and reports with what is still due for them, to be read on their own.
        """
        pages = 3 * (1 + self._queries // 1000)
        return self._results(self._pulled() if self._waiting and self._cost > pages else None)

    def _results(self, spool: Spool | None) -> Iterator[list[Batch] | tuple[Row, list[Entity]]]:
        waiting, self._waiting = self._waiting, []
        try:
            batches: list[Batch] = []
            for report, due in waiting:
                rows = self._rows(report, spool) if spool else {}
                found = [
                    self._children.complete(entity, report, rows[entity.name]) for entity in due if entity.name in rows
                ]
                self._context.log.add(**{batch.entity.name: len(batch.rows) for batch in found})
                batches += found
                rest = [entity for entity in due if entity.name not in rows]
                if rest:
                    cost = requests_for(report, rest)
                    self._context.log.plan(expected=cost, pending=cost)
                    yield report, rest
                else:
                    self._context.log.add(done=1)
                if len(batches) >= AT_ONCE:
                    yield batches
                    batches = []
            yield batches
        finally:
            if spool:
                spool.close()

    def _pulled(self) -> Spool | None:
        """Discovery's rows, or None if it is not available."""
        self._sources = {row["token"]: row.get("id") for row in self._lists.read(DATA_SOURCES).rows}
        spool = Spool()
        try:
            self._discovery.reports()
            kinds: tuple[Literal["queries", "charts"], ...] = ("queries", "charts")
            for kind in kinds:
                for page in self._discovery.pages(kind):
                    spool.add(kind, page)
        except ReadError as error:
            self._discovery.failed(error)
            spool.close()
            return None
        except BaseException:
            spool.close()
            raise
        spool.ready()
        return spool

    def _rows(self, report: Row, spool: Spool) -> dict[str, list[Row]]:
        """The rows of a report by entity, without those that Discovery does not show as the listing counts them."""
        known = self._discovery.reports().get(report["token"])
        if known is None or not all(_same(known[name], report[name]) for name in ("updated_at", "edited_at")):
            return {}
        found = spool.of(report["token"])
        if len(found[QUERIES.name]) != report["query_count"] or len(found[CHARTS.name]) != report["chart_count"]:
            return {}
        queries = [self._query(payload, report) for payload in found[QUERIES.name]]
        tokens = {payload["token"] for payload in found[QUERIES.name]}
        charts = [
            make_row(CHARTS, {name: payload.get(name) for name in ("token", "chart_title", "chart_type")}, None, **keys)
            for payload in found[CHARTS.name]
            for keys in [{"report_token": report["token"], "query_token": str(payload.get("query_token"))}]
        ]
        if not all(chart and chart["query_token"] in tokens for chart in charts):
            return {}
        rows = {QUERIES.name: queries, CHARTS.name: charts}
        return {name: [row for row in listed if row] for name, listed in rows.items() if all(listed)}

    def _query(self, payload: Payload, report: Row) -> Row | None:
        """The row as the report's own list would have it, or None where its data source cannot be told."""
        source = self._sources.get(str(payload.get("data_source_token")))
        if source is None or payload.get("id") is None:
            return None
        # REST sends all ids of a workspace as numbers or all as strings, Discovery need not (docs/mode-api.md#s2).
        as_text = isinstance(json.loads(report.get("_as_sent") or "{}").get("id"), str)
        kept = {name: payload.get(name) for name in ("token", "name", "raw_query")}
        ids = {"id": payload["id"], "data_source_id": source}
        return make_row(
            QUERIES,
            {**kept, **{name: str(value) if as_text else _number(value) for name, value in ids.items()}},
            report_token=report["token"],
        )


def _same(one: Any, other: Any) -> bool:
    """Whether two moments, as Mode writes them, are the same."""
    if one == other:
        return True
    try:
        return instant(one) == instant(other)
    except (TypeError, ValueError):
        return False


def _number(value: object) -> object:
    return int(value) if isinstance(value, str) and value.isdecimal() else value
