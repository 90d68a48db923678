"""Which of the rows that a list lacks no longer exist in Mode.

Removal is concluded only from lists that were read to their end. A paged list can lose a row while somebody
deletes others (pages shift), so a row that seems to be gone is asked for by its token, or, where that would
take more requests than the list itself, looked for in a second complete listing.
"""

from __future__ import annotations

from collections.abc import Callable

from ..entities import Entity
from ..entities.rows import Row
from ..errors import ReadError
from .context import Context
from .reading import Reading


class Removals:
    """Confirms removals of one run.

    Args:
        reading: asks Mode.
        context: of the run.
    """

    def __init__(self, reading: Reading, context: Context) -> None:
        self._reading = reading
        self._context = context

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
        if not missing or self._context.scope.since:
            return [], []
        try:
            if len(missing) > cost:
                listed = again()
                return (
                    [listed[token] for token in missing if token in listed],
                    [token for token in missing if token not in listed],
                )
            singles = {token: self._reading.single(entity, token) for token in missing}
        except ReadError as error:
            self._context.log.add_gap(entity.name, "", None, f"{len(missing)} rows may be gone, but {error}")
            return [], []
        return [row for row in singles.values() if row], [token for token, row in singles.items() if not row]
