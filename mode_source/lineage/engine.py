"""The lineage of one query: render, parse, read off tables and columns. Never raises, and ends in bounded time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from .branches import Branch, Forced, untaken
from .budget import SECONDS, Budget
from .definitions import Expansion
from .platforms import MODE_DATASETS, platform_of
from .reading import Reading
from .records import (
    ColumnEdge,
    DatasetRef,
    DataSource,
    Definition,
    Lineage,
    LineageError,
    Query,
    Reason,
    TableEdge,
)  # fmt: skip
from .warehouse import ColumnCatalog

VERSION = 3  # raise it when the same text may give another lineage: everything is analysed again
TIMEOUT = SECONDS
MAX_VARIANTS = 8  # texts of one query, each with other branches of its template
UNTAKEN = "In a branch that the parameters' defaults do not take"


def analyse(
    query: Query,
    *,
    data_source: DataSource | None,
    definitions: Mapping[str, Definition],
    catalog: ColumnCatalog | None = None,
    datasets: Mapping[str, DatasetRef] | None = None,
    timeout: float = TIMEOUT,
    explain: bool = False,
) -> Lineage:
    """The lineage of a query.

    Args:
        query: the query with its SQL as Mode stores it.
        data_source: its connection; None = unknown, which means a generic parse.
        definitions: all definitions by name.
        catalog: the warehouse's columns, which settle `select *` and unqualified columns.
        datasets: Mode datasets by name or token, for queries on them.
        timeout: seconds after which the query is given up whatever its work; its tables are then guessed.
        explain: note where in the text each edge comes from and why it is as certain as it is.

    Returns:
        Tables, columns, definitions, and what stood in the way; never an exception.
    """
    platform = platform_of(data_source.adapter if data_source else None)
    known = by_name(datasets or {} if platform.name == MODE_DATASETS else {})
    budget = Budget(timeout)

    def read(forced: Forced | None = None) -> tuple[Expansion, Lineage]:
        reading = Reading(platform, data_source, catalog, known, budget, explain)
        return reading.read(query.raw_query or "", definitions, forced), reading.result()

    expansion, main = read()
    others: list[Lineage] = []
    problems: list[LineageError] = []
    branches = dict(expansion.branches)
    tried: set[Branch] = set()
    around: dict[Branch, Forced] = {}  # of branches of definitions that only another branch uses
    while len(others) < MAX_VARIANTS and (forced := next(untaken(branches, tried, around), None)) is not None:
        inner, found = read(forced.choices)
        tried |= set(forced.branches)
        readings = [found]
        if len(forced.branches) > 1 and _unread(found):
            # Branches that do not go together: each by itself.
            readings = [read(branch.forced)[1] for branch in forced.branches[:MAX_VARIANTS]]
        if not main.errors:
            problems += (error for lineage in readings for error in _unread(lineage))
        others += readings
        for branch, taken in inner.branches.items():  # also those of definitions that only this text uses
            if branch not in branches:
                around[branch] = forced.choices
            branches[branch] = branches.get(branch, False) or taken
    if not others:
        return main
    errors = dict.fromkeys((*main.errors, *(LineageError(e.stage, f"{UNTAKEN}: {e.reason}") for e in problems)))
    return replace(_with_guesses(main, others), errors=tuple(errors))


def _unread(lineage: Lineage) -> list[LineageError]:
    """What kept a text from being parsed."""
    return [error for error in lineage.errors if error.stage == "parse"]


def _key(edge: TableEdge | ColumnEdge) -> tuple[str, ...]:
    """What two edges have in common that differ in certainty only."""
    parts: tuple[str | None, ...]
    if isinstance(edge, TableEdge):
        parts = edge.database_name, edge.schema_name, edge.table_name, edge.role
    else:
        source = edge.source_database, edge.source_schema, edge.source_table, edge.source_column
        parts = *source, edge.usage, edge.output_column
    return tuple((part or "").casefold() for part in parts)


def _with_guesses(main: Lineage, others: list[Lineage]) -> Lineage:
    """The lineage, and as guesses the edges that only other branches of the template have."""
    tables = {_key(edge): edge for edge in main.tables}
    columns = {_key(edge): edge for edge in (*main.columns, *main.uses)}
    reasons = dict(main.reasons)
    for other in others:
        for edge in other.tables:
            guess = replace(edge, certainty="guess")
            if tables.setdefault(_key(edge), guess) is guess:
                reasons[guess] = Reason(None, UNTAKEN)
        for column in (*other.columns, *other.uses):
            doubtful = replace(column, certainty="guess")
            if columns.setdefault(_key(column), doubtful) is doubtful:
                reasons[doubtful] = Reason(None, UNTAKEN)
    return replace(
        main,
        tables=tuple(tables.values()),
        columns=tuple(edge for edge in columns.values() if edge.usage == "output"),
        uses=tuple(edge for edge in columns.values() if edge.usage != "output"),
        asked=tuple(sorted(set(main.asked).union(*(other.asked for other in others)))),
        reasons=reasons,
    )


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
