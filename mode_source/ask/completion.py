"""What Tab offers at the prompt of `mode-source sql`: commands, keywords, tables, views and their columns."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from prompt_toolkit.completion import CompleteEvent, Completer, Completion
from prompt_toolkit.document import Document

from .connection import Reader
from .dot_commands import COMMANDS, MODES

KEYWORDS = (
    "SELECT", "FROM", "WHERE", "JOIN", "LEFT JOIN", "ON", "USING", "GROUP BY", "ORDER BY", "HAVING", "LIMIT",
    "DISTINCT", "AS", "AND", "OR", "NOT", "IN", "EXISTS", "IS NULL", "IS NOT NULL", "LIKE", "ILIKE", "BETWEEN",
    "CASE", "WHEN", "THEN", "ELSE", "END", "DESC", "ASC", "NULLS LAST", "UNION ALL", "WITH", "OVER", "PARTITION BY",
    "count(*)", "sum(", "min(", "max(", "avg(", "coalesce(", "date_trunc(", "string_agg(", "FILTER",
)  # fmt: skip
WORD = re.compile(r"[\w.$*(]+$")


class Names(Completer):
    """Completes from what a dataset holds.

    Args:
        columns: tables and views, each with its columns.
    """

    def __init__(self, columns: dict[str, list[str]]) -> None:
        self._columns = columns
        self._every = sorted({column for names in columns.values() for column in names})

    def get_completions(self, document: Document, complete_event: CompleteEvent) -> Iterator[Completion]:
        """Completions of the word before the cursor; columns of the tables that the statement names come first."""
        before = document.text_before_cursor
        if before.startswith("."):
            yield from self._of_command(before)
            return
        found = WORD.search(before)
        word = found.group() if found else ""
        if not word and not complete_event.completion_requested:
            return
        qualifier, dot, last = word.rpartition(".")
        if dot:
            named = self._columns.get(self._alias(document.text, qualifier), [])
            yield from _matching(last, [(name, "column") for name in named])
            return
        words = set(re.findall(r"\w+", document.text.lower()))
        near = [column for table in self._columns if table in words for column in self._columns[table]]
        offered = [(name, "column") for name in dict.fromkeys(near)]
        offered += [(name, "table") for name in self._columns]
        offered += [(name, "") for name in KEYWORDS]
        if not near:
            offered += [(name, "column") for name in self._every]
        yield from _matching(word, offered)

    def _of_command(self, before: str) -> Iterator[Completion]:
        command, space, name = before.partition(" ")
        if not space:
            yield from _matching(command, [(known, "") for known in COMMANDS])
        elif command == ".schema":
            yield from _matching(name, [(table, "table") for table in self._columns])
        elif command == ".mode":
            yield from _matching(name, [(mode, "") for mode in MODES])

    def _alias(self, text: str, name: str) -> str:
        """The table that a name stands for in the statement."""
        if name.lower() in self._columns:
            return name.lower()
        found = re.search(rf"(?:from|join)\s+(\w+)\s+(?:as\s+)?{re.escape(name)}\b", text, re.IGNORECASE)
        return found.group(1).lower() if found else ""


def names_of(reader: Reader) -> Names:
    """The completions for a dataset."""
    columns: dict[str, list[str]] = {}
    schema = reader.schema.replace("'", "''")
    for table, column in reader.select(
        "SELECT table_name, column_name FROM information_schema.columns"
        f" WHERE table_schema = '{schema}' AND substr(table_name, 1, 1) <> '_' ORDER BY table_name, ordinal_position"
    ).rows:
        columns.setdefault(table, []).append(column)
    return Names(columns)


def _matching(start: str, offered: Iterable[tuple[str, str]]) -> Iterator[Completion]:
    folded = start.lower()
    for text, kind in offered:
        if text.lower().startswith(folded) and text.lower() != folded:
            yield Completion(text, -len(start), display_meta=kind)
