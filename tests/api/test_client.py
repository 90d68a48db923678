"""The client against every fault: it goes on where it can, and says what is wrong where it cannot."""

from __future__ import annotations

import gzip
import json
import socket
from typing import Any

import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source.api import client as client_module
from mode_source.api import responses as answers_module
from mode_source.api.client import HAL
from mode_source.api.responses import retry_after
from mode_source.errors import (
    CredentialsRefused,
    Gone,
    ModeDown,
    ModeSourceError,
    NoContent,
    NotMode,
    NotVisible,
    RateLimited,
    ReadError,
    Refused,
    Unavailable,
    UsageError,
    WrongHost,
)
from mode_source.values import split_url

from ..helpers import Answer, Asked, TinyServer, client_at, client_for, json_answer

PATH = r"/data_sources$"


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Shortest waits between attempts."""
    monkeypatch.setattr(client_module, "LONGEST_WAIT", 0.0)
    monkeypatch.setattr(answers_module, "LONGEST_RETRY_AFTER", 0.0)


@pytest.fixture
def sandbox() -> Any:
    workspace = Workspace.generate(seed=2, reports=3, collections=2, datasets=1, members=3)
    with Sandbox(workspace) as served:
        yield served


SOON = "Wed, 21 Oct 2015 07:28:00 GMT"
PASSING: dict[str, dict[str, Any]] = {
    "429, Retry-After in seconds": {"status": 429, "retry_after": "7"},
    "429, Retry-After as a date": {"status": 429, "retry_after": SOON},
    "408": {"status": 408},
    "500": {"status": 500},
    "502 with HTML": {"status": 502},
    "503": {"status": 503},
    "503, Retry-After": {"status": 503, "retry_after": "7"},
    "504 with HTML": {"status": 504},
    "520, a proxy's own": {"status": 520},
    "reset": {"kind": "reset"},
    "close": {"kind": "close"},
    "truncated": {"kind": "truncate"},
    "truncated, chunked": {"kind": "truncate_chunked"},
    "cut JSON": {"kind": "bad_json"},
    "HTML with 200": {"kind": "html"},
    "empty 204": {"kind": "empty"},
    "hang": {"kind": "hang", "seconds": 600.0},
    "JSON that is no object": {"status": 200, "body": b"[]"},
    "200 without body": {"status": 200, "body": b""},
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", PASSING)
def test_what_passes_is_asked_again(name: str, sandbox: Sandbox) -> None:
    """Known failure: a 429, 5xx, reset or truncated answer killed the run. Here the answer is the right one."""
    client = client_for(sandbox, request_timeout=0.4 if name == "hang" else 5.0)
    right = client.get("data_sources")
    fault = sandbox.add_fault(Fault(PATH, **PASSING[name]))
    sandbox.clear_requests()
    assert client.get("data_sources") == right
    assert fault.hits == 1
    assert len(sandbox.requests) == 2
    assert client.requests == 3


LASTING: dict[str, tuple[dict[str, Any], type[ReadError], int]] = {
    "429": ({"status": 429, "retry_after": "0"}, RateLimited, 3),
    "408": ({"status": 408}, Unavailable, 3),
    "500": ({"status": 500}, Unavailable, 3),
    "502": ({"status": 502}, Unavailable, 3),
    "504": ({"status": 504}, Unavailable, 3),
    "reset": ({"kind": "reset"}, Unavailable, 3),
    "close": ({"kind": "close"}, Unavailable, 3),
    "truncated": ({"kind": "truncate"}, Unavailable, 3),
    "cut JSON": ({"kind": "bad_json"}, Unavailable, 3),
    "HTML": ({"kind": "html"}, NotMode, 3),
    "204": ({"kind": "empty"}, NoContent, 3),
    "hang": ({"kind": "hang", "seconds": 600.0}, Unavailable, 3),
    "400": ({"status": 400}, Refused, 1),
    "403": ({"status": 403}, NotVisible, 1),
    "404": ({"status": 404}, Gone, 1),
    "410": ({"status": 410}, Gone, 1),
    "406": ({"status": 406}, Refused, 1),
    "422 with a nested message": ({"status": 422, "body": b'{"message": {"name": ["taken"]}}'}, Refused, 1),
}


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("name", LASTING)
def test_what_lasts_is_a_typed_error(name: str, sandbox: Sandbox) -> None:
    """Typed errors after `max_attempts`, one line that names the path; final answers are not asked for again."""
    given, error, attempts = LASTING[name]
    client = client_for(sandbox, request_timeout=0.2 if name == "hang" else 5.0)
    client.verify()
    fault = sandbox.add_fault(Fault(PATH, times=None, **given))
    with pytest.raises(error, match="data_sources") as caught:
        client.get("data_sources")
    assert type(caught.value) is error
    assert fault.hits == attempts
    assert "\n" not in str(caught.value)
    sandbox.clear_faults()
    assert client.get("data_sources")["_embedded"]["data_sources"]  # and the client still works


def test_401_on_one_endpoint_with_a_good_key(sandbox: Sandbox) -> None:
    """Endpoints closed to a kind of key answer 401 (docs/mode-api.md#s3): not visible, which is not "wrong secret"."""
    sandbox.add_fault(Fault(PATH, status=401, times=None))
    with pytest.raises(NotVisible) as caught:
        client_for(sandbox).get("data_sources")
    assert caught.value.status == 401


def test_401_that_passes(sandbox: Sandbox) -> None:
    """One 401 in between, with a key that /api/verify calls good, is a hiccup."""
    sandbox.add_fault(Fault(PATH, status=401, times=1))
    assert client_for(sandbox).get("data_sources")["_embedded"]["data_sources"]


@pytest.mark.parametrize("wrong", [{"secret": "nope-nope"}, {"token": "nope-nope"}])
def test_wrong_credentials(wrong: dict[str, str], sandbox: Sandbox) -> None:
    """Exit 5 in one line that says which settings, and neither of their values."""
    client = client_for(sandbox, **wrong)
    for ask in (client.verify, lambda: client.get("data_sources")):
        with pytest.raises(CredentialsRefused, match=r"`token` and `secret` of \[sources\.mode\]") as caught:
            ask()
        assert caught.value.exit_code == 5
        assert "nope-nope" not in str(caught.value)
        assert "\n" not in str(caught.value)


def test_find_is_none_for_404_only(sandbox: Sandbox) -> None:
    client = client_for(sandbox, max_attempts=1)
    token = next(iter(sandbox.workspace.reports))
    found = client.find(f"reports/{token}")
    assert found is not None
    assert found["token"] == token
    assert client.find("reports/000000000000") is None
    sandbox.add_fault(Fault("/reports/", status=403))
    with pytest.raises(NotVisible):
        client.find(f"reports/{token}")
    sandbox.add_fault(Fault("/reports/", status=500))
    with pytest.raises(Unavailable):
        client.find(f"reports/{token}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.usefixtures("impatient")
def test_nothing_at_the_host() -> None:
    """A wrong host: one line that names it; three attempts are enough for a host that never answered."""
    port = free_port()
    client = client_at(f"127.0.0.1:{port}", max_attempts=50)
    with pytest.raises(WrongHost, match=f"127.0.0.1:{port}") as caught:
        client.verify()
    assert caught.value.exit_code == 1
    assert client.requests == 3
    with pytest.raises(Unavailable, match="refused"):
        client_at(f"127.0.0.1:{port}", max_attempts=1).get("spaces")


@pytest.mark.usefixtures("impatient")
def test_a_sign_on_page_at_the_host() -> None:
    """A proxy or SSO page with 200 and HTML on every path is not Mode: name the setting."""
    with TinyServer(lambda asked: Answer(b"<html>Sign in</html>", headers={"Content-Type": "text/html"})) as tiny:
        with pytest.raises(WrongHost, match=r"is not Mode's API.*Set `host`"):
            client_at(tiny.url).verify()
        with pytest.raises(NotMode, match="sign-on or proxy page"):
            client_at(tiny.url).get("spaces")


def test_no_verify_endpoint(sandbox: Sandbox) -> None:
    """/api/verify is documented by few: where it answers 404, the credentials may be good all the same."""
    sandbox.add_fault(Fault("/api/verify", status=404))
    assert client_for(sandbox).verify() == {}


# -- redirects


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_no_credentials_to_another_host(status: int, sandbox: Sandbox) -> None:
    """A redirect to another host is an error that says which host to set; nothing at all goes there."""
    with TinyServer(lambda asked: json_answer({})) as other:
        sandbox.add_fault(Fault(PATH, "redirect", status=status, to=f"{other.url}/api/acme/data_sources"))
        with pytest.raises(WrongHost, match=f"set `host` .* to {other.url}"):
            client_for(sandbox).get("data_sources")
        assert other.asked == []


def test_redirect_on_the_same_host_is_followed(sandbox: Sandbox) -> None:
    """Relative or absolute, with the same credentials."""
    client = client_for(sandbox)
    right = client.get("data_sources")
    for to in ("/api/acme/data_sources", f"{sandbox.url}/api/acme/data_sources"):
        sandbox.add_fault(Fault("/old$", "redirect", to=to))
        assert client.get("old", {"page": "1"}) == right


def test_redirects_in_a_circle_end(sandbox: Sandbox) -> None:
    fault = sandbox.add_fault(Fault(PATH, "redirect", to="/api/acme/data_sources", times=None))
    with pytest.raises(ReadError):
        client_for(sandbox, max_attempts=1).get("data_sources")
    assert fault.hits <= 10


# -- what goes out


def test_only_get_with_the_right_headers(sandbox: Sandbox) -> None:
    """Mode sees only GET, Basic credentials, and `Accept: application/hal+json`; no proxy or netrc interferes."""
    client = client_for(sandbox)
    client.verify()
    client.get("definitions", {"page": "2"})
    for request in sandbox.requests:
        assert request.method == "GET"
        assert request.headers["accept"] == HAL
        assert request.headers["authorization"].startswith("Basic ")
        assert request.headers["user-agent"].startswith("mode-source/")
        assert request.body is None
    assert sandbox.requests[-1].path == "/api/acme/definitions"
    assert sandbox.requests[-1].query == {"page": "2"}


def test_netrc_and_proxies_do_not_replace_the_key(
    sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    client_for(sandbox).verify()


def test_workspace_is_quoted() -> None:
    with TinyServer(lambda asked: json_answer({"path": asked.path})) as tiny:
        assert client_at(tiny.url, workspace="a b?c").get("spaces")["path"] == "/api/a%20b%3Fc/spaces"


# -- waiting


class Headers:
    """Enough of a response for `_retry_after`."""

    def __init__(self, value: str | None) -> None:
        self.headers = {} if value is None else {"Retry-After": value}


@pytest.mark.parametrize(
    ("value", "low", "high"),
    [
        (None, None, None),
        ("", None, None),
        ("soon", None, None),
        ("0", 0, 1),
        ("120", 120, 121),
        ("1.5", 1.5, 2.5),
        ("-5", 0, 1),
        ("999999", 600, 601),
        (SOON, 0, 1),  # long ago
        ("Wed, 21 Oct 2099 07:28:00 GMT", 600, 601),
    ],
)
def test_retry_after_in_both_forms(value: str | None, low: float | None, high: float | None) -> None:
    """RFC 9110: seconds or a date; nonsense counts as none, a day counts as ten minutes."""
    seconds = retry_after(Headers(value))  # type: ignore[arg-type]
    if low is None or high is None:
        assert seconds is None
    else:
        assert seconds is not None
        assert low <= seconds <= high


@pytest.mark.parametrize("value", ["inf", "Infinity", "nan"])
def test_retry_after_that_is_no_number(value: str) -> None:
    """`float()` reads these, a server that sends them means nothing: never wait for ever, never crash."""
    seconds = retry_after(Headers(value))  # type: ignore[arg-type]
    assert seconds is None or 0 <= seconds <= 601


@pytest.mark.parametrize("given", [{"retry_after": "1"}, {}], ids=["Retry-After: 1", "no Retry-After"])
def test_nothing_goes_out_while_mode_asks_for_a_pause(given: dict[str, str], sandbox: Sandbox) -> None:
    """429 with and without Retry-After: no request, of any thread, arrives within the next second."""
    client = client_for(sandbox)
    sandbox.add_fault(Fault(PATH, status=429, **given))  # type: ignore[arg-type]
    client.get("data_sources")
    client.get("definitions")
    first, *later = [request.at for request in sandbox.requests]
    assert not [at for at in later if at < first + 1]


@pytest.mark.usefixtures("impatient")
def test_a_body_that_trickles_in_does_not_hang_the_job() -> None:
    """Known failure: a hung connection hangs the job for ever. A byte now and then resets every read timeout."""
    drops = (b" ",) * 200
    with TinyServer(lambda asked: Answer(pieces=drops, pause=0.05)) as tiny:
        client = client_at(tiny.url, request_timeout=0.1, max_attempts=1)
        with pytest.raises(Unavailable, match="too slowly"):
            client.get("spaces")
        assert tiny.pieces_sent < len(drops)  # given up before the end, not after it


def test_close_ends_all_asking(sandbox: Sandbox) -> None:
    """Threads of a run that failed do not go on asking."""
    client = client_for(sandbox)
    client.close()
    with pytest.raises(ModeDown):
        client.get("data_sources")
    assert sandbox.requests == []


@pytest.mark.usefixtures("impatient")
def test_mode_is_down(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many failures in a row with no answer in between end the run instead of filling it with gaps."""
    monkeypatch.setattr(client_module, "FAILURES_IN_A_ROW", 3)
    client = client_for(sandbox, max_attempts=1)
    sandbox.add_fault(Fault("/definitions$", status=503, times=None))
    for _ in range(2):
        with pytest.raises(Unavailable):
            client.get("definitions")
    client.get("data_sources")  # an answer: counting starts anew
    for _ in range(2):
        with pytest.raises(Unavailable):
            client.get("definitions")
    with pytest.raises(ModeDown, match="nothing was lost"):
        client.get("definitions")


# -- hosts


@pytest.mark.parametrize(
    ("given", "url"),
    [
        ("https://app.mode.com", "https://app.mode.com"),
        ("app.mode.com", "https://app.mode.com"),
        ("  https://app.mode.com/  ", "https://app.mode.com"),
        ("https://app.mode.com/api", "https://app.mode.com"),
        ("https://app.mode.com/api/acme?x=1#y", "https://app.mode.com"),
        ("mode.example.com:8443", "https://mode.example.com:8443"),
        ("http://mode.example.com", "http://mode.example.com"),
        ("HTTPS://app.mode.com", "https://app.mode.com"),
        ("localhost:8123", "http://localhost:8123"),
        ("127.0.0.1:8123", "http://127.0.0.1:8123"),
        ("[::1]:8123", "http://[::1]:8123"),
    ],
)
def test_host_with_or_without_scheme(given: str, url: str) -> None:
    assert split_url(given)[0] == url


@pytest.mark.parametrize("given", ["", "   ", "https://", "ftp://app.mode.com", "https://user:pw@app.mode.com", "me@x"])
def test_what_is_no_host(given: str) -> None:
    """Exit 2, one line that names the setting, and no password repeated."""
    with pytest.raises(UsageError, match="`host`") as caught:
        split_url(given)
    assert "pw" not in str(caught.value)


@pytest.mark.parametrize("given", ["https://[app.mode.com", "https://app.mode.com:port", "https://app.mode.com:99999"])
def test_what_is_no_host_for_urllib_either(given: str) -> None:
    with pytest.raises(ModeSourceError) as caught:
        split_url(given)
    assert caught.value.exit_code == 2


# -- bodies


def got(body: bytes, **headers: str) -> dict[str, Any]:
    """What the client makes of a body."""
    with TinyServer(lambda asked: Answer(body, headers=headers)) as tiny:
        return client_at(tiny.url, max_attempts=1).get("x")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (rb'{"a": "nul\u0000here"}', {"a": "nulhere"}),
        (rb'{"a": ["x\u0000", {"b\u0000": "\u0000"}]}', {"a": ["x", {"b": ""}]}),
        (rb'{"sql": "E\\u0000 stays"}', {"sql": r"E\u0000 stays"}),
        (rb'{"pair": "\ud83d\ude80"}', {"pair": "\U0001f680"}),
        (b'{"big": 9223372036854775807, "run": 3535709679}', {"big": 2**63 - 1, "run": 3535709679}),
        (b'{"huge": 18446744073709551615}', {"huge": 2**64 - 1}),
        (b'\n {"padded": 1.5} \n', {"padded": 1.5}),
    ],
)  # fmt: skip
def test_bodies(body: bytes, value: dict[str, Any]) -> None:
    """NUL, which no database stores, is taken out; ids beyond 32 bits are kept."""
    assert got(body) == value


@pytest.mark.parametrize("escape", [r"\ud83d", r"\ude80", r"\ude80\ud83d"])
def test_lone_surrogates(escape: str) -> None:
    """Half an emoji, cut by a 64-character limit: orjson refuses it, UTF-8 cannot hold it."""
    name = got(b'{"name": "half ' + escape.encode() + b'", "id": 9007199254740993}')
    assert name["id"] == 9007199254740993
    assert name["name"].startswith("half ")
    name["name"].encode("utf-8")


def test_compressed_bodies() -> None:
    """gzip is undone; a broken gzip is an answer that did not come whole."""
    packed = gzip.compress(json.dumps({"a": "é" * 1000}).encode())
    headers = {"Content-Encoding": "gzip"}
    assert got(packed, **headers) == {"a": "é" * 1000}
    with pytest.raises(Unavailable):
        got(packed[:-30] + b"broken" * 5, **headers)


def test_headers_of_the_rate_limit_are_learnt() -> None:
    """`X-RateLimit-Limit` below our own limit wins."""
    headers = {"X-RateLimit-Limit": "7", "X-RateLimit-Remaining": "3"}

    def answer(asked: Asked) -> Answer:
        return Answer(headers=headers)

    with TinyServer(answer) as tiny:
        client = client_at(tiny.url, requests_per_10s=40)
        client.get("x")
        assert client.limiter._limit == 7
        assert client.limiter._allowance == 3
