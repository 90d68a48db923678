"""Plain SQL to sqlglot trees, statement by statement, within bounds.

Bounds: a text longer than `MAX_TOKENS` or nested deeper than `MAX_NESTING` is not parsed at all; a parser counts each
move to another token, which also covers exponential backtracking (a compiled sqlglot does not let it count). What the
dialect cannot parse is tried with the generic dialect; what that cannot parse comes back without a tree.
"""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, cast

from sqlglot import ErrorLevel, exp
from sqlglot.dialects.dialect import Dialect
from sqlglot.errors import SqlglotError
from sqlglot.parser import Parser
from sqlglot.tokens import Token, TokenType  # type: ignore[attr-defined]

from .batches import split_batches
from .budget import Budget, Expired
from .pipes import without_pipes
from .platforms import Platform, dialect_of
from .procedural import Part, PartKind, peel
from .records import Stage
from .spans import nesting

MAX_CHARACTERS = 500_000
MAX_TOKENS = 60_000
MAX_NESTING = 60


# sqlglot warns about each statement that it keeps as a plain command; we look at those ourselves.
logging.getLogger("sqlglot").setLevel(logging.ERROR)


@dataclass(frozen=True)
class Statement:
    """One statement of a text.

    `tree` is None where it was not parsed; `problem` says why not, and `place` where in the text. `base` is to be added
    to the positions of the tree's nodes, which refer to `source`. Only a `statement` may be the text's result; `names`
    are the variables that an `expression` or `rows` fill.
    """

    text: str
    tree: exp.Expr | None = None
    generic: bool = False
    problem: str | None = None
    stage: Stage = "parse"
    kind: PartKind = "statement"
    base: int = 0
    place: int = 0
    names: tuple[str, ...] = ()
    source: str = ""
    words: int = 0


def statements(sql: str, platform: Platform, budget: Budget) -> Iterator[Statement]:
    """The statements of the text, in order.

    Raises:
        Expired: the budget is used up; nothing else is raised.
    """
    if len(sql) > MAX_CHARACTERS:
        yield Statement(sql, problem=f"The text has more than {MAX_CHARACTERS} characters.", stage="timeout")
        return
    if nesting(sql, platform) > MAX_NESTING:
        yield Statement(sql, problem=f"The text is nested more than {MAX_NESTING} deep.", stage="recursion")
        return
    yield from _script(sql, 0, platform, budget)


def _script(sql: str, base: int, platform: Platform, budget: Budget, depth: int = 0) -> Iterator[Statement]:
    """The statements of a text that begins at `base` of the whole one."""
    dialect = dialect_of(platform.dialect)
    left = MAX_TOKENS
    chunks: Iterable[tuple[list[Token] | None, bool, int, int]]
    if platform.dialect == "tsql":
        chunks = ((None, handles, start, end) for handles, start, end in split_batches(sql, platform))
    else:
        tokens = _tokens(sql, dialect, base)
        if isinstance(tokens, Statement):
            yield tokens
            return
        chunks = ((chunk, False, chunk[0].start, chunk[-1].end + 1) for chunk in _chunks(tokens))
        left -= len(tokens)
    budget.look()
    for chunk, handles, start, end in chunks:
        text = sql[start:end]
        for part in peel(text, platform):
            if left < 0:
                yield Statement(sql, problem=f"The text has more than {MAX_TOKENS} words.", stage="timeout")
                return
            if part.kind == "statement" and part.names == ("script",):
                inner = text[part.start : part.end].replace("''", "' ")
                if depth < 3:
                    yield from _script(inner, base + start + part.start, platform, budget, depth + 1)
                continue
            if chunk is not None and part == Part("statement", 0, len(text)):
                statement = _statement(sql, chunk, dialect, base, budget)
            else:
                statement = _part(text, part, dialect, base + start, budget)
                left -= statement.words
            # What an error handler returns is not the text's result.
            yield replace(statement, kind="expression") if handles and part.kind == "statement" else statement


