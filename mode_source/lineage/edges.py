"""From names and origins to the edges of the result: tables, columns and how they are used, with their reasons."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from .holes import PLACEHOLDER
from .places import Lines
from .platforms import MODE_DATASETS, Platform
from .records import ColumnEdge, DatasetRef, Reason, Role, TableEdge, Usage
from .relations import Origin, Relation
from .table_names import RANK, TableName, least

MAX_EDGES = 20_000  # column edges of one query
Key = tuple[str, str, str]
Uses = Mapping[tuple[Key, str, Usage], Origin]
Mentioned = Mapping[tuple[Key, str], Origin]


class Edges:
    """The edges of one text.

    Args:
        platform: whose SQL it is.
        datasets: Mode datasets by name.
        lines: turns positions into lines and columns.
    """

    too_many = f"There are more than {MAX_EDGES} pairs of columns; the rest was left out."

    def __init__(self, platform: Platform, datasets: Mapping[str, DatasetRef], lines: Lines) -> None:
        self.platform, self.datasets, self.lines = platform, datasets, lines
        self.columns: dict[ColumnEdge, Reason] = {}
        self.outputs: list[str] = []

    def add(self, result: tuple[Relation, bool] | None, uses: Uses, mentioned: Mentioned) -> bool:
        """Note the columns of the text's result, then all other uses; says whether there were too many.

        Args:
            result: what the text returns, and whether a generic dialect read it.
            uses: the columns that clauses use.
            mentioned: the columns that some select list names.
        """
        found: dict[tuple[object, ...], tuple[ColumnEdge, Origin]] = {}
        generic = bool(result and result[1])
        many = False
        for output, origins in result[0].listing() if result else ():
            self.outputs.append(output)
            if PLACEHOLDER in output.lower():
                continue
            for origin in _sorted(origins):
                many |= not _keep(found, output, origin, "output", generic)
        order = {name: position for position, name in reversed(list(enumerate(self.outputs)))}
        given = sorted(found.values(), key=lambda f: (order[f[0].output_column or ""], *_place_of(f[0])))
        found = {}
        seen = {(edge.source_table.casefold(), edge.source_column.casefold()) for edge, _ in given}
        for (_, _, usage), origin in uses.items():
            many |= not _keep(found, None, origin, usage, generic)
        seen |= {(edge.source_table.casefold(), edge.source_column.casefold()) for edge, _ in found.values()}
        for origin in mentioned.values():
            if (origin.table.table.casefold(), origin.column.casefold()) not in seen:
                many |= not _keep(found, None, origin, "other", generic)
        used = sorted(found.values(), key=lambda f: (f[0].usage, *_place_of(f[0])))
        self.columns = {edge: self._reason(origin) for edge, origin in (*given, *used)}
        return many

    def _reason(self, origin: Origin) -> Reason:
        place = self.lines.place(origin.place) if origin.place is not None else None
        why = origin.why
        if RANK[origin.table.certainty] < RANK[origin.certainty] or (origin.certainty != "certain" and not why):
            why = f"its table: {origin.table.why}"
        return Reason(place, why)

    def tables(self, names: Mapping[tuple[Key, Role], TableName]) -> dict[TableEdge, Reason]:
        """The edges to tables; a query on a dataset has those of the dataset's own query as well."""
        edges: dict[TableEdge, Reason] = {}
        for (_, role), name in names.items():
            reason = Reason(self.lines.place(name.place) if name.place is not None else None, name.why)
            if self.platform.name != MODE_DATASETS:
                edge = TableEdge(self.platform.name, name.database, name.schema, name.table, role, name.certainty)
                edges.setdefault(edge, reason)
                continue
            dataset = self.datasets.get(name.table.casefold())
            token = dataset.token if dataset else name.table
            edges.setdefault(TableEdge(MODE_DATASETS, None, None, token, role, name.certainty), reason)
            for edge in dataset.lineage.tables if dataset and dataset.lineage else ():
                if edge.role == "read":
                    edges.setdefault(edge, Reason(reason.place, "the dataset's own query reads it"))
        return edges


def _place_of(edge: ColumnEdge) -> tuple[str, str]:
    return edge.source_table, edge.source_column


def _sorted(origins: Iterable[Origin]) -> list[Origin]:
    return sorted(origins, key=lambda o: (o.table.key, o.column, o.certainty))


def _keep(
    found: dict[tuple[object, ...], tuple[ColumnEdge, Origin]],
    output: str | None,
    origin: Origin,
    usage: Usage,
    generic: bool,
) -> bool:
    """Note an edge, the surest of those that differ in certainty only; says whether there was room."""
    table = origin.table
    certainty = least(origin.certainty, table.certainty, "likely" if generic else "certain")
    edge = ColumnEdge(output, table.database, table.schema, table.table, origin.column, certainty, usage)
    key = (output, table.key, origin.column.casefold(), usage)
    if len(found) >= MAX_EDGES:
        return False
    if key not in found or RANK[certainty] > RANK[found[key][0].certainty]:
        found[key] = edge, origin
    return True
