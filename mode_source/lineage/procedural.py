"""What a statement of a script holds: control flow is peeled off, conditions and variables are kept as expressions.

Covers T-SQL, BigQuery's procedural language, Snowflake Scripting and the like:
https://cloud.google.com/bigquery/docs/reference/standard-sql/procedural-language
https://docs.snowflake.com/developer-guide/snowflake-scripting
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from .platforms import Platform
from .words import Word, words_of

# statement: SQL; expression: a condition or the value of variables; rows: a query that a loop or cursor reads;
# returned: a variable that is the result; dynamic: SQL that is put together while it runs; nothing: no SQL in it.
PartKind = Literal["statement", "expression", "rows", "returned", "dynamic", "nothing"]

_FIRST = re.compile(
    r"\s*(?:begin|declare|if|elseif|elsif|else|end|for|while|loop|repeat|until|set|exception|return|let|execute|exec|"
    r"print|raiserror|waitfor|break|continue|leave|iterate|goto|open|fetch|close|deallocate|drop|alter|truncate|grant|"
    r"revoke|deny|create|reindex|insert|dbcc|save|commit|rollback|when|throw|kill|case|call|raise|refresh|[\w@]+\s*:=|"
    r"\w+\s+(?:resultset|cursor)\b)\b|\s*[\w@]+\s*:=",
    re.I,
)
_NOTHING = {
    "print", "raiserror", "waitfor", "break", "continue", "leave", "iterate", "goto", "open", "fetch", "close",
    "deallocate", "grant", "revoke", "deny", "dbcc", "save", "commit", "rollback", "throw", "kill", "raise",
}  # fmt: skip
_NO_TABLES = re.compile(
    r"(?:create\s+(?:or\s+\w+\s+)?(?:unique\s+|clustered\s+|nonclustered\s+|columnstore\s+)*(?:index|statistics)|"
    r"create\s+(?:or\s+alter\s+)?(?:proc|procedure)|create\s+(?:search|vector)\s+index|reindex|alter\s+index|update\s+statistics|refresh\s+)\b",
    re.I,
)
_READS = re.compile(r"\b(?:select|from)\b", re.I)
_QUERY = re.compile(r"\s*\(\s*(?:select|with)\b(?:[^()]|\([^()]*\))*\)\s*$", re.I)
_NEVER = ("procedure", "proc", "function", "trigger")


@dataclass(frozen=True)
class Part:
    """A part of a statement's text, from `start` up to `end`; `names` are the variables that it fills."""

    kind: PartKind
    start: int
    end: int
    names: tuple[str, ...] = ()


def peel(text: str, platform: Platform) -> list[Part]:
    """The parts of one statement, in order; a plain statement comes back as one part."""
    whole = [Part("statement", 0, len(text))]
    if not _FIRST.match(text):
        return whole
    return list(_parts(text, words_of(text, platform), platform)) or [Part("nothing", 0, len(text))]


def _parts(text: str, words: list[Word], platform: Platform) -> Iterator[Part]:
    at = 0
    end = words[-1].end if words else 0
    script = platform.name in ("bigquery", "snowflake", "databricks", "spark", "mysql", "oracle", "oracleadb")
    transact = platform.dialect == "tsql"
    while at < len(words):
        word, after = words[at].text, words[at + 1].text if at + 1 < len(words) else ""
        start = words[at].start
        if word == "begin":
            if after in ("transaction", "tran", "work") or at + 1 == len(words):
                return
            at += 1
        elif word in ("end", "until") and (script or at + 1 == len(words)):
            if word == "until":
                yield from _expression(text, start + len(word), end)
            return
        elif word in ("else", "loop", "repeat"):
            at += 1
        elif word in ("if", "elseif", "elsif", "while", "when", "exception"):
            body = _position(words, at, ("then", "do", "loop")) if not transact else None
            if body is None and not transact:
                break
            condition = words[body].start if body is not None else end
            yield from _expression(text, start + len(word), condition)
            if body is None:
                return
            at = body + 1
        elif word == "for" and (body := _position(words, at, ("do", "loop"))) is not None:
            query = _position(words, at, ("in",))
            if query is not None:
                inner = words[query].end, words[body].start
                yield Part("rows", *inner, (text[words[at + 1].start : words[at + 1].end],))
            at = body + 1
        elif word == "declare" or (after in ("resultset", "cursor") and word != "declare"):
            yield from _declared(text, words[at + (word == "declare") :], start, end, transact)
            return
        elif word == "let" or (after == ":" and at + 2 < len(words) and words[at + 2].text == "="):
            yield from _assigned(text, words[at + (word == "let") :], end)
            return
        elif word == "set" and (transact or platform.name == "bigquery"):
            yield from _assigned(text, words[at + 1 :], end)
            return
        elif word == "return":
            named = words[at + 1 :]
            if after == "table" and len(named) == 4 and named[2].kind == "code":
                yield Part("returned", named[2].start, named[2].end)
            else:
                yield from _expression(text, words[at].end, end)
            return
        elif word in ("exec", "execute") and (transact or after == "immediate"):
            yield from _executed(text, words[at:], start, end)
            return
        elif (
            (word in _NOTHING and (transact or script))
            or _NO_TABLES.match(text, start)
            or (transact and word in ("drop", "alter", "truncate", "create") and after in _NEVER)
            or (transact and word in ("drop", "truncate"))
        ):
            return
        elif transact and word == "insert" and (called := _position(words, at, ("exec", "execute"))) is not None:
            yield Part("statement", start, words[called].start, ("exec",))
            return
        else:
            break
    if at < len(words):
        yield Part("statement", words[at].start, end)


