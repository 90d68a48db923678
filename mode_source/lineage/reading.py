"""One rendered text, from top to bottom: its statements, their tables, and what the last of them returns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from sqlglot import exp

from .branches import Forced
from .budget import Budget, Expired
from .column_edges import Columns
from .definitions import Expansion, expand
from .edges import Edges
from .fallback import guess_tables
from .holes import Mode
from .marks import Marks
from .parse import Statement, statements
from .places import Lines
from .platforms import Platform
from .records import (
    Certainty,
    ColumnEdge,
    DatasetRef,
    DataSource,
    Definition,
    Lineage,
    LineageError,
    Reason,
    Role,
    Stage,
    TableEdge,
)  # fmt: skip
from .relations import Relation
from .results import result_of
from .rewrites import rewritten
from .table_arguments import find_table_arguments
from .table_edges import Found, collect
from .table_names import RANK, Names, TableName, least
from .warehouse import ColumnCatalog

GUESSED = 500_000  # characters in which tables are guessed


@dataclass
class Reading:
    """The state of one analysis."""

    platform: Platform
    source: DataSource | None
    catalog: ColumnCatalog | None
    datasets: Mapping[str, DatasetRef]
    budget: Budget
    explain: bool = False
    errors: dict[LineageError, None] = field(default_factory=dict)
    tables: dict[tuple[tuple[str, str, str], Role], TableName] = field(default_factory=dict)
    late: str | None = None
    expansion: Expansion = field(default_factory=Expansion)
    lines: Lines = field(default_factory=lambda: Lines(""))
    places: frozenset[int] = frozenset()
    edges: Edges | None = None

    def error(self, stage: Stage, reason: str, place: int | None = None) -> None:
        """Note once what stood in the way, and where."""
        at = self.lines.place(place) if place is not None and self.expansion.sql else None
        self.errors.setdefault(LineageError(stage, reason, at.line if at else None, at.column if at else None))

    def read(self, text: str, definitions: Mapping[str, Definition], forced: Forced | None = None) -> Expansion:
        """Render a text, parse it, and note its tables and columns."""
        parsed: list[Statement] = []
        try:
            parsed = self._parsed(text, definitions, forced)
        except Exception as error:  # nothing in a text may stop the run
            self.error("render", f"The text could not be read: {_name(error)}.")
        for problem in self.expansion.errors:
            self.errors.setdefault(problem)
        self._run(parsed)
        return self.expansion

    def result(self) -> Lineage:
        """What was found."""
        edges = self.edges or Edges(self.platform, self.datasets, self.lines)
        tables, columns = edges.tables(self.tables), edges.columns
        reasons: dict[TableEdge | ColumnEdge, Reason] = {}
        for table, reason in tables.items():
            reasons[table] = reason
        for column, reason in columns.items():
            reasons[column] = reason
        return Lineage(
            tables=tuple(tables),
            columns=tuple(edge for edge in columns if edge.usage == "output"),
            uses=tuple(edge for edge in columns if edge.usage != "output"),
            definitions=tuple(self.expansion.edges.values()),
            errors=tuple(self.errors),
            platform=self.platform.name,
            rendered_sql=self.expansion.sql,
            output_columns=tuple(edges.outputs),
            asked=tuple(sorted({name.table.casefold() for name in self.tables.values()})),
            reasons=reasons if self.explain else {},
        )

    def _parsed(self, text: str, definitions: Mapping[str, Definition], forced: Forced | None) -> list[Statement]:
        """The statements of a text. Where values of parameters do not parse, neutral words take their place."""
        first: tuple[Expansion, list[Statement]] | None = None
        modes: tuple[Mode, ...] = ("values", "neutral", "empty")
        for mode in modes:
            expansion = expand(text, definitions, self.platform, mode, forced)
            expansion.sql, self.places = rewritten(expansion.sql, self.platform)
            self._take(expansion)
            parsed: list[Statement] = []
            try:
                for statement in statements(expansion.sql, self.platform, self.budget):
                    parsed.append(statement)
            except Expired as expired:
                self.error("timeout", f"Parsing was {expired}.")
                self.late = expansion.sql
                break
            first = first or (expansion, parsed)
            if all(s.problem is None for s in parsed) or not expansion.filled:
                if not all(s.problem is None for s in parsed):
                    break
                return parsed
        if first is None:
            return parsed
        self._take(first[0])
        return first[1]

    def _take(self, expansion: Expansion) -> None:
        self.expansion = expansion
        self.lines = Lines(expansion.sql)

    def _run(self, parsed: list[Statement]) -> None:
        words = frozenset(self.expansion.names)
        names = Names.of(self.platform, self.source, self.catalog, words)
        names.marks = Marks(self.expansion.marks)
        found = Found()
        columns = Columns(names, self.budget, self.datasets, explain=self.explain)
        self.edges = Edges(self.platform, self.datasets, self.lines)
        result: tuple[Relation, bool] | None = None
        stopped = False
        for statement in parsed:
            if names.statement(statement.text, columns.weigh):
                continue
            names.base = statement.base
            columns.begin(statement.source)
            if statement.problem:
                self.error(statement.stage, statement.problem, statement.place)
            if statement.kind == "returned":
                kept = columns.variable(statement.text)
                result = (kept, False) if kept is not None else result
            if statement.kind in ("nothing", "returned", "dynamic"):
                continue
            tree = statement.tree
            if tree is None or stopped:
                self._guess(statement.text, names, found)
                continue
            tree = find_table_arguments(tree, statement.text, self.platform, self.places, statement.base)
            before = set(found.edges)
            cap: Certainty = "likely" if statement.generic else "certain"
            try:
                collect(tree, names, found, self.budget)
            except Expired as expired:
                self.error("timeout", f"Finding the tables was {expired}.", statement.place)
                stopped = True
                self._guess(statement.text, names, found)
                continue
            except Exception as error:  # the tree may be of a shape that nobody foresaw
                self.error("parse", f"The tables could not be found: {_name(error)}.", statement.place)
                self._guess(statement.text, names, found)
            for problem, place in found.problems:
                self.error("parse", problem, place)
            found.problems.clear()
            for name, role in found.edges:
                if (name, role) not in before:
                    self._table(name, role, cap)
            try:
                relation = result_of(columns, tree)
                if statement.kind == "statement" and (relation is not None or isinstance(tree, exp.Query)):
                    if relation is not None:
                        result = relation, statement.generic
                    elif not columns.assigns(tree):
                        result = None
                elif relation is not None:
                    columns.fill(statement.names, relation, rows=statement.kind == "rows")
            except Expired as expired:
                self.error("timeout", f"Finding the columns was {expired}.", statement.place)
                stopped, result = True, None
            except RecursionError:
                self.error("recursion", "The columns are nested too deeply to be followed.", statement.place)
                result = None
            except Exception as error:  # as above
                self.error("columns", f"The columns could not be followed: {_name(error)}.", statement.place)
                result = None
        if self.late is not None:
            self._guess(self.late, names, found)
        if self.edges.add(result, columns.uses.by_clause, columns.uses.mentioned):
            self.error("columns", self.edges.too_many)

    def _guess(self, text: str, names: Names, found: Found) -> None:
        """Tables from the words of a text that has no tree."""
        try:
            for parts, role in guess_tables(text[:GUESSED], names, None):
                name = names.full(parts)
                if name and not (role == "read" and name.key in found.created):
                    if role == "created":
                        found.created.add(name.key)
                    self._table(name, role, "guess")
        except Exception as error:  # the last resort must not fail either
            self.error("parse", f"The tables could not be guessed: {_name(error)}.")

    def _table(self, name: TableName, role: Role, cap: Certainty) -> None:
        if RANK[cap] < RANK[name.certainty]:
            why = "the statement was read with a generic dialect" if cap == "likely" else "the text could not be parsed"
            name = replace(name, certainty=least(name.certainty, cap), why=why)
        known = self.tables.get((name.key, role))
        if known is None:
            self.tables[name.key, role] = name
        elif RANK[name.certainty] > RANK[known.certainty]:
            self.tables[name.key, role] = replace(known, certainty=name.certainty, why=name.why, place=name.place)


def _name(error: BaseException) -> str:
    return f"{type(error).__name__}: {' '.join(str(error).split())[:120]}".rstrip(".: ")
