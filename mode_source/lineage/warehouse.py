"""The optional column catalog: which columns a warehouse's tables have, looked up the way the platform
compares names.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from hashlib import blake2b

Row = tuple["str | None", "str | None", str, str]


@dataclass(frozen=True)
class WarehouseTable:
    """One table of the catalog, spelled as the warehouse spells it."""

    database: str | None
    schema: str | None
    name: str
    columns: tuple[str, ...]


def _fold(text: str | None) -> str:
    return (text or "").casefold()


@dataclass(frozen=True)
class ColumnCatalog:
    """Tables by folded name. Build it with `ColumnCatalog.build(rows)`.

    Example:
        >>> ColumnCatalog.build([("db", "public", "orders", "id")]).find("DB", "PUBLIC", "ORDERS").columns
        ('id',)
    """

    tables: dict[str, tuple[WarehouseTable, ...]] = field(default_factory=dict)

    @classmethod
    def build(cls, rows: Iterable[Row]) -> ColumnCatalog:
        """From (database, schema, table, column) in the order of the columns; database and schema may
        be None.
        """
        columns: dict[tuple[str | None, str | None, str], list[str]] = {}
        for database, schema, table, column in rows:
            columns.setdefault((database or None, schema or None, table), []).append(column)
        tables: dict[str, list[WarehouseTable]] = {}
        for (database, schema, table), names in columns.items():
            entry = WarehouseTable(database, schema, table, tuple(dict.fromkeys(names)))
            tables.setdefault(_fold(table), []).append(entry)
        return cls({key: tuple(found) for key, found in tables.items()})

    def digest(self, folded: str) -> str:
        """A digest of what `find` can say of tables of this folded name."""
        found = sorted(map(repr, self.tables.get(folded, ())))
        return blake2b("\n".join(found).encode("utf-8", "replace"), digest_size=12).hexdigest() if found else ""

    def find(
        self,
        database: str | None,
        schema: str | None,
        table: str,
        *,
        schema_assumed: bool = False,
        exact: bool = False,
    ) -> WarehouseTable | None:
        """The table of that name, None when there is none or several fit equally well.

        A part that either side leaves out fits anything. `schema_assumed` says that the schema is only the
        platform's default: then any schema will do when the name occurs once. `exact`: case matters.
        """
        named = [t for t in self.tables.get(_fold(table), ()) if _fits(t.database, database)]
        found = [t for t in named if _fits(t.schema, schema)]
        if exact:
            named = [t for t in named if t.name == table]
            found = [t for t in found if t.name == table]
        if not found and schema_assumed:
            found = named
        for narrower in (
            [t for t in found if t.name == table],
            [t for t in found if (t.schema, t.name) == (schema, table)],
            [t for t in found if (t.database, t.schema, t.name) == (database, schema, table)],
        ):
            if len(found) > 1 and narrower:
                found = narrower
        return found[0] if len(found) == 1 else None


def _fits(known: str | None, asked: str | None) -> bool:
    return not known or not asked or _fold(known) == _fold(asked)
