"""The lists that need no parent: collections, data sources, definitions, groups."""

from __future__ import annotations

import threading
from collections import defaultdict
from dataclasses import replace

from ..entities import COLLECTIONS, Entity
from ..entities.rows import Row
from ..errors import CredentialsRefused, Doubtful, Gone, ModeDown, NotVisible, ReadError, Refused, Stopped
from .context import Batch, Context
from .reading import Reading
from .removals import Removals, Verdict


class WorkspaceLists:
    """Reads each list of the workspace once a run, whichever resource asks for it first.

    Args:
        reading: asks Mode.
        removals: confirms what is gone.
        context: of the run.
    """

    def __init__(self, reading: Reading, removals: Removals, context: Context) -> None:
        self._reading = reading
        self._removals = removals
        self._context = context
        self._lock = threading.Lock()
        self._lists: dict[str, Batch] = {}
        self._locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def read(self, entity: Entity) -> Batch:
        """All rows of a list, asked for once a run; without any, and a gap, if it cannot be read.

        Raises:
            CredentialsRefused, UsageError: the key or the workspace is wrong.
            ModeDown: Mode fails on a list of which nothing is stored yet.
        """
        self._reading.verify()
        with self._lock:
            lock = self._locks[entity.name]
        with lock:
            if entity.name not in self._lists:
                try:
                    self._lists[entity.name] = self._whole(entity)
                except ReadError as error:
                    self.unread(entity, error)
                    self._lists[entity.name] = Batch(entity, unread=True)
                self._context.log.add(**{entity.name: len(self._lists[entity.name].rows)})
        batch = self._lists[entity.name]
        return replace(batch, rows=[*batch.rows], gone=[*batch.gone], notes=[*batch.notes])

    def unread(self, entity: Entity, error: ReadError) -> None:
        """Notes that a list of the workspace could not be read, or raises if the run makes no sense without it."""
        if isinstance(error, Stopped):
            self._context.log.unlisted = True
            return
        client = self._reading.client
        if entity is COLLECTIONS and isinstance(error, NotVisible):
            raise CredentialsRefused(f"The key may not list the collections of {client.workspace!r}: {error}.")
        if entity is COLLECTIONS and isinstance(error, Gone):
            raise client.unknown_workspace()
        if not self._context.snapshot.index(entity) and not isinstance(error, (NotVisible, Gone, Refused)):
            # Nothing is known of it: going on would make an empty table look like the truth.
            raise ModeDown(
                f"The list of {entity.name} could not be read ({error}). Nothing was changed; run again later."
            )
        self._context.log.add_gap(entity.name, "", None, error)

    def _whole(self, entity: Entity) -> Batch:
        def listed() -> dict[str, Row]:
            return {row["token"]: row for row in self._reading.rows(entity, entity.path)}

        rows: dict[str, Row] = {}
        doubt: Doubtful | None = None
        try:
            for page in self._reading.pages(entity, entity.path):
                rows |= {row["token"]: row for row in page}
        except Doubtful as error:
            doubt = error
        missing = [token for token in self._context.snapshot.index(entity) if token not in rows]
        if doubt and missing:
            verdict = self._removals.unsure(entity, missing, str(doubt))
        elif entity is COLLECTIONS and self._context.filter_changed():
            verdict = Verdict(gone=missing)  # the user wants to see others
        else:
            again = listed if entity.paged else None  # the answer in one piece would be the same
            verdict = self._removals.confirm(entity, missing, 1 + len(rows) // 20, again)
        found = [row for row in verdict.found if not row.get("soft_deleted")]
        gone = [*verdict.gone, *(row["token"] for row in verdict.found if row.get("soft_deleted"))]
        return Batch(entity, [*rows.values(), *found], gone, verdict.notes, kept=verdict.kept)
