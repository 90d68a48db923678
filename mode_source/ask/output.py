"""Rows for people and for programs: a table, CSV or JSON.

Names in Mode are anybody's text: in a table, control characters are spelt out, so that none reaches the terminal.
CSV, JSON and a table that is not on a terminal hold every row and every value whole.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timezone
from decimal import Decimal
from itertools import islice
from typing import Any, TextIO

import orjson

from .connection import Result
from .grid import Heading, records, table
from .terminal import Terminal, page, terminal_of
from .text import shown

FORMATS = ("table", "csv", "json")
MOST_ROWS = 1000  # of a table on a terminal
BIGGEST = 2**63
ADDRESSES = ("http://", "https://")


def write(result: Result, form: str, out: TextIO | None = None, *, null: str = "null", blocks: bool = False) -> None:
    """Writes a result.

    Args:
        result: of a statement; without columns there is nothing to write.
        form: one of `FORMATS`.
        out: where to; default standard output.
        null: how a table shows a null.
        blocks: in a table, always one row after the other.
    """
    out = out or sys.stdout
    if not result.columns:
        return
    if form == "table":
        terminal = terminal_of(out)
        page(as_table(result, terminal, null=null, blocks=blocks), out, terminal)
    else:
        for part in _csv(result) if form == "csv" else _json(result):
            out.write(part)


def as_table(result: Result, terminal: Terminal, *, null: str = "null", blocks: bool = False) -> str:
    """A result as lines for people; see `write`."""
    most = None if terminal.columns is None else MOST_ROWS
    rows = [
        [None if (text := text_of(value)) is None else shown(text) for value in row]
        for row in islice(result.rows, most)
    ]
    headings = [
        Heading(shown(name), numeric, _addresses(rows, at), _target(result, name))
        for at, (name, numeric) in enumerate(zip(result.columns, result.numeric, strict=True))
    ]
    lines = (records if blocks else table)(headings, rows, terminal, null=null)
    if most and next(iter(result.rows), None) is not None:
        lines.append(terminal.dim(f"(the first {MOST_ROWS:,} rows; csv and json have all)"))
    return "".join(f"{line}\n" for line in lines)


def dumped(value: Any) -> str:
    """A value as JSON on one line."""
    return orjson.dumps(json_of(value)).decode()


def _target(result: Result, name: str) -> int | None:
    to = result.links.get(name)
    return result.columns.index(to) if to in result.columns else None


def _addresses(rows: Sequence[Sequence[str | None]], at: int) -> bool:
    texts = [row[at] for row in rows if row[at]]
    return bool(texts) and all(text is not None and text.startswith(ADDRESSES) and " " not in text for text in texts)


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
        return dumped(value)
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
