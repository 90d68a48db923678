"""Answers as data: status, headers, body. Nothing here opens a socket."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

HAL = "application/hal+json"
JSON = "application/json"
HTML = "text/html; charset=utf-8"

REASONS = {
    200: "OK", 201: "Created", 204: "No Content", 301: "Moved Permanently", 302: "Found",
    307: "Temporary Redirect", 400: "Bad Request",
    401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
    406: "Not Acceptable", 408: "Request Timeout", 422: "Unprocessable Entity", 429: "Too Many Requests",
    500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip
_IDS = {
    400: "bad_request", 401: "unauthorized", 403: "forbidden", 404: "not_found", 405: "method_not_allowed",
    429: "rate_limited", 500: "internal_server_error",
}  # fmt: skip


class Headers(dict[str, str]):
    """Request headers with lower-case keys; looking up ignores case."""

    def __getitem__(self, name: str) -> str:
        """The value of a header."""
        return super().__getitem__(name.lower())

    def get(self, name: str, default: Any = None) -> Any:
        """The value of a header, or the default."""
        return super().get(name.lower(), default)

    def __contains__(self, name: object) -> bool:
        """Whether the header was sent."""
        return super().__contains__(str(name).lower())


@dataclass(slots=True)
class Response:
    """One answer."""

    status: int = 200
    body: bytes = b""
    content_type: str | None = HAL
    headers: dict[str, str] = field(default_factory=dict)

    def head(self, length: int | None = None) -> bytes:
        """Status line and headers; ``Content-Length`` is the body's unless given, none if negative."""
        lines = [f"HTTP/1.1 {self.status} {REASONS.get(self.status, 'Unknown')}", "Server: mode-sandbox"]
        if self.content_type and self.body:
            lines.append(f"Content-Type: {self.content_type}")
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        size = len(self.body) if length is None else length
        if size >= 0 and self.status != 204:
            lines.append(f"Content-Length: {size}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


class Refusal(Exception):
    """An error answer, raised from wherever it becomes clear."""

    def __init__(self, status: int, message: str, *, empty: bool = False) -> None:
        """Status and Mode's message; ``empty`` for the answers that have no body."""
        super().__init__(message)
        self.response = Response(status) if empty else error(status, message)


def dump(value: Any) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "surrogatepass")


def reply(value: Any, content_type: str = HAL) -> Response:
    """A 200 with a JSON body."""
    return Response(200, dump(value), content_type)


def error(status: int, message: str) -> Response:
    """Mode's error body ``{"id", "message"}`` (docs/mode-api.md#s3, docs_error_body.json)."""
    return Response(status, dump({"id": _IDS.get(status, "error"), "message": message}), JSON)


def absolute(value: Any, base: str) -> Any:
    """The payload with scheme and host put before every relative ``href`` (quirk ``absolute_hrefs``)."""
    if isinstance(value, dict):
        return {
            key: base + item
            if key == "href" and isinstance(item, str) and item.startswith("/")
            else absolute(item, base)
            for key, item in value.items()
        }
    return [absolute(item, base) for item in value] if isinstance(value, list) else value
