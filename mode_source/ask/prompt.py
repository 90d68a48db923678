"""`mode-source sql`: statements on the dataset, from the command line, from standard input, or at a prompt."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import dlt
from sqlglot import tokenize
from sqlglot.errors import SqlglotError

from ..entities import ENTITIES
from ..entities.own_tables import OWN_TABLES
from ..errors import ModeSourceError
from .connection import Reader, Result, reading
from .output import write

HISTORY = Path("~/.mode_source_history")
HELP = """\
Statements end with a semicolon.
.tables        what there is to ask
.schema NAME   the columns of a table or view
.quit          or Ctrl-D"""


def run_sql(pipeline: dlt.Pipeline, statements: str | None, form: str, *, wait: bool = False) -> None:
    """Runs statements and writes their results.

    Args:
        pipeline: whose dataset to ask.
        statements: separated by semicolons; None reads standard input, or prompts if that is a terminal.
        form: table, csv or json.
        wait: for a program that writes to the database.

    Raises:
        ModeSourceError: see `reading`; or a statement failed, and those after it were not run.
    """
    if statements is None and sys.stdin.isatty():
        with reading(pipeline, wait=wait) as reader:
            print(f"Dataset {reader.schema}, read-only; .help says what works here.")  # noqa: T201
        _prompt(pipeline, form, wait)
        return
    lines = sys.stdin if statements is None else statements.splitlines()
    with reading(pipeline, wait=wait) as reader:
        for statement in whole(lines):
            write(_result(reader, statement), form, null="" if statement.startswith(".") else "null")
    sys.stdout.flush()


def whole(lines: Iterable[str]) -> Iterator[str]:
    """Statements, each as soon as its lines are there; a line that starts with a dot is one of its own."""
    text = ""
    for line in lines:
        if not text and line.startswith("."):
            yield line.strip().rstrip(";")
            continue
        done, text = split(text + line.rstrip("\n") + "\n")
        yield from done
    if text:
        yield text.strip()


def split(text: str) -> tuple[list[str], str]:
    """Statements that end with a semicolon, and what follows the last one; comments alone are nothing.

    Semicolons in literals and comments end nothing; a text with an open quote is one unfinished statement.
    """
    try:
        tokens = tokenize(text, read="postgres")
    except SqlglotError:
        return [], text
    ends = [token.end for token in tokens if token.token_type.name == "SEMICOLON"]
    done, start, blank = [], 0, True
    for token in tokens:
        if token.token_type.name == "SEMICOLON":
            if not blank:
                done.append(text[start : token.end].strip())
            start, blank = token.end + 1, True
        else:
            blank = False
    rest = text[ends[-1] + 1 if ends else 0 :]
    return done, "" if blank else rest


def _result(reader: Reader, statement: str) -> Result:
    if not statement.startswith("."):
        return reader.select(statement)
    command, _, name = statement.partition(" ")
    name = name.strip().lower()
    schema = reader.schema.replace("'", "''")
    if command == ".tables":
        listed = reader.select(
            "SELECT table_name, lower(table_type) FROM information_schema.tables"
            f" WHERE table_schema = '{schema}' AND substr(table_name, 1, 1) <> '_'"
            " ORDER BY table_type DESC, table_name"
        )
        rows = ((found, "view" if kind == "view" else "table", _about(found)) for found, kind in listed.rows)
        return Result(["name", "kind", "about"], [False] * 3, [False] * 3, rows)
    if command == ".schema" and name:
        described = {column.name: column.description for column in ENTITIES[name].columns} if name in ENTITIES else {}
        columns = list(
            reader.select(
                "SELECT column_name, lower(data_type) FROM information_schema.columns"
                f" WHERE table_schema = '{schema}' AND table_name = '{name.replace(chr(39), chr(39) * 2)}'"
                " ORDER BY ordinal_position"
            ).rows
        )
        if not columns:
            raise ModeSourceError(f"There is no table or view {name!r}: .tables lists them.")
        rows = ((column, kind, described.get(column)) for column, kind in columns)
        return Result(["column", "type", "about"], [False] * 3, [False] * 3, rows)
    raise ModeSourceError(f"There is no command {command!r} like that: .tables, .schema NAME, .quit.")


def _about(name: str) -> str | None:
    from ..models import models

    if name in ENTITIES:
        return ENTITIES[name].description
    if name in OWN_TABLES:
        return OWN_TABLES[name].description
    return models()[name].question.partition("?")[0] + "?" if name in models() else None


def _prompt(pipeline: dlt.Pipeline, form: str, wait: bool) -> None:
    """Asks until Ctrl-D. The database is open only while a statement runs, so a load never waits for a prompt."""
    with _history():
        for statement in _typed():
            if statement in (".quit", ".exit"):
                return
            if statement == ".help":
                print(HELP)  # noqa: T201
                continue
            try:
                with reading(pipeline, wait=wait) as reader:
                    write(_result(reader, statement), form, null="" if statement.startswith(".") else "null")
            except ModeSourceError as error:
                print(f"error: {error}", file=sys.stderr)  # noqa: T201
            except KeyboardInterrupt:
                print("Interrupted.", file=sys.stderr)  # noqa: T201


def _typed() -> Iterator[str]:
    """Whole statements, as they are typed; Ctrl-C drops an unfinished one."""
    text = ""
    while True:
        try:
            line = input("  ...> " if text else "mode> ")
        except EOFError:
            print()  # noqa: T201
            return
        except KeyboardInterrupt:
            print()  # noqa: T201
            text = ""
            continue
        if not text and line.startswith("."):
            yield line.strip().rstrip(";")
            continue
        done, text = split(f"{text}{line}\n")
        yield from done


class _history:
    """Keeps the history of the prompt, where the system has readline and a home directory."""

    def __enter__(self) -> None:
        self._readline: Any = None
        with suppress(ImportError):
            import readline

            self._readline = readline
            with suppress(OSError):
                readline.read_history_file(HISTORY.expanduser())

    def __exit__(self, *error: object) -> None:
        if self._readline:
            with suppress(OSError):
                self._readline.write_history_file(HISTORY.expanduser())
