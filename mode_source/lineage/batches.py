"""SQL Server's texts to statements: T-SQL needs no semicolons, so where a statement ends follows from its words.

A word that begins statements does so everywhere but where the grammar of the statement before it asks for that word
(`INSERT … SELECT`, `UPDATE … SET`, `UNION SELECT`, `FOR UPDATE`, `DROP TABLE IF EXISTS`).
https://learn.microsoft.com/sql/t-sql/language-elements/transact-sql-syntax-conventions-transact-sql
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from .platforms import Platform
from .words import Word, words_of

_SIMPLE = {
    "declare", "print", "raiserror", "waitfor", "return", "break", "continue", "goto", "commit", "rollback", "use",
    "revoke", "deny", "grant", "kill", "dbcc", "backup", "restore", "checkpoint", "reconfigure", "open", "close",
    "deallocate", "truncate", "while", "bulk", "create", "throw",
}  # fmt: skip
_STARTERS = _SIMPLE | {
    "select", "insert", "update", "delete", "merge", "with", "set", "if", "exec", "execute", "fetch", "save",
    "alter", "drop", "begin", "end", "else", "go",
}  # fmt: skip
_OBJECTS = {
    "table", "view", "procedure", "proc", "function", "index", "column", "constraint", "database", "schema", "trigger",
    "type", "synonym", "sequence", "user", "role", "login", "statistics", "default", "rule",
}  # fmt: skip
_SET_OPERATORS = {"union", "all", "except", "intersect"}
_RIGHTS = {"grant", "revoke", "deny"}


@dataclass
class Batch:
    """The words of one statement; `kind` is the word that it begins with, or what a WITH leads to."""

    words: list[Word]
    kind: str = ""
    waits: bool = False  # for the SELECT of an INSERT, the SET of an UPDATE, the body of a WITH


def split_batches(sql: str, platform: Platform) -> Iterator[tuple[bool, int, int]]:
    """(whether it handles an error, start, end) of each statement of a T-SQL text; control flow itself is left out.

    The condition of an IF or WHILE comes as a statement of its own, with that word in front.
    """
    words = words_of(sql, platform)
    current = Batch([])
    cases = 0
    position = 0
    catching = False

    def close() -> Iterator[tuple[bool, int, int]]:
        nonlocal current
        if current.words:
            yield catching, current.words[0].start, current.words[-1].end
        current = Batch([])

    while position < len(words):
        word = words[position]
        following = [other.text for other in words[position + 1 : position + 4]] + ["", "", ""]
        before = words[position - 1].text if position else ""
        step = 1
        if word.depth or word.kind != "code" or word.text not in _STARTERS or before == "." or following[0] == ".":
            cases += word.text == "case" and not word.depth
            if word.text == ";" and not word.depth:
                yield from close()
            else:
                current.words.append(word)
                current.waits = current.waits and not (word.text == "values" and current.kind == "insert")
            position += 1
            continue
        text = word.text
        if text == "end" and cases:
            cases -= 1
            current.words.append(word)
        elif text == "else" and cases:
            current.words.append(word)
        elif text == "go":
            if _alone(sql, word):
                yield from close()
                step = 2 if following[0].isdigit() and _same_line(sql, word, words[position + 1]) else 1
            else:
                current.words.append(word)
        elif text == "begin" and following[0] not in ("tran", "transaction", "distributed"):
            yield from close()
            step = 2 if following[0] in ("try", "catch") else 1
            catching = catching or following[0] == "catch"
        elif text in ("end", "else"):
            yield from close()
            step = 2 if text == "end" and following[0] in ("try", "catch") else 1
            catching = catching and not (text == "end" and following[0] == "catch")
        else:
            if not _belongs(text, before, following, current):
                yield from close()
                current = Batch([], text, waits=text in ("insert", "update", "with"))
            current.words.append(word)
        position += step
    yield from close()


def _belongs(text: str, before: str, following: list[str], current: Batch) -> bool:
    """Whether a word that begins statements is part of the current one."""
    kind = current.kind
    if not current.words:
        return False
    if kind in _RIGHTS:
        return not any(word.text in ("to", "from") for word in current.words)
    if kind == "merge":
        return text not in ("declare", "go", "if", "print", "while", "create", "drop", "exec", "truncate")
    if text == "with":
        return not (following[0] not in ("", "(") and following[1] in ("as", "(")) and not (
            following[0] == "" and following[1] == "as"
        )
    if kind == "with" and current.waits and text in ("select", "insert", "update", "delete", "merge"):
        current.kind, current.waits = text, text in ("insert", "update")
        return True
    if text in ("select", "exec", "execute") and kind == "insert" and current.waits:
        current.kind, current.waits = text, False
        return True
    if text == "select":
        return (
            before in _SET_OPERATORS
            or (before == "for" and kind == "declare")
            or (before == "as" and kind in ("create", "alter"))
        )
    if text == "set":
        waited = kind == "update" and current.waits
        current.waits = current.waits and not waited
        return waited or kind == "alter" or before in ("delete", "update")
    if text in ("update", "delete", "insert"):
        return before in ("for", "on", "after", "of", ",", "instead", "bulk", "then") or (
            text == "update" and following[0] == "("
        )
    if text == "merge":
        return following[0] in ("join", "union")
    if text == "if":
        return before in _OBJECTS and kind in ("drop", "create", "alter")
    if text == "fetch":
        return before in ("row", "rows")
    if text in ("exec", "execute"):
        return before in ("with", "as", "for") and kind in ("create", "alter")
    if text == "alter":
        return before == "or" or (kind == "alter" and following[0] == "column")
    if text == "drop":
        return kind == "alter" and following[0] in ("column", "constraint", "index", "period")
    if text == "save":
        return following[0] not in ("tran", "transaction")
    if text == "throw":
        return kind in ("select", "insert", "update", "delete") and not following[0].isdigit() and following[0] != ""
    if text == "open":
        return following[0] in ("master", "symmetric")
    if text == "create":
        return kind == "create" and before == "schema"
    return False


def _alone(sql: str, word: Word) -> bool:
    """Whether nothing but a number stands beside GO in its line."""
    start = sql.rfind("\n", 0, word.start) + 1
    end = sql.find("\n", word.end)
    rest = sql[word.end : end if end >= 0 else len(sql)].strip()
    return not sql[start : word.start].strip() and (not rest or rest.isdigit() or rest.startswith("--"))


def _same_line(sql: str, one: Word, other: Word) -> bool:
    return "\n" not in sql[one.end : other.start]
