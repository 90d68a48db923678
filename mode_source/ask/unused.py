"""Tables of the column catalog that no query in Mode reads: candidates for removal from the warehouse."""

from __future__ import annotations

from collections.abc import Iterator

import dlt

from ..errors import UsageError
from ..lineage import Catalog
from ..lineage_tables import column_catalog
from .connection import Reader, Result

NO_CATALOG = (
    "Setting `column_catalog` is missing, without which nobody knows which tables the warehouse has: give it under"
    " [sources.mode] of .dlt/config.toml or as environment variable SOURCES__MODE__COLUMN_CATALOG."
)
READ = """
SELECT concat_ws('.', lower(t.database_name), lower(t.schema_name), lower(t.table_name)) AS name,
    bool_or(NOT r.archived) AS live
FROM query_tables AS t JOIN reports_and_datasets AS r ON r.report_token = t.report_token
WHERE t.role = 'read' AND t.platform <> 'modedatasets' GROUP BY 1
"""


def catalog_of(pipeline: dlt.Pipeline) -> Catalog:
    """The column catalog that the settings name; read before the dataset is opened for reading.

    Raises:
        UsageError: there is none, or it cannot be read.
    """
    setting = dlt.config.get("sources.mode.column_catalog", str)
    if not setting:
        raise UsageError(NO_CATALOG)
    return column_catalog.read(setting, pipeline)


def unused_tables(reader: Reader, catalog: Catalog) -> Result:
    """The tables that no live report or dataset reads, by name.

    A part of a name that either side leaves out fits anything, so that a table is rather taken for used. `only_by` is
    'archived reports' where those read it.
    """
    live: set[str] = set()
    archived: set[str] = set()
    for name, is_live in reader.select(READ).rows:
        (live if is_live else archived).add(name)
    reads = {"live": _Names(live), "archived": _Names(archived)}
    rows = []
    for tables in catalog.tables.values():
        for table in tables:
            name = ".".join(part for part in (table.database, table.schema, table.name) if part)
            if name.lower() in reads["live"]:
                continue
            only_by = "archived reports" if name.lower() in reads["archived"] else None
            rows.append((name, len(table.columns), only_by))
    rows.sort(key=lambda row: row[0].lower())
    return Result(["table", "columns", "only_by"], [False] * 3, [False, True, False], iter(rows))


class _Names:
    """Names, and whether one of them is the same table as another name, as far as both go."""

    def __init__(self, names: set[str]) -> None:
        self._whole = names
        self._ends = {end for name in names for end in _ends(name)}

    def __contains__(self, name: str) -> bool:
        return name in self._ends or any(end in self._whole for end in _ends(name))


def _ends(name: str) -> Iterator[str]:
    """`a.b.c`, `b.c`, `c`."""
    parts = name.split(".")
    for start in range(len(parts)):
        yield ".".join(parts[start:])
