"""Permissions, whose shape nobody knows and which many workspaces may not offer, and the audit log."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import dlt
import pytest

from mode_sandbox import Fault, Quirks, Sandbox, Workspace

from ..conftest import paths, run, tokens

TABLES = ("collection_permissions", "data_source_permissions")
ACCESS: dict[str, Any] = {"resources": [f"+{name}" for name in TABLES]}
AUDIT: dict[str, Any] = {"resources": ["audit_logs"], "reconcile_after": "0 seconds"}
SMALL: dict[str, Any] = {"reports": 2, "collections": 5, "datasets": 0, "members": 3}


@pytest.fixture
def small() -> Iterator[Sandbox]:
    with Sandbox(Workspace.generate(**SMALL)) as server:
        yield server


def stored(pipeline: dlt.Pipeline, sql: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(sql) or ()]


@pytest.mark.parametrize("answer", ["missing", "refused"])
def test_what_mode_does_not_offer_is_said_once_and_no_gap(
    pipeline: dlt.Pipeline, answer: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "mode_source")
    with Sandbox(Workspace.generate(**SMALL), quirks=Quirks(permissions=answer)) as sandbox:
        assert not run(pipeline, sandbox, **ACCESS).gaps
        assert len(paths(sandbox, "/permissions")) == 2  # one of each
        said = [record.message for record in caplog.records if "offers no" in record.message]
        assert sorted(said) == [f"Mode offers no {name.replace('_', ' ')} to this key." for name in TABLES]
        sandbox.clear_requests()
        assert not run(pipeline, sandbox, **ACCESS).gaps
        assert paths(sandbox, "/permissions") == []
        assert {name: tokens(pipeline)[name] for name in TABLES} == {name: set() for name in TABLES}


def test_all_that_mode_sends_is_kept(small: Sandbox, pipeline: dlt.Pipeline) -> None:
    run(pipeline, small, **ACCESS)
    for name in TABLES:
        assert tokens(pipeline)[name] == small.workspace.expected_tables()[name] != set()
    rows = stored(
        pipeline,
        "SELECT accessor_type, accessor_token, action, CAST(permission AS text)"
        " FROM mode_metadata.collection_permissions",
    )
    people = {*small.workspace.members, *small.workspace.groups}
    assert {kind for kind, *_ in rows} == {"Account", "UserGroup"}
    assert {accessor for _, accessor, *_ in rows} <= people
    assert all('"_links"' in sent and '"_forms"' not in sent for *_, sent in rows)


def test_rows_without_a_token_are_told_apart_by_their_content(pipeline: dlt.Pipeline) -> None:
    with Sandbox(Workspace.generate(**SMALL), quirks=Quirks(permission_tokens=False)) as sandbox:
        expected = {name: len(sandbox.workspace.expected_tables()[name]) for name in TABLES}
        run(pipeline, sandbox, **ACCESS)
        assert {name: len(tokens(pipeline)[name]) for name in TABLES} == expected
        log = run(pipeline, sandbox, **ACCESS, reconcile_after="0 seconds")
        assert [log.loaded[name] for name in TABLES] == [0, 0]


def test_what_was_given_and_taken_shows_when_it_is_time(small: Sandbox, pipeline: dlt.Pipeline) -> None:
    workspace = small.workspace
    run(pipeline, small, **ACCESS)
    source = next(iter(workspace.data_sources.values()))
    workspace.revoke(next(iter(source.permissions.values())))
    given = workspace.grant(workspace.add_member(), source)
    run(pipeline, small, **ACCESS)
    assert given.token not in tokens(pipeline)["data_source_permissions"]
    run(pipeline, small, **ACCESS, reconcile_after="0 seconds")
    assert tokens(pipeline)["data_source_permissions"] == workspace.expected_tables()["data_source_permissions"]


@pytest.mark.parametrize("status", [403, 404])
def test_what_was_there_before_stays_when_it_is_refused(small: Sandbox, pipeline: dlt.Pipeline, status: int) -> None:
    run(pipeline, small, **ACCESS)
    before = tokens(pipeline)["data_source_permissions"]
    small.add_fault(Fault(match=r"data_sources/\w+/permissions", kind="status", status=status, times=None))
    log = run(pipeline, small, **ACCESS, reconcile_after="0 seconds")
    assert {gap.entity for gap in log.gaps} == {"data_source_permissions"}
    assert tokens(pipeline)["data_source_permissions"] == before
    small.clear_faults()
    small.clear_requests()
    assert not run(pipeline, small, **ACCESS).gaps  # tried again at once
    assert len(set(paths(small, "/permissions"))) == len(small.workspace.data_sources)


def test_a_collection_that_goes_takes_its_permissions_along(small: Sandbox, pipeline: dlt.Pipeline) -> None:
    run(pipeline, small, **ACCESS)
    space = next(space for space in small.workspace.collections.values() if space.permissions)
    small.workspace.delete_collection(space)
    run(pipeline, small, **ACCESS)
    name = "collection_permissions"
    assert tokens(pipeline)[name] == small.workspace.expected_tables()[name]


# -- the audit log


def test_audit_logs_are_only_added_to(small: Sandbox, pipeline: dlt.Pipeline) -> None:
    workspace = small.workspace
    for _ in range(60):
        workspace.add_group(members=1)
    run(pipeline, small, **AUDIT)
    assert len(paths(small, "/audit_logs")) > 2  # pages
    assert all(r.headers["accept"] == "application/json" for r in small.requests if r.path.endswith("audit_logs"))
    assert tokens(pipeline)["audit_logs"] == workspace.expected_tables()["audit_logs"]
    small.clear_requests()
    assert run(pipeline, small, **AUDIT).loaded["audit_logs"] == 0
    assert len(paths(small, "/audit_logs")) == 1
    workspace.add_member()
    assert run(pipeline, small, **AUDIT).loaded["audit_logs"] == 1
    assert tokens(pipeline)["audit_logs"] == workspace.expected_tables()["audit_logs"]
    small.clear_requests()
    run(pipeline, small, resources=["audit_logs"])  # not before its time
    assert paths(small, "/audit_logs") == []
    with_changes = stored(pipeline, "SELECT count(*) FROM mode_metadata.changes WHERE entity = 'audit_logs'")
    assert with_changes == [(0,)]


def test_a_page_that_fails_leaves_nothing_out(small: Sandbox, pipeline: dlt.Pipeline) -> None:
    """The newest entries come first: were they the cursor, the older ones would be lost."""
    for _ in range(60):
        small.workspace.add_group(members=1)
    small.add_fault(Fault(match="audit_logs", query="next_token", kind="status", status=500, skip=1, times=None))
    log = run(pipeline, small, **AUDIT, max_attempts=1)
    assert [gap.entity for gap in log.gaps] == ["audit_logs"]
    assert tokens(pipeline)["audit_logs"] < small.workspace.expected_tables()["audit_logs"]
    small.clear_faults()
    assert not run(pipeline, small, **AUDIT).gaps
    assert tokens(pipeline)["audit_logs"] == small.workspace.expected_tables()["audit_logs"]


def test_a_member_key_gets_none(pipeline: dlt.Pipeline) -> None:
    with Sandbox(Workspace.generate(**SMALL), quirks=Quirks(key_scope="member")) as sandbox:
        log = run(pipeline, sandbox, **AUDIT)
    assert [str(gap) for gap in log.gaps] == [
        "the list of audit_logs could not be read: 401 for /api/acme/audit_logs: not visible to this key."
    ]
