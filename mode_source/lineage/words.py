"""The words of a SQL text with their places: what the steps before the parser decide by."""

from __future__ import annotations

import re
from dataclasses import dataclass

from .platforms import Platform
from .spans import Kind, spans

_WORD = re.compile(r"[\w@#$]+|[^\w\s]")


@dataclass(frozen=True)
class Word:
    """A word or a punctuation mark of the code, or a whole string or quoted name; comments are left out.

    `text` is in lower case, empty for strings and names. `depth` counts the brackets around it.
    """

    text: str
    start: int
    end: int
    depth: int
    kind: Kind = "code"


def words_of(sql: str, platform: Platform) -> list[Word]:
    """All words of a text, in order."""
    found: list[Word] = []
    depth = 0
    for kind, start, end in spans(sql, platform):
        if kind == "comment":
            continue
        if kind != "code":
            found.append(Word("", start, end, depth, kind))
            continue
        for match in _WORD.finditer(sql, start, end):
            text = match[0]
            if text == ")":
                depth = max(0, depth - 1)
            found.append(Word(text.lower(), match.start(), match.end(), depth))
            if text == "(":
                depth += 1
    return found
