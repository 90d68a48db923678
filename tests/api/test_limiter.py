"""The request rate stays within Mode's allowance (docs/mode-api.md#s3): counts per window, over all threads."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pytest

from mode_sandbox import RateLimit, Sandbox, Workspace
from mode_source.api.limiter import RateLimiter
from mode_source.errors import ModeDown

from ..helpers import client_for


def most_in(window: float, times: list[float]) -> int:
    """The most moments that fall into any window."""
    return max(sum(start <= at < start + window for at in times) for start in times)


def ask(limiter: RateLimiter, count: int, threads: int) -> list[float]:
    """When `count` requests over several threads went out."""

    def one(_: int) -> float:
        with limiter.request():
            return time.monotonic()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, range(count)))


def said(limiter: RateLimiter, limit: str | None, remaining: str | None) -> None:
    """An answer with these headers."""
    with limiter.request() as ticket:
        limiter.learn(ticket, limit, remaining)


@contextmanager
def waiting(call: Callable[[], object], threads: int = 3) -> Iterator[list[BaseException | None]]:
    """Threads that are inside `call`; yields what they raised, filled once they end."""
    ended: list[BaseException | None] = []
    started = threading.Barrier(threads + 1)

    def run() -> None:
        started.wait(10)
        try:
            call()
            ended.append(None)
        except InterruptedError as error:
            ended.append(error)

    pool = [threading.Thread(target=run, daemon=True) for _ in range(threads)]
    for thread in pool:
        thread.start()
    started.wait(10)
    yield ended
    for thread in pool:
        thread.join(10)
    assert not any(thread.is_alive() for thread in pool)


@pytest.mark.parametrize(("limit", "threads"), [(1, 4), (3, 8), (7, 2), (5, 16)])
def test_never_more_than_the_limit_in_any_window(limit: int, threads: int) -> None:
    times = ask(RateLimiter(limit, window=0.1), 4 * limit, threads)
    assert len(times) == 4 * limit
    assert most_in(0.1, times) <= limit


def test_never_more_than_the_limit_arrives() -> None:
    """As Mode sees it: moments of arrival, slow answers included."""
    with Sandbox(Workspace.empty(), latency=0.02) as sandbox:
        client = client_for(sandbox)
        client.limiter = RateLimiter(5, window=0.3)
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda _: client.get("definitions"), range(20)))
        times = [request.at for request in sandbox.requests]
        assert len(times) == 20
        assert most_in(0.3, times) <= 5


def test_a_failed_request_gives_its_place_back() -> None:
    """An exception inside does not lose a place for ever."""
    limiter = RateLimiter(1, window=0.01)
    for _ in range(3):
        with pytest.raises(ZeroDivisionError), limiter.request():
            raise ZeroDivisionError
    assert len(ask(limiter, 2, 2)) == 2


def test_a_limit_of_nothing_is_one() -> None:
    assert len(ask(RateLimiter(0, window=0.01), 2, 1)) == 2


def test_pause_holds_everybody() -> None:
    """After a 429 nothing goes out before the pause is over, and a shorter pause does not shorten it."""
    limiter = RateLimiter(100, window=0.1)
    began = time.monotonic()
    limiter.pause(0.2)
    limiter.pause(0.01)
    assert [at for at in ask(limiter, 6, 6) if at < began + 0.2] == []


def test_the_server_may_allow_less_but_not_more() -> None:
    """`X-RateLimit-Limit` below our limit wins; above it, or nonsense, changes nothing."""
    limiter = RateLimiter(4, window=0.1)
    said(limiter, "2", None)
    assert most_in(0.1, ask(limiter, 8, 8)) <= 2
    said(limiter, "1000", None)
    assert most_in(0.1, ask(limiter, 12, 8)) <= 4
    for nonsense in ("", "0", "-1", "many", "1.5", None):
        said(limiter, nonsense, nonsense)
        assert most_in(0.1, ask(limiter, 6, 6)) <= 4


def test_nothing_remaining_slows_down() -> None:
    """`X-RateLimit-Remaining: 0` though we thought there was room: somebody else uses the same key."""
    limiter = RateLimiter(4, window=0.4)
    with limiter.request() as ticket:
        limiter.learn(ticket, "4", "0")
        before = time.monotonic()
    assert [at for at in ask(limiter, 2, 1) if at < before + 0.1] == []  # a place every window / limit
    assert most_in(0.1, ask(limiter, 3, 1)) == 1


def test_nothing_remaining_slows_down_slow_answers_too() -> None:
    """The slow pace holds over all threads, also while answers take longer than a place."""
    limiter = RateLimiter(4, window=0.4)
    with limiter.request() as ticket:
        limiter.learn(ticket, "4", "0")
    both = threading.Barrier(2)

    def one(_: int) -> float:
        with limiter.request():
            went = time.monotonic()
            with suppress(threading.BrokenBarrierError):
                both.wait(0.3)  # an answer that takes longer than a place
            return went

    with ThreadPoolExecutor(2) as pool:
        times = list(pool.map(one, range(2)))
    assert most_in(0.1, times) == 1


def test_remaining_is_counted_down() -> None:
    """What remains is used up before the slow pace begins."""
    limiter = RateLimiter(10, window=1000)
    with limiter.request() as ticket:
        limiter.learn(ticket, "10", "2")
    assert limiter._allowance == 2
    ask(limiter, 2, 2)
    assert limiter._allowance == 0


def test_close_wakes_who_waits_for_a_place() -> None:
    limiter = RateLimiter(1, window=1000)
    with limiter.request():
        pass

    def one() -> None:
        with limiter.request():
            raise AssertionError("a place where there was none")

    with waiting(one) as ended:
        limiter.close()
    assert [type(error) for error in ended] == [InterruptedError] * 3
    assert limiter.closed


def test_close_wakes_who_waits_between_attempts() -> None:
    limiter = RateLimiter(1)
    with waiting(lambda: limiter.wait(1000)) as ended:
        limiter.close()
    assert ended == [None] * 3


def test_close_wakes_who_waits_for_the_end_of_a_pause() -> None:
    limiter = RateLimiter(10)
    limiter.pause(1000)

    def one() -> None:
        with limiter.request():
            raise AssertionError("in the middle of the pause")

    with waiting(one) as ended:
        limiter.close()
    assert [type(error) for error in ended] == [InterruptedError] * 3


def test_a_closed_client_says_so() -> None:
    with Sandbox(Workspace.empty()) as sandbox:
        client = client_for(sandbox)
        client.limiter.pause(1000)
        errors: list[Exception] = []

        def one() -> None:
            try:
                client.get("definitions")
            except ModeDown as error:
                errors.append(error)

        with waiting(one, threads=2):
            client.close()
        assert len(errors) == 2


@pytest.mark.parametrize("headers", [True, False], ids=["headers", "no headers"])
def test_a_limited_mode_is_read_to_the_end(headers: bool) -> None:
    """Faster than Mode allows, with and without rate headers: refusals are waited out, every answer arrives."""
    limit = RateLimit(per_second=20, burst=5, headers=headers, retry_after=None)
    with Sandbox(Workspace.empty(), rate_limit=limit) as sandbox:
        client = client_for(sandbox, max_attempts=20)
        client.limiter = RateLimiter(1000, window=0.3)
        with ThreadPoolExecutor(4) as pool:
            found = list(pool.map(lambda _: client.get("definitions"), range(12)))
        assert len(found) == 12
        assert sum(request.status == 200 for request in sandbox.requests) == 12


def test_a_bucket_that_refills_is_used_to_the_full() -> None:
    """A leaky bucket's headers prove that it refills: then its pace is followed, without a single 429."""
    for _attempt in range(4):  # a busy machine may hold a request back and let the next overtake it
        with Sandbox(Workspace.empty(), rate_limit=RateLimit(200.0, 40), latency=0.002) as sandbox:
            client = client_for(sandbox, requests_per_10s=40)
            client.limiter = RateLimiter(40, window=0.2)  # 40 at once, 200 a second
            with ThreadPoolExecutor(8) as pool:
                list(pool.map(client.get, ["definitions"] * 160))
            requests = sandbox.requests
        if {request.status for request in requests} == {200}:
            break
    assert {request.status for request in requests} == {200}
    times = [request.at for request in requests]
    assert most_in(0.2, times) > 40  # more than a window would have let out


def test_a_window_that_counts_strictly_is_never_taken_for_a_bucket() -> None:
    limiter = RateLimiter(8, window=0.1)
    times: list[float] = []
    lock = threading.Lock()

    def one(_: int) -> None:
        with limiter.request() as ticket:
            with lock:
                now = time.monotonic()
                times.append(now)
                left = 8 - sum(at > now - 0.1 for at in times)
            limiter.learn(ticket, "8", str(left))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(one, range(48)))
    assert limiter._bucket is None
    assert most_in(0.1, times) <= 8


def test_a_429_ends_the_belief_in_a_bucket() -> None:
    limiter = RateLimiter(4, window=0.1)
    said(limiter, "4", "4")
    assert limiter._bucket is not None
    limiter.refused(0.0)
    said(limiter, "4", "4")
    assert limiter._bucket is None


def test_a_user_who_wants_less_gets_less() -> None:
    """`requests_per_10s` below the server's limit holds in every window, whatever the headers say."""
    limiter = RateLimiter(4, window=0.1)
    said(limiter, "8", "8")
    assert limiter._bucket is None
