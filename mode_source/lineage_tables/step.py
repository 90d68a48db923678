"""Lineage as a step of the job: after the load, before the export, under the same lock.

The Catalog must not miss a night because of lineage: whatever fails here is one warning, and the next run tries
again, as nothing counts that was not loaded whole.
"""

from __future__ import annotations

import logging
import os
from time import monotonic
from typing import Any

import dlt

from .. import logs, signals
from ..destination import lease
from ..destination.append_only import appends
from ..destination.read_against import note_state
from ..errors import ModeSourceError
from ..values import tidy
from . import column_catalog as catalogs
from .analysis import LineageLog
from .source import analysis_of, lineage_resource

logger = logging.getLogger(__name__)

SKIPPED = "This destination cannot merge, so there are no lineage tables."


class LineageStep:
    """The step for one pipeline; the setting `column_catalog` is taken from dlt's configuration.

    Args:
        pipeline: where the tables are.
        full_refresh: analyse everything again.
    """

    def __init__(self, pipeline: dlt.Pipeline, *, full_refresh: bool = False) -> None:
        self.pipeline, self.full_refresh = pipeline, full_refresh
        column_catalog = tidy(dlt.config.get("sources.mode.column_catalog", str) or "")
        self.column_catalog = os.path.expanduser(column_catalog) or None
        self.log = LineageLog()
        if not _merges(pipeline):
            self.log.skipped = SKIPPED

    def check(self) -> None:
        """Looks at the setting before anything is done.

        Raises:
            UsageError: it makes no sense.
        """
        if self.column_catalog and not self.log.skipped:
            catalogs.check(self.column_catalog, self.pipeline)

    def run(self) -> LineageLog:
        """Brings the tables up to date. Where it cannot, the log says so, and a warning; a signal ends it.

        Raises:
            LeaseLost: another machine loads into the dataset by now.
        """
        if self.log.skipped:
            logger.info("%s", self.log.skipped)
            return self.log
        began = monotonic()
        try:
            self._load()
        except lease.LeaseLost:
            raise
        except Exception as error:
            signals.let_through(error)
            self.log.failed = _reason(error)
            logger.warning("Lineage was not brought up to date, the next run tries again: %s", self.log.failed)
            logger.debug("Traceback", exc_info=True)
        self.log.seconds = round(monotonic() - began, 1)
        return self.log

    def _load(self) -> None:
        with analysis_of(self.pipeline, self.column_catalog, self.log, everything=self.full_refresh) as analysis:
            if not analysis.due:
                return
            note_state(self.pipeline)
            self.pipeline.extract(lineage_resource(analysis.rows))
        try:
            with signals.noticed():
                self.pipeline.normalize()
        except Exception as error:
            signals.let_through(error)
            self.pipeline.abort_packages()  # it would fail for ever; what it holds will be found again
            raise
        lease.confirm(self.pipeline)
        with signals.noticed():
            self.pipeline.load()

    def summary(self) -> dict[str, Any]:
        """As one JSON object; counts are those of this run."""
        return {name: value for name, value in vars(self.log).items() if value is not None}

    def line(self) -> str:
        """The same for people."""
        log = self.log
        if log.skipped or log.failed:
            return f"Lineage: {log.skipped or 'not brought up to date, the next run tries again.'}"
        return (
            f"Lineage: {log.queries} queries and {log.charts} charts analysed, {log.tables} tables,"
            f" {log.columns} columns, {log.errors} with errors, {log.seconds:.1f} s."
        )


def _reason(error: BaseException) -> str:
    """What lies behind an error of dlt's, in one line."""
    while not isinstance(error, ModeSourceError):
        behind = error.__cause__ or error.__context__
        if behind is None:
            return f"{type(error).__name__}: {' '.join(logs.redacted(str(error)).split())[:200]}"
        error = behind
    return str(error)


def _merges(pipeline: dlt.Pipeline) -> bool:
    if appends(pipeline) or pipeline.destination is None:
        return False
    return bool(pipeline.destination.capabilities().supported_merge_strategies)
