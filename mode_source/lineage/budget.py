"""A bound on the work for one query: a deadline that every step looks at.

Raising is the only way it stops anything, so it works in any thread and never ends a process.
"""

from __future__ import annotations

from time import monotonic


class Expired(Exception):
    """The time for this query is over."""


class Budget:
    """Counts steps; looks at the time every 256 of them."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self.ends = monotonic() + seconds
        self.steps = 0

    def check(self) -> None:
        """Count one step.

        Raises:
            Expired: the budget is used up.
        """
        self.steps += 1
        if not self.steps & 255 and monotonic() > self.ends:
            raise Expired(f"stopped after {self.seconds:g} seconds")

    def look(self) -> None:
        """Look at the time now."""
        if monotonic() > self.ends:
            raise Expired(f"stopped after {self.seconds:g} seconds")
