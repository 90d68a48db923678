"""A connection that only reads: to the dataset's database, past dlt, whose state and lock it leaves alone.

So whoever asks never meets a load in progress, and needs nothing on this machine but the destination's settings.
DuckDB opens the file read-only, which waits for no one and is refused while another process writes to it;
PostgreSQL gets a session whose transactions are read-only.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Protocol

import dlt

from .. import logs
from ..destination.failures import explained
from ..destination.pipeline import make_pipeline
from ..errors import LockedError, ModeSourceError, StatementError, UsageError
from ..options import PipelineOptions

PAGE = 2000
PAUSE = 0.5  # seconds between attempts while another process holds the file
CURSOR = 'DECLARE "mode_source" CURSOR WITHOUT HOLD FOR '
NO_ROWS = ("SET", "RESET", "USE", "BEGIN", "COMMIT", "ROLLBACK")  # DuckDB answers these with an empty table


@dataclass
class Result:
    """Rows as they come.

    Attributes:
        columns: their names; empty if the statement gives none back.
        json: whether a column's texts are JSON.
        numeric: whether a column holds numbers.
        links: columns whose values lead to the addresses in another one.
    """

    columns: list[str]
    json: list[bool]
    numeric: list[bool]
    rows: Iterator[tuple[Any, ...]]
    links: dict[str, str] = field(default_factory=dict)


class Reader(Protocol):
    """An open, read-only connection, as `reading` yields it."""

    schema: str

    def select(self, sql: str) -> Result:
        """Runs one statement. Raises ModeSourceError: in one line, what the database says against it."""

    def restrict(self, seconds: float) -> None:
        """For statements that nobody has checked: nothing beyond the database, and not longer than this from now on."""


def pipeline_to_read(options: PipelineOptions) -> dlt.Pipeline:
    """The pipeline that the options, or else dlt's configuration, name, for `reading` alone.

    dlt notes a pipeline's destination in its working directory, where a load may be at work: this one has its own.
    """
    with TemporaryDirectory(prefix="mode-source-") as folder:
        pipeline = make_pipeline(options.destination, options.dataset_name, folder, read_only=True)
    logs.adopt_dlt()
    return pipeline


@contextmanager
def reading(pipeline: dlt.Pipeline, *, wait: bool = False) -> Iterator[Reader]:
    """Opens the pipeline's dataset for reading; its schema is the search path, the time zone UTC.

    Args:
        pipeline: whose dataset it is; it may never have run on this machine.
        wait: wait until no program writes to a DuckDB file, instead of failing.

    Raises:
        LockedError: another process has the DuckDB file open for writing.
        UsageError: the destination is neither DuckDB nor PostgreSQL, or a setting of it is missing.
        ModeSourceError: nothing was loaded yet, or the database does not answer.
    """
    reader: _DuckDB | _Postgres
    kind = pipeline.destination.destination_type.rpartition(".")[2] if pipeline.destination else "none"
    try:
        client: Any = pipeline.destination_client()  # not entered: that would open the database for writing
        if kind not in ("duckdb", "postgres"):
            raise UsageError(f"This works on DuckDB and PostgreSQL; the destination (--destination) is {kind}.")
        schema = client.sql_client.dataset_name
        reader = (_DuckDB if kind == "duckdb" else _Postgres)(client.config.credentials, schema)
    except Exception as error:
        raise explained(error, pipeline) from error
    while True:
        try:
            there = reader.open()
            break
        except Exception as error:
            known = explained(error, pipeline)
            if not (wait and isinstance(known, LockedError)):
                raise known from error
            time.sleep(PAUSE)
    try:
        if not there:
            raise ModeSourceError(f"Dataset {schema!r} holds nothing of Mode yet: run `mode-source load` first.")
        yield reader
    finally:
        reader.close()


class _DuckDB:
    def __init__(self, credentials: Any, schema: str) -> None:
        self.schema, self._path = schema, Path(credentials.database)
        self._connection: Any = None
        self._timer: threading.Timer | None = None

    def open(self) -> bool:
        """Whether there is anything to read."""
        import duckdb

        if not self._path.exists():
            return False
        self._connection = duckdb.connect(str(self._path), read_only=True)
        self._connection.execute("SET timezone = 'UTC'")
        if not self._connection.execute(
            "SELECT 1 FROM duckdb_tables() WHERE database_name = current_database() AND schema_name = ?", [self.schema]
        ).fetchone():
            return False
        self._connection.execute(f"USE {_quoted(self.schema)}")
        return True

    def close(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._connection is not None:
            self._connection.close()

    def restrict(self, seconds: float) -> None:
        """No files, no network, no extensions, no settings; interrupted when the time is over."""
        for setting in ("memory_limit = '1GB'", "enable_external_access = false", "lock_configuration = true"):
            self._connection.execute(f"SET {setting}")
        self._timer = threading.Timer(seconds, self._connection.interrupt)
        self._timer.daemon = True
        self._timer.start()

    def select(self, sql: str) -> Result:
        import duckdb

        try:
            cursor = self._connection.execute(sql)
        except duckdb.Error as error:
            raise _said(error) from error
        described = cursor.description or []
        if sql.split(maxsplit=1)[0].upper() in NO_ROWS:
            described = []
        kinds = [str(column[1]) for column in described]
        return Result(
            [column[0] for column in described],
            [kind == "JSON" for kind in kinds],
            [kind.startswith(("DECIMAL", "DOUBLE", "FLOAT")) or "INT" in kind for kind in kinds],
            _pages(cursor, duckdb.Error) if described else iter(()),
        )


class _Postgres:
    def __init__(self, credentials: Any, schema: str) -> None:
        self.schema, self._credentials = schema, credentials
        self._connection: Any = None

    def open(self) -> bool:
        """Whether there is anything to read."""
        import psycopg2

        given = self._credentials.get_query().get("options", "")
        ours = f"-csearch_path={_quoted(self.schema)} -cdefault_transaction_read_only=on -ctimezone=UTC"
        self._connection = psycopg2.connect(self._credentials.to_native_representation(), options=f"{given} {ours}")
        with self._connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_catalog.pg_tables WHERE schemaname = %s LIMIT 1", [self.schema])
            there = cursor.fetchone() is not None
        self._connection.rollback()
        return there

    def close(self) -> None:
        if self._connection is not None:
            self._connection.close()

    def restrict(self, seconds: float) -> None:
        """The session is read-only as it is; a statement is cancelled when its time is over."""
        with self._connection.cursor() as cursor:
            cursor.execute(f"SET statement_timeout = {round(seconds * 1000)}")
        self._connection.commit()  # a rollback would undo it

    def select(self, sql: str) -> Result:
        import psycopg2

        self._connection.rollback()  # each statement has a transaction of its own
        # Only a cursor on the server hands rows out bit by bit, and only these statements can have one.
        streams = sql.split(maxsplit=1)[0].lower().strip("(") in ("select", "with", "values", "table", "")
        try:
            cursor = self._connection.cursor("mode_source" if streams else None)
            cursor.itersize = PAGE
            cursor.execute(sql)
            first = cursor.fetchmany(PAGE) if streams or cursor.description else []  # names come with the first rows
        except psycopg2.Error as error:
            raise _said(error) from error
        described = cursor.description or []
        return Result(
            [column.name for column in described],
            [False] * len(described),  # decoded already
            [column.type_code == psycopg2.NUMBER for column in described],
            _pages(cursor, psycopg2.Error, first),
        )


def _pages(cursor: Any, failure: type[Exception], first: Any = ()) -> Iterator[tuple[Any, ...]]:
    yield from first
    try:
        while page := cursor.fetchmany(PAGE):
            yield from page
    except failure as error:
        raise _said(error) from error


def _said(error: Exception) -> StatementError:
    """What the database says, the line that it points into and the caret below it included."""
    lines = [line.rstrip() for line in str(error).splitlines() if line.strip()]
    for at, line in enumerate(lines[:-1]):
        if line.startswith(f"LINE 1: {CURSOR}"):  # PostgreSQL shows the statement that psycopg2 made of it
            lines[at : at + 2] = [line.replace(CURSOR, "", 1), lines[at + 1][len(CURSOR) :]]
    return StatementError("\n".join(lines))


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
