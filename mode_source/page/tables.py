"""Reading for the page: SQL over the tables, and over the models, whether or not the dataset has their views.

A SELECT names what it reads in braces: `{reports}`, `{stale_reports}`. A model's own text goes in front of it as a
WITH clause, so that the page and the views can never disagree, and no view has to be there. A table that is missing
(a partial load, no lineage yet) reads as an empty one; the page asks `missing` and says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from types import TracebackType
from typing import Any

import dlt

from ..destination.append_only import appends, current
from ..entities import ENTITIES, REPORT_STATS
from ..lineage_tables import schema as lineage
from ..load.history import SIDE_TABLES
from ..load.resources import runs
from ..models import models

PAGE = 5000  # rows fetched at once
TYPES = {
    "id": "text",
    "json": "text",
    "timestamp": "timestamp with time zone",
    "bool": "boolean",
    "double": "double precision",
}

# What every whole load makes; statistics come from the Discovery API, which not everybody has.
EXPECTED = tuple(name for name, entity in ENTITIES.items() if entity.selected and entity is not REPORT_STATS)

Values = tuple[Any, ...]


class Tables:
    """The tables of a pipeline's dataset, over one connection.

    Args:
        pipeline: connected (`load.connect`).
    """

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        self._pipeline = pipeline
        self._dataset = pipeline.dataset()
        self._names = set(self._dataset.tables)

    def __enter__(self) -> Tables:
        self._dataset.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dataset.__exit__(kind, error, trace)  # type: ignore[arg-type]

    def missing(self, *names: str) -> list[str]:
        """Those of these tables that are not there, as far as the schema that dlt synchronised says."""
        return [name for name in names if name not in self._names]

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
        # As it is: dlt would parse it and trace every column, which takes longer than the answer.
        query = self._dataset((f"WITH {clauses} " if clauses else "") + text, _execute_raw_query=True)
        for page in query.iter_fetch(PAGE):
            yield from page

    def _clauses(self, names: set[str]) -> Iterator[tuple[str, str]]:
        """What must be defined in front of a SELECT that reads these tables and models."""
        shipped, needed = models(), set(names)
        for model in reversed(shipped.values()):  # what reads others comes after them
            if model.name in needed:
                needed |= model.needs
        for name in sorted(needed - shipped.keys()):
            if name not in self._names:
                yield name, _empty(name)
            elif appends(self._pipeline) and _keys(name):
                yield name, f"SELECT * FROM {current(self._pipeline, name, *_keys(name))} AS t"
        for model in shipped.values():
            if model.name in needed:
                yield model.name, model.sql


def _keys(name: str) -> list[str]:
    """What identifies a row of a table whose rows are replaced; nothing where rows are only ever added."""
    if name in ENTITIES:
        return [ENTITIES[name].key]
    table = SIDE_TABLES.get(name, {"columns": {}})
    return list(table["primary_key"]) if "_deleted" in table["columns"] else []


def _empty(name: str) -> str:
    columns = ", ".join(f"CAST(NULL AS {TYPES.get(kind, kind)}) AS {column}" for column, kind in _columns(name).items())
    return f"SELECT {columns} WHERE 1 = 0"


def _columns(name: str) -> dict[str, str]:
    """The columns of a table as this version declares them, with dlt's types."""
    if name in ENTITIES:
        return {column.name: column.kind for column in ENTITIES[name].columns}
    if name in lineage.TABLES:
        return dict.fromkeys(lineage.COLUMNS[name], "text")
    declared = SIDE_TABLES[name]["columns"] if name in SIDE_TABLES else runs(dict).compute_table_schema()["columns"]
    return {column: str(schema["data_type"]) for column, schema in declared.items()}
