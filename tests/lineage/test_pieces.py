"""The smaller pieces: forms, literal escapes, spans, charts, the catalog."""

from __future__ import annotations

import json

import pytest

from mode_source.lineage import ColumnCatalog, chart_fields, mentions, platform_of
from mode_source.lineage.definitions import unescape
from mode_source.lineage.forms import parse_form
from mode_source.lineage.spans import nesting, spans

from ..helpers import PAYLOADS

POSTGRES = platform_of("jdbc:postgresql")


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("state:\n  type: select\n  default: 'GA'\n", {"state": "GA"}),
        ("n:\n    type: text\n    default: 2013", {"n": "2013"}),
        ("n:\n  type: number\n  default: 5", {"n": "5"}),
        ("d:\n  type: date\n  default: 2026-01-01", {"d": "2026-01-01"}),
        ("d:\n  type: date\n", {"d": None}),
        ("s:\n  type: select\n  options: [day, week]", {"s": "day"}),
        ("s:\n  type: select\n  options: [['Day', 'd'], ['Week', 'w']]", {"s": "d"}),
        ("s:\n  type: select\n  options:\n    labels: l\n    values: v\n    default: 'x'", {"s": "x"}),
        ("m:\n  type: multiselect\n  default: all\n  options: [a, b]", {"m": ["a", "b"]}),
        ("m:\n  type: multiselect\n  default: all\n  options:\n    labels: l\n    values: v", {"m": ["all"]}),
        ("m:\n  type: multiselect\n  default: [a, 'b c']", {"m": ["a", "b c"]}),
        ("m:\n  type: multiselect\n  default: a", {"m": ["a"]}),
        ("m:\n  type: multiselect\n  default:\n    - a\n    - b", {"m": ["a", "b"]}),
        (
            "m:\n  type: multiselect\n  options: [['A', 'a'],\n            ['B', 'b']]\n  default: b",
            {"m": ["b"]},
        ),
        ("x:\n\ttype: text\n\tdefault:y\nz:\n\ttype: text\n\tdefault: 'w'  # why", {"x": "y", "z": "w"}),
        ("x:\ntype: text\ndefault: 1\ny:\ntype: text\ndefault: 2", {"x": "1", "y": "2"}),
        ("x: {type: text, default: 'a'}", {"x": "a"}),
        ('x:\n  type: text\n  default: "it\'s: here"', {"x": "it's: here"}),
        ("", {}),
        ("this is no form", {}),
        ("x:\n  type: text\n  default: ''", {"x": None}),
    ],
)
def test_forms(body: str, expected: dict[str, object]) -> None:
    assert {parameter.name: parameter.value for parameter in parse_form(body)} == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("SELECT\\n\\ta\\nFROM t", "SELECT\n\ta\nFROM t"),
        ("SELECT a -- note\\nFROM t", "SELECT a -- note\nFROM t"),
        ("SELECT '\\n' AS x\nFROM t", "SELECT '\\n' AS x\nFROM t"),
        ("SELECT a\\n\nFROM t -- \\n stays", "SELECT a\n\nFROM t -- \\n stays"),
        ("SELECT a FROM t", "SELECT a FROM t"),
    ],
)
def test_literal_escapes_of_definitions(source: str, expected: str) -> None:
    assert unescape(source, POSTGRES) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            'select {{ @a as b }} {{@c-d}} {{- @ e_f  AS g -}} {{ @"q r" }} {{ @x | y }}',
            ["a", "c-d", "e_f", "q r", "x"],
        ),
        ("-- {{ @a }} {{ @a as z }} {{ b }} @c {{ d.@e }}", ["a"]),
        ("{{" * 100_000, []),
        ("{{ @a" * 50_000, []),
    ],
)
def test_mentions(text: str, expected: list[str]) -> None:
    assert mentions(text) == expected


def test_spans_cover_the_text() -> None:
    sql = "select 'it''s' /* x */ from \"t\" -- end\n where $$ ' $$ = 'open"
    found = list(spans(sql, POSTGRES))
    assert "".join(sql[start:end] for _, start, end in found) == sql
    assert [kind for kind, _, _ in found if kind != "code"] == [
        "string",
        "comment",
        "name",
        "comment",
        "string",
    ]


def test_nesting_ignores_strings() -> None:
    assert nesting("select ((a)) from t where b = '((((('", POSTGRES) == 2


def test_catalog() -> None:
    catalog = ColumnCatalog.build(
        [("db", "A", "T", "x"), ("db", "A", "T", "y"), ("db", "B", "T", "z"), (None, None, "u", "v")]
    )
    assert catalog.find("DB", "a", "t").columns == ("x", "y")  # type: ignore[union-attr]
    assert catalog.find("db", None, "T") is None
    assert catalog.find("db", "a", "t", exact=True) is None
    assert catalog.find("other", "any", "u").columns == ("v",)  # type: ignore[union-attr]


def test_fields_of_a_recorded_chart() -> None:
    chart = json.loads((PAYLOADS / "datahub_charts.json").read_text())["_embedded"]["charts"][0]
    fields = chart_fields(chart["view_vegas"], chart["view"], ["FIRST_NAME", "last_name"])
    assert {(f.field, f.usage, f.output_column) for f in fields} == {
        ("first_name", "text", "FIRST_NAME"), ("last_name", "text", "last_name"),
        ("payment_date", "text", None),
        ("first_name", "sort", "FIRST_NAME"), ("last_name", "filter", "last_name"),
    }  # fmt: skip


def test_fields_of_formulas_and_marks() -> None:
    vegas = {
        "encoding": {
            "x": [{"formula": "DATE_TRUNC('month', [created at])"}],
            "y": [{"formula": "SUM([a]) / SUM([b])"}],
            "marks": {"properties": {"color": {"values": [{"formula": "[c]"}]}}, "series": []},
            "filter": [{"formula": "[d]", "selection": {"selected": ["[not a field]"]}}],
        }
    }
    found = [(f.field, f.usage, f.output_column) for f in chart_fields(vegas, {}, ["created at", "a", "*"])]
    assert found == [
        ("created at", "x", "created at"), ("a", "y", "a"), ("b", "y", "*"), ("d", "filter", "*"),
        ("c", "color", "*"),
    ]  # fmt: skip


def test_fields_of_an_old_chart() -> None:
    view = {
        "selectedChart": "line",
        "line": {"x": "TIME_ID", "y": ["Responses"], "label": "TYPE", "yminFromData": 1},
    }
    assert [(f.field, f.usage) for f in chart_fields({"encoding": {}}, view, [])] == [
        ("TIME_ID", "x"), ("Responses", "y"), ("TYPE", "color"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "broken", [None, [], "x", 5, {"encoding": []}, {"encoding": {"x": {"formula": 5}, "marks": [None]}}]
)
def test_broken_charts_have_no_fields(broken: object) -> None:
    assert chart_fields(broken, broken, ["a"]) == ()
