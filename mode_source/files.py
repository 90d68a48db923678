"""Who may read what we write: by default only whoever runs us, as it holds SQL, names and addresses."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# Setting `file_mode` → what is taken from 0666 of files and 0777 of folders.
MASKS = {"private": 0o077, "group": 0o027, "shared": 0o022}
PRIVATE = "private"


class _Chosen:
    """What holds in this process."""

    mode = PRIVATE
    entered = 0


def choose(mode: str) -> None:
    """From now on `made` makes files of this mode: a key of `MASKS`."""
    _Chosen.mode = mode
    if _Chosen.entered:
        os.umask(MASKS[mode])


def mode() -> int:
    """The mode of a file."""
    return 0o666 & ~MASKS[_Chosen.mode]


@contextmanager
def made() -> Iterator[None]:
    """Files and folders made meanwhile, by anyone in this process, have the chosen mode; those that exist keep theirs.

    That is 0600 and 0700 if it is `private`, 0640 and 0750 for `group`, 0644 and 0755 for `shared`. Windows has no such
    modes.
    """
    before = os.umask(MASKS[_Chosen.mode])
    _Chosen.entered += 1
    try:
        yield
    finally:
        _Chosen.entered -= 1
        os.umask(before)


def readable_by_others(path: Path) -> bool:
    """Whether users outside the file's group may read it; False where there are no such modes."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
