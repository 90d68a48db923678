"""One run per pipeline, one writer per export directory.

The operating system frees the lock when its process dies, so a killed run leaves nothing to clean up. Beside
the lock a note says which process holds it since when, for the message of a second run.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path

import pendulum
from filelock import FileLock, Timeout

from .errors import LockedError

logger = logging.getLogger(__name__)


@contextmanager
def single_run(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Holds the lock at `path`.

    Args:
        path: the lock file; its folder is made.
        what: what is locked, for the message.
        wait: wait until it is free instead of raising.

    Raises:
        LockedError: another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    note = path.with_suffix(".holder")
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        message = f"Another run ({_holder(note)}) works on {what}"
        if not wait:
            raise LockedError(f"{message}: let it end, or wait for it with --wait.") from None
        logger.info("%s: waiting for it to end.", message)
        lock.acquire()
    try:
        note.write_text(
            json.dumps(
                {"pid": os.getpid(), "host": socket.gethostname(), "since": pendulum.now("UTC").to_iso8601_string()}
            )
        )
        yield
    finally:
        note.unlink(missing_ok=True)
        lock.release()


def directory_lock(directory: Path) -> Path:
    """The lock file of an export directory: outside of it, as other tools upload whatever lies there."""
    name = blake2b(str(directory.resolve()).encode(), digest_size=8).hexdigest()
    return Path(tempfile.gettempdir()) / "mode-source-locks" / f"{name}.lock"


def _holder(note: Path) -> str:
    try:
        holder = json.loads(note.read_text())
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "just starting"
