"""Counts of one run: requests, rows, gaps. Written by the source, read by progress, summary and exit code."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pendulum

from ._version import __version__


@dataclass(frozen=True)
class Gap:
    """Something that could not be read: its last known rows were kept."""

    entity: str
    token: str
    name: str
    reason: str
    what: str = "could not be read"

    def __str__(self) -> str:
        subject = f"{self.entity} of {self.name or self.token!r}" if self.token else f"the list of {self.entity}"
        return f"{subject} {self.what}: {self.reason.rstrip('.')}."


@dataclass
class RunLog:
    """Counters of a run; every method may be called from any thread.

    Attributes:
        workers: requests that may be under way at the same time.
        count_requests: says how many requests were made so far.
        open: the connections to Mode and to the destination that the source holds while it reads.
        seen: rows that Mode sent, per table.
        loaded: of these, new or changed ones.
        removed: stored rows that no longer exist in Mode.
        stored: rows that a table held before the run, where some have left it.
        due: reports whose children this run reads.
        done: of these, read so far.
        stage: the present step of the run, for progress.
    """

    workers: int = 5
    count_requests: Callable[[], int] = int
    open: ExitStack = field(default_factory=ExitStack, repr=False)
    started_at: pendulum.DateTime = field(default_factory=lambda: pendulum.now("UTC"))
    gaps: list[Gap] = field(default_factory=list)
    seen: Counter[str] = field(default_factory=Counter)
    loaded: Counter[str] = field(default_factory=Counter)
    removed: Counter[str] = field(default_factory=Counter)
    stored: Counter[str] = field(default_factory=Counter)
    due: int = 0
    done: int = 0
    stage: str = "starting"
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def requests(self) -> int:
        """Requests to Mode so far, repeated ones included."""
        return self.count_requests()

    def add_gap(
        self, entity: str, token: str, name: str | None, reason: object, what: str = "could not be read"
    ) -> None:
        """Notes that last known rows were kept.

        Args:
            entity: table of the rows.
            token: what they belong to; empty for a list of the workspace.
            name: of what they belong to.
            reason: in one sentence.
            what: the verb of the message.
        """
        with self._lock:
            self.gaps.append(Gap(entity, token, name or "", str(reason), what))

    def add(self, *, due: int = 0, done: int = 0, **seen: int) -> None:
        with self._lock:
            self.due += due
            self.done += done
            self.seen.update(seen)

    def add_loaded(self, entity: str, loaded: int, removed: int, stored: int = 0) -> None:
        """Counts rows of a table that were loaded and removed; `stored` is how many it held before the run."""
        with self._lock:
            self.loaded[entity] += loaded
            self.removed[entity] += removed
            self.stored[entity] = max(stored, self.stored[entity])

    def removals(self) -> list[str]:
        """One sentence for each table that rows have left."""
        return [
            f"{count} of {self.stored[name]} {name} are gone." for name, count in sorted(self.removed.items()) if count
        ]

    def row(self, outcome: str, error: str | None = None) -> dict[str, Any]:
        """The run's row of table `runs`."""
        summary = self.summary()
        return {
            "started_at": self.started_at,
            "ended_at": pendulum.now("UTC"),
            "outcome": outcome,
            "error": error,
            "requests": self.requests,
            "rows_loaded": self.loaded.total(),
            "rows_removed": self.removed.total(),
            "reports_read": self.done,
            "gap_count": len(self.gaps),
            "rows": summary["rows"],
            "gaps": summary["gaps"],
            "version": __version__,
        }

    def summary(self) -> dict[str, Any]:
        """As one JSON object, for `--json`."""
        return {
            "requests": self.requests,
            "started_at": self.started_at.to_iso8601_string(),
            "seconds": round((pendulum.now("UTC") - self.started_at).total_seconds(), 1),
            "rows": {
                name: {"listed": self.seen[name], "loaded": self.loaded[name], "removed": self.removed[name]}
                for name in sorted(self.loaded)
            },
            "reports_read": self.done,
            "gaps": [
                {"entity": gap.entity, "token": gap.token, "name": gap.name, "reason": gap.reason} for gap in self.gaps
            ],
        }
