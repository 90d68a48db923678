"""Who may do what in collections, and with connections (docs/mode-api.md#s5-4 and #s5-5).

No listing shows that a permission was given or taken, so the lists are read again when half of `reconcile_after` to
all of it has passed. What they look like is not known: any list in the answer is taken, and all of a row is kept. A
workspace that answers 400 or 404 does not offer them: that is said once, and no gap.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from dataclasses import replace
from hashlib import blake2b
from typing import Any
from urllib.parse import quote

import orjson
import pendulum

from ..api.paging import read_pages
from ..entities import Entity
from ..entities.notes import forget_note, read_note
from ..entities.rows import Payload, Row, make_row, version, without_secrets
from ..errors import Gone, NoContent, ReadError, Refused, Stopped
from .context import Batch, Context
from .decisions import driver, is_due
from .gone import is_gone
from .reading import Reading

logger = logging.getLogger(__name__)

ANYWHERE = "*"  # stands for all parents in the note that there are no such lists


class Permissions:
    """Reads the permissions of one kind of thing.

    Args:
        entity: `collection_permissions` or `data_source_permissions`.
        parent: collections or data sources.
        reading: asks Mode.
        context: of the run.
        again_after: how long what was read is good.
    """

    def __init__(
        self, entity: Entity, parent: Entity, reading: Reading, context: Context, again_after: pendulum.Duration
    ) -> None:
        self._entity = entity
        self._parent = parent
        self._reading = reading
        self._context = context
        self._policy = replace(context.policy, reread_after=min(again_after, context.policy.reread_after))

    def plan(self, batch: Batch) -> tuple[list[Batch], list[Row]]:
        """What is known without the lists, and the parents whose lists must be read; none where Mode has no lists."""
        left = self._context.snapshot.orphaned([self._entity], [self._parent]).get(self._entity.name, [])
        known = [self._orphans([*batch.gone, *left])]
        due = [row for row in batch.rows if self._is_due(row)]
        if not due or not self._is_due({"token": ANYWHERE}):
            return known, []
        first = next((row for row in due if not _personal(row)), due[0])
        if self._context.snapshot.index(self._entity) or self._context.snapshot.read(self._entity, first["token"]):
            return known, due  # they have been there before
        found = self.read(first, probe=True)
        if found is None:
            logger.info("Mode offers no %s to this key.", self._entity.name.replace("_", " "))
            return [*known, Batch(self._entity, notes=[self._note({"token": ANYWHERE})])], []
        return [*known, found], [row for row in due if row is not first]

    def read(self, row: Row, *, probe: bool = False) -> Batch | None:
        """The permissions of one parent.

        Args:
            row: of the parent.
            probe: whether it is the first of all; then None says that there are no such lists.
        """
        entity, context, token = self._entity, self._context, row["token"]
        try:
            rows = [own for page in self._pages(token) for payload in page if (own := self._row(payload, token))]
        except Stopped:
            return Batch(entity)  # the next run goes on here
        except (Gone, Refused) as error:
            stored = context.snapshot.children(entity, token)
            if isinstance(error, Gone) and is_gone(self._reading, self._parent, token):
                return Batch(entity)  # deleted since it was listed: the next run finds it gone
            if not stored:
                return None if probe and not _personal(row) else Batch(entity, notes=[self._note(row)])
            return self._unread(row, error)
        except ReadError as error:
            if not isinstance(error, NoContent) or context.snapshot.children(entity, token):
                return self._unread(row, error)
            rows = []  # may stand for an empty list, but never removes what is known
        context.log.add(**{entity.name: len(rows)})
        missing = context.missing(entity, token, rows)
        if missing and context.scope.since:
            return Batch(entity, rows)
        return Batch(entity, rows, missing, [self._note(row)])

    def _is_due(self, row: Row) -> bool:
        context, read = self._context, self._context.snapshot.read(self._entity, row["token"])
        if self._entity.name in context.untrusted:
            return True
        return is_due(driver(self._parent, self._entity), row, read, context.log.started_at, self._policy)

    def _pages(self, token: str) -> Iterator[list[Payload]]:
        path = self._entity.path.format(**{self._entity.parent_key: quote(token, safe="")})

        def get(path: str, params: dict[str, str]) -> dict[str, Any]:
            body = self._reading.client.get(path, params)
            return {**body, "_embedded": {self._entity.embed: _list(body)}}

        return read_pages(get, self._entity, path, self._reading.client.page_sizes)

    def _row(self, payload: Payload, parent: str) -> Row | None:
        sent = without_secrets({name: value for name, value in payload.items() if name != "_forms"})
        known = {part for column in self._entity.columns for part in column.source.split("|")} | {"_links", "accessor"}
        own = {name: value for name, value in payload.items() if name in known}
        if not own.get("token"):
            content = orjson.dumps([parent, sent], option=orjson.OPT_SORT_KEYS)
            own["token"] = blake2b(content, digest_size=6).hexdigest()
        keys = {self._entity.parent_key: parent}
        return make_row(self._entity, {**own, "permission": sent}, self._reading.fields, **keys)

    def _orphans(self, parents: list[str]) -> Batch:
        snapshot = self._context.snapshot
        children = [token for parent in parents for token in snapshot.children(self._entity, parent)]
        notes = [forget_note(self._entity, parent) for parent in parents if snapshot.read(self._entity, parent)]
        return Batch(self._entity, gone=children, notes=notes)

    def _unread(self, row: Row, error: ReadError) -> Batch:
        self._context.log.add_gap(self._entity.name, row["token"], row.get("name"), error)
        note = read_note(self._entity, row["token"], "", "", self._context.log.started_at, str(error))
        return Batch(self._entity, notes=[note])

    def _note(self, row: Row) -> Row:
        seen = version(driver(self._parent, self._entity), row)
        return read_note(self._entity, row["token"], seen, "", self._context.log.started_at)


def _personal(row: Row) -> bool:
    """Whether it is a personal collection, which may well have no such list where others do."""
    return row.get("space_type") == "private"


def _list(body: dict[str, Any]) -> list[Payload] | None:
    """The rows of an answer, under whatever name; None if there is no list in it."""
    embedded = body.get("_embedded")
    if isinstance(embedded, list):
        return embedded
    places = [place for place in (embedded, body) if isinstance(place, dict)]
    return next((value for place in places for value in place.values() if isinstance(value, list)), None)
