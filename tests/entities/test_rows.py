"""Payload → row → export: nothing that Mode sends is changed, nothing secret or volatile is kept."""

from __future__ import annotations

import json
import logging
import random
import re
from collections.abc import Iterator
from datetime import datetime, timezone
from typing import Any

import orjson
import pendulum
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mode_sandbox import Sandbox, Workspace
from mode_source.catalogs.coalesce.contract import FILES
from mode_source.entities import (
    CHARTS,
    COLLECTIONS,
    DATA_SOURCES,
    DATASETS,
    ENTITIES,
    GROUP_MEMBERSHIPS,
    MEMBERS,
    QUERIES,
    REPORTS,
    Column,
    Entity,
)
from mode_source.entities.rows import digest, exported, last_segment, make_row, version

from ..helpers import client_for

Row = dict[str, Any]
BIGINT = 2**63


@pytest.fixture(autouse=True, scope="module")
def quiet() -> Iterator[None]:
    """Thousands of values that do not fit need no thousands of warnings."""
    logger = logging.getLogger("mode_source.rows")
    logger.disabled = True
    yield
    logger.disabled = False


MOMENTS = st.datetimes(datetime(1000, 1, 1), datetime(9999, 12, 30))
STAMPS = st.one_of(
    MOMENTS.map(lambda moment: moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"),
    MOMENTS.map(lambda moment: moment.isoformat() + "Z"),
    MOMENTS.map(lambda moment: moment.isoformat() + "+02:00"),
    st.sampled_from(
        ["", "never", "2021-12-10", "2021-12-10T20:55:24Z", "2021-12-10T20:55:24.3Z", "2021-12-10 20:55:24.316 UTC",
         "2021-13-45T99:99:99.999Z", "0000-00-00T00:00:00.000Z", "2016-12-31T23:59:60.000Z", "P1DT2H3M4S0000000",
         "2021-12-10T20:55:24.316Z/2022-01-01T00:00:00Z"]
    ),
)  # fmt: skip
TEXTS = st.text(st.characters(codec="utf-8", exclude_characters="\0"))
NUMERIC_TEXTS = st.sampled_from(
    ["0", "-0", "007", "12", "-5", "3535709679", "1e5", "1_000", " 7 ", "٣", "nan", "inf", "1.0"]
)


def usual(value: Any) -> bool:
    """Not one of the moments that have tests of their own below."""
    try:
        moment = pendulum.parse(value) if isinstance(value, str) else None
    except ValueError:
        return True
    return not isinstance(moment, pendulum.DateTime) or (moment.year > 1000 and re.search(r"\.\d{6}Z$", value) is None)


SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(-(2.0**52), 2.0**52),
    TEXTS.filter(usual),
    NUMERIC_TEXTS,
    STAMPS.filter(usual),
)


def stored_and_read(entity: Entity, row: Row) -> Row:
    """The row as a database gives it back: JSON in between, timestamps as datetimes, types that fit."""
    back: Row = orjson.loads(orjson.dumps(row))
    for column in entity.columns:
        value = back.get(column.name)
        if value is None:
            continue
        match column.kind:
            case "text" | "id":
                assert isinstance(value, str)
            case "bigint":
                assert type(value) is int
                assert -BIGINT <= value < BIGINT
            case "bool":
                assert isinstance(value, bool)
            case "double":
                assert isinstance(value, float)
            case "timestamp":
                assert value.endswith("Z")
                back[column.name] = datetime.strptime(value, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=timezone.utc)
    return back


def export(entity: Entity, stored: Row, names: list[str]) -> Row:
    """What `export.read_rows` makes of a stored row."""
    kinds = {column.name: column.kind for column in entity.columns}
    found = {name: exported(kinds[name], stored.get(name)) for name in names}
    return found | {name: value for name, value in json.loads(stored.get("_as_sent") or "{}").items() if name in found}


def assert_round_trip(entity: Entity, payload: Row) -> None:
    row = make_row(entity, payload)
    assert row is not None
    names = [name for name in payload if name != "token"]
    found = export(entity, stored_and_read(entity, row), names)
    for name in names:
        assert found[name] == payload[name], name
        assert type(found[name]) is type(payload[name]), name


EXPORTED = [
    (ENTITIES[file.table], key)
    for file in FILES
    for key in file.keys
    if key not in ("creator", "token", "report_token", "username")
]


def kind_of(entity: Entity, name: str) -> str:
    return next(column.kind for column in entity.columns if column.name == name)


PLAIN = [(entity, key) for entity, key in EXPORTED if kind_of(entity, key) != "bool"]
BOOLS = [(entity, key) for entity, key in EXPORTED if kind_of(entity, key) == "bool"]


