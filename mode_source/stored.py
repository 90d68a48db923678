"""What the destination holds: the other side of every comparison.

Read through dlt's dataset interface during extraction, when it still shows the state before the run, so a
fresh machine compares against the same warehouse as the last one did. Holds two short strings per row in
memory, never a row's content.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from typing import NamedTuple

import dlt
import pendulum
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from .entities import Entity
from .rows import Row

logger = logging.getLogger(__name__)

READS = "reads"
PAGE = 5000


class Known(NamedTuple):
    """A stored row: the digest of its content and the token of its parent."""

    digest: str
    parent: str


class Read(NamedTuple):
    """When a listing row's own requests were last answered in full, and how the row looked then."""

    version: str
    cursor: str
    read_at: pendulum.DateTime


class Stored:
    """Indexes of the stored rows, each read once and only when it is needed.

    Outside of a pipeline (`list(mode_source().resources["reports"])`) nothing is stored.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._indexes: dict[str, dict[str, Known]] = {}
        self._children: dict[str, dict[str, list[str]]] = {}
        self._reads: dict[tuple[str, str], Read] | None = None
        self._tables: set[str] | None = None

    @property
    def active(self) -> bool:
        """Whether a pipeline is running."""
        return Container()[PipelineContext].is_active()

    def index(self, entity: Entity) -> dict[str, Known]:
        """Stored rows of an entity by token."""
        with self._lock:
            if entity.name not in self._indexes:
                parent = entity.parent_key or "NULL"
                self._indexes[entity.name] = {
                    token: Known(digest, parent or "")
                    for token, digest, parent in self._select(
                        entity.name, f"SELECT {entity.key}, _dlt_id, {parent} AS parent FROM {entity.name}"
                    )
                }
            return self._indexes[entity.name]

    def children(self, entity: Entity, parent: str) -> list[str]:
        """Tokens of the stored rows of one parent."""
        with self._lock:
            if entity.name not in self._children:
                by_parent: dict[str, list[str]] = {}
                for token, known in self.index(entity).items():
                    by_parent.setdefault(known.parent, []).append(token)
                self._children[entity.name] = by_parent
            return self._children[entity.name].get(parent, [])

    def read(self, entity: Entity, token: str) -> Read | None:
        """The last complete reading of `entity` for the listing row `token`.

        It counts only if its whole load package did: tables of a package commit one by one, so the note
        alone could be there without the rows (dlt-notes section 2.3).
        """
        with self._lock:
            if self._reads is None:
                self._reads = {
                    (name, key): Read(version, cursor, read_at)
                    for name, key, version, cursor, read_at in self._select(
                        READS,
                        f"SELECT r.entity, r.token, r.version, r.cursor_value, r.read_at FROM {READS} AS r"
                        " JOIN _dlt_loads AS l ON r._dlt_load_id = l.load_id WHERE l.status = 0",
                    )
                }
            return self._reads.get((entity.name, token))

    def has_table(self, name: str) -> bool:
        """Whether the destination has the table, as far as the schema that dlt synchronised says."""
        with self._lock:
            if self._tables is None:
                self._tables = set(dlt.current.pipeline().dataset().tables) if self.active else set()
            return name in self._tables

    def _select(self, table: str, sql: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        if not self.has_table(table):
            return
        try:
            for page in dlt.current.pipeline().dataset()(sql).iter_fetch(PAGE):
                yield from page
        except DatabaseUndefinedRelation:
            # The schema knows the table, the destination does not: a new dataset.
            logger.debug("Table %s is not there yet.", table)


def read_row(entity: Entity, token: str, version: str, cursor: str, now: pendulum.DateTime) -> Row:
    """The row that notes a complete reading."""
    return {
        "entity": entity.name,
        "token": token,
        "version": version,
        "cursor_value": cursor,
        "read_at": now,
    }
