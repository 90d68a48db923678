"""Where a simulated workspace keeps its things: tables by token, indexes for the listings, a clock.

Every change goes through a method marked `change`, which takes the lock, advances the clock by a fixed step
and counts the version, so that a sequence of changes always gives the same workspace.
"""

from __future__ import annotations

import functools
import hashlib
import random
import threading
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any, Literal, TypeVar, cast

from . import clock
from .model import Chart, Collection, DataSource, Definition, Group, GroupMembership, Member, Query, Report, Schedule
from .model_parts import AuditEntry
from .quirks import Quirks

STEP = 61_013
"""Milliseconds that pass with each change; longer than any run, so that moments never go backwards."""

R = TypeVar("R")
F = TypeVar("F", bound=Callable[..., Any])
Ids = Literal["number", "string"]

Token = str
ReportRef = str | Report
CollectionRef = str | Collection


def change(method: F) -> F:
    """Mark a method as one change of the workspace: locked, timed and counted (once, if it uses others)."""

    @functools.wraps(method)
    def changed(self: Store, *args: Any, **kwargs: Any) -> Any:
        with self.lock:
            if self._depth == 0:
                self.now_ms += STEP
                self.version += 1
            self._depth += 1
            try:
                return method(self, *args, **kwargs)
            finally:
                self._depth -= 1

    return cast(F, changed)


def token_of(thing: object) -> str:
    """The token of a record, or the token itself."""
    return thing if isinstance(thing, str) else str(thing.token)  # type: ignore[attr-defined]