@settings(max_examples=600, deadline=None)
@given(place=st.sampled_from(PLAIN), sent=SCALARS)
@example(place=(REPORTS, "created_at"), sent="2021-12-10T20:55:24.316Z")
@example(place=(REPORTS, "query_count"), sent="3")
@example(place=(REPORTS, "query_count"), sent=3.0)
@example(place=(QUERIES, "data_source_id"), sent=34499)
@example(place=(QUERIES, "data_source_id"), sent="34499")
@example(place=(QUERIES, "data_source_id"), sent=True)
def test_whatever_mode_sends_is_exported_as_sent(place: tuple[Entity, str], sent: Any) -> None:
    """For every exported column, whatever JSON scalar Mode sends, the export gives back exactly that."""
    entity, key = place
    assert_round_trip(entity, {"token": "t", key: sent})


@pytest.mark.parametrize("sent", [None, True, False, "true", "false", [], {}])
@pytest.mark.parametrize(("entity", "key"), BOOLS, ids=str)
def test_flags(entity: Entity, key: str, sent: Any) -> None:
    assert_round_trip(entity, {"token": "t", key: sent})


@pytest.mark.parametrize("sent", [0, 1, 2.5, "", "yes", "True"])
def test_flags_that_are_none(sent: Any) -> None:
    """A value that does not fit the type is kept in `_as_sent`; it must not crash the run."""
    assert_round_trip(REPORTS, {"token": "t", "public": sent})


@pytest.mark.parametrize("sent", [2**63, 1e300, "1" + "0" * 22], ids=str)
def test_counts_beyond_64_bits(sent: Any) -> None:
    """They do not fit the column, so they belong in `_as_sent` alone."""
    assert_round_trip(REPORTS, {"token": "t", "view_count": sent})


@pytest.mark.parametrize("sent", ["0001-01-01T00:00:00.000Z", "0001-01-01T00:00:00Z", "0999-12-31T23:59:59.999Z"])
def test_moments_of_the_first_centuries(sent: str) -> None:
    """0001-01-01 is how Go and .NET write "never"."""
    assert_round_trip(REPORTS, {"token": "t", "published_at": sent})


@pytest.mark.parametrize("sent", ["2021-12-10T20:55:24.316999Z", "2021-12-10T20:55:24.316000Z"])
def test_moments_with_microseconds(sent: str) -> None:
    """Six digits, as audit logs have them (docs/mode-api.md#s2): the export must not cut them to three."""
    assert_round_trip(REPORTS, {"token": "t", "updated_at": sent})


@pytest.mark.parametrize("sent", [[], {}, [1], {"a": 1}, "x", 3.5, True], ids=str)
@pytest.mark.parametrize("key", ["id", "name", "query_count", "created_at"])
def test_values_of_a_wrong_type(key: str, sent: Any) -> None:
    """Objects where a scalar is due, texts where a number is due: nothing lost, nothing changed, no crash."""
    assert_round_trip(REPORTS, {"token": "t", key: sent})


@given(
    names=st.lists(st.sampled_from([key for entity, key in PLAIN if entity is REPORTS]), unique=True), data=st.data()
)
def test_whole_reports(names: list[str], data: st.DataObject) -> None:
    """Many odd values in one row do not get into each other's way."""
    assert_round_trip(REPORTS, {"token": "t"} | {name: data.draw(SCALARS) for name in names})


# -- ids


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=str)
def test_ids_are_stored_as_text(entity: Entity) -> None:
    """Ids arrive as numbers or strings (docs/mode-api.md#quirk-8): the table has one type, for joins."""
    for name in [column.name for column in entity.columns if column.kind == "id"]:
        number = make_row(entity, {"token": "t", name: 3535709679})
        text = make_row(entity, {"token": "t", name: "3535709679"})
        assert number is not None
        assert text is not None
        assert number[name] == text[name] == "3535709679"
        assert export(entity, number, [name]) == {name: 3535709679}
        assert export(entity, text, [name]) == {name: "3535709679"}


def test_a_row_without_token_is_skipped() -> None:
    for payload in ({}, {"token": None}, {"token": ""}, {"name": "x"}):
        assert make_row(REPORTS, payload) is None


# -- secrets


