"""Answers that are none, or that have no end: each is one error that says so, and the client goes on."""

from __future__ import annotations

import gzip
import json
import tracemalloc
from typing import Any

import pytest

from mode_source.api import client as client_module
from mode_source.api.discovery import Discovery
from mode_source.api.responses import decoded
from mode_source.errors import NoContent, ReadError, Refused, Unavailable, WrongHost

from ..helpers import Answer, Asked, TinyServer, client_at, json_answer

GOOD: dict[str, Any] = {"_links": {}, "_embedded": {"reports": []}}


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "LONGEST_WAIT", 0.0)


@pytest.mark.parametrize("status", [201, 202, 203, 205, 206, 207, 226, 299])
def test_only_200_is_an_answer(status: int) -> None:
    """Tried again, and then an error; the answer of a second attempt counts."""
    answers = [Answer(json.dumps(GOOD).encode(), status)] * 5
    with TinyServer(lambda asked: answers.pop() if answers else json_answer(GOOD)) as tiny:
        client = client_at(tiny.url)
        with pytest.raises(Unavailable, match=f"{status} instead of an answer for /api/acme/spaces"):
            client.get("spaces")
        assert len(tiny.asked) == 3
        assert client.get("spaces") == GOOD
        assert len(tiny.asked) == 6


@pytest.mark.parametrize("status", [200, 204])
def test_no_content_is_no_empty_list(status: int) -> None:
    with TinyServer(lambda asked: Answer(b" \n", status)) as tiny, pytest.raises(NoContent):
        client_at(tiny.url).get("spaces")


LOCATIONS = ["http://[", "http://[::1", "https://host:99999999/x", "javascript:alert(1)", "//", "ftp://a/b"]


@pytest.mark.parametrize("location", LOCATIONS)
@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_location_that_is_no_url(location: str, status: int) -> None:
    """This request failed for good, with the host proven or not; the next one is answered."""

    def answer(asked: Asked) -> Answer:
        odd = asked.path.endswith("/odd")
        return Answer(b"", status, {"Location": location}) if odd else json_answer(GOOD)

    with TinyServer(answer) as tiny:
        client = client_at(tiny.url)
        for _ in range(2):
            with pytest.raises(ReadError, match=r"/odd redirects to what is no URL|/odd: no message"):
                client.get("reports/odd")
            assert client.get("spaces") == GOOD


@pytest.mark.parametrize("to", ["https://example.com/x", "//example.com/api", "https://127.0.0.1:1/api/acme/odd"])
def test_one_redirect_to_another_host_is_about_one_path(to: str) -> None:
    """Of a host that is Mode; one that has never answered as Mode does is the wrong host."""

    def answer(asked: Asked) -> Answer:
        return Answer(b"", 302, {"Location": to}) if asked.path.endswith("/odd") else json_answer(GOOD)

    with TinyServer(answer) as tiny:
        client = client_at(tiny.url)
        with pytest.raises(WrongHost, match="credentials are not sent there"):
            client.get("reports/odd")
        client = client_at(tiny.url)
        client.get("spaces")
        with pytest.raises(Refused, match="credentials are not sent there"):
            client.get("reports/odd")
        assert client.get("spaces") == GOOD


DEEP = 100_000
NESTED = {
    "lists": b"[" * DEEP + b"]" * DEEP,
    "objects": b'{"a":' * DEEP + b"1" + b"}" * DEEP,
    "mixed": b'{"a":[' * DEEP + b"]}" * DEEP,
    "with a long number": b'{"n":12345678901234567890,"a":' + b"[" * DEEP + b"]" * DEEP + b"}",
}


@pytest.mark.parametrize("kind", NESTED)
def test_a_body_nested_too_deep(kind: str) -> None:
    reply = Answer(b'{"x":' + NESTED[kind] + b"}")
    with TinyServer(lambda asked: reply) as tiny, pytest.raises(Unavailable, match="broken JSON"):
        client_at(tiny.url, max_attempts=1).get("spaces")


@pytest.mark.parametrize("depth", [100, 500, 900])
def test_nesting_that_can_be_read_is_read(depth: int) -> None:
    """Also where its texts have to be cleaned."""
    body = b'{"a":' * depth + rb'"zero\u0000byte"' + b"}" * depth
    found = decoded(body)
    for _ in range(depth):
        found = found["a"]
    assert found == "zerobyte"


NUMBERS: list[tuple[bytes, Any]] = [
    (b"9223372036854775807", 9223372036854775807),
    (b"18446744073709551616", 18446744073709551616),
    (b"-9223372036854775809", -9223372036854775809),
    (b"1" + b"0" * 400, 10**400),
    (b"7" * 5000, "7" * 5000),
    (b"NaN", "NaN"),
    (b"Infinity", "Infinity"),
    (b"-Infinity", "-Infinity"),
    (b"1e999", "1e999"),
    (b"0.1234567890123456789", 0.1234567890123456789),
    (b"1.5", 1.5),
]


@pytest.mark.parametrize(("sent", "kept"), NUMBERS, ids=lambda value: str(value)[:24])
def test_numbers_keep_their_digits(sent: bytes, kept: Any) -> None:
    """Beyond 64 bit, in lists and objects too; what no number can be is a text."""
    found = decoded(b'{"a":' + sent + b',"b":[{"c":' + sent + b"}]}")
    assert found == {"a": kept, "b": [{"c": kept}]}
    assert type(found["a"]) is type(kept)


@pytest.mark.parametrize("packed", [False, True], ids=["plain", "gzip"])
def test_a_body_without_end_is_cut(packed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a bound of what it unpacks to; memory stays near that bound, and nobody asks for it again."""
    bound = 8 << 20
    monkeypatch.setattr(client_module, "LARGEST", bound)
    body = b'{"a":"' + b"x" * (30 * bound) + b'"}'
    headers = {"Content-Encoding": "gzip"} if packed else {}
    reply = Answer(gzip.compress(body) if packed else body, headers=headers)
    with TinyServer(lambda asked: reply if asked.path.endswith("/odd") else json_answer(GOOD)) as tiny:
        client = client_at(tiny.url)
        tracemalloc.start()
        with pytest.raises(Unavailable, match="has no end: it was cut at 8 MB"):
            client.get("odd")
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 4 * bound
        assert client.get("spaces") == GOOD
        assert len(tiny.asked) == 2


@pytest.mark.parametrize("encoding", ["gzip, gzip", "gzip,gzip,gzip", "identity, gzip"])
def test_a_body_packed_twice_is_not_unpacked(encoding: str) -> None:
    reply = Answer(gzip.compress(gzip.compress(b"{}")), headers={"Content-Encoding": encoding})
    with TinyServer(lambda asked: reply) as tiny, pytest.raises(Unavailable, match="not asked for"):
        client_at(tiny.url).get("odd")


def test_a_discovery_list_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(asked: Asked) -> Answer:
        page = int(asked.query["page"])
        return json_answer(
            {"queries": [{"token": f"t{page}"}], "pagination": {"total_pages": page + 1, "total_count": page}}
        )

    with TinyServer(answer) as tiny:
        client = client_at(tiny.url, discovery=("d-token", "d-key", "d-secret"))
        with pytest.raises(Unavailable, match="has no end"):
            list(Discovery(client).pages("queries"))
