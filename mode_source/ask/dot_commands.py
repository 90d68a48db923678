"""The commands of `mode-source sql` that start with a dot: what there is to ask, and how answers are shown."""

from __future__ import annotations

from ..entities import ENTITIES
from ..entities.own_tables import OWN_TABLES
from ..errors import ModeSourceError
from .connection import Reader, Result

COMMANDS = (".tables", ".schema", ".mode", ".help", ".quit")
HELP = """\
Statements end with a semicolon and may go over several lines. Only reading is possible.
.tables        tables and views, and what each is for
.schema NAME   columns of a table or view
.mode MODE     table, record (one row after the other), csv or json
.help          this text
.quit          or Ctrl-D
Tab completes names, the up arrow brings earlier statements back, Ctrl-R searches them."""
MODES = ("table", "record", "csv", "json")


def answered(reader: Reader, statement: str) -> Result:
    """What a statement, or a command that reads, gives.

    Raises:
        ModeSourceError: there is no such command, table or view; or the database refuses the statement.
    """
    if not statement.startswith("."):
        return reader.select(statement)
    command, _, name = statement.partition(" ")
    if command == ".tables":
        return _tables(reader)
    if command == ".schema" and name.strip():
        return _schema(reader, name.strip().strip('"').lower())
    raise ModeSourceError(f"There is no command {statement!r}: choose from {', '.join(COMMANDS)}.")


def _tables(reader: Reader) -> Result:
    listed = reader.select(
        "SELECT table_name, lower(table_type) FROM information_schema.tables"
        f" WHERE table_schema = {_literal(reader.schema)} AND substr(table_name, 1, 1) <> '_'"
        " ORDER BY table_type DESC, table_name"
    )
    rows = ((found, "view" if kind == "view" else "table", _about(found)) for found, kind in listed.rows)
    return Result(["name", "kind", "about"], [False] * 3, [False] * 3, rows)


def _schema(reader: Reader, name: str) -> Result:
    described = _columns(name)
    found = list(
        reader.select(
            "SELECT column_name, lower(data_type) FROM information_schema.columns"
            f" WHERE table_schema = {_literal(reader.schema)} AND table_name = {_literal(name)}"
            " ORDER BY ordinal_position"
        ).rows
    )
    if not found:
        raise ModeSourceError(f"There is no table or view {name!r}: .tables lists them.")
    rows = ((column, kind, described.get(column)) for column, kind in found)
    return Result(["column", "type", "about"], [False] * 3, [False] * 3, rows)


def _columns(name: str) -> dict[str, str]:
    table = ENTITIES.get(name) or OWN_TABLES.get(name)
    return {column.name: column.description for column in table.columns} if table else {}


def _about(name: str) -> str | None:
    from ..models import models

    if name in ENTITIES:
        return ENTITIES[name].description
    if name in OWN_TABLES:
        return OWN_TABLES[name].description
    return models()[name].question.partition("?")[0] + "?" if name in models() else None


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
