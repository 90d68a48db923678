"""Plain SQL to sqlglot trees, statement by statement, within bounds.

Bounds: a text longer than `MAX_TOKENS` or nested deeper than `MAX_NESTING` is not parsed at all; a parser
looks at the budget whenever it moves to another token, which also covers exponential backtracking. Both stop
by raising, in whatever thread. What the dialect cannot parse is tried with the generic dialect; what that
cannot parse comes back without a tree.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from .budget import Budget, Expired
from .platforms import Platform, dialect_of
from .records import Stage
from .spans import nesting

MAX_CHARACTERS = 500_000
MAX_TOKENS = 60_000
MAX_NESTING = 60


# sqlglot warns about each statement that it keeps as a plain command; we look at those ourselves.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Statement:
    """One statement: its tree (None = not parsed), and how it was parsed. `problem` says why not."""

    text: str
    tree: exp.Expr | None = None
    generic: bool = False
    problem: str | None = None
    stage: Stage = "parse"


def statements(sql: str, platform: Platform, budget: Budget) -> Iterator[Statement]:
    """The statements of the text, in order. Raises `Expired`; nothing else."""
    if len(sql) > MAX_CHARACTERS:
        yield Statement(sql, problem=f"The text has more than {MAX_CHARACTERS} characters.", stage="timeout")
        return
    if nesting(sql, platform) > MAX_NESTING:
        yield Statement(sql, problem=f"The text is nested more than {MAX_NESTING} deep.", stage="recursion")
        return
    dialect = dialect_of(platform.dialect)
    try:
        tokens = dialect.tokenize(sql)
    except SqlglotError as error:
        yield Statement(sql, problem=f"The text could not be split into words: {_reason(error)}")
        return
    except Exception as error:  # a tokenizer must not stop the run, whatever it stumbles over
        yield Statement(sql, problem=f"The text could not be split into words: {type(error).__name__}.")
        return
    if len(tokens) > MAX_TOKENS:
        yield Statement(sql, problem=f"The text has more than {MAX_TOKENS} words.", stage="timeout")
        return
    budget.look()
    for chunk in _chunks(tokens):
        yield _statement(sql, chunk, dialect, budget)


def _chunks(tokens: list[Token]) -> Iterator[list[Token]]:
    chunk: list[Token] = []
    for token in tokens:
        if token.token_type == TokenType.SEMICOLON:
            if chunk:
                yield chunk
            chunk = []
        else:
            chunk.append(token)
    if chunk:
        yield chunk


def _statement(sql: str, chunk: list[Token], dialect: Dialect, budget: Budget) -> Statement:
    statement = _tree(sql, chunk, dialect, budget)
    if statement.problem:
        # Up to sqlglot 29 a LIMIT is not understood after ROLLUP (...); to lineage it does not matter.
        kinds = [token.token_type for token in chunk]
        limits = {
            i + 1
            for i in range(len(kinds) - 2)
            if kinds[i : i + 3] == [TokenType.R_PAREN, TokenType.LIMIT, TokenType.NUMBER]
        }
        if limits:
            kept = [token for i, token in enumerate(chunk) if i not in limits and i - 1 not in limits]
            shorter = _tree(sql, kept, dialect, budget)
            statement = shorter if not shorter.problem else statement
    return statement


def _tree(sql: str, chunk: list[Token], dialect: Dialect, budget: Budget) -> Statement:
    text = sql[chunk[0].start : chunk[-1].end + 1]
    inner = _inner(text)
    try:
        if inner is not None:
            text = sql = inner
            chunk = dialect.tokenize(inner)
        tree = _parse(chunk, sql, dialect, budget)
        if tree is not None:
            return Statement(text, tree)
        problem = "There is no statement in it."
    except Expired:
        raise
    except RecursionError:
        return Statement(text, problem="The statement is nested too deeply to be parsed.", stage="recursion")
    except Exception as error:  # sqlglot raises ParseError, and now and then something unforeseen
        problem = _reason(error)
    # Backticks are what the generic dialect lacks; Databricks' dialect is generic SQL with backticks.
    for other in ("", "databricks") if "`" in text else ("",):
        generic = dialect_of(other)
        if type(generic) is type(dialect):
            continue
        try:
            tree = _parse(generic.tokenize(text), text, generic, budget)
            if tree is not None:
                # Where no dialect is known, any that reads the text will do.
                return Statement(text, tree, generic=True, problem=problem if type(dialect) is not Dialect else None)
        except Expired:
            raise
        except Exception:  # the first reason is the one to report
            pass
    return Statement(text, problem=problem)


def _parse(tokens: list[Token], sql: str, dialect: Dialect, budget: Budget) -> exp.Expr | None:
    parser = _bounded(type(dialect))(error_level=ErrorLevel.IMMEDIATE, dialect=dialect)
    parser.budget = budget
    trees = parser.parse(tokens, sql)
    tree = trees[0] if trees else None
    # A statement kept as a command was not understood, unless there is nothing in it for us.
    if isinstance(tree, exp.Command) and str(tree.this).upper() not in _PLAIN_COMMANDS:
        raise ValueError(f"{tree.this} statements of this form are not understood.")
    return tree


def _inner(text: str) -> str | None:
    """The statement inside one that sqlglot does not read: `EXPLAIN ...`, `UNLOAD ('...')`, MySQL's
    `REPLACE INTO`, `TABLE name`, the first of a block.
    """
    match = _WRAPPED.match(text)
    if not match:
        return None
    if match["unload"] is not None:
        return match["unload"].replace("''", "'")
    if match["table"] is not None:
        return "SELECT * FROM " + match["table"]
    if match["replace"] is not None:
        return "INSERT INTO " + match["replace"]
    return match["block"] or match["explain"]


_WRAPPED = re.compile(
    r"(?:explain\s+(?:(?:analyze|verbose|extended|formatted|plan\s+for|using\s+\w+)\s+|\([^)]*\)\s*)*"
    r"(?P<explain>(?:select|with|insert)\b.*)|unload\s*\(\s*'(?P<unload>(?:[^']|'')*)'.*|"
    r"replace\s+into\s+(?P<replace>.*)|table\s+(?P<table>[\w.\"]+)\s*$|"
    r"(?:begin|else|exception\s+when\s+\w+\s+then)\s+(?P<block>(?:select|with|insert|create|update|delete|merge)\b.*))",
    re.I | re.S,
)
_PLAIN_COMMANDS = {
    "SET", "SHOW", "GRANT", "REVOKE", "ANALYZE", "VACUUM", "COMMENT", "ALTER", "DROP", "TRUNCATE", "CALL",
    "DECLARE", "RESET", "REFRESH", "USE", "LIST", "PUT", "GET", "OPTIMIZE", "MSCK", "EXEC", "EXECUTE",
    "FETCH", "KILL", "END", "CLOSE", "OPEN", "RAISE", "RETURN", "PRINT",
}  # fmt: skip


@lru_cache(maxsize=64)
def _bounded(dialect: type[Dialect]) -> Any:
    """The dialect's parser, looking at the budget on every move.

    A compiled sqlglot may not call it: then the sizes above are the only bound.
    """
    parent: Any = dialect.parser_class

    def advance(self: Any, times: int = 1) -> None:
        self.budget.check()
        parent._advance(self, times)

    return type(f"Bounded{parent.__name__}", (parent,), {"_advance": advance, "budget": Budget(60)})


def _reason(error: BaseException) -> str:
    """One sentence: sqlglot's message without its excerpt and colour codes."""
    errors = getattr(error, "errors", None)
    if errors:
        first = errors[0]
        near = str(first.get("highlight") or "").strip()
        where = f" at line {first.get('line')}" + (f" near {near[:40]!r}" if near else "")
        return f"{str(first.get('description') or 'Invalid syntax').rstrip('.')}{where}."
    return (" ".join(str(error).split())[:160] or type(error).__name__).rstrip(".") + "."
