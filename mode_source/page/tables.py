"""Reading for the page: SQL that names its tables in braces, answered as far as these tables are there.

A load may have been partial (`--resources`), lineage may never have run: a question whose tables are missing has
the answer None, which the page says, instead of an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from string import Formatter
from types import TracebackType
from typing import Any

import dlt
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from ..current import appends, current
from ..entities import ENTITIES
from ..history import SIDE_TABLES

PAGE = 5000  # rows fetched at once

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

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._dataset.__exit__(kind, error, trace)  # type: ignore[arg-type]

    def has(self, *names: str) -> bool:
        """Whether all these tables are there, as far as the schema that dlt synchronised says."""
        return self._names.issuperset(names)

    def missing(self, *names: str) -> list[str]:
        """Those of these tables that are not there."""
        return [name for name in names if name not in self._names]

    def rows(self, sql: str) -> list[Values] | None:
        """All rows of a SELECT; None where one of its tables is missing."""
        return list(self.stream(sql)) if self.has(*_named(sql)) else None

    def stream(self, sql: str) -> Iterator[Values]:
        """The rows of a SELECT, a page at a time; none where one of its tables is missing."""
        if not self.has(*_named(sql)):
            return
        text = sql.format_map({name: self._current(name) for name in _named(sql)})
        try:
            for page in self._dataset(text).iter_fetch(PAGE):
                yield from page
        except DatabaseUndefinedRelation:
            self._names -= set(_named(sql))  # the schema knows a table that the destination has not

    def _current(self, name: str) -> str:
        if not appends(self._pipeline):
            return name
        if name in ENTITIES:
            return current(self._pipeline, name, ENTITIES[name].key)
        return current(self._pipeline, name, *SIDE_TABLES.get(name, {}).get("primary_key", ["_dlt_id"]))


def _named(sql: str) -> list[str]:
    return sorted({name for _, name, _, _ in Formatter().parse(sql) if name})
