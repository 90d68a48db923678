"""What stands in each hole that `liquid.py` left: decided by the SQL around it.

A value is inserted as Mode inserts it: as text. A value that is not known becomes something that keeps the
SQL parseable: an empty string inside quotes, a number after LIMIT, elsewhere a name that starts with
`PLACEHOLDER`, which later steps drop, so that it never becomes a table or a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from .liquid import FIRST, HOLE, Hole
from .marks import Mark, Output
from .platforms import Platform
from .spans import Kind, spans

PLACEHOLDER = "mode_placeholder_"
# How to fill holes in code: with their values; with values only where they read like a name or a number
# and placeholders elsewhere; with nothing.
Mode = Literal["values", "neutral", "empty"]

_NUMBER_AFTER = re.compile(r"(?:\b(?:limit|offset|top|interval|first|next|preceding|rows)\s*\(?|[-+*/%])\s*$", re.I)
_DIRECTION_AFTER = re.compile(r"\border\s+by\b[^;]*[\w\"')]\s+$", re.I)
_NAME = re.compile(r"^[\w$]+(?:\.[\w$-]+)*$|^`[^`]+`$|^\"[^\"]+\"$|^'[^']*'$|^-?\d+(?:\.\d+)?$")
_FROM = re.compile(r"(?:\b(?:from|join|using|apply|lateral)|,)\s*$", re.I)
_SET = re.compile(r"\b(?:union|all|distinct|except|intersect|minus|as|exists|in|any|some)\s*$|[=<>+*/|-]\s*$", re.I)
_OWN_ALIAS = re.compile(r"^\s*(?:as\s+)?(?P<word>[A-Za-z_\"`\[][\w\"`\]]*)", re.I)
_NOT_ALIAS = {
    "where", "join", "left", "right", "inner", "outer", "full", "cross", "natural", "on", "using",
    "group", "order", "having", "limit", "union", "except", "intersect", "minus", "qualify", "window",
    "lateral", "tablesample", "pivot", "unpivot", "fetch", "offset", "for", "select", "with", "set",
    "when", "asof", "anti", "semi", "straight_join", "array", "global", "any", "prewhere", "sample",
    "settings", "format", "connect", "start", "model",
}  # fmt: skip


@dataclass(frozen=True)
class Filled:
    """A text without holes, and the marks of what came from parameters."""

    text: str
    marks: tuple[Mark, ...] = ()


Expand = Callable[[str], "Filled | None"]


def fill_holes(
    text: str,
    holes: Sequence[Hole],
    platform: Platform,
    expand: Expand,
    mode: Mode = "values",
    branches: Iterable[tuple[int, int]] = (),
) -> Filled:
    """The text with every hole filled.

    Args:
        text: SQL with holes.
        holes: what the holes stand for, by number.
        platform: whose SQL it is.
        expand: gives a definition's SQL, or None where there is none.
        mode: how holes in code are filled.
        branches: the parts of the text (start, end) that a parameter chose.
    """
    if not HOLE.search(text):
        return Filled(text, tuple(Mark(start, end, "branch") for start, end in branches))
    out = Output()
    for kind, start, end in spans(text, platform):
        span = text[start:end]
        if not HOLE.search(span):
            out.add(span)
            continue
        position = start
        number = bool(kind == "string" and _NUMBER_AFTER.search(text[max(0, start - 20) : start]))
        for match in HOLE.finditer(text, start, end):
            out.add(text[position : match.start()])
            index = ord(match[0]) - FIRST
            hole, position = holes[index], match.end()
            if kind != "code":
                out.add(_inside(hole, index, kind, span, number), "value" if kind == "name" else None)
            else:
                # text[:start of hole] still holds earlier holes: a hole counts as a word there
                before = HOLE.sub("x", text[max(0, match.start() - 60) : match.start()])
                after = HOLE.sub("x", text[match.end() : match.end() + 60])
                if hole.definition is not None:
                    piece, inner = _definition(hole, expand(hole.definition), before, after, platform)
                    out.add(piece, None, inner)
                else:
                    out.add(_in_code(hole, index, before, after, mode), "value")
            out.follows(position)
        out.add(text[position:end])
    marks = [Mark(out.place(start), out.place(end), "branch") for start, end in branches]
    return Filled(out.text(), (*out.marks, *marks))


def code_holes(text: str, holes: Sequence[Hole], platform: Platform) -> set[int]:
    """The holes that stand in code or in quoted names, where a value can be (part of) a name."""
    return {
        ord(match[0]) - FIRST
        for kind, start, end in spans(text, platform)
        if kind in ("code", "name")
        for match in HOLE.finditer(text, start, end)
    }


def used_holes(text: str, holes: Sequence[Hole], platform: Platform) -> tuple[set[int], set[int]]:
    """The holes that matter (outside comments), and those inside comments."""
    used: set[int] = set()
    comments: set[int] = set()
    for kind, start, end in spans(text, platform):
        for match in HOLE.finditer(text, start, end):
            (comments if kind == "comment" else used).add(ord(match[0]) - FIRST)
    return used, comments


def _inside(hole: Hole, index: int, kind: Kind, span: str, number: bool) -> str:
    """In a string, a quoted name or a comment; `number` = a string like the one after INTERVAL."""
    value = ",".join(hole.value) if isinstance(hole.value, tuple) else hole.value
    if kind == "comment" or hole.definition is not None:
        return "" if hole.definition is not None or value is None else re.sub(r"\s+|\*/", " ", value)
    if value is None:
        return f"{PLACEHOLDER}{index}" if kind == "name" else "1" if number else ""
    quote = span[0]
    return value.replace(quote, quote * 2) if value.count(quote) % 2 else value


def _in_code(hole: Hole, index: int, before: str, after: str, mode: Mode) -> str:
    if mode == "empty":
        return " "
    value = hole.value
    if isinstance(value, tuple):
        return ", ".join("'" + part.strip("'").replace("'", "''") + "'" for part in value)
    broken = value is None or any(value.count(quote) % 2 for quote in "'\"`") or "--" in value or "/*" in value
    if value is not None and not broken and (mode == "values" or _NAME.match(value.strip())):
        return value
    if _NUMBER_AFTER.search(before) and value is None:
        return "1"
    if _DIRECTION_AFTER.search(before) and value is None:
        return "ASC"
    return f"{PLACEHOLDER}{index}"


def _definition(
    hole: Hole, source: Filled | None, before: str, after: str, platform: Platform
) -> tuple[str, list[Mark]]:
    """A definition's SQL as a subquery with its alias, or without where an alias cannot stand; and its marks."""
    source = source or Filled(f"SELECT * FROM {PLACEHOLDER}definition")
    prior, body = before.rstrip(), f"\n{source.text}\n"
    inside = [mark.moved(1) for mark in source.marks]
    if not prior or prior.endswith(";"):
        return body, inside
    if prior.endswith("(") and after.lstrip().startswith(")") and not _FROM.search(prior[:-1]):
        return body, inside
    inside = [mark.moved(1) for mark in inside]
    if hole.alias is None and not _FROM.search(prior) and _SET.search(prior):
        return f"({body})", inside
    if hole.alias is None:
        following = _OWN_ALIAS.match(after)
        if following and following["word"].lower() not in _NOT_ALIAS:
            return f"({body})", inside
    return f"({body}) AS {_alias(hole.alias or hole.definition or '', platform)}", inside


def _alias(name: str, platform: Platform) -> str:
    if re.match(r"^(?:[A-Za-z_]\w*|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])$", name):
        return name
    return platform.quote + re.sub(r"[^\w .-]", "_", name) + platform.quote
