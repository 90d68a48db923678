"""The reports one by one: what the page's search table and lineage pictures are drawn from, as compact JSON.

Names stand once: rows refer to collections, owners, tables and so on by position. No SQL text of a query goes into the
page, as it may hold what not everybody who gets the page may read.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any
from urllib.parse import urlsplit

import orjson

from .tables import Tables

# Why a report is of interest, one bit each; page.js knows them by the same names.
FLAGS = (
    "archived", "scheduled", "stale", "never_run", "dead_source", "failed", "ownerless", "unread", "outside",
)  # fmt: skip
BIT = {name: 1 << number for number, name in enumerate(FLAGS)}
STALE_DAYS = 90
DATASETS = "modedatasets"  # the platform whose tables are Mode's own datasets
CERTAINTIES = ("certain", "likely", "guess")

# Stale as in the README: against the newest run in Mode, so that the same tables give the same page on any day.
REPORTS = f"""
SELECT r.token, r.name, r.space_token, r.creator_username, r.view_count, r.runs_count, r.last_run_at, r.created_at,
    r.web_url,
    coalesce(r.archived, FALSE) AS archived,
    NOT coalesce(r.archived, FALSE)
        AND coalesce(r.last_run_at, r.created_at) < a.as_of - INTERVAL '{STALE_DAYS} days' AS stale,
    r.last_run_at IS NULL AS never_run,
    r.last_run_at IS NOT NULL
        AND (r.last_successfully_run_at IS NULL OR r.last_run_at > r.last_successfully_run_at) AS failed,
    coalesce(r.public, FALSE) OR coalesce(r.is_embedded, FALSE) AS outside
