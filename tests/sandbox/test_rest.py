"""Paths, credentials and refusals of the REST API (docs/mode-api.md#s1, #s3, #s5 and #s6)."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from mode_sandbox import Quirks, Workspace

from ..helpers import PAYLOADS
from .conftest import Serve


def error(answer: requests.Response) -> tuple[int, str]:
    """Status and the id of Mode's error body."""
    return answer.status_code, answer.json()["id"]


def test_credentials(serve: Serve) -> None:
    client = serve()
    client.session.auth = ("sandbox-token", "wrong")
    assert error(client.get("/api/verify")) == (401, "unauthorized")
    assert error(client.get("/spaces")) == (401, "unauthorized")
    client.session.auth = None
    assert client.get("/api/acme").json()["username"] == "acme"  # public
    assert client.get("/api/acme").json()["space_count"] == 0
    assert error(client.get("/data_sources")) == (401, "unauthorized")


def test_verify_and_the_key(serve: Serve) -> None:
    client = serve(quirks=Quirks(key_scope="workspace"))
    verify = client.json("/api/verify")
    assert (verify["workspace"], verify["api_key_scope"]) == ("acme", "workspace")
    assert "member" not in client.json(verify["_links"]["self"]["href"])["_links"]
    member = serve(quirks=Quirks(key_scope="member"))
    assert member.json("/api/verify")["api_key_scope"] == "member"
    key = member.json(member.json("/api/verify")["_links"]["self"]["href"])
    assert member.json(key["_links"]["member"]["href"])["user"] is True
    assert error(member.get("/memberships")) == (404, "not_found")
    assert member.rows("/memberships/lite", "memberships")


def test_content_type_and_account(serve: Serve) -> None:
    client = serve()
    assert client.get("/spaces").headers["Content-Type"] == "application/hal+json"
    assert error(client.get("/api/account")) == (400, "bad_request")


def test_audit_logs(serve: Serve) -> None:
    client = serve()
    client.session.auth = None
    assert client.get("/audit_logs").status_code == 406  # before the credentials are looked at
    client.session.headers["Accept"] = "application/json"
    assert client.get("/audit_logs").status_code == 401
    client.session.auth = ("sandbox-token", "sandbox-secret")
    assert error(client.get("/audit_logs")) == (400, "bad_request")
    times = {"start_timestamp": "2026-01-01", "end_timestamp": "2026-02-01"}
    assert client.json("/audit_logs", **times) == {"audit_logs": []}
    everything = {"start_timestamp": "2026-06-01T09:00:00Z", "end_timestamp": "2026-07-01"}
    first = client.json("/audit_logs", **everything)
    assert len(first["audit_logs"]) == 50
    second = client.json("/audit_logs", **everything, next_token=first["next_token"])
    assert first["audit_logs"][-1]["timestamp"] > second["audit_logs"][0]["timestamp"]  # newest first
    assert first["audit_logs"][0]["timestamp"].endswith("000Z")
    assert error(client.get("/audit_logs", **everything, next_token="x")) == (400, "bad_request")
    member = serve(quirks=Quirks(key_scope="member"))
    member.session.headers["Accept"] = "application/json"
    assert (member.get("/audit_logs", **times).status_code, member.get("/audit_logs", **times).content) == (
        401,
        b"",
    )


def test_what_is_not_there(serve: Serve) -> None:
    client = serve()
    report = next(iter(client.sandbox.workspace.reports.values()))
    for path in ("/reports/ffffffffffff", f"/reports/{report.id}", "/reports", "/spaces/nope", "/nope",
                 "/groups/x", "/data_sources/34001", "/definitions/x", "/reports/x/queries",
                 f"/reports/{report.token}/queries/x",
                 f"/reports/{report.token}/queries/x/charts", "/api/nobody", "/api/ACME/spaces"):  # fmt: skip
        assert error(client.get(path)) == (404, "not_found"), path


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "HEAD"])
def test_only_get(serve: Serve, method: str) -> None:
    client = serve()
    for path in ("/api/verify", "/batch/acme/reports"):
        answer = client.session.request(method, client.sandbox.url + path, data=b"{}", timeout=5)
        assert answer.status_code == 405
    assert [(r.method, r.status) for r in client.sandbox.requests] == [(method, 405)] * 2


def test_users(serve: Serve) -> None:
    ws = Workspace.generate(reports=5, members=4)
    client = serve(ws)
    member = list(ws.members.values())[2]
    user = client.json(f"/api/{member.username}")
    assert (user["token"], user["email"], user["id"]) == (member.token, member.email, member.id)
    ws.rename_member(member, username="new.handle")
    assert client.get("/api/new.handle").status_code == 200
    ws.remove_member(member)
    assert error(client.get("/api/new.handle")) == (404, "not_found")
    assert "email" not in serve(Workspace.generate(reports=1), quirks=Quirks(user_emails=False)).json("/api/ada101")


