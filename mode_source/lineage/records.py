"""What goes into the lineage engine and what comes out of it: plain frozen data, no behaviour.

How sure an edge is (`Certainty`):

* ``certain``: the text was parsed in the platform's dialect and says so itself: the table is written out with
  its schema (or `USE`, `search_path`, the data source or the catalog settles it); the column is qualified
  with a table, or the catalog knows it.
* ``likely``: one assumption was needed: the platform's default schema, the only table in scope, a generic
  parse, the default of a parameter as (part of) a name.
* ``guess``: the text could not be parsed, or several tables could hold the column and a naming habit, or
  the order in FROM, chose one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Certainty = Literal["certain", "likely", "guess"]
Usage = Literal["output", "filter", "join", "group", "order", "window", "other"]
Role = Literal["read", "created"]
Stage = Literal["render", "parse", "columns", "timeout", "recursion"]


@dataclass(frozen=True)
class Place:
    """A place in a rendered text; both count from 1."""

    line: int
    column: int


@dataclass(frozen=True)
class DataSource:
    """A connection of the workspace (docs/mode-api.md#s5-5)."""

    id: str
    adapter: str
    database: str | None = None
    host: str | None = None
    name: str | None = None


@dataclass(frozen=True)
class Query:
    """A query of a report or a dataset (docs/mode-api.md#s6-2)."""

    token: str
    report_token: str
    raw_query: str | None
    data_source_id: str | None


@dataclass(frozen=True)
class Definition:
    """A saved SELECT that queries refer to as ``{{ @name as alias }}`` (docs/mode-api.md#s5-7)."""

    name: str
    token: str
    source: str | None
    data_source_id: str | None = None


@dataclass(frozen=True)
class TableEdge:
    """A table that the query reads, or creates or changes."""

    platform: str
    database_name: str | None
    schema_name: str | None
    table_name: str
    role: Role
    certainty: Certainty


@dataclass(frozen=True)
class ColumnEdge:
    """A column that the query uses; ``*`` stands for all, unknown, columns of a table.

    `output_column` is the output column that is computed from it where `usage` is ``output``, else None. The other
    usages say what the column decides: which rows there are (``filter``: WHERE, HAVING, QUALIFY), how tables are
    joined, ``group``, ``order``, ``window``; ``other`` is all else.
    """

    output_column: str | None
    source_database: str | None
    source_schema: str | None
    source_table: str
    source_column: str
    certainty: Certainty
    usage: Usage = "output"


@dataclass(frozen=True)
class DefinitionEdge:
    """A definition that the query uses; token None = there is no such definition.

    `via` is the definition whose text names it; None = the query itself does.
    """

    definition_name: str
    definition_token: str | None
    via: str | None = None


@dataclass(frozen=True)
class LineageError:
    """Something that stood in the way, in one sentence, and where in the rendered text."""

    stage: Stage
    reason: str
    line: int | None = None
    column: int | None = None


@dataclass(frozen=True)
class Reason:
    """Where the text names a table or column first, and why its edge is as certain as it is."""

    place: Place | None
    text: str


@dataclass(frozen=True)
class Lineage:
    """All that is known of one query.

    `columns` are the edges of usage ``output``, `uses` all others; `output_columns` are the query's columns in order,
    `*` where they are unknown; `asked` are the names of tables, folded, that were looked up in the catalog or among the
    datasets; `reasons` says of each edge why it is as certain as it is, only where `analyse` was asked to explain.
    """

    tables: tuple[TableEdge, ...] = ()
    columns: tuple[ColumnEdge, ...] = ()
    uses: tuple[ColumnEdge, ...] = ()
    definitions: tuple[DefinitionEdge, ...] = ()
    errors: tuple[LineageError, ...] = ()
    platform: str = ""
    rendered_sql: str = ""
    output_columns: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    reasons: Mapping[TableEdge | ColumnEdge, Reason] = field(default_factory=dict, compare=False)


@dataclass(frozen=True)
class DatasetRef:
    """A dataset that other queries read, with the lineage of its own query where that is known."""

    token: str
    name: str | None = None
    lineage: Lineage | None = None


@dataclass(frozen=True)
class ChartField:
    """A field that a chart uses, how, and the output column of the query it is (None = not among them)."""

    field: str
    usage: str
    output_column: str | None = None
