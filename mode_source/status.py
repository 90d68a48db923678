"""How the tables are: last run, age, gaps, sizes, lease. Reads the destination only; Mode is not asked.

DuckDB and PostgreSQL are read past dlt (`ask.connection`), so that a monitor meets no load in progress. For any
other destination dlt's dataset is opened in a working folder of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import dlt
import orjson
import pendulum
from dlt.common.time import ensure_pendulum_datetime
from dlt.common.versioned_state import decompress_state

from .ask.connection import Reader, pipeline_to_read, reading
from .destination.dataset import Dataset
from .destination.failures import explained
from .destination.lease import TABLE as LEASE
from .destination.lease import holders
from .destination.pipeline import PIPELINE, make_pipeline
from .entities import ENTITIES
from .entities.own_tables import OWN_TABLES, RUNS
from .errors import GAPS, ModeSourceError, UsageError
from .options import PipelineOptions
from .settings import duration

COMPLETE = ("done", "gaps")  # outcomes of runs that looked at everything

Values = tuple[Any, ...]


@dataclass
class Status:
    """What the tables say about themselves; moments are UTC in ISO 8601, None where there are none.

    Attributes:
        workspace: slug of the workspace.
        url: its address.
        dataset: where the tables are.
        destination: the kind of database.
        last_run: the newest row of `runs`.
        last_complete: end of the newest run that looked at everything.
        age_seconds: since then.
        too_old: whether that is more than was asked for.
        next_full_listing: when; None means in the next run.
        rows: of each table.
        lease: who is loading, if somebody is.
        error: why nothing is known.
        exit_code: 0 fine; 3 some rows could not be read, or the run was cut short; 1 failed, too old or no run.
    """

    dataset: str
    destination: str
    workspace: str | None = None
    url: str | None = None
    last_run: dict[str, Any] | None = None
    last_complete: str | None = None
    age_seconds: int | None = None
    too_old: bool = False
    next_full_listing: str | None = None
    rows: dict[str, int] = field(default_factory=dict)
    lease: dict[str, str] | None = None
    error: str | None = None
    exit_code: int = 1

    def summary(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self)

    def lines(self) -> list[str]:
        """For people."""
        run = self.last_run or {}
        if self.error:
            return [f"Workspace {self.workspace}: {self.error}"]
        lines = [f"Workspace {self.workspace or '?'}, dataset {self.dataset} ({self.destination})"]
        if run:
            lines.append(
                f"Last run:          {run['started_at']}, {run['outcome']}: {run['requests']} requests,"
                f" {run['rows_loaded']} rows loaded, {run['rows_removed']} removed, {run['gap_count']} gaps"
            )
            if run["error"]:
                lines.append(f"                   {run['error']}")
            lines += [f"                   gap: {gap['entity']} {gap['name'] or gap['token']}" for gap in run["gaps"]]
        if self.age_seconds is None:
            lines.append("Complete:          never")
        else:
            late = ", too old" if self.too_old else ""
            lines.append(f"Complete:          {self.last_complete}, {ago(self.age_seconds)} ago{late}")
        lines.append(f"Next full listing: {self.next_full_listing or 'next run'}")
        if self.lease:
            lines.append(f"Lease:             {self.lease['owner']}, until {self.lease['expires']}")
        else:
            lines.append("Lease:             free")
        lines.append("Rows:              " + ", ".join(f"{count} {name}" for name, count in self.rows.items()))
        return lines


def status_of(options: PipelineOptions, max_age: str | None = None) -> Status:
    """Looks at the tables.

    Args:
        options: which ones.
        max_age: how long the last complete run may be ago, e.g. `26 hours`; None means any time.

    Raises:
        UsageError: a setting makes no sense.
        LockedError: another process has the DuckDB file open for writing.
        ModeSourceError: nothing was loaded yet, or the database does not answer.
    """
    allowed = duration("max_age", max_age) if max_age else None
    with _opened(options) as (tables, pipeline):
        destination = pipeline.destination.destination_name if pipeline.destination else ""
        status = Status(pipeline.dataset_name, destination)
        for name in (*ENTITIES, *OWN_TABLES):
            for (count,) in tables.select(f"SELECT COUNT(*) FROM {tables.name(name)}", name):
                status.rows[name] = int(count)
        _take_runs(status, tables)
        _take_state(status, tables)
        _take_lease(status, tables)
    _judge(status, allowed)
    return status


def statuses(places: Mapping[str, PipelineOptions], max_age: str | None = None) -> dict[str, Status]:
    """As `status_of` for several workspaces by name; one that cannot be looked at has an error instead of facts.

    Raises:
        ModeSourceError: as `status_of`, if there is only one.
    """
    found = {}
    for name, options in places.items():
        try:
            status = status_of(options, max_age)
            status.workspace = status.workspace or name or None  # a first run that failed has not noted it
        except ModeSourceError as error:
            if len(places) == 1 or isinstance(error, UsageError):
                raise
            status = Status(options.dataset_name or "", "", name, error=str(error), exit_code=error.exit_code)
        found[name] = status
    return found


def ago(seconds: int) -> str:
    """An age in its largest unit that is at least two, or in seconds."""
    for unit, size in (("days", 86400), ("h", 3600), ("min", 60)):
        if seconds >= 2 * size:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def _judge(status: Status, allowed: pendulum.Duration | None) -> None:
    if status.age_seconds is not None and allowed is not None:
        status.too_old = status.age_seconds > allowed.total_seconds()
    outcome = status.last_run["outcome"] if status.last_run else "failed"
    if outcome == "failed" or status.age_seconds is None or status.too_old:
        status.exit_code = 1
    else:
        status.exit_code = 0 if outcome == "done" else GAPS


def _take_runs(status: Status, tables: _Tables) -> None:
    names = [column.name for column in RUNS.columns if column.name != "rows"]
    sql = f"SELECT {', '.join(names)} FROM {tables.name(RUNS.name)}"
    for values in tables.select(f"{sql} ORDER BY started_at DESC LIMIT 1", RUNS.name):
        run = dict(zip(names, values, strict=True))
        gaps = run["gaps"]
        run["gaps"] = orjson.loads(gaps) if isinstance(gaps, str) else gaps or []
        status.last_run = {**run, "started_at": _iso(run["started_at"]), "ended_at": _iso(run["ended_at"])}
    listed = ", ".join(f"'{outcome}'" for outcome in COMPLETE)
    sql = f"SELECT MAX(ended_at) FROM {tables.name(RUNS.name)} WHERE outcome IN ({listed})"
    for (ended_at,) in tables.select(sql, RUNS.name):
        if ended_at is not None:
            status.last_complete = _iso(ended_at)
            age = pendulum.now("UTC") - ensure_pendulum_datetime(ended_at)
            status.age_seconds = max(0, int(age.total_seconds()))


def _take_state(status: Status, tables: _Tables) -> None:
    """Workspace and cursors, out of the state that dlt keeps beside the tables."""
    state, loads = "_dlt_pipeline_state", "_dlt_loads"
    sql = (
        f"SELECT s.state FROM {tables.name(state)} AS s JOIN {tables.name(loads)} AS l ON l.load_id = s._dlt_load_id"
        f" WHERE s.pipeline_name = '{PIPELINE}' AND l.status = 0 ORDER BY s._dlt_load_id DESC LIMIT 1"
    )
    for (compressed,) in tables.select(sql, state, loads):
        source: dict[str, Any] = decompress_state(compressed).get("sources", {}).get(PIPELINE, {})
        status.workspace, status.url = source.get("workspace"), source.get("base_url")
        full_at = source.get("resources", {}).get("reports", {}).get("full_at")
        if full_at and dlt.config.get("sources.mode.listing") == "filtered":
            after = duration("reconcile_after", dlt.config.get("sources.mode.reconcile_after", str) or "1 day")
            status.next_full_listing = _iso(ensure_pendulum_datetime(full_at) + after)


def _take_lease(status: Status, tables: _Tables) -> None:
    sql = f"SELECT owner, since, renewed, expires FROM {tables.name(LEASE)}"
    for owner, since, renewed, expires in tables.select(sql, LEASE):
        if owner and ensure_pendulum_datetime(expires) > pendulum.now("UTC"):
            moments = {"since": _iso(since), "renewed": _iso(renewed), "expires": _iso(expires)}
            status.lease = {"owner": str(owner), **moments}


def _iso(moment: Any) -> str:
    return ensure_pendulum_datetime(moment).isoformat(timespec="seconds").replace("+00:00", "Z")


class _Tables(Protocol):
    def name(self, table: str) -> str:
        """A table's name in SQL."""

    def select(self, sql: str, *tables: str) -> Iterator[Values]:
        """Rows; none if one of the tables is not there."""


