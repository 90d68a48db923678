"""Where statements end."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sqlglot import tokenize
from sqlglot.errors import SqlglotError


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
