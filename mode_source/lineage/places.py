"""Where in a text the parser found a node: sqlglot notes it for identifiers, functions, literals and stars."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable

from sqlglot import exp

from .records import Place


def span_of(nodes: Iterable[object]) -> tuple[int, int] | None:
    """(start, end) of what several nodes take up, as far as the parser noted it."""
    starts: list[int] = []
    ends: list[int] = []
    for node in nodes:
        meta = getattr(node, "meta", None) if hasattr(node, "args") else None
        start, end = (meta.get("start"), meta.get("end")) if meta else (None, None)
        if start is not None and end is not None:  # None, too, where sqlglot put a name together itself
            starts.append(start)
            ends.append(end + 1)
    return (min(starts), max(ends)) if starts else None


def deep_span(node: exp.Expr) -> tuple[int, int] | None:
    """(start, end) of what a node and all below it take up."""
    return span_of(node.walk())


class Lines:
    """Turns positions of a text into lines and columns."""

    def __init__(self, text: str) -> None:
        self._starts = [0]
        position = text.find("\n")
        while position >= 0:
            self._starts.append(position + 1)
            position = text.find("\n", position + 1)

    def place(self, position: int) -> Place:
        """The line and column of a position, both from 1."""
        line = bisect_right(self._starts, max(0, position))
        return Place(line, max(0, position) - self._starts[line - 1] + 1)