def _part(text: str, part: Part, dialect: Dialect, base: int, budget: Budget) -> Statement:
    """A part of a statement, parsed by itself; `base` is where the statement begins."""
    own = text[part.start : part.end]
    base += part.start
    if part.kind in ("nothing", "returned"):
        return Statement(own, kind=part.kind, base=base, place=base)
    if part.kind == "dynamic":
        why = "EXECUTE runs SQL that is put together while it runs."
        return Statement(own, problem=why, kind=part.kind, base=base, place=base)
    written = own
    if part.kind == "expression":
        written, base = "SELECT " + own, base - len("SELECT ")
    elif part.names == ("exec",):  # INSERT INTO t EXEC p: what the procedure returns is unknown
        written = own + "DEFAULT VALUES"
    tokens = _tokens(written, dialect, base)
    if isinstance(tokens, Statement):
        return replace(tokens, kind=part.kind)
    names = () if part.names == ("exec",) else part.names
    if not tokens:
        return Statement(own, kind="nothing", base=base, place=base)
    return replace(_statement(written, tokens, dialect, base, budget), kind=part.kind, names=names)


def _tokens(sql: str, dialect: Dialect, base: int) -> list[Token] | Statement:
    """The tokens of a text; a statement with the reason where it has none."""
    try:
        tokens = dialect.tokenize(sql)
    except SqlglotError as error:
        return Statement(
            sql, problem=f"The text could not be split into words: {_reason(error)}", base=base, place=base
        )
    except Exception as error:  # a tokenizer must not stop the run, whatever it stumbles over
        why = f"The text could not be split into words: {type(error).__name__}."
        return Statement(sql, problem=why, base=base, place=base)
    if len(tokens) > MAX_TOKENS:
        why = f"The text has more than {MAX_TOKENS} words."
        return Statement(sql, problem=why, stage="timeout", base=base, place=base)
    return list(tokens)


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


def _statement(sql: str, chunk: list[Token], dialect: Dialect, base: int, budget: Budget) -> Statement:
    """One statement out of its tokens, whose positions refer to `sql`."""
    statement = _tree(sql, chunk, dialect, base, budget)
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
            shorter = _tree(sql, kept, dialect, base, budget)
            statement = shorter if not shorter.problem else statement
    return statement


def _tree(sql: str, chunk: list[Token], dialect: Dialect, base: int, budget: Budget) -> Statement:
    start = chunk[0].start
    text = sql[start : chunk[-1].end + 1]
    inner = _inner(text)
    place = base + start
    try:
        if inner is not None:
            text, moved = inner
            sql, base = text, base + start + moved
            chunk = dialect.tokenize(text)
        chunk = without_pipes(chunk) if "|>" in text else chunk
        tree = _parse(chunk, sql, dialect, budget)
        if tree is not None:
            return Statement(text, tree, base=base, place=place, source=sql, words=len(chunk))
        problem = "There is no statement in it."
    except Expired:
        raise
    except RecursionError:
        why = "The statement is nested too deeply to be parsed."
        return Statement(text, problem=why, stage="recursion", base=base, place=place)
    except Exception as error:  # sqlglot raises ParseError, and now and then something unforeseen
        problem, place = _reason(error), base + (_position(error, sql) or start)
    # Backticks are what the generic dialect lacks; Databricks' dialect is generic SQL with backticks.
    for other in ("", "databricks") if "`" in text else ("",):
        generic = dialect_of(other)
        if type(generic) is type(dialect):
            continue
        try:
            tokens = generic.tokenize(text)
            tree = _parse(tokens, text, generic, budget)
            if tree is not None:
                # Where no dialect is known, any that reads the text will do.
                shown = problem if type(dialect) is not Dialect else None
                moved = base + start if inner is None else base
                return Statement(text, tree, True, shown, base=moved, place=place, source=text, words=len(tokens))
        except Expired:
            raise
        except Exception:  # the first reason is the one to report
            pass
    return Statement(text, problem=problem, base=base, place=place)


