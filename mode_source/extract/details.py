"""What hangs on the schedules of a report, and on the query of a dataset: subscriptions, fields.

Both are small and change seldom, and neither moves with a run. So subscriptions are asked for when the schedules
that a run reads anyway differ from those of the last time, and fields when the dataset was edited.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from urllib.parse import quote

import orjson

from ..entities import DATASET_FIELDS, DATASETS, REPORT_SCHEDULES, REPORT_SUBSCRIPTIONS, REPORTS, Entity
from ..entities.notes import read_note
from ..entities.rows import Payload, Row, make_row, version
from ..errors import Gone, ReadError, Stopped
from .completeness import parent_of
from .context import Batch, Context
from .decisions import driver, is_due
from .gone import is_gone
from .reading import Reading

logger = logging.getLogger(__name__)

DESCRIPTIONS = replace(
    DATASET_FIELDS, path="datasets/{dataset_token}/field_descriptions", embed="field_descriptions", paged=True
)


class Details:
    """Reads subscriptions of listed reports and fields of listed datasets; called from several threads.

    Args:
        reading: asks Mode.
        context: of the run.
    """

    def __init__(self, reading: Reading, context: Context) -> None:
        self._reading = reading
        self._context = context

    def due(self, report: Row, wanted: list[Entity]) -> list[Entity]:
        """Which of the two must be read for a report or dataset, as far as its listing row tells."""
        parent = parent_of(report)
        due = []
        if DATASET_FIELDS in wanted and parent is DATASETS and self._context.is_due(DATASET_FIELDS, parent, report):
            due.append(DATASET_FIELDS)
        if REPORT_SUBSCRIPTIONS in wanted and parent is REPORTS and self._subscriptions_due(report, wanted):
            due.append(REPORT_SUBSCRIPTIONS)
        return due

    def read(self, report: Row, wanted: list[Entity], due: list[Entity], batches: list[Batch]) -> list[Batch]:
        """Their rows.

        Args:
            report: a report or dataset.
            wanted: what this run loads.
            due: what `due` found.
            batches: what was read for the report before; with the schedules, these decide on the subscriptions.
        """
        found = []
        schedules = next((_seen(batch) for batch in batches if batch.entity is REPORT_SCHEDULES), "")
        if REPORT_SUBSCRIPTIONS in wanted and parent_of(report) is REPORTS:
            read = self._context.snapshot.read(REPORT_SUBSCRIPTIONS, report["token"])
            if REPORT_SUBSCRIPTIONS in due or (schedules and (read is None or read.version != schedules)):
                found.append(self._subscriptions(report, wanted, schedules))
        if DATASET_FIELDS in due:
            found.append(self._fields(report))
        self._context.log.add(**{batch.entity.name: len(batch.rows) for batch in found})
        return found

    # -- subscriptions

    def _subscriptions_due(self, report: Row, wanted: list[Entity]) -> bool:
        context, parent = self._context, REPORTS
        read = context.snapshot.read(REPORT_SUBSCRIPTIONS, report["token"])
        if read is None or read.error or REPORT_SUBSCRIPTIONS.name in context.untrusted:
            return True
        if REPORT_SCHEDULES in wanted:  # these decide: here only whether it is too long ago
            parent = replace(REPORTS, stale=(), cursor="")
            read = read._replace(version=version(parent, report), cursor="")
        return is_due(parent, report, read, context.log.started_at, context.policy)

    def _subscriptions(self, report: Row, wanted: list[Entity], schedules: str) -> Batch:
        entity, token = REPORT_SUBSCRIPTIONS, report["token"]
        by_schedules = REPORT_SCHEDULES in wanted
        seen = schedules if by_schedules else version(REPORTS, report)
        cursor = "" if by_schedules else report.get(REPORTS.cursor) or ""
        try:
            none = report.get(REPORT_SCHEDULES.count) == 0  # each belongs to a schedule
            rows = [] if none else self._reading.rows(entity, entity.path, report_token=token)
        except ReadError as error:
            return self._unread(entity, REPORTS, report, error)
        return self._complete(entity, token, rows, seen, cursor)

    # -- fields

    def _fields(self, dataset: Row) -> Batch:
        token = dataset["token"]
        try:
            payloads = [row for page in self._pages(DATASET_FIELDS, token) for row in page]
            described = self._descriptions(token)
        except ReadError as error:
            return self._unread(DATASET_FIELDS, DATASETS, dataset, error)
        rows: dict[str, Row] = {}
        for position, payload in enumerate(payloads, 1):
            name = str(payload.get("name") or "")
            own = {**payload, "name": name, "token": f"{token}:{name}", "position": position, **described.get(name, {})}
            row = make_row(DATASET_FIELDS, own, self._reading.fields, dataset_token=token)
            if row and name:
                rows.setdefault(name, row)
        return self._complete(
            DATASET_FIELDS, token, list(rows.values()), version(driver(DATASETS, DATASET_FIELDS), dataset), ""
        )

    def _descriptions(self, token: str) -> dict[str, Payload]:
        """Descriptions by name of the field."""
        try:
            found = [row for page in self._pages(DESCRIPTIONS, token) for row in page]
        except Gone:
            logger.info("Mode offers no descriptions of the fields of %s.", token)
            return {}
        return {
            str(row.get("name")): {
                "description": row.get("description") or row.get("desc"),
                "description_token": row.get("token"),
                "description_updated_at": row.get("updated_at"),
            }
            for row in found
        }

    def _pages(self, entity: Entity, token: str) -> Iterator[list[Payload]]:
        return self._reading.payloads(entity, entity.path.format(dataset_token=quote(token, safe="")))

    # -- both

    def _complete(self, entity: Entity, token: str, rows: list[Row], seen: str, cursor: str) -> Batch:
        missing = self._context.missing(entity, token, rows)
        if missing and self._context.scope.since:
            return Batch(entity, rows)  # which removes nothing, so it is not the whole truth: no note
        note = read_note(entity, token, seen, cursor, self._context.log.started_at)
        return Batch(entity, rows, missing, [note])

    def _unread(self, entity: Entity, parent: Entity, row: Row, error: ReadError) -> Batch:
        if isinstance(error, Stopped):
            return Batch(entity)  # the next run goes on here
        if isinstance(error, Gone) and is_gone(self._reading, parent, row["token"]):
            return Batch(entity)  # deleted since it was listed: the next run finds it gone
        self._context.log.add_gap(entity.name, row["token"], row.get("name"), error)
        return Batch(entity, notes=[read_note(entity, row["token"], "", "", self._context.log.started_at, str(error))])


def _seen(schedules: Batch) -> str:
    """What tells one state of a report's schedules from another; empty where they could not be read."""
    if not schedules.notes or any(note.get("error") for note in schedules.notes):
        return ""
    rows = sorted([row.get(name) for name in ("token", "updated_at", "subscriber_count")] for row in schedules.rows)
    return blake2b(orjson.dumps(rows), digest_size=12).hexdigest()
