"""Expanding definitions: `{{ @name as alias }}` becomes the definition's SQL as a subquery, nested ones too.

A missing or circular definition becomes a placeholder that is never reported as a table.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from .branches import Branch, Forced
from .holes import PLACEHOLDER, Filled, Mode, code_holes, fill_holes, used_holes
from .liquid import Rendered, Values, render, split_forms
from .marks import Mark
from .platforms import Platform
from .records import Definition, DefinitionEdge, LineageError
from .spans import spans

MAX_DEPTH = 25
MAX_CHARACTERS = 1_000_000


class Definitions(dict[str, Definition]):
    """Definitions by name; one that is not there as written is found without its case."""

    def __init__(self, definitions: Mapping[str, Definition]) -> None:
        super().__init__(definitions)
        self._folded = {name.casefold(): found for name, found in reversed(list(definitions.items()))}

    def find(self, name: str) -> Definition | None:
        """The definition of that name; None if there is none."""
        return self.get(name) or self._folded.get(name.casefold())

    def __reduce__(self) -> tuple[type[Definitions], tuple[dict[str, Definition]]]:
        return Definitions, (dict(self),)


@dataclass
class Expansion:
    """Plain SQL, and what was met on the way.

    `names` are words that came from parameters, `marks` the parts of the SQL that did; `branches` says of each branch
    whether it was taken.
    """

    sql: str = ""
    edges: dict[tuple[str, str | None], DefinitionEdge] = field(default_factory=dict)
    errors: dict[LineageError, None] = field(default_factory=dict)
    names: set[str] = field(default_factory=set)
    filled: bool = False
    size: int = 0
    marks: tuple[Mark, ...] = ()
    branches: dict[Branch, bool] = field(default_factory=dict)

    def error(self, error: LineageError) -> None:
        """Note a problem once."""
        self.errors.setdefault(error)


def expand(
    text: str,
    definitions: Mapping[str, Definition],
    platform: Platform,
    mode: Mode = "values",
    forced: Forced | None = None,
) -> Expansion:
    """Mode's SQL to plain SQL: forms out, Liquid executed, definitions expanded.

    Args:
        text: the SQL as Mode stores it.
        definitions: all definitions by name.
        platform: whose SQL it is.
        mode: how parameters in code are filled in.
        forced: branches that are taken whatever their condition says.
    """
    result = Expansion()
    if len(text) > MAX_CHARACTERS:
        result.error(LineageError("render", f"The text has more than {MAX_CHARACTERS} characters."))
        text = text[:MAX_CHARACTERS]
    body, values = split_forms(text)
    known = definitions if isinstance(definitions, Definitions) else Definitions(definitions)
    texts: dict[str, Filled | None] = {}

    def source(name: str, stack: tuple[str, ...]) -> Filled | None:
        definition = known.find(name)
        via = stack[-1] if stack else None
        result.edges.setdefault((name, via), DefinitionEdge(name, definition.token if definition else None, via))
        if definition is None:
            result.error(LineageError("render", f"There is no definition named {name!r}."))
            return None
        if definition.name in stack:
            path = " > ".join((*stack, definition.name))
            result.error(LineageError("recursion", f"Definitions refer to themselves: {path}."))
            return None
        if len(stack) >= MAX_DEPTH:
            result.error(LineageError("recursion", f"Definitions are nested more than {MAX_DEPTH} deep."))
            return None
        if definition.name not in texts:
            own, own_values = split_forms(unescape(definition.source or "", platform))
            rendered = render(own, {**own_values, **values}, definition.name, forced)
            inner = finish(rendered, (*stack, definition.name), values)
            whole = Filled(_subquery(inner.text, platform), inner.marks) if inner.text.strip() else None
            texts[definition.name] = whole
        found = texts[definition.name]
        result.size += len(found.text) if found else 0
        if result.size > 3 * MAX_CHARACTERS:
            result.error(LineageError("recursion", f"Expanded, the text is longer than {MAX_CHARACTERS} characters."))
            return None
        return found

    def finish(rendered: Rendered, stack: tuple[str, ...], values: Values) -> Filled:
        for problem in rendered.problems:
            result.error(LineageError("render", problem))
        parts = [(start, end) for _, start, end in rendered.taken]
        came = {branch for branch, _, _ in rendered.taken}
        for branch in rendered.branches:
            result.branches[branch] = result.branches.get(branch, False) or branch in came
        if not rendered.holes:
            return Filled(rendered.text, tuple(Mark(start, end, "branch") for start, end in parts))
        used, commented = used_holes(rendered.text, rendered.holes, platform)
        names = code_holes(rendered.text, rendered.holes, platform)
        for index, hole in enumerate(rendered.holes):
            if hole.definition is not None:
                if index not in commented:  # also those in branches that the defaults do not take
                    found = known.find(hole.definition)
                    via = stack[-1] if stack else None
                    edge = DefinitionEdge(hole.definition, found.token if found else None, via)
                    result.edges.setdefault((hole.definition, via), edge)
            elif index in used:
                result.filled = result.filled or index in names
                if hole.value is None:
                    why = "has no default" if hole.declared else "is not defined"
                    result.error(LineageError("render", f"The parameter {_short(hole.source)!r} {why}."))
                elif index in names and isinstance(hole.value, str):
                    result.names.update(re.findall(r"[\w$-]+", hole.value.casefold()))
        filled = fill_holes(rendered.text, rendered.holes, platform, lambda name: source(name, stack), mode, parts)
        if len(filled.text) > MAX_CHARACTERS:
            result.error(LineageError("recursion", f"Expanded, the text is longer than {MAX_CHARACTERS} characters."))
            return Filled(f"SELECT * FROM {PLACEHOLDER}definition" if stack else filled.text[:MAX_CHARACTERS])
        return filled

    whole = finish(render(body, values, "", forced), (), values)
    result.sql, result.marks = whole.text, whole.marks
    return result


def unescape(source: str, platform: Platform) -> str:
    r"""A definition's source with the two-character sequences ``\n`` and ``\t`` made what they stand for.

    In a source that also has real line ends, those in strings and comments are left alone.
    """
    if "\\n" not in source and "\\t" not in source and "\\r" not in source:
        return source
    if "\n" not in source:
        return _unescaped(source)
    return "".join(
        _unescaped(source[start:end]) if kind == "code" else source[start:end]
        for kind, start, end in spans(source, platform)
    )


def _unescaped(text: str) -> str:
    return text.replace("\\r\\n", "\n").replace("\\n", "\n").replace("\\t", "\t").replace("\\r", "\n")


def _subquery(sql: str, platform: Platform) -> str:
    """The SQL without the semicolon at its end (which may be followed by comments)."""
    last = None
    for kind, start, end in spans(sql, platform):
        if kind == "comment":
            continue
        for match in re.finditer(r"\S", sql[start:end]):
            last = start + match.start()
    while last is not None and last >= 0 and (sql[last] == ";" or sql[last].isspace()):
        if sql[last] == ";":
            sql = sql[:last] + " " + sql[last + 1 :]
        last -= 1
    return sql


def _short(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
