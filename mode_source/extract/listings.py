"""The listings of reports and datasets: one per collection and kind, walked side by side.

They are read in full on every run (30 rows a request) and compared with what is stored, so what a listing
carries is always current, whether or not Mode moved `updated_at` (docs/mode-api.md#s10); `filtered` is for
workspaces where that takes too long. Datasets are listed by data source where there are fewer of these than
collections (`datasets`).
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pendulum

from ..entities import COLLECTIONS, DATASET_TYPE, DATASETS, REPORTS, Entity
from ..entities.notes import read_note
from ..entities.rows import Row
from ..errors import Doubtful, ReadError, Stopped
from .by_source import BySource
from .context import Batch, Context
from .decisions import beyond_bound
from .filtered import Cursors, honoured, updated_pages
from .reading import Reading
from .removals import HOW, NOT_BELIEVED, Removals
from .workspace_lists import WorkspaceLists


@dataclass(frozen=True)
class Listing:
    """Lists of reports or of datasets to walk one after the other: a collection's, or, `by_source`, all.

    One without `spaces` ends the entity's walk.
    """

    entity: Entity
    spaces: tuple[Row, ...] = ()
    by_source: bool = False


@dataclass
class Progress:
    """How far the walk of one entity has come."""

    open: int = 0  # listings that have not ended
    pages: int = 0
    batches: int = 0
    seen: set[str] = field(default_factory=set)
    excluded: set[str] = field(default_factory=set)  # listed, but not wanted
    unreadable: set[str] = field(default_factory=set)  # collections


class Listings:
    """All listings of one run.

    Args:
        reading: asks Mode.
        lists: of the workspace.
        removals: confirms what is gone.
        context: of the run.
        listing: `full`, or `filtered` for reports where Mode honours its filter.
        reconcile_after: how long listings may be filtered before a full one.
    """

    def __init__(
        self,
        reading: Reading,
        lists: WorkspaceLists,
        removals: Removals,
        context: Context,
        listing: str,
        reconcile_after: pendulum.Duration,
    ) -> None:
        self._reading = reading
        self._lists = lists
        self._removals = removals
        self._context = context
        self._wants_filter = listing == "filtered"
        self._reconcile_after = reconcile_after
        self._filtered = False  # whether this run's listings of reports are
        self._cursors = Cursors({}, "")
        self._by_source = BySource(reading, lists, context)
        self._spaces: dict[str, Row] = {}
        self._left: set[str] = set()  # collections that the user no longer wants
        self._unlisted: set[str] = set()  # collections that were not listed, and are kept all the same
        self._unread = False  # whether the collections could not be read
        self._lock = threading.Lock()
        self._progress = {REPORTS.name: Progress(), DATASETS.name: Progress()}

    def spaces(self) -> Batch:
        """The collections, as far as the user wants them."""
        batch = self._lists.read(COLLECTIONS)
        stored = self._context.snapshot.index(COLLECTIONS)
        outside = {row["token"] for row in batch.rows if not self._context.scope.has_collection(row)}
        batch.rows = [row for row in batch.rows if row["token"] not in outside]
        chosen = self._context.filter_changed()
        if not chosen:
            self._keep_full(batch)
        self._left = outside | (set(batch.gone) if chosen else set())
        batch.gone += [token for token in outside if token in stored]
        self._spaces = {row["token"]: row for row in batch.rows}
        self._unlisted = set(batch.kept)
        self._unread = batch.unread
        if not self._unread:
            self._context.state["collection_filter"] = self._context.scope.collection_filter
        return batch

    def _keep_full(self, batch: Batch) -> None:
        """Keeps collections that would take more reports with them than people remove in a day."""
        context = self._context
        if context.policy.accept_removals or not batch.gone:
            return
        index = context.snapshot.index(REPORTS)
        gone = set(batch.gone)
        count = sum(known.parent in gone for known in index.values())
        if beyond_bound(count, len(index), context.policy.max_removed, never_empty=False):
            context.log.add_gap(
                COLLECTIONS.name,
                "",
                None,
                f"it lacks {len(gone)}, and with them {count} of {len(index)} reports would go. They were kept; {HOW}.",
                NOT_BELIEVED,
            )
            batch.kept += batch.gone
            batch.gone = []

    def plan(self, wanted: Iterable[Entity], cursors: Cursors) -> list[Listing]:
        """The lists to walk, each entity's end included; none if the collections could not be read.

        Collections with reports that could not be read last time come first.

        Args:
            wanted: reports, datasets, or both.
            cursors: of the reports, as far as they are known.
        """
        if self._unread:
            return []
        lists: list[Listing] = []
        failed = self._failed()
        for entity in wanted:
            index = self._context.snapshot.index(entity) if failed else {}
            first = {index[token].parent for token in failed if token in index}
            spaces = sorted(self._spaces.values(), key=lambda space: space["token"] not in first)
            if entity is DATASETS and self._by_source.cheaper(len(spaces)):
                own = [Listing(entity, tuple(spaces), by_source=True), Listing(entity)]
            else:
                own = [*(Listing(entity, (space,)) for space in spaces), Listing(entity)]
            lists += own
            self._progress[entity.name].open = len(own)
            self._context.log.plan(listings=len(own) - 1)  # its end asks for little
            if entity is REPORTS:
                self._choose(cursors)
        return sorted(lists, key=lambda listing: not listing.spaces)

    def read(self, listing: Listing) -> Iterator[Batch]:
        """Pages of one listing; the last listing of an entity to end adds what is gone from all of them."""
        entity, progress = listing.entity, self._progress[listing.entity.name]
        log, walks = self._context.log, len(listing.spaces) > 0
        log.plan(begun=walks)
        for batch in self._batches(listing):
            log.plan(rows=len(batch.rows))
            with self._lock:
                progress.batches += 1
            yield batch
        log.plan(listed=walks)
        with self._lock:
            progress.open -= 1
            last = progress.open == 0
        if last:
            yield self._end(entity)

    def _batches(self, listing: Listing) -> Iterator[Batch]:
        if listing.by_source:
            for page in self._by_source.pages(self._spaces):
                yield Batch(listing.entity, self._wanted(listing.entity, page))
            if self._by_source.complete:
                return
        for space in listing.spaces:
            yield from self._collection(listing.entity, space)

    def _collection(self, entity: Entity, space: Row) -> Iterator[Batch]:
        try:
            for rows in self._pages(entity, space):
                yield Batch(entity, rows)
        except Stopped:
            self._progress[entity.name].unreadable.add(space["token"])
            self._context.log.unlisted = True
        except Doubtful as error:
            yield from self._doubted(entity, space, str(error))
        except ReadError as error:
            self._progress[entity.name].unreadable.add(space["token"])
            self._context.log.add_gap(entity.name, space["token"], space.get("name"), error)

    def _doubted(self, entity: Entity, space: Row, doubt: str) -> Iterator[Batch]:
        """Removes nothing from a collection whose list came with a complaint, unless an earlier run had the same."""
        if self._context.seen_before(entity, space["token"], doubt, ""):
            return
        self._progress[entity.name].unreadable.add(space["token"])
        self._context.log.add_gap(entity.name, space["token"], space.get("name"), doubt, NOT_BELIEVED)
        yield Batch(entity, notes=[read_note(entity, space["token"], "", "", self._context.log.started_at, doubt)])

    def _choose(self, cursors: Cursors) -> None:
        """Decides whether the listings of reports are filtered in this run."""
        context, index = self._context, self._context.snapshot.index(REPORTS)
        if not self._wants_filter:
            return  # and the cursors stay where they are: state that nobody reads is not written
        self._cursors = cursors
        if REPORTS.name not in context.untrusted and not context.policy.everything:
            known = next((known.parent for known in index.values() if known.parent in self._spaces), None)
            usable = cursors.usable(context.log.started_at, self._reconcile_after)
            self._filtered = usable and known is not None and honoured(self._reading, known)
        if not self._filtered:
            cursors.begin_full()

    def _failed(self) -> set[str]:
        """Reports and datasets that could not be read last time."""
        return {token for (_, token), read in self._context.snapshot.reads().items() if read.error}

    def _pages(self, entity: Entity, space: Row) -> Iterator[list[Row]]:
        latest = ""
        for page in self._source(entity, space["token"]):
            latest = max([latest, *(row.get("updated_at") or "" for row in page)])
            yield self._wanted(entity, page)
        if entity is REPORTS and not self._context.scope.since:
            with self._lock:  # only now: a cursor never moves past what was not read
                self._cursors.saw(space["token"], latest)

    def _wanted(self, entity: Entity, page: list[Row]) -> list[Row]:
        """The rows of a page that are wanted and have not been listed before."""
        progress, scope = self._progress[entity.name], self._context.scope
        rows = []
        for row in page:
            if entity is REPORTS and row.get("type") == DATASET_TYPE:
                continue  # datasets have a list of their own
            with self._lock:
                if row["token"] in progress.seen:
                    continue  # moved, or shifted by a change, while we walked
                progress.seen.add(row["token"])
            if scope.is_old(row):
                continue
            if scope.has_report(row):
                rows.append(row)
            else:
                progress.excluded.add(row["token"])
        with self._lock:
            progress.pages += 1
        self._context.log.plan(pages=1)
        self._context.log.add(**{entity.name: len(rows)})
        return rows

    def _source(self, entity: Entity, space: str) -> Iterator[list[Row]]:
        since = self._cursors.of(space) if entity is REPORTS and self._filtered else None
        if since:
            return updated_pages(self._reading, space, since)
        return self._reading.pages(entity, entity.path, space_token=space)

    def _end(self, entity: Entity) -> Batch:
        """What the listings of an entity lack: rows that are gone, or were missed and are still there."""
        progress, index = self._progress[entity.name], self._context.snapshot.index(entity)
        filtered = self._filtered and entity is REPORTS
        chosen = [t for t, known in index.items() if t not in progress.seen and known.parent in self._left]
        missing = [
            token
            for token, known in index.items()
            if token not in progress.seen
            and known.parent not in progress.unreadable
            and known.parent not in self._unlisted
            and known.parent not in self._left
            # A filtered listing says nothing of what it lacks, unless the whole collection is gone.
            and not (filtered and known.parent in self._spaces)
        ]

        def again() -> dict[str, Row]:
            return {
                row["token"]: row
                for space in self._spaces
                if space not in progress.unreadable
                for row in self._reading.rows(entity, entity.path, space_token=space)
            }

        # To list once more takes a request per collection at the least.
        verdict = self._removals.confirm(entity, missing, max(progress.pages, len(self._spaces), 1), again)
        rows, gone = self._failed_last_time() if filtered else [], [*verdict.gone, *chosen]
        for row in verdict.found:
            lives = row.get("space_token") in self._spaces and self._context.scope.has_report(row)
            if lives and not (entity is DATASETS and row.get("archived")):  # archived ones are not listed
                rows.append(row)
            else:
                gone.append(row["token"])
        gone += [token for token in progress.excluded if token in index]
        if entity is REPORTS and not filtered and not progress.unreadable and not self._context.scope.since:
            self._cursors.end_full(self._context.log.started_at)
        notes = self._by_source.note() if entity is DATASETS and not progress.unreadable else []
        return Batch(entity, rows, gone, [*notes, *verdict.notes], ends=progress.batches)

    def _failed_last_time(self) -> list[Row]:
        """Reports that could not be read last time, and that a filtered listing need not show again."""
        progress, index = self._progress[REPORTS.name], self._context.snapshot.index(REPORTS)
        rows = []
        for token in sorted(self._failed() & index.keys() - progress.seen):
            try:
                row = self._reading.single(REPORTS, token)
            except ReadError as error:
                self._context.log.add_gap(REPORTS.name, token, None, error)
                continue
            if row is not None:
                rows.append(row)
        return rows
