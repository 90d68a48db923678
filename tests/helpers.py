"""What several test files share: a server that answers from a function, a client that does not wait, sets of files."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import TracebackType
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import HealthCheck, settings

from mode_sandbox import Sandbox
from mode_source.api.client import ModeClient
from mode_source.catalogs.coalesce.contract import CLIENT_NAME, FILES, SUMMARY
from mode_source.catalogs.coalesce.upload import Target

from .conftest import CREDENTIALS, SOURCE_ID

PAYLOADS = Path(__file__).parent / "payloads"  # recorded answers: see its README
FACTS = Path(__file__).parent / "facts" / "mode-api-entities.json"  # documented and observed fields, by entity


@dataclass
class Asked:
    """One request that a `TinyServer` got."""

    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: bytes = b""


@dataclass
class Answer:
    """What a `TinyServer` answers; `pieces` instead of `body` are sent one by one, `pause` seconds apart."""

    body: bytes = b"{}"
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "application/hal+json"})
    pieces: tuple[bytes, ...] = ()
    pause: float = 0.0


def histories(count: int, *, fixed: bool = True) -> settings:
    """How many histories hypothesis draws; each takes seconds. The fixed ones are the same in every run."""
    return settings(
        max_examples=count, deadline=None, derandomize=fixed, database=None, suppress_health_check=list(HealthCheck)
    )


def crossed(rows: Iterable[Any], columns: Iterable[Any]) -> list[Any]:
    """All pairs, as parameters. Each value is in one of the quick ones; the others are exhaustive."""
    rows, columns = list(rows), list(columns)
    quick = {(n % len(rows), n % len(columns)) for n in range(max(len(rows), len(columns)))}
    return [
        pytest.param(
            row,
            column,
            id="-".join(getattr(value, "__name__", str(value)) for value in (row, column)),
            marks=() if (at, across) in quick else pytest.mark.exhaustive,
        )
        for at, row in enumerate(rows)
        for across, column in enumerate(columns)
    ]


class TinyServer:
    """HTTP on loopback, answered by a function; records what was asked, headers included."""

    def __init__(self, answer: Callable[[Asked], Answer]) -> None:
        self.asked: list[Asked] = []
        self.pieces_sent = 0
        self._stop = threading.Event()
        tiny = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self) -> None:
                parts = urlsplit(self.path)
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                asked = Asked(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers.items()), body)
                tiny.asked.append(asked)
                reply = answer(asked)
                pieces = reply.pieces or (reply.body,)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(sum(map(len, pieces))))
                self.end_headers()
                try:
                    for piece in pieces:
                        self.wfile.write(piece)
                        self.wfile.flush()
                        tiny.pieces_sent += 1
                        if reply.pause and tiny._stop.wait(reply.pause):
                            return
                except OSError:
                    self.close_connection = True  # the client has had enough

            do_POST = do_GET

            def log_message(self, format: str, *args: Any) -> None:
                """Nothing on standard error."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> TinyServer:
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._server.shutdown()
        self._server.server_close()


def client_for(sandbox: Sandbox, **given: Any) -> ModeClient:
    """A client of a sandbox that asks as fast as it can and gives up early."""
    return client_at(sandbox.url, workspace=sandbox.workspace.slug, **given)


def client_at(url: str, workspace: str = "acme", **given: Any) -> ModeClient:
    settings = {"requests_per_10s": 100_000, "request_timeout": 5.0, "max_attempts": 3, **CREDENTIALS, **given}
    return ModeClient(url, workspace, **settings)


def json_answer(value: Any) -> Answer:
    return Answer(json.dumps(value).encode())


def make_set(directory: Path, prefix: int, rows: int = 1) -> list[Path]:
    """A whole set of Catalog files, made by hand; the summary last."""
    directory.mkdir(parents=True, exist_ok=True)
    paths = []
    for file in FILES:
        content = [{key: f"{prefix} {key} {number} é🚀" for key in file.keys} for number in range(rows)]
        path = directory / f"{prefix}-{file.name}.json"
        path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")
        paths.append(path)
    summary = {
        "python_version": "3.11.0", "version": "0", "executed_at": "2026-01-01T00:00:00Z",
        "connection_identity": {"base_url": "https://app.mode.com/acme"}, "client_name": CLIENT_NAME,
    }  # fmt: skip
    path = directory / f"{prefix}-{SUMMARY}.json"
    path.write_text(json.dumps(summary))
    return [*paths, path]


def target_for(sandbox: Sandbox, **given: Any) -> Target:
    """The sandbox's ingest endpoint."""
    return Target(**{"token": "catalog-token", "source_id": SOURCE_ID, "ingest_url": sandbox.ingest_url, **given})
