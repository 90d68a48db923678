"""Lineage for the page: which tables and columns each query reads, with every table, column and name once."""

from __future__ import annotations

from collections import defaultdict
from typing import Generic, NamedTuple, TypeVar

from .tables import Tables

DATASETS = "modedatasets"  # the platform whose tables are Mode's own datasets
CERTAINTIES = ("certain", "likely", "guess")
ALL = "*"

DATASET_NAMES = "SELECT d.token, d.name FROM {datasets} AS d"
# Names in lower case as in the models.
EDGES = """
SELECT t.query_token, t.report_token, t.platform, lower(t.database_name), lower(t.schema_name), lower(t.table_name),
    t.role, t.certainty
FROM {query_tables} AS t
"""
COLUMNS = """
SELECT DISTINCT c.query_token, c.output_column, lower(c.source_database), lower(c.source_schema),
    lower(c.source_table), lower(c.source_column)
FROM {query_columns} AS c WHERE c.source_column IS NOT NULL
"""

Name = TypeVar("Name")
TableKey = tuple[str, str, str]  # platform, full name in lower case, and how people call it


class Edge(NamedTuple):
    """A table that a query reads or creates."""

    table: TableKey
    certainty: int
    created: bool


class Names(Generic[Name]):
    """A list, each entry once; `[entry]` is its position."""

    def __init__(self) -> None:
        self.all: list[Name] = []
        self._positions: dict[Name, int] = {}

    def __getitem__(self, entry: Name) -> int:
        if entry not in self._positions:
            self._positions[entry] = len(self.all)
            self.all.append(entry)
        return self._positions[entry]


class Lineage:
    """The edges of all queries.

    Args:
        tables: to read from.
    """

    def __init__(self, tables: Tables) -> None:
        self._names: dict[str, str] = {
            token: name or "Untitled dataset" for token, name in tables.stream(DATASET_NAMES)
        }
        self.of_query: defaultdict[str, set[Edge]] = defaultdict(set)
        self.read_by: defaultdict[str, set[TableKey]] = defaultdict(set)  # report or dataset → tables
        self.datasets: dict[TableKey, str] = {}  # those among the tables → token
        for query, report, platform, database, schema, table, role, certainty in tables.stream(EDGES):
            key = self._key(platform, database, schema, table)
            doubt = CERTAINTIES.index(certainty) if certainty in CERTAINTIES else 0
            edge = Edge(key, doubt, role == "created")
            self.of_query[query].add(edge)
            if not edge.created:
                self.read_by[report].add(key)
        self.tables: Names[TableKey] = Names()
        for key in sorted({edge.table for edges in self.of_query.values() for edge in edges}):
            self.tables[key]
        self.columns: Names[str] = Names()
        self._of_columns = tables.rows(COLUMNS)

    def _key(self, platform: str | None, database: str | None, schema: str | None, table: str | None) -> TableKey:
        name = ".".join(part for part in (database, schema, table) if part)
        key = (platform or "", name, self._names.get(table or "", name) if platform == DATASETS else name)
        if platform == DATASETS:
            self.datasets[key] = table or ""
        return key

    def positions(self, report: str) -> list[int]:
        """The tables that a report or dataset reads."""
        return sorted(self.tables[key] for key in self.read_by.get(report, ()))

    def outputs(self) -> dict[str, dict[str, list[tuple[int, int]]]]:
        """For each query its output columns, and the columns that each is computed from: table and name by position.

        A column that only decides which rows there are has the output ''.
        """
        found: defaultdict[str, defaultdict[str, list[tuple[int, int]]]] = defaultdict(lambda: defaultdict(list))
        for query, output, database, schema, table, column in self._of_columns:
            name = ".".join(part for part in (database, schema, table) if part)
            for edge in self.of_query.get(query, ()):
                if edge.table[1] == name and not edge.created:
                    found[query][output or ""].append((self.tables[edge.table], self.columns[column]))
        return {query: dict(outputs) for query, outputs in found.items()}
