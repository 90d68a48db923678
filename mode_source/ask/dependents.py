"""`mode-source lineage`: finds what depends on a table, a column or a dataset in Mode.

Reads the views `reports_using_table`, `reports_using_column` and `table_usage` (models/), which see through Mode
datasets.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from difflib import get_close_matches
from typing import Any

from ..errors import ModeSourceError
from .connection import Reader, Result

QUOTES = re.compile(r'["`\[\]]')
SIMILAR = 5  # names to suggest
COLUMNS = ["report", "kind", "owner", "views", "schedule", "charts", "certainty", "uses", "through", "url"]
OF_COLUMN = [*COLUMNS[:-1], "usage", "url"]  # likewise, where a column is asked for
# What of a row of the views is asked for; both have it.
_SHARED = (
    "table_full_name, kind, report_token, report_name, archived, collection_name, owner_username, owner_name,"
    " owner_status, queries, charts AS chart_count, view_count, schedule_count, frequencies, last_run_at, certainty,"
    " url"
)
_ORDER = "ORDER BY archived, kind DESC, coalesce(view_count, -1) DESC, report_token, table_full_name"


@dataclass
class Answer:
    """The answer: reports and datasets that depend on a table, column or dataset.

    Attributes:
        asked: as it was typed.
        understood: the same in words, or why there is nothing.
        tables: full names that it stands for, each with its platform.
        column: if it is a column.
        dependents: one for each report or dataset and table; with the charts that show it.
        suggestions: similar names, if nothing was found.
    """

    asked: str
    understood: str
    tables: list[str] = field(default_factory=list)
    column: str | None = None
    dependents: list[dict[str, Any]] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self)

    def line(self) -> str:
        """The number of dependents in a sentence."""
        live = {row["report_token"]: row for row in self.dependents if not row["archived"]}
        reports = [row for row in live.values() if row["kind"] == "report"]
        scheduled = sum(1 for row in live.values() if row["schedule_count"])
        views = sum(row["view_count"] or 0 for row in reports)
        archived = len({row["report_token"] for row in self.dependents if row["archived"]})
        more = f", besides {_count(archived, 'archived report')}" if archived else ""
        return (
            f"{_count(len(reports), 'report')} with {_count(views, 'view')} and"
            f" {_count(len(live) - len(reports), 'dataset')} depend on it, {scheduled} of them scheduled{more}."
        )

    def table(self, *, lean: bool = False) -> Result:
        """The dependents as rows.

        Args:
            lean: leave out columns that say nothing here: the table if there is one, datasets if there are none.
        """
        rows = [
            (
                row["report_name"],
                row["kind"] + (", archived" if row["archived"] else ""),
                _owner(row),
                row["view_count"],
                row["frequencies"] or {None: None, 0: "no"}.get(row["schedule_count"], "yes"),
                row["chart_count"],
                row["certainty"],
                ".".join(filter(None, (row["table_full_name"], row.get("column_name")))),
                row.get("through_datasets"),
                *([row["usage"]] if self.column else []),
                row["url"],
            )
            for row in self.dependents
        ]
        names = OF_COLUMN if self.column else COLUMNS
        said = {name: {row[at] for row in rows} for at, name in enumerate(names)}
        left_out = {"uses"} if len(said["uses"]) < 2 else set()
        left_out |= {"through"} if said["through"] <= {None} else set()
        shown = [at for at, name in enumerate(names) if not (lean and name in left_out)]
        return Result(
            [names[at] for at in shown],
            [False] * len(shown),
            [names[at] in ("views", "charts") for at in shown],
            (tuple(row[at] for at in shown) for row in rows),
        )


def dependents(reader: Reader, asked: str) -> Answer:
    """Finds what depends on a table, a column or a dataset.

    The longest reading wins: `a.b.c` is table c of schema b of database a, else table b of schema a, else column c
    of table a.b. Letters may be upper or lower, quotes are ignored; a dataset goes by its name or token.

    Args:
        reader: of the dataset.
        asked: `table`, `schema.table` or `database.schema.table`, and perhaps `.column`; or the name of a dataset.

    Raises:
        ModeSourceError: this dataset has no lineage yet, or the database fails.
    """
    there = {name for (name,) in reader.select(_VIEWS.format(reader.schema.replace("'", "''"))).rows}
    if len(there) < 3:
        raise ModeSourceError(f"Dataset {reader.schema!r} has no lineage yet: run `mode-source load` first.")
    name = QUOTES.sub("", asked).strip().strip(".").lower()
    known = _rows(reader, "SELECT DISTINCT platform, table_full_name, dataset_name FROM table_usage")
    fields = _rows(reader, "SELECT DISTINCT table_full_name, column_name FROM reports_using_column")
    tables = sorted({row["table_full_name"] for row in known if _is(name, row)})
    if tables:
        return _of_tables(reader, asked, tables, known)
    table, _, column = name.rpartition(".")
    sources = sorted(
        {row["table_full_name"] for row in [*known, *fields] if _is(table, row)} if table and column else []
    )
    columns = {row["column_name"] for row in fields if row["table_full_name"] in sources}
    if sources and column in columns:
        return _of_column(reader, asked, sources, column)
    if sources:
        found = _of_column(reader, asked, sources, column) if "*" in columns else Answer(asked, "")
        found.understood = f"No query is known to use column {column} of {_names(sources)}"
        found.understood += ", but some take all columns." if found.dependents else "."
        others = sorted(columns - {"*"})
        found.suggestions = [f"{table}.{near}" for near in _similar(column, others) or others[:SIMILAR]]
        return found
    names = {row["table_full_name"] for row in known} | {row["dataset_name"] for row in known if row["dataset_name"]}
    return Answer(asked, f"No query is known to read {asked!r}.", suggestions=_suggested(name, names, fields))


_VIEWS = (
    "SELECT table_name FROM information_schema.views WHERE table_schema = '{}'"
    " AND table_name IN ('table_usage', 'reports_using_table', 'reports_using_column')"
)


def _is(name: str, row: dict[str, Any]) -> bool:
    full = row["table_full_name"]
    return bool(name) and (full == name or full.endswith(f".{name}") or (row.get("dataset_name") or "").lower() == name)


def _of_tables(reader: Reader, asked: str, tables: list[str], known: list[dict[str, Any]]) -> Answer:
    within = _within(tables)
    rows = _rows(
        reader,
        f"SELECT platform, dataset_name, through_datasets, {_SHARED} FROM reports_using_table"
        f" WHERE table_full_name IN {within} {_ORDER}",
    )
    charts = _rows(
        reader,
        "SELECT DISTINCT c.report_token, c.token, c.title, c.chart_type FROM charts AS c"
        " JOIN query_tables AS t ON t.query_token = c.query_token AND t.role = 'read'"
        f" WHERE concat_ws('.', lower(t.database_name), lower(t.schema_name), lower(t.table_name)) IN {within}"
        " ORDER BY c.report_token, c.token",
    )
    named = sorted(
        f"Mode dataset {row['dataset_name'] or row['table_full_name']!r}"
        if row["platform"] == "modedatasets"
        else f"{row['table_full_name']} ({row['platform']})"
        for row in known
        if row["table_full_name"] in tables
    )
    what = f"{asked} is" if len(named) == 1 else f"{asked} is one of {len(named)} tables:"
    return Answer(asked, f"{what} {', '.join(named)}.", named, None, _with_charts(rows, charts))


def _of_column(reader: Reader, asked: str, tables: list[str], column: str) -> Answer:
    within = _within(tables)
    rows = _rows(
        reader,
        f"SELECT column_name, usage, output_columns, {_SHARED} FROM reports_using_column"
        f" WHERE table_full_name IN {within} AND column_name IN {_within([column, '*'])} {_ORDER}, column_name",
    )
    charts = _rows(
        reader,
        "SELECT DISTINCT c.report_token, c.token, c.title, c.chart_type FROM charts AS c"
        " JOIN chart_fields AS f ON f.chart_token = c.token JOIN query_columns AS q"
        " ON q.query_token = f.query_token AND lower(q.output_column) = lower(f.output_column)"
        f" WHERE lower(q.source_column) IN {_within([column, '*'])}"
        f" AND concat_ws('.', lower(q.source_database), lower(q.source_schema), lower(q.source_table)) IN {within}"
        " ORDER BY c.report_token, c.token",
    )
    tables = [table for table in tables if any(row["table_full_name"] == table for row in rows)]
    return Answer(asked, f"{asked} is column {column} of {_names(tables)}.", tables, column, _with_charts(rows, charts))


def _with_charts(rows: list[dict[str, Any]], charts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    by_report: dict[str, list[dict[str, Any]]] = {}
    for chart in charts:
        by_report.setdefault(chart.pop("report_token"), []).append(chart)
    for row in rows:
        row["charts"] = by_report.get(row["report_token"], [])
    return rows


def _rows(reader: Reader, sql: str) -> list[dict[str, Any]]:
    result = reader.select(sql)
    return [dict(zip(result.columns, row, strict=True)) for row in result.rows]


def _within(values: Iterable[str]) -> str:
    return "(" + ", ".join("'" + value.replace("'", "''") + "'" for value in values) + ")"


def _suggested(name: str, names: set[str], fields: list[dict[str, Any]]) -> list[str]:
    """Names like the one asked for: as a whole, or without the parts in front that it leaves out."""
    parts = name.count(".") + 1
    names = names | {f"{row['table_full_name']}.{row['column_name']}" for row in fields if row["column_name"] != "*"}
    short: dict[str, str] = {}
    for full in sorted(names):
        for text in {full.lower(), ".".join(full.lower().split(".")[-parts:])}:
            short.setdefault(text, full)
    return list(dict.fromkeys(short[near] for near in _similar(name, short)))


def _similar(name: str, names: Iterable[str]) -> list[str]:
    return get_close_matches(name, names, n=SIMILAR, cutoff=0.6)


def _names(tables: list[str]) -> str:
    return ", ".join(tables)


def _owner(row: dict[str, Any]) -> str | None:
    owner = row["owner_name"] or row["owner_username"]
    return owner if row["owner_status"] in ("active", "unknown") else f"{owner} ({row['owner_status']})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
