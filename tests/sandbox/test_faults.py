"""Faults, the rate limit and latency, as a client sees them."""

from __future__ import annotations

import time
from email.utils import parsedate_to_datetime
from typing import Any

import pytest
import requests

from mode_sandbox import Fault, RateLimit, Sandbox, Workspace

from .conftest import Client, Serve

PATH = r"/spaces$"


@pytest.mark.parametrize("status", [401, 403, 404, 429, 500, 502, 503, 504])
def test_status(serve: Serve, status: int) -> None:
    client = serve()
    fault = client.sandbox.add_fault(Fault(match=PATH, status=status, times=2, skip=1, retry_after="1"))
    seen = [client.get("/spaces") for _ in range(4)]
    assert [answer.status_code for answer in seen] == [200, status, status, 200]
    assert seen[1].headers["Retry-After"] == "1"
    assert ("html" in seen[1].headers["Content-Type"]) == (status in (502, 503, 504))
    assert [request.status for request in client.sandbox.requests] == [200, status, status, 200]
    assert fault.hits == 2
    assert client.get("/groups").status_code == 200


def test_lasting_until_cleared(serve: Serve) -> None:
    client = serve()
    client.sandbox.add_fault(Fault(match=PATH, status=503, body=b"{}", content_type="text/plain", times=None))
    seen = [client.get("/spaces") for _ in range(3)]
    assert {(answer.status_code, answer.content) for answer in seen} == {(503, b"{}")}
    client.sandbox.clear_faults()
    assert client.get("/spaces").status_code == 200


def test_answers_that_are_not_modes(serve: Serve) -> None:
    client = serve()
    for kind in ("html", "redirect", "empty", "bad_json"):
        client.sandbox.add_fault(Fault(match=PATH, kind=kind, to="https://sso.example.com/"))
    answer = client.get("/spaces")
    assert (answer.status_code, "html" in answer.headers["Content-Type"]) == (200, True)
    answer = client.session.get(client.sandbox.url + "/api/acme/spaces", allow_redirects=False, timeout=5)
    assert (answer.status_code, answer.headers["Location"]) == (302, "https://sso.example.com/")
    answer = client.get("/spaces")
    assert (answer.status_code, answer.content) == (204, b"")
    answer = client.get("/spaces")
    assert answer.headers["Content-Type"] == "application/hal+json"
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert client.get("/spaces").status_code == 200


@pytest.mark.parametrize("kind", ["reset", "close", "truncate", "truncate_chunked"])
def test_broken_connections(serve: Serve, kind: Any) -> None:
    client = serve()
    assert client.get("/spaces").status_code == 200
    client.sandbox.add_fault(Fault(match=PATH, kind=kind))
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)) as caught:
        client.get("/spaces")
    if kind == "reset":
        assert "reset" in str(caught.value).lower()
    assert client.get("/spaces").status_code == 200


def test_a_hang_holds_up_neither_others_nor_the_end() -> None:
    started = time.monotonic()
    with Sandbox(Workspace.empty()) as sandbox:
        client = Client(sandbox)
        sandbox.add_fault(Fault(match=PATH, kind="hang", seconds=600, times=None))
        with pytest.raises(requests.ReadTimeout):
            client.session.get(f"{sandbox.url}/api/acme/spaces", timeout=0.05)
        assert client.get("/groups").status_code == 200
    assert time.monotonic() - started < 5


def test_slow_answers_right(serve: Serve) -> None:
    client = serve()
    client.sandbox.add_fault(Fault(match=PATH, kind="slow", seconds=0.05))
    started = time.monotonic()
    assert client.get("/spaces").status_code == 200
    assert time.monotonic() - started >= 0.05


def test_call_changes_the_workspace_between_two_pages(serve: Serve) -> None:
    ws = Workspace.generate(reports=40, collections=1)
    client = serve(ws)
    path = f"/spaces/{next(iter(ws.collections))}/reports"
    first = client.rows(path, "reports", page=1)
    victim = first[0]["token"]
    client.sandbox.add_fault(
        Fault(match="/reports$", query="page=2", kind="call", do=lambda w: w.delete_report(victim))
    )
    client.rows(path, "reports", page=1)
    assert victim in ws.reports
    second = client.rows(path, "reports", page=2)
    assert victim not in ws.reports
    assert len(second) == 9  # one that was to come slipped onto page 1 and is missed by this walk


def test_method_and_discovery_faults(serve: Serve) -> None:
    client = serve()
    client.sandbox.add_fault(Fault(match="/ingest/", method="POST", status=503))
    client.sandbox.add_fault(Fault(match="/batch/", status=500))
    url = f"{client.sandbox.ingest_url}/visualization-x/a.json"
    assert requests.post(url, data=b"", timeout=5).status_code == 503
    assert client.batch("reports").status_code == 500


def test_rate_limit(serve: Serve) -> None:
    client = serve(rate_limit=RateLimit(per_second=0.5, burst=3, retry_after="seconds"))
    seen = [client.get("/api/verify") for _ in range(5)]
    assert [answer.status_code for answer in seen] == [200, 200, 200, 429, 429]
    assert [answer.headers["X-RateLimit-Remaining"] for answer in seen] == ["2", "1", "0", "0", "0"]
    assert seen[0].headers["X-RateLimit-Limit"] == "3"
    assert seen[4].headers["Retry-After"] in ("1", "2")
    assert seen[4].json()["id"] == "rate_limited"
    assert client.session.get(client.sandbox.ingest_url + "/x", timeout=5).status_code == 404  # not Mode's limit


def test_rate_limit_variants(serve: Serve) -> None:
    dated = serve(rate_limit=RateLimit(per_second=0.1, burst=1, headers=False, retry_after="date"))
    assert "X-RateLimit-Limit" not in dated.get("/api/verify").headers
    assert parsedate_to_datetime(dated.get("/api/verify").headers["Retry-After"]).timestamp() > time.time() + 5
    silent = serve(rate_limit=RateLimit(per_second=0.1, burst=1, retry_after=None))
    silent.get("/api/verify")
    assert "Retry-After" not in silent.get("/api/verify").headers


def test_the_bucket_refills(serve: Serve) -> None:
    client = serve(rate_limit=RateLimit(per_second=100, burst=1))
    assert client.get("/api/verify").status_code == 200
    deadline = time.monotonic() + 5
    while client.get("/api/verify").status_code != 200:
        assert time.monotonic() < deadline


def test_latency_and_the_record(serve: Serve) -> None:
    client = serve(latency=0.03)
    started = time.monotonic()
    client.get("/spaces", filter="all", page=2)
    assert time.monotonic() - started >= 0.03
    (request,) = client.sandbox.requests
    assert (request.method, request.path, dict(request.query)) == (
        "GET", "/api/acme/spaces", {"filter": "all", "page": "2"},
    )  # fmt: skip
    assert request.status == 200
    assert request.body is None
    assert request.headers["ACCEPT"] == "application/hal+json"
    assert "authorization" in request.headers
    assert started <= request.at <= time.monotonic()
    client.sandbox.clear_requests()
    assert client.sandbox.requests == []
