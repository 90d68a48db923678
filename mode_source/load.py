"""Mode → tables: one run of the pipeline, with what surrounds it.

A run takes the pipeline's lock, finishes what an earlier run left behind, extracts, normalises and loads.
Whatever fails, the tables are as before or as after, and the next run goes on from there by itself.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigValueCannotBeCoercedException,
    LookupTrace,
    LookupTraces,
)
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.common.pipeline import LoadInfo
from dlt.pipeline.exceptions import PipelineStepFailed

from . import logs
from .current import appends
from .errors import LockedError, ModeSourceError, UsageError
from .locks import single_run
from .runlog import RunLog
from .settings import CASTOR_NAMES, register
from .tables import runs

logger = logging.getLogger(__name__)

PIPELINE = "mode"
ENVIRONMENT = "Environment Variables"  # dlt's name of that provider
DATASET = "mode_metadata"


def make_pipeline(
    destination: str | None = None, dataset_name: str | None = None, pipelines_dir: str | None = None
) -> dlt.Pipeline:
    """The pipeline `mode`. What is not given is taken from dlt's configuration.

    Args:
        destination: name of a dlt destination; default `duckdb`, the file `mode.duckdb` in the working directory.
        dataset_name: default `mode_metadata`.
        pipelines_dir: where dlt keeps its working directory.

    Raises:
        UsageError: there is no such destination.
    """
    register()
    destination = destination or dlt.config.get("destination_type") or "duckdb"
    try:
        return dlt.pipeline(
            PIPELINE,
            destination=destination_of(destination),
            dataset_name=dataset_name or dlt.config.get("dataset_name") or DATASET,
            pipelines_dir=pipelines_dir or dlt.config.get("pipelines_dir"),
        )
    except UnknownDestinationModule:
        raise UsageError(
            f"Setting `destination_type` (--destination) names no dlt destination: {destination!r}."
        ) from None


def destination_of(name: str) -> Any:
    """A destination by name; DuckDB and plain files with the file format that suits them.

    dlt's default for DuckDB, INSERT statements, takes twice the time and memory of Parquet. JSON lines would do
    without pyarrow, but DuckDB then guesses types from the values: a report named like a timestamp or a UUID
    comes out rewritten, and JSON objects get each other's keys. No config key of dlt chooses the format.
    """
    if name == "duckdb":
        return duckdb()
    if name == "filesystem":
        return dlt.destinations.filesystem(preferred_loader_file_format="parquet")
    return name


def duckdb(path: str | None = None) -> Any:
    """DuckDB as `destination_of` describes it; by default in the file that dlt's configuration names, or `mode.duckdb`.

    A relative path means the working directory of this run. dlt would go on using that of the first run that a
    working folder of its own has seen, and write to the file there.

    dlt loads twenty tables at once. DuckDB writes one after the other anyhow, and each takes memory: 20,000
    reports need 684 MB so, 506 MB with two.
    """
    keys = ("destination.duckdb.credentials", "destination.credentials", "credentials")
    given: list[Any] = [path, *(provider.get(key) for key in keys for provider in (dlt.secrets, dlt.config))]
    configured = next((value for value in given if value), "mode.duckdb")
    where: dict[str, Any] = {}
    if isinstance(configured, str) and "://" not in configured and not configured.startswith((":", "md:")):
        where["credentials"] = str(Path(configured).absolute())
    return dlt.destinations.duckdb(**where, preferred_loader_file_format="parquet", max_parallel_load_jobs=2)


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
    with alone(pipeline, wait=wait):
        return run(pipeline, source, log)


@contextmanager
def alone(pipeline: dlt.Pipeline, *, wait: bool = False) -> Iterator[None]:
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
            pipeline.extract(data, workers=log.client.max_workers if log.client else 5)
        finally:
            if log.stored:
                log.stored.close()
        log.stage = "loading"
        try:
            pipeline.normalize()
        except Exception:
            # A package that cannot be normalised would fail for ever; what it holds will be read again.
            pipeline.abort_packages()
            raise
        return pipeline.load()
    except Exception as error:
        known = plain(error, pipeline)
        _note_failure(pipeline, log, known)
        raise known from error
    finally:
        if log.client:
            log.client.close()
        log.stage = "done"


def _note_failure(pipeline: dlt.Pipeline, log: RunLog, error: ModeSourceError) -> None:
    """Notes a run that failed before it loaded anything, if the destination is there to note it."""
    if log.stage != "reading Mode" or pipeline.has_pending_data:
        return
    try:
        pipeline.run(runs(lambda: log.row("failed", logs.redacted(str(error)))))
    except Exception as second:
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
        raise plain(error, pipeline) from error
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

    dlt would load it, too, but then end without extracting anything (dlt-notes section 2.4). Dropping loses
    nothing: every run compares Mode with what the tables really hold.
    """
    _clear_of_others(pipeline)
    if not pipeline.has_pending_data:
        return
    logger.info("Finishing what an earlier run left unloaded.")
    try:
        pipeline.normalize()
        pipeline.load()
    except PipelineStepFailed as error:
        with pipeline.sql_client() as client:
            client.execute_sql("SELECT 1")  # if the destination is away, keep the package for later
        logger.warning(
            "What an earlier run had read could not be loaded and will be read again: %s", _first_line(error.exception)
        )
        pipeline.abort_packages()
        if pipeline.has_pending_data:
            pipeline.load()  # records the abort in the destination


