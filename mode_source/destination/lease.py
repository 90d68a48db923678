"""One writer per dataset, also across machines: a lease in the dataset itself.

The lock of `locks` holds on one machine; two machines that load into one dataset lose each other's rows
(measured on PostgreSQL: seven of ten pairs of loads). Table `mode_source_lease` says who loads and until when.
Whoever loads renews it, so that a machine that died frees it after `LIFETIME`. A machine that lost it, because it
slept or was cut off, finds that out before it loads anything.

Taking it is one conditional UPDATE and a look at what came of it. Where two machines create the table at the same
time there may be two rows; then both see each other, both step back, and the next UPDATE takes both rows. All
moments are the database's, so the machines' clocks do not matter.
"""

from __future__ import annotations

import logging
import os
import random
import socket
import threading
import time
import uuid
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import dlt
from dlt.common.time import ensure_pendulum_datetime
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from ..errors import LockedError

logger = logging.getLogger(__name__)

TABLE = "mode_source_lease"
LIFETIME = timedelta(minutes=5)
RENEWED_EVERY = 60.0  # seconds
ATTEMPTS = 20  # to take it, where others try at the same moment
PAUSE = 3.0  # seconds between looks while another machine holds it

_COLUMNS = {
    "owner": "text",  # process and machine; null = nobody
    "place": "text",  # the working folder of the last owner
    "token": "text",  # of this one run
    "since": "timestamp",
    "renewed": "timestamp",
    "expires": "timestamp",
}
# A DuckDB file admits one process by itself; files in a bucket and the others here know no UPDATE.
_WITHOUT = {"athena", "clickhouse", "dremio", "duckdb", "dummy", "filesystem", "lance", "lancedb", "qdrant", "weaviate"}


class LeaseLost(LockedError):
    """Another machine has taken the lease over: this one may not load anything any longer."""


class Lease:
    """The lease of a pipeline's dataset.

    Args:
        pipeline: whose dataset it is; the lock of its working folder must be held.
    """

    def __init__(self, pipeline: dlt.Pipeline) -> None:
        self._client: Any = pipeline.sql_client()
        self._types = pipeline.destination.capabilities().get_type_mapper()
        self._dataset = pipeline.dataset_name
        self._table = self._client.make_qualified_table_name(TABLE)
        self._place = _place(Path(pipeline.pipelines_dir))
        self._token = uuid.uuid4().hex
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._lost = False
        self.owner = f"process {os.getpid()} on {socket.gethostname()}"

    def take(self, *, wait: bool = False) -> None:
        """Takes it, and renews it from a thread until it is given back.

        Args:
            wait: wait until it is free instead of raising.

        Raises:
            LockedError: somebody else holds it.
        """
        told = False
        attempts = 0
        while (holder := self._try()) is not self:
            if holder is None:  # others tried at the same moment
                attempts += 1
                if attempts == ATTEMPTS:
                    raise LockedError(f"Others are taking the lease of dataset {self._dataset!r}: run again.")
                time.sleep(random.uniform(0.02, 0.1) * attempts)
                continue
            message = f"Another run ({holder}) holds the lease of dataset {self._dataset!r}"
            if not wait:
                raise LockedError(f"{message}: let it end, or wait for it with --wait.")
            if not told:
                logger.info("%s: waiting for it to end.", message)
                told = True
            time.sleep(PAUSE)
        threading.Thread(target=self._renew, name="lease", daemon=True).start()

    def give_back(self) -> None:
        """Frees it; if the database does not answer, it expires by itself."""
        self._stop.set()
        try:
            with self._lock, self._client:
                self._run("UPDATE {} SET owner = NULL WHERE token = %s", self._token)
        except Exception as error:
            logger.debug("The lease could not be given back: %s", error)

    def confirm(self) -> None:
        """Renews it.

        Raises:
            LeaseLost: another machine has it.
        """
        with self._lock, self._client:
            now = self._now()
            self._run("UPDATE {} SET renewed = %s, expires = %s WHERE token = %s", now, now + LIFETIME, self._token)
            rows = self._rows()
        if not any(row[2] == self._token and row[0] for row in rows):
            self._lost = True
            raise self._loss(rows)

    def _try(self) -> Lease | str | None:
        """This lease if it was taken, its holder if there is one, None if it has to be tried again."""
        with self._lock, self._client:
            self._ensure_row()
            now = self._now()
            taken = "owner = %s, place = %s, token = %s, since = %s, renewed = %s, expires = %s"
            values = (self.owner, self._place, self._token, now, now, now + LIFETIME)
            try:
                # The same place: that run is dead, as the lock of its working folder is ours.
                self._run(
                    f"UPDATE {{}} SET {taken} WHERE owner IS NULL OR expires < %s OR place = %s",
                    *values, now, self._place,
                )  # fmt: skip
            except Exception as error:  # databases that let one of two writers fail
                logger.debug("The lease could not be taken: %s", error)
            rows = self._rows()
            mine = [row for row in rows if row[2] == self._token]
            others = [row for row in rows if row[0] and row[2] != self._token and _moment(row[5]) >= now]
            if mine and not others:
                return self
            if mine:
                self._run("UPDATE {} SET owner = NULL WHERE token = %s", self._token)
                return None
        return _described(others[0]) if others else None

    def _renew(self) -> None:
        while not self._stop.wait(RENEWED_EVERY):
            try:
                self.confirm()
            except LeaseLost as error:
                logger.warning("%s", error)
                return
            except Exception as error:
                logger.debug("The lease could not be renewed yet: %s", error)

    def _loss(self, rows: list[Any]) -> LeaseLost:
        holder = next((_described(row) for row in rows if row[0]), "since ended")
        return LeaseLost(
            f"Another run ({holder}) has taken over the lease of dataset {self._dataset!r}, which this one could not"
            " renew in time: nothing more was loaded, run again."
        )

    def _ensure_row(self) -> None:
        for attempt in range(ATTEMPTS):
            try:
                if not self._rows():
                    self._run("INSERT INTO {} (owner, place, token) VALUES (NULL, NULL, NULL)")
                return
            except DatabaseUndefinedRelation:
                try:
                    self._create()
                except Exception:
                    if attempt == ATTEMPTS - 1:
                        raise
                    time.sleep(random.uniform(0.01, 0.05))  # another machine is creating it

    def _create(self) -> None:
        if not self._client.has_dataset():
            with suppress(Exception):  # what stands in the way shows below
                self._client.create_dataset()
        columns = ", ".join(f"{name} {self._type(kind)}" for name, kind in _COLUMNS.items())
        self._run(f"CREATE TABLE {{}} ({columns})")

    def _type(self, kind: str) -> str:
        column: Any = {"name": "x", "data_type": kind, "nullable": True}
        found: Any = self._types.to_destination_type(column, {"name": TABLE, "columns": {}})
        return found if isinstance(found, str) else str(found.compile(self._client.dialect))

    def _rows(self) -> list[Any]:
        return list(self._run(f"SELECT {', '.join(_COLUMNS)} FROM {{}}") or ())

    def _now(self) -> datetime:
        return _moment(self._client.execute_sql("SELECT CURRENT_TIMESTAMP")[0][0])

    def _run(self, sql: str, *values: Any) -> Any:
        return self._client.execute_sql(sql.format(self._table), *values)


