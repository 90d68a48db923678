"""What the destination holds: the rows to analyse, and what earlier runs made of them.

Indexes hold a few short strings per row in memory; texts are read a few hundred at a time.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import TracebackType

import dlt
import orjson

from ..destination.dataset import Dataset
from ..lineage import ColumnEdge, DataSource, Definition, Definitions, Lineage, TableEdge
from .plan import ChartRow, QueryRow, State
from .schema import CHART_FIELDS, OF_QUERIES, QUERY_COLUMNS, QUERY_TABLES, STATE

TOKENS = 1000  # texts in memory at once


class Stored:
    """Reads a pipeline's dataset; use as a context manager.

    Args:
        pipeline: whose tables.
    """

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        self._dataset = Dataset(pipeline)
        self.has, self.rows = self._dataset.has, self._dataset.rows

    def __enter__(self) -> Stored:
        self._dataset.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._dataset.__exit__(kind, value, trace)

    # -- what is analysed

    def sources(self) -> dict[str, DataSource]:
        """Data sources by id."""
        sql = "SELECT id, adapter, database, host, name FROM data_sources ORDER BY token DESC"
        return {row[0]: DataSource(row[0], row[1] or "", *row[2:]) for row in self.rows(sql, "data_sources") if row[0]}

    def definitions(self) -> Definitions:
        """All definitions; of several with one name, that with the first token."""
        sql = "SELECT name, token, source, data_source_id FROM definitions ORDER BY token"
        found: dict[str, Definition] = {}
        for row in self.rows(sql, "definitions"):
            if row[0]:
                found.setdefault(row[0], Definition(*row))
        return Definitions(found)

    def datasets(self) -> list[tuple[str, str | None]]:
        """Token and name."""
        return list(self.rows("SELECT token, name FROM datasets ORDER BY token", "datasets"))

    def queries(self) -> dict[str, QueryRow]:
        """Queries by token, without their texts."""
        sql = "SELECT token, _dlt_id, report_token, data_source_id FROM queries ORDER BY token"
        return {row[0]: QueryRow(*row) for row in self.rows(sql, "queries")}

    def charts(self) -> dict[str, ChartRow]:
        """Charts by token, without their views."""
        sql = "SELECT token, _dlt_id, query_token, report_token FROM charts ORDER BY token"
        return {row[0]: ChartRow(*row) for row in self.rows(sql, "charts")}

    def texts(self, tokens: Sequence[str]) -> Iterator[tuple[str, str | None]]:
        """Token and SQL of queries, in the order of the tokens."""
        for batch in _batches(tokens):
            sql = f"SELECT token, raw_query FROM queries WHERE token IN ({_quoted(batch)})"
            found: dict[str, str | None] = dict(self.rows(sql, "queries"))
            yield from ((token, found[token]) for token in batch if token in found)

    def views(self, tokens: Sequence[str]) -> Iterator[tuple[str, object, object]]:
        """Token, `view_vegas` and `view` of charts."""
        for batch in _batches(tokens):
            sql = f"SELECT token, view_vegas, view FROM charts WHERE token IN ({_quoted(batch)})"
            for token, vegas, view in self.rows(sql, "charts"):
                yield token, _json(vegas), _json(view)

    # -- what earlier runs made of it

    def states(self) -> tuple[dict[str, State], dict[str, State]]:
        """Of queries and of charts, as far as whole load packages noted them (see `destination.snapshot`)."""
        kinds: dict[str, dict[str, State]] = {"query": {}, "chart": {}}
        sql = (
            "SELECT s.kind, s.token, s.row_id, s.version, s.sql_digest, s.mentions, s.asked, s.result, s.outputs,"
            f" s.edges FROM {STATE} AS s JOIN _dlt_loads AS l ON s._dlt_load_id = l.load_id WHERE l.status = 0"
        )
        for kind, token, row_id, version, sql_digest, mentions, asked, result, outputs, edges in self.rows(sql, STATE):
            mentioned, looked_up = (
                tuple(orjson.loads(text)) if text and text != "[]" else () for text in (mentions, asked)
            )
            kinds[kind][token] = State(
                row_id, version, sql_digest or "", mentioned, looked_up, result or "", outputs or "", edges
            )
        return kinds["query"], kinds["chart"]

    def edges(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many rows the tables hold of each query and each chart; -1 where not all came with a whole package."""
        counts: list[dict[str, int]] = []
        for key, tables in (("query_token", OF_QUERIES), ("chart_token", (CHART_FIELDS,))):
            everything = " UNION ALL ".join(f"SELECT {key} AS token, _dlt_load_id FROM {table}" for table in tables)
            sql = (
                f"SELECT e.token, COUNT(*) AS n, COUNT(l.load_id) AS whole FROM ({everything}) AS e"
                " LEFT JOIN (SELECT load_id FROM _dlt_loads WHERE status = 0) AS l ON e._dlt_load_id = l.load_id"
                " GROUP BY e.token"
            )
            counts.append({token: n if n == whole else -1 for token, n, whole in self.rows(sql, *tables)})
        return counts[0], counts[1]

    def output_columns(self, tokens: Sequence[str]) -> dict[str, list[str]]:
        """Of queries, as noted by an earlier run."""
        found: dict[str, list[str]] = {}
        for batch in _batches(tokens):
            sql = f"SELECT token, output_columns FROM {STATE} WHERE token IN ({_quoted(batch)})"
            found |= {token: orjson.loads(text or "[]") for token, text in self.rows(sql, STATE)}
        return found

    def lineages(self, tokens: Sequence[str]) -> dict[str, Lineage]:
        """Of queries, as noted by an earlier run: what queries on datasets need of them."""
        tables: dict[str, list[TableEdge]] = {token: [] for token in tokens}
        columns: dict[str, list[ColumnEdge]] = {token: [] for token in tokens}
        for batch in _batches(tokens):
            sql = (
                "SELECT query_token, platform, database_name, schema_name, table_name, role, certainty"
                f" FROM {QUERY_TABLES} WHERE query_token IN ({_quoted(batch)})"
            )
            for token, *edge in self.rows(sql, QUERY_TABLES):
                tables[token].append(TableEdge(*edge))
            sql = (
                "SELECT query_token, output_column, source_database, source_schema, source_table, source_column,"
                f" certainty FROM {QUERY_COLUMNS} WHERE output_column IS NOT NULL AND query_token IN ({_quoted(batch)})"
            )
            for token, *edge in self.rows(sql, QUERY_COLUMNS):
                columns[token].append(ColumnEdge(*edge))
        outputs = self.output_columns(tokens)
        return {
            token: Lineage(
                tables=tuple(sorted(tables[token], key=repr)),
                columns=tuple(sorted(columns[token], key=repr)),
                output_columns=tuple(outputs.get(token, ())),
            )
            for token in tokens
        }


def _batches(tokens: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(tokens), TOKENS):
        yield tokens[start : start + TOKENS]


def _quoted(tokens: Sequence[str]) -> str:
    return ", ".join("'" + token.replace("'", "''") + "'" for token in tokens)


def _json(value: object) -> object:
    """JSON columns come as text or as objects, depending on the destination."""
    try:
        return orjson.loads(value) if isinstance(value, str) else value
    except orjson.JSONDecodeError:
        return None
