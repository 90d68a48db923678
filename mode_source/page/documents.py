"""The data of the page: the table of reports and the lineage pictures, as two compact JSON texts.

Names stand once: rows refer to collections, owners, tables and so on by position. No SQL text of a query goes into the
page, as it may hold what not everybody who gets the page may read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple

import orjson

from .listing import FLAGS, Report
from .tables import Tables
from .times import utc

DATASETS = "modedatasets"  # the platform whose tables are Mode's own datasets
CERTAINTIES = ("certain", "likely", "guess")

QUERIES = "SELECT q.token, q.report_token, q.name, q.data_source_id FROM {queries} AS q"
CHARTS = "SELECT c.token, c.query_token, c.title, c.chart_type FROM {charts} AS c"
SOURCES = "SELECT d.id, d.name, d.adapter FROM {data_sources} AS d"
DATASET_NAMES = "SELECT d.token, d.name FROM {datasets} AS d"
# Names in lower case as in the models.
EDGES = """
SELECT t.query_token, t.report_token, t.platform, lower(t.database_name), lower(t.schema_name), lower(t.table_name),
    t.role, t.certainty
FROM {query_tables} AS t
"""
ERRORS = "SELECT e.query_token, e.stage FROM {lineage_errors} AS e"

TableKey = tuple[str, str]  # platform, and the name as people write it


class Edge(NamedTuple):
    """A table that a query reads or creates."""

    platform: str
    name: str
    certainty: int
    created: bool


class Lineage:
    """The edges of all queries.

    Args:
        tables: to read from.
    """

    def __init__(self, tables: Tables) -> None:
        names: dict[str, str] = {token: name or "Untitled dataset" for token, name in tables.stream(DATASET_NAMES)}
        self.of_query: defaultdict[str, set[Edge]] = defaultdict(set)
        self.read_by: defaultdict[str, set[tuple[str, str]]] = defaultdict(set)  # report or dataset → tables
        self.datasets: dict[tuple[str, str], str] = {}  # those among the tables → token
        for query, report, platform, database, schema, table, role, certainty in tables.stream(EDGES):
            name = ".".join(part for part in (database, schema, table) if part)
            if platform == DATASETS:
                name = names.get(table or "", table or "")
                self.datasets[DATASETS, name] = table or ""
            doubt = CERTAINTIES.index(certainty) if certainty in CERTAINTIES else 0
            edge = Edge(platform or "", name, doubt, role == "created")
            self.of_query[query].add(edge)
            if not edge.created:
                self.read_by[report].add((edge.platform, edge.name))
        self.tables = Names()
        for key in sorted({(edge.platform, edge.name) for edges in self.of_query.values() for edge in edges}):
            self.tables[key]

    def positions(self, report: str) -> list[int]:
        """The tables that a report or dataset reads."""
        return sorted(self.tables[key] for key in self.read_by.get(report, ()))


class Names:
    """A list of texts, each once; `[text]` is its position."""

    def __init__(self) -> None:
        self.all: list[Any] = []
        self._positions: dict[Any, int] = {}

    def __getitem__(self, text: Any) -> int:
        if text not in self._positions:
            self._positions[text] = len(self.all)
            self.all.append(text)
        return self._positions[text]


def rows_document(reports: list[Report], lineage: Lineage) -> Iterator[str]:
    """The table of reports, in pieces; `list.js` names the columns."""
    collections, owners, schedules, prefixes = Names(), Names(), Names(), Names()
    yield '{"rows":['
    for number, report in enumerate(reports):
        prefix = report.url.removesuffix(report.token)
        row = [
            report.token,
            report.name,
            collections[report.collection],
            owners[report.owner],
            report.views,
            report.runs,
            _minutes(report.last_run),
            _minutes(report.created),
            schedules[report.schedule],
            report.flags,
            lineage.positions(report.token) or 0,
            # Nearly every address is a common beginning and the token.
            prefixes[prefix] if prefix != report.url else report.url,
        ]
        yield ("," if number else "") + embedded(row)
    rest = {
        "flags": FLAGS,
        "collections": collections.all,
        "owners": owners.all,
        "schedules": schedules.all,
        "prefixes": prefixes.all,
        "tables": lineage.tables.all,
    }
    yield "]," + embedded(rest)[1:]


def pictures_document(tables: Tables, reports: list[Report], lineage: Lineage) -> Iterator[str]:
    """The queries of each report with their tables and charts, in pieces; parsed when the first report is opened."""
    sources = {id_: name or adapter or id_ for id_, name, adapter in tables.stream(SOURCES)}
    charts: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for token, query, title, kind in tables.stream(CHARTS):
        charts[query].append((title or kind or "Chart", token))
    stages: defaultdict[str, set[str]] = defaultdict(set)
    for query, stage in tables.stream(ERRORS):
        stages[query].add(stage or "")
    queries: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
    for token, report_token, name, source in tables.stream(QUERIES):
        queries[report_token].append((name or "Untitled query", token, source or ""))
    source_names = Names()
    yield '{"reports":{'
    first = True
    for report in reports:
        rows = []
        for name, token, source in sorted(queries.get(report.token, ())):
            edges = sorted(
                (lineage.tables[edge.platform, edge.name], edge.certainty, int(edge.created))
                for edge in lineage.of_query.get(token, ())
            )
            rows.append([
                name,
                source_names[sources.get(source, f"data source {source} (gone)" if source else "no data source")],
                # A certain reading, which most are, is a position alone.
                [list(edge) if edge[1] or edge[2] else edge[0] for edge in edges],
                [title for title, _ in sorted(charts.get(token, ()))],
                *([", ".join(sorted(stages[token]))] if token in stages else []),
            ])  # fmt: skip
        if rows:
            yield ("" if first else ",") + f"{embedded(report.token)}:{embedded(rows)}"
            first = False
    # What lies behind a dataset: its own queries' tables.
    behind = {str(lineage.tables[key]): lineage.positions(token) for key, token in sorted(lineage.datasets.items())}
    yield "}," + embedded({"sources": source_names.all, "datasets": behind})[1:]


def embedded(value: Any) -> str:
    """JSON that is safe inside a `<script>` element: nothing in it can end the element or a line of JavaScript."""
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def _minutes(moment: datetime | None) -> int | None:
    """Minutes since 1970, or nothing."""
    return None if moment is None else int(utc(moment).timestamp() // 60)
