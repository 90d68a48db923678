"""Datasets listed by data source instead of by collection, where that takes fewer requests.

Mode lists the datasets that use a data source (docs/mode-api.md#s6-1), and a workspace often has far fewer data sources
than collections. Such a walk cannot show a dataset whose data source has been deleted. So stored datasets that it lacks
are asked for by token like any others. Besides, the collections are walked in the run after a first load, when a data
source has gone, with `--full-refresh`, and whenever that was last done more than `reread_after` ago.
"""

from __future__ import annotations

import logging
from collections.abc import Container, Iterator

from ..entities import COLLECTIONS, DATA_SOURCES, DATASETS
from ..entities.notes import read_note
from ..entities.rows import Row
from ..errors import ReadError, Unavailable
from .context import Context
from .reading import Reading
from .workspace_lists import WorkspaceLists

logger = logging.getLogger(__name__)

EVERYWHERE = ""  # stands for all collections in the notes of what was read


class BySource:
    """The walk of one run; whether to walk so, and what it may have missed.

    Args:
        reading: asks Mode.
        lists: of the workspace.
        context: of the run.
    """

    def __init__(self, reading: Reading, lists: WorkspaceLists, context: Context) -> None:
        self._reading = reading
        self._lists = lists
        self._context = context
        self._sources: list[Row] = []
        self.complete = False  # whether all data sources could be read

    def cheaper(self, collections: int) -> bool:
        """Whether to walk by data source."""
        context = self._context
        if context.policy.everything or context.scope.since:
            return False
        sources = self._lists.read(DATA_SOURCES)
        loaded = bool(context.snapshot.index(DATASETS) or context.snapshot.index(COLLECTIONS))
        recent = context.snapshot.read(DATASETS, EVERYWHERE)
        due = loaded and (
            recent is None
            or DATASETS.name in context.untrusted
            or not recent.read_at <= context.log.started_at < recent.read_at + context.policy.reread_after
        )
        # Each list may take two requests: the second proves that the first was all.
        if sources.unread or sources.gone or due or 2 * len(sources.rows) > collections:
            return False
        self._sources = sources.rows
        return True

    def pages(self, spaces: Container[str]) -> Iterator[list[Row]]:
        """Pages of datasets in these collections; `complete` says afterwards whether it was all."""
        try:
            for source in self._sources:
                for page in self._reading.pages(DATASETS, DATASETS.by_source, data_source=source["token"]):
                    if not all(row.get("space_token") for row in page):
                        raise Unavailable("Mode does not say which collections the datasets of a data source are in")
                    yield [row for row in page if row["space_token"] in spaces]
        except ReadError as error:
            logger.info("Datasets are listed by collection: %s.", error)
        else:
            self.complete = True

    def note(self) -> list[Row]:
        """The note that all collections have been walked, if they have."""
        if self.complete or self._context.scope.since:
            return []
        return [read_note(DATASETS, EVERYWHERE, "", "", self._context.log.started_at)]
