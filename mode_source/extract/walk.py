"""What every kind of reading shares: one run's requests, and what may be concluded from their answers.

One `Walk` per run. Readings become `Batch`es (rows that are there, tokens that are gone, notes of what was
read), and know nothing of dlt; `source` hands them to tables. Methods are called from several threads.

Removal is concluded only from lists that were read to their end. A paged list can lose a row while somebody
deletes others (pages shift), so a row that seems to be gone is asked for by its token, or, where that would
take more requests than the list itself, looked for in a second complete listing.
"""

from __future__ import annotations

import logging
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from urllib.parse import quote

from ..api.client import ModeClient
from ..api.paging import read_pages
from ..destination.snapshot import Snapshot
from ..entities import COLLECTIONS, DATASETS, REPORTS, Entity
from ..entities.rows import Row, make_row
from ..errors import CredentialsRefused, Gone, ModeDown, NoContent, NotVisible, ReadError, Refused
from ..runlog import RunLog
from .decisions import Policy, Scope, is_due

logger = logging.getLogger(__name__)


@dataclass
class Batch:
    """Rows of one entity that were read together.

    rows: what Mode has now. gone: tokens of stored rows that it has no more. notes: of what was read for
    them (`stored.read_note`). last: how many batches the entity's listings came in, this last
    one included; 0 in all others. unread: the list could not be read. All of a batch is loaded in one package, or not
    at all.
    """

    entity: Entity
    rows: list[Row] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    last: int = 0
    unread: bool = False


