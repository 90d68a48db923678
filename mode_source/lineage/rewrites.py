"""What no parser knows and lineage does not need, taken out of a text before it is parsed.

Every change keeps the length of the text, so that places in it stay what they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from .platforms import Platform
from .spans import spans

Change = Callable[["re.Match[str]"], str]
Rule = tuple["re.Pattern[str]", Change]


def _blank(match: re.Match[str]) -> str:
    """Spaces, line ends kept."""
    return re.sub(r"[^\n]", " ", match[0])


def _all_but(*groups: str) -> Change:
    """Keep the named groups and blank the rest."""

    def change(match: re.Match[str]) -> str:
        kept = [(match.start(g), match.end(g)) for g in groups if match[g] is not None]
        start = match.start()
        return "".join(
            char if char == "\n" or any(a <= start + i < b for a, b in kept) else " " for i, char in enumerate(match[0])
        )

    return change


def _quoted(match: re.Match[str]) -> str:
    """Oracle's q'[it's]' as an ordinary string of the same length."""
    return "'" + match[2].replace("'", " ").ljust(len(match[0]) - 2) + "'"


def _legacy(match: re.Match[str]) -> str:
    """BigQuery's legacy `[project:dataset.table]` as `` `project.dataset.table` ``."""
    return match["before"] + "`" + match["name"].replace(":", ".") + "`"


_HINT = (
    r"(?:nolock|readuncommitted|updlock|rowlock|holdlock|tablock|tablockx|paglock|xlock|readpast|readcommitted|"
    r"readcommittedlock|repeatableread|serializable|snapshot|nowait|noexpand|forcescan|forceseek|keepidentity|"
    r"keepdefaults|ignore_constraints|ignore_triggers|fastfirstrow|(?:index|forceseek)\s*(?:\([^()]*\)|=\s*[\w\[\]]+))"
)
# Hints of SQL Server and Sybase, with WITH or, as it was allowed before 2005, without:
# https://learn.microsoft.com/sql/t-sql/queries/hints-transact-sql-table
_HINTS = re.compile(rf"(?:\bwith\s*)?\(\s*{_HINT}(?:[\s,]+{_HINT})*\s*\)", re.I)

# DELETE … OUTPUT deleted.a: sqlglot does not read it.
_OUTPUT = re.compile(
    r"(?P<kept>\bdelete\s+(?:from\s+)?[\w.\[\]#@]+\s+)output\s+(?:deleted|inserted)\.[\w\[\]*]+"
    r"(?:\s*,\s*(?:deleted|inserted)\.[\w\[\]*]+)*(?:\s+into\s+[\w.\[\]#@]+)?",
    re.I,
)

# TABLE(t) PARTITION BY a ORDER BY b: how a table argument is handed over.
_NAMES = r"(?:\([^()]*\)|[\w.]+(?:\s*,\s*[\w.]+(?!\s*=>))*)"
_OF_ARGUMENT = re.compile(
    rf"(?P<kept>\btable\s*\((?:[^()]|\([^()]*\))*\))\s*(?:partition\s+by\s+{_NAMES})?\s*(?:(?:prune|keep)\s+when\s+empty)?"
    rf"\s*(?:order\s+by\s+{_NAMES}(?:\s+(?:asc|desc))?)?(?=\s*[,)])",
    re.I,
)

_RULES: dict[str, list[Rule]] = {
    "sqlserver": [
        (_HINTS, _blank),
        (_OUTPUT, _all_but("kept")),
        (re.compile(r"(?<=\()\s*changes\s+(?=[\w\[])", re.I), _blank),  # CHANGETABLE(CHANGES t, …)
    ],
    "impala": [
        (re.compile(r"\[\s*(?:shuffle|broadcast|noshuffle|clustered|noclustered)\s*\]", re.I), _blank),
        (re.compile(r"(?P<kept>\bselect)\s+straight_join\b", re.I), _all_but("kept")),
    ],
    "oracle": [
        (re.compile(r"\bn?q'([\[({<])(.*?)[\])}>]'", re.I | re.S), _quoted),
        (re.compile(r"\b(?:sub)?partition\s*(?:for\s*)?\([^()]*\)", re.I), _blank),
        (re.compile(r"\bas\s+of\s+(?:timestamp|scn)\s*\((?:[^()]|\([^()]*\))*\)", re.I), _blank),
    ],
    "denodo": [(re.compile(r"\bcontext\s*\([^()]*\)\s*$", re.I), _blank)],
    "teradata": [(re.compile(r"\block(?:ing)?\s+(?:row|table\s+\S+)\s+for\s+\w+(?:\s+nowait)?\s", re.I), _blank)],
    "vertica": [
        (re.compile(r"^\s*at\s+(?:epoch\s+\w+|time\s+'[^']*')", re.I), _blank),
        (re.compile(r"(?P<a>\bcreate\s+)(?:local|global)(?P<b>\s+temp)", re.I), _all_but("a", "b")),
        (re.compile(r"\bon\s+commit\s+(?:preserve|delete)\s+rows\b", re.I), _blank),
    ],
    "bigquery": [
        (re.compile(r"(?P<before>\b(?:from|join)\s+|[,(]\s*)\[(?P<name>[\w.-]+:[\w$]+\.[\w$*-]+)\]", re.I), _legacy),
        (re.compile(r"(?P<before>\b(?:from|join)\s+)\[(?P<name>[\w$-]+(?:\.[\w$*-]+)+)\]", re.I), _legacy),
    ],
    "trino": [(_OF_ARGUMENT, _all_but("kept"))],
    "databricks": [
        (re.compile(r"(?<=\bfrom\s)\s*stream(?=\s+[\w`])|(?<=\bjoin\s)\s*stream(?=\s+[\w`])", re.I), _blank)
    ],
}
# `function(TABLE name, …)`: sqlglot knows it of some functions only.
_TABLE_ARGUMENT = re.compile(r"(?<=[(,])(?P<before>\s*(?:\w+\s*=>\s*)?)table(?=\s+[\w`\"])", re.I)


def rewritten(sql: str, platform: Platform) -> tuple[str, frozenset[int]]:
    """The text without what hinders the parser, and the places of names that TABLE marks as tables in arguments."""
    for pattern, change in _RULES.get(platform.name.removesuffix("adb"), ()):
        sql = _in_code(pattern, change, sql, platform)
    if platform.name != "bigquery" or "table" not in sql.lower():
        return sql, frozenset()
    places: set[int] = set()

    def without(match: re.Match[str]) -> str:
        rest = match.string[match.end() :]
        places.add(match.end() + len(rest) - len(rest.lstrip()))
        return match["before"] + " " * len("table")

    return _in_code(_TABLE_ARGUMENT, without, sql, platform), frozenset(places)


def _in_code(pattern: re.Pattern[str], change: Change, sql: str, platform: Platform) -> str:
    """The text with every match changed that does not begin in a string, a quoted name or a comment."""
    matches = list(pattern.finditer(sql))
    if not matches:
        return sql
    opaque = [(start, end) for kind, start, end in spans(sql, platform) if kind in ("string", "comment")]
    pieces: list[str] = []
    position = index = 0
    for match in matches:
        while index < len(opaque) and opaque[index][1] <= match.start():
            index += 1
        inside = index < len(opaque) and opaque[index][0] < match.start() < opaque[index][1]
        pieces += [sql[position : match.start()], match[0] if inside else change(match)]
        position = match.end()
    return "".join([*pieces, sql[position:]])
