"""Reading for the page: SQL over the tables, and over the models, whether or not the dataset has their views.

A SELECT names what it reads in braces: `{reports}`, `{stale_reports}`. A model's own text goes in front of it as a
WITH clause, so that the page and the views can never disagree, and no view has to be there. A table that is missing
(a partial load, no lineage yet) reads as an empty one; the page asks `missing` and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from types import TracebackType

import dlt

from ..destination.dataset import Dataset, Values
from ..entities import ENTITIES, REPORT_STATS
from ..entities.own_tables import OWN_TABLES
from ..models import models

TYPES = {
    "id": "text",
    "json": "text",
    "timestamp": "timestamp with time zone",
    "bool": "boolean",
    "double": "double precision",
}

# What every whole load makes; statistics come from the Discovery API, which not everybody has.
EXPECTED = tuple(name for name, entity in ENTITIES.items() if entity.selected and entity is not REPORT_STATS)


class Tables:
    """The tables of a pipeline's dataset, over one connection.

    Args:
        pipeline: connected (`load.connect`).
    """

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        self._dataset = Dataset(pipeline)

    def __enter__(self) -> Tables:
        self._dataset.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dataset.__exit__(kind, error, trace)

    def missing(self, *names: str) -> list[str]:
        """Those of these tables that are not there, as far as the schema that dlt synchronised says."""
        return [name for name in names if not self._dataset.has(name)]

    def has(self, *names: str) -> bool:
        """Whether all these tables are there."""
        return not self.missing(*names)

    def rows(self, sql: str) -> list[Values]:
        """All rows of a SELECT."""
        return list(self.stream(sql))

    def stream(self, sql: str) -> Iterator[Values]:
        """The rows of a SELECT, a page at a time."""
        named = {name for _, name, _, _ in Formatter().parse(sql) if name}
        clauses = ", ".join(f"{name} AS ({text})" for name, text in self._clauses(named))
        text = sql.format_map({name: name for name in named})
        yield from self._dataset.execute((f"WITH {clauses} " if clauses else "") + text)

    def _clauses(self, names: set[str]) -> Iterator[tuple[str, str]]:
        """The WITH clause for a SELECT that reads these tables and models."""
        shipped, needed = models(), set(names)
        for model in reversed(shipped.values()):  # what reads others comes after them
            if model.name in needed:
                needed |= model.needs
        for name in sorted(needed - shipped.keys()):
            if not self._dataset.has(name):
                yield name, _empty(name)
            elif self._dataset.appends and _keys(name):
                yield name, f"SELECT * FROM {self._dataset.source(name, *_keys(name))} AS t"
        for model in shipped.values():
            if model.name in needed:
                yield model.name, model.sql


def _keys(name: str) -> tuple[str, ...]:
    """The key of a table whose rows are replaced; empty where rows are only ever added."""
    if name in ENTITIES:
        return (ENTITIES[name].key,)
    table = OWN_TABLES.get(name)  # dlt's own tables are none of ours
    return table.key if table and table.removes and not table.replaced else ()


def _empty(name: str) -> str:
    columns = ", ".join(f"CAST(NULL AS {TYPES.get(kind, kind)}) AS {column}" for column, kind in _columns(name).items())
    return f"SELECT {columns} WHERE 1 = 0"


def _columns(name: str) -> dict[str, str]:
    """The columns of a table as this version declares them, with dlt's types."""
    declared = ENTITIES[name].columns if name in ENTITIES else OWN_TABLES[name].columns
    return {column.name: column.kind for column in declared}
