"""Calls of functions as a text has them: where their brackets close and their arguments are divided."""

from __future__ import annotations

import re

_PIECE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\S")
CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
# Words before a bracket that are no plain call.
SYNTAX = {"cast", "try_cast", "extract", "substring", "trim", "position", "overlay", "exists", "array", "row", "case",
           "not", "in", "interval", "select", "and", "or", "grouping"}  # fmt: skip


def closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at `start` is closed: the place after it."""
    depth = 0
    for match in _PIECE.finditer(text, start):
        depth += (match[0] == "(") - (match[0] == ")")
        if not depth:
            return match.end()
    return None


def split_arguments(text: str) -> list[str]:
    """The parts of a text between commas outside of brackets."""
    found, depth, start = [], 0, 0
    for match in _PIECE.finditer(text):
        depth += (match[0] in "([{") - (match[0] in ")]}") if len(match[0]) == 1 else 0
        if match[0] == "," and not depth:
            found.append(text[start : match.start()])
            start = match.end()
    return [part for part in (*found, text[start:]) if part.strip()]
