"""Mode → tables: one run of the pipeline, with what surrounds it.

A run takes the pipeline's lock, finishes what an earlier run left behind, extracts, normalises and loads.
Whatever fails, the tables are as before or as after, and the next run goes on from there by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import dlt
from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from .. import logs, signals
from ..destination.append_only import appends
from ..destination.failures import explained, first_line
from ..destination.pipeline import PIPELINE
from ..errors import ModeSourceError
from ..locks import single_run
from ..runlog import RunLog
from .resources import runs

logger = logging.getLogger(__name__)


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
    """Holds the pipeline's lock.

    Raises:
        LockedError: another run holds it.
    """
    path = Path(pipeline.pipelines_dir) / f"{pipeline.pipeline_name}.lock"
    with single_run(path, f"pipeline {pipeline.pipeline_name!r} in {pipeline.pipelines_dir}", wait=wait):
        yield


def run(pipeline: dlt.Pipeline, source: Any, log: RunLog) -> LoadInfo | None:
    """As `load`, for whoever holds the lock already."""
    try:
        pipeline.activate()
        # Before dlt looks at the destination: finding no dataset there, it would drop a first load that was read.
        finish_pending(pipeline)
        _synchronise(pipeline)
        if appends(pipeline):
            logger.warning(
                "Files cannot be merged: this destination keeps every version of a row. Export and comparison read"
                " the latest one; your own SQL must take it by token and _dlt_load_id, without rows that are _deleted."
            )
        log.stage = "reading Mode"
        data = [source, runs(lambda: log.row("gaps" if log.gaps else "done"))]
        try:
            pipeline.extract(data, workers=log.workers)
        finally:
            log.open.close()
        log.stage = "loading"
        try:
            with signals.noticed():
                pipeline.normalize()
        except Exception as error:
            signals.let_through(error)
            # A package that cannot be normalised would fail for ever; what it holds will be read again.
            pipeline.abort_packages()
            raise
        with signals.noticed():
            return pipeline.load()
    except Exception as error:
        known = explained(error, pipeline)
        _note_failure(pipeline, log, known)
        raise known from error
    finally:
        log.open.close()
        log.stage = "done"


def _note_failure(pipeline: dlt.Pipeline, log: RunLog, error: ModeSourceError) -> None:
    """Notes a run that failed before it loaded anything, if the destination is there to note it."""
    if log.stage != "reading Mode" or pipeline.has_pending_data:
        return
    try:
        pipeline.run(runs(lambda: log.row("failed", logs.redacted(str(error)))))
    except Exception as second:
        signals.let_through(second)
        logger.debug("The failure could not be noted: %s", second)
        pipeline.abort_packages()


def connect(pipeline: dlt.Pipeline) -> None:
    """Makes the tables of an earlier run known to this machine.

    Raises:
        ModeSourceError: there are none, or the destination does not answer.
    """
    try:
        pipeline.activate()
        _clear_of_others(pipeline)
        _synchronise(pipeline)
    except Exception as error:
        raise explained(error, pipeline) from error
    if not _has_loaded(pipeline):
        raise ModeSourceError(
            f"Dataset {pipeline.dataset_name!r} holds nothing of Mode yet: run `mode-source load` first."
        )


def _clear_of_others(pipeline: dlt.Pipeline) -> None:
    """Clears dlt's working folder if it was last used for another database or dataset.

    Otherwise dlt would take that one's state for this one's, and load here what was read for it. Nothing is lost:
    every run compares Mode with what the tables really hold.
    """
    place = _place(pipeline)
    try:
        last = pipeline.get_local_state_val("place")
    except KeyError:
        last = place
    if last != place:
        pipeline.drop()
    pipeline.set_local_state_val("place", place)


def _place(pipeline: dlt.Pipeline) -> str:
    """A digest of the database and the dataset that the pipeline loads into."""
    config = pipeline.destination_client().config
    return blake2b(f"{config} {config.fingerprint()} {pipeline.dataset_name}".encode(), digest_size=12).hexdigest()


def _synchronise(pipeline: dlt.Pipeline) -> None:
    """Takes state and schema from the destination, also where a run that failed here left a state of its own.

    dlt would keep that one, as its version may be higher, and then know nothing of what was loaded elsewhere.
    """
    pipeline.sync_destination()
    if not _has_loaded(pipeline) and not pipeline.has_pending_data:
        pipeline.drop()
        pipeline.sync_destination()
        pipeline.set_local_state_val("place", _place(pipeline))


def _has_loaded(pipeline: dlt.Pipeline) -> bool:
    return bool(pipeline.state.get("sources", {}).get(PIPELINE))


def finish_pending(pipeline: dlt.Pipeline) -> None:
    """Loads what an earlier run had read but not loaded; drops it if it cannot be loaded.

    dlt would load it, too, but then end without extracting anything (docs/dlt-notes.md#s2-4). Dropping loses
    nothing: every run compares Mode with what the tables really hold.
    """
    _clear_of_others(pipeline)
    if not pipeline.has_pending_data:
        return
    logger.info("Finishing what an earlier run left unloaded.")
    try:
        with signals.noticed():
            pipeline.normalize()
        with signals.noticed():
            pipeline.load()
    except PipelineStepFailed as error:
        signals.let_through(error)
        with pipeline.sql_client() as client:
            client.execute_sql("SELECT 1")  # if the destination is away, keep the package for later
        logger.warning(
            "What an earlier run had read could not be loaded and will be read again: %s", first_line(error.exception)
        )
        pipeline.abort_packages()
        if pipeline.has_pending_data:
            pipeline.load()  # records the abort in the destination
