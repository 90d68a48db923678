"""Tables → the six Catalog files, through dlt's dataset interface, so from any SQL destination.

A set is written into a hidden folder beside its final place, made durable there, and moved file by file, the
summary last: whoever sees a summary sees a whole set. The folder carries the set's prefix, so the next run
knows what a killed one left behind and clears exactly that.
"""

from __future__ import annotations

import json
import logging
import os
import platform
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import dlt
import orjson
import pendulum

from ..._version import __version__
from ...destination.dataset import Dataset
from ...entities import ENTITIES
from ...entities.rows import exported
from ...errors import ExportError
from ...locks import directory_lock, single_run
from .contract import CLIENT_NAME, FILES, SUMMARY, CatalogFile
from .sets import clear_leftovers, file_of, free_prefix, remove_old, staging_of

logger = logging.getLogger(__name__)


def export(
    pipeline: dlt.Pipeline,
    directory: Path,
    base_url: str,
    *,
    keep: int | None = None,
    wait: bool = False,
) -> list[Path]:
    """Writes one set of Catalog files.

    Args:
        pipeline: whose tables to export.
        directory: where to; made if it is not there.
        base_url: `{host}/{workspace}`, for the summary.
        keep: how many sets to leave in the directory, this one included; None leaves all.
        wait: wait for another export into the same directory instead of failing.

    Returns:
        The files, the summary last.

    Raises:
        ExportError: nothing was left behind.
        LockedError: another run writes into the directory.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with single_run(directory_lock(directory), f"directory {directory}", wait=wait):
            clear_leftovers(directory)
            prefix = free_prefix(directory)
            staging = staging_of(directory, prefix)
            staging.mkdir()
            try:
                written = _write_set(pipeline, staging, prefix, base_url)
                files = [_move(path, directory) for path in written]
                _sync(directory)
            except BaseException:
                file_of(directory, prefix, SUMMARY).unlink(missing_ok=True)  # from here on the set does not count
                clear_leftovers(directory)
                raise
            staging.rmdir()
            if keep is not None:
                remove_old(directory, keep)
    except OSError as error:
        raise ExportError(f"The export to {directory} failed, no set was added: {error.strerror or error}.") from error
    for path in files:
        logger.info("Wrote output file: %s (%d bytes)", path, path.stat().st_size)
    return files


def stored_base_url(pipeline: dlt.Pipeline) -> str:
    """`{host}/{workspace}` of the last load, from the pipeline's state."""
    sources: dict[str, Any] = pipeline.state.get("sources") or {}
    return str((sources.get("mode") or {}).get("base_url") or "")


def read_rows(dataset: Dataset, file: CatalogFile) -> Iterator[dict[str, Any]]:
    """The rows of one file, sorted by token, with the values that Mode sent."""
    if not dataset.has(file.table):
        return
    entity = ENTITIES[file.table]
    kinds = {column.name: column.kind for column in entity.columns}
    columns = [file.column(key) for key in file.keys]
    selected = ", ".join(f"t.{name}" for name in [*columns, "_as_sent"])
    source = dataset.source(file.table, entity.key)
    where = f" WHERE t.{file.child} IN (SELECT p.token FROM {dataset.source(file.of, 'token')} AS p)" if file.of else ""
    query = f"SELECT {selected} FROM {source} AS t{where} ORDER BY t.{entity.key}"
    for *values, as_sent in dataset.rows(query):
        row = {key: exported(kinds[name], value) for key, name, value in zip(file.keys, columns, values, strict=True)}
        if as_sent:
            # Under a column's own name only: undeclared fields that fit no column are kept there as well.
            row |= {key: value for key, value in json.loads(as_sent).items() if key in row and file.column(key) == key}
        yield row


def _write_set(pipeline: dlt.Pipeline, staging: Path, prefix: int, base_url: str) -> list[Path]:
    paths = []
    with Dataset(pipeline) as dataset:  # one connection for all
        for file in FILES:
            logger.info("Starting extraction for %s...", file.name.upper())
            path = file_of(staging, prefix, file.name)
            count = _write_array(path, read_rows(dataset, file))
            logger.info("%d rows extracted", count)
            paths.append(path)
    summary = {
        "python_version": platform.python_version(),
        "version": __version__,
        "executed_at": pendulum.from_timestamp(prefix).to_iso8601_string(),
        "connection_identity": {"base_url": base_url},
        "client_name": CLIENT_NAME,
    }
    path = file_of(staging, prefix, SUMMARY)
    _write(path, [orjson.dumps(summary)])
    return [*paths, path]


def _write_array(path: Path, rows: Iterable[dict[str, Any]]) -> int:
    count = 0

    def parts() -> Iterator[bytes]:
        nonlocal count
        yield b"["
        for row in rows:
            yield (b",\n" if count else b"\n") + _as_json(row)
            count += 1
        yield b"\n]\n" if count else b"]\n"

    _write(path, parts())
    return count


def _as_json(row: dict[str, Any]) -> bytes:
    try:
        return orjson.dumps(row)
    except TypeError:  # a number beyond 64 bits, or nesting beyond orjson's
        return json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()


def _write(path: Path, parts: Iterable[bytes]) -> None:
    with open(path, "wb") as file:
        file.writelines(parts)
        file.flush()
        os.fsync(file.fileno())


def _move(path: Path, directory: Path) -> Path:
    if path.stem.endswith(SUMMARY):
        _sync(directory)  # the data files are durably in place before the summary says so
    return path.rename(directory / path.name)


def _sync(directory: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
