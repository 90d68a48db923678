"""Mode → tables: one run of the pipeline, with what surrounds it.

A run takes the pipeline's lock, finishes what an earlier run left behind, then extracts, normalises and loads, package
by package.
Whatever fails, the tables are as before or as after, and the next run goes on from there by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from threading import Timer
from time import monotonic
from typing import Any

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.extract import DltSource

from .. import logs, signals
from ..destination import lease
from ..destination.append_only import appends
from ..destination.credentials import check_given, hide_passwords
from ..destination.damage import undamaged
from ..destination.failures import explained
from ..destination.pipeline import lock_of
from ..destination.read_against import note_state
from ..destination.target import working_folder, writable
from ..errors import ModeSourceError
from ..locks import single_run
from ..runlog import RunLog
from ..settings import prepare
from .packages import finish_pending, synchronise
from .resources import runs

logger = logging.getLogger(__name__)

ROWS = 20_000  # of a package at the most: it is held in memory in parts
OUTCOMES = {"time limit": "time limit", "SIGINT": "interrupted", "SIGTERM": "interrupted", "SIGALRM": "interrupted"}


def load(pipeline: dlt.Pipeline, source: Any, log: RunLog, *, wait: bool = False) -> LoadInfo | None:
    """Loads a source, alone on its pipeline.

    Args:
        pipeline: see `make_pipeline`.
        source: a `mode_source(log=log, …)`, possibly `with_resources(…)`.
        log: of this run.
        wait: wait for another run to end instead of failing.

    Raises:
        LockedError: another run holds the pipeline.
        ModeSourceError: what failed, in a sentence.
    """
    with exclusive(pipeline, wait=wait):
        return run(pipeline, source, log)


@contextmanager
def exclusive(pipeline: dlt.Pipeline, *, wait: bool = False) -> Iterator[None]:
    """Holds the locks of the pipeline's working folder and of what it loads into, whatever folder that is done in.

    Where other machines can reach the dataset, it holds the dataset's lease, too.

    Raises:
        LockedError: another run holds one of them.
        UsageError: a setting makes no sense.
        ModeSourceError: the destination does not answer.
    """
    prepare()
    hide_passwords(pipeline)
    check_given(pipeline)
    name = pipeline.pipeline_name
    folders = [Path(pipeline.pipelines_dir)]
    if pipeline.destination is not None:
        target = working_folder(pipeline.destination, pipeline.dataset_name)
        if target != folders[0] and writable(target):
            folders.insert(0, target)  # the same order everywhere
    with ExitStack() as locks:
        for folder in folders:
            locks.enter_context(single_run(lock_of(folder, name), f"pipeline {name!r} in {folder}", wait=wait))
        try:
            locks.enter_context(lease.leased(pipeline, wait=wait))
        except Exception as error:
            raise explained(error, pipeline) from error
        yield


def run(
    pipeline: dlt.Pipeline, source: DltSource, log: RunLog, *, on_catalog: Callable[[], None] | None = None
) -> LoadInfo | None:
    """As `load`, for whoever holds the lock already.

    What has been read is loaded as the run goes, in several packages: a run that ends early loses little.

    Args:
        pipeline: see `make_pipeline`.
        source: a `mode_source(log=log, …)`.
        log: of this run.
        on_catalog: called once all that catalogs need is loaded, if there is much left to read.

    Raises:
        ModeSourceError: what failed, in a sentence.
        KeyboardInterrupt: a signal came; what was read is loaded.
    """
    try:
        undamaged(pipeline.working_dir, partial(_prepare, pipeline), partial(_prepare_anew, pipeline))
        if appends(pipeline):
            logger.warning(
                "Files cannot be merged: this destination keeps every version of a row. Export and comparison read"
                " the latest one; your own SQL must take it by token and _dlt_load_id, without rows that are _deleted."
            )
        with _stoppable(pipeline, log):
            return _packages(pipeline, source, log, on_catalog)
    except Exception as error:
        known = explained(error, pipeline)
        _note_failure(pipeline, log, known)
        raise known from error
    finally:
        log.open.close()
        log.stage = "done"


def _packages(
    pipeline: dlt.Pipeline, source: DltSource, log: RunLog, on_catalog: Callable[[], None] | None
) -> LoadInfo | None:
    if log.later:
        log.later.defer = not appends(pipeline)  # files would hold a version of a report for each package
    began = [monotonic(), log.rows_loaded()]

    def enough() -> bool:
        late = monotonic() - began[0] >= log.checkpoint_every
        return bool(log.stopped) or late or log.rows_loaded() - began[1] >= ROWS

    info = _package(pipeline, source, log)
    for part in log.later.packages(enough) if log.later else ():
        for package in part:
            if log.stopped:
                break
            began[:] = [monotonic(), log.rows_loaded()]
            info = _package(pipeline, package, log)
        if on_catalog and log.later and log.later.waiting() and not log.stopped:
            on_catalog()
            on_catalog = None
    if not log.noted:
        info = _package(pipeline, None, log)
    return info


def _package(pipeline: dlt.Pipeline, source: DltSource | None, log: RunLog) -> LoadInfo | None:
    """Reads and loads one package; the last one of a run has its row of `runs`."""

    def row() -> dict[str, Any] | None:
        if log.later and log.later.waiting() and not log.stopped:
            return None  # there is more to come
        log.noted = True
        return log.row(OUTCOMES.get(log.stopped, "gaps" if log.gaps else "done"))

    note_state(pipeline)
    log.stage = "reading Mode"
    try:
        pipeline.extract([*([source] if source else []), runs(row)], workers=log.workers)
    finally:
        log.between()
    log.stage = "loading"
    try:
        pipeline.normalize()
    except Exception as error:
        signals.let_through(error)
        # A package that cannot be normalised would fail for ever; what it holds will be read again.
        pipeline.abort_packages()
        raise
    lease.confirm(pipeline)
    return pipeline.load()


@contextmanager
def _stoppable(pipeline: dlt.Pipeline, log: RunLog) -> Iterator[None]:
    """A signal, or the time limit, ends the reading; what was read is loaded.

    dlt would catch signals itself in normalize and load, and stop there with the package half loaded.
    """
    config = pipeline.runtime_config
    intercepts, config.intercept_signals = config.intercept_signals, False
    timer: Timer | None = None
    if log.time_limit:
        left = log.time_limit - log.age()
        timer = Timer(max(0.0, left - min(20.0, log.time_limit / 10)), log.stop, ("time limit",))
        timer.daemon = True
        timer.start()
    try:
        with signals.stopping(log.stop):
            yield
    finally:
        config.intercept_signals = intercepts
        if timer:
            timer.cancel()


def _prepare(pipeline: dlt.Pipeline) -> None:
    pipeline.activate()
    # Before dlt looks at the destination: finding no dataset there, it would drop a first load that was read.
    finish_pending(pipeline)
    synchronise(pipeline)


def _prepare_anew(pipeline: dlt.Pipeline) -> None:
    pipeline.drop()
    _prepare(pipeline)


def _note_failure(pipeline: dlt.Pipeline, log: RunLog, error: ModeSourceError) -> None:
    """Notes a run that failed before it loaded anything, if the destination is there to note it."""
    if log.stage != "reading Mode" or pipeline.has_pending_data:
        return
    try:
        lease.confirm(pipeline)
        pipeline.run(runs(lambda: log.row("failed", logs.redacted(str(error)))))
    except Exception as second:
        signals.let_through(second)
        logger.debug("The failure could not be noted: %s", second)
        pipeline.abort_packages()
