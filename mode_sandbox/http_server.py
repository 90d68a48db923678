"""A small, fast HTTP/1.1 server for loopback: keep-alive, one write per answer, ways to misbehave on purpose.

It knows nothing of Mode. `Endpoint.handle` turns a request into a response or an `Act`.
"""

from __future__ import annotations

import contextlib
import os
import socket
import socketserver
import struct
import sys
import threading
from dataclasses import dataclass
from http.server import ThreadingHTTPServer
from typing import Any, Literal, Protocol
from urllib.parse import parse_qsl

from .wire import Headers, Response

MAX_BODY = 256 * 1024 * 1024


@dataclass(slots=True)
class Incoming:
    """A request as it came in."""

    method: str
    path: str
    query_string: str
    headers: Headers
    body: bytes | None

    def query(self) -> dict[str, str]:
        """The query parameters; the last of several wins."""
        return dict(parse_qsl(self.query_string, keep_blank_values=True)) if self.query_string else {}


Act = Literal["reset", "close", "truncate", "truncate_chunked"]


class Endpoint(Protocol):
    """What a server serves."""

    def handle(self, request: Incoming) -> tuple[Response, Act | None]:
        """The answer, and how to spoil its delivery, if at all."""
        ...


class Server(ThreadingHTTPServer):
    """A thread per connection; `stop` ends the idle connections too."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 256
    allow_reuse_address = True

    def __init__(self, port: int, endpoint: Endpoint) -> None:
        """Bind to 127.0.0.1; port 0 takes a free one."""
        self.endpoint = endpoint
        self._open: set[socket.socket] = set()
        self._open_lock = threading.Lock()
        super().__init__(("127.0.0.1", port), Handler)

    def server_bind(self) -> None:
        """Bind without the reverse name look-up of `http.server`."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = "127.0.0.1", self.server_address[1]

    def process_request(self, request: Any, client_address: Any) -> None:
        """Remember the connection until it ends."""
        with self._open_lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        """Forget the connection."""
        with self._open_lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away is no error."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def stop(self) -> None:
        """Stop listening and end every connection."""
        self.shutdown()
        self.server_close()
        with self._open_lock:
            still = list(self._open)
        for connection in still:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)


class Handler(socketserver.StreamRequestHandler):
    """One connection: request after request until somebody closes."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    rbufsize = 1 << 16
    server: Server

    def handle(self) -> None:
        """Serve until the connection ends."""
        with contextlib.suppress(ConnectionError):
            while self._one():
                pass

    def _one(self) -> bool:
        line = self.rfile.readline(65_537)
        if line in (b"\r\n", b"\n"):
            line = self.rfile.readline(65_537)
        words = line.decode("latin-1").split()
        if len(words) != 3:
            return False
        method, target, version = words
        headers = self._headers()
        body = self._body(headers)
        if target.startswith("http://"):
            target = "/" + target.split("/", 3)[3] if target.count("/") > 2 else "/"
        path, _, query_string = target.partition("?")
        response, act = self.server.endpoint.handle(Incoming(method, path, query_string, headers, body))
        if method == "HEAD":
            self.connection.sendall(response.head())
        elif not self._deliver(response, act):
            return False
        return version == "HTTP/1.1" and str(headers.get("connection", "")).lower() != "close"

    def _headers(self) -> Headers:
        headers = Headers()
        while True:
            line = self.rfile.readline(65_537)
            if line in (b"\r\n", b"\n", b""):
                return headers
            name, _, value = line.decode("latin-1").partition(":")
            headers[name.strip().lower()] = value.strip()

    def _body(self, headers: Headers) -> bytes | None:
        if str(headers.get("expect", "")).lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        if "chunked" in str(headers.get("transfer-encoding", "")).lower():
            pieces: list[bytes] = []
            while size := int(self.rfile.readline().split(b";")[0] or b"0", 16):
                pieces.append(self.rfile.read(size))
                self.rfile.readline()
            while self.rfile.readline() not in (b"\r\n", b"\n", b""):
                pass
            return b"".join(pieces)
        length = str(headers.get("content-length", ""))
        if not length.isdigit():
            return None
        return self.rfile.read(min(int(length), MAX_BODY))

    def _deliver(self, response: Response, act: Act | None) -> bool:
        """Send the answer, or what the fault leaves of it; False ends the connection."""
        body = response.body
        if act is None:
            self.connection.sendall(response.head() + body)
            return True
        if act == "truncate":
            self.connection.sendall(response.head() + body[: len(body) // 2])
        elif act == "truncate_chunked":
            head = Response(response.status, body, response.content_type, {"Transfer-Encoding": "chunked"}).head(-1)
            half = body[: max(1, len(body) // 2)]
            self.connection.sendall(head + b"%x\r\n" % len(half) + half + b"\r\n")
        elif act == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            os.close(self.connection.detach())
        return False
