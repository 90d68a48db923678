"""The pipeline and its destination, as the settings name them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dlt
from dlt.common.destination import Destination
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from ..errors import UsageError
from ..locks import single_run
from ..settings import prepare
from ..values import tidy
from .credentials import check_connection_strings, hide_passwords
from .damage import undamaged
from .target import working_folder

PIPELINE = "mode"
DATASET = "mode_metadata"
RESERVED = ("information_schema", "pg_catalog", "pg_temp", "pg_toast", "system", "temp")  # schemas of databases


def make_pipeline(
    destination: str | None = None,
    dataset_name: str | None = None,
    pipelines_dir: str | None = None,
    *,
    read_only: bool = False,
    progress: Any = None,
) -> dlt.Pipeline:
    """The pipeline `mode`. What is not given is taken from dlt's configuration.

    Args:
        destination: name of a dlt destination; default `duckdb`, the file `mode.duckdb` in the working directory.
        dataset_name: default `mode_metadata`.
        pipelines_dir: where dlt keeps its working directory; by default each target has its own.
        read_only: open a DuckDB file for reading, beside others who do.
        progress: as `dlt.pipeline` takes it.

    Raises:
        UsageError: there is no such destination, or a name or connection string is none.
        LockedError: its working folder is damaged, and another run is at work there.
    """
    prepare()
    destination = tidy(destination or str(dlt.config.get("destination_type") or "")) or "duckdb"
    given = dataset_name if dataset_name is not None else dlt.config.get("dataset_name")
    dataset = checked_dataset(DATASET if given is None or given == "" else str(given))
    hide_passwords()
    check_connection_strings(destination)
    try:
        made = Destination.from_reference(destination_named(destination, read_only=read_only))
    except UnknownDestinationModule:
        raise UsageError(
            f"Setting `destination_type` (--destination) names no dlt destination: {destination!r}."
        ) from None
    chosen = pipelines_dir or dlt.config.get("pipelines_dir")
    folder = Path(tidy(str(chosen))).expanduser().absolute() if chosen else working_folder(made, dataset)

    def pipeline() -> dlt.Pipeline:
        given: dict[str, Any] = {"progress": progress} if progress is not None else {}
        new: dlt.Pipeline = dlt.pipeline(
            PIPELINE, destination=made, dataset_name=dataset, pipelines_dir=str(folder), **given
        )
        return new

    def alone() -> dlt.Pipeline:
        with single_run(lock_of(folder, PIPELINE), f"pipeline {PIPELINE!r} in {folder}"):
            return undamaged(folder / PIPELINE, pipeline)

    try:
        return pipeline()
    except Exception as error:
        try:
            return alone()
        except UsageError:
            raise UsageError(f"Setting `pipelines_dir` names no folder to write to: {folder}.") from error


def lock_of(pipelines_dir: str | Path, pipeline_name: str) -> Path:
    """The lock file of a pipeline's working folder, beside it."""
    return Path(pipelines_dir) / f"{pipeline_name}.lock"


def checked_dataset(name: str) -> str:
    """A dataset's name, tidied.

    Raises:
        UsageError: dlt or the database will not have it.
    """
    tidied = tidy(name)
    if not re.search(r"[A-Za-z0-9]", tidied) or tidied.lower() in RESERVED or re.search(r"[\x00-\x1f\x7f]", tidied):
        raise UsageError(f"Setting `dataset_name` (--dataset-name) is no name for a dataset: {name!r}.")
    return tidied


def destination_named(name: str, *, read_only: bool = False) -> Any:
    """A destination by name; DuckDB and plain files with the file format that suits them.

    dlt's default for DuckDB, INSERT statements, takes twice the time and memory of Parquet. JSON lines would do
    without pyarrow, but DuckDB then guesses types from the values: a report named like a timestamp or a UUID
    comes out rewritten, and JSON objects get each other's keys. No config key of dlt chooses the format.
    """
    if name == "duckdb":
        return duckdb(read_only=read_only)
    if name == "filesystem":
        keys = ("destination.filesystem.bucket_url", "destination.bucket_url")
        bucket = next((found for key in keys if (found := str(dlt.config.get(key) or ""))), "")
        home: dict[str, Any] = {"bucket_url": str(Path(bucket).expanduser())} if bucket.startswith("~") else {}
        return dlt.destinations.filesystem(**home, preferred_loader_file_format="parquet")
    return name


def duckdb(path: str | None = None, *, read_only: bool = False) -> Any:
    """DuckDB as `destination_named` describes it; the file is the configured one, or else `mode.duckdb`.

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
        file = str(Path(tidy(configured)).expanduser().absolute())
        where["credentials"] = DuckDbCredentials(file, read_only=True) if read_only else file
    return dlt.destinations.duckdb(**where, preferred_loader_file_format="parquet", max_parallel_load_jobs=2)
