"""The setting `column_catalog`: where the columns of the warehouse's tables stand.

Three forms: a table in the destination (`schema.table`), a query that runs on the destination (`select …`), a CSV
file. Each gives the columns database, schema, table, column, or under the names of information_schema
table_catalog, table_schema, table_name, column_name; database and schema may be missing. Their order is that of
ordinal_position where it is given, else as they come.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import dlt
from dlt.destinations.exceptions import DatabaseException

from ..errors import UsageError
from ..lineage import ColumnCatalog

PAGE = 10_000
_NAMES = {
    "database": ("database", "table_catalog", "database_name"),
    "schema": ("schema", "table_schema", "schema_name"),
    "table": ("table", "table_name"),
    "column": ("column", "column_name"),
    "position": ("ordinal_position", "position"),
}
_QUERY = re.compile(r"\s*(?:select|with)\b", re.I)
_TABLE = re.compile(r"[\w$]+(?:\.[\w$]+){0,2}")
_WHERE = "Setting `column_catalog` under [sources.mode]"


def read(setting: str, pipeline: dlt.Pipeline) -> ColumnCatalog:
    """The catalog that the setting names.

    Raises:
        UsageError: there is none, or it lacks a column.
    """
    found = [*_rows(setting, pipeline)]
    if found and found[0][4] is not None:
        found.sort(key=lambda row: int(row[4] or 0))
    return ColumnCatalog.build((row[0] or None, row[1] or None, row[2], row[3]) for row in found if row[2] and row[3])


def check(setting: str, pipeline: dlt.Pipeline) -> None:
    """Looks whether the catalog is there and has the columns, without reading it.

    Raises:
        UsageError: it is not.
    """
    next(_rows(setting, pipeline, nothing=True), None)


def _rows(setting: str, pipeline: dlt.Pipeline, *, nothing: bool = False) -> Iterator[tuple[Any, ...]]:
    """Database, schema, table, column, position; with `nothing` only the names of the columns are looked at."""
    if _QUERY.match(setting):
        yield from _from_destination(f"({setting.strip().rstrip(';')})", setting, pipeline, nothing)
    elif setting.lower().endswith(".csv") or "/" in setting or "\\" in setting:
        yield from _from_csv(Path(setting).expanduser(), nothing)
    elif _TABLE.fullmatch(setting.replace('"', "").strip()):
        yield from _from_destination(setting.strip(), setting, pipeline, nothing)
    else:
        raise UsageError(f"{_WHERE} is no table (schema.table), no query (select …) and no .csv file: {setting!r}.")


def _from_csv(path: Path, nothing: bool) -> Iterator[tuple[Any, ...]]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            head = lines.readline()
            delimiter = max(",;\t", key=head.count)
            pick = _picker(next(csv.reader([head], delimiter=delimiter), []), f"file {str(path)!r}")
            if not nothing:
                yield from (pick(row) for row in csv.reader(lines, delimiter=delimiter) if row)
    except OSError as error:
        raise UsageError(f"{_WHERE} names a file that cannot be read: {path} ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise UsageError(f"{_WHERE} names a file that is not UTF-8: {path}.") from None


def _from_destination(source: str, setting: str, pipeline: dlt.Pipeline, nothing: bool) -> Iterator[tuple[Any, ...]]:
    what = "the query" if source.startswith("(") else f"table {setting!r}"
    try:
        with pipeline.sql_client() as client:
            if not source.startswith("(") and "." not in source:
                source = client.make_qualified_table_name(source)
            sql = f"SELECT * FROM {source} AS c" + (" WHERE 1 = 0" if nothing else "")
            with client.execute_query(sql) as cursor:
                pick = _picker([column[0] for column in cursor.description or ()], what)
                while page := cursor.fetchmany(PAGE):
                    yield from map(pick, page)
    except DatabaseException as error:
        reason = " ".join(str(error).split())[:200]
        raise UsageError(f"{_WHERE}: {what} cannot be read from the destination: {reason}") from None


class _Picker:
    """Takes the five values out of a row."""

    def __init__(self, positions: list[int | None]) -> None:
        self._positions = positions

    def __call__(self, row: Sequence[Any]) -> tuple[Any, ...]:
        return tuple(row[at] if at is not None and at < len(row) else None for at in self._positions)


def _picker(names: Sequence[str], what: str) -> _Picker:
    folded = [name.strip().strip('"').lower() for name in names]
    positions: list[int | None] = []
    for name, known in _NAMES.items():
        at = next((folded.index(one) for one in known if one in folded), None)
        if at is None and name in ("table", "column"):
            raise UsageError(f"{_WHERE}: {what} has no column {' or '.join(known)}.")
        positions.append(at)
    return _Picker(positions)
