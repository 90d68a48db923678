"""Which parts of a rendered text came from a parameter: inserted values, and branches that a parameter chose.

A table or column named there is what the text reads with the parameters' defaults, so it is `likely`, not `certain`.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal

MarkKind = Literal["value", "branch"]


@dataclass(frozen=True)
class Mark:
    """The characters from `start` up to `end` came from a parameter."""

    start: int
    end: int
    kind: MarkKind

    def moved(self, by: int) -> Mark:
        """The same mark in a text with `by` more characters in front."""
        return Mark(self.start + by, self.end + by, self.kind)


class Marks:
    """The marks of a text, to be asked for parts of it."""

    def __init__(self, marks: Iterable[Mark] = ()) -> None:
        self._marks = sorted((mark for mark in marks if mark.end > mark.start), key=lambda mark: mark.start)
        self._starts = [mark.start for mark in self._marks]
        self._ends: list[int] = []  # the greatest end so far
        for mark in self._marks:
            self._ends.append(max(mark.end, self._ends[-1] if self._ends else 0))

    def at(self, start: int, end: int) -> Mark | None:
        """A mark that shares a character with the part from `start` up to `end`."""
        index = bisect_right(self._starts, end - 1) - 1
        while index >= 0 and self._ends[index] > start:
            if self._marks[index].end > start:
                return self._marks[index]
            index -= 1
        return None

    def __iter__(self) -> Iterator[Mark]:
        return iter(self._marks)


@dataclass
class Output:
    """A text that grows by pieces of another one and by new pieces; it knows where each character went."""

    marks: list[Mark] = field(default_factory=list)
    _pieces: list[str] = field(default_factory=list)
    _from: list[int] = field(default_factory=lambda: [0])
    _to: list[int] = field(default_factory=lambda: [0])
    _length: int = 0

    def add(self, piece: str, kind: MarkKind | None = None, inner: Iterable[Mark] = ()) -> None:
        """Append a piece; `inner` are marks within it."""
        if kind:
            self.marks.append(Mark(self._length, self._length + len(piece), kind))
        self.marks += (mark.moved(self._length) for mark in inner)
        self._pieces.append(piece)
        self._length += len(piece)

    def follows(self, position: int) -> None:
        """What is added next stood at `position` of the other text."""
        self._from.append(position)
        self._to.append(self._length)

    def place(self, position: int) -> int:
        """Where the character at `position` of the other text went."""
        index = bisect_right(self._from, position) - 1
        return self._to[index] + position - self._from[index]

    def text(self) -> str:
        """The text as a whole."""
        return "".join(self._pieces)
