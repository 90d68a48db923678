"""Reads the children of a listed report or dataset (queries, charts, schedules, filters), and of a group.

What cannot be read is a gap: its stored rows stay as they are, and a note makes the next run try it first. So is a
list that came with fewer rows than its parent counts (`completeness`).
"""

from __future__ import annotations

from collections.abc import Iterable

from ..entities import DATASETS, ENTITIES, QUERIES, REPORT_SCHEDULES, REPORTS, Entity
from ..entities.notes import forget_note
from ..entities.rows import Row
from ..errors import Doubtful, Gone, NoContent, ReadError, Stopped
from .completeness import Completeness, note_of, parent_of
from .context import Batch, Context
from .reading import Reading


class Children:
    """Reads the children of listed rows.

    Args:
        reading: asks Mode.
        context: of the run.
    """

    def __init__(self, reading: Reading, context: Context) -> None:
        self._reading = reading
        self._context = context
        self._completeness = Completeness(reading, context)

    def due(self, report: Row, wanted: Iterable[Entity]) -> list[Entity]:
        """The entities whose rows for this report or dataset must be read again."""
        parent = parent_of(report)
        return [
            entity
            for entity in wanted
            if (entity.of_datasets or parent is REPORTS) and self._context.is_due(entity, parent, report)
        ]

    def read(self, report: Row, entities: list[Entity], queries: list[Row] | None = None) -> list[Batch]:
        """The rows of these entities for one report or dataset, parents before their children.

        Args:
            report: as listed.
            entities: what to read of it.
            queries: those of the report, if this run has read them before.
        """
        batches: list[Batch] = []
        for entity in entities:
            rows: list[Row] = []
            doubt = ""
            try:
                if not self._is_empty(entity, report):
                    if entity.parent == REPORTS.name:
                        doubt = self._list(entity, report, rows)
                    else:
                        if queries is None:
                            queries = self._queries(report, entities)
                        for query in queries:
                            if _offers(entity, report, query):
                                doubt = self._list(entity, report, rows, query_token=query["token"]) or doubt
                batch = self._completeness.judge(entity, report, rows, doubt)
            except Stopped:
                if entity is QUERIES and self._context.snapshot.read(QUERIES, report["token"]) is None:
                    self._context.log.add(never_read=1)
                break  # the next run goes on here
            except ReadError as error:
                if isinstance(error, Gone) and self._is_gone(report):
                    break  # deleted since it was listed: the next run finds it gone
                if isinstance(error, NoContent) and self._context.seen_before(entity, report["token"], str(error), ""):
                    batches.append(self._completeness.believed(entity, report, []))
                    continue  # no list at all, in two runs: it is empty
                self._context.log.add_gap(entity.name, report["token"], report.get("name"), error)
                batches.append(Batch(entity, notes=[note_of(self._context, entity, report, str(error))]))
                continue
            if entity is QUERIES:
                queries = batch.rows
            batches.append(batch)
        self._context.log.plan(pending=-requests_for(report, entities))
        self._context.log.add(**{batch.entity.name: len(batch.rows) for batch in batches})
        return batches

    def _queries(self, report: Row, entities: list[Entity]) -> list[Row]:
        """The queries whose children are to be read: those stored, where their own list is not due."""
        if QUERIES not in entities and parent_of(report) is REPORTS:
            read = self._context.snapshot.read(QUERIES, report["token"])
            if read and not read.error and not self._context.is_due(QUERIES, REPORTS, report):
                return [{"token": token} for token in self._context.snapshot.children(QUERIES, report["token"])]
        queries: list[Row] = []
        self._list(QUERIES, report, queries)
        return queries

    def read_group(self, entity: Entity, group: Row) -> Batch:
        """The memberships of one group."""
        rows: list[Row] = []
        doubt = ""
        try:
            if not self._is_empty(entity, group):
                doubt = self._collect(entity, entity.path, rows, group_token=group["token"])
            batch = self._completeness.judge(entity, group, rows, doubt)
        except Stopped:
            return Batch(entity)
        except ReadError as error:
            try:
                if isinstance(error, Gone) and self._reading.single(ENTITIES[entity.parent], group["token"]) is None:
                    return Batch(entity)
            except ReadError:
                pass  # then it is a gap like any other
            self._context.log.add_gap(entity.name, group["token"], group.get("name"), error)
            return Batch(entity)
        self._context.log.add(**{entity.name: len(batch.rows)})
        return batch

    def orphans(self, entity: Entity, parents: Iterable[str]) -> Batch:
        """The children of parents that are gone, gone with them, and the notes of their reading."""
        children, notes = [], []
        for parent in parents:
            children += self._context.snapshot.children(entity, parent)
            if self._context.snapshot.read(entity, parent):
                notes.append(forget_note(entity, parent))
        return Batch(entity, gone=children, notes=notes)

    def complete(self, entity: Entity, report: Row, rows: list[Row]) -> Batch:
        """All rows of an entity for one report, of which nothing is in doubt."""
        return self._completeness.believed(entity, report, rows)

    def _is_empty(self, entity: Entity, parent: Row) -> bool:
        """Whether the parent says that there are no rows, and none are known.

        Only an explicit zero spares the request (docs/mode-api.md#quirk-4).
        """
        counted = bool(entity.count) and parent.get(entity.count) == 0
        return counted and not self._context.snapshot.children(entity, parent["token"])

    def _list(self, entity: Entity, report: Row, rows: list[Row], **keys: str) -> str:
        """Adds the rows of a report's list; returns Mode's complaint about it, if any."""
        path = entity.path
        if entity is REPORT_SCHEDULES and parent_of(report) is DATASETS:
            path = path.replace("reports/", "datasets/")  # docs/mode-api.md#s6-1
        total = report.get(entity.count) or 0 if entity.parent == REPORTS.name else 0
        return self._collect(entity, path, rows, total, report_token=report["token"], **keys)

    def _collect(self, entity: Entity, path: str, rows: list[Row], total: int = 0, **keys: str) -> str:
        try:
            for page in self._reading.pages(entity, path, None, total=total, **keys):
                rows += page
        except Doubtful as error:
            return str(error)
        return ""

    def _is_gone(self, report: Row) -> bool:
        """Whether the report itself answers 404: only then does a child's 404 mean that it is gone."""
        try:
            return self._reading.single(parent_of(report), report["token"]) is None
        except ReadError:
            return False


def requests_for(report: Row, entities: Iterable[Entity]) -> int:
    """How many requests it takes to read these entities for one report or dataset, for the time left."""
    queries = report.get("query_count")
    each = 1 if queries is None else int(queries)
    return sum(
        0 if entity.count and report.get(entity.count) == 0 else 1 if entity.parent == REPORTS.name else each
        for entity in entities
        if parent_of(report) is REPORTS or entity.parent == REPORTS.name  # the queries of datasets have no charts
    )


def _offers(entity: Entity, report: Row, query: Row) -> bool:
    """Whether a query can have rows of `entity`.

    Mode links no charts from the queries of datasets (docs/mode-api.md#s6-2).
    """
    return parent_of(report) is not DATASETS or query.get(entity.offered) is not False
