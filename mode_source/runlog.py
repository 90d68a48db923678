"""Counts of one run: requests, rows, gaps. Written by the source, read by progress, summary and exit code."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

import pendulum

from ._version import __version__

if TYPE_CHECKING:
    from dlt.extract import DltSource


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


class Later(Protocol):
    """What a source leaves for later load packages (`extract.agenda.Agenda`)."""

    defer: bool

    def packages(self, enough: Callable[[], bool]) -> Iterator[Iterator[DltSource]]:
        """The parts of what is left; each gives one package after the other until it is done."""

    def waiting(self) -> int:
        """How many reports wait."""

    def never_read(self) -> int:
        """How many reports wait whose queries no run has ever read."""


@dataclass
class RunLog:
    """Counters of a run; every method may be called from any thread.

    Attributes:
        checkpoint_every: seconds after which what was read is loaded.
        time_limit: seconds after which nothing more is asked; None = never.
        workers: requests that may be under way at the same time.
        count_requests: says how many requests were made so far.
        open: the connections to Mode and to the destination that the source holds while it reads.
        seen: rows that Mode sent, per table.
        loaded: of these, new or changed ones.
        removed: stored rows that no longer exist in Mode.
        stored: rows that a table held before the run, where some have left it.
        due: reports whose children this run reads.
        done: of these, read so far.
        listings: lists of reports and datasets that this run walks.
        begun: of these, begun so far.
        listed: of these, walked to their ends.
        rows: reports and datasets that they have shown.
        pages: of them, read so far.
        considered: reports and datasets that are known to be due or not.
        expected: requests that reading those takes that are due, made ones included.
        pending: requests that are known to be still to come, listings left out.
        stage: the present step of the run, for progress.
        never_read: reports whose queries no run has read, and this one did not come to.
        stopped: why the run ends before everything was read: `time limit`, `SIGINT` or `SIGTERM`.
        unlisted: whether it ended before all lists were read.
        later: what the source left for later packages.
        noted: whether the run's row of `runs` was made.
        on_between: called between reading and loading.
        on_stop: called when the run is told to end.
    """

    workers: int = 5
    checkpoint_every: float = 300.0
    time_limit: float | None = None
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
    listings: int = 0
    begun: int = 0
    listed: int = 0
    rows: int = 0
    pages: int = 0
    considered: int = 0
    expected: int = 0
    pending: int = 0
    stage: str = "starting"
    never_read: int = 0
    stopped: str = ""
    unlisted: bool = False
    later: Later | None = None
    noted: bool = False
    on_between: list[Callable[[], None]] = field(default_factory=list, repr=False)
    on_stop: list[Callable[[], None]] = field(default_factory=list, repr=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def requests(self) -> int:
        """Requests to Mode so far, repeated ones included."""
        return self.count_requests()

    def between(self) -> None:
        """Closes what must not be open while a package is loaded."""
        for call in self.on_between:
            call()

    def age(self) -> float:
        """Seconds since the run began."""
        return (pendulum.now("UTC") - self.started_at).total_seconds()

    def rows_loaded(self) -> int:
        """Rows that were new or changed, of all tables."""
        return self.loaded.total()

    def never_read_at_all(self) -> int:
        """Reports whose queries no run has read yet; at least one if not even the lists were read to their end."""
        waiting = self.later.never_read() if self.later else 0
        return self.never_read + waiting + (1 if self.unlisted else 0)

    def stop(self, why: str) -> None:
        """Tells the run to end: what was read is loaded, nothing more is asked."""
        if not self.stopped:
            self.stopped = why
            for call in self.on_stop:
                call()

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

    def add(self, *, due: int = 0, done: int = 0, never_read: int = 0, **seen: int) -> None:
        """Adds to the counters; `seen` is by table."""
        with self._lock:
            self.never_read += never_read
            self.due += due
            self.done += done
            self.seen.update(seen)

    def plan(self, **counts: int) -> None:
        """Counts what is to be asked for, and what has been, for the time left: attributes by name."""
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def requests_left(self) -> float | None:
        """An estimate of the requests still to come; None as long as too little is known.

        The lists still to walk are taken to be like those that were begun, and their rows like the rows so far.
        """
        if not self.listings or self.listed < min(self.listings, max(2, self.listings / 10)):
            return None
        if self.listed == self.listings and self.considered >= self.rows:
            return self.pending
        rows = max(self.rows * self.listings / max(self.begun, 1), self.considered)
        more = rows / max(self.considered, 1) - 1
        return self.pending + more * self.expected + (self.listings - self.listed) * self.pages / self.listings

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
            "reports_due": self.due,
            "stopped": self.stopped or None,
            "gaps": [
                {"entity": gap.entity, "token": gap.token, "name": gap.name, "reason": gap.reason} for gap in self.gaps
            ],
        }
