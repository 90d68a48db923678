"""The columns that a text uses beside giving them out, gathered while it is read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from .records import Usage
from .relations import Origin
from .table_names import RANK, least

Key = tuple[str, str, str]


@dataclass
class Uses:
    """The columns that clauses use, and those that some select list names; the surest of each."""

    by_clause: dict[tuple[Key, str, Usage], Origin] = field(default_factory=dict)
    mentioned: dict[tuple[Key, str], Origin] = field(default_factory=dict)

    def add(self, origins: Iterable[Origin], usage: Usage) -> None:
        """Note that a clause uses columns; all columns of a table are none in particular."""
        for origin in origins:
            if origin.column == "*":
                continue
            key = (origin.table.key, origin.column.casefold(), usage)
            known = self.by_clause.get(key)
            if known is None or _surer(origin, known):
                self.by_clause[key] = origin

    def mention(self, origins: Iterable[Origin]) -> None:
        """Note that a select list or an argument names columns."""
        for origin in origins:
            if origin.column == "*":
                continue
            key = (origin.table.key, origin.column.casefold())
            known = self.mentioned.get(key)
            if known is None or _surer(origin, known):
                self.mentioned[key] = origin


def _surer(one: Origin, other: Origin) -> bool:
    return RANK[least(one.certainty, one.table.certainty)] > RANK[least(other.certainty, other.table.certainty)]
