"""dlt's view of the entities: what a table looks like and how batches become its rows.

Every table is merged on `token`; what is gone travels as a row marked `_deleted` in the same package as what
is there. Rows that are already stored as they are, are not loaded again. dlt's own change detection does not
fit: `dlt.sources.incremental` would drop rows whose `updated_at` stands still, and Mode moves names, counts
and collections without moving it (docs/dlt-notes.md#s2-3, docs/mode-api.md#s10).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import dlt
from dlt.common.schema.typing import TSchemaContract, TTableReferenceInline
from dlt.extract import DltResource

from ..destination.schema import columns_of, columns_of_table
from ..entities import Entity
from ..entities.declaration import text
from ..entities.own_tables import DELETED, RUNS, SIDE_TABLES
from ..entities.rows import Row
from ..extract.context import Batch, Context
from .history import History

# Mode may add columns. `entities.fields` sees to it that every value fits its column; dlt must never make a variant
# column beside it, nor stop.
CONTRACT: TSchemaContract = {"tables": "evolve", "columns": "evolve", "data_type": "discard_value"}

_OURS = (text("_as_sent", "Values that their column cannot hold exactly, as Mode sent them."), DELETED)


def declare(resource: DltResource, entity: Entity) -> DltResource:
    """Makes a bare resource load an entity's table, and its notes and history in the same package."""
    for table in SIDE_TABLES:  # first: a variant starts from the hints that the resource has so far
        resource.apply_hints(
            table_name=table.name,
            write_disposition="merge",
            primary_key=table.key,
            columns=columns_of_table(table),
            create_table_variant=True,
        )
    return resource.apply_hints(
        primary_key=entity.key,
        write_disposition="merge",
        columns=columns_of((*entity.columns, *_OURS), (entity.key,)),
        references=_references(entity),
        schema_contract=CONTRACT,
    )


def runs(row: Callable[[], Row | None]) -> DltResource:
    """The resource of table `runs`; `row` makes the row of one run when dlt gets there, after the source."""

    def rows() -> Iterator[Row]:
        made = row()
        if made:
            yield made

    return dlt.resource(
        rows,
        name=RUNS.name,
        primary_key=RUNS.key,
        write_disposition="merge",
        columns=columns_of_table(RUNS),
        max_table_nesting=0,
    )


class Loader:
    """Turns batches into what dlt loads.

    Args:
        context: of the run.
    """

    def __init__(self, context: Context) -> None:
        self._context = context
        self._snapshot = context.snapshot
        self._history = History(context.snapshot, context.log)
        self._begun: set[str] = set()

    def load(self, batch: Batch) -> Iterator[Any]:
        """The rows of a batch that are not stored as they are, marks for those that are gone, and the history."""
        entity = batch.entity
        if entity.name not in self._begun:
            self._begun.add(entity.name)
            if not self._snapshot.has_table(entity.name):
                yield dlt.mark.materialize_table_schema()  # an entity without rows has a table all the same
            if len(self._begun) == 1 and self._records_history(entity):
                for table in SIDE_TABLES:
                    if not self._snapshot.has_table(table.name):
                        yield dlt.mark.with_table_name(dlt.mark.materialize_table_schema(), table.name)
        if self._context.scope.since:
            batch.gone = []  # a partial reading removes nothing
        if not (batch.rows or batch.gone or batch.notes):
            self._context.log.add_loaded(entity.name, 0, 0)
            return  # nor need its index be read
        index = {} if entity.append_only else self._snapshot.index(entity)  # which would not fit into memory
        everything = self._context.policy.everything or entity.name in self._context.untrusted
        fresh: list[Row] = [
            row
            for row in batch.rows
            if everything or row["token"] not in index or index[row["token"]].digest != row["_dlt_id"]
        ]
        self._context.log.add_loaded(entity.name, len(fresh), len(batch.gone), len(index))
        if fresh or batch.gone:
            loaded = fresh + [{entity.key: token, "_deleted": True} for token in batch.gone]
            new = self._context.fields.take_new(entity)
            yield dlt.mark.with_hints(loaded, dlt.mark.make_hints(columns=columns_of(new))) if new else loaded
        if self._records_history(entity):
            for table, rows in self._history.rows(batch, fresh):
                yield dlt.mark.with_table_name(rows, table.name)

    def _records_history(self, entity: Entity) -> bool:
        # dlt filters all that a resource yields by the `incremental` that a user has applied to it, and stumbles
        # over rows without the cursor: such a resource loads its own rows only.
        return self._snapshot.active and dlt.current.source().resources[entity.name].incremental is None


def _references(entity: Entity) -> list[TTableReferenceInline]:
    # dlt keeps one reference per referenced table.
    return [
        {"referenced_table": table, "columns": [column.name], "referenced_columns": [name]}
        for column in entity.columns
        if column.references
        for table, _, name in [column.references.partition(".")]
    ]
