"""What a run asks Mode, in which order, and what it concludes from the answers.

One `Walk` per run. It turns listings into `Batch`es (rows that are there, tokens that are gone, notes of
what was read completely) and knows nothing of dlt; `source` hands the batches to tables. Methods are called
from several threads.

Removal is concluded only from lists that were read to their end. A paged list can lose a row while somebody
deletes others (pages shift), so a row that seems to be gone is asked for by its token, or, where that would
take more requests than the list itself, looked for in a second complete listing.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote

import pendulum

from .changes import Scope, is_due
from .client import ModeClient
from .entities import COLLECTIONS, DATASET_TYPE, DATASETS, ENTITIES, REPORTS, Entity
from .errors import (
    CredentialsRefused,
    Gone,
    ModeDown,
    NoContent,
    NotVisible,
    ReadError,
    Refused,
    UsageError,
)
from .paging import read_pages
from .rows import Row, make_row, version
from .runlog import RunLog
from .stored import Stored, read_row

logger = logging.getLogger(__name__)


@dataclass
class Batch:
    """Rows of one entity that were read together.

    rows: what Mode has now. gone: tokens of stored rows that it has no more. reads: notes of what was read
    completely (`stored.read_row`). They are loaded in one package, or not at all.
    """

    entity: Entity
    rows: list[Row] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    reads: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class Listing:
    """One list to walk: the reports, or the datasets, of one collection. `space=None` ends the entity's walk."""

    entity: Entity
    space: Row | None = None


