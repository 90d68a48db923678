"""Which of the rows that a list lacks no longer exist in Mode.

A list that was read to its end can still lack rows: a paged one loses some while somebody deletes others (pages
shift), a key that was replaced sees less, a server under load answers in part. So a row that seems to be gone is asked
for by its token. Where that takes more requests than the list itself, the list is read once more and a sample is asked
for. More rows than people remove in a day are kept until the user accepts it.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import blake2b

from ..entities import Entity
from ..entities.notes import forget_note, read_note
from ..entities.rows import Row
from ..errors import ReadError, Stopped
from .context import Context
from .decisions import FEW, beyond_bound
from .reading import Reading

logger = logging.getLogger(__name__)

LIST = "(list)"  # stands for a whole list in the notes of what was read
NOT_BELIEVED = "is not believed"
HOW = "accept it with --accept-removals if that is right"


@dataclass
class Verdict:
    """What became of the rows that a list lacks.

    Attributes:
        found: rows that are still there, with their values.
        gone: tokens of those that no longer exist.
        kept: tokens of those that nobody knows about: their last known rows stay.
        notes: of what must be looked at again.
    """

    found: list[Row] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    notes: list[Row] = field(default_factory=list)


class Removals:
    """Decides about removals in one run.

    Args:
        reading: asks Mode.
        context: of the run.
    """

    def __init__(self, reading: Reading, context: Context) -> None:
        self._reading = reading
        self._context = context

    def confirm(
        self,
        entity: Entity,
        missing: list[str],
        cost: int = 0,
        again: Callable[[], dict[str, Row]] | None = None,
    ) -> Verdict:
        """Decides about the rows that a list lacks.

        Args:
            entity: of the rows.
            missing: tokens of stored rows that were not listed.
            cost: requests that listing again takes; asking one by one is bounded by it, but for a few rows.
            again: lists everything once more.
        """
        if self._context.scope.since:
            return Verdict()
        if not missing:
            self._context.keys_seen(entity)
            return Verdict(notes=self._settled(entity))
        verdict = self._asked(entity, missing, max(cost, FEW), again)
        return self._bounded(entity, verdict)

    def _asked(
        self, entity: Entity, missing: list[str], few: int, again: Callable[[], dict[str, Row]] | None
    ) -> Verdict:
        """What Mode says of the rows that a list lacks."""
        if not entity.single:
            return Verdict(gone=missing)
        verdict = Verdict()
        try:
            if len(missing) > few and again:
                listed = again()
                verdict.found = [listed[token] for token in missing if token in listed]
                missing = [token for token in missing if token not in listed]
            asked = missing if len(missing) <= few else missing[:: len(missing) // FEW + 1]
            singles = {token: self._reading.single(entity, token) for token in asked}
        except Stopped:
            return Verdict(kept=missing)
        except ReadError as error:
            return self.unsure(entity, missing, f"{len(missing)} may be gone, but {error}")
        verdict.found += [row for row in singles.values() if row]
        verdict.gone = [token for token, row in singles.items() if not row]
        rest = [token for token in missing if token not in singles]
        alive = len(asked) - len(verdict.gone)
        if rest and alive and not self._context.policy.accept_removals:
            self._context.log.add_gap(
                entity.name,
                "",
                None,
                f"it lacks {len(missing)} of {self._stored(entity)}, and {alive} of {len(asked)} that were asked for"
                f" by their token are still there. The others were kept; {HOW}.",
                NOT_BELIEVED,
            )
            verdict.kept = rest
        else:
            verdict.gone += rest
        return verdict

    def _bounded(self, entity: Entity, verdict: Verdict) -> Verdict:
        """The verdict, unless more would leave than people remove in a day, or the key has changed."""
        policy, stored = self._context.policy, self._stored(entity)
        count = len(verdict.gone)
        if policy.accept_removals:
            self._context.keys_seen(entity)
            verdict.notes += self._settled(entity)
            return verdict
        why = ""
        if count and self._context.key_changed(entity):
            why = "and the key is another than the last time: it may see less"
        elif beyond_bound(count, stored, policy.max_removed, never_empty=entity.never_empty):
            why = f"more than `max_removed` allows ({policy.max_removed:.0%})" if count < stored else "that is all"
        if why:
            self._context.log.add_gap(
                entity.name, "", None, f"it lacks {count} of {stored}, {why}. They were kept; {HOW}.", NOT_BELIEVED
            )
            verdict.kept += verdict.gone
            verdict.gone = []
        elif not verdict.kept:
            self._context.keys_seen(entity)
            verdict.notes += self._settled(entity)
        return verdict

    def unsure(self, entity: Entity, missing: list[str], doubt: str) -> Verdict:
        """Keeps rows that Mode does not speak of, until a later run sees the same."""
        seen = blake2b("\n".join(sorted(missing)).encode(), digest_size=8).hexdigest()
        if self._context.seen_before(entity, LIST, doubt, seen):
            return Verdict(gone=missing)
        self._context.log.add_gap(entity.name, "", None, doubt, NOT_BELIEVED)
        note = read_note(entity, LIST, seen, "", self._context.log.started_at, doubt)
        return Verdict(kept=missing, notes=[note])

    def _settled(self, entity: Entity) -> list[Row]:
        """Forgets an earlier doubt."""
        return [forget_note(entity, LIST)] if self._context.snapshot.read(entity, LIST) else []

    def _stored(self, entity: Entity) -> int:
        return len(self._context.snapshot.index(entity))
