"""What a batch says about the past: added, changed, removed, come back, and the day's statistics."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any, cast

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mode_source.destination.snapshot import Snapshot
from mode_source.entities import CHARTS, MEMBERS, QUERIES, REPORTS, Entity
from mode_source.entities.notes import Known
from mode_source.extract.context import Batch
from mode_source.load.history import History, changed_columns
from mode_source.runlog import RunLog

Row = dict[str, Any]
AT = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
SENT = "2026-11-01T10:00:00.000Z"
LOG = RunLog()


class Stored:
    """What a destination holds of an entity, without one."""

    entity: Entity = QUERIES

    def __init__(
        self, *rows: Row, removed: set[tuple[str, str]] | None = None, stats: dict[str, tuple[Any, Any]] | None = None
    ) -> None:
        self.held = {row["token"]: row for row in rows}
        self.gone, self.stats, self.day = removed or set(), stats or {}, None

    def index(self, entity: Entity) -> dict[str, Known]:
        self.entity = entity
        assert entity is not None
        return {token: Known(row["_dlt_id"], "") for token, row in self.held.items()}

    def rows(self, entity: Entity, tokens: list[str]) -> dict[str, Row]:
        return {
            token: {name: value for name, value in self.held[token].items() if name != "_dlt_id"}
            for token in tokens
            if token in self.held and entity is self.entity and not self.held[token].get("lost")
        }

    def removed(self) -> set[tuple[str, str]]:
        return self.gone

    def stats_of(self, day: Any) -> dict[str, tuple[Any, Any]]:
        self.day = day
        return self.stats


def told(stored: Stored, batch: Batch, fresh: list[Row] | None = None) -> dict[str, list[Row]]:
    """The rows of the side tables, by table."""
    history = History(cast(Snapshot, stored), LOG)
    return {table.name: rows for table, rows in history.rows(batch, batch.rows if fresh is None else fresh)}


def row(token: str, digest: str = "new", **values: Any) -> Row:
    return {"token": token, "_dlt_id": digest, **values}


def change(entity: str, token: str, name: str | None, kind: str, columns: str | None = None) -> Row:
    return {"changed_at": LOG.started_at, "entity": entity, "token": token, "name": name, "change": kind,
            "columns": columns}  # fmt: skip


def test_added_changed_and_unchanged() -> None:
    stored = Stored(row("same", name="A"), row("moved", "old", name="B", space_token="x", description=None))
    batch = Batch(QUERIES, [row("same", name="A"), row("moved", name="B2", space_token="y"), row("fresh", name="C")])
    assert told(stored, batch) == {
        "changes": [
            change("queries", "fresh", "C", "added"),
            change("queries", "moved", "B2", "changed", "name,space_token"),
        ]
    }


def test_only_rows_that_are_loaded_count() -> None:
    batch = Batch(QUERIES, [row("a", name="A"), row("b", name="B")])
    assert told(Stored(), batch, batch.rows[1:]) == {"changes": [change("queries", "b", "B", "added")]}


def test_a_row_whose_digest_alone_changed_did_not_change() -> None:
    assert told(Stored(row("a", "old", name="A")), Batch(QUERIES, [row("a", name="A")])) == {}


def test_a_row_that_the_destination_has_lost_since_is_new_in_every_column() -> None:
    stored = Stored(row("a", "old", lost=True))
    assert told(stored, Batch(QUERIES, [row("a", name="A")])) == {
        "changes": [change("queries", "a", "A", "changed", "name,token")]
    }


def test_texts_that_look_like_json_stay_texts_in_the_last_row() -> None:
    stored = Stored(row("a", name="[1]", raw_query='{"a": 1}', created_at="2026-11-01T10:00:00Z", more='{"b": 2}'))
    assert told(stored, Batch(QUERIES, gone=["a"]))["removed_assets"][0]["last_row"] == {
        "token": "a", "name": "[1]", "raw_query": '{"a": 1}', "created_at": SENT, "more": {"b": 2},
    }  # fmt: skip


def test_what_is_gone_leaves_its_last_row() -> None:
    stored = Stored(row("a", name="A", created_at=AT, data_source_id="7", raw_query=None), row("b", name="B"))
    said = told(stored, Batch(QUERIES, gone=["a", "unknown"]))
    assert said == {
        "changes": [change("queries", "a", "A", "removed"), change("queries", "unknown", None, "removed")],
        "removed_assets": [
            {"entity": "queries", "token": "a", "name": "A", "removed_at": LOG.started_at,
             "last_row": {"token": "a", "name": "A", "created_at": SENT, "data_source_id": "7"}},
            {"entity": "queries", "token": "unknown", "name": None, "removed_at": LOG.started_at,
             "last_row": {"token": "unknown"}},
        ],
    }  # fmt: skip


def test_what_comes_back_is_removed_no_more() -> None:
    stored = Stored(removed={("queries", "a"), ("reports", "b"), ("queries", "c")})
    said = told(stored, Batch(QUERIES, [row("a", name="A"), row("b", name="B")]))
    assert said["removed_assets"] == [{"entity": "queries", "token": "a", "_deleted": True}]
    assert [made["change"] for made in said["changes"]] == ["added", "added"]


@pytest.mark.parametrize(
    ("entity", "values", "name"),
    [
        (QUERIES, {"name": "A"}, "A"),
        (CHARTS, {"title": "T"}, "T"),
        (MEMBERS, {"username": "u"}, "u"),
        (MEMBERS, {"name": "N", "username": "u"}, "N"),
        (CHARTS, {"name": "", "title": "T", "username": "u"}, "T"),
        (CHARTS, {"name": None}, None),
        (QUERIES, {"name": 7}, "7"),
    ],
)
def test_names(entity: Entity, values: Row, name: str | None) -> None:
    assert told(Stored(), Batch(entity, [row("a", **values)]))["changes"] == [change(entity.name, "a", name, "added")]


def test_notes_go_along() -> None:
    notes = [{"entity": "reports", "token": "a"}]
    assert told(Stored(), Batch(QUERIES, notes=notes)) == {"reads": notes}
    assert told(Stored(), Batch(QUERIES)) == {}


def test_statistics_of_the_day() -> None:
    """Of reports only, and only where the day does not have them yet."""
    counts: Row = {"view_count": 5, "runs_count": 2}
    stored = Stored(stats={"same": (5, 2), "viewed": (4, 2), "ran": (5, 1)})
    batch = Batch(REPORTS, [row(token, **counts) for token in ("same", "viewed", "ran", "new")] + [row("bare")])
    said = told(stored, batch, [])
    day = LOG.started_at.date()
    assert said == {
        "report_stats_daily": [
            *({"report_token": token, "day": day, **counts} for token in ("viewed", "ran", "new")),
            {"report_token": "bare", "day": day, "view_count": None, "runs_count": None},
        ]
    }
    assert stored.day == day
    assert told(Stored(stats={"same": (5, 2)}), Batch(REPORTS, [row("same", **counts)]), []) == {}
    assert told(Stored(), Batch(QUERIES, [row("a", **counts)]), []) == {}


# -- in which columns two rows differ

SAME: list[tuple[Entity, str, Any, Any]] = [  # as a database gives it, as Mode sends it
    (REPORTS, "created_at", AT, SENT),
    (REPORTS, "created_at", AT.astimezone(timezone(timedelta(hours=5))), SENT),
    (REPORTS, "created_at", pendulum.instance(AT), "2026-11-01T12:00:00+02:00"),
    (REPORTS, "created_at", "2026-11-01T10:00:00Z", SENT),
    (REPORTS, "created_at", None, None),
    (REPORTS, "name", "A", "A"),
    (REPORTS, "view_count", 3, 3),
    (CHARTS, "view", '{"a": [1, null]}', {"a": [1, None]}),
    (CHARTS, "view", '[1,2]', [1, 2]),
    (CHARTS, "view", {"a": 1}, {"a": 1}),
    (REPORTS, "new_key", '{"a":1}', {"a": 1}),
]  # fmt: skip
OTHER: list[tuple[Entity, str, Any, Any]] = [
    (REPORTS, "created_at", AT, "2026-11-01T10:00:00.001Z"),
    (REPORTS, "created_at", None, SENT),
    (REPORTS, "name", "A", "a"),
    (REPORTS, "name", None, ""),
    (REPORTS, "name", '{"a":1}', '{"a": 1}'),  # a text that looks like JSON is a text
    (REPORTS, "name", "[1]", [1]),
    (REPORTS, "id", "[1]", [1]),
    (REPORTS, "view_count", 3, 4),
    (CHARTS, "view", '{"a": 1}', {"a": 2}),
    (CHARTS, "view", "{broken", "{broken too"),
    (CHARTS, "view", '"a"', "a"),
    (CHARTS, "view", "1", 1),
    (REPORTS, "new_key", SENT, "2026-11-01T10:00:00Z"),
]


@pytest.mark.parametrize(("entity", "name", "stored", "sent"), SAME)
def test_the_same_value_in_another_form(entity: Entity, name: str, stored: Any, sent: Any) -> None:
    assert changed_columns(entity, {"token": "a", name: stored}, {"token": "a", name: sent}) == []
    assert changed_columns(entity, {name: sent}, {name: stored}) == []


@pytest.mark.parametrize(("entity", "name", "stored", "sent"), OTHER)
def test_another_value(entity: Entity, name: str, stored: Any, sent: Any) -> None:
    assert changed_columns(entity, {"token": "a", name: stored}, {"token": "a", name: sent}) == [name]
    assert changed_columns(entity, {name: sent}, {name: stored}) == [name]


def test_columns_are_sorted_and_those_of_others_left_out() -> None:
    before = {"b": 1, "c": 1, "_dlt_id": "x", "_as_sent": "x", "_deleted": None, "gone": 1, "none": None}
    after = {"c": 2, "a": 1, "b": 2, "_dlt_id": "y", "_as_sent": "y", "_deleted": True}
    assert changed_columns(REPORTS, before, after) == ["a", "b", "c", "gone"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(["a", "b", "c", "name"]), st.one_of(st.none(), st.text(), st.integers())))
def test_a_row_equals_itself(values: Row) -> None:
    assert changed_columns(REPORTS, values, dict(values)) == []
    without = {name: value for name, value in values.items() if value is not None}
    assert changed_columns(REPORTS, values, without) == []
    assert changed_columns(REPORTS, {}, values) == sorted(without)
