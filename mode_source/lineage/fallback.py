"""Tables of a text that no parser understands: names after FROM, JOIN, INTO, UPDATE. All guesses.

One linear pass over words; it knows brackets, CTE names, comma lists and functions with FROM inside
(`extract(year from x)`), and nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from .budget import Budget
from .records import Role
from .spans import spans
from .table_names import Names

_WORD = re.compile(r"[A-Za-z_\u0080-\U000EFFFF@#$][\w@#$*-]*(?<!-)|\d[\w.]*|[(),;.]|\S", re.S)
_READ = {"from", "join", "straight_join"}
_NOT_CREATING = {"view": {"lateral"}, "update": {"for", "do", "then", "on"}}
_BEFORE_NAME = {"only", "if", "not", "exists", "table", "ignore", "overwrite"}
_CREATED = {"into", "update", "table", "view"}
_FROM_INSIDE = {"extract", "substring", "trim", "overlay", "position", "ltrim", "rtrim", "btrim", "date_part"}
_NO_TABLE = {
    "select", "lateral", "unnest", "table", "values", "only", "if", "not", "exists", "with", "flatten",
    "set", "where", "dual", "each", "row", "distinct", "as", "on", "using", "group", "order", "limit",
    "union", "and", "or", "when", "then", "matched", "array", "all", "outer", "insert", "delete",
    "update", "from", "join", "by", "current",
}  # fmt: skip


@dataclass(frozen=True)
class _Token:
    text: str
    quoted: bool = False

    @property
    def lower(self) -> str:
        return "" if self.quoted else self.text.lower()


def guess_tables(sql: str, names: Names, budget: Budget | None = None) -> Iterator[tuple[list[tuple[str, bool]], Role]]:
    """(parts of the name, role) of everything that looks like a table."""
    tokens = list(_tokens(sql, names, budget))
    ctes = _cte_names(tokens)
    brackets: list[tuple[str, bool]] = []  # what stands before each open bracket; whether it stands in FROM
    position = 0
    while position < len(tokens):
        if budget:
            budget.check()
        word, before = tokens[position].lower, tokens[position - 1].lower if position else ""
        position += 1
        start: int | None = None
        if word == "(":
            in_from = before in _READ or (before == "," and bool(brackets) and brackets[-1][1])
            brackets.append((before, in_from))
            start = position if in_from else None
        elif word == ")" and brackets:
            start = _next_in_list(tokens, position) if brackets.pop()[1] else None
            if start is not None and start < len(tokens) and tokens[start].lower == "(":
                brackets.append(("from", True))
                position, start = start + 1, None
        elif _begins_list(word, tokens, position, brackets):
            start = position
        elif word in _CREATED and before not in _NOT_CREATING.get(word, ()):
            while position < len(tokens) and tokens[position].lower in _BEFORE_NAME:
                position += 1
            parts, position = _name(tokens, position)
            if parts and not _is_cte(parts, ctes):
                yield parts, "created"
        while start is not None:
            while start < len(tokens) and tokens[start].lower == "only":
                start += 1
            parts, after = _name(tokens, start)
            position = max(position, after)
            called = after < len(tokens) and tokens[after].lower == "("
            if parts and not called and not _is_cte(parts, ctes):
                yield parts, "created" if before == "delete" else "read"
            start = _next_in_list(tokens, after) if parts and not called and word != "using" else None
            if start is not None and start < len(tokens) and tokens[start].lower == "(":
                brackets.append(("from", True))
                position, start = start + 1, None


def _begins_list(word: str, tokens: list[_Token], position: int, brackets: list[tuple[str, bool]]) -> bool:
    """Whether names of tables that are read follow: after FROM, JOIN, and the USING of a MERGE."""
    if word == "using":
        return position < len(tokens) and tokens[position].lower != "("
    if word == "straight_join" and position > 1 and tokens[position - 2].lower == "select":
        return False
    return word in _READ and not (word == "from" and _other_from(tokens, position - 1, brackets))


def _other_from(tokens: list[_Token], position: int, brackets: list[tuple[str, bool]]) -> bool:
    """`extract(year from x)`, `is distinct from x`."""
    if brackets and brackets[-1][0] in _FROM_INSIDE:
        return True
    before = [token.lower for token in tokens[max(0, position - 2) : position]]
    return before[-1:] == ["distinct"] and before[:1] in (["is"], ["not"])


def _is_cte(parts: list[tuple[str, bool]], ctes: set[str]) -> bool:
    return len(parts) == 1 and parts[0][0].casefold() in ctes


def _cte_names(tokens: list[_Token]) -> set[str]:
    """Names before `AS (`, with or without a column list."""
    found = set()
    closing = [len(tokens)] * (len(tokens) + 1)  # where the next bracket closes
    for position in range(len(tokens) - 1, -1, -1):
        closing[position] = position if tokens[position].lower == ")" else closing[position + 1]
    for position, token in enumerate(tokens[:-2]):
        if position and tokens[position - 1].lower in ("with", "recursive", ","):
            end = position + 1
            if tokens[end].lower == "(":
                end = closing[end] + 1
            after = [following.lower for following in tokens[end : end + 3]]
            if after[:1] == ["as"] and ("(" in after or "materialized" in after):
                found.add(token.text.casefold())
    return found


def _tokens(sql: str, names: Names, budget: Budget | None) -> Iterator[_Token]:
    for kind, start, end in spans(sql, names.platform):
        if budget:
            budget.check()
        if kind == "code":
            for match in _WORD.finditer(sql, start, end):
                yield _Token(match[0])
        elif kind == "name":
            yield _Token(sql[start + 1 : end - 1], True)
        elif kind == "string":
            yield _Token("''", True)


def _name(tokens: list[_Token], position: int) -> tuple[list[tuple[str, bool]], int]:
    """A dotted name at this place, and the place after it."""
    parts: list[tuple[str, bool]] = []
    while position < len(tokens):
        token = tokens[position]
        if not token.quoted and (
            not re.match(r"[^\W\d]|[@#$]", token.text) or (not parts and token.lower in _NO_TABLE)
        ):
            break
        if token.quoted and token.text == "''":
            break
        parts.append((token.text, token.quoted))
        position += 1
        if position < len(tokens) and tokens[position].lower == ".":
            position += 1
            continue
        break
    return parts, position


def _next_in_list(tokens: list[_Token], position: int) -> int | None:
    """`FROM a x, b`: the place of b."""
    for _ in range(3):
        if position >= len(tokens):
            return None
        if tokens[position].lower == ",":
            return position + 1
        if tokens[position].lower != "as" and not tokens[position].quoted and not tokens[position].text.isidentifier():
            return None
        if tokens[position].lower in (
            "where",
            "join",
            "left",
            "inner",
            "on",
            "group",
            "order",
            "limit",
            "union",
        ):
            return None
        position += 1
    return None
