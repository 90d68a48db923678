"""Discovery (docs/mode-api.md#s7), the Catalog endpoint (docs/catalog-contract.md#upload) and the command line."""

from __future__ import annotations

import signal
import subprocess
import sys
import threading
from typing import Any

import pytest
import requests

from mode_sandbox import Quirks, Workspace

from .conftest import Client, Serve


def tokens(client: Client, what: str, **params: Any) -> set[str]:
    return {row.get("token") or row["report_token"] for row in client.batch(what, **params).json()[what]}


def test_discovery_credentials(serve: Serve) -> None:
    client = serve()
    assert client.get("/batch/acme/reports").status_code == 401  # Basic is not for Discovery
    assert client.batch("reports").status_code == 200
    assert client.batch("nonsense").status_code == 404
    client.sandbox.discovery = ("d-token", "d-key", "wrong")  # what the client sends from now on
    assert client.batch("reports").status_code == 401
    assert serve(discovery=None).batch("reports").status_code == 403


def test_discovery_holds_what_rest_lists(serve: Serve) -> None:
    ws = Workspace.generate(reports=60, datasets=4)
    client = serve(ws)
    truth = ws.expected_files()
    files = {row["token"]: row for row in client.batch("queries", include_spaces="all").json()["queries"]}
    assert files.keys() >= {row["token"] for row in truth["query"]}
    for row in truth["query"]:
        assert files[row["token"]]["raw_query"] == row["raw_query"]
        assert files[row["token"]]["report_token"] == row["report_token"]
    reports = tokens(client, "reports", include_spaces="all")
    assert reports >= {row["token"] for row in truth["report"]}
    assert tokens(client, "report_stats", include_spaces="all") == reports
    assert tokens(client, "spaces", include_spaces="all") == set(ws.collections)
    charts = {c for q in files for c in ws.queries[q].charts}
    assert tokens(client, "charts", include_spaces="all") == charts
    members = client.batch("members").json()["members"]
    assert {row["member_token"] for row in members} == set(ws.members)
    assert {row["token"] for row in members}.isdisjoint(ws.members)  # membership tokens


def test_discovery_leaves_personal_collections_out_unless_asked(serve: Serve) -> None:
    ws = Workspace.generate(reports=60)
    client = serve(ws)
    private = {space.token for space in ws.collections.values() if space.space_type == "private"}
    inside = {report.token for report in ws.reports.values() if report.space_token in private}
    for what in ("reports", "report_stats"):
        assert not tokens(client, what) & inside
        assert tokens(client, what, include_spaces="all") >= {t for t in inside if not ws.reports[t].is_dataset}
    assert not tokens(client, "spaces") & private


def test_discovery_pages(serve: Serve) -> None:
    client = serve(Workspace.generate(reports=120), quirks=Quirks(discovery_max_per_page=50))
    first = client.batch("queries", per_page=1000).json()
    total = first["pagination"]["total_count"]
    assert first["pagination"] | {"page": 1, "per_page": 50, "count": 50} == first["pagination"]
    assert first["_links"]["prev_page"]["href"].startswith("/batch/acme/queries?page=1&")  # even on page 1
    seen, page = len(first["queries"]), 1
    while "next_page" in first["_links"]:
        page += 1
        first = client.batch("queries", page=page).json()
        seen += len(first["queries"])
    assert seen == total
    assert client.batch("queries", page=99).json()["queries"] == []


def test_discovery_quirks(serve: Serve) -> None:
    ws = Workspace.generate(reports=60, datasets=4)
    with_all = serve(ws, quirks=Quirks(discovery_includes_datasets=True, discovery_stats_old_names=True))
    assert tokens(with_all, "reports", include_spaces="all") == set(ws.reports)
    assert "total_views_count" in with_all.batch("report_stats").json()["report_stats"][0]
    without = serve(ws, quirks=Quirks(discovery_includes_archived=False))
    archived = {report.token for report in ws.reports.values() if report.archived}
    assert archived
    assert not tokens(without, "reports", include_spaces="all") & archived
    assert "view_count" in without.batch("report_stats").json()["report_stats"][0]


@pytest.mark.parametrize("content", [b'[{"a": "\xc3\xbc\r\n"}]', b"", b"--x\r\n\r\n--", bytes(range(256)) * 9])
def test_an_upload_arrives_whole(serve: Serve, content: bytes) -> None:
    client = serve()
    url = f"{client.sandbox.ingest_url}/visualization-6d8f5a5e-0000-4000-8000-000000000001/123-report.json"
    headers = {"Authorization": "Token catalog-token", "Accept": "text/csv, application/json"}
    answer = requests.post(url, headers=headers, files={"file": ("123-report.json", content)}, timeout=5)
    assert 200 <= answer.status_code < 300
    (upload,) = client.sandbox.uploads
    assert (upload.filename, upload.content) == ("123-report.json", content)
    assert upload.path.endswith("/123-report.json")
    assert upload.headers["Authorization"] == "Token catalog-token"


def test_uploads_that_are_refused(serve: Serve) -> None:
    client = serve()
    url = f"{client.sandbox.ingest_url}/visualization-x/a.json"
    good = {"Authorization": "Token catalog-token"}
    file = {"file": ("a.json", b"[]")}
    assert requests.post(url, files=file, headers={"Authorization": "Token no"}, timeout=5).status_code == 401
    assert requests.post(url, data=b"[]", headers=good, timeout=5).status_code == 400
    assert requests.post(url, files={"other": ("a.json", b"")}, headers=good, timeout=5).status_code == 400
    assert requests.post(f"{client.sandbox.ingest_url}/nope", files=file, headers=good, timeout=5).status_code == 404
    assert requests.get(url, headers=good, timeout=5).status_code == 405
    assert client.sandbox.uploads == []


def test_a_streamed_upload(serve: Serve) -> None:
    client = serve()
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.json"\r\n\r\n[1]\r\n--b--\r\n'
    headers = {"Authorization": "Token catalog-token", "Content-Type": "multipart/form-data; boundary=b"}
    url = f"{client.sandbox.ingest_url}/visualization-x/a.json"
    answer = requests.post(url, data=iter([body[:40], body[40:]]), headers=headers, timeout=5)
    assert answer.status_code == 201
    assert client.sandbox.uploads[0].content == b"[1]"


def test_many_clients_at_once(serve: Serve) -> None:
    client = serve(Workspace.generate(reports=20))
    seen: list[int] = []

    def ask() -> None:
        one = Client(client.sandbox)
        seen.extend(one.get("/spaces", filter="all").status_code for _ in range(10))

    threads = [threading.Thread(target=ask) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == [200] * 160 == [request.status for request in client.sandbox.requests]


def test_the_command_says_what_a_user_needs_and_lives() -> None:
    command = [sys.executable, "-m", "mode_sandbox", "--port", "0", "--reports", "5", "--collections", "3"]
    command += [
        "--ids",
        "string",
        "--rate-limit",
        "4",
        "--burst",
        "40",
        "--change-every",
        "0.01",
        "--latency",
        "0",
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(11)]
        url = said[0].removeprefix("url: ").strip()
        assert requests.get(f"{url}/api/acme", timeout=5).headers["X-RateLimit-Limit"] == "40"
        process.send_signal(signal.SIGINT)
        said += process.stdout.readlines()
    assert process.returncode == 0
    text = "".join(said)
    for word in ("workspace: acme", "sandbox-token", "sandbox-secret", "d-key", "d-secret", "catalog-token"):
        assert word in text
    assert len(said) > 10  # random changes, one a line
    assert said[-1] == "stopped\n"
