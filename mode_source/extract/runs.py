"""Runs of reports, and of the queries of those that failed.

The runs of a report are asked for, newest first, when its listing row says that it has run: up to the newest run
that is stored and has ended, `runs_per_report` at the most. What is stored stays, however short the setting becomes;
a longer one reads back. Runs that had not ended are asked for again. A run of a query never changes once its report's
run has ended, so it is asked for once.
"""

from __future__ import annotations

import logging
import threading
from dataclasses import dataclass
from typing import Literal

from ..entities import DATASETS, QUERY_RUNS, REPORT_RUNS, Entity
from ..entities.notes import read_note
from ..entities.rows import Row, digest, version
from ..errors import Gone, ReadError, Stopped
from .completeness import parent_of
from .context import Batch, Context
from .decisions import driver, is_due
from .gone import is_gone
from .reading import Reading

logger = logging.getLogger(__name__)

ENDED = ("succeeded", "completed", "failed", "cancelled")  # docs/mode-api.md#s6-4
FAILED = "failed"
PAGE = 30  # the most that Mode sends at once
# A run that has not ended for so long is asked for only when its report moves: it may never end.
UNFINISHED_HOURS = 48


@dataclass(frozen=True)
class RunSettings:
    """How much of the runs is wanted.

    Attributes:
        per_report: how many runs of each report are read at the most.
        queries_of: query runs of `failed` report runs, or of `all`.
        rendered_source: keep the SQL as it ran.
    """

    per_report: int = 20
    queries_of: Literal["failed", "all"] = "failed"
    rendered_source: bool = False


