"""The pipeline and its destination, as the settings name them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
from dlt.common.destination.exceptions import UnknownDestinationModule
from dlt.destinations.impl.duckdb.configuration import DuckDbCredentials

from ..errors import UsageError
from ..settings import register

PIPELINE = "mode"
DATASET = "mode_metadata"


def make_pipeline(
    destination: str | None = None,
    dataset_name: str | None = None,
    pipelines_dir: str | None = None,
    *,
    read_only: bool = False,
) -> dlt.Pipeline:
    """The pipeline `mode`. What is not given is taken from dlt's configuration.

    Args:
        destination: name of a dlt destination; default `duckdb`, the file `mode.duckdb` in the working directory.
        dataset_name: default `mode_metadata`.
        pipelines_dir: where dlt keeps its working directory.
        read_only: open a DuckDB file for reading, beside others who do.

    Raises:
        UsageError: there is no such destination.
    """
    register()
    destination = destination or dlt.config.get("destination_type") or "duckdb"
    try:
        return dlt.pipeline(
            PIPELINE,
            destination=destination_named(destination, read_only=read_only),
            dataset_name=dataset_name or dlt.config.get("dataset_name") or DATASET,
            pipelines_dir=pipelines_dir or dlt.config.get("pipelines_dir"),
        )
    except UnknownDestinationModule:
        raise UsageError(
            f"Setting `destination_type` (--destination) names no dlt destination: {destination!r}."
        ) from None


def destination_named(name: str, *, read_only: bool = False) -> Any:
    """A destination by name; DuckDB and plain files with the file format that suits them.

    dlt's default for DuckDB, INSERT statements, takes twice the time and memory of Parquet. JSON lines would do
    without pyarrow, but DuckDB then guesses types from the values: a report named like a timestamp or a UUID
    comes out rewritten, and JSON objects get each other's keys. No config key of dlt chooses the format.
    """
    if name == "duckdb":
        return duckdb(read_only=read_only)
    if name == "filesystem":
        return dlt.destinations.filesystem(preferred_loader_file_format="parquet")
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
        file = str(Path(configured).absolute())
        where["credentials"] = DuckDbCredentials(file, read_only=True) if read_only else file
    return dlt.destinations.duckdb(**where, preferred_loader_file_format="parquet", max_parallel_load_jobs=2)