@contextmanager
def _opened(options: PipelineOptions) -> Iterator[tuple[_Tables, dlt.Pipeline]]:
    pipeline = pipeline_to_read(options)
    kind = pipeline.destination.destination_type.rpartition(".")[2] if pipeline.destination else ""
    if kind in ("duckdb", "postgres"):
        with reading(pipeline, wait=options.wait) as reader:
            yield _Direct(reader), pipeline
        return
    with TemporaryDirectory(prefix="mode-source-") as folder:
        pipeline = make_pipeline(options.destination, options.dataset_name, folder)
        try:
            pipeline.sync_destination()
            if not pipeline.default_schema_name:
                raise ModeSourceError(f"Dataset {pipeline.dataset_name!r} holds nothing of Mode yet.")
            with Dataset(pipeline) as dataset:
                yield _ThroughDlt(dataset), pipeline
        except Exception as error:
            raise explained(error, pipeline) from error


class _Direct:
    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        sql = f"SELECT table_name FROM information_schema.tables WHERE table_schema = '{reader.schema}'"
        self._there = {str(name) for (name,) in reader.select(sql).rows}

    def name(self, table: str) -> str:
        return table

    def select(self, sql: str, *tables: str) -> Iterator[Values]:
        if self._there.issuperset(tables):
            yield from self._reader.select(sql).rows


class _ThroughDlt:
    def __init__(self, dataset: Dataset) -> None:
        self._dataset = dataset

    def name(self, table: str) -> str:
        if table in ENTITIES:
            return f"{self._dataset.source(table, ENTITIES[table].key)} AS t"
        if table in OWN_TABLES and OWN_TABLES[table].removes:
            return f"{self._dataset.source(table, *OWN_TABLES[table].key)} AS t"
        return table

    def select(self, sql: str, *tables: str) -> Iterator[Values]:
        if LEASE in tables:  # dlt's schema does not know it
            yield from holders(self._dataset.pipeline)
            return
        yield from self._dataset.rows(sql, *tables)
