"""Knows when everything has arrived that was to come, in whatever order."""

from __future__ import annotations

from collections.abc import Collection


class Countdown:
    """Counts batches of several series, whose last batches say how many came before them.

    Batches that were read side by side need not arrive in the order in which they were read.

    Args:
        series: the names of the series that are awaited.
    """

    def __init__(self, series: Collection[str]) -> None:
        self._left = dict.fromkeys(series, 0)
        self._open = set(series)

    def arrived(self, series: str, ends: int | None) -> bool:
        """Notes a batch.

        Args:
            series: which it belongs to.
            ends: how many batches came before it, if it is the last of its series; else None.

        Returns:
            Whether it completes everything: true once.
        """
        if ends is None:
            self._left[series] -= 1
        else:
            self._left[series] += ends
            self._open.discard(series)
        return not self._open and not any(self._left.values())
