"""What a listing row drives: queries, charts, schedules and filters of a report; memberships of a group.

What cannot be read is a gap: its stored rows stay as they are, and a note makes the next run try it first.
"""

from __future__ import annotations

from collections.abc import Iterable

from ..entities import DATASET_TYPE, DATASETS, ENTITIES, QUERIES, REPORT_SCHEDULES, REPORTS, Entity
from ..entities.notes import forget_note, read_note
from ..entities.rows import Row, version
from ..errors import Gone, ReadError
from .walk import Batch, Walk


def due(walk: Walk, report: Row, wanted: Iterable[Entity]) -> list[Entity]:
    """The entities whose rows for this report or dataset must be read again."""
    parent = parent_of(report)
    return [
        entity for entity in wanted if (entity.of_datasets or parent is REPORTS) and walk.is_due(entity, parent, report)
    ]


def read_children(walk: Walk, report: Row, entities: list[Entity]) -> list[Batch]:
    """The rows of these entities for one report or dataset, parents before their children."""
    batches: list[Batch] = []
    queries: list[Row] | None = None
    for entity in entities:
        try:
            if entity.count and report.get(entity.count) == 0:
                rows: list[Row] = []  # only an explicit zero spares the request (quirk 4)
            elif entity.parent == REPORTS.name:
                rows = _rows(walk, entity, report)
            else:
                if queries is None:
                    queries = _rows(walk, ENTITIES[entity.parent], report)
                rows = [
                    row
                    for query in queries
                    if _offers(entity, report, query)
                    for row in _rows(walk, entity, report, query_token=query["token"])
                ]
        except ReadError as error:
            if isinstance(error, Gone) and _is_gone(walk, report):
                break  # deleted since it was listed: the next run finds it gone
            walk.log.add_gap(entity.name, report["token"], report.get("name"), error)
            batches.append(Batch(entity, notes=[_note(walk, entity, report, str(error))]))
            continue
        if entity is QUERIES:
            queries = rows
        batches.append(complete(walk, entity, report, rows))
    walk.log.add(done=1, **{batch.entity.name: len(batch.rows) for batch in batches})
    return batches


def read_group(walk: Walk, entity: Entity, group: Row) -> Batch:
    """The memberships of one group."""
    if group.get(entity.count) == 0:
        return Batch(entity, gone=walk.missing(entity, group["token"], []))
    try:
        rows = walk.rows(entity, entity.path, group_token=group["token"])
    except ReadError as error:
        try:
            if isinstance(error, Gone) and walk.single(ENTITIES[entity.parent], group["token"]) is None:
                return Batch(entity)
        except ReadError:
            pass  # then it is a gap like any other
        walk.log.add_gap(entity.name, group["token"], group.get("name"), error)
        return Batch(entity)
    walk.log.add(**{entity.name: len(rows)})
    return Batch(entity, rows, walk.missing(entity, group["token"], rows))


def orphans(walk: Walk, entity: Entity, parents: Iterable[str]) -> Batch:
    """The children of parents that are gone, gone with them, and the notes of their reading."""
    children, notes = [], []
    for parent in parents:
        children += walk.stored.children(entity, parent)
        if walk.stored.read(entity, parent):
            notes.append(forget_note(entity, parent))
    return Batch(entity, gone=children, notes=notes)


def parent_of(report: Row) -> Entity:
    """Whether a row is a report's or a dataset's."""
    return DATASETS if report.get("type") == DATASET_TYPE else REPORTS


def complete(walk: Walk, entity: Entity, report: Row, rows: list[Row]) -> Batch:
    """All rows of an entity for one report or dataset, what it has no more, and the note that they were read."""
    missing = walk.missing(entity, report["token"], rows)
    if missing and walk.scope.since:
        # A run with `since` removes nothing, so what it read is not the whole truth: no note.
        return Batch(entity, rows)
    return Batch(entity, rows, missing, [_note(walk, entity, report)])


def _note(walk: Walk, entity: Entity, report: Row, error: str | None = None) -> Row:
    parent = parent_of(report)
    cursor = report.get(parent.cursor) or ""
    # A failed reading keeps no version, so that it is due whatever the report looks like next time.
    seen = "" if error else version(parent, report)
    return read_note(entity, report["token"], seen, cursor, walk.log.started_at, error)


def _rows(walk: Walk, entity: Entity, report: Row, **keys: str) -> list[Row]:
    path = entity.path
    if entity is REPORT_SCHEDULES and parent_of(report) is DATASETS:
        path = path.replace("reports/", "datasets/")  # section 6.1
    total = report.get(entity.count) or 0 if entity.parent == REPORTS.name else 0
    return walk.rows(entity, path, total=total, report_token=report["token"], **keys)


def _offers(entity: Entity, report: Row, query: Row) -> bool:
    """Whether a query can have rows of `entity`: Mode links no charts from the queries of datasets (section 6.2)."""
    return parent_of(report) is not DATASETS or query.get(entity.offered) is not False


def _is_gone(walk: Walk, report: Row) -> bool:
    """Whether the report itself answers 404: only then does a child's 404 mean that it is gone."""
    try:
        return walk.single(parent_of(report), report["token"]) is None
    except ReadError:
        return False
