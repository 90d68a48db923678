"""Which fields a chart uses and how, read from `view_vegas` (and from `view` of charts made before 2020).

Fields are formulas over columns in brackets (`SUM([amount])`); a chart's filter values are data and are
ignored.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from .records import ChartField

_FIELD = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])+)\]")
_MAX_FORMULA = 4_000  # characters; the pattern takes quadratic time on brackets that do not close
_SHELVES = ("x", "y", "x2", "y2", "row", "column", "value", "filter")
# What the keys of the old `view` mean; `label` was the series.
_OLD = {
    "x": "x",
    "y": "y",
    "y2": "y2",
    "label": "color",
    "series": "color",
    "size": "size",
    "value": "value",
    "values": "value",
    "rows": "row",
    "column": "column",
    "columns": "column",
    "pivotBy": "column",
}
_MAX_DEPTH = 40


def chart_fields(view_vegas: object, view: object, output_columns: Sequence[str]) -> tuple[ChartField, ...]:
    """The fields of a chart, each usage once, matched to the query's output columns.

    Example:
        >>> chart_fields({"encoding": {"x": [{"formula": "[day]"}]}}, None, ["DAY"])
        (ChartField(field='day', usage='x', output_column='DAY'),)
    """
    known = {name.casefold(): name for name in reversed(output_columns) if name != "*"}
    exact = set(output_columns)
    open_ended = "*" in exact
    found: dict[tuple[str, str], ChartField] = {}
    for name, usage in [*_new(view_vegas), *_old(view)]:
        match = name if name in exact else known.get(name.casefold())
        if match is None and open_ended:
            match = "*"
        found.setdefault((name, usage), ChartField(name, usage, match))
    return tuple(found.values())


def _new(view: object) -> Iterator[tuple[str, str]]:
    if not isinstance(view, Mapping):
        return
    encoding = view.get("encoding")
    if isinstance(encoding, Mapping):
        for shelf in _SHELVES:
            yield from ((name, shelf) for name in _formulas(encoding.get(shelf)))
        marks = encoding.get("marks")
        for mark in marks if isinstance(marks, list) else [marks]:
            if isinstance(mark, Mapping):
                yield from _properties(mark.get("properties"))
                series = mark.get("series")
                for one in series if isinstance(series, list) else ():
                    if isinstance(one, Mapping):
                        yield from _properties(one.get("properties"))
        yield from ((name, "sort") for name in _formulas(encoding.get("sorts"), ("formula", "source")))
    calculated = view.get("calculatedFields") or view.get("calculated_fields")
    yield from ((name, "calculation") for name in _formulas(calculated))


def _properties(properties: object) -> Iterator[tuple[str, str]]:
    """Marks: colour, size, text, label, detail, tooltip."""
    if isinstance(properties, Mapping):
        for usage, value in properties.items():
            yield from ((name, str(usage)) for name in _formulas(value))


def _formulas(value: Any, keys: tuple[str, ...] = ("formula",), depth: int = 0) -> Iterator[str]:
    """Column names in every `formula` below a value; `selection` holds data and is left out."""
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, Mapping):
        for key, inner in value.items():
            if key in keys and isinstance(inner, str):
                yield from (name.strip() for name in _FIELD.findall(inner[:_MAX_FORMULA]) if name.strip())
            elif key not in ("selection", "id"):
                yield from _formulas(inner, keys, depth + 1)
    elif isinstance(value, list):
        for inner in value:
            yield from _formulas(inner, keys, depth + 1)


def _old(view: object) -> Iterator[tuple[str, str]]:
    """The old `view`: one object per chart type, of which only the selected one counts."""
    if not isinstance(view, Mapping):
        return
    chosen = view.get(str(view.get("selectedChart")))
    if not isinstance(chosen, Mapping):
        return
    for key, usage in _OLD.items():
        value = chosen.get(key)
        for name in value if isinstance(value, list) else [value]:
            if isinstance(name, Mapping):
                name = name.get("field") or name.get("name")
            if isinstance(name, str) and name.strip():
                yield name.strip().removeprefix("[").removesuffix("]"), usage
