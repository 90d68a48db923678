"""Everything that is read for a report or dataset: content, runs, subscriptions, fields."""

from __future__ import annotations

from ..entities import DATASET_FIELDS, QUERY_RUNS, REPORT_RUNS, REPORT_SUBSCRIPTIONS, Entity
from ..entities.rows import Row
from ..runlog import RunLog
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
        log: of the run.
    """

    def __init__(self, children: Children, runs: Runs, details: Details, log: RunLog) -> None:
        self._children = children
        self._runs = runs
        self._details = details
        self._log = log

    def due(self, report: Row, wanted: list[Entity]) -> list[Entity]:
        """The entities whose rows for this report or dataset must be read again."""
        content = [entity for entity in wanted if entity not in BESIDE_CONTENT]
        return [
            *self._children.due(report, content),
            *self._runs.due(report, wanted),
            *self._details.due(report, wanted),
        ]

    def read(self, report: Row, wanted: list[Entity], due: list[Entity]) -> list[Batch]:
        """The rows of what is due, and of what turns out to be.

        Args:
            report: a report or dataset.
            wanted: what this run loads.
            due: what `due` found, as far as it has not been read yet.
        """
        content = [entity for entity in due if entity not in BESIDE_CONTENT]
        if content:
            batches = self._children.read(report, content)
        else:
            batches = []
            self._log.add(done=1)
        batches += self._details.read(report, wanted, due, batches)
        runs = [entity for entity in due if entity in (REPORT_RUNS, QUERY_RUNS)]
        return batches + self._runs.read(report, runs) if runs else batches
