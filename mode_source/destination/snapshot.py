"""What the destination holds: the other side of every comparison.

Read through dlt's dataset interface during extraction, when it still shows the state before the run, so a
fresh machine compares against the same warehouse as the last one did. Holds two short strings per row in
memory, never a row's content.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

import dlt
import pendulum
import sqlglot
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext
from dlt.destinations.exceptions import DatabaseUndefinedRelation
from dlt.destinations.sql_client import SqlClientBase

from ..entities import Entity
from ..entities.rows import Row
from .append_only import current

logger = logging.getLogger(__name__)

READS = "reads"
REMOVED = "removed_assets"
STATS = "report_stats_daily"
PAGE = 5000  # rows fetched at once
BATCH = 500  # tokens in one condition


class Known(NamedTuple):
    """A stored row: the digest of its content and the token of its parent."""

    digest: str
    parent: str


class Read(NamedTuple):
    """When a listing row's own requests were last answered in full, and how the row looked then."""

    version: str
    cursor: str
    read_at: pendulum.DateTime
    error: str | None


class Stored:
    """Indexes of the stored rows, each read once and only when it is needed.

    Outside of a pipeline (`list(mode_source().resources["reports"])`) nothing is stored.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._indexes: dict[str, dict[str, Known]] = {}
        self._children: dict[str, dict[str, list[str]]] = {}
        self._reads: dict[tuple[str, str], Read] | None = None
        self._dataset: dlt.Dataset | None = None
        self._pipeline: dlt.Pipeline | None = None  # dlt takes its time to say which one is active
        self._removed: set[tuple[str, str]] | None = None
        self._stats: dict[str, tuple[int | None, int | None]] | None = None

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
                        entity.name, f"SELECT {entity.key}, _dlt_id, {parent} AS parent FROM {self._from(entity)} AS t"
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
        return self.reads().get((entity.name, token))

    def reads(self) -> dict[tuple[str, str], Read]:
        """All complete readings, and the failed ones that wait for another try, by entity and token."""
        with self._lock:
            if self._reads is None:
                self._reads = {
                    (name, key): Read(version, cursor, read_at, error)
                    for name, key, version, cursor, read_at, error in self._select(
                        READS,
                        "SELECT r.entity, r.token, r.version, r.cursor_value, r.read_at, r.error"
                        f" FROM {self._from(READS, 'entity', 'token')} AS r"
                        f" JOIN {self._qualified('_dlt_loads')} AS l ON r._dlt_load_id = l.load_id WHERE l.status = 0",
                    )
                }
            return self._reads

    def rows(self, entity: Entity, tokens: list[str]) -> dict[str, Row]:
        """Whole stored rows by token, without dlt's columns, as they were before the run."""
        found: dict[str, Row] = {}
        if not tokens or not self.has_table(entity.name):
            return found
        with self._lock:
            client = self._open().sql_client
            columns = [
                name
                for name in self._open().schema.get_table_columns(entity.name)
                if not name.startswith(("_dlt", "_deleted"))
            ]
            listed = ", ".join(f"t.{client.escape_column_name(name)}" for name in columns)
            for start in range(0, len(tokens), BATCH):
                wanted = ", ".join(literal(token, client) for token in tokens[start : start + BATCH])
                sql = f"SELECT {listed} FROM {self._from(entity)} AS t WHERE t.{entity.key} IN ({wanted})"
                for values in self._select(entity.name, sql):
                    row = dict(zip(columns, values, strict=True))
                    found[row[entity.key]] = row
        return found

    def orphaned(self, entities: Iterable[Entity], parents: list[Entity]) -> dict[str, list[str]]:
        """Per entity, parents of stored rows that are not stored themselves.

        Only a package that was loaded in part and then lost with its machine leaves such rows behind.
        """
        found: dict[str, list[str]] = {}
        entities = [entity for entity in entities if self.has_table(entity.name)]
        if not entities or not all(self.has_table(parent.name) for parent in parents):
            return found
        with self._lock:
            known = " UNION ALL ".join(f"SELECT p.token FROM {self._from(parent)} AS p" for parent in parents)
            sql = " UNION ALL ".join(  # one query: each costs more than its rows
                f"SELECT DISTINCT '{entity.name}' AS entity, c.{entity.parent_key} AS parent"
                f" FROM {self._from(entity)} AS c WHERE c.{entity.parent_key} NOT IN ({known})"
                for entity in entities
            )
            for name, parent in self._select(entities[0].name, sql):
                found.setdefault(name, []).append(parent)
        return found

    def removed(self) -> set[tuple[str, str]]:
        """Entity and token of what is in `removed_assets`."""
        with self._lock:
            if self._removed is None:
                self._removed = {
                    (name, token)
                    for name, token in self._select(
                        REMOVED, f"SELECT entity, token FROM {self._from(REMOVED, 'entity', 'token')} AS r"
                    )
                }
            return self._removed

    def stats_of(self, day: pendulum.Date) -> dict[str, tuple[int | None, int | None]]:
        """View and run counts of a day, by report."""
        with self._lock:
            if self._stats is None:
                self._stats = {
                    token: (views, runs)
                    for token, views, runs in self._select(
                        STATS,
                        f"SELECT report_token, view_count, runs_count FROM {self._qualified(STATS)}"
                        f" WHERE day = CAST('{day.to_date_string()}' AS DATE)",
                    )
                }
            return self._stats

    def has_table(self, name: str) -> bool:
        """Whether the destination has the table, as far as the schema that dlt synchronised says."""
        with self._lock:
            return self.active and name in self._open().tables

    def close(self) -> None:
        """Ends the connection: nothing is read any more."""
        with self._lock:
            if self._dataset is not None:
                self._dataset.__exit__(None, None, None)  # type: ignore[arg-type]
                self._dataset = None

    def _from(self, table: Entity | str, *keys: str) -> str:
        """What to write after FROM, in the destination's own SQL."""
        name, keys = (table, keys) if isinstance(table, str) else (table.name, (table.key,))
        if not self.active:
            return name
        if self._pipeline is None:
            self._pipeline = dlt.current.pipeline()
        return current(self._pipeline, self._qualified(name), *keys)

    def _qualified(self, name: str) -> str:
        return self._open().sql_client.make_qualified_table_name(name) if self.active else name

    def _open(self) -> dlt.Dataset:
        # One connection for all: opening one costs more than most queries.
        if self._dataset is None:
            self._dataset = dlt.current.pipeline().dataset()
            self._dataset.__enter__()
        return self._dataset

    def _select(self, table: str, sql: str) -> Iterator[tuple]:  # type: ignore[type-arg]
        if not self.has_table(table):
            return
        try:
            # Not as a relation of the dataset: dlt takes 15 ms to translate each, most databases 1 ms to answer it.
            with self._open().sql_client.execute_query(sql) as cursor:
                for page in cursor.iter_fetch(PAGE):
                    yield from page
        except DatabaseUndefinedRelation:
            # The schema knows the table, the destination does not: a new dataset.
            logger.debug("Table %s is not there yet.", table)


def literal(text: str, client: SqlClientBase[Any]) -> str:
    """A text as a literal in the destination's SQL: tokens come from outside."""
    return sqlglot.exp.Literal.string(text).sql(client.capabilities.sqlglot_dialect)


def read_note(
    entity: Entity, token: str, version: str, cursor: str, now: pendulum.DateTime, error: str | None = None
) -> Row:
    """The row that notes a complete reading, or, with `error`, one that must be tried again."""
    return {
        "entity": entity.name,
        "token": token,
        "version": version,
        "cursor_value": cursor,
        "read_at": now,
        "error": error,
    }


def forget_note(entity: Entity, token: str) -> Row:
    """The mark that removes a note."""
    return {"entity": entity.name, "token": token, "_deleted": True}