SIGNED = "https://s3.us-west-2.amazonaws.com/mode.production/x?X-Amz-Signature=abc&X-Amz-Expires=119"
NEVER: list[tuple[Entity, Row]] = [
    (REPORTS, {"web_preview_image": SIGNED}),
    (REPORTS, {"flamingo_signature": "fl.HIDE"}),
    (DATASETS, {"web_preview_image": "HIDE"}),
    (REPORTS, {"new_thing": SIGNED + "HIDE"}),
    (REPORTS, {"new_thing": "https://storage.googleapis.com/x?a=1&X-Goog-Signature=HIDE"}),
    (REPORTS, {"new_thing": "https://x.blob.core.windows.net/y?sv=1&sig=HIDE"}),
    (REPORTS, {"_forms": {"edit": {"input": "HIDE"}}}),
    (REPORTS, {"_links": {"self": {"href": "/HIDE"}}}),
    (REPORTS, {"_embedded": {"x": "HIDE"}}),
    (QUERIES, {"_forms": {"edit": {"input": {"raw_query": "HIDE"}}}}),
    (DATA_SOURCES, {"ssl_trusted_cert": "-----BEGIN CERTIFICATE-----HIDE"}),
    (DATA_SOURCES, {"client_certificate": "HIDE"}),
    (DATA_SOURCES, {"password": "HIDE"}),
    (DATA_SOURCES, {"password_digest": "HIDE"}),
    (DATA_SOURCES, {"private_key": "HIDE", "privateKey": "HIDE", "api_key": "HIDE", "accessKey": "HIDE"}),
    (DATA_SOURCES, {"credentials": {"user": "HIDE"}}),
    (DATA_SOURCES, {"custom_attributes": {"private_key": "HIDE", "deep": [{"client_secret": "HIDE"}]}}),
    (MEMBERS, {"avatar": {"url": "HIDE"}}),
]


@pytest.mark.parametrize(
    ("entity", "payload"), NEVER, ids=[f"{entity.name} {list(payload)}" for entity, payload in NEVER]
)
def test_never_stored(entity: Entity, payload: Row) -> None:
    """Secrets, presigned URLs, signatures, forms and links have no column, whatever they are called."""
    row = make_row(entity, {"token": "t", **payload})
    assert row is not None
    assert "HIDE" not in repr(row)
    if "custom_attributes" not in payload:
        assert set(row) <= {"token", "_dlt_id"} | {column.name for column in entity.columns}
        assert row == make_row(entity, {"token": "t"})  # and they never make a row look changed


@pytest.mark.parametrize(
    "payload",
    [
        {"connection": {"host": "h", "password": "HIDE"}},
        {"keys": [{"private_key": "HIDE"}]},
        {"previews": [SIGNED + "HIDE"]},
        {"preview": {"url": SIGNED + "HIDE"}},
    ],
    ids=str,
)
def test_secrets_inside_new_fields(payload: Row) -> None:
    """A field that Mode adds tomorrow may be an object with a secret in it."""
    assert "HIDE" not in repr(make_row(DATA_SOURCES, {"token": "t", **payload}))


def test_custom_attributes_keep_what_is_harmless() -> None:
    row = make_row(DATA_SOURCES, {"token": "t", "custom_attributes": {"instance_name": "x", "private_key": "y"}})
    assert row is not None
    assert row["custom_attributes"] == {"instance_name": "x"}


def test_sandbox_data_sources_hold_no_secret() -> None:
    """As served: certificate and private key are in the payload, not in the row."""
    workspace = Workspace.empty()
    workspace.add_data_source()
    with Sandbox(workspace) as sandbox:
        payload = client_for(sandbox).get("data_sources")["_embedded"]["data_sources"][0]
    assert "CERTIFICATE" in repr(payload)
    assert "sandbox-private-key" in repr(payload)
    row = make_row(DATA_SOURCES, payload)
    assert "CERTIFICATE" not in repr(row)
    assert "sandbox-private-key" not in repr(row)


# -- names


def test_awkward_keys_are_renamed() -> None:
    """`viewable?` and `viewed?` need cleaning (docs/mode-api.md#quirk-20)."""
    row = make_row(COLLECTIONS, {"token": "t", "viewable?": True, "viewed?": False})
    assert row is not None
    assert (row["viewable"], row["viewed"]) == (True, False)
    assert not [name for name in row if "?" in name]


def test_chart_titles() -> None:
    """`view_vegas.title` is HTML-encoded (docs/mode-api.md#s2); the older form and "" are taken as they are."""

    def title(**payload: Any) -> Any:
        return (make_row(CHARTS, {"token": "t", **payload}) or {}).get("title")

    assert title(view_vegas={"title": "R&amp;D &lt;3 &#39;x&#39;"}) == "R&D <3 'x'"
    assert title(view_vegas={}, view={"chartTitle": "Old"}) == "Old"
    assert title(view_vegas={"title": ""}, view={}) == ""
    assert title(view_vegas=None, view=None) is None
    assert title(view_vegas="broken") is None


def test_text_is_not_unescaped_anywhere_else() -> None:
    row = make_row(REPORTS, {"token": "t", "name": "A &amp; B", "description": "&lt;"})
    assert row is not None
    assert (row["name"], row["description"]) == ("A &amp; B", "&lt;")


def test_new_fields_become_columns() -> None:
    """Mode may add fields: they are kept, and null ones make no column."""
    row = make_row(REPORTS, {"token": "t", "brand_new": 5, "nested": {"a": 1}, "empty": None})
    assert row is not None
    assert row["brand_new"] == 5
    assert row["nested"] == {"a": 1}
    assert "empty" not in row


