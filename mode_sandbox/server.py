"""`Sandbox`: a workspace behind HTTP on 127.0.0.1, with limits, faults, latency and a record of requests."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import Any

from .catalog import Catalog, Upload
from .discovery import Discovery
from .faults import SSO_PAGE, Fault, Faults
from .http_server import Act, Incoming, Server
from .limits import Limiter, RateLimit
from .quirks import Quirks
from .rest import Rest
from .wire import HAL, HTML, Headers, Refusal, Response, error
from .workspace import Workspace


@dataclass(slots=True)
class Request:
    """One request that arrived. ``status`` is 0 while it is being answered and if it never was."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Headers
    at: float
    status: int = 0
    body: bytes | None = None


class Sandbox:
    """A simulated Mode (``/api``, ``/batch``) and Catalog (``/ingest``).

    Example:
        >>> with Sandbox(Workspace.generate(reports=5)) as sandbox:
        ...     sandbox.url.startswith("http://127.0.0.1:")
        True
    """

    def __init__(
        self,
        workspace: Workspace | None = None,
        port: int = 0,
        *,
        quirks: Quirks | None = None,
        rate_limit: RateLimit | None = None,
        latency: float = 0.0,
        token: str = "sandbox-token",
        secret: str = "sandbox-secret",
        discovery: tuple[str, str, str] | None = ("d-token", "d-key", "d-secret"),
        catalog_token: str = "catalog-token",
    ) -> None:
        """Nothing is served before `start` (or ``with``).

        Args:
            workspace: what to serve; generated unless given.
            port: 0 takes a free one.
            latency: seconds that every answer takes, slept in its own thread.
            discovery: the signature token triple, or None for a plan without Discovery (403).
        """
        self.workspace = Workspace.generate() if workspace is None else workspace
        self.workspace.quirks = quirks or Quirks()
        self.latency = latency
        self.token, self.secret, self.discovery, self.catalog_token = token, secret, discovery, catalog_token
        self._port = port
        self._limiter = Limiter(rate_limit)
        self._faults = Faults()
        self._rest = Rest(self.workspace, token, secret)
        self._discovery = Discovery(self.workspace, discovery)
        self._catalog = Catalog(catalog_token)
        self._requests: list[Request] = []
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._server: Server | None = None

    # -- life

    def start(self) -> Sandbox:
        """Serve in a background thread."""
        self._server = Server(self._port, self)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), name="mode-sandbox", daemon=True).start()
        return self

    def stop(self) -> None:
        """Stop at once, whatever still hangs."""
        self._stopping.set()
        if self._server is not None:
            self._server.stop()

    def __enter__(self) -> Sandbox:
        """Start."""
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop."""
        self.stop()

    # -- what tests ask

    @property
    def url(self) -> str:
        """Scheme, host and port."""
        if self._server is None:
            raise RuntimeError("the sandbox has not been started")
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def ingest_url(self) -> str:
        """The base of the Catalog endpoint."""
        return f"{self.url}/ingest"

    @property
    def requests(self) -> list[Request]:
        """All requests so far, in order of arrival (a copy)."""
        with self._lock:
            return list(self._requests)

    def clear_requests(self) -> None:
        """Forget the requests."""
        with self._lock:
            self._requests.clear()

    @property
    def uploads(self) -> list[Upload]:
        """The files that Catalog accepted, in order (a copy)."""
        return self._catalog.uploads

    def add_fault(self, fault: Fault) -> Fault:
        """Order a fault; ``fault.hits`` says later how often it struck."""
        self._faults.add(fault)
        return fault

    def clear_faults(self) -> None:
        """Forget the faults."""
        self._faults.clear()

    # -- answering

    def handle(self, request: Incoming) -> tuple[Response, Act | None]:
        """Answer one request: record, limit, wait, faults, then the real thing."""
        query = request.query()
        record = Request(
            request.method, request.path, query, request.headers, time.monotonic(), body=request.body or None
        )
        with self._lock:
            self._requests.append(record)
        limited = not request.path.startswith("/ingest/")
        allowed, headers = self._limiter.admit() if limited else (True, {})
        if self.latency:
            self._stopping.wait(self.latency)
        if allowed:
            response, act = self._spoilt(request, query, record)
        else:
            response, act = error(429, "rate limit exceeded, try again later"), None
        response.headers |= headers
        record.status = 0 if act in ("reset", "close") else response.status
        return response, act

    def _spoilt(self, request: Incoming, query: dict[str, str], record: Request) -> tuple[Response, Act | None]:
        spoil: Fault | None = None
        for fault in self._faults.take(request.method, request.path, request.query_string):
            if fault.kind == "call" and fault.do is not None:
                fault.do(self.workspace)
            elif fault.kind in ("slow", "hang"):
                self._stopping.wait(fault.seconds)
            elif fault.kind != "call":
                spoil = fault
        if spoil is None:
            return self._answer(request, query, record), None
        match spoil.kind:
            case "status":
                return _status(spoil), None
            case "html":
                return Response(200, spoil.body or SSO_PAGE, HTML), None
            case "redirect":
                return Response(
                    spoil.status if 300 <= spoil.status < 400 else 302, headers={"Location": spoil.to}
                ), None
            case "empty":
                return Response(204, content_type=None), None
            case "reset" | "close":
                return Response(), "reset" if spoil.kind == "reset" else "close"
            case "alter" if spoil.alter is not None:
                return _altered(self._answer(request, query, record), spoil.alter), None
            case "bad_json":
                right = self._answer(request, query, record)
                return Response(200, right.body[: max(1, len(right.body) // 2)], HAL), None
            case "truncate" | "truncate_chunked":
                return self._answer(request, query, record), (
                    "truncate" if spoil.kind == "truncate" else "truncate_chunked"
                )
        raise ValueError(f"unknown fault kind {spoil.kind!r}")

    def _answer(self, request: Incoming, query: dict[str, str], record: Request) -> Response:
        path = request.path
        if path.startswith("/ingest/"):
            return self._catalog.answer(request.method, path, request.headers, request.body or b"", record.at)
        if request.method != "GET":
            return error(405, "the sandbox is read-only")
        try:
            if path.startswith("/api/"):
                return self._rest.answer(path, query, request.headers, self.url)
            if path.startswith("/batch/"):
                return self._discovery.answer(path, query, request.headers)
        except Refusal as refusal:
            return refusal.response
        except Exception as problem:
            return error(500, f"sandbox bug: {problem!r}")
        return error(404, "request path not recognized")


def _altered(right: Response, alter: Callable[[dict[str, Any]], object]) -> Response:
    """The right answer with a changed body, if it is JSON; bytes that `alter` returns are sent in its place."""
    if right.status != 200:
        return right
    body = json.loads(right.body)
    raw = alter(body)
    return Response(200, raw if isinstance(raw, bytes) else json.dumps(body).encode(), right.content_type)


def _status(fault: Fault) -> Response:
    """The answer of a ``status`` fault: gateways speak HTML (docs/mode-api.md#s3)."""
    gateway = fault.status in (502, 503, 504)
    if fault.body is not None:
        response = Response(fault.status, fault.body, fault.content_type or HAL)
    elif gateway:
        page = f"<html><head><title>{fault.status}</title></head><body><h1>{fault.status}</h1></body></html>"
        response = Response(fault.status, page.encode(), fault.content_type or HTML)
    else:
        response = error(fault.status, "sandbox fault")
    if fault.retry_after is not None:
        response.headers["Retry-After"] = fault.retry_after
    return response
