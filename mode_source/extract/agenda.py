"""What is still to read for reports, once the lists are read: in several load packages, the most needed first.

A first load of 20,000 reports takes hours. Read in one go, it would be lost with the machine. So whoever loads several
packages (`load.run`) lets the agenda take the reports, and asks it for one package after the other: first the queries
of all reports, which catalogs need, then charts, schedules and the rest. Each package notes what it has read, and the
next run goes on from there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ..entities import QUERIES, Entity
from ..entities.rows import Row
from .bulk import KEPT, Bulk
from .context import Batch, Context
from .per_report import PerReport

INLINE = 100  # reports that are read with the lists: most runs need no second package

if TYPE_CHECKING:
    from dlt.extract import DltSource

Job = Callable[[], list[Batch]]


class Agenda:
    """The reports of one run that are read later.

    Args:
        per_report: reads them.
        bulk: may read many at once.
        context: of the run.

    Attributes:
        defer: whether there will be later packages; whoever loads them says so before the lists are read.
        wanted: the entities that this run loads of reports.
        package: makes a source of jobs; the source of the run knows how.
    """

    def __init__(self, per_report: PerReport, bulk: Bulk, context: Context) -> None:
        self._per_report = per_report
        self._bulk = bulk
        self._context = context
        self.defer = False
        self.wanted: list[Entity] = []
        self.package: Callable[[Iterator[Job]], DltSource] | None = None
        self._inline = 0
        self._first: list[tuple[Row, list[Entity]]] = []
        self._rest: list[tuple[Row, list[Entity], list[Row] | None]] = []
        self._bulk_left = False
        self._ahead: Job | None = None  # the first of the next package

    def takes(self, report: Row, due: list[Entity]) -> bool:
        """Takes a report for later; false if it is to be read at once."""
        if not self._may_defer():
            return False
        self._inline += 1
        if self._inline <= INLINE:
            return False
        self._first.append(({name: report.get(name) for name in KEPT}, due))
        return True

    def takes_bulk(self) -> bool:
        """Takes the reports that wait for the Discovery API; false if they are to be read at once."""
        self._bulk_left = self._may_defer() and self._bulk.waiting > INLINE
        return self._bulk_left

    def _parts(self) -> Iterator[Iterator[Job]]:
        """The parts of the agenda, each as jobs that may run side by side; none if nothing was taken."""
        if self._first or self._bulk_left:
            yield self._queries()
        if self._rest:
            yield self._others()

    def packages(self, enough: Callable[[], bool]) -> Iterator[Iterator[DltSource]]:
        """The parts of what is left, one after the other; each gives packages until it is done.

        Args:
            enough: whether a package is to end.
        """
        for part in self._parts():
            yield self._of_part(part, enough)

    def _of_part(self, part: Iterator[Job], enough: Callable[[], bool]) -> Iterator[DltSource]:
        assert self.package, "the source of the run sets it"
        self._ahead = next(part, None)

        def jobs() -> Iterator[Job]:
            while self._ahead is not None:
                job, self._ahead = self._ahead, None
                yield job
                self._ahead = next(part, None)
                if enough():
                    return

        while self._ahead is not None:
            yield self.package(jobs())

    def waiting(self) -> int:
        """How many reports wait."""
        return (
            len(self._first)
            + len(self._rest)
            + (self._bulk.waiting if self._bulk_left else 0)
            + (self._ahead is not None)
        )

    def never_read(self) -> int:
        """How many reports wait whose queries no run has ever read."""
        return sum(QUERIES in due and self._is_new(report) for report, due in self._first)

    def _may_defer(self) -> bool:
        # A table that was reset must be filled in one package: half of it with notes of old would look complete.
        reset = bool(self._context.untrusted) and bool(self._context.snapshot.reads())
        return self.defer and not reset

    def _is_new(self, report: Row) -> bool:
        read = self._context.snapshot.read(QUERIES, report["token"])
        return read is None or read.error is not None

    def _queries(self) -> Iterator[Job]:
        if self._bulk_left:
            self._bulk_left = False
            for item in self._bulk.read():
                if isinstance(item, list):
                    yield lambda batches=item: batches  # type: ignore[misc]
                else:
                    self._first.append(item)
        while self._first:
            report, due = self._first.pop()
            if QUERIES in due:
                yield lambda report=report, due=due: self._read_queries(report, due)  # type: ignore[misc]
            else:
                self._rest.append((report, due, None))

    def _read_queries(self, report: Row, due: list[Entity]) -> list[Batch]:
        batches = self._per_report.read(report, [QUERIES])
        rest = [entity for entity in due if entity is not QUERIES]
        failed = any(note.get("error") for batch in batches for note in batch.notes)
        if batches and rest:  # else it was deleted meanwhile, or the run was told to end
            queries = None if failed else [_short(row) for batch in batches for row in batch.rows]
            self._rest.append((report, rest, queries))
        else:
            self._context.log.add(done=1)
        return batches

    def _others(self) -> Iterator[Job]:
        while self._rest:
            report, due, queries = self._rest.pop()
            yield lambda report=report, due=due, queries=queries: self._read_rest(report, due, queries)  # type: ignore[misc]

    def _read_rest(self, report: Row, due: list[Entity], queries: list[Row] | None) -> list[Batch]:
        batches = self._per_report.read(report, due, queries)
        self._context.log.add(done=1)
        return batches


def _short(query: Row) -> Row:
    """What the charts of a query are asked for with."""
    return {name: query[name] for name in ("token", "has_charts") if name in query}
