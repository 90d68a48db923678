"""Rows on a terminal: which columns fit and how wide each is, or one record after the other. Pure.

A cell is one line. Numbers are always whole, and no column is narrower than its heading or than what one can still
read (unless it never needs as much): what does not fit then is left out from the middle, and said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from .terminal import Terminal
from .text import ELLIPSIS, clamped, folded, padded, width

NARROWEST = 8  # characters of a column
LEGIBLE = (24, 16)  # better ones, of the first column and of the others
GAP = "  "
FEW = 3  # rows that read better one after the other if they do not fit side by side
LONGEST_HEADING = 40  # longer ones are cut like cells
NAMED = 8  # columns left out that are named

Cells = Sequence[str | None]  # None is null


@dataclass(frozen=True)
class Heading:
    """A column.

    Attributes:
        name: above it.
        right: whether it holds numbers, which stand at the right.
        address: whether all its values are addresses: whole, as a link, or not at all, as half an address is nothing.
        target: position of the column with the addresses that this one's values lead to. Where the terminal has links,
            that column is not shown.
    """

    name: str
    right: bool = False
    address: bool = False
    target: int | None = None


@dataclass(frozen=True)
class Layout:
    """Which columns are shown, by position, and how wide.

    Attributes:
        shown: positions from left to right.
        widths: of those.
        gap: behind how many of them something was left out; None where nothing was.
    """

    shown: list[int] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    gap: int | None = None


def table(headings: Sequence[Heading], rows: Sequence[Cells], terminal: Terminal, *, null: str = "null") -> list[str]:
    """Lines that show the rows below headings, or one after the other where that reads better.

    Args:
        headings: of all columns.
        rows: their cells: text without control characters.
        terminal: whose width to keep to; without one every column is there, as wide as it needs.
        null: how a null is shown.
    """
    layout = laid_out(headings, rows, terminal, null)
    hidden = _hidden(headings, terminal)
    left_out = len(headings) - len(layout.shown) - len(hidden)
    lost = [at for at, one in enumerate(headings) if at not in (*layout.shown, *hidden) and not one.address]
    if (headings and not layout.shown) or (lost and 0 < len(rows) <= FEW):
        return records(headings, rows, terminal, null=null)
    lines = [terminal.bold(_line([headings[at].name for at in layout.shown], headings, layout, terminal))]
    if terminal.columns is not None:
        lines.append(terminal.dim(GAP.join("─" * columns for columns in _with_gap(layout))))
    for row in rows:
        cells = [row[at] for at in layout.shown]
        lines.append(_line([null if cell is None else cell for cell in cells], headings, layout, terminal, row))
    if left_out:
        names = [heading.name for at, heading in enumerate(headings) if at not in (*layout.shown, *hidden)]
        which = f": {', '.join(names)}" if left_out <= NAMED else f" of {len(headings)}; csv and json have all"
        told = folded(f"({left_out} column{'' if left_out == 1 else 's'} left out{which})", terminal.columns)
        lines += [terminal.dim(line) for line in told.splitlines()]
    return [line.rstrip() for line in lines]


def records(headings: Sequence[Heading], rows: Sequence[Cells], terminal: Terminal, *, null: str = "null") -> list[str]:
    """Lines that show each row as a block: a heading and its value per line."""
    lines: list[str] = []
    columns = terminal.columns
    names = max((width(heading.name) for heading in headings), default=0)
    names = names if columns is None else min(names, max(NARROWEST, columns // 2 - len(GAP)))
    for number, row in enumerate(rows, 1):
        if len(rows) > 1:
            lines.append(terminal.dim(f"── {number} ──"))
        for heading, cell in zip(headings, row, strict=True):
            name = terminal.bold(padded(clamped(heading.name, names), names))
            if cell is None:
                lines.append(name + GAP + terminal.dim(null))
            elif heading.address and not terminal.links and columns and names + len(GAP) + width(cell) > columns:
                whole = len(GAP) + width(cell) <= columns  # on a line of its own
                lines += [terminal.bold(clamped(heading.name, names)), GAP + (cell if whole else ELLIPSIS)]
            else:
                room = width(cell) if columns is None else columns - names - len(GAP)
                lines.append(name + GAP + terminal.linked(clamped(cell, room), cell if heading.address else None))
    return [line.rstrip() for line in lines]


def laid_out(headings: Sequence[Heading], rows: Sequence[Cells], terminal: Terminal, null: str) -> Layout:
    """Decides which columns are shown, and how wide; no widths at all if not even two columns fit."""
    needs = [_needed(at, heading, rows, null) for at, heading in enumerate(headings)]
    hidden = _hidden(headings, terminal)
    everything = [at for at in range(len(headings)) if at not in hidden]
    if terminal.columns is None:
        return Layout(everything, needs)
    links = terminal.links
    choices = [everything, [at for at in everything if links or not headings[at].address]]
    # dlt's own columns go first, and those without a value.
    telling = [at for at in choices[-1] if not headings[at].name.startswith("_") and any(row[at] for row in rows)]
    choices.append(telling or choices[-1])
    least = _least(headings, needs, links, LEGIBLE)
    for choice in choices:
        if choice and _sum([least[at] for at in choice]) <= terminal.columns:
            return Layout(choice, _shared([needs[at] for at in choice], [least[at] for at in choice], terminal.columns))
    room = terminal.columns - len(GAP) - 1
    choice = choices[-1]
    for legible in (LEGIBLE, (NARROWEST, NARROWEST)):
        least = _least(headings, needs, links, legible)
        left, right = _outer(choice, least, room)
        if len(left) + len(right) >= min(3, len(choice)):
            break
    if len(left) + len(right) < min(2, len(choice)):
        return Layout()
    shown = [*left, *right]
    return Layout(shown, _shared([needs[at] for at in shown], [least[at] for at in shown], room), len(left))


def _least(headings: Sequence[Heading], needs: list[int], links: bool, legible: tuple[int, int]) -> list[int]:
    """The fewest characters that each column may get."""
    return [
        need
        if heading.right or (heading.address and not links)
        else min(need, max(legible[at > 0], NARROWEST, _heading(heading)))
        for at, (heading, need) in enumerate(zip(headings, needs, strict=True))
    ]


def _outer(choice: list[int], least: list[int], room: int) -> tuple[list[int], list[int]]:
    """Columns from the left and the right, in turns, as long as there is room."""
    left: list[int] = []
    right: list[int] = []
    rest = list(choice)
    used = -len(GAP)
    while rest:
        from_left = len(left) <= len(right) * 2  # what stands first says more
        at = rest[0] if from_left else rest[-1]
        used += least[at] + len(GAP)
        if used > room:
            break
        rest.remove(at)
        left, right = ([*left, at], right) if from_left else (left, [at, *right])
    return left, right


def _needed(at: int, heading: Heading, rows: Sequence[Cells], null: str) -> int:
    return max([_heading(heading), *(width(null if row[at] is None else row[at] or "") for row in rows)])


def _heading(heading: Heading) -> int:
    return min(width(heading.name), LONGEST_HEADING)


def _sum(widths: list[int]) -> int:
    return sum(widths) + len(GAP) * (len(widths) - 1)


def _shared(needs: list[int], least: list[int], room: int) -> list[int]:
    """Widths between what is needed and the least: the room that is left goes to whoever lacks, the neediest last."""
    widths = list(least)
    spare = room - _sum(least)
    lacking = sorted((at for at in range(len(needs)) if needs[at] > least[at]), key=lambda at: needs[at] - least[at])
    for number, at in enumerate(lacking):
        more = min(needs[at] - least[at], spare // (len(lacking) - number))
        widths[at] += more
        spare -= more
    return widths


def _with_gap(layout: Layout) -> list[int]:
    if layout.gap is None:
        return layout.widths
    return [*layout.widths[: layout.gap], 1, *layout.widths[layout.gap :]]


def _line(
    texts: Sequence[str],
    headings: Sequence[Heading],
    layout: Layout,
    terminal: Terminal,
    row: Cells | None = None,
) -> str:
    """One line; `row` is the whole row that the texts are of, and is not there for the line of headings."""
    parts = []
    last = len(texts) - 1
    for number, (text, at, columns) in enumerate(zip(texts, layout.shown, layout.widths, strict=True)):
        if number == layout.gap:
            parts.append(ELLIPSIS)
        heading = headings[at]
        cut = clamped(text, columns)
        fill = " " * (columns - width(cut))
        if row is not None:
            to = text if heading.address else None if heading.target is None else row[heading.target]
            cut = terminal.dim(cut) if row[at] is None else terminal.linked(cut, to)
        if heading.right:
            parts.append(fill + cut)
        else:
            parts.append(cut if number == last else cut + fill)
    if layout.gap == len(texts):
        parts.append(ELLIPSIS)
    return GAP.join(parts)


def _hidden(headings: Sequence[Heading], terminal: Terminal) -> set[int]:
    """Columns that others lead to."""
    return {heading.target for heading in headings if heading.target is not None} if terminal.links else set()