def _position(words: list[Word], after: int, wanted: tuple[str, ...]) -> int | None:
    """Where one of the words stands outside of brackets and CASE."""
    cases = 0
    depth = words[after].depth
    for index in range(after + 1, len(words)):
        word = words[index]
        if word.depth > depth or word.kind != "code":
            continue
        cases += (word.text == "case") - (word.text == "end" and cases > 0)
        if word.text in wanted and not cases:
            return index
    return None


def _expression(text: str, start: int, end: int, names: tuple[str, ...] = ()) -> Iterator[Part]:
    """An expression, if it reads tables or fills variables."""
    if text[start:end].strip() and _READS.search(text, start, end):
        yield Part("rows" if _QUERY.match(text, start) and len(names) == 1 else "expression", start, end, names)


def _declared(text: str, words: list[Word], start: int, end: int, transact: bool) -> Iterator[Part]:
    """`DECLARE a, b type DEFAULT expression`, `DECLARE c CURSOR FOR query`, `name RESULTSET := (query)`."""
    if not words:
        return
    name = text[words[0].start : words[0].end]
    texts = [word.text for word in words]
    if "cursor" in texts[:4]:
        query = _position(words, 0, ("for",))
        if query is not None:
            yield Part("rows", words[query].end, end, (name,))
        return
    if transact:
        if _READS.search(text, start, end) or "table" in texts:
            yield Part("statement", start, end)
        return
    value = _position(words, 0, ("default", "="))
    names = [name]
    for index in range(1, len(words) - 1, 2):
        if words[index].text != ",":
            break
        names.append(text[words[index + 1].start : words[index + 1].end])
    if value is not None:
        yield from _expression(text, words[value].end, end, tuple(names))


def _assigned(text: str, words: list[Word], end: int) -> Iterator[Part]:
    """`x = expression`, `(a, b) = (SELECT …)`, `x type := expression`."""
    equals = next((i for i, word in enumerate(words) if word.text == "=" and not word.depth), None)
    if equals is None or not words:
        return
    names = [text[w.start : w.end] for w in words[:equals] if w.kind == "code" and re.match(r"[\w@]", w.text)]
    kept = tuple(names if words[0].text == "(" else names[:1])
    yield from _expression(text, words[equals].end, end, kept)


def _executed(text: str, words: list[Word], start: int, end: int) -> Iterator[Part]:
    """EXECUTE: a procedure, of which the text says nothing, or SQL in a string."""
    rest = [word for word in words[1:] if word.text not in ("(", ")", "immediate", "n")]
    called = next((i for i, word in enumerate(rest) if word.text == "sp_executesql"), None)
    if called is not None:
        rest = rest[called + 1 :]
        comma = next((i for i, word in enumerate(rest) if word.text == ","), len(rest))
        rest = rest[:comma]
    elif not words[1:2] or words[1].text not in ("(", "immediate"):
        return
    if len(rest) == 1 and rest[0].kind == "string":
        quoted = text[rest[0].start : rest[0].end]
        size = 3 if quoted[:3] in ("'''", '"""') else quoted.index("$", 1) + 1 if quoted[0] == "$" else 1
        yield Part("statement", rest[0].start + size, rest[0].end - size, ("script",))
    else:
        yield Part("dynamic", start, end)
