"""The tables as exports read them: small things whole, reports and datasets one by one with all that belongs to them.

Reports come in the order of their tokens, whatever the destination's collation, in batches: memory does not grow with
the workspace. Formats see plain dataclasses and know neither SQL nor dlt.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, timedelta
from functools import cached_property
from operator import itemgetter
from typing import Literal, TypeVar

from ..destination.dataset import Dataset, Values
from ..entities import ENTITIES
from .assets import (
    Chart,
    Collection,
    ColumnEdge,
    DataSource,
    Definition,
    Field,
    Person,
    Query,
    Removed,
    Report,
    Schedule,
    TableEdge,
    listed,
    parsed,
    utc,
)

BATCH = 1000  # reports at once: each batch looks through every table
LINEAGE = ("query_tables", "query_columns", "lineage_state")
PERIOD = timedelta(days=90)
Depth = Literal["none", "tables", "columns"]
T = TypeVar("T")


class Workspace:
    """A workspace as the tables hold it.

    Args:
        dataset: open.
        base_url: `{host}/{workspace}` of Mode.
        emails: whether people come with their e-mail addresses.
    """

    def __init__(self, dataset: Dataset, base_url: str, *, emails: bool = True) -> None:
        self._dataset, self._emails = dataset, emails
        self.base_url = base_url.rstrip("/")
        self.host, _, self.slug = self.base_url.rpartition("/")

    @property
    def schema(self) -> str:
        """The schema (dataset) that holds the tables."""
        return self._dataset.pipeline.dataset_name

    @property
    def has_lineage(self) -> bool:
        """Whether lineage was ever computed: not on destinations that cannot merge."""
        return self._dataset.has(*LINEAGE)

    def has(self, table: str) -> bool:
        """Whether a table is there."""
        return self._dataset.has(table)

    @cached_property
    def collections(self) -> dict[str, Collection]:
        """By token."""
        return {row.token: row for row in self._all("collections", Collection)}

    @cached_property
    def people(self) -> dict[str, Person]:
        """Members, by username."""
        found = {row.username: row for row in self._all("members", Person) if row.username}
        if not self._emails:
            found = {name: Person(row.token, row.username, row.name, None, row.state) for name, row in found.items()}
        return found

    @cached_property
    def data_sources(self) -> dict[str, DataSource]:
        """By id, as queries refer to them."""
        return {row.id: row for row in self._all("data_sources", DataSource) if row.id}

    @cached_property
    def dataset_names(self) -> dict[str, tuple[str | None, str | None]]:
        """Id and name of each of Mode's datasets, by token."""
        return {token: (id, name) for token, id, name in self._select("datasets", ("token", "id", "name"))}

    def definitions(self) -> list[Definition]:
        """All definitions, by token."""
        return self._all("definitions", Definition)

    @cached_property
    def stats_day(self) -> date | None:
        """The newest day of `report_stats_daily`."""
        table = "report_stats_daily"
        if not self.has(table):
            return None
        found = list(self._dataset.execute(f"SELECT MAX(t.day) FROM {self._source(table)} AS t", table))
        return found[0][0] if found else None

    def assets(self, lineage: Depth = "columns") -> Iterator[Report]:
        """Reports and datasets in the order of their tokens.

        Args:
            lineage: how much of it to read; columns are half of the work.
        """
        of: dict[str, str] = {}
        for table in ("reports", "datasets"):
            of.update((token, table) for (token,) in self._select(table, ("token",)))
        ordered = sorted(of)
        for start in range(0, len(ordered), BATCH):
            yield from self._batch(ordered[start : start + BATCH], of, lineage)

    def reports(self, lineage: Depth = "columns") -> Iterator[Report]:
        """As `assets`, without the datasets."""
        return (asset for asset in self.assets(lineage) if not asset.is_dataset)

    @cached_property
    def sources_of_datasets(self) -> dict[str, frozenset[str]]:
        """Ids of the data sources that each of Mode's datasets reads, by token."""
        found: dict[str, set[str]] = defaultdict(set)
        tokens = sorted(self.dataset_names)
        for start in range(0, len(tokens), BATCH):
            names = ("report_token", "data_source_id")
            for token, id in self._select("queries", names, "report_token", tokens[start : start + BATCH]):
                found[token].add(id)
        return {token: frozenset(ids) for token, ids in found.items()}

    def removed(self) -> Iterator[Removed]:
        """What no longer exists in Mode, by entity and token."""
        rows = self._select("removed_assets", ("entity", "token", "removed_at", "last_row"))
        for entity, token, at, last_row in sorted(rows, key=lambda row: row[:2]):
            yield Removed(entity, token, utc(at), parsed(last_row) or {})

    # -- a batch

    def _batch(self, tokens: list[str], of: dict[str, str], lineage: Depth) -> Iterator[Report]:
        reports: dict[str, Report] = {}
        for table in ("reports", "datasets"):
            wanted = [token for token in tokens if of[token] == table]
            for report in self._within(table, "token", wanted, Report):
                report.is_dataset = table == "datasets"
                reports[report.token] = report
        self._add_growth(reports)
        for schedule in self._within("report_schedules", "report_token", tokens, Schedule):
            reports[schedule.report_token].schedules.append(schedule)
        queries: dict[str, Query] = {}
        for query in self._within("queries", "report_token", tokens, Query):
            reports[query.report_token].queries.append(query)
            queries[query.token] = query
        charts: dict[str, Chart] = {}
        for chart in self._within("charts", "report_token", tokens, Chart):
            if chart.query_token in queries:
                queries[chart.query_token].charts.append(chart)
                charts[chart.token] = chart
        if self.has_lineage and lineage != "none":
            self._add_tables(tokens, queries)
        if self.has_lineage and lineage == "columns":
            self._add_columns(tokens, queries, charts)
        del queries, charts  # each report is let go of as soon as it is dealt with
        yield from (reports.pop(token) for token in tokens if token in reports)

    def _add_growth(self, reports: dict[str, Report]) -> None:
        """Views of the last 90 days, as the view `view_growth` counts them."""
        newest, table = self.stats_day, "report_stats_daily"
        if newest is None:
            return
        q, stats = self._dataset.quoted, self._source(table)
        day = f"CAST('{newest - PERIOD}' AS DATE)"
        sql = (
            f"SELECT s.{q('report_token')}, s.day, s.view_count FROM {stats} AS s JOIN (SELECT r.report_token,"
            f" MAX(r.day) AS until, COALESCE(MAX(CASE WHEN r.day <= {day} THEN r.day END), MIN(r.day)) AS since"
            f" FROM {stats} AS r WHERE r.view_count IS NOT NULL AND {self._is_in('r.report_token', list(reports))}"
            " GROUP BY r.report_token) AS b ON b.report_token = s.report_token AND s.day IN (b.until, b.since)"
        )
        counts: dict[str, list[tuple[date, int]]] = defaultdict(list)
        for token, at, views in self._dataset.execute(sql, table):
            counts[token].append((at, views))
        for token, found in counts.items():
            (first, before), (last, after) = min(found), max(found)
            if first < last:
                reports[token].views_90_days = after - before

    def _add_tables(self, tokens: list[str], queries: dict[str, Query]) -> None:
        tables: dict[str, set[TableEdge]] = defaultdict(set)
        names = ["query_token", "role", "platform", "database_name", "schema_name", "table_name", "certainty"]
        for row in self._select("query_tables", tuple(names), "report_token", tokens):
            if row[1] == "read":
                tables[row[0]].add(TableEdge._make(row[2:]))
        for token, edges in tables.items():
            if token in queries:
                queries[token].tables = sorted(edges, key=_sortable)

    def _add_columns(self, tokens: list[str], queries: dict[str, Query], charts: dict[str, Chart]) -> None:
        names = ["output_column", "source_database", "source_schema", "source_table", "source_column", "certainty"]
        names += ["usage"] if "usage" in self._dataset.columns("query_columns") else []
        columns: dict[str, set[ColumnEdge]] = defaultdict(set)
        for row in self._select("query_columns", ("query_token", *names), "report_token", tokens):
            columns[row[0]].add(ColumnEdge(*row[1:]))
        for token, used in columns.items():
            if token in queries:
                queries[token].columns_used = sorted(used, key=_sortable)
        for (token,) in self._select("lineage_errors", ("query_token",), "report_token", tokens):
            if token in queries:
                queries[token].failed = True
        for token, outputs in self._select("lineage_state", ("token", "output_columns"), "token", list(queries)):
            queries[token].analysed = True
            queries[token].outputs = [str(name) for name in listed(outputs)]
        for token, *field in self._select(
            "chart_fields", ("chart_token", "field", "usage", "output_column"), "report_token", tokens
        ):
            if token in charts:
                charts[token].fields.append(Field(*field))
        for chart in charts.values():
            chart.fields.sort(key=_sortable)

    # -- SQL

    def _all(self, table: str, kind: Callable[..., T]) -> list[T]:
        return self._made(kind, self._select(table, _fields(kind)))

    def _within(self, table: str, column: str, tokens: list[str], kind: Callable[..., T]) -> list[T]:
        return self._made(kind, self._select(table, _fields(kind), column, tokens))

    @staticmethod
    def _made(kind: Callable[..., T], rows: Iterable[Values]) -> list[T]:
        """Rows as objects, in the order of their tokens."""
        return [kind(*row) for row in sorted(rows, key=itemgetter(_fields(kind).index("token")))]

    def _select(
        self, table: str, names: tuple[str, ...], column: str = "", tokens: list[str] | None = None
    ) -> Iterator[Values]:
        if not self.has(table) or tokens == []:
            return
        selected = ", ".join(f"t.{self._dataset.quoted(name)}" for name in names)
        where = f" WHERE {self._is_in(f't.{self._dataset.quoted(column)}', tokens)}" if tokens is not None else ""
        yield from self._dataset.execute(f"SELECT {selected} FROM {self._source(table)} AS t{where}", table)

    def _is_in(self, column: str, tokens: list[str]) -> str:
        return f"{column} IN ({', '.join(map(self._literal, tokens))})"

    def _literal(self, token: str) -> str:
        if token.isalnum() and token.isascii():
            return f"'{token}'"  # all of Mode's; sqlglot takes its time
        return self._dataset.literal(token)

    def _source(self, table: str) -> str:
        if table in ENTITIES:
            return self._dataset.own_source(table, ENTITIES[table].key)
        if table == "removed_assets":
            return self._dataset.own_source(table, "entity", "token")
        return self._dataset.own_source(table)  # rows are only ever added, or the destination merges


def _fields(kind: Callable[..., object]) -> tuple[str, ...]:
    return kind.columns  # type: ignore[attr-defined,no-any-return]


def _sortable(row: Iterable[str | None]) -> tuple[str, ...]:
    return tuple(value or "" for value in row)
