"""One run per pipeline and target, one writer per export directory.

The operating system frees the lock when its process dies, so a killed run leaves nothing to clean up. Beside
the lock a note says which process holds it since when, for the message of a second run.
"""

from __future__ import annotations

import json
import logging
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pendulum
from filelock import FileLock, Timeout

from . import files
from .errors import LockedError, UsageError

logger = logging.getLogger(__name__)


@contextmanager
def single_run(path: Path, what: str, *, wait: bool = False) -> Iterator[None]:
    """Holds the lock at `path`.

    Args:
        path: the lock file; its folder is made.
        what: what is locked, for the message.
        wait: wait until it is free instead of raising.

    What is written meanwhile has the setting `file_mode`.

    Raises:
        LockedError: another process holds it.
        UsageError: the file cannot be made or opened.
    """
    with files.made():
        note = path.with_suffix(".holder")
        lock = FileLock(path, mode=files.mode())
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            message = f"Another run ({_holder(note)}) works on {what} (lock {path})"
            if not wait:
                raise LockedError(f"{message}: let it end, or wait for it with --wait.") from None
            logger.info("%s: waiting for it to end.", message)
            lock.acquire()
        except (OSError, NotImplementedError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(
                f"The lock of {what} cannot be used: {reason}: {path}. It needs a folder that this user may write to."
            ) from None
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
    """The lock file of an export directory: beside it, as other tools upload whatever lies inside.

    Where the folder above is not ours to write to, it is a hidden file inside, which no tool takes for one of the set.
    """
    directory = directory.resolve()
    beside = directory.parent / f".{directory.name}.mode-source.lock"
    if directory.name and os.access(beside if beside.exists() else directory.parent, os.W_OK):
        return beside
    return directory / ".mode-source.lock"


def _holder(note: Path) -> str:
    try:
        holder = json.loads(note.read_text())
        return f"process {holder['pid']} on {holder['host']}, since {holder['since']}"
    except (OSError, ValueError, KeyError):
        return "just starting"
