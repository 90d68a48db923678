"""Rows for people and for programs: an aligned table, CSV or JSON.

Names in Mode are anybody's text: in a table, control characters are spelt out, so that none reaches the terminal.
CSV and JSON hold every value whole and are written row by row.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import date, datetime, time, timezone
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any, TextIO

import orjson
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from .connection import Result

if TYPE_CHECKING:
    from .dependents import Answer

FORMATS = ("table", "csv", "json")
MOST_ROWS = 1000  # of a table
WIDEST = 100  # characters of a cell of a table that is not on a terminal
BIGGEST = 2**63


def write(result: Result, form: str, out: TextIO | None = None, *, null: str = "null") -> None:
    """Writes a result.

    Args:
        result: of a statement; without columns there is nothing to write.
        form: one of `FORMATS`.
        out: where to; default standard output.
        null: how a table shows a null.
    """
    out = out or sys.stdout
    if not result.columns:
        return
    if form == "table":
        _write_table(result, out, null)
    else:
        for part in _csv(result) if form == "csv" else _json(result):
            out.write(part)


def write_answer(answer: Answer, form: str, out: TextIO | None = None) -> None:
    """Writes the answer of `mode-source lineage`; as a table, a line before it says how the name was understood."""
    out = out or sys.stdout
    if form == "json":
        out.write(_dumped(answer.summary()).decode() + "\n")
        return
    if form == "table":
        out.write(f"{shown(answer.understood)}\n")
        if answer.dependents:
            out.write(f"{answer.line()}\n\n")
    if form == "csv" or answer.dependents:
        write(answer.table(lean=form == "table"), form, out, null="")
    if form == "table" and answer.suggestions:
        out.write(f"Perhaps: {shown(', '.join(answer.suggestions))}.\n")


def text_of(value: Any) -> str | None:
    """A value as text: timestamps as ISO 8601 in UTC, lists and objects as JSON, null as None."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            return value.isoformat()
        return value.astimezone(timezone.utc).isoformat().replace("+00:00", "Z")
    if isinstance(value, (date, time)):
        return value.isoformat()
    if isinstance(value, (bytes, memoryview)):
        return "\\x" + bytes(value).hex()
    if isinstance(value, (list, tuple, dict)):
        return _dumped(value).decode()
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def json_of(value: Any) -> Any:
    """A value as `orjson` takes it; numbers that it does not take keep every digit."""
    if isinstance(value, bool) or value is None or isinstance(value, (str, float)):
        return value
    if isinstance(value, int):
        return value if -BIGGEST <= value < BIGGEST else orjson.Fragment(str(value))
    if isinstance(value, Decimal):
        return orjson.Fragment(f"{value:f}") if value.is_finite() else None
    if isinstance(value, dict):
        return {str(key): json_of(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [json_of(item) for item in value]
    return text_of(value)


def _csv(result: Result) -> Iterator[str]:
    yield ",".join(map(_csv_cell, result.columns)) + "\n"
    for row in result.rows:
        yield ",".join(_csv_cell(text_of(value)) for value in row) + "\n"


def _csv_cell(text: str | None) -> str:
    # As PostgreSQL and DuckDB read it: nothing is null, an empty text has its quotes.
    if text is None:
        return ""
    if text == "" or any(sign in text for sign in ',"\r\n') or text != text.strip():
        return '"' + text.replace('"', '""') + '"'
    return text


def _json(result: Result) -> Iterator[str]:
    names: list[str] = []
    for name in result.columns:  # an object holds a name once
        names.append(name if name not in names else f"{name}_{len(names) + 1}")
    before = "["
    for row in result.rows:
        values = {
            name: orjson.Fragment(value) if is_json and isinstance(value, str) else json_of(value)
            for name, is_json, value in zip(names, result.json, row, strict=True)
        }
        yield f"{before}\n{orjson.dumps(values).decode()}"
        before = ","
    yield "[]\n" if before == "[" else "\n]\n"


def _dumped(value: Any) -> bytes:
    return orjson.dumps(json_of(value))


def _write_table(result: Result, out: TextIO, null: str) -> None:
    terminal = out.isatty()
    table = Table(box=box.SIMPLE_HEAD if terminal else None, pad_edge=False, show_edge=False)
    for name, numeric in zip(result.columns, result.numeric, strict=True):
        table.add_column(Text(name), justify="right" if numeric else "left", overflow="fold", no_wrap=not terminal)
    for row in islice(result.rows, MOST_ROWS):
        table.add_row(*(_cell(value, terminal, null) for value in row))
    if terminal:
        Console(file=out).print(table)
    else:
        console = Console(file=out, width=sum(WIDEST + 4 for _ in result.columns) + 1, no_color=True)
        with console.capture() as captured:
            console.print(table)
        out.write("".join(line.rstrip() + "\n" for line in captured.get().splitlines()))
    if next(iter(result.rows), None) is not None:
        out.flush()
        print(f"Only the first {MOST_ROWS} rows are shown: csv and json have all.", file=sys.stderr)  # noqa: T201


def _cell(value: Any, terminal: bool, null: str) -> Text:
    text = text_of(value)
    if text is None:
        return Text(null, style="dim italic")
    plain = shown(text)
    return Text(plain if terminal or len(plain) <= WIDEST else plain[: WIDEST - 1] + "…")


def shown(text: str) -> str:
    """A text without characters that a terminal acts upon: they are spelt out."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)
