"""Finds what depends on a table, a column or a dataset in Mode.

Reads the views `reports_using_table`, `reports_using_column` and `table_usage` (models/), which see through Mode
datasets, and the tables below them for what a view cannot say: which charts show the queries in question.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from ..errors import ModeSourceError
from .answer import Answer
from .connection import Reader

QUOTES = re.compile(r'["`\[\]]')
SIMILAR = 5  # names to suggest
CERTAINTIES = ("certain", "likely", "guess")
# What of a row of the views is told of a report; both have it.
_OF_REPORT = (
    "report_token", "report_name", "kind", "archived", "collection_name", "owner_username", "owner_name",
    "owner_status", "view_count", "schedule_count", "frequencies", "last_run_at", "url",
)  # fmt: skip
_VIEWS = (
    "SELECT table_name FROM information_schema.views WHERE table_schema = '{}'"
    " AND table_name IN ('table_usage', 'reports_using_table', 'reports_using_column')"
)
_NAME = "concat_ws('.', lower({0}database{1}), lower({0}schema{1}), lower({0}table{1}))"
_TABLE = _NAME.format("t.", "_name")
_SOURCE = _NAME.format("q.source_", "")
Key = tuple[str, str]  # platform and full name


@dataclass
class Known:
    """The names that lineage knows.

    Attributes:
        tables: platform, full name, and the dataset's name if it is one.
        fields: full name of a table, and a column.
    """

    tables: list[dict[str, Any]]
    fields: list[dict[str, Any]]

    def matching(self, name: str) -> list[Key]:
        """Tables that a name, in lower case, stands for."""
        return sorted({(row["platform"], row["table_full_name"]) for row in self.tables if _is(name, row)})

    def sources(self, name: str) -> set[str]:
        """Full names of tables whose columns are known."""
        return {row["table_full_name"] for row in self.fields if _is(name.partition(":")[2] or name, row)}


def known_names(reader: Reader) -> Known:
    """Reads the names.

    Raises:
        ModeSourceError: this dataset has no lineage yet, or the database fails.
    """
    there = {name for (name,) in reader.select(_VIEWS.format(reader.schema.replace("'", "''"))).rows}
    if len(there) < 3:
        raise ModeSourceError(f"Dataset {reader.schema!r} has no lineage yet: run `mode-source load` first.")
    return Known(
        _rows(reader, "SELECT DISTINCT platform, table_full_name, dataset_name FROM table_usage"),
        _rows(reader, "SELECT DISTINCT table_full_name, column_name FROM reports_using_column"),
    )


def dependents(reader: Reader, asked: str, known: Known | None = None) -> Answer:
    """Finds what depends on a table, a column or a dataset.

    The longest reading wins: `a.b.c` is table c of schema b of database a, else table b of schema a, else column c
    of table a.b. Letters may be upper or lower, quotes are ignored; a dataset goes by its name or token. In front
    may stand a platform: `snowflake:a.b.c`.

    Args:
        reader: of the dataset.
        asked: `table`, `schema.table` or `database.schema.table`, and perhaps `.column`; or the name of a dataset.
        known: see `known_names`; read if it is not given.

    Raises:
        ModeSourceError: this dataset has no lineage yet, or the database fails.
    """
    known = known or known_names(reader)
    name = QUOTES.sub("", asked).strip().strip(".").lower()
    tables = known.matching(name)
    if tables:
        return _of_tables(reader, asked, tables, known)
    table, _, column = name.rpartition(".")
    keys = known.matching(table) if table and column else []
    sources = sorted(({full for _, full in keys} | known.sources(table)) if table and column else set())
    columns = {row["column_name"] for row in known.fields if row["table_full_name"] in sources}
    if sources and column in columns:
        return _of_column(reader, asked, sources, column)
    if sources:
        found = _of_column(reader, asked, sources, column) if "*" in columns else Answer(asked, "")
        found.understood = f"No query is known to use column {column} of {', '.join(sources)}"
        found.understood += ", but some take all columns." if found.dependents else "."
        others = sorted(columns - {"*"})
        found.suggestions = [f"{table}.{near}" for near in _similar(column, others) or others[:SIMILAR]]
        return found
    return Answer(asked, f"No query is known to read {asked!r}.", found=False, suggestions=_suggested(name, known))


def _is(name: str, row: dict[str, Any]) -> bool:
    full = row["table_full_name"]
    platform, colon, rest = name.partition(":")
    if colon and platform == row.get("platform"):
        name = rest
    return bool(name) and (full == name or full.endswith(f".{name}") or (row.get("dataset_name") or "").lower() == name)


def _of_tables(reader: Reader, asked: str, tables: list[Key], known: Known) -> Answer:
    within = _within(f"{platform}:{full}" for platform, full in tables)
    uses = _rows(
        reader,
        "SELECT platform, table_full_name, dataset_name, certainty, through_datasets,"
        f" {', '.join(_OF_REPORT)} FROM reports_using_table"
        f" WHERE concat_ws(':', platform, table_full_name) IN {within}",
    )
    queries = _rows(
        reader,
        "SELECT DISTINCT t.report_token, t.query_token, c.token, c.title, c.chart_type FROM query_tables AS t"
        " LEFT JOIN charts AS c ON c.query_token = t.query_token"
        f" WHERE t.role = 'read' AND concat_ws(':', t.platform, {_TABLE}) IN {within}",
    )
    named = sorted(
        f"Mode dataset {row['dataset_name'] or row['table_full_name']!r}"
        if row["platform"] == "modedatasets"
        else f"{row['table_full_name']} ({row['platform']})"
        for row in known.tables
        if (row["platform"], row["table_full_name"]) in tables
    )
    what = f"{asked} is" if len(named) == 1 else f"{asked} is one of {len(named)} tables:"
    found = list(_by_report(uses, queries))
    return Answer(asked, f"{what} {', '.join(named)}.", tables=named, dependents=found)


def _of_column(reader: Reader, asked: str, tables: list[str], column: str) -> Answer:
    condition = f"{_SOURCE} IN {_within(tables)} AND lower(q.source_column) IN {_within([column, '*'])}"
    uses = _rows(
        reader,
        "SELECT table_full_name, column_name, usage, output_columns, NULL AS dataset_name, NULL AS through_datasets,"
        f" certainty, {', '.join(_OF_REPORT)} FROM reports_using_column"
        f" WHERE table_full_name IN {_within(tables)} AND column_name IN {_within([column, '*'])}",
    )
    platforms: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for row in _rows(
        reader,
        f"SELECT DISTINCT q.report_token, {_TABLE} AS table_full_name, t.platform FROM query_columns AS q"
        f" JOIN query_tables AS t ON t.query_token = q.query_token AND t.role = 'read' AND {_TABLE} = {_SOURCE}"
        f" WHERE {condition}",
    ):
        platforms[row["report_token"], row["table_full_name"]].add(row["platform"])
    uses = [
        {"platform": platform, **use}
        for use in uses
        for platform in sorted(platforms.get((use["report_token"], use["table_full_name"]), {None}), key=str)
    ]
    queries = _rows(
        reader,
        "SELECT DISTINCT q.report_token, q.query_token, c.token, c.title, c.chart_type FROM query_columns AS q"
        " LEFT JOIN chart_fields AS f ON f.query_token = q.query_token AND lower(f.output_column) ="
        " lower(q.output_column)"
        f" LEFT JOIN charts AS c ON c.token = f.chart_token WHERE {condition}",
    )
    tables = [table for table in tables if any(use["table_full_name"] == table for use in uses)] or tables
    found = list(_by_report(uses, queries))
    return Answer(
        asked, f"{asked} is column {column} of {', '.join(tables)}.", tables=tables, column=column, dependents=found
    )


def _by_report(uses: list[dict[str, Any]], queries: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """One row for each report or dataset: live ones first, then the most viewed."""
    charts: defaultdict[str, dict[str, dict[str, Any]]] = defaultdict(dict)
    asking: defaultdict[str, set[str]] = defaultdict(set)
    for row in queries:
        asking[row["report_token"]].add(row["query_token"])
        if row["token"]:
            charts[row["report_token"]][row["token"]] = {key: row[key] for key in ("token", "title", "chart_type")}
    reports: dict[str, list[dict[str, Any]]] = {}
    for use in uses:
        reports.setdefault(use["report_token"], []).append(use)
    for token, own in sorted(reports.items(), key=lambda item: _rank(item[1][0])):
        through = sorted({name for use in own if use["through_datasets"] for name in [use["through_datasets"]]})
        shown = [charts[token][key] for key in sorted(charts[token])]
        details = [{key: value for key, value in use.items() if key not in _OF_REPORT} for use in own]
        yield {
            **{key: own[0][key] for key in _OF_REPORT},
            "certainty": min((use["certainty"] for use in own), key=CERTAINTIES.index),
            "queries": len(asking[token]),
            "chart_count": len(shown),
            "charts": shown,
            "platforms": sorted({use["platform"] for use in own if use["platform"]}),
            "through_datasets": ", ".join(through) or None,
            "uses": sorted(details, key=lambda use: (use["table_full_name"], use["platform"] or "")),
        }


def _rank(row: dict[str, Any]) -> tuple[Any, ...]:
    views = -1 if row["view_count"] is None else row["view_count"]
    return row["archived"], row["kind"] != "report", -views, row["report_token"]


def _rows(reader: Reader, sql: str) -> list[dict[str, Any]]:
    result = reader.select(sql)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def _within(values: Iterable[str]) -> str:
    return "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + ")"


def _suggested(name: str, known: Known) -> list[str]:
    """Names like the one asked for: as a whole, or without the parts in front that it leaves out."""
    parts = name.count(".") + 1
    names = {row["table_full_name"] for row in known.tables}
    names |= {row["dataset_name"] for row in known.tables if row["dataset_name"]}
    names |= {f"{row['table_full_name']}.{row['column_name']}" for row in known.fields if row["column_name"] != "*"}
    short: dict[str, str] = {}
    for full in sorted(names):
        for text in {full.lower(), ".".join(full.lower().split(".")[-parts:])}:
            short.setdefault(text, full)
    return list(dict.fromkeys(short[near] for near in _similar(name, short)))


def _similar(name: str, names: Iterable[str]) -> list[str]:
    return get_close_matches(name, names, n=SIMILAR, cutoff=0.6)
