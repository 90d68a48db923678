"""A bound on the work for one query: steps, which are the same on every machine, and far behind them a deadline.

Raising is the only way it stops anything, so it works in any thread and never ends a process.
"""

from __future__ import annotations

from time import monotonic

MAX_STEPS = 4_000_000  # about twenty seconds of a slow core
SECONDS = 60.0


class Expired(Exception):
    """The budget for this query is used up."""


class Budget:
    """Counts steps; looks at the time every 256 of them.

    Args:
        seconds: when the deadline is.
        steps: how many steps there are.
    """

    def __init__(self, seconds: float = SECONDS, steps: int = MAX_STEPS) -> None:
        self.seconds, self.limit = seconds, steps
        self.ends = monotonic() + seconds
        self.steps = 0

    def check(self) -> None:
        """Count one step.

        Raises:
            Expired: there are no more steps, or the time is over.
        """
        self.steps += 1
        if not self.steps & 255:
            self.look()

    def look(self) -> None:
        """Compare steps and time with their bounds.

        Raises:
            Expired: one of them is exceeded.
        """
        if self.steps > self.limit:
            raise Expired(f"stopped after {self.limit} steps")
        if monotonic() > self.ends:
            raise Expired(f"stopped after {self.seconds:g} seconds")
