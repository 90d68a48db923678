"""One run: what is stored, what the user wants, and what may be concluded from both."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from ..destination.snapshot import Snapshot
from ..entities import Entity
from ..entities.fields import Fields
from ..entities.rows import Row
from ..runlog import RunLog
from .decisions import Policy, Scope, driver, is_due


@dataclass
class Batch:
    """Rows of one entity that were read together. All of a batch is loaded in one package, or not at all.

    Attributes:
        entity: what the rows are.
        rows: what Mode has now.
        gone: tokens of stored rows that no longer exist in Mode.
        notes: of what was read for them (`notes.read_note`).
        ends: how many batches came before it, where it is the last of the entity's listings; None elsewhere.
        unread: the list could not be read.
        kept: tokens of stored rows that were not listed, and are kept all the same.
    """

    entity: Entity
    rows: list[Row] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)
    ends: int | None = None
    unread: bool = False
    kept: list[str] = field(default_factory=list)


@dataclass
class Context:
    """What every kind of reading shares; makes no request.

    Attributes:
        snapshot: what the destination holds.
        scope: what the user wants.
        policy: when what was read must be read again.
        log: where counts and gaps go.
        untrusted: entities whose table was reset: what is stored says nothing.
        state: of the source, kept between runs by dlt; empty outside of a pipeline.
        key: digest of the API key and of what it may see.
        fields: the columns of undeclared fields.
    """

    snapshot: Snapshot
    scope: Scope
    policy: Policy
    log: RunLog
    untrusted: set[str] = field(default_factory=set)
    state: dict[str, Any] = field(default_factory=dict)
    key: str = ""

    def __post_init__(self) -> None:
        self.fields = Fields(self.snapshot.normalise, self.snapshot.columns)

    def is_due(self, entity: Entity, parent: Entity, row: Row) -> bool:
        """Whether the rows of `entity` for this listing row of `parent` must be read again."""
        if entity.name in self.untrusted:
            return True
        parent = driver(parent, entity)
        return is_due(parent, row, self.snapshot.read(entity, row["token"]), self.log.started_at, self.policy)

    def seen_before(self, entity: Entity, token: str, doubt: str, seen: str) -> bool:
        """Whether an earlier run had the same doubt about the same rows: then it is believed."""
        read = self.snapshot.read(entity, token)
        return read is not None and (read.error, read.version) == (doubt, seen)

    def filter_changed(self) -> bool:
        """Whether the user wants to see other collections than the last time."""
        wanted = self.scope.collection_filter
        return bool(self.state.get("collection_filter", wanted) != wanted)

    def key_changed(self, entity: Entity) -> bool:
        """Whether another key than this one has seen all stored rows of a list."""
        return str(self.state.get("keys", {}).get(entity.name, self.key)) != self.key

    def keys_seen(self, entity: Entity) -> None:
        """Notes that this key sees all of a list."""
        if self.key:
            self.state.setdefault("keys", {})[entity.name] = self.key

    def missing(self, entity: Entity, parent: str, rows: list[Row]) -> list[str]:
        """Stored rows of a parent that are not among those that it has now."""
        present = {row["token"] for row in rows}
        return [token for token in self.snapshot.children(entity, parent) if token not in present]