class Runs:
    """Reads the runs of listed reports; methods are called from several threads.

    Args:
        reading: asks Mode.
        context: of the run.
        settings: how much is wanted.
    """

    def __init__(self, reading: Reading, context: Context, settings: RunSettings) -> None:
        self._reading = reading
        self._context = context
        self._settings = settings
        self._lock = threading.Lock()
        self._unfinished: dict[str, dict[str, bool]] | None = None
        self._asked: set[str] | None = None

    def due(self, report: Row, wanted: list[Entity]) -> list[Entity]:
        """Which of `report_runs` and `query_runs` must be read for a report or dataset."""
        return [entity for entity in (REPORT_RUNS, QUERY_RUNS) if entity in wanted and self._is_due(entity, report)]

    def read(self, report: Row, due: list[Entity]) -> list[Batch]:
        """The runs of a report that are new or may have changed, and the query runs that are missing."""
        try:
            rows = self._runs(report)
        except Stopped:
            return []  # the next run goes on here
        except ReadError as error:
            if isinstance(error, Gone) and is_gone(self._reading, parent_of(report), report["token"]):
                return []  # deleted since it was listed: the next run finds it gone
            self._context.log.add_gap(due[0].name, report["token"], report.get("name"), error)
            return [Batch(entity, notes=[self._failed(entity, report, error)]) for entity in due]
        batches = []
        if REPORT_RUNS in due:
            batches.append(Batch(REPORT_RUNS, rows, notes=[self._note(REPORT_RUNS, report, _moved_at(report))]))
        if QUERY_RUNS in due:
            batches.append(self._query_runs(report, rows))
        self._context.log.add(**{batch.entity.name: len(batch.rows) for batch in batches})
        return batches

    # -- what is due

    def _is_due(self, entity: Entity, report: Row) -> bool:
        context, token = self._context, report["token"]
        read = context.snapshot.read(entity, token)
        if read is None or entity.name in context.untrusted or self._may_have_ended(report):
            return True
        reach, _, seen = read.version.partition(" ")
        if self._reaches_less(reach, report) or (entity is QUERY_RUNS and not self._same_kind(reach)):
            return True
        read = read._replace(version=seen, cursor="")
        return is_due(driver(parent_of(report), entity), report, read, context.log.started_at, context.policy)

    def _reaches_less(self, reach: str, report: Row) -> bool:
        """Whether a reading went less far back than is wanted now, and there are runs to find there."""
        first = reach.partition("-")[0]
        depth, runs = int(first) if first.isdecimal() else 0, report.get(REPORT_RUNS.count)
        return depth < self._settings.per_report and (runs is None or runs > depth)

    def _same_kind(self, reach: str) -> bool:
        return reach.endswith(self._settings.queries_of)

    def _may_have_ended(self, report: Row) -> bool:
        """Whether a run of which the end is not known is young, or its report has moved since."""
        open_runs = self._open_runs(report["token"])
        read = self._context.snapshot.read(REPORT_RUNS, report["token"]) if open_runs else None
        return any(open_runs.values()) or (read is not None and read.cursor != _moved_at(report))

    def _open_runs(self, report: str) -> dict[str, bool]:
        """Stored runs of a report that had not ended, and whether they are young."""
        with self._lock:
            if self._unfinished is None:
                self._unfinished = {}
                ended = ", ".join(f"'{state}'" for state in ENDED)
                condition = f"t.state IS NULL OR t.state NOT IN ({ended})"
                now = self._context.log.started_at.timestamp()
                for of, token, created_at in self._context.snapshot.select(
                    REPORT_RUNS, "t.report_token, t.token, t.created_at", condition
                ):
                    hours = (now - created_at.timestamp()) / 3600 if created_at else 0
                    self._unfinished.setdefault(of, {})[token] = hours < UNFINISHED_HOURS
        return self._unfinished.get(report, {})

    # -- reading

    def _runs(self, report: Row) -> list[Row]:
        if report.get(REPORT_RUNS.count) == 0:
            return []  # only an explicit zero spares the request (docs/mode-api.md#quirk-4)
        context, token, most = self._context, report["token"], self._settings.per_report
        read, open_runs = context.snapshot.read(REPORT_RUNS, token), self._open_runs(token)
        ended: set[str] = set()  # stored runs that had: what came before them is stored, too
        whole = context.policy.everything or REPORT_RUNS.name in context.untrusted or read is None or read.error
        if read and not whole and not self._reaches_less(read.version.partition(" ")[0], report):
            ended = set(context.snapshot.children(REPORT_RUNS, token)) - open_runs.keys()
        rows: list[Row] = []
        path = REPORT_RUNS.path
        if parent_of(report) is DATASETS:
            path = path.replace("reports/", "datasets/")  # docs/mode-api.md#s6-1
        query, total = {"per_page": str(min(PAGE, most))}, report.get(REPORT_RUNS.count) or 0
        for page in self._reading.pages(REPORT_RUNS, path, query, total=total, report_token=token):
            rows += page
            if len(rows) >= most or any(row["token"] in ended for row in page):
                break
        listed = {row["token"] for row in rows}
        old = [run for run, young in open_runs.items() if young and run not in listed]
        older = [self._reading.single(REPORT_RUNS, run, report_token=token) for run in old]
        return rows[:most] + [row for row in older if row]

    def _query_runs(self, report: Row, runs: list[Row]) -> Batch:
        known = self._context.snapshot.read(QUERY_RUNS, report["token"])
        again = self._context.policy.everything or QUERY_RUNS.name in self._context.untrusted
        settled = ""
        if known and not known.error and not again:
            reach = known.version.partition(" ")[0]
            settled = known.cursor if self._same_kind(reach) and not self._reaches_less(reach, report) else ""
        wanted = ENDED if self._settings.queries_of == "all" else (FAILED,)
        rows: list[Row] = []
        for run in runs:
            asked = not again and run["token"] in self._stored_runs()
            if asked or run.get("state") not in wanted or (run.get("created_at") or "") <= settled:
                continue
            try:
                rows += self._of_run(report, run)
            except Stopped:
                return Batch(QUERY_RUNS, rows)  # without a note: the next run goes on here
            except Gone:
                logger.info("Mode has no query runs of run %s (any more).", run["token"])
            except ReadError as error:
                self._context.log.add_gap(QUERY_RUNS.name, run["token"], report.get("name"), error)
                return Batch(QUERY_RUNS, rows, notes=[self._failed(QUERY_RUNS, report, error)])
        return Batch(QUERY_RUNS, rows, notes=[self._note(QUERY_RUNS, report, _settled(runs, settled))])

    def _stored_runs(self) -> set[str]:
        """Runs of which query runs are stored."""
        with self._lock:
            if self._asked is None:
                self._asked = {run for (run,) in self._context.snapshot.select(QUERY_RUNS, "DISTINCT t.run_token")}
        return self._asked

    def _of_run(self, report: Row, run: Row) -> list[Row]:
        rows = self._reading.rows(QUERY_RUNS, QUERY_RUNS.path, report_token=report["token"], run_token=run["token"])
        if not self._settings.rendered_source:
            for row in rows:
                row.pop("rendered_source", None)
                row["_dlt_id"] = digest({name: value for name, value in row.items() if name != "_dlt_id"})
        return rows

    def _note(self, entity: Entity, report: Row, cursor: str) -> Row:
        seen = version(driver(parent_of(report), entity), report)
        reach = f"{self._settings.per_report}-{self._settings.queries_of}"
        return read_note(entity, report["token"], f"{reach} {seen}", cursor, self._context.log.started_at)

    def _failed(self, entity: Entity, report: Row, error: ReadError) -> Row:
        return read_note(entity, report["token"], "", "", self._context.log.started_at, str(error))


def _moved_at(report: Row) -> str:
    return report.get(parent_of(report).cursor) or ""


def _settled(runs: list[Row], before: str) -> str:
    """Up to when all runs have ended and their query runs were read: the start of the last such run."""
    for at, ended in sorted((run.get("created_at") or "", run.get("state") in ENDED) for run in runs):
        if not ended:
            break
        before = max(before, at)
    return before