class Walk:
    """The requests of one run.

    Args:
        client: asks Mode.
        stored: what the destination holds.
        scope: what the user wants.
        policy: when what was read must be read again.
        log: where counts and gaps go.
    """

    def __init__(self, client: ModeClient, stored: Snapshot, scope: Scope, policy: Policy, log: RunLog) -> None:
        self.client = client
        self.stored = stored
        self.scope = scope
        self.policy = policy
        self.log = log
        self.untrusted: set[str] = set()  # entities whose table was reset: what is stored says nothing
        self._lock = threading.Lock()
        self._verified = False
        self._lists: dict[str, Batch] = {}
        self._list_locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def verify(self) -> None:
        """Checks the credentials, once a run."""
        with self._lock:
            if not self._verified:
                self.client.verify()
                self._verified = True
                logger.info("Authentication succeeded.")

    def is_due(self, entity: Entity, parent: Entity, row: Row) -> bool:
        """Whether the rows of `entity` for this listing row of `parent` must be read again."""
        if entity.name in self.untrusted:
            return True
        return is_due(parent, row, self.stored.read(entity, row["token"]), self.log.started_at, self.policy)

    # -- lists of the workspace ----------------------------------------------------------------------------

    def workspace_list(self, entity: Entity) -> Batch:
        """All rows of a list that needs no parent, asked for once a run; without any, and a gap, if it cannot be read.

        Raises:
            CredentialsRefused, UsageError: the key or the workspace is wrong.
            ModeDown: Mode fails on a list of which nothing is stored yet.
        """
        self.verify()
        with self._lock:
            lock = self._list_locks[entity.name]
        with lock:
            if entity.name not in self._lists:
                try:
                    self._lists[entity.name] = self._whole_list(entity)
                except ReadError as error:
                    self.unread(entity, error)
                    self._lists[entity.name] = Batch(entity, unread=True)
                self.log.add(**{entity.name: len(self._lists[entity.name].rows)})
        batch = self._lists[entity.name]
        return replace(batch, rows=[*batch.rows], gone=[*batch.gone])

    def unread(self, entity: Entity, error: ReadError) -> None:
        """Notes that a list of the workspace could not be read, or raises if the run makes no sense without."""
        if entity is COLLECTIONS and isinstance(error, NotVisible):
            raise CredentialsRefused(f"The key may not list the collections of {self.client.workspace!r}: {error}")
        if entity is COLLECTIONS and isinstance(error, Gone):
            raise self.client.unknown_workspace()
        if not self.stored.index(entity) and not isinstance(error, (NotVisible, Gone, Refused)):
            # Nothing is known of it: going on would make an empty table look like the truth.
            raise ModeDown(
                f"The list of {entity.name} could not be read ({error}) Nothing was changed: run again later."
            )
        self.log.add_gap(entity.name, "", None, error)

    def _whole_list(self, entity: Entity) -> Batch:
        def listed() -> dict[str, Row]:
            return {row["token"]: row for row in self.rows(entity, entity.path)}

        rows = listed()
        missing = [token for token in self.stored.index(entity) if token not in rows]
        if not entity.paged:
            return Batch(entity, list(rows.values()), missing)  # one answer, all of it
        found, gone = self.confirm(entity, missing, 1 + len(rows) // 20, listed)
        return Batch(entity, [*rows.values(), *found], gone)

    # -- what seems to be gone -----------------------------------------------------------------------------

    def confirm(
        self, entity: Entity, missing: list[str], cost: int, again: Callable[[], dict[str, Row]]
    ) -> tuple[list[Row], list[str]]:
        """Which of the rows that a listing lacks are still there, with their values, and which are gone.

        Args:
            entity: of the rows.
            missing: tokens of stored rows that were not listed.
            cost: requests that listing again takes; asking one by one is bounded by it.
            again: lists everything once more.
        """
        if not missing or self.scope.since:
            return [], []
        try:
            if len(missing) > cost:
                listed = again()
                return (
                    [listed[token] for token in missing if token in listed],
                    [token for token in missing if token not in listed],
                )
            singles = {token: self.single(entity, token) for token in missing}
        except ReadError as error:
            self.log.add_gap(entity.name, "", None, f"{len(missing)} rows may be gone, but {error}")
            return [], []
        return [row for row in singles.values() if row], [token for token, row in singles.items() if not row]

    def single(self, entity: Entity, token: str) -> Row | None:
        """One row by its token; None if Mode answers 404. Raises ReadError."""
        # A dataset is a report too, and answers under either path (section 6.1).
        for path in dict.fromkeys((entity.single, REPORTS.single if entity is DATASETS else entity.single)):
            payload = self.client.find(path.format(token=quote(token, safe="")))
            if payload is not None:
                return make_row(entity, {**payload, "token": token})
        return None

    def missing(self, entity: Entity, parent: str, rows: list[Row]) -> list[str]:
        """Snapshot rows of a parent that are not among those that it has now."""
        present = {row["token"] for row in rows}
        return [token for token in self.stored.children(entity, parent) if token not in present]

    # -- requests ------------------------------------------------------------------------------------------

    def pages(
        self, entity: Entity, path: str, query: dict[str, str] | None = None, *, total: int = 0, **keys: str
    ) -> Iterator[list[Row]]:
        """Pages of rows of a list.

        Args:
            entity: what is listed.
            path: with the parents' tokens in braces.
            query: further query parameters.
            total: how many rows Mode has said there are; 0 = it has not.
            keys: the parents' tokens.

        Raises:
            ReadError: the list was not read to its end.
        """
        filled = path.format(**{key: quote(value, safe="") for key, value in keys.items()})
        params = dict(query or {})
        if entity is COLLECTIONS:
            params["filter"] = self.scope.collection_filter
        try:
            pages = read_pages(self.client.get, entity, filled, self.client.page_sizes, params, kind=path, total=total)
            for page in pages:
                yield [row for payload in page if (row := make_row(entity, payload, **keys))]
        except NoContent:
            # An answer without content may stand for an empty list, but never removes what is known to exist.
            parent = keys.get(entity.parent_key)
            if total or (self.stored.children(entity, parent) if parent else self.stored.index(entity)):
                raise

    def rows(self, entity: Entity, path: str, *, total: int = 0, **keys: str) -> list[Row]:
        """All rows of a list. Raises as `pages`."""
        return [row for page in self.pages(entity, path, None, total=total, **keys) for row in page]
