"""Ctrl-C and SIGTERM: raised where the program is, and found again behind whatever wraps them.

dlt records the first signal and raises it at the next safe point, wrapped in an `Exception`. Whoever goes on after
an `except Exception` must therefore call `let_through` first, or a run that was told to end goes on.
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

INTERRUPTED, TERMINATED = 130, 143  # exit codes, as shells have them


class Terminated(KeyboardInterrupt):
    """SIGTERM; no `except Exception` stops it."""


def let_through(error: BaseException) -> None:
    """Raises the signal that lies behind an error, if there is one.

    Raises:
        KeyboardInterrupt: it was Ctrl-C.
        Terminated: it was SIGTERM.
    """
    code = exit_code(error)
    if code == TERMINATED:
        raise Terminated from error
    if code:
        raise KeyboardInterrupt from error


def exit_code(error: BaseException) -> int:
    """130 or 143 if a signal lies behind the error, else 0."""
    for cause in causes(error):
        # dlt's SignalReceivedException is a KeyboardInterrupt, too, and says which signal it was.
        if isinstance(cause, Terminated) or getattr(cause, "signal_code", None) == signal.SIGTERM:
            return TERMINATED
        if isinstance(cause, KeyboardInterrupt):
            return INTERRUPTED
    return 0


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and whatever lies behind it, outermost first; dlt wraps what a resource raises."""
    seen: set[int] = set()
    left: list[BaseException] = [error]
    while left:
        current = left.pop(0)
        if id(current) in seen:
            continue
        seen.add(id(current))
        yield current
        context = None if current.__suppress_context__ else current.__context__
        behind = (getattr(current, "exception", None), current.__cause__, context)
        left += [cause for cause in behind if isinstance(cause, BaseException)]


@contextmanager
def raised() -> Iterator[None]:
    """SIGTERM raises `Terminated` meanwhile, so that locks are released and files closed; a no-op in other threads."""

    def receive(number: int, frame: FrameType | None) -> None:
        raise Terminated

    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGTERM, receive)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


GRACE = 20.0  # seconds for loading what was read, after which the run ends all the same


@contextmanager
def stopping(stop: Callable[[str], None]) -> Iterator[None]:
    """Gives a run the chance to load what it has read.

    The first Ctrl-C or SIGTERM calls `stop` with the signal's name, in a thread of its own, as a handler may hold any
    lock. A second one, or 20 seconds, raises where the program is. At the end of the block, a signal that came is
    raised. A no-op outside of the main thread.

    Raises:
        KeyboardInterrupt, Terminated: a signal came.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    came: list[int] = []

    def receive(number: int, frame: FrameType | None) -> None:
        came.append(number)
        if len(came) > 1:
            raise _error(came[0])
        threading.Thread(target=stop, args=(signal.Signals(number).name,), daemon=True).start()
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, GRACE)

    numbers = [signal.SIGINT, signal.SIGTERM, *([signal.SIGALRM] if hasattr(signal, "SIGALRM") else [])]
    before = {number: signal.signal(number, receive) for number in numbers}
    try:
        yield
    except Exception as error:
        if came:  # what was told to end did not always end well: with nothing read yet, there is nothing to load
            raise _error(came[0]) from error
        raise
    finally:
        if hasattr(signal, "setitimer"):
            signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
    if came:
        raise _error(came[0])


def _error(number: int) -> KeyboardInterrupt:
    return Terminated() if number == signal.SIGTERM else KeyboardInterrupt()


@contextmanager
def noticed() -> Iterator[None]:
    """Around a step of dlt's, which records a signal: one that came too late for the step to see is raised after it."""
    from dlt.common.runtime import signals

    with signals.intercepted_signals():
        yield
        signals.raise_if_signalled()
