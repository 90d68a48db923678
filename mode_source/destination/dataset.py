"""The one reader of a pipeline's dataset: which tables are there, and their rows, a page at a time.

The snapshot before a run, lineage, exports and the page all read through it. `ask.connection` does not: it has to
leave dlt's working folder and locks alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Any

import dlt
import sqlglot
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from .append_only import appends, current

PAGE = 2000  # rows fetched at once

Values = tuple[Any, ...]


class Dataset:
    """Reads a dataset over one connection; use as a context manager.

    Args:
        pipeline: whose dataset it is.
    """

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        self.pipeline = pipeline
        self._dataset = pipeline.dataset()
        self._names = set(self._dataset.tables)

    def __enter__(self) -> Dataset:
        self._dataset.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dataset.__exit__(kind, error, trace)  # type: ignore[arg-type]

    @property
    def appends(self) -> bool:
        """Whether nothing is ever merged here, so that a table holds every version of a row."""
        return appends(self.pipeline)

    def has(self, *tables: str) -> bool:
        """Whether all these tables are there, as far as the schema that dlt synchronised says."""
        return self._names.issuperset(tables)

    def columns(self, table: str) -> list[str]:
        """The columns of a table, without dlt's and the mark for removals."""
        return [
            name for name in self._dataset.schema.get_table_columns(table) if not name.startswith(("_dlt", "_deleted"))
        ]

    def types(self, table: str) -> dict[str, tuple[str, str]]:
        """dlt's type and the description of each column of a table."""
        columns = self._dataset.schema.get_table_columns(table)
        return {
            name: (column.get("data_type") or "text", column.get("description") or "")
            for name, column in columns.items()
        }

    def normalise(self, name: str) -> str:
        """A name as the destination's columns are named."""
        return self._dataset.schema.naming.normalize_identifier(name)

    def source(self, table: str, *keys: str) -> str:
        """The current rows of a table, to write after FROM in portable SQL.

        Args:
            table: its name.
            keys: columns that identify a row.
        """
        return current(self.pipeline, table, *keys)

    def rows(self, sql: str, *tables: str) -> Iterator[Values]:
        """The rows of a SELECT in portable SQL, which dlt translates (15 ms a statement).

        Args:
            sql: with the tables' bare names.
            tables: if one of these is not there, there are no rows.
        """
        yield from self._fetched(sql, tables, raw=False)

    def execute(self, sql: str, *tables: str) -> Iterator[Values]:
        """As `rows`, for a SELECT in the destination's own SQL; see `qualified`, `literal` and `quoted`."""
        yield from self._fetched(sql, tables, raw=True)

    def own_source(self, table: str, *keys: str) -> str:
        """As `source`, for `execute`."""
        return current(self.pipeline, self.qualified(table), *keys)

    def qualified(self, table: str) -> str:
        """The table's whole name in the destination's SQL."""
        return self._dataset.sql_client.make_qualified_table_name(table)

    def quoted(self, column: str) -> str:
        """A column's name in the destination's SQL."""
        return self._dataset.sql_client.escape_column_name(column)

    def literal(self, text: str) -> str:
        """A text as a literal in the destination's SQL: tokens come from outside."""
        return sqlglot.exp.Literal.string(text).sql(self._dataset.sql_client.capabilities.sqlglot_dialect)

    def _fetched(self, sql: str, tables: tuple[str, ...], raw: bool) -> Iterator[Values]:
        if not self.has(*tables):
            return
        try:
            if raw:
                with self._dataset.sql_client.execute_query(sql) as cursor:
                    for page in cursor.iter_fetch(PAGE):
                        yield from page
            else:
                for page in self._dataset(sql).iter_fetch(PAGE):
                    yield from page
        except DatabaseUndefinedRelation:
            if not tables:
                raise
            self._names.difference_update(tables)  # the schema knows them, the destination does not: a new dataset
