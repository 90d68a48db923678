"""When the next request may go out, to the quarter of a second, on a clock that the test turns."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mode_source.api.limiter import RateLimiter, Ticket

WINDOW = 8.0  # seconds; fractions of it are exact


class Clock:
    """Stands in for `time` and for the condition that threads wait on: waiting turns it on."""

    def __init__(self, now: float = 100.0) -> None:
        self.now = now
        self.waits: list[float | None] = []
        self.meanwhile: Callable[[], object] = lambda: None
        self.notified = 0

    def monotonic(self) -> float:
        return self.now

    def wait(self, seconds: float | None = None) -> None:
        assert seconds is not None
        assert seconds > 0, "this would be a busy loop"
        assert len(self.waits) < 1000, "this waits for ever"
        self.waits.append(seconds)
        then, self.meanwhile = self.meanwhile, lambda: None
        self.now += seconds
        then()

    def notify(self) -> None:
        self.notified += 1

    notify_all = notify

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        pass


class Limited:
    """A limiter on a clock of its own. Moments count from its start."""

    def __init__(self, patch: pytest.MonkeyPatch, limit: int, start: float = 100.0) -> None:
        self.clock, self.start = Clock(start), start
        patch.setattr("mode_source.api.limiter.time", SimpleNamespace(monotonic=self.clock.monotonic))
        self.limiter = RateLimiter(limit, WINDOW)
        self.limiter._changed = self.clock  # type: ignore[assignment]
        self._held: dict[int, AbstractContextManager[Ticket]] = {}

    def at(self, moment: float) -> None:
        """Turns the clock, which never goes back."""
        assert self.start + moment >= self.clock.now
        self.clock.now = self.start + moment

    def send(self) -> Ticket:
        held = self.limiter.request()
        ticket = held.__enter__()
        assert ticket.sent_at == self.clock.now
        self._held[ticket.number] = held
        return ticket

    def answer(self, ticket: Ticket, limit: int | None = None, left: int | None = None) -> None:
        """The answer to a request, with what its headers say."""
        if limit is not None or left is not None:
            self.limiter.learn(ticket, *(None if number is None else str(number) for number in (limit, left)))
        self._held.pop(ticket.number).__exit__(None, None, None)

    def goes(self) -> float:
        """Sends one and has it answered at once: the moment when it went."""
        ticket = self.send()
        self.answer(ticket)
        return ticket.sent_at - self.start


Make = Callable[..., Limited]


@pytest.fixture
def limited(monkeypatch: pytest.MonkeyPatch) -> Make:
    return lambda limit=8, start=100.0: Limited(monkeypatch, limit, start)


# -- the window


def test_as_many_as_the_limit_at_once_then_one_per_place_that_falls_free(limited: Make) -> None:
    """A place is taken until the window after the answer, not after the request, is over: to the moment."""
    on = limited(3)
    first, second, third = on.send(), on.send(), on.send()
    assert [ticket.number for ticket in (first, second, third)] == [1, 2, 3]
    for moment, ticket in ((1, first), (2, second), (3, third)):
        on.at(moment)
        on.answer(ticket)
    assert on.goes() == 1 + WINDOW
    assert on.goes() == 2 + WINDOW
    assert on.goes() == 3 + WINDOW
    assert on.goes() == 1 + 2 * WINDOW
    on.at(100)
    assert [on.goes() for _ in range(4)] == [100, 100, 100, 100 + WINDOW]


def test_a_place_that_is_free_now_is_taken_now(limited: Make) -> None:
    on = limited(1)
    on.goes()
    on.at(WINDOW)
    on.goes()
    assert on.clock.waits == []


def test_while_none_is_answered_the_next_answer_is_waited_for(limited: Make) -> None:
    on = limited(2)
    first, _ = on.send(), on.send()
    on.clock.meanwhile = lambda: on.answer(first)
    assert on.goes() == 2 * WINDOW
    assert on.clock.waits == [WINDOW, WINDOW]
    assert on.clock.notified == 2


@given(
    st.integers(1, 6),
    st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40)), min_size=1, max_size=40),
)
@settings(deadline=None)
def test_no_window_of_the_servers_ever_holds_more(limit: int, requests: list[tuple[int, int]]) -> None:
    """Wherever between sending and answer Mode counted a request."""
    with pytest.MonkeyPatch.context() as patch:
        on = Limited(patch, limit)
        spans = []
        for pause, takes in requests:
            on.clock.now += pause / 4
            ticket = on.send()
            on.clock.now += takes / 4
            on.answer(ticket)
            spans.append((ticket.sent_at, on.clock.now))
        for counted in ([sent for sent, _ in spans], [back for _, back in spans]):
            for begin in counted:
                assert sum(begin <= at < begin + WINDOW for at in counted) <= limit


@pytest.mark.parametrize("limit", [0, -1, 1])
def test_at_least_one(limited: Make, limit: int) -> None:
    on = limited(limit)
    assert [on.goes(), on.goes()] == [0, WINDOW]


# -- what the server says


@pytest.mark.parametrize(
    ("said", "at_once"), [("2", 2), ("4", 4), ("9", 4), ("1", 1), ("0", 4), ("-1", 4), ("x", 4), ("", 4), (None, 4)]
)
def test_the_servers_limit(limited: Make, said: str | None, at_once: int) -> None:
    on = limited(4)
    ticket = on.send()
    on.limiter.learn(ticket, said, None)
    on.answer(ticket)
    on.at(WINDOW)
    assert [on.goes() for _ in range(at_once + 1)] == [WINDOW] * at_once + [2 * WINDOW]


def test_a_limit_that_rises_again(limited: Make) -> None:
    on = limited(4)
    on.answer(on.send(), limit=1)
    on.at(WINDOW)
    on.answer(on.send(), limit=3)
    on.at(2 * WINDOW)
    assert [on.goes() for _ in range(4)] == [2 * WINDOW] * 3 + [3 * WINDOW]


@pytest.mark.parametrize(("in_flight", "left", "at_once"), [(1, 0, 0), (1, 2, 2), (3, 4, 2), (3, 1, 0), (3, 2, 0)])
def test_what_is_left_is_used_up_then_the_pace_slows_down(
    limited: Make, in_flight: int, left: int, at_once: int
) -> None:
    """Requests on their way count as if the server had not seen them. Then one goes per window and limit."""
    on = limited(8)
    tickets = [on.send() for _ in range(in_flight)]
    on.at(1)
    on.answer(tickets[-1], limit=8, left=left)
    sent = [on.send().sent_at - on.start for _ in range(at_once + 3)]
    assert sent == [1.0] * at_once + [2.0, 3.0, 4.0]


def test_the_slow_pace_counts_from_the_last_request_or_answer(limited: Make) -> None:
    on = limited(4)  # a place every 2 seconds
    first, second = on.send(), on.send()
    on.at(3)
    on.answer(first, limit=4, left=0)
    on.at(3.5)
    on.answer(second)
    third = on.send()
    assert third.sent_at - on.start == 5.5  # of the answer
    assert on.send().sent_at - on.start == 7.5  # of the request before
    assert on.send().sent_at - on.start == 3 + WINDOW  # by now the window is full


def test_the_slow_pace_with_nothing_answered(limited: Make) -> None:
    on = limited(4, start=0.5)  # a clock that has just begun
    ticket = on.send()
    on.limiter.learn(ticket, "4", "0")
    assert on.send().sent_at - on.start == 2.0


@pytest.mark.parametrize("nonsense", ["", "-1", "x", "1.5", None])
def test_nonsense_about_what_is_left_changes_nothing(limited: Make, nonsense: str | None) -> None:
    on = limited(3)
    ticket = on.send()
    on.limiter.learn(ticket, "3", nonsense)
    on.answer(ticket)
    assert [on.goes() for _ in range(3)] == [0, 0, WINDOW]


def test_a_429_stops_everybody_and_the_longest_pause_counts(limited: Make) -> None:
    on = limited(8)
    on.limiter.refused(5)
    on.limiter.pause(3)
    on.limiter.pause(1)
    assert on.goes() == 5
    assert on.goes() == 5
    on.limiter.pause(2)
    assert on.goes() == 7


def test_a_pause_forgets_what_was_left(limited: Make) -> None:
    on = limited(8)
    on.answer(on.send(), limit=8, left=0)
    on.limiter.pause(0.25)
    assert [on.goes(), on.goes()] == [0.25, 0.25]


def test_a_pause_within_a_full_window_does_not_add_up(limited: Make) -> None:
    on = limited(1)
    on.goes()
    on.limiter.pause(3)
    assert on.goes() == WINDOW
    on.limiter.pause(WINDOW + 2)
    assert on.goes() == 2 * WINDOW + 2


# -- a bucket that refills


@pytest.mark.parametrize(
    ("configured", "allowed", "others", "left", "refills"),
    [
        (8, 8, 0, 7, False),  # one counted, as a window would
        (8, 8, 0, 8, True),
        (8, 8, 2, 5, False),
        (8, 8, 2, 6, True),
        (8, 8, 2, 4, False),
        (8, 4, 0, 3, False),
        (8, 4, 0, 4, True),
        (8, 9, 0, 9, False),  # the user wants less than the server allows
        (8, 0, 0, 8, False),
        (1, 1, 0, 1, True),
        (1, 1, 0, 0, False),
    ],
)
def test_more_left_than_any_window_could_leave_is_a_bucket(
    limited: Make, configured: int, allowed: int, others: int, left: int, refills: bool
) -> None:
    on = limited(configured)
    for _ in range(others):
        on.goes()
    ticket = on.send()
    on.answer(ticket, limit=allowed, left=left)
    assert (on.limiter._bucket is not None) is refills


@pytest.mark.parametrize(("sent", "counts"), [(0.0, False), (0.25, True)])
def test_what_was_sent_a_window_ago_counts_no_more(limited: Make, sent: float, counts: bool) -> None:
    """Then seven left of eight is what a window would leave, too."""
    on = limited(8)
    on.at(sent)
    old = on.send()
    on.at(2)
    on.answer(old)
    on.at(WINDOW)
    on.answer(on.send(), limit=8, left=7)
    assert (on.limiter._bucket is not None) is counts


def test_a_bucket_gives_what_it_holds_then_as_it_refills(limited: Make) -> None:
    """Eight in eight seconds are one a second, whatever went out before."""
    on = limited(8)
    on.answer(on.send(), limit=8, left=8)
    sent = [on.goes() for _ in range(12)]
    assert sent == [0.0] * 8 + [1.0, 2.0, 3.0, 4.0]
    on.at(6.5)
    assert [on.goes() for _ in range(4)] == [6.5, 6.5, 7.0, 8.0]


def test_a_bucket_runs_over(limited: Make) -> None:
    on = limited(4)
    on.answer(on.send(), limit=4, left=4)
    on.at(1000)
    assert [on.goes() for _ in range(6)] == [1000.0] * 4 + [1002.0, 1004.0]


def test_requests_that_the_server_may_not_have_counted_are_taken_off(limited: Make) -> None:
    """Those on their way, and those that were sent later and answered earlier."""
    on = limited(8)
    first, second, third = on.send(), on.send(), on.send()
    on.answer(third)
    on.answer(first, limit=8, left=8)  # 8 - (second and third sent later) - (second in flight)
    assert [on.send().sent_at - on.start for _ in range(7)] == [0.0] * 5 + [1.0, 2.0]
    on.answer(second)


def test_a_bucket_is_measured_again_with_every_answer(limited: Make) -> None:
    on = limited(8)
    on.answer(on.send(), limit=8, left=8)
    on.answer(on.send(), limit=8, left=1)
    assert [on.goes() for _ in range(3)] == [0.0, 1.0, 2.0]


def test_a_bucket_keeps_to_a_pause(limited: Make) -> None:
    on = limited(8)
    on.answer(on.send(), limit=8, left=8)
    on.limiter.pause(3)
    assert on.goes() == 3
    assert on.limiter._bucket is not None


def test_a_429_ends_the_belief_in_a_bucket_for_good(limited: Make) -> None:
    on = limited(2)
    on.answer(on.send(), limit=2, left=2)
    on.limiter.refused(1)
    assert on.goes() == 1
    on.answer(on.send(), limit=2, left=2)
    assert on.goes() == 1 + WINDOW
    assert on.limiter._bucket is None


def test_who_waits_is_told_of_a_bucket(limited: Make) -> None:
    on = limited(8)
    ticket = on.send()
    on.limiter.learn(ticket, "8", "7")
    assert on.clock.notified == 0
    on.limiter.learn(ticket, "8", "8")
    assert on.clock.notified == 1


# -- the end


def test_waiting_between_attempts(limited: Make) -> None:
    on = limited()
    on.limiter.wait(5)
    assert (on.clock.now - on.start, on.clock.waits) == (5, [5])
    on.limiter.wait(0)
    on.limiter.wait(-1)
    assert on.clock.waits == [5]
    on.limiter.wait(0.5)
    assert on.clock.waits.pop() == 0.5

    def early() -> None:
        on.clock.now -= 2  # woken before the time

    on.clock.meanwhile = early
    on.limiter.wait(3)
    assert on.clock.waits == [5, 3, 2]


def test_after_the_end_nothing_goes_out_and_nobody_waits(limited: Make) -> None:
    on = limited(1)
    assert on.limiter.closed is False
    on.goes()
    on.clock.meanwhile = on.limiter.close
    with pytest.raises(InterruptedError, match=r"^The run has ended\.$"):
        on.send()
    assert on.limiter.closed is True
    assert on.clock.waits == [WINDOW]
    on.limiter.wait(100)
    with pytest.raises(InterruptedError):
        on.send()
    assert on.clock.waits == [WINDOW]
    assert on.clock.notified == 2


def test_ten_seconds_unless_told_otherwise(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(f"{__name__}.WINDOW", 10.0)
    clock: Any = Clock()
    monkeypatch.setattr("mode_source.api.limiter.time", SimpleNamespace(monotonic=clock.monotonic))
    limiter = RateLimiter(1)
    limiter._changed = clock
    for _ in range(2):
        with limiter.request():
            pass
    assert clock.waits == [10.0]
