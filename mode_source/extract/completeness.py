"""Whether a list of children is all that there is.

A server under load has answered with 11 of 19 queries and status 200. So a list that has fewer rows than its parent
counts, or that came with a complaint, removes nothing by itself: the parent is asked for its count again (somebody may
have deleted rows since it was listed), and the rows that are missing for themselves, where they have a path. What is
still unexplained is a gap, and is believed once a later run sees just the same: some counts are never corrected.
"""

from __future__ import annotations

from hashlib import blake2b

from ..entities import DATASET_TYPE, DATASETS, GROUPS, REPORTS, Entity
from ..entities.notes import forget_note, read_note
from ..entities.rows import Row, version
from ..errors import ReadError
from .context import Batch, Context
from .reading import Reading

ASKED = 50  # rows of one list that are asked for by themselves
NOT_BELIEVED = "are not believed to be all"


class Completeness:
    """Judges lists of children in one run.

    Args:
        reading: asks Mode.
        context: of the run.
    """

    def __init__(self, reading: Reading, context: Context) -> None:
        self._reading = reading
        self._context = context

    def judge(self, entity: Entity, parent: Row, rows: list[Row], complaint: str) -> Batch:
        """The rows of one list, those that are gone, and the note of the reading.

        Args:
            entity: what was listed.
            parent: the report, dataset or group.
            rows: that Mode listed.
            complaint: what Mode said against its own list; empty if nothing.

        Raises:
            ReadError: the list lacks rows, and Mode does not say whether they are still there.
        """
        doubt = complaint or self._shortfall(entity, parent, rows)
        if not doubt:
            return self.believed(entity, parent, rows)
        listed = _seen(rows)
        if self._context.seen_before(entity, parent["token"], doubt, listed):
            return self.believed(entity, parent, rows)
        if not complaint and self._counted_anew(entity, parent, len(rows)):
            return self.believed(entity, parent, rows)
        missing = self._context.missing(entity, parent["token"], rows)
        gone: list[str] = []
        if entity.single and len(missing) <= ASKED:
            found = {
                token: self._reading.single(entity, token, **{entity.parent_key: parent["token"]}) for token in missing
            }
            rows = [*rows, *(row for row in found.values() if row)]
            gone = [token for token, row in found.items() if not row]
            if not complaint and not self._shortfall(entity, parent, rows):
                return self.believed(entity, parent, rows)
        self._context.log.add_gap(entity.name, parent["token"], parent.get("name"), doubt, NOT_BELIEVED)
        if self._context.scope.since:
            gone = []
        note = read_note(entity, parent["token"], listed, "", self._context.log.started_at, doubt)
        return Batch(entity, rows, gone, [note])

    def believed(self, entity: Entity, parent: Row, rows: list[Row]) -> Batch:
        """The rows of one list that is all there is."""
        context = self._context
        missing = context.missing(entity, parent["token"], rows)
        if missing and context.scope.since:
            # A run with `since` removes nothing, so what it read is not the whole truth: no note.
            return Batch(entity, rows)
        if entity.parent == GROUPS.name:  # read in every run, so only a doubt is noted
            doubted = context.snapshot.read(entity, parent["token"])
            return Batch(entity, rows, missing, [forget_note(entity, parent["token"])] if doubted else [])
        note = note_of(context, entity, parent)
        if missing and parent.get(entity.count) is None:
            note["version"] = ""  # nothing counts these rows: the next run looks once more
        return Batch(entity, rows, missing, [note])

    def _shortfall(self, entity: Entity, parent: Row, rows: list[Row]) -> str:
        """What speaks against a list being all there is; empty if nothing does."""
        counted = parent.get(entity.count) if entity.count else None
        if counted is not None:
            return f"Mode listed {len(rows)} of {counted}" if len(rows) < counted else ""
        missing = self._context.missing(entity, parent["token"], rows)
        if missing and not self._moved(entity, parent):
            stored = len(self._context.snapshot.children(entity, parent["token"]))
            return f"{len(missing)} of {stored} were not listed, and nothing else has changed"
        return ""

    def _moved(self, entity: Entity, parent: Row) -> bool:
        """Whether the parent looks different from when its children were last read."""
        if entity.parent == GROUPS.name:
            return False
        read = self._context.snapshot.read(entity, parent["token"])
        kind = parent_of(parent)
        now = (version(kind, parent), parent.get(kind.cursor) or "")
        return read is None or read.error is not None or (read.version, read.cursor) != now

    def _counted_anew(self, entity: Entity, parent: Row, listed: int) -> bool:
        """Whether the parent's own row, asked for again, counts no more rows than were listed."""
        counted = parent.get(entity.count) if entity.count else None
        if counted is None:
            return False
        kind = GROUPS if entity.parent == GROUPS.name else parent_of(parent)
        try:
            fresh = self._reading.single(kind, parent["token"])
        except ReadError:
            return False
        count = fresh.get(entity.count) if fresh else None
        return count is not None and count <= listed


def parent_of(report: Row) -> Entity:
    """Whether a row is a report's or a dataset's."""
    return DATASETS if report.get("type") == DATASET_TYPE else REPORTS


def note_of(context: Context, entity: Entity, report: Row, error: str | None = None) -> Row:
    """The note that the children of a report were read, or, with `error`, that they could not be."""
    parent = parent_of(report)
    cursor = report.get(parent.cursor) or ""
    # A failed reading keeps no version, so that it is due whatever the report looks like next time.
    seen = "" if error else version(parent, report)
    return read_note(entity, report["token"], seen, cursor, context.log.started_at, error)


def _seen(rows: list[Row]) -> str:
    """A digest of which rows were listed."""
    return blake2b("\n".join(sorted(row["token"] for row in rows)).encode(), digest_size=8).hexdigest()
