"""Keeps the request rate within Mode's allowance, over all threads.

Mode allows about 40 requests in 10 seconds per username (docs/mode-api.md#s3). A request occupies a place
from the moment it is sent until `window` seconds after its answer: whenever in between Mode counted it, no
ten seconds of Mode's can ever hold more than `limit`.

That wastes what a leaky bucket, which is what Mode is said to have, refills meanwhile: a third of a run's time.
So where the server's headers prove that it refills (more is left than any window of ten seconds could leave),
its own count is followed instead, until it ever answers 429.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

WINDOW = 10.0


@dataclass
class Ticket:
    """One request: its number in the order of sending, and when it was sent."""

    number: int
    sent_at: float


class RateLimiter:
    """Sliding window over all threads, slowed down by what the server says.

    Args:
        limit: most requests in any `window` seconds.
        window: seconds.
    """

    def __init__(self, limit: int, window: float = WINDOW) -> None:
        self._configured = self._limit = max(1, limit)
        self._window = window
        self._answered: deque[tuple[float, float]] = deque()  # when answered, when sent; oldest first
        self._in_flight = 0
        self._sent = 0
        self._bucket: _Bucket | None = None  # what the server has left, where it is known to refill
        self._may_refill = True  # until a 429 says that it does not
        self._allowance: int | None = None  # how many more the server will take, as far as it said
        self._paused_until = 0.0
        self._last_sent = 0.0
        self._changed = threading.Condition()
        self._closed = False

    @contextmanager
    def request(self) -> Iterator[Ticket]:
        """Waits for a place and holds it for as long as the request takes."""
        ticket = self._acquire()
        try:
            yield ticket
        finally:
            with self._changed:
                self._in_flight -= 1
                self._answered.append((time.monotonic(), ticket.sent_at))
                self._changed.notify()

    def learn(self, ticket: Ticket, limit: str | None, remaining: str | None) -> None:
        """Takes in `X-RateLimit-Limit` and `X-RateLimit-Remaining` of the answer to a request."""
        with self._changed:
            allowed = int(limit) if limit and limit.isdecimal() else 0
            if allowed > 0:
                self._limit = min(self._configured, allowed)
            if not remaining or not remaining.isdecimal():
                return
            left = int(remaining)
            # Requests on their way may or may not be counted in it yet: assume not.
            self._allowance = max(0, left - self._in_flight + 1)
            now = time.monotonic()
            # A limit below the server's is the user's wish: then no more than that in any ten seconds.
            may_refill = self._may_refill and 0 < allowed <= self._configured
            if may_refill and (self._bucket or left > allowed - self._counted(now)):
                # Neither may those that were sent later and answered earlier.
                uncounted = self._sent - ticket.number + self._in_flight - 1
                self._bucket = _Bucket(left - uncounted, now, allowed / self._window, allowed)
                self._changed.notify()

    def _counted(self, now: float) -> int:
        """Requests that a server which counts strictly has in its window, this answer's own included."""
        return 1 + sum(sent > now - self._window for _, sent in self._answered)

    def refused(self, seconds: float) -> None:
        """Stops all requests for `seconds` after a 429, and keeps to the window from then on."""
        with self._changed:  # or an answer that is being taken in would bring the bucket back
            self._may_refill, self._bucket = False, None
            self.pause(seconds)

    def pause(self, seconds: float) -> None:
        """Stops all requests for `seconds`, as the server asked."""
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
        """Wakes all waiting threads; no request goes out after that."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    @property
    def closed(self) -> bool:
        return self._closed

    def _acquire(self) -> Ticket:
        with self._changed:
            while not self._closed and (delay := self._delay(time.monotonic())) > 0:
                self._changed.wait(delay)
            if self._closed:
                raise InterruptedError("The run has ended.")
            if self._allowance:
                self._allowance -= 1
            if self._bucket:
                self._bucket.level -= 1
            self._in_flight += 1
            self._sent += 1
            self._last_sent = time.monotonic()
            return Ticket(self._sent, self._last_sent)

    def _delay(self, now: float) -> float:
        """Seconds until the next request may go out, as things stand."""
        while self._answered and self._answered[0][0] + self._window <= now:
            self._answered.popleft()
        delay = self._paused_until - now
        if self._bucket:
            return max(delay, self._bucket.delay(now))
        if self._in_flight + len(self._answered) >= self._limit:
            # A place falls free when the oldest answer leaves the window, or with the next answer.
            delay = max(delay, self._answered[0][0] + self._window - now if self._answered else self._window)
        if self._allowance == 0:
            # The server has less room than we thought: another program uses the same key.
            last = max(self._last_sent, self._answered[-1][0] if self._answered else 0.0)
            delay = max(delay, last + self._window / self._limit - now)
        return delay


@dataclass
class _Bucket:
    """The least that the server's leaky bucket holds: a request takes one, `rate` a second flow in up to `size`."""

    level: float
    at: float
    rate: float
    size: int

    def delay(self, now: float) -> float:
        self.level = min(self.size, self.level + (now - self.at) * self.rate)
        self.at = now
        return (1 - self.level) / self.rate
