"""Declared columns as dlt has them."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from dlt.common.schema.typing import TColumnSchema

from ..entities import Column
from ..entities.own_tables import DELETED, OwnTable

_DATA_TYPES = {"id": "text"}


def columns_of(columns: Iterable[Column], key: Collection[str] = ()) -> dict[str, TColumnSchema]:
    """The columns by name, as hints for a dlt resource.

    Args:
        columns: as declared.
        key: names of those that are never null.
    """
    return {column.name: _schema(column, column.name in key) for column in columns}


def columns_of_table(table: OwnTable) -> dict[str, TColumnSchema]:
    """The columns of a table of our own."""
    return columns_of(table.loaded, table.key)


def _schema(column: Column, required: bool) -> TColumnSchema:
    schema: TColumnSchema = {
        "name": column.name,  # dlt adds it by itself, but what reads hints before a load (dagster-dlt) does not
        "data_type": _DATA_TYPES.get(column.kind, column.kind),  # type: ignore[typeddict-item]
        "nullable": not required,
        "description": column.description,
    }
    if column is DELETED:
        schema["hard_delete"] = True
    return schema
