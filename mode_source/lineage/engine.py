"""The lineage of one query: render, parse, read off tables and columns. Never raises, and ends in bounded
time.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from sqlglot import exp

from .budget import Budget, Expired
from .column_edges import Columns
from .definitions import Expansion, expand
from .fallback import guess_tables
from .holes import PLACEHOLDER, Mode
from .parse import Statement, statements
from .platforms import MODE_DATASETS, Platform, platform_of
from .records import (
    Certainty,
    ColumnEdge,
    DatasetRef,
    DataSource,
    Definition,
    Lineage,
    LineageError,
    Query,
    Role,
    Stage,
    TableEdge,
)  # fmt: skip
from .relations import Relation
from .results import result_of
from .table_edges import Found, collect
from .table_names import RANK, Names, TableName, least
from .warehouse import ColumnCatalog

VERSION = 2  # raise it when the same text may give another lineage: everything is analysed again
TIMEOUT = 5.0
MAX_EDGES = 20_000  # column edges of one query


def _quoted(match: re.Match[str]) -> str:
    return "'" + match[2].replace("'", "''") + "'"


# What no parser knows and lineage does not need: pattern and what takes its place, by platform.
_REWRITES: dict[str, list[tuple[re.Pattern[str], str | Callable[[re.Match[str]], str]]]] = {
    "sqlserver": [(re.compile(r"^[ \t]*go[ \t]*$", re.I | re.M), ";")],
    "impala": [
        (re.compile(r"\[\s*(?:shuffle|broadcast|noshuffle|clustered|noclustered)\s*\]", re.I), " "),
        (re.compile(r"\bselect\s+straight_join\b", re.I), "SELECT"),
    ],
    "oracle": [(re.compile(r"\bn?q'([\[({<])(.*?)[\])}>]'", re.I | re.S), _quoted)],
    "denodo": [(re.compile(r"\bcontext\s*\([^()]*\)\s*$", re.I), " ")],
    "teradata": [(re.compile(r"\block(?:ing)?\s+(?:row|table\s+\S+)\s+for\s+\w+(?:\s+nowait)?\s", re.I), " ")],
    "vertica": [
        (re.compile(r"^\s*at\s+(?:epoch\s+\w+|time\s+'[^']*')", re.I), " "),
        (re.compile(r"\bcreate\s+(?:local|global)\s+temp", re.I), "CREATE TEMP"),
        (re.compile(r"\bon\s+commit\s+(?:preserve|delete)\s+rows\b", re.I), " "),
    ],
}


def analyse(
    query: Query,
    *,
    data_source: DataSource | None,
    definitions: Mapping[str, Definition],
    catalog: ColumnCatalog | None = None,
    datasets: Mapping[str, DatasetRef] | None = None,
    timeout: float = TIMEOUT,
) -> Lineage:
    """The lineage of a query.

    Args:
        query: the query with its SQL as Mode stores it.
        data_source: its connection; None = unknown, which means a generic parse.
        definitions: all definitions by name.
        catalog: the warehouse's columns, which settle `select *` and unqualified columns.
        datasets: Mode datasets by name or token, for queries on them.
        timeout: seconds after which the query is given up; its tables are then guessed from the words.

    Returns:
        Tables, columns, definitions, and what stood in the way; never an exception.
    """
    platform = platform_of(data_source.adapter if data_source else None)
    on_datasets = datasets or {} if platform.name == MODE_DATASETS else {}
    work = _Work(platform, data_source, catalog, by_name(on_datasets), Budget(timeout))
    text = query.raw_query or ""
    try:
        expansion, parsed = work.read(text, definitions)
    except Exception as error:  # nothing in a text may stop the run
        work.error("render", f"The text could not be read: {_name(error)}.")
        expansion, parsed = Expansion(), []
    for problem in expansion.errors:
        work.errors.setdefault(problem)
    work.run(parsed, frozenset(expansion.names), expansion.sql)
    return Lineage(
        tables=work.table_edges(),
        columns=tuple(work.columns),
        definitions=tuple(expansion.edges.values()),
        errors=tuple(work.errors),
        platform=platform.name,
        rendered_sql=expansion.sql,
        output_columns=tuple(work.outputs),
        asked=tuple(sorted({name.table.casefold() for name, _ in work.tables.values()})),
    )


@dataclass
class _Work:
    """The state of one analysis."""

    platform: Platform
    source: DataSource | None
    catalog: ColumnCatalog | None
    datasets: Mapping[str, DatasetRef]
    budget: Budget
    errors: dict[LineageError, None] = field(default_factory=dict)
    tables: dict[tuple[tuple[str, str, str], Role], tuple[TableName, Certainty]] = field(default_factory=dict)
    columns: list[ColumnEdge] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    late: str | None = None

    def error(self, stage: Stage, reason: str) -> None:
        self.errors.setdefault(LineageError(stage, reason))

    def read(self, text: str, definitions: Mapping[str, Definition]) -> tuple[Expansion, list[Statement]]:
        """Plain SQL and its statements. Where values of parameters do not parse, neutral words take
        their place.
        """
        first: tuple[Expansion, list[Statement]] | None = None
        modes: tuple[Mode, ...] = ("values", "neutral", "empty")
        for mode in modes:
            expansion = expand(text, definitions, self.platform, mode)
            for pattern, instead in _REWRITES.get(self.platform.name.removesuffix("adb"), ()):
                expansion.sql = pattern.sub(instead, expansion.sql)
            parsed = []
            try:
                for statement in statements(expansion.sql, self.platform, self.budget):
                    parsed.append(statement)
            except Expired as expired:
                self.error("timeout", f"Parsing was {expired}.")
                self.late = expansion.sql
                return first or (expansion, parsed)
            first = first or (expansion, parsed)
            if all(s.problem is None for s in parsed) or not expansion.filled:
                return (expansion, parsed) if all(s.problem is None for s in parsed) else first
        assert first is not None
        return first

    def run(self, parsed: list[Statement], words: frozenset[str], sql: str) -> None:
        names = Names.of(self.platform, self.source, self.catalog, words)
        found = Found()
        columns = Columns(names, self.budget, self.datasets)
        result: tuple[Relation, bool] | None = None
        stopped = False
        for statement in parsed:
            if names.statement(statement.text):
                continue
            if statement.problem:
                self.error(statement.stage, statement.problem)
            tree = statement.tree
            if tree is None or stopped:
                self._guess(statement.text, names, found)
                continue
            before = set(found.edges)
            try:
                collect(tree, names, found, self.budget)
            except Expired as expired:
                self.error("timeout", f"Finding the tables was {expired}.")
                stopped = True
                self._guess(statement.text, names, found)
                continue
            except Exception as error:  # the tree may be of a shape that nobody foresaw
                self.error("parse", f"The tables could not be found: {_name(error)}.")
                self._guess(statement.text, names, found)
            for name, role in found.edges:
                if (name, role) not in before:
                    self._table(name, role, "likely" if statement.generic else "certain")
            try:
                relation = result_of(columns, tree)
                if relation is not None or isinstance(tree, exp.Query):
                    result = (relation, statement.generic) if relation is not None else None
            except Expired as expired:
                self.error("timeout", f"Finding the columns was {expired}.")
                stopped, result = True, None
            except RecursionError:
                self.error("recursion", "The columns are nested too deeply to be followed.")
                result = None
            except Exception as error:  # as above
                self.error("columns", f"The columns could not be followed: {_name(error)}.")
                result = None
        if self.late is not None:
            self._guess(self.late, names, found)
        if result is not None:
            self._outputs(*result)

    def _guess(self, text: str, names: Names, found: Found) -> None:
        """Tables from the words of a text that has no tree."""
        try:
            for parts, role in guess_tables(text[:500_000], names, None):
                name = names.full(parts)
                if name and not (role == "read" and name.key in found.created):
                    if role == "created":
                        found.created.add(name.key)
                    self._table(name, role, "guess")
        except Exception as error:  # the last resort must not fail either
            self.error("parse", f"The tables could not be guessed: {_name(error)}.")

    def _table(self, name: TableName, role: Role, cap: Certainty) -> None:
        certainty = least(name.certainty, cap)
        known = self.tables.get((name.key, role))
        if known is None or RANK[certainty] > RANK[known[1]]:
            self.tables[name.key, role] = (known[0] if known else name, certainty)

    def _outputs(self, relation: Relation, generic: bool) -> None:
        edges: dict[tuple[str, tuple[str, str, str], str], ColumnEdge] = {}
        for output, origins in relation.listing():
            self.outputs.append(output)
            for origin in sorted(origins, key=lambda o: (o.table.key, o.column, o.certainty)):
                certainty = least(origin.certainty, origin.table.certainty, "likely" if generic else "certain")
                table = origin.table
                if PLACEHOLDER in output.lower():
                    continue
                edge = ColumnEdge(output, table.database, table.schema, table.table, origin.column, certainty)
                key = (output, table.key, origin.column.casefold())
                if len(edges) >= MAX_EDGES:
                    self.error("columns", f"There are more than {MAX_EDGES} pairs of columns; the rest was left out.")
                    break
                if key not in edges or RANK[certainty] > RANK[edges[key].certainty]:
                    edges[key] = edge
        order = {name: position for position, name in reversed(list(enumerate(self.outputs)))}
        self.columns = sorted(edges.values(), key=lambda e: (order[e.output_column], e.source_table, e.source_column))

    def table_edges(self) -> tuple[TableEdge, ...]:
        """The edges; a query on a dataset has those of the dataset's own query as well."""
        edges: dict[TableEdge, None] = {}
        for (_, role), (name, certainty) in self.tables.items():
            dataset = self.datasets.get(name.table.casefold()) if self.platform.name == MODE_DATASETS else None
            if self.platform.name == MODE_DATASETS:
                token = dataset.token if dataset else name.table
                edges.setdefault(TableEdge(MODE_DATASETS, None, None, token, role, certainty))
                if dataset and dataset.lineage:
                    for edge in dataset.lineage.tables:
                        if edge.role == "read":
                            edges.setdefault(edge)
            else:
                edge = TableEdge(self.platform.name, name.database, name.schema, name.table, role, certainty)
                edges.setdefault(edge)
        return tuple(edges)


class Datasets(dict[str, DatasetRef]):
    """Datasets by folded name and folded token."""


def by_name(datasets: Mapping[str, DatasetRef]) -> Datasets:
    """The datasets under each of the names that a query may use: key, name and token, folded."""
    if isinstance(datasets, Datasets):
        return datasets
    found = Datasets()
    for key, dataset in datasets.items():
        for name in (key, dataset.name, dataset.token):
            if name:
                found.setdefault(name.casefold(), dataset)
    return found


def _name(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}".rstrip(".: ")