_held: weakref.WeakKeyDictionary[dlt.Pipeline, Lease] = weakref.WeakKeyDictionary()


@contextmanager
def leased(pipeline: dlt.Pipeline, *, wait: bool = False) -> Iterator[None]:
    """Holds the lease of the pipeline's dataset, where the destination has one.

    Args:
        pipeline: the lock of its working folder must be held.
        wait: wait until it is free instead of raising.

    Raises:
        LockedError: another machine holds it.
    """
    kind = pipeline.destination.destination_type.rpartition(".")[2] if pipeline.destination else "dummy"
    if kind in _WITHOUT or pipeline in _held:
        yield
        return
    lease = Lease(pipeline)
    lease.take(wait=wait)
    _held[pipeline] = lease
    try:
        yield
    finally:
        del _held[pipeline]
        lease.give_back()


def confirm(pipeline: dlt.Pipeline) -> None:
    """Makes sure, before a load, that this machine still holds the lease; does nothing where there is none.

    If it does not, what is pending in the pipeline's working folder is dropped.

    Raises:
        LeaseLost: another machine has taken it over.
    """
    if pipeline not in _held:
        return
    try:
        _held[pipeline].confirm()
    except LeaseLost:
        pipeline.drop()  # what was read here would undo what the other machine loads
        raise


def holders(pipeline: dlt.Pipeline) -> list[tuple[Any, ...]]:
    """Owner, since, renewed and expires of the rows of the lease, of which there are none before the first run."""
    client: Any = pipeline.sql_client()
    try:
        with client:
            table = client.make_qualified_table_name(TABLE)
            return [tuple(row) for row in client.execute_sql(f"SELECT owner, since, renewed, expires FROM {table}")]
    except DatabaseUndefinedRelation:
        return []


def _described(row: Any) -> str:
    since, expires = (_moment(value).isoformat(timespec="seconds").replace("+00:00", "Z") for value in (row[3], row[5]))
    return f"{row[0]}, since {since}, renewed until {expires}"


def _place(folder: Path) -> str:
    """What a working folder and no other is called, by a name that the folder itself holds.

    The folder's path would not do: containers have equal paths and often equal host names.
    """
    path = folder / "mode.place"
    try:
        name = path.read_text(encoding="ascii").strip()
    except OSError:
        name = uuid.uuid4().hex
        folder.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="ascii")
    return f"{name}@{socket.gethostname()}"


def _moment(value: Any) -> datetime:
    moment = ensure_pendulum_datetime(value)
    return datetime.fromtimestamp(moment.timestamp(), timezone.utc)  # what every driver takes
