"""No value that Mode sends stops a run, or changes another one in silence: on DuckDB and PostgreSQL."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from itertools import count
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Fault, Sandbox, Workspace

from ..conftest import assert_equal, duckdb_pipeline, exported, postgres_pipeline, run

Body = dict[str, Any]
SIZES: dict[str, Any] = {"reports": 6, "collections": 1, "datasets": 1, "members": 2}
REPORTS = r"/spaces/\w+/reports$"


@pytest.fixture(params=["duckdb", "postgres"])
def pipeline(request: pytest.FixtureRequest, tmp_path: Path) -> dlt.Pipeline:
    if request.param == "duckdb":
        return duckdb_pipeline(tmp_path)
    return postgres_pipeline(request.getfixturevalue("postgres"), tmp_path, f"odd_{tmp_path.name.lower()[-40:]}")


def spread(*values: Any, field: str = "novelty") -> Callable[[Body], None]:
    """Gives the rows of each answer these values in turn."""
    turn = count()

    def alter(body: Body) -> None:
        for row in body.get("_embedded", {}).get("reports", []):
            row[field] = values[next(turn) % len(values)]

    return alter


def table(pipeline: dlt.Pipeline, columns: str, name: str = "reports") -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        sql = f"SELECT {columns} FROM {client.make_qualified_table_name(name)} ORDER BY token"
        return [tuple(row) for row in client.execute_sql(sql) or ()]


def as_sent(pipeline: dlt.Pipeline, field: str) -> list[Any]:
    return [json.loads(text)[field] for (text,) in table(pipeline, "_as_sent") if text and field in json.loads(text)]


MIXED = {
    "numbers": (5, 5.5),
    "a number, then a word": (5, "low"),
    "a time, then never": ("2026-01-01T00:00:00.000Z", "never", 7),
    "a flag": (True, "yes", 1),
    "an object": ({"a": 1}, "none", [1, 2]),
    "nested": ({"a": {"b": 5}}, {"a": {"b": "x"}}, {"a": 7}),
    "beyond 64 bits": (2**70, 5, -(2**64)),
    "odd texts": ("x\ud800y", "\u0000z", "🚀"),
}


@pytest.mark.parametrize("values", MIXED.values(), ids=MIXED.keys())
def test_a_field_that_changes_its_type(pipeline: dlt.Pipeline, tmp_path: Path, values: tuple[Any, ...]) -> None:
    """Within one run and from one to the next: each run ends well, and every value is in the column or in _as_sent."""
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        for order in (values, values[::-1], values):
            sandbox.clear_faults()
            sandbox.add_fault(Fault(REPORTS, "alter", alter=spread(*order), times=None))
            assert not run(pipeline, sandbox).gaps
        held = [value for (value,) in table(pipeline, "novelty")] if "novelty" in columns_of(pipeline) else []
        kept = as_sent(pipeline, "novelty")
        assert len([value for value in held if value is not None]) + len(kept) == len(table(pipeline, "token"))
        assert not [name for name in columns_of(pipeline) if name.startswith("novelty_")]
        sandbox.clear_faults()
        assert_equal(pipeline, sandbox, tmp_path / "out")


def columns_of(pipeline: dlt.Pipeline, name: str = "reports") -> list[str]:
    return list(pipeline.default_schema.get_table_columns(name))


def tagged(body: Body) -> None:
    for row in body["_embedded"]["queries"]:
        row["tags"] = ["a", {"b": 1}]


def test_objects_and_lists_are_one_column_each(pipeline: dlt.Pipeline) -> None:
    keys = {f"user{number}": {"seen": number} for number in range(300)}
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        sandbox.add_fault(Fault(REPORTS, "alter", alter=spread(keys, field="seen_by"), times=None))
        sandbox.add_fault(Fault(r"/queries$", "alter", alter=tagged, times=None))
        assert not run(pipeline, sandbox).gaps
        assert [name for name in columns_of(pipeline) if name.startswith("seen_by")] == ["seen_by"]
        (value,) = table(pipeline, "seen_by")[0]
        assert (json.loads(value) if isinstance(value, str) else value) == keys
        assert [name for name in columns_of(pipeline, "queries") if name.startswith("tags")] == ["tags"]


def test_more_new_fields_than_a_table_takes(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    many = {f"field_{number}": number for number in range(2000)}

    def alter(body: Body) -> None:
        for row in body["_embedded"]["reports"]:
            row.update(many)

    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        sandbox.add_fault(Fault(REPORTS, "alter", alter=alter, times=None))
        for _ in range(2):
            assert not run(pipeline, sandbox).gaps
        new = [name for name in columns_of(pipeline) if name.startswith("field_")]
        assert len(new) == 100
        text = json.loads(table(pipeline, "_as_sent")[0][0])
        assert len([name for name in text if name.startswith("field_")]) == 1900
        assert_equal(pipeline, sandbox, tmp_path / "out")


COLLIDING: dict[str, Body] = {
    "a column of ours": {"Name": "not the name", "Token": "not the token", "viewCount": 99, "ID": "x"},
    "marks of ours": {"_deleted": True, "_as_sent": "{}", "_dlt_id": "x", "_dlt_load_id": "y", "Deleted": "fine"},
    "two that become one": {"someField": 1, "some_field": 2, "SomeField": 3, "some-field": 4},
    "no name at all": {"": 1, "???": 2, "9lives": 3, "ß": 4},
}


@pytest.mark.parametrize("fields", COLLIDING.values(), ids=COLLIDING.keys())
def test_names_that_meet(
    pipeline: dlt.Pipeline, tmp_path: Path, fields: Body, caplog: pytest.LogCaptureFixture
) -> None:
    """The declared column and ours win; the other value stays in _as_sent under its own name."""

    def alter(body: Body) -> None:
        for row in body["_embedded"]["reports"]:
            row.update(fields)

    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        sandbox.add_fault(Fault(REPORTS, "alter", alter=alter, times=None))
        with caplog.at_level(logging.WARNING):
            for _ in range(2):
                assert not run(pipeline, sandbox).gaps
        assert_equal(pipeline, sandbox, tmp_path / "out")
        kept = json.loads(table(pipeline, "_as_sent")[0][0])
        for name, value in fields.items():
            in_column = (
                [held for (held,) in table(pipeline, column(pipeline, name))]
                if column(pipeline, name) in columns_of(pipeline)
                else []
            )
            assert kept.get(name) == value or value in in_column, name
        assert len([record for record in caplog.records if "_as_sent" in record.getMessage()]) <= 2 * len(fields)


def column(pipeline: dlt.Pipeline, name: str) -> str:
    """What the destination would call a field's column."""
    return pipeline.default_schema.naming.normalize_identifier(name) if name else ""


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = {"n": value}
    return value


