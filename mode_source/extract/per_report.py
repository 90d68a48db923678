"""Everything that is read for a report or dataset: content, runs, subscriptions, fields."""

from __future__ import annotations

from ..entities import DATASET_FIELDS, QUERY_RUNS, REPORT_RUNS, REPORT_SUBSCRIPTIONS, Entity
from ..entities.rows import Row
from .children import Children
from .context import Batch
from .details import Details
from .runs import Runs

BESIDE_CONTENT = (REPORT_RUNS, QUERY_RUNS, REPORT_SUBSCRIPTIONS, DATASET_FIELDS)


class PerReport:
    """Says what is due for a report, and reads it.

    Args:
        children: reads its content.
        runs: reads its runs.
        details: reads its subscriptions, and a dataset's fields.

    Attributes:
        wanted: the entities that this run loads of reports.
    """

    def __init__(self, children: Children, runs: Runs, details: Details) -> None:
        self._children = children
        self._runs = runs
        self._details = details
        self.wanted: list[Entity] = []

    def due(self, report: Row) -> list[Entity]:
        """The entities whose rows for this report or dataset must be read again."""
        content = [entity for entity in self.wanted if entity not in BESIDE_CONTENT]
        return [
            *self._children.due(report, content),
            *self._runs.due(report, self.wanted),
            *self._details.due(report, self.wanted),
        ]

    def read(self, report: Row, due: list[Entity], queries: list[Row] | None = None) -> list[Batch]:
        """The rows of what is due, and of what turns out to be.

        Args:
            report: a report or dataset.
            due: what `due` found, or a part of it.
            queries: those of the report, if this run has read them before.
        """
        content = [entity for entity in due if entity not in BESIDE_CONTENT]
        batches = self._children.read(report, content, queries) if content else []
        batches += self._details.read(report, self.wanted, due, batches)
        runs = [entity for entity in due if entity in (REPORT_RUNS, QUERY_RUNS)]
        return batches + self._runs.read(report, runs) if runs else batches