@pytest.mark.parametrize(
    ("links", "creator"),
    [
        ({"creator": {"href": "/api/alice"}}, "alice"),
        ({"creator": {"href": "https://app.mode.com/api/alice"}}, "alice"),
        ({"creator": {"href": "/api/alice/"}}, "alice"),
        ({"creator": {"href": "/api/alice?x=1"}}, "alice"),
        ({"creator": {"href": "api/{username}"}}, "{username}"),  # docs_collection.json
        ({"creator": {"href": ""}}, None),
        ({"creator": {"href": None}}, None),
        ({"creator": {}}, None),
        ({"creator": None}, None),
        ({"creator": "/api/alice"}, None),
        ({}, None),
        (None, None),
    ],
    ids=str,
)
def test_creator(links: Any, creator: str | None) -> None:
    """Known failure: a report without a creator link crashed the run."""
    row = make_row(REPORTS, {"token": "t", "_links": links})
    assert row is not None
    assert row.get("creator_username") == creator
    assert "creator_username" not in (make_row(REPORTS, {"token": "t"}) or {})


def test_last_segment_of_no_text() -> None:
    assert last_segment(None) is None
    assert last_segment(7) is None


# -- parents


def test_parents_win_except_over_a_newer_collection() -> None:
    """Keys of the path fill in; a report's own `space_token` is newer than the listing it was found in."""
    query = make_row(QUERIES, {"token": "q", "report_token": "lie"}, report_token="r")
    assert query is not None
    assert query["report_token"] == "r"
    moved = make_row(REPORTS, {"token": "r", "space_token": "new"}, space_token="old")
    assert moved is not None
    assert moved["space_token"] == "new"
    bare = make_row(REPORTS, {"token": "r"}, space_token="old")
    assert bare is not None
    assert bare["space_token"] == "old"
    membership = make_row(GROUP_MEMBERSHIPS, {"token": "m"}, group_token="g")
    assert membership is not None
    assert membership["group_token"] == "g"


def test_members_have_two_spellings() -> None:
    """`member_token`/`member_username` in one listing, `token`/`username` in the other."""
    one = make_row(MEMBERS, {"member_token": "m", "username": "alice"})
    two = make_row(MEMBERS, {"token": "m", "member_username": "alice"})
    assert one is not None
    assert two is not None
    assert (one["token"], one["username"]) == (two["token"], two["username"]) == ("m", "alice")


# -- digests


@given(
    payload=st.dictionaries(st.sampled_from(["name", "description", "id", "brand_new", "color_mappings"]), SCALARS),
    seed=st.integers(0, 99),
)
def test_digest_does_not_depend_on_key_order(payload: Row, seed: int) -> None:
    """Rows are compared by digest: the same content in another order is the same row."""
    payload = {"token": "t", **payload, "view": {"b": 1, "a": {"d": 2, "c": 3}}}
    shuffled = list(payload.items())
    random.Random(seed).shuffle(shuffled)
    again = dict(shuffled)
    again["view"] = {"a": {"c": 3, "d": 2}, "b": 1}
    one, two = make_row(REPORTS, payload), make_row(REPORTS, again)
    assert one is not None
    assert two is not None
    assert one["_dlt_id"] == two["_dlt_id"]


@pytest.mark.parametrize(
    "change", [{"name": "b"}, {"id": "1"}, {"archived": True}, {"brand_new": 1}, {"query_count": "1"}]
)
def test_digest_shows_every_change(change: Row) -> None:
    """Even one of an id from number to string, which the column cannot show."""
    base = {"token": "t", "name": "a", "id": 1, "archived": False, "query_count": 1}
    one, two = make_row(REPORTS, base), make_row(REPORTS, base | change)
    assert one is not None
    assert two is not None
    assert one["_dlt_id"] != two["_dlt_id"]


def test_digest_is_the_same_everywhere() -> None:
    """Another machine, another Python: the same digest, or everything would be loaded again."""
    assert digest({"b": [1, {"y": None, "x": "é"}], "a": "t"}) == digest({"a": "t", "b": [1, {"x": "é", "y": None}]})
    assert digest({"token": "t"}) == "2b03e8e3366c0ba8328dda11"


def test_version_shows_what_makes_children_due() -> None:
    quiet, edited = {"token": "t", "view_count": 1}, {"token": "t", "edited_at": "2026-01-01T00:00:00.000Z"}
    assert version(REPORTS, quiet) == version(REPORTS, {"token": "t"})
    assert version(REPORTS, quiet) != version(REPORTS, edited)


def test_column_source_defaults_to_its_name() -> None:
    assert Column("a", "text", "").source == "a"
    assert Column("a", "text", "", "link:x").source == "link:x"