ODD: dict[str, tuple[str, Any]] = {
    "a count beyond 64 bits": ("view_count", 10**30),
    "a count in words": ("view_count", "many"),
    "not a number": ("expected_runtime", "NaN"),
    "an object for a text": ("description", {"a": [1]}),
    "a colour nested 500 deep": ("color_mappings", nested(500)),
    "a huge number in an object": ("color_mappings", {"a": 2**80}),
    "a new field nested 500 deep": ("novelty", nested(500)),
    "a time that is none": ("last_run_at", "yesterday"),
    "a year beyond all": ("last_run_at", "99999-01-01T00:00:00.000Z"),
    "links that are a text": ("_links", "none"),
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD.keys())
def test_values_that_an_engine_cannot_carry(pipeline: dlt.Pipeline, tmp_path: Path, odd: tuple[str, Any]) -> None:
    """One odd row of many: the run ends well, the export has what Mode sent, the others are untouched."""
    field, value = odd

    def alter(body: Body) -> None:
        for row in body["_embedded"]["reports"][:1]:
            row[field] = value

    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        sandbox.add_fault(Fault(REPORTS, "alter", alter=alter, times=None))
        for _ in range(2):
            assert not run(pipeline, sandbox).gaps
        rows = exported(pipeline, tmp_path / "out")["report"]
        assert len(rows) == len(sandbox.workspace.expected_tables()["reports"])
        if field in rows[0]:
            assert any(row[field] == value for row in rows)
        sandbox.clear_faults()
        run(pipeline, sandbox)
        assert_equal(pipeline, sandbox, tmp_path / "out")