def test_both_spellings(serve: Serve) -> None:
    client = serve()
    spaces = client.json("/spaces", filter="all")
    assert spaces == client.json("/collections", filter="all")
    token = spaces["_embedded"]["spaces"][2]["token"]
    one = client.json(f"/spaces/{token}")
    assert one == client.json(f"/collections/{token}")
    assert one["_links"]["self"]["href"] == f"/api/acme/collections/{token}"


def test_single_and_listing_have_other_keys(serve: Serve) -> None:
    ws = Workspace.generate(seed=2, reports=80, datasets=5)
    client = serve(ws)
    report = next(r for r in ws.reports.values() if r.imported_datasets and ws.is_listed(r))
    row = next(r for r in client.walk(f"/spaces/{report.space_token}/reports", "reports") if r["token"] == report.token)
    one = client.json(f"/reports/{report.token}")
    assert row["has_imported_datasets"] is True
    assert "imported_datasets" not in row
    assert [item["token"] for item in one["imported_datasets"]] == list(report.imported_datasets)
    assert client.rows(f"/datasets/{report.imported_datasets[0]}/reports", "reports")[0].keys() == {
        "token", "name", "creator", "_links",
    }  # fmt: skip
    dataset = ws.reports[report.imported_datasets[0]]
    listed = next(
        r for r in client.rows(f"/spaces/{dataset.space_token}/datasets", "reports") if r["token"] == dataset.token
    )
    assert listed["collection_token"] == dataset.space_token
    assert not {"archived", "chart_count", "expected_runtime", "theme_id"} & listed.keys()
    assert listed["max_query_count"] == 1
    assert "description" in client.json(f"/reports/{dataset.token}")
    assert "description" not in client.json(f"/datasets/{dataset.token}")
    assert client.json(f"/datasets/{dataset.token}")["archived"] is False
    assert error(client.get(f"/datasets/{report.token}")) == (404, "not_found")
    assert {row["name"] for row in client.rows(f"/datasets/{dataset.token}/fields", "fields")}


def test_archived(serve: Serve) -> None:
    ws = Workspace.generate(seed=2, reports=20, datasets=3, collections=3)
    client = serve(ws)
    report, dataset = (next(r for r in ws.reports.values() if r.is_dataset is kind) for kind in (False, True))
    ws.archive_report(report)
    ws.archive_dataset(dataset)
    rows = client.rows(f"/spaces/{report.space_token}/reports", "reports")
    assert next(row for row in rows if row["token"] == report.token)["archived"] is True
    tokens = {row["token"] for row in client.rows(f"/spaces/{dataset.space_token}/datasets", "reports")}
    assert dataset.token not in tokens
    assert client.json(f"/datasets/{dataset.token}")["archived"] is True
    ws.delete_report(report)
    assert client.get(f"/reports/{report.token}").status_code == 404
    ws.restore_report(report)
    assert client.get(f"/reports/{report.token}").status_code == 200


def test_nested_paths_do_not_check_the_parent(serve: Serve) -> None:
    ws = Workspace.generate(reports=30)
    client = serve(ws)
    query = next(query for query in ws.queries.values() if query.charts)
    other = next(report for report in ws.reports.values() if query.token not in report.queries)
    assert client.json(f"/reports/{other.token}/queries/{query.token}")["token"] == query.token
    assert client.rows(f"/reports/{other.token}/queries/{query.token}/charts", "charts")


def test_secrets_and_volatile_values_are_there(serve: Serve) -> None:
    ws = Workspace.generate(reports=30)
    client = serve(ws)
    sources = client.rows("/data_sources", "data_sources")
    assert any("BEGIN CERTIFICATE" in row.get("ssl_trusted_cert", "") for row in sources)
    assert any("sandbox-private-key" in str(row["custom_attributes"]) for row in sources)
    assert any((row["username"] or "").startswith("svc_mode_") for row in sources)
    report = next(r for r in ws.reports.values() if r.last_run_at and not r.is_dataset)
    first, second = (client.json(f"/reports/{report.token}") for _ in range(2))
    changed = {key for key in first if first[key] != second[key]}
    assert changed == {"web_preview_image", "flamingo_signature"}
    assert max(query.last_run_id or 0 for query in ws.queries.values()) > 2**31


def test_personal_collections_of_others(serve: Serve) -> None:
    ws = Workspace.generate(reports=30)
    client = serve(ws)
    hidden = next(space for space in ws.collections.values() if not space.listed)
    report = ws.in_space(hidden.token)[0]
    assert hidden.token not in {row["token"] for row in client.rows("/spaces", "spaces", filter="all")}
    assert client.get(f"/spaces/{hidden.token}/reports").status_code == 404
    assert client.json(f"/reports/{report.token}")["space_token"] == hidden.token
    assert report.token not in {row["token"] for row in ws.expected_files()["report"]}
    strict = serve(ws, quirks=Quirks(personal_reports_by_token=False))
    assert strict.get(f"/reports/{report.token}").status_code == 404