def plain(error: BaseException, pipeline: dlt.Pipeline | None = None) -> ModeSourceError:
    """The error of ours behind an error of dlt's, or one sentence about any other."""
    for cause in _causes(error):
        if isinstance(cause, ModeSourceError):
            return cause
        if isinstance(cause, ConfigFieldMissingException):
            return missing_setting(cause)
        if isinstance(cause, ConfigValueCannotBeCoercedException):
            kind = getattr(cause.hint, "__name__", str(cause.hint))
            return UsageError(f"Setting `{cause.field_name}` has a value that is not of its type ({kind}): correct it.")
    root = list(_causes(error))[-1]
    text = _first_line(root)
    if "Could not set lock on file" in str(root):
        return LockedError(f"Another program has the database open: close it first. ({text})")
    step = error.step if isinstance(error, PipelineStepFailed) else ""
    where = {
        "extract": "Reading Mode failed, nothing was changed",
        "normalize": "What Mode sent could not be prepared for loading, nothing was changed",
        "load": "Loading failed; the next run goes on from here",
    }.get(step, "The run failed")
    name = f" (destination {pipeline.destination.destination_name})" if pipeline and pipeline.destination else ""
    return ModeSourceError(f"{where}{name}: {type(root).__name__}: {text}")


def missing_setting(error: ConfigFieldMissingException) -> UsageError:
    """One line that names the first missing setting and where to put it."""
    field = error.fields[0]
    # Environment variables are spelt out in what dlt tried; the shortest of the source's own is the documented one.
    tried = [trace.key for trace in _lookups(error.traces[field]) if trace.provider == ENVIRONMENT]
    ours = [key for key in tried if key == f"SOURCES__MODE__{field.upper()}"]
    theirs = [key for key in tried if key.startswith("DESTINATION__")]
    variable = (ours or theirs or tried or [field.upper()])[0]
    section = ".".join(variable.lower().split("__")[:-1])
    places = [
        f"`{variable.lower().split('__')[-1]}` under [{section}] of .dlt/secrets.toml",
        f"environment variable {variable}",
    ]
    if ours:
        flag = {"workspace": "-w", "token": "-t", "secret": "-s", "host": "-H"}.get(field)
        places += [name for name in (CASTOR_NAMES["mode"].get(field), f"flag {flag}" if flag else None) if name]
    return UsageError(f"Setting `{field}` is missing: give it as {', '.join(places[:-1])} or {places[-1]}.")


def _lookups(traces: Sequence[LookupTrace | LookupTraces]) -> Iterator[LookupTrace]:
    for trace in traces:
        if isinstance(trace, LookupTrace):
            yield trace
        else:
            for nested in trace.traces.values():
                yield from _lookups(nested)


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        yield current
        current = getattr(current, "exception", None) or current.__cause__ or current.__context__


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:300]
