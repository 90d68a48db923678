"""Where in a SQL text code, strings, quoted names and comments are: one linear pass, no parser.

It reads templates and broken SQL too, so it never fails: an unclosed quote counts as code.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

from .platforms import Platform

Kind = Literal["code", "string", "name", "comment"]


@lru_cache(maxsize=64)
def _pattern(
    backslash: bool, hash_comment: bool, slash_comment: bool, backtick: bool, bracket: bool
) -> re.Pattern[str]:
    escaped = r"(?:[^'\\]|\\.|'')*" if backslash else r"(?:[^']|'')*"
    comments = [r"--[^\n]*", r"/\*.*?(?:\*/|\Z)"]
    if hash_comment:
        comments.append(r"\#[^\n]*")
    if slash_comment:
        comments.append(r"//[^\n]*")
    names = [r'"(?:[^"]|"")*"']
    if backtick:
        names.append(r"`[^`]*`")
    if bracket:
        names.append(r"\[[^\]\n]*\]")
    strings = [f"'{escaped}'", r"\$(?P<tag>[A-Za-z_]{0,20})\$.{0,2000}?\$(?P=tag)\$"]
    if hash_comment:  # BigQuery and MySQL: double quotes are strings as well
        strings = [r"'''.{0,5000}?'''", r'""".{0,5000}?"""', *strings, r'"(?:[^"\\]|\\.|"")*"']
    return re.compile(
        f"(?P<comment>{'|'.join(comments)})|(?P<string>{'|'.join(strings)})|(?P<name>{'|'.join(names)})", re.S
    )


def spans(sql: str, platform: Platform) -> Iterator[tuple[Kind, int, int]]:
    """(kind, start, end) over the whole text, in order, without gaps."""
    pattern = _pattern(
        platform.backslash,
        platform.hash_comment,
        platform.slash_comment,
        platform.quote == "`" or platform.dialect in ("", "clickhouse"),
        platform.dialect == "tsql",
    )
    position = 0
    for match in pattern.finditer(sql):
        if match.start() > position:
            yield "code", position, match.start()
        kind: Kind = "comment" if match["comment"] is not None else "string" if match["string"] is not None else "name"
        yield kind, match.start(), match.end()
        position = match.end()
    if position < len(sql):
        yield "code", position, len(sql)


def nesting(sql: str, platform: Platform) -> int:
    """How deeply brackets are nested in the code."""
    depth = deepest = 0
    for kind, start, end in spans(sql, platform):
        if kind == "code":
            for char in re.findall(r"[()\[\]]", sql[start:end]):
                depth = depth + 1 if char in "([" else max(0, depth - 1)
                deepest = max(deepest, depth)
    return deepest
