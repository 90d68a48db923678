"""What one SELECT sees, and the columns of Mode's datasets."""

from __future__ import annotations

from dataclasses import dataclass, field

from sqlglot import exp

from .records import Lineage
from .relations import NONE, Base, Derived, Key, Nowhere, Origin, Origins, Relation
from .table_names import TableName


@dataclass
class Scope:
    """The relations that one SELECT sees, by alias; `using` are columns that a join merged."""

    sources: dict[str, Relation] = field(default_factory=dict)
    outer: Scope | None = None
    using: dict[str, list[Relation]] = field(default_factory=dict)
    aliases: dict[str, Origins] = field(default_factory=dict)
    windows: dict[str, exp.Expr] = field(default_factory=dict)


def dataset_relation(lineage: Lineage, key: Key) -> Relation:
    """A dataset's columns: those of its own query."""
    columns: dict[str, Origins] = dict.fromkeys(lineage.output_columns, NONE)
    for edge in lineage.columns:
        table = TableName(edge.source_database, edge.source_schema, edge.source_table, edge.certainty)
        origin = Origin(table, edge.source_column, edge.certainty)
        output = edge.output_column or ""
        columns[output] = columns.get(output, NONE) | {origin}
    rest: list[tuple[Relation, frozenset[str]]] = []
    for origin in columns.get("*", NONE):
        rest.append((Base(origin.table, None, key, set()), frozenset()))
    return Derived(columns.items(), key, rest) if columns else Nowhere()
