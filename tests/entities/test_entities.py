"""The entity table: consistent in itself, complete against the documented fields."""

from __future__ import annotations

import json
from string import Formatter
from typing import Any

import pytest

from mode_source.catalogs.coalesce.contract import FILES
from mode_source.entities import ENTITIES, Column, Entity
from mode_source.entities.rows import SECRET, make_row

from ..helpers import FACTS

# Our name → names in the fact sheet.
DOCUMENTED = {
    "collections": ("collection",),
    "data_sources": ("data_source",),
    "reports": ("report",),
    "datasets": ("dataset",),
    "queries": ("query",),
    "charts": ("chart",),
    "definitions": ("definition",),
    "members": ("membership", "user"),
    "groups": ("group",),
    "group_memberships": ("group_membership",),
    "report_schedules": ("report_schedule",),
    "report_filters": ("report_filter",),
    "report_runs": ("report_run",),
    "query_runs": ("query_run",),
    "report_subscriptions": ("report_subscription",),
    "dataset_fields": ("dataset_field", "dataset_field_description"),
    "collection_permissions": ("collection_permission",),
    "data_source_permissions": ("data_source_permission_grant",),
    "audit_logs": ("audit_log",),
}
OPTIONAL = [
    "report_filters", "report_runs", "query_runs", "report_subscriptions", "dataset_fields",
    "collection_permissions", "data_source_permissions", "audit_logs",
]  # fmt: skip
# A membership's own id, token and links to the user; the member is keyed by member_token.
ELSEWHERE = {("members", name) for name in ("member_token", "member_username", "member_type", "member_id")}
# Times of a field's description, of which one has a column.
ELSEWHERE |= {("dataset_fields", "created_at"), ("dataset_fields", "updated_at")}


def sources(entity: Entity) -> set[str]:
    """Payload keys that have a column."""
    return {part for column in entity.columns for part in column.source.split("|")}


def columns(entity: Entity) -> dict[str, Column]:
    return {column.name: column for column in entity.columns}


def documented() -> list[tuple[str, str, dict[str, Any]]]:
    facts = json.loads(FACTS.read_text())["entities"]
    return [
        (name, field, details)
        for name, theirs in DOCUMENTED.items()
        for their in theirs
        for field, details in facts[their]["fields"].items()
    ]


def test_every_documented_field_has_a_column() -> None:
    missing = [
        (name, field)
        for name, field, details in documented()
        if not details.get("exclude")
        and (name, field) not in ELSEWHERE
        and field not in sources(ENTITIES[name]) | set(columns(ENTITIES[name])) | set(ENTITIES[name].never)
    ]
    assert missing == []


def test_no_excluded_field_has_a_column() -> None:
    excluded = [(name, field) for name, field, details in documented() if details.get("exclude")]
    assert excluded  # the fact sheet still marks them
    for name, field in excluded:
        entity = ENTITIES[name]
        if field in columns(entity):  # declared without what is secret in it
            assert field == "custom_attributes"
            continue
        row = make_row(entity, {"token": "t", field: "HIDE"})
        assert row is not None, (name, field)
        assert "HIDE" not in row.values(), (name, field)


def test_types_are_those_documented() -> None:
    """Ids as text that holds both forms, timestamps with time zone, flags as booleans, objects as JSON."""
    kinds = {
        "timestamp": {"timestamp"}, "boolean": {"bool"}, "integer|string": {"id"}, "object": {"json"},
        "array": {"json"}, "integer": {"bigint", "id"}, "number": {"double", "bigint"},
        "string": {"text", "id", "json"},
    }  # fmt: skip
    for name, field, details in documented():
        column = columns(ENTITIES[name]).get(field)
        if column is not None:
            assert column.kind in kinds[details["type"]], (name, field, details["type"])


def test_the_tables_of_the_interface() -> None:
    assert set(ENTITIES) == {*DOCUMENTED, "report_stats"}
    assert [name for name, entity in ENTITIES.items() if entity.api == "batch"] == ["report_stats"]
    assert [name for name, entity in ENTITIES.items() if not entity.selected] == OPTIONAL


def test_contract_keys_are_columns() -> None:
    """Every key of a Catalog file comes from a declared column, so it is there even if Mode never sends it."""
    for file in FILES:
        entity = ENTITIES[file.table]
        assert {file.column(key) for key in file.keys} <= set(columns(entity)), file.name


@pytest.mark.parametrize("entity", ENTITIES.values(), ids=lambda entity: entity.name)
class TestEach:
    def test_columns_are_unique_and_described(self, entity: Entity) -> None:
        names = [column.name for column in entity.columns]
        assert len(names) == len(set(names))
        assert all(name.isidentifier() and name == name.lower() for name in names)
        assert all(column.description.endswith((".", "…")) for column in entity.columns)
        assert entity.description.endswith(".")

    def test_key_is_a_column(self, entity: Entity) -> None:
        assert entity.key in columns(entity)
        assert set(entity.keys) <= set(columns(entity))

    def test_references_point_to_columns(self, entity: Entity) -> None:
        for column in entity.columns:
            if column.references:
                table, _, name = column.references.partition(".")
                target = columns(ENTITIES[table])[name]
                assert target.kind == column.kind, column.name  # or a join would compare text with a number

    def test_parent_exists_and_fills_the_path(self, entity: Entity) -> None:
        wanted = {name for _, name, _, _ in Formatter().parse(entity.path) if name}
        assert wanted == set(entity.keys)
        assert bool(entity.parent) == bool(entity.keys)
        if entity.parent:
            assert entity.parent in ENTITIES
            assert entity.count in {"", *columns(ENTITIES[entity.parent]), *columns(ENTITIES["reports"])}

    def test_what_makes_it_stale_are_columns(self, entity: Entity) -> None:
        assert {*entity.stale, *entity.run_times} - {""} <= set(columns(entity))
        if entity.cursor:
            assert columns(entity)[entity.cursor].kind == "timestamp"
        parent = entity if not entity.parent else ENTITIES[entity.parent]
        listed = ENTITIES[parent.parent] if parent.parent == "reports" else parent  # query_runs follow the report
        assert set(entity.moved_by) <= set(columns(listed))

    def test_updated_at_is_the_cursor(self, entity: Entity) -> None:
        """Every entity that has `updated_at` declares it as its cursor (the issue)."""
        assert (entity.cursor == "updated_at") == ("updated_at" in columns(entity))

    def test_no_column_for_what_is_never_stored(self, entity: Entity) -> None:
        assert not set(entity.never) & set(columns(entity))
        assert not [name for name in columns(entity) if SECRET.search(name)]

    def test_missing_fields_are_no_problem(self, entity: Entity) -> None:
        """Fields documented as required are missing in the wild (docs/mode-api.md#quirk-7)."""
        row = make_row(entity, {"token": "t"}, None, **{key: "p" for key in entity.keys if key != "token"})
        assert row is not None
        assert row["token"] == "t"
