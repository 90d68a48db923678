"""What stands in each hole that `liquid.py` left: decided by the SQL around it.

A value is inserted as Mode inserts it: as text. A value that is not known becomes something that keeps the
SQL parseable: an empty string inside quotes, a number after LIMIT, elsewhere a name that starts with
`PLACEHOLDER`, which later steps drop, so that it never becomes a table or a column.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Literal

from .liquid import FIRST, HOLE, Hole
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

Expand = Callable[[str], "str | None"]


def fill_holes(text: str, holes: Sequence[Hole], platform: Platform, expand: Expand, mode: Mode = "values") -> str:
    """The text with every hole filled; `expand` gives a definition's SQL, or None where there is none."""
    if not HOLE.search(text):
        return text
    pieces: list[str] = []
    for kind, start, end in spans(text, platform):
        span = text[start:end]
        if not HOLE.search(span):
            pieces.append(span)
        elif kind == "code":
            position = start
            for match in HOLE.finditer(text, start, end):
                pieces.append(text[position : match.start()])
                hole = holes[ord(match[0]) - FIRST]
                # text[:start of hole] still holds earlier holes: a hole counts as a word there
                before, after = (
                    text[max(0, match.start() - 60) : match.start()],
                    text[match.end() : match.end() + 60],
                )
                before, after = HOLE.sub("x", before), HOLE.sub("x", after)
                if hole.definition is not None:
                    pieces.append(_definition(hole, expand(hole.definition), before, after, platform))
                else:
                    pieces.append(_in_code(hole, ord(match[0]) - FIRST, before, after, mode))
                position = match.end()
            pieces.append(text[position:end])
        else:
            number = bool(kind == "string" and _NUMBER_AFTER.search(text[max(0, start - 20) : start]))
            for part in re.split(f"({HOLE.pattern})", span):
                index = ord(part) - FIRST if HOLE.fullmatch(part) else -1
                pieces.append(_inside(holes[index], index, kind, span, number) if index >= 0 else part)
    return "".join(pieces)


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


def _definition(hole: Hole, source: str | None, before: str, after: str, platform: Platform) -> str:
    """A definition's SQL as a subquery with its alias, or without where an alias cannot stand."""
    if source is None:
        source = f"SELECT * FROM {PLACEHOLDER}definition"
    prior, body = before.rstrip(), f"\n{source}\n"
    if not prior or prior.endswith(";"):
        return body
    if prior.endswith("(") and after.lstrip().startswith(")") and not _FROM.search(prior[:-1]):
        return body
    if hole.alias is None and not _FROM.search(prior) and _SET.search(prior):
        return f"({body})"
    if hole.alias is None:
        following = _OWN_ALIAS.match(after)
        if following and following["word"].lower() not in _NOT_ALIAS:
            return f"({body})"
    return f"({body}) AS {_alias(hole.alias or hole.definition or '', platform)}"


def _alias(name: str, platform: Platform) -> str:
    if re.match(r"^(?:[A-Za-z_]\w*|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])$", name):
        return name
    return platform.quote + re.sub(r"[^\w .-]", "_", name) + platform.quote
