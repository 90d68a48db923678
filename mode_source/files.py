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


@contextmanager
def made(mode: str = PRIVATE) -> Iterator[None]:
    """Files and folders made meanwhile, by anyone in this process, have the mode; those that exist keep theirs.

    Args:
        mode: `private` (0600, 0700), `group` (0640, 0750) or `shared` (0644, 0755). Windows has no such modes.
    """
    before = os.umask(MASKS[mode])
    try:
        yield
    finally:
        os.umask(before)


def readable_by_others(path: Path) -> bool:
    """Whether users outside the file's group may read it; False where there are no such modes."""
    try:
        return os.name == "posix" and bool(path.stat().st_mode & stat.S_IROTH)
    except OSError:
        return False
