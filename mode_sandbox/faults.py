"""Faults that a test can order: what happens instead of, or before, the right answer."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from .workspace import Workspace

Kind = Literal[
    "status", "html", "reset", "close", "truncate", "truncate_chunked", "bad_json",
    "hang", "slow", "redirect", "empty", "call", "alter",
]  # fmt: skip

SSO_PAGE = b"""<!DOCTYPE html>
<html><head><title>Sign in - Example SSO</title></head>
<body><form action="/login/sso" method="post"><h1>Sign in to continue to Mode</h1></form></body></html>
"""


@dataclass(slots=True)
class Fault:
    """One fault: which requests, how often, and what they get.

    Attributes:
        match: regular expression searched in the path (without the query string).
        kind: ``status`` (an answer with ``status``), ``html`` (200 with a sign-in page), ``reset`` (TCP RST),
            ``close`` (no answer), ``truncate`` (right Content-Length, half the body), ``truncate_chunked``
            (a chunked body without its end), ``bad_json`` (a whole answer whose JSON is cut),
            ``hang`` and ``slow`` (the right answer, but only after ``seconds``), ``redirect`` (to ``to``),
            ``empty`` (204), ``alter`` (the right answer with a JSON body that ``alter(body)`` has changed in place:
            a list in part, fields that are new, values that are odd), ``call`` (runs ``do(workspace)``, then the
            right answer).
        method: HTTP method, or None for any.
        times: how many requests are hit; None = every one from now on.
        skip: how many matching requests pass unharmed first.
        query: regular expression searched in the raw query string as well (``page=2``).
        status, body, content_type, retry_after: the answer of ``status``. By default 4xx and 500 carry Mode's
            error body, 502 to 504 an HTML page (docs/mode-api.md#s3).
    """

    match: str
    kind: Kind = "status"
    method: str | None = "GET"
    times: int | None = 1
    skip: int = 0
    query: str | None = None
    status: int = 500
    body: bytes | None = None
    content_type: str | None = None
    retry_after: str | None = None
    seconds: float = 30.0
    to: str = ""
    do: Callable[[Workspace], object] | None = None
    alter: Callable[[dict[str, Any]], object] | None = None
    hits: int = field(default=0, init=False)
    _skipped: int = field(default=0, init=False)

    def applies(self, method: str, path: str, query_string: str) -> bool:
        """Whether this request is one of those the fault is meant for."""
        return (
            (self.method is None or self.method == method)
            and re.search(self.match, path) is not None
            and (self.query is None or re.search(self.query, query_string) is not None)
        )


class Faults:
    """The faults that are waiting, in the order they were added."""

    def __init__(self) -> None:
        """No faults."""
        self._lock = threading.Lock()
        self._waiting: list[Fault] = []

    def add(self, fault: Fault) -> None:
        """Order a fault."""
        with self._lock:
            self._waiting.append(fault)

    def clear(self) -> None:
        """Forget every fault."""
        with self._lock:
            self._waiting.clear()

    def take(self, method: str, path: str, query_string: str) -> list[Fault]:
        """This request's faults: every ``call`` and ``slow``, and at most one that spoils the answer."""
        taken: list[Fault] = []
        with self._lock:
            if not self._waiting:
                return taken
            for fault in list(self._waiting):
                if not fault.applies(method, path, query_string):
                    continue
                if fault._skipped < fault.skip:
                    fault._skipped += 1
                    continue
                fault.hits += 1
                if fault.times is not None and fault.hits >= fault.times:
                    self._waiting.remove(fault)
                taken.append(fault)
                if fault.kind not in ("call", "slow"):
                    break
        return taken