def _parse(tokens: list[Token], sql: str, dialect: Dialect, budget: Budget) -> exp.Expr | None:
    parser = _parser(dialect, budget)
    trees = parser.parse(tokens, sql)
    tree = trees[0] if trees else None
    # A statement kept as a command was not understood, unless there is nothing in it for us.
    if isinstance(tree, exp.Command) and str(tree.this).upper() not in _PLAIN_COMMANDS:
        raise ValueError(f"{tree.this} statements of this form are not understood.")
    return tree


def _inner(text: str) -> tuple[str, int] | None:
    """The statement inside one that sqlglot does not read, and where it begins.

    `EXPLAIN …`, `UNLOAD ('…')`, MySQL's `REPLACE INTO`, `TABLE name`.
    """
    match = _WRAPPED.match(text)
    if not match:
        return None
    for group, before in (("unload", ""), ("table", "SELECT * FROM "), ("replace", "INSERT INTO "), ("explain", "")):
        if match[group] is not None:
            found = match[group].replace("''", "' ") if group == "unload" else match[group]
            return before + found, match.start(group) - len(before)
    return None


_WRAPPED = re.compile(
    r"(?:explain\s+(?:(?:analyze|verbose|extended|formatted|plan\s+for|using\s+\w+)\s+|\([^)]*\)\s*)*"
    r"(?P<explain>(?:select|with|insert)\b.*)|unload\s*\(\s*'(?P<unload>(?:[^']|'')*)'.*|"
    r"replace\s+into\s+(?P<replace>.*)|table\s+(?P<table>[\w.\"]+)\s*$)",
    re.I | re.S,
)
_PLAIN_COMMANDS = {
    "SET", "SHOW", "GRANT", "REVOKE", "ANALYZE", "VACUUM", "COMMENT", "ALTER", "DROP", "TRUNCATE", "CALL",
    "DECLARE", "RESET", "REFRESH", "USE", "LIST", "PUT", "GET", "OPTIMIZE", "MSCK", "EXEC", "EXECUTE",
    "FETCH", "KILL", "END", "CLOSE", "OPEN", "RAISE", "RETURN", "PRINT",
}  # fmt: skip


def compiled() -> bool:
    """Whether the compiled sqlglot (extra `fast`) is in use."""
    return not str(sys.modules["sqlglot.parser"].__file__).endswith(".py")


def _parser(dialect: Dialect, budget: Budget) -> Parser:
    """A parser that counts its moves. A compiled one cannot: then the sizes above are its only bound."""
    if compiled():
        return dialect.parser(error_level=ErrorLevel.IMMEDIATE)
    parser = _bounded(type(dialect))(error_level=ErrorLevel.IMMEDIATE, dialect=dialect)
    parser.budget = budget
    return cast(Parser, parser)


@lru_cache(maxsize=64)
def _bounded(dialect: type[Dialect]) -> Any:
    """The dialect's parser, which takes from the budget on every move."""
    parent: Any = dialect.parser_class

    forward = parent._advance

    def advance(self: Any, times: int = 1) -> None:
        budget = self.budget
        budget.steps += 1  # as Budget.check does, without another call for every token
        if not budget.steps & 255:
            budget.look()
        forward(self, times)

    return type(f"Bounded{parent.__name__}", (parent,), {"_advance": advance, "budget": Budget()})


def _position(error: BaseException, sql: str) -> int | None:
    """Where in the text the parser gave up."""
    errors = getattr(error, "errors", None)
    if not errors or not errors[0].get("line"):
        return None
    line, column = int(errors[0]["line"]), int(errors[0].get("col") or 1)
    start = 0
    for _ in range(line - 1):
        start = sql.find("\n", start) + 1
    near = len(str(errors[0].get("highlight") or ""))
    return max(start, min(len(sql), start + column - near))


def _reason(error: BaseException) -> str:
    """One sentence: sqlglot's message without its excerpt and colour codes."""
    errors = getattr(error, "errors", None)
    if errors:
        first = errors[0]
        near = str(first.get("highlight") or "").strip()
        where = f" near {near[:40]!r}" if near else ""
        return f"{str(first.get('description') or 'Invalid syntax').rstrip('.')}{where}."
    return (" ".join(str(error).split())[:160] or type(error).__name__).rstrip(".") + "."