FROM {{reports}} AS r CROSS JOIN (SELECT max(n.last_run_at) AS as_of FROM {{reports}} AS n) AS a
"""
COLLECTIONS = "SELECT c.token, c.name, c.space_type FROM {collections} AS c"
MEMBERS = "SELECT m.username, m.name FROM {members} AS m WHERE m.username IS NOT NULL"
SCHEDULES = "SELECT s.report_token, s.frequency FROM {report_schedules} AS s"
UNREAD = "SELECT e.token, e.error FROM {reads} AS e WHERE e.error IS NOT NULL"
DEAD = """
SELECT q.report_token, q.name, q.data_source_id
FROM {queries} AS q LEFT JOIN {data_sources} AS d ON d.id = q.data_source_id
WHERE d.id IS NULL OR d.soft_deleted
"""
QUERIES = "SELECT q.token, q.report_token, q.name, q.data_source_id FROM {queries} AS q"
CHARTS = "SELECT c.token, c.query_token, c.title, c.chart_type FROM {charts} AS c"
SOURCES = "SELECT d.id, d.name, d.adapter FROM {data_sources} AS d"
DATASET_NAMES = "SELECT d.token, d.name FROM {datasets} AS d"
EDGES = """
SELECT t.query_token, t.report_token, t.platform, t.database_name, t.schema_name, t.table_name, t.role, t.certainty
FROM {query_tables} AS t
"""
ERRORS = "SELECT e.query_token, e.stage FROM {lineage_errors} AS e"

TableKey = tuple[str, str]  # platform, and the name as people write it


@dataclass(slots=True)
class Report:
    """A row of the table of reports."""

    token: str
    name: str
    collection: str
    owner: str
    views: int
    runs: int
    last_run: datetime | None
    created: datetime | None
    url: str
    schedules: list[str]
    flags: int
    dead: list[tuple[str, str]] = field(default_factory=list)
    unread: str = ""


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


class Listing:
    """All reports with what belongs to them.

    Args:
        tables: to read from.
    """

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.missing = tables.missing(
            "reports", "queries", "charts", "collections", "members", "report_schedules", "data_sources", "query_tables"
        )
        self._dataset_names = {token: name or "Untitled dataset" for token, name in tables.stream(DATASET_NAMES)}
        self.reports = sorted(self._read_reports(), key=lambda report: (-report.views, report.token))
        self.counts: Counter[str] = Counter()
        for report in self.reports:
            self.counts.update(name for name, bit in BIT.items() if report.flags & bit)

    def chosen(self, flag: str) -> list[Report]:
        """The reports that carry a flag, the most viewed first."""
        return [report for report in self.reports if report.flags & BIT[flag]]

    def _read_reports(self) -> Iterator[Report]:
        tables = self._tables
        collections = {token: _collection(name, kind) for token, name, kind in tables.stream(COLLECTIONS)}
        members = {username: name or username for username, name in tables.stream(MEMBERS)}
        schedules: defaultdict[str, list[str]] = defaultdict(list)
        for token, frequency in tables.stream(SCHEDULES):
            schedules[token].append((frequency or "scheduled").replace("_", " "))
        dead: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for token, name, source in tables.stream(DEAD):
            dead[token].append((name or "Untitled query", source or "none"))
        unread = dict(tables.stream(UNREAD))
        for (
            token, name, space, owner, views, runs, last_run, created, url, archived, stale, never_run, failed, outside,
        ) in tables.stream(REPORTS):  # fmt: skip
            flags = {
                "archived": archived,
                "scheduled": token in schedules,
                # What is archived needs nobody's attention.
                "stale": stale,
                "never_run": never_run and not archived,
                "dead_source": token in dead and not archived,
                "failed": failed and not archived,
                "ownerless": bool(members) and owner not in members and not archived,
                "unread": token in unread,
                "outside": outside and not archived,
            }
            yield Report(
                token=token,
                name=name or "Untitled",
                collection=collections.get(space, "Unknown collection" if collections else ""),
                owner=members.get(owner, owner or "No owner"),
                views=views or 0,
                runs=runs or 0,
                last_run=last_run,
                created=created,
                url=web_address(url),
                schedules=sorted(schedules[token]) if token in schedules else [],
                flags=sum(BIT[flag] for flag, holds in flags.items() if holds),
                dead=sorted(dead[token]) if token in dead else [],
                unread=unread.get(token, ""),
            )

    def documents(self) -> tuple[Iterator[str], Iterator[str]]:
        """The two JSON texts that go into the page, in pieces: the table's, and the pictures', parsed when needed."""
        edges, names = self._edges()
        table_names = Names()
        for key in sorted({key for found in edges.values() for key, _, _ in found} | set(names)):
            table_names[key]
        return self._table(edges, table_names), self._pictures(edges, names, table_names)

    def _edges(self) -> tuple[dict[tuple[str, str], list[tuple[TableKey, int, bool]]], dict[TableKey, str]]:
        """Edges by report and query; and the datasets among their ends, each with its token."""
        edges: defaultdict[tuple[str, str], list[tuple[TableKey, int, bool]]] = defaultdict(list)
        datasets: dict[TableKey, str] = {}
        for query, report, platform, database, schema, table, role, certainty in self._tables.stream(EDGES):
            if platform == DATASETS:
                key = (DATASETS, self._dataset_names.get(table, table))
                datasets[key] = table
            else:
                key = (platform or "", full_name(database, schema, table))
            sure = CERTAINTIES.index(certainty) if certainty in CERTAINTIES else 0
            edges[report, query].append((key, sure, role == "created"))
        return edges, datasets

    def _table(
        self, edges: dict[tuple[str, str], list[tuple[TableKey, int, bool]]], table_names: Names
    ) -> Iterator[str]:
        used: defaultdict[str, set[int]] = defaultdict(set)
        for (report, _), found in edges.items():
            used[report].update(table_names[key] for key, _, _ in found)
        collections, owners, schedules, prefixes = Names(), Names(), Names(), Names()
        yield '{"rows":['
        for number, report in enumerate(self.reports):
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
                schedules[", ".join(report.schedules)],
                report.flags,
                sorted(used[report.token]) if report.token in used else 0,
                # Nearly every address is a common beginning and the token.
                prefixes[prefix] if report.url and prefix != report.url else report.url,
            ]
            yield ("," if number else "") + embedded(row)
        yield "]," + embedded(
            {
                "flags": FLAGS,
                "collections": collections.all,
                "owners": owners.all,
                "schedules": schedules.all,
                "prefixes": prefixes.all,
                "tables": table_names.all,
            }
        )[1:]

    def _pictures(
        self,
        edges: dict[tuple[str, str], list[tuple[TableKey, int, bool]]],
        datasets: dict[TableKey, str],
        table_names: Names,
    ) -> Iterator[str]:
        sources = {id_: (name or adapter or id_) for id_, name, adapter in self._tables.stream(SOURCES)}
        charts: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
        for token, query, title, kind in self._tables.stream(CHARTS):
            charts[query].append((title or kind or "Chart", token))
        stages: defaultdict[str, set[str]] = defaultdict(set)
        for query, stage in self._tables.stream(ERRORS):
            stages[query].add(stage)
        queries: defaultdict[str, list[tuple[str, str, str]]] = defaultdict(list)
        for token, report, name, source in self._tables.stream(QUERIES):
            queries[report].append((name or "Untitled query", token, source or ""))
        source_names = Names()
        yield '{"reports":{'
        first = True
        for report in self.reports:
            if report.token not in queries:
                continue
            rows = []
            for name, token, source in sorted(queries[report.token]):
                # A certain reading, which most are, is a position alone.
                found = sorted(
                    (table_names[key], sure, int(created))
                    for key, sure, created in set(edges.get((report.token, token), ()))
                )
                row = [
                    name,
                    source_names[sources.get(source, f"data source {source} (gone)" if source else "no data source")],
                    [list(edge) if edge[1] or edge[2] else edge[0] for edge in found],
                    [title for title, _ in sorted(charts[token])] if token in charts else [],
                ]
                if token in stages:
                    row.append(", ".join(sorted(stages[token])))
                rows.append(row)
            yield ("" if first else ",") + f"{embedded(report.token)}:{embedded(rows)}"
            first = False
        behind: defaultdict[str, set[int]] = defaultdict(set)
        for (report_token, _), found_edges in edges.items():
            behind[report_token].update(table_names[key] for key, _, created in found_edges if not created)
        yield "}," + embedded(
            {
                "sources": source_names.all,
                # What lies behind a dataset: its own queries' tables.
                "datasets": {
                    str(table_names[key]): sorted(behind.get(token, ())) for key, token in sorted(datasets.items())
                },
            }
        )[1:]


def embedded(value: Any) -> str:
    """JSON that is safe inside a `<script>` element: nothing in it can end the element or a line of JavaScript."""
    text = orjson.dumps(value).decode()
    for character in "<>&\u2028\u2029":
        if character in text:
            text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def full_name(*parts: str | None) -> str:
    """A table's name as people write it."""
    return ".".join(part for part in parts if part)


def web_address(text: str | None) -> str:
    """The address if it is one that may be linked to, or nothing: a name or link of Mode's is untrusted."""
    try:
        parts = urlsplit((text or "").strip())
    except ValueError:
        return ""
    return parts.geturl() if parts.scheme in ("http", "https") and parts.netloc else ""


def _minutes(moment: datetime | None) -> int | None:
    """Minutes since 1970, or nothing."""
    if moment is None:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=timezone.utc)
    return int(aware.timestamp() // 60)


def _collection(name: str | None, kind: str | None) -> str:
    return name or ("Personal" if kind == "private" else "Untitled collection")