class Walk:
    """The requests of one run.

    Args:
        client: asks Mode.
        stored: what the destination holds.
        scope: what the user wants.
        log: where counts and gaps go.
        reread_after: bound on staleness that listings cannot show.
        full_refresh: read everything again, whatever is stored.
    """

    def __init__(
        self,
        client: ModeClient,
        stored: Stored,
        scope: Scope,
        log: RunLog,
        *,
        reread_after: pendulum.Duration,
        full_refresh: bool = False,
    ) -> None:
        self.client = client
        self.stored = stored
        self.scope = scope
        self.log = log
        self.reread_after = reread_after
        self.full_refresh = full_refresh
        self.untrusted: set[str] = set()  # entities whose table was reset: what is stored says nothing
        self._lock = threading.Lock()
        self._verified = False
        self._spaces: dict[str, Row] = {}
        self._seen: dict[str, set[str]] = {REPORTS.name: set(), DATASETS.name: set()}
        self._excluded: dict[str, set[str]] = {REPORTS.name: set(), DATASETS.name: set()}
        self._unreadable: dict[str, set[str]] = {REPORTS.name: set(), DATASETS.name: set()}
        self._open: dict[str, int] = {REPORTS.name: 0, DATASETS.name: 0}
        self._pages: dict[str, int] = {REPORTS.name: 0, DATASETS.name: 0}

    # -- lists of the workspace ----------------------------------------------------------------------------

    def verify(self) -> None:
        """Checks the credentials, once a run."""
        with self._lock:
            if not self._verified:
                self.client.verify()
                self._verified = True
                logger.info("Authentication succeeded.")

    def workspace_list(self, entity: Entity) -> Batch:
        """All rows of a list that needs no parent; without any, and a gap, if it cannot be read.

        Raises:
            CredentialsRefused, UsageError: the key or the workspace is wrong.
            ModeDown: Mode fails on a list of which nothing is stored yet.
        """
        self.verify()
        try:
            batch = self._whole_list(entity)
        except ReadError as error:
            self.unread(entity, error)
            return Batch(entity)
        self.log.add(**{entity.name: len(batch.rows)})
        return batch

    def unread(self, entity: Entity, error: ReadError) -> None:
        """Notes that a list of the workspace could not be read, or raises if the run makes no sense without."""
        if entity is COLLECTIONS and isinstance(error, NotVisible):
            raise CredentialsRefused(f"The key may not list the collections of {self.client.workspace!r}: {error}")
        if entity is COLLECTIONS and isinstance(error, Gone):
            raise UsageError(
                f"Mode shows no workspace {self.client.workspace!r} to this key: set `workspace` of [sources.mode]"
                " to its slug, the lower-case name in its URL."
            )
        if not self.stored.index(entity) and not isinstance(error, (NotVisible, Gone, Refused)):
            # Nothing is known of it: going on would make an empty table look like the truth.
            raise ModeDown(
                f"The list of {entity.name} could not be read ({error}) Nothing was changed: run again later."
            )
        self.log.add_gap(entity.name, "", None, error)

    def _whole_list(self, entity: Entity) -> Batch:
        listed = {row["token"]: row for row in self._rows(entity, entity.path)}
        missing = [token for token in self.stored.index(entity) if token not in listed]
        if not entity.paged:
            return Batch(entity, list(listed.values()), missing)  # one answer, all of it

        def again() -> dict[str, Row]:
            return {row["token"]: row for row in self._rows(entity, entity.path)}

        found, gone = self._confirm(entity, missing, 1 + len(listed) // 20, again)
        return Batch(entity, [*listed.values(), *found], gone)

    # -- collections and their reports ---------------------------------------------------------------------

    def spaces(self) -> Batch:
        """The collections, as far as the user wants them."""
        batch = self.workspace_list(COLLECTIONS)
        outside = [row["token"] for row in batch.rows if not self.scope.has_collection(row)]
        batch.rows = [row for row in batch.rows if self.scope.has_collection(row)]
        batch.gone += [token for token in outside if token in self.stored.index(COLLECTIONS)]
        self._spaces = {row["token"]: row for row in batch.rows}
        return batch

    def listings(self, wanted: Iterable[Entity]) -> list[Listing]:
        """The lists to walk, each entity's end included. None if the collections could not be read."""
        if any(gap.entity == COLLECTIONS.name for gap in self.log.gaps):
            return []
        lists = []
        for entity in wanted:
            lists += [Listing(entity, space) for space in self._spaces.values()] + [Listing(entity)]
            self._open[entity.name] = 1 + len(self._spaces)
        return lists

    def walk(self, listing: Listing) -> Iterator[Batch]:
        """Pages of one listing; the last listing of an entity to end adds what is gone from all of them."""
        entity = listing.entity
        if listing.space is not None:
            try:
                for rows in self._pages_of(entity, listing.space):
                    yield Batch(entity, rows)
            except ReadError as error:
                self._unreadable[entity.name].add(listing.space["token"])
                self.log.add_gap(entity.name, listing.space["token"], listing.space.get("name"), error)
        with self._lock:
            self._open[entity.name] -= 1
            last = self._open[entity.name] == 0
        if last:
            yield self._removed(entity)

    def _pages_of(self, entity: Entity, space: Row) -> Iterator[list[Row]]:
        seen, excluded = self._seen[entity.name], self._excluded[entity.name]
        for page in self._read(entity, entity.path, space_token=space["token"]):
            rows = []
            for row in page:
                if entity is REPORTS and row.get("type") == DATASET_TYPE:
                    continue  # datasets have a list of their own
                with self._lock:
                    if row["token"] in seen:
                        continue  # moved, or shifted by a change, while we walked
                    seen.add(row["token"])
                if self.scope.is_old(row):
                    continue
                if self.scope.has_report(row):
                    rows.append(row)
                else:
                    excluded.add(row["token"])
            with self._lock:
                self._pages[entity.name] += 1
            self.log.add(**{entity.name: len(rows)})
            yield rows

    def _removed(self, entity: Entity) -> Batch:
        """What is stored of an entity and was not listed: gone, or missed and still there."""
        index, seen, excluded = self.stored.index(entity), self._seen[entity.name], self._excluded[entity.name]
        gone = [token for token in excluded if token in index]
        missing = []
        for token, known in index.items():
            if token in seen or known.parent in self._unreadable[entity.name]:
                continue
            missing.append(token)

        def again() -> dict[str, Row]:
            return {
                row["token"]: row
                for space in self._spaces.values()
                if space["token"] not in self._unreadable[entity.name]
                for row in self._rows(entity, entity.path, space_token=space["token"])
            }

        found, confirmed = self._confirm(entity, missing, max(self._pages[entity.name], 1), again)
        rows = []
        for row in found:
            lives = row.get("space_token") in self._spaces and self.scope.has_report(row)
            if lives and not (entity is DATASETS and row.get("archived")):  # archived ones are not listed
                rows.append(row)
            else:
                confirmed.append(row["token"])
        return Batch(entity, rows, gone + confirmed)

    def _confirm(
        self, entity: Entity, missing: list[str], cost: int, again: Callable[[], dict[str, Row]]
    ) -> tuple[list[Row], list[str]]:
        """Which of the rows that a listing lacks are still there, with their values, and which are gone.

        Args:
            cost: requests that listing again takes; asking one by one is bounded by it.
            again: lists everything once more.
        """
        if not missing:
            return [], []
        try:
            if len(missing) > cost:
                listed = again()
                return (
                    [listed[token] for token in missing if token in listed],
                    [token for token in missing if token not in listed],
                )
            found, gone = [], []
            for token in missing:
                row = self._single(entity, token)
                if row is None:
                    gone.append(token)
                else:
                    found.append(row)
            return found, gone
        except ReadError as error:
            self.log.add_gap(entity.name, "", None, f"{len(missing)} rows may be gone, but {error}")
            return [], []

    def _single(self, entity: Entity, token: str) -> Row | None:
        # A dataset is a report too, and answers under either path (section 6.1).
        for path in dict.fromkeys((entity.single, REPORTS.single if entity is DATASETS else entity.single)):
            payload = self.client.find(path.format(token=quote(token, safe="")))
            if payload is not None:
                return make_row(entity, {**payload, "token": token})
        return None

    # -- what a report drives ------------------------------------------------------------------------------

    def due(self, report: Row, wanted: Iterable[Entity]) -> list[Entity]:
        """The entities whose rows for this report or dataset must be read again."""
        parent = DATASETS if report.get("type") == DATASET_TYPE else REPORTS
        return [
            entity
            for entity in wanted
            if (entity.of_datasets or parent is REPORTS) and self.is_due(entity, parent, report)
        ]

    def is_due(self, entity: Entity, parent: Entity, row: Row) -> bool:
        """Whether the rows of `entity` for this listing row of `parent` must be read again."""
        if self.full_refresh or entity.name in self.untrusted:
            return True
        return is_due(parent, row, self.stored.read(entity, row["token"]), self.log.started_at, self.reread_after)

    def children(self, report: Row, due: list[Entity]) -> list[Batch]:
        """The rows that a report drives. What cannot be read is a gap: its stored rows stay as they are."""
        token, name = report["token"], report.get("name")
        batches: list[Batch] = []
        queries: list[Row] | None = None
        for entity in due:
            try:
                if report.get(entity.count) == 0 and entity.count:
                    rows: list[Row] = []  # only an explicit zero spares the request (quirk 4)
                elif entity.parent == REPORTS.name:
                    rows = self._children_of(entity, report, report_token=token)
                else:
                    if queries is None:
                        queries = self._children_of(ENTITIES[entity.parent], report, report_token=token)
                    rows = [
                        row
                        for query in queries
                        for row in self._children_of(entity, report, report_token=token, query_token=query["token"])
                    ]
            except ReadError as error:
                if isinstance(error, Gone) and self._is_gone(report):
                    break  # deleted since it was listed: the next run finds it gone
                self.log.add_gap(entity.name, token, name, error)
                continue
            if entity.name == ENTITIES["queries"].name:
                queries = rows
            batches.append(self._complete(entity, report, rows))
        self.log.add(done=1, **{batch.entity.name: len(batch.rows) for batch in batches})
        return batches

    def group_memberships(self, entity: Entity, group: Row) -> Batch:
        """The memberships of one group; a gap if they cannot be read."""
        if group.get(entity.count) == 0:
            rows = []
        else:
            try:
                rows = self._rows(entity, entity.path, group_token=group["token"])
            except ReadError as error:
                if not (isinstance(error, Gone) and self._single(ENTITIES[entity.parent], group["token"]) is None):
                    self.log.add_gap(entity.name, group["token"], group.get("name"), error)
                return Batch(entity)
        self.log.add(**{entity.name: len(rows)})
        return Batch(entity, rows, self._missing(entity, group["token"], rows))

    def orphans(self, entity: Entity, parents: Iterable[str]) -> Batch:
        """The children of parents that are gone, gone with them."""
        return Batch(entity, gone=[child for parent in parents for child in self.stored.children(entity, parent)])

    def _complete(self, entity: Entity, report: Row, rows: list[Row]) -> Batch:
        parent = DATASETS if report.get("type") == DATASET_TYPE else REPORTS
        note = read_row(
            entity, report["token"], version(parent, report), report.get(parent.cursor) or "", self.log.started_at
        )
        return Batch(entity, rows, self._missing(entity, report["token"], rows), [note])

    def _missing(self, entity: Entity, parent: str, rows: list[Row]) -> list[str]:
        present = {row["token"] for row in rows}
        return [token for token in self.stored.children(entity, parent) if token not in present]

    def _children_of(self, entity: Entity, report: Row, **keys: str) -> list[Row]:
        path = entity.path
        if report.get("type") == DATASET_TYPE and entity.name == "report_schedules":
            path = path.replace("reports/", "datasets/")  # section 6.1
        expected = entity.parent == REPORTS.name and (report.get(entity.count) or 0) > 0
        return self._rows(entity, path, expected=expected, **keys)

    def _is_gone(self, report: Row) -> bool:
        """Whether the report itself answers 404: only then does a child's 404 mean that it is gone."""
        try:
            return self._single(DATASETS if report.get("type") == DATASET_TYPE else REPORTS, report["token"]) is None
        except ReadError:
            return False

    # -- requests ------------------------------------------------------------------------------------------

    def _read(self, entity: Entity, path: str, *, expected: bool = False, **keys: str) -> Iterator[list[Row]]:
        filled = path.format(**{key: quote(value, safe="") for key, value in keys.items()})
        params: dict[str, str] = {}
        if entity is COLLECTIONS:
            params["filter"] = self.scope.collection_filter
        try:
            for page in read_pages(self.client.get, entity, filled, self.client.page_sizes, **params):
                yield [row for payload in page if (row := make_row(entity, payload, **keys))]
        except NoContent:
            # An answer without content may stand for an empty list, but never removes what is known to exist.
            parent = keys.get(entity.parent_key)
            if expected or (self.stored.children(entity, parent) if parent else self.stored.index(entity)):
                raise

    def _rows(self, entity: Entity, path: str, *, expected: bool = False, **keys: str) -> list[Row]:
        return [row for page in self._read(entity, path, expected=expected, **keys) for row in page]
