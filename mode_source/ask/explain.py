"""`mode-source lineage --explain`: why a query's lineage is what it is.

The query is analysed anew from the stored tables; every edge comes with the place in the rendered text that names it
first, and with the reason for its certainty.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from typing import Any

import dlt

from ..errors import ModeSourceError
from ..lineage import (
    ColumnCatalog,
    ColumnEdge,
    DatasetRef,
    DataSource,
    Definition,
    DefinitionEdge,
    Lineage,
    Query,
    TableEdge,
    analyse,
)  # fmt: skip
from ..lineage_tables import column_catalog
from .connection import Reader


@dataclass(frozen=True)
class Explanation:
    """A query, its data source, and its lineage with reasons."""

    query: Query
    source: DataSource | None
    lineage: Lineage

    def summary(self) -> dict[str, Any]:
        """As one JSON object."""
        lineage = self.lineage
        return {
            "query_token": self.query.token,
            "report_token": self.query.report_token,
            "data_source": asdict(self.source) if self.source else None,
            "platform": lineage.platform,
            "rendered_sql": lineage.rendered_sql,
            "definitions": [asdict(edge) for edge in lineage.definitions],
            "tables": [self._with_reason(edge) for edge in lineage.tables],
            "columns": [self._with_reason(edge) for edge in (*lineage.columns, *lineage.uses)],
            "errors": [asdict(error) for error in lineage.errors],
        }

    def _with_reason(self, edge: TableEdge | ColumnEdge) -> dict[str, Any]:
        reason = self.lineage.reasons.get(edge)
        place = reason.place if reason else None
        return asdict(edge) | {
            "line": place.line if place else None,
            "column": place.column if place else None,
            "reason": reason.text if reason else None,
        }

    def lines(self) -> Iterator[str]:
        """The same for people."""
        lineage = self.lineage
        where = f"data source {self.source.name or self.source.id!r}" if self.source else "its data source is gone"
        yield f"Query {self.query.token} of {self.query.report_token}, read as {lineage.platform} ({where})."
        yield ""
        for number, line in enumerate(lineage.rendered_sql.splitlines(), 1):
            yield f"{number:5} | {line}"
        yield from _section("Definitions", (_definition(edge) for edge in lineage.definitions))
        yield from _section("Tables", (self._line(_table(edge), edge) for edge in lineage.tables))
        yield from _section("Columns given out", (self._line(_column(edge), edge) for edge in lineage.columns))
        yield from _section("Other uses of columns", (self._line(_column(edge), edge) for edge in lineage.uses))
        errors = (f"{_at(error.line, error.column)}  {error.stage}: {error.reason}" for error in lineage.errors)
        yield from _section("What stood in the way", errors)

    def _line(self, what: str, edge: TableEdge | ColumnEdge) -> str:
        reason = self.lineage.reasons.get(edge)
        place = reason.place if reason else None
        why = f": {reason.text}" if reason and reason.text else ""
        return f"{_at(place.line if place else None, place.column if place else None)}  {what}  ({edge.certainty}{why})"


def explain(reader: Reader, pipeline: dlt.Pipeline, token: str) -> Explanation:
    """Analyses a stored query and says why the result is what it is.

    Args:
        reader: of the dataset.
        pipeline: whose configuration names the column catalog, if there is one.
        token: of the query.

    Raises:
        ModeSourceError: there is no such query, or the database fails.
        UsageError: the setting `column_catalog` makes no sense.
    """
    literal = "'" + token.replace("'", "''") + "'"
    found = _rows(reader, f"SELECT token, report_token, raw_query, data_source_id FROM queries WHERE token = {literal}")
    if not found:
        raise ModeSourceError(f"No query has the token {token!r}.")
    query = Query(*found[0])
    sources = {row[0]: DataSource(*row) for row in _rows(reader, _SOURCES)}
    definitions = {row[0]: Definition(*row) for row in reversed(_rows(reader, _DEFINITIONS)) if row[0]}
    source = sources.get(query.data_source_id or "")
    catalog = _catalog(pipeline)

    def analysed(one: Query, datasets: dict[str, DatasetRef], *, why: bool = False) -> Lineage:
        own = sources.get(one.data_source_id or "")
        return analyse(one, data_source=own, definitions=definitions, catalog=catalog, datasets=datasets, explain=why)

    datasets: dict[str, DatasetRef] = {}
    if source is not None and source.adapter.endswith("modedatasets"):
        text = (query.raw_query or "").casefold()
        for dataset, name, *rest in _rows(reader, _DATASETS):
            if dataset.casefold() in text or (name and name.casefold() in text):
                datasets.setdefault(dataset, DatasetRef(dataset, name, analysed(Query(*rest), {})))
    return Explanation(query, source, analysed(query, datasets, why=True))


_SOURCES = "SELECT id, adapter, database, host, name FROM data_sources WHERE id IS NOT NULL AND adapter IS NOT NULL"
_DEFINITIONS = "SELECT name, token, source, data_source_id FROM definitions ORDER BY token"
_DATASETS = (
    "SELECT d.token, d.name, q.token, q.report_token, q.raw_query, q.data_source_id FROM datasets AS d"
    " JOIN queries AS q ON q.report_token = d.token ORDER BY d.token, q.token"
)


def _catalog(pipeline: dlt.Pipeline) -> ColumnCatalog | None:
    setting = dlt.config.get("sources.mode.column_catalog", str)
    return column_catalog.read(setting, pipeline) if setting else None


def _rows(reader: Reader, sql: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in reader.select(sql).rows]


def _section(title: str, lines: Iterator[str]) -> Iterator[str]:
    found = list(lines)
    if found:
        yield ""
        yield title
        yield from (f"  {line}" for line in found)


def _at(line: int | None, column: int | None) -> str:
    """A place as `line:column`, as wide as most."""
    return (f"{line}:{column}" if line is not None else "-").ljust(7)


def _table(edge: TableEdge) -> str:
    return f"{_full(edge.database_name, edge.schema_name, edge.table_name)}  {edge.role}"


def _column(edge: ColumnEdge) -> str:
    source = _full(edge.source_database, edge.source_schema, edge.source_table, edge.source_column)
    return f"{edge.output_column or '(no name)'} <- {source}" if edge.usage == "output" else f"{edge.usage} {source}"


def _definition(edge: DefinitionEdge) -> str:
    token = edge.definition_token or "there is no such definition"
    return f"{edge.definition_name} ({token})" + (f", named by {edge.via}" if edge.via else "")


def _full(*parts: str | None) -> str:
    return ".".join(part for part in parts if part)
