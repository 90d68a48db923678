"""dlt's view of the entities: what a table looks like and how batches become its rows.

Every table is merged on `token`; what is gone travels as a row marked `_deleted` in the same package as what
is there. Rows that are already stored as they are, are not loaded again. dlt's own change detection does not
fit: `dlt.sources.incremental` would drop rows whose `updated_at` stands still, and Mode moves names, counts
and collections without moving it (dlt-notes section 2.3, mode-api.md section 10).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
from dlt.common.schema.typing import TColumnSchema, TSchemaContract, TTableReferenceInline
from dlt.extract import DltResource

from .entities import Column, Entity
from .rows import Row
from .runlog import RunLog
from .stored import READS, Stored
from .walk import Batch

# Mode may add columns; a value that does not fit a column's type stops the run instead of becoming a variant
# column beside it. Declared columns are converted in `rows`, so this guards those that Mode adds.
CONTRACT: TSchemaContract = {"tables": "evolve", "columns": "evolve", "data_type": "freeze"}

_DATA_TYPES = {"id": "text"}
_OURS: dict[str, TColumnSchema] = {
    "_as_sent": {
        "data_type": "text",
        "description": "Values that their column cannot hold exactly, as Mode sent them.",
    },
    "_deleted": {
        "data_type": "bool",
        "hard_delete": True,
        "description": "Removes the row in a load; null in the table.",
    },
}

READS_TABLE: dict[str, Any] = {
    "table_name": READS,
    "primary_key": ["entity", "token"],
    "write_disposition": "merge",
    "columns": {
        "entity": {"data_type": "text", "nullable": False, "description": "What was read."},
        "token": {
            "data_type": "text",
            "nullable": False,
            "description": "The report, dataset or member it was read for.",
        },
        "version": {"data_type": "text", "description": "What decides whether it must be read again."},
        "cursor_value": {"data_type": "text", "description": "Its updated_at at that time, as Mode sent it."},
        "read_at": {"data_type": "timestamp", "description": "When the run that read it started."},
    },
}


def with_notes(resource: DltResource) -> DltResource:
    """The resource, able to load notes of what was read in the same package as its rows."""
    return resource.apply_hints(**READS_TABLE, create_table_variant=True)


def hints(entity: Entity) -> dict[str, Any]:
    """Arguments of `dlt.resource` for an entity's table."""
    return {
        "name": entity.name,
        "primary_key": entity.key,
        "write_disposition": "merge",
        "columns": {column.name: _column(entity, column) for column in entity.columns} | _OURS,
        "references": _references(entity),
        "schema_contract": CONTRACT,
        "selected": entity.selected,
    }


class Loader:
    """Turns batches into what dlt loads.

    Args:
        stored: what the destination holds.
        log: where counts go.
    """

    def __init__(self, stored: Stored, log: RunLog) -> None:
        self._stored = stored
        self._log = log
        self._materialized: set[str] = set()

    def load(self, batch: Batch, everything: bool) -> Iterator[Any]:
        """The rows of a batch that are not stored as they are, marks for those that are gone, and the notes.

        Args:
            batch: what was read.
            everything: also the rows that seem to be stored already.
        """
        entity = batch.entity
        if entity.name not in self._materialized:
            self._materialized.add(entity.name)
            if not self._stored.has_table(entity.name):
                yield dlt.mark.materialize_table_schema()  # an entity without rows has a table all the same
        index = self._stored.index(entity)
        rows: list[Row] = [
            row
            for row in batch.rows
            if everything or row["token"] not in index or index[row["token"]].digest != row["_dlt_id"]
        ]
        self._log.add_loaded(entity.name, len(rows), len(batch.gone))
        rows += [{entity.key: token, "_deleted": True} for token in batch.gone]
        if rows:
            yield rows
        if batch.reads and self._stored.active:
            yield dlt.mark.with_table_name(batch.reads, READS)


def _column(entity: Entity, column: Column) -> TColumnSchema:
    return {
        "data_type": _DATA_TYPES.get(column.kind, column.kind),  # type: ignore[typeddict-item]
        "nullable": column.name != entity.key,
        "description": column.description,
    }


def _references(entity: Entity) -> list[TTableReferenceInline]:
    # dlt keeps one reference per referenced table.
    return [
        {"referenced_table": table, "columns": [column.name], "referenced_columns": [name]}
        for column in entity.columns
        if column.references
        for table, _, name in [column.references.partition(".")]
    ]
