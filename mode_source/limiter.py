"""Keeps the request rate within Mode's allowance, over all threads.

Mode allows about 40 requests in 10 seconds per username (mode-api.md section 3). A request occupies a place
from the moment it is sent until `window` seconds after its answer: whenever in between Mode counted it, no
ten seconds of Mode's can ever hold more than `limit`.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager

WINDOW = 10.0


class RateLimiter:
    """Sliding window over all threads, slowed down by what the server says.

    Args:
        limit: most requests in any `window` seconds.
        window: seconds.
    """

    def __init__(self, limit: int, window: float = WINDOW) -> None:
        self._configured = self._limit = max(1, limit)
        self._window = window
        self._answered: deque[float] = deque()  # when the latest requests were answered, oldest first
        self._in_flight = 0
        self._allowance: int | None = None  # how many more the server will take, as far as it said
        self._paused_until = 0.0
        self._last_sent = 0.0
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def request(self) -> Iterator[None]:
        """Waits for a place and holds it for as long as the request takes."""
        self._acquire()
        try:
            yield
        finally:
            with self._changed:
                self._in_flight -= 1
                self._answered.append(time.monotonic())
                self._changed.notify()

    def learn(self, limit: str | None, remaining: str | None) -> None:
        """Takes in `X-RateLimit-Limit` and `X-RateLimit-Remaining` of an answer."""
        with self._changed:
            if limit and limit.isdecimal() and int(limit) > 0:
                self._limit = min(self._configured, int(limit))
            if remaining and remaining.isdecimal():
                # Requests on their way may or may not be counted in it yet: assume not.
                self._allowance = max(0, int(remaining) - self._in_flight + 1)

    def pause(self, seconds: float) -> None:
        """Lets nothing out for `seconds`: the server asked for it."""
        with self._changed:
            self._paused_until = max(self._paused_until, time.monotonic() + seconds)
            self._allowance = None

    def wait(self, seconds: float) -> None:
        """Waits, unless the limiter is closed meanwhile."""
        deadline = time.monotonic() + seconds
        with self._changed:
            while not self._closed and (left := deadline - time.monotonic()) > 0:
                self._changed.wait(left)

    def close(self) -> None:
        """Wakes everybody who waits; nothing goes out any more."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed

    def _acquire(self) -> None:
        with self._changed:
            while not self._closed and (delay := self._delay(time.monotonic())) > 0:
                self._changed.wait(delay)
            if self._closed:
                raise InterruptedError("The run has ended.")
            if self._allowance:
                self._allowance -= 1
            self._in_flight += 1
            self._last_sent = time.monotonic()

    def _delay(self, now: float) -> float:
        """Seconds until the next request may go out, as things stand."""
        while self._answered and self._answered[0] + self._window <= now:
            self._answered.popleft()
        delay = self._paused_until - now
        if self._in_flight + len(self._answered) >= self._limit:
            # A place falls free when the oldest answer leaves the window, or with the next answer.
            delay = max(delay, self._answered[0] + self._window - now if self._answered else self._window)
        if self._allowance == 0:
            # The server has no room left though we thought so: somebody else uses the same key.
            last = max(self._last_sent, self._answered[-1] if self._answered else 0.0)
            delay = max(delay, last + self._window / self._limit - now)
        return delay
