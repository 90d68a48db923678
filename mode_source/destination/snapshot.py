"""What the destination holds: the other side of every comparison.

Read through dlt's dataset interface during extraction, when it still shows the state before the run, so a
fresh machine compares against the same warehouse as the last one did. Holds two short strings per row in
memory, never a row's content.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator

import dlt
import pendulum
from dlt.common.configuration.container import Container
from dlt.common.pipeline import PipelineContext

from ..entities import Entity
from ..entities.fields import snake_case
from ..entities.notes import Known, Read
from ..entities.own_tables import READS, REMOVED_ASSETS, REPORT_STATS_DAILY, OwnTable
from ..entities.rows import Row
from .dataset import Dataset, Values

TOKENS = 500  # in one condition


class Snapshot:
    """Indexes of the stored rows, each read once and only when it is needed.

    Outside of a pipeline (`list(mode_source().resources["reports"])`) nothing is stored.
    """

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._indexes: dict[str, dict[str, Known]] = {}
        self._children: dict[str, dict[str, list[str]]] = {}
        self._reads: dict[tuple[str, str], Read] | None = None
        self._dataset: Dataset | None = None
        self._removed: set[tuple[str, str]] | None = None
        self._stats: dict[str, tuple[int | None, int | None]] | None = None

    @property
    def active(self) -> bool:
        """Whether a pipeline is running."""
        return Container()[PipelineContext].is_active()

    def index(self, entity: Entity) -> dict[str, Known]:
        """Snapshot rows of an entity by token."""
        with self._lock:
            if entity.name not in self._indexes:
                parent = entity.parent_key or "NULL"
                self._indexes[entity.name] = {
                    token: Known(digest, parent or "")
                    for token, digest, parent in self._select(
                        f"SELECT t.{entity.key}, t._dlt_id, {parent} AS parent FROM {{0}} AS t", entity
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
        alone could be there without the rows (docs/dlt-notes.md#s2-3).
        """
        return self.reads().get((entity.name, token))

    def reads(self) -> dict[tuple[str, str], Read]:
        """All complete readings, and the failed ones that wait for another try, by entity and token."""
        with self._lock:
            if self._reads is None:
                sql = (
                    "SELECT r.entity, r.token, r.version, r.cursor_value, r.read_at, r.error FROM {0} AS r"
                    " JOIN {loads} AS l ON r._dlt_load_id = l.load_id WHERE l.status = 0"
                )
                self._reads = {
                    (name, key): Read(version, cursor, read_at, error)
                    for name, key, version, cursor, read_at, error in self._select(sql, READS)
                }
            return self._reads

    def rows(self, entity: Entity, tokens: list[str]) -> dict[str, Row]:
        """Whole stored rows by token, without dlt's columns, as they were before the run."""
        found: dict[str, Row] = {}
        if not tokens or not self.has_table(entity.name):
            return found
        with self._lock:
            dataset = self._open()
            columns = dataset.columns(entity.name)
            listed = ", ".join(f"t.{dataset.quoted(name)}" for name in columns)
            for start in range(0, len(tokens), TOKENS):
                wanted = ", ".join(dataset.literal(token) for token in tokens[start : start + TOKENS])
                sql = f"SELECT {listed} FROM {dataset.own_source(entity.name, entity.key)} AS t"
                for values in dataset.execute(f"{sql} WHERE t.{entity.key} IN ({wanted})", entity.name):
                    row = dict(zip(columns, values, strict=True))
                    found[row[entity.key]] = row
        return found

    def select(self, entity: Entity, columns: str, condition: str = "") -> list[Values]:
        """Some columns of the stored rows of an entity.

        Args:
            entity: whose table, called `t`.
            columns: an SQL select list.
            condition: SQL, of constants only.
        """
        where = f" WHERE {condition}" if condition else ""
        with self._lock:
            return list(self._select(f"SELECT {columns} FROM {{0}} AS t{where}", entity))

    def orphaned(self, entities: Iterable[Entity], parents: list[Entity]) -> dict[str, list[str]]:
        """Per entity, parents of stored rows that are not stored themselves.

        Only a package that was loaded in part and then lost with its machine leaves such rows behind.
        """
        found: dict[str, list[str]] = {}
        entities = [entity for entity in entities if self.has_table(entity.name)]
        if not entities or not all(self.has_table(parent.name) for parent in parents):
            return found
        known = " UNION ALL ".join(f"SELECT p.token FROM {{{at}}} AS p" for at, _ in enumerate(parents))
        sql = " UNION ALL ".join(  # one query: each costs more than its rows
            f"SELECT DISTINCT '{entity.name}' AS entity, c.{entity.parent_key} AS parent"
            f" FROM {{{at}}} AS c WHERE c.{entity.parent_key} NOT IN ({known})"
            for at, entity in enumerate(entities, len(parents))
        )
        with self._lock:
            for name, parent in self._select(sql, *parents, *entities):
                found.setdefault(name, []).append(parent)
        return found

    def removed(self) -> set[tuple[str, str]]:
        """Entity and token of what is in `removed_assets`."""
        with self._lock:
            if self._removed is None:
                sql = "SELECT r.entity, r.token FROM {0} AS r"
                self._removed = {(name, token) for name, token in self._select(sql, REMOVED_ASSETS)}
            return self._removed

    def stats_of(self, day: pendulum.Date) -> dict[str, tuple[int | None, int | None]]:
        """View and run counts of a day, by report."""
        with self._lock:
            if self._stats is None:
                sql = (
                    "SELECT s.report_token, s.view_count, s.runs_count FROM {0} AS s"
                    f" WHERE s.day = CAST('{day.to_date_string()}' AS DATE)"
                )
                self._stats = {token: (views, runs) for token, views, runs in self._select(sql, REPORT_STATS_DAILY)}
            return self._stats

    def has_table(self, name: str) -> bool:
        """Whether the destination has the table, as far as the schema that dlt synchronised says."""
        with self._lock:
            return self.active and self._open().has(name)

    def columns(self, table: str) -> dict[str, tuple[str, str]]:
        """dlt's type and our description of each column that a table has."""
        with self._lock:
            return self._open().types(table) if self.active and self._open().has(table) else {}

    def normalise(self, name: str) -> str:
        """A field's name as the destination names its column."""
        if not self.active:
            return snake_case(name)
        with self._lock:
            return self._open().normalise(name)

    def close(self) -> None:
        """Ends the connection: nothing is read any longer."""
        with self._lock:
            if self._dataset is not None:
                self._dataset.__exit__(None, None, None)
                self._dataset = None

    def _open(self) -> Dataset:
        # One connection for all: opening one costs more than most queries.
        if self._dataset is None:
            self._dataset = Dataset(dlt.current.pipeline())
            self._dataset.__enter__()
        return self._dataset

    def _select(self, sql: str, *tables: Entity | OwnTable) -> Iterator[Values]:
        """The rows of a SELECT, none if one of the tables is not there; `{0}` … stand for their current rows."""
        if not self.active:
            return
        dataset = self._open()
        sources = [dataset.own_source(table.name, *_key(table)) for table in tables]
        filled = sql.format(*sources, loads=dataset.qualified("_dlt_loads"))
        # Not as a relation of the dataset: dlt takes 15 ms to translate each, most databases 1 ms to answer it.
        yield from dataset.execute(filled, *(table.name for table in tables))


def _key(table: Entity | OwnTable) -> tuple[str, ...]:
    """What identifies a row, where rows are replaced; nothing where they are only ever added."""
    if isinstance(table, OwnTable):
        return table.key if table.removes else ()
    return (table.key,)
