"""The data of the page: the table of reports, the lineage pictures and the columns, as three compact JSON texts.

Names stand once: rows refer to collections, owners, tables and so on by position. No SQL text of a query goes into the
page, as it may hold what not everybody who gets the page may read.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson

from .edges import Lineage, Names
from .listing import FLAGS, Report
from .tables import Tables
from .times import utc

QUERIES = "SELECT q.token, q.report_token, q.name, q.data_source_id FROM {queries} AS q"
CHARTS = "SELECT c.token, c.query_token, c.title, c.chart_type FROM {charts} AS c"
SOURCES = "SELECT d.id, d.name, d.adapter FROM {data_sources} AS d"
ERRORS = "SELECT e.query_token, e.stage FROM {lineage_errors} AS e"
FIELDS = "SELECT DISTINCT f.chart_token, f.output_column FROM {chart_fields} AS f WHERE f.output_column IS NOT NULL"


def rows_document(reports: list[Report], lineage: Lineage, load: dict[str, tuple[float, float]]) -> Iterator[str]:
    """The table of reports and datasets, in pieces; `data.js` names the columns.

    Args:
        reports: and datasets.
        lineage: of their queries.
        load: runs and minutes a week of those with schedules, by token.
    """
    collections: Names[tuple[str, str]] = Names()
    owners: Names[tuple[str, str, str]] = Names()
    schedules: Names[str] = Names()
    prefixes: Names[str] = Names()
    yield '{"rows":['
    for number, report in enumerate(reports):
        prefix = report.url.removesuffix(report.token)
        row = [
            report.token,
            report.name,
            collections[report.collection_token, report.collection],
            owners[report.username, report.owner, report.owner_status],
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
        "load": load,
    }
    yield "]," + embedded(rest)[1:]


class Pictures:
    """The queries of each report with their charts, in the order in which both documents have them.

    Args:
        tables: to read from.
        reports: and datasets.
        lineage: of their queries.
    """

    def __init__(self, tables: Tables, reports: list[Report], lineage: Lineage) -> None:
        self._tables, self._reports, self._lineage = tables, reports, lineage
        self._charts: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for token, query, title, kind in tables.stream(CHARTS):
            self._charts[query].append((title or kind or "Chart", token))
        for charts in self._charts.values():
            charts.sort()
        self._queries: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for token, report, name, source in tables.stream(QUERIES):
            self._queries[report].append((name or "", token, source or ""))
        for queries in self._queries.values():
            queries.sort()

    def document(self) -> Iterator[str]:
        """Queries with their tables and charts, in pieces; parsed when the first report is opened."""
        lineage = self._lineage
        sources = {id_: name or adapter or id_ for id_, name, adapter in self._tables.stream(SOURCES)}
        stages: defaultdict[str, set[str]] = defaultdict(set)
        for query, stage in self._tables.stream(ERRORS):
            stages[query].add(stage or "")
        source_names: Names[str] = Names()
        yield '{"reports":{'
        first = True
        for report in self._reports:
            rows = []
            for number, (name, token, source) in enumerate(self._queries.get(report.token, ()), 1):
                edges = sorted(
                    (lineage.tables[edge.table], edge.certainty, int(edge.created))
                    for edge in lineage.of_query.get(token, ())
                )
                gone = f"data source {source} (gone)" if source else "no data source"
                rows.append([
                    name or self._described(number, [at for at, _, created in edges if not created]),
                    source_names[sources.get(source, gone)],
                    # A certain reading, which most are, is a position alone.
                    [list(edge) if edge[1] or edge[2] else edge[0] for edge in edges],
                    [title for title, _ in self._charts.get(token, ())],
                    *([", ".join(sorted(stages[token]))] if token in stages else []),
                ])  # fmt: skip
            if rows:
                yield ("" if first else ",") + f"{embedded(report.token)}:{embedded(rows)}"
                first = False
        # What lies behind a dataset: its own queries' tables.
        behind = {str(lineage.tables[key]): lineage.positions(token) for key, token in sorted(lineage.datasets.items())}
        yield "}," + embedded({"sources": source_names.all, "datasets": behind})[1:]

    def columns(self) -> Iterator[str]:
        """Columns that each query's columns are computed from, and which of these its charts show, in pieces.

        Per report a list like that of its queries: `[[output, [[table, column], …]], …]` and for each chart positions
        of outputs. Parsed when columns are first asked for.
        """
        shown: defaultdict[str, set[str]] = defaultdict(set)
        for chart, output in self._tables.stream(FIELDS):
            shown[chart].add(output.lower())
        outputs = self._lineage.outputs()
        names: Names[str] = Names()
        yield '{"reports":{'
        first = True
        for report in self._reports:
            queries = self._queries.get(report.token, ())
            if not any(token in outputs for _, token, _ in queries):
                continue
            rows = []
            for _, token, _ in queries:
                own = sorted(outputs.get(token, {}).items())
                positions = {output.lower(): at for at, (output, _) in enumerate(own)}
                charts = [
                    sorted(positions[output] for output in shown[chart] if output in positions)
                    for _, chart in self._charts.get(token, ())
                ]
                rows.append([[[names[output], sorted(set(columns))] for output, columns in own], charts])
            yield ("" if first else ",") + f"{embedded(report.token)}:{embedded(rows)}"
            first = False
        yield "}," + embedded({"outputs": names.all, "columns": self._lineage.columns.all})[1:]

    def _described(self, number: int, positions: list[int]) -> str:
        """An unnamed query by what it reads."""
        names = [self._lineage.tables.all[at][2].rpartition(".")[2] for at in positions]
        return f"Query {number}" + (f" on {', '.join(names[:2])}" + ", …" * (len(names) > 2) if names else "")


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
