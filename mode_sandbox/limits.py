"""Mode's rate limit: a leaky bucket with headers (docs/mode-api.md#s3, "Rate limit")."""

from __future__ import annotations

import math
import threading
import time
from dataclasses import dataclass
from email.utils import formatdate
from typing import Literal


@dataclass(frozen=True, slots=True)
class RateLimit:
    """How much is allowed: ``burst`` requests at once, refilled at ``per_second``.

    Attributes:
        headers: send ``X-RateLimit-Limit`` and ``X-RateLimit-Remaining``.
        retry_after: send ``Retry-After`` on 429 as seconds, as an HTTP date, or not at all.
    """

    per_second: float = 4.0
    burst: int = 40
    headers: bool = True
    retry_after: Literal["seconds", "date"] | None = "seconds"


class Limiter:
    """The bucket of one sandbox. Refused requests cost nothing."""

    def __init__(self, limit: RateLimit | None) -> None:
        """Start with a full allowance; None means no limit."""
        self.limit = limit
        self._lock = threading.Lock()
        self._left = float(limit.burst) if limit else 0.0
        self._at = time.monotonic()

    def admit(self) -> tuple[bool, dict[str, str]]:
        """Take one request: whether it may pass, and the headers that its answer carries."""
        limit = self.limit
        if limit is None:
            return True, {}
        with self._lock:
            now = time.monotonic()
            self._left = min(float(limit.burst), self._left + (now - self._at) * limit.per_second)
            self._at = now
            allowed = self._left >= 1.0
            if allowed:
                self._left -= 1.0
            left = self._left
        headers: dict[str, str] = {}
        if limit.headers:
            headers["X-RateLimit-Limit"] = str(limit.burst)
            headers["X-RateLimit-Remaining"] = str(int(left))
        if not allowed and limit.retry_after:
            wait = max(1, math.ceil((1.0 - left) / limit.per_second))
            headers["Retry-After"] = (
                str(wait) if limit.retry_after == "seconds" else formatdate(time.time() + wait, usegmt=True)
            )
        return allowed, headers