class Store:
    """The tables and indexes of one workspace. Use `Workspace`, which adds the changes."""

    def __init__(self, *, slug: str = "acme", ids: Ids = "number", seed: int = 0, now: datetime | None = None) -> None:
        """An empty workspace. Its clock begins at `now`, or where every one does, so that all runs are alike."""
        self.slug = slug
        self.ids: Ids = ids
        self.rng = random.Random(f"mode-sandbox {seed}")
        self.lock = threading.RLock()
        self.now_ms = clock.START if now is None else int(now.timestamp() * 1000)
        self.version = 0
        self.quirks = Quirks()
        self._depth = 0
        self._tokens: set[str] = set()
        self._last_id: dict[str, int] = {}
        self._trash: dict[str, Report] = {}
        self._orders: dict[tuple[str, str], tuple[int, str, list[Report]]] = {}
        self._memo: dict[tuple[str, ...], tuple[int, object]] = {}
        self.members: dict[Token, Member] = {}
        self.removed_members: dict[Token, Member] = {}
        self.collections: dict[Token, Collection] = {}
        self.data_sources: dict[Token, DataSource] = {}
        self.deleted_data_sources: dict[int, DataSource] = {}
        self.reports: dict[Token, Report] = {}
        self.queries: dict[Token, Query] = {}
        self.charts: dict[Token, Chart] = {}
        self.schedules: dict[Token, Schedule] = {}
        self.definitions: dict[Token, Definition] = {}
        self.groups: dict[Token, Group] = {}
        self.group_memberships: dict[Token, GroupMembership] = {}
        self.owner: Token | None = None
        self.audit: list[AuditEntry] = []
        self._by_space: dict[Token, dict[Token, Report]] = {}
        self.by_source: dict[int, dict[Token, Query]] = {}
        self.account_id = 1_000_000 + int(hashlib.md5(slug.encode()).hexdigest()[:5], 16)
        self.workspace_token = hashlib.md5(f"workspace {slug}".encode()).hexdigest()[:12]
        self.key_token = hashlib.md5(f"key {slug}".encode()).hexdigest()[:12]

    # -- clock, tokens, ids

    @property
    def now(self) -> datetime:
        """The simulated time."""
        return datetime.fromtimestamp(self.now_ms / 1000, timezone.utc)

    def advance(self, *, days: float = 0, hours: float = 0, minutes: float = 0) -> datetime:
        """Let time pass without a change."""
        with self.lock:
            self.now_ms += round(days * clock.DAY + hours * clock.HOUR + minutes * clock.MINUTE)
            return self.now

    def derived_token(self, *of: object) -> Token:
        """A token that follows from what it is of, so that drawing it leaves all other draws as they are."""
        return hashlib.md5(" ".join(map(str, (*of, self.version))).encode()).hexdigest()[:12]

    def log(
        self, action: str, entity_type: str, entity_id: Token, entity_name: str | None, **context: str | None
    ) -> None:
        """Write into the audit log; the key's owner does everything here."""
        number = len(self.audit)
        text = hashlib.md5(f"audit {self.slug} {number}".encode()).hexdigest()
        name = f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"
        at = max(self.now_ms, self.audit[-1].at if self.audit else 0)
        self.audit.append(AuditEntry(name, action, at, self.owner, entity_type, entity_id, entity_name, context))

    def new_token(self) -> Token:
        """An unused token: 12 hexadecimal characters, now and then digits only (docs/mode-api.md#s2)."""
        rng, known = self.rng, self._tokens
        while True:
            bits = rng.getrandbits(48)
            token = f"{bits % 10**12:012d}" if bits % 50 == 0 else f"{bits:012x}"
            if token not in known:
                known.add(token)
                return token

    def new_id(self, kind: str, first: int) -> int:
        """The next numeric id of a kind; ids grow, with gaps."""
        value = self._last_id.get(kind, first) + 1 + self.rng.randrange(3)
        self._last_id[kind] = value
        return value

    def new_run_id(self) -> int:
        """A run id, above 2^31 (docs/mode-api.md#s2)."""
        return self.new_id("run", 3_535_000_000)

    def sent_id(self, number: int | None) -> int | str | None:
        """A numeric id as this workspace sends it (docs/mode-api.md#quirk-8)."""
        return number if number is None or self.ids == "number" else str(number)

    # -- look-ups

    def report(self, ref: ReportRef) -> Report:
        """A report or dataset by token; KeyError if it is not (or no longer) there."""
        return self.reports[token_of(ref)]

    def collection(self, ref: CollectionRef) -> Collection:
        """A collection by token."""
        return self.collections[token_of(ref)]

    def user(self, token: Token | None) -> Member | None:
        """A member, or a former one, by token."""
        if token is None:
            return None
        return self.members.get(token) or self.removed_members.get(token)

    def username(self, token: Token | None) -> str | None:
        """The current username of a member or former member."""
        user = self.user(token)
        return user.username if user else None

    def data_source_by_id(self, number: int | None) -> DataSource | None:
        """A data source by id, deleted ones included (queries keep pointing at them, docs/mode-api.md#s5-5)."""
        if number is None:
            return None
        for source in self.data_sources.values():
            if source.id == number:
                return source
        return self.deleted_data_sources.get(number)

    def is_listed(self, report: Report) -> bool:
        """Whether a REST listing shows this report: its collection is listed, it is no archived dataset."""
        space = self.collections.get(report.space_token)
        return space is not None and space.listed and not (report.is_dataset and report.archived)

    def in_space(self, space: Token) -> list[Report]:
        """Everything in a collection, reports and datasets, archived ones too."""
        return list(self._by_space.get(space, {}).values())

    def listing(self, space: Token, what: Literal["reports", "datasets"]) -> list[Report]:
        """What ``/spaces/{t}/reports`` or ``/datasets`` walks through, ordered by `Quirks.listing_order`.

        Archived reports are listed, archived datasets are not (docs/mode-api.md#s6, #s6-1).
        """
        version, order = self.collections[space].version, self.quirks.listing_order
        mixed = what == "reports" and self.quirks.datasets_in_report_listing
        key = (space, "mixed" if mixed else what)
        kept = self._orders.get(key)
        if kept is not None and kept[:2] == (version, order):
            return kept[2]
        rows = [
            report
            for report in self._by_space.get(space, {}).values()
            if not (report.is_dataset and report.archived) and (mixed or report.is_dataset == (what == "datasets"))
        ]
        if order == "updated":
            rows.sort(key=lambda report: (-report.updated_at, report.token))
        self._orders[key] = (version, order, rows)
        return rows

    def memo(self, key: tuple[str, ...], build: Callable[[], R]) -> R:
        """The value of ``build`` for this version of the workspace, built once per version."""
        kept = self._memo.get(key)
        if kept is not None and kept[0] == self.version:
            return kept[1]  # type: ignore[return-value]
        value = build()
        self._memo[key] = (self.version, value)
        return value

    # -- keeping the indexes

    def _touch(self, space: Token) -> None:
        collection = self.collections.get(space)
        if collection is not None:
            collection.version += 1

    def _put_report(self, report: Report) -> Report:
        self.reports[report.token] = report
        self._by_space.setdefault(report.space_token, {})[report.token] = report
        self._touch(report.space_token)
        for query in report.queries.values():
            self._put_query(report, query)
        self.schedules.update(report.schedules)
        return report

    def _put_query(self, report: Report, query: Query) -> Query:
        report.queries[query.token] = query
        self.queries[query.token] = query
        if query.data_source_id is not None:
            self.by_source.setdefault(query.data_source_id, {})[query.token] = query
        self.charts.update(query.charts)
        return query

    def _drop_query(self, query: Query) -> None:
        self.queries.pop(query.token, None)
        self.reports[query.report_token].queries.pop(query.token, None)
        if query.data_source_id is not None:
            self.by_source.get(query.data_source_id, {}).pop(query.token, None)
        for chart in query.charts:
            self.charts.pop(chart, None)

    def _drop_report(self, report: Report) -> None:
        self.reports.pop(report.token, None)
        self._by_space.get(report.space_token, {}).pop(report.token, None)
        self._touch(report.space_token)
        for query in report.queries.values():
            self.queries.pop(query.token, None)
            if query.data_source_id is not None:
                self.by_source.get(query.data_source_id, {}).pop(query.token, None)
            for chart in query.charts:
                self.charts.pop(chart, None)
        for schedule in report.schedules:
            self.schedules.pop(schedule, None)
        self._trash[report.token] = report
