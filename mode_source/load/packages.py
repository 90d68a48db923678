"""What dlt keeps on this machine between runs: its state, and packages that were read but not loaded.

The tables decide. What this machine knows is only good for the database that it was read against.
"""

from __future__ import annotations

import logging
from hashlib import blake2b

import dlt
from dlt.pipeline.exceptions import PipelineStepFailed

from .. import signals
from ..destination import lease
from ..destination.damage import undamaged
from ..destination.failures import explained, first_line
from ..destination.pipeline import PIPELINE
from ..destination.read_against import moved_on
from ..errors import ModeSourceError

logger = logging.getLogger(__name__)


def connect(pipeline: dlt.Pipeline) -> None:
    """Makes the tables of an earlier run known to this machine.

    Raises:
        ModeSourceError: there are none, or the destination does not answer.
    """

    def read() -> None:
        pipeline.activate()
        _clear_of_others(pipeline)
        synchronise(pipeline)

    def anew() -> None:
        pipeline.drop()
        read()

    try:
        undamaged(pipeline.working_dir, read, anew)
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


def synchronise(pipeline: dlt.Pipeline) -> None:
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
    if moved_on(pipeline):
        logger.warning("What an earlier run had read is for another state of the tables, and will be read again.")
        pipeline.drop()
        pipeline.set_local_state_val("place", _place(pipeline))
        return
    logger.info("Finishing what an earlier run left unloaded.")
    try:
        with signals.noticed():
            pipeline.normalize()
        lease.confirm(pipeline)
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
