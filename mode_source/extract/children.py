"""What a listing row drives: queries, charts, schedules and filters of a report; memberships of a group.

What cannot be read is a gap: its stored rows stay as they are, and a note makes the next run try it first.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..entities import DATASET_TYPE, DATASETS, ENTITIES, QUERIES, REPORT_SCHEDULES, REPORTS, Entity
from ..entities.notes import forget_note, read_note
from ..entities.rows import Row, version
from ..errors import Gone, ReadError
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

    def due(self, report: Row, wanted: Iterable[Entity]) -> list[Entity]:
        """The entities whose rows for this report or dataset must be read again."""
        parent = parent_of(report)
        return [
            entity
            for entity in wanted
            if (entity.of_datasets or parent is REPORTS) and self._context.is_due(entity, parent, report)
        ]

    def read(self, report: Row, entities: list[Entity]) -> list[Batch]:
        """The rows of these entities for one report or dataset, parents before their children."""
        batches: list[Batch] = []
        queries: list[Row] | None = None
        for entity in entities:
            try:
                if entity.count and report.get(entity.count) == 0:
                    rows: list[Row] = []  # only an explicit zero spares the request (docs/mode-api.md#quirk-4)
                elif entity.parent == REPORTS.name:
                    rows = self._rows(entity, report)
                else:
                    if queries is None:
                        queries = self._rows(ENTITIES[entity.parent], report)
                    rows = [
                        row
                        for query in queries
                        if _offers(entity, report, query)
                        for row in self._rows(entity, report, query_token=query["token"])
                    ]
            except ReadError as error:
                if isinstance(error, Gone) and self._is_gone(report):
                    break  # deleted since it was listed: the next run finds it gone
                self._context.log.add_gap(entity.name, report["token"], report.get("name"), error)
                batches.append(Batch(entity, notes=[self._note(entity, report, str(error))]))
                continue
            if entity is QUERIES:
                queries = rows
            batches.append(self.complete(entity, report, rows))
        self._context.log.add(done=1, **{batch.entity.name: len(batch.rows) for batch in batches})
        return batches

    def read_group(self, entity: Entity, group: Row) -> Batch:
        """The memberships of one group."""
        if group.get(entity.count) == 0:
            return Batch(entity, gone=self._context.missing(entity, group["token"], []))
        try:
            rows = self._reading.rows(entity, entity.path, group_token=group["token"])
        except ReadError as error:
            try:
                if isinstance(error, Gone) and self._reading.single(ENTITIES[entity.parent], group["token"]) is None:
                    return Batch(entity)
            except ReadError:
                pass  # then it is a gap like any other
            self._context.log.add_gap(entity.name, group["token"], group.get("name"), error)
            return Batch(entity)
        self._context.log.add(**{entity.name: len(rows)})
        return Batch(entity, rows, self._context.missing(entity, group["token"], rows))

    def orphans(self, entity: Entity, parents: Iterable[str]) -> Batch:
        """The children of parents that are gone, gone with them, and the notes of their reading."""
        children, notes = [], []
        for parent in parents:
            children += self._context.snapshot.children(entity, parent)
            if self._context.snapshot.read(entity, parent):
                notes.append(forget_note(entity, parent))
        return Batch(entity, gone=children, notes=notes)

    def complete(self, entity: Entity, report: Row, rows: list[Row]) -> Batch:
        """All rows of an entity for one report or dataset, what it has no more, and the note that they were read."""
        missing = self._context.missing(entity, report["token"], rows)
        if missing and self._context.scope.since:
            # A run with `since` removes nothing, so what it read is not the whole truth: no note.
            return Batch(entity, rows)
        return Batch(entity, rows, missing, [self._note(entity, report)])

    def _note(self, entity: Entity, report: Row, error: str | None = None) -> Row:
        parent = parent_of(report)
        cursor = report.get(parent.cursor) or ""
        # A failed reading keeps no version, so that it is due whatever the report looks like next time.
        seen = "" if error else version(parent, report)
        return read_note(entity, report["token"], seen, cursor, self._context.log.started_at, error)

    def _rows(self, entity: Entity, report: Row, **keys: str) -> list[Row]:
        path = entity.path
        if entity is REPORT_SCHEDULES and parent_of(report) is DATASETS:
            path = path.replace("reports/", "datasets/")  # docs/mode-api.md#s6-1
        total = report.get(entity.count) or 0 if entity.parent == REPORTS.name else 0
        return self._reading.rows(entity, path, total=total, report_token=report["token"], **keys)

    def _is_gone(self, report: Row) -> bool:
        """Whether the report itself answers 404: only then does a child's 404 mean that it is gone."""
        try:
            return self._reading.single(parent_of(report), report["token"]) is None
        except ReadError:
            return False


def parent_of(report: Row) -> Entity:
    """Whether a row is a report's or a dataset's."""
    return DATASETS if report.get("type") == DATASET_TYPE else REPORTS


def _offers(entity: Entity, report: Row, query: Row) -> bool:
    """Whether a query can have rows of `entity`.

    Mode links no charts from the queries of datasets (docs/mode-api.md#s6-2).
    """
    return parent_of(report) is not DATASETS or query.get(entity.offered) is not False