@pytest.mark.parametrize("status", [404, 403])
def test_a_collection_that_cannot_be_read(serve: Serve, status: int) -> None:
    ws = Workspace.generate(reports=30)
    client = serve(ws)
    report = next(report for report in ws.reports.values() if ws.is_listed(report))
    ws.hide_collection(report.space_token, status)
    assert client.get(f"/spaces/{report.space_token}/reports").status_code == status
    assert client.get(f"/spaces/{report.space_token}").status_code == 200
    assert client.get(f"/reports/{report.token}").status_code == 200
    ws.show_collection(report.space_token)
    assert client.get(f"/spaces/{report.space_token}/reports").status_code == 200


def test_memberships_of_collections_and_groups(serve: Serve) -> None:
    ws = Workspace.generate(reports=5)
    client = serve(ws)
    private = next(space for space in ws.collections.values() if space.listed and space.space_type == "private")
    custom = next(space for space in ws.collections.values() if ws.owner in space.members and space is not private)
    assert error(client.get(f"/spaces/{private.token}/memberships")) == (400, "bad_request")
    assert client.rows(f"/spaces/{custom.token}/memberships", "space_memberships")[0]["member_id"] == ws.username(
        ws.owner
    )
    assert error(client.get("/groups", data_source="x")) == (400, "bad_request")
    assert len(client.rows("/groups", "groups", member=ws.username(ws.owner))) == len(ws.groups)


def test_definitions_by_tokens(serve: Serve) -> None:
    client = serve()
    known = list(client.sandbox.workspace.definitions)
    assert len(client.rows("/definitions", "definitions", tokens=known[0])) == len(known)
    assert client.rows("/definitions", "definitions", filter="by_tokens") == []
    found = client.rows("/definitions", "definitions", filter="by_tokens", tokens=f"{known[1]},ffffffffffff")
    assert [row["token"] for row in found] == [known[1]]
    assert client.json(f"/definitions/{known[1]}") == found[0]


def test_string_ids_and_string_counts(serve: Serve) -> None:
    ws = Workspace.generate(reports=10, ids="string")
    client = serve(ws, quirks=Quirks(counts_as_strings=True))
    report = next(r for r in ws.reports.values() if r.queries and not r.is_dataset)
    row = client.json(f"/reports/{report.token}")
    assert (row["id"], row["query_count"]) == (str(report.id), str(report.query_count))
    query = client.rows(f"/reports/{report.token}/queries", "queries")[0]
    assert isinstance(query["data_source_id"], str)


@pytest.mark.parametrize(
    ("recording", "path", "key", "may_lack"),
    [
        ("datahub_reports_by_collection", "/spaces/{space}/reports", "reports", set()),
        ("datahub_datasets_by_collection", "/spaces/{dataset_space}/datasets", "reports", set()),
        ("datahub_spaces", "/spaces", "spaces", set()),
        ("datahub_queries", "/reports/{report}/queries", "queries", set()),
        ("datahub_dataset_queries", "/reports/{dataset}/queries", "queries", set()),
        ("datahub_charts", "/reports/{report}/queries/{query}/charts", "charts", set()),
        ("datahub_data_sources", "/data_sources", "data_sources", {"default", "default_for_organization_id"}),
        ("datahub_definitions", "/definitions", "definitions", set()),
    ],
)
def test_rows_have_the_keys_of_the_recordings(
    serve: Serve, recording: str, path: str, key: str, may_lack: set[str]
) -> None:
    ws = Workspace.generate(seed=1, reports=60, datasets=4)
    client = serve(ws)
    report = next(r for r in ws.reports.values() if ws.is_listed(r) and r.chart_count and r.last_run_at)
    dataset = next(r for r in ws.reports.values() if r.is_dataset and r.last_run_at)
    query = next(query for query in report.queries.values() if query.charts)
    where = {
        "space": report.space_token,
        "report": report.token,
        "query": query.token,
        "dataset": dataset.token,
    }
    recorded: Any = json.loads((PAYLOADS / f"{recording}.json").read_text())
    wanted = recorded["_embedded"][key][0]
    rows = client.rows(path.format(**where, dataset_space=dataset.space_token), key)
    keys = set[str]().union(*rows)
    links = set[str]().union(*(row["_links"] for row in rows))
    assert wanted.keys() - keys == may_lack
    optional = {"last_run", "user_space_membership", "preview_space_memberships"}
    optional |= {"perspective_email_subscription_memberships"}
    assert wanted["_links"].keys() - links <= optional
