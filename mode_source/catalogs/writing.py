"""Writes an export's files into a directory that others read at the same time.

Every file is written into a hidden folder beside its final place, made durable and moved: whoever reads a file sees
it whole. A file that is there already with the same bytes is left alone. A hidden list per format remembers which
files are ours: of a later export, those that it no longer writes are removed, and nothing else ever is.
"""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from ..errors import ExportError
from ..locks import directory_lock, single_run

logger = logging.getLogger(__name__)

# A file of an export: its path within the directory, with slashes, and its content.
File = tuple[str, Iterable[bytes]]
FEW = 100  # files to make durable one by one; beyond that, all of the file system at once is faster
CHUNK = 1 << 20


@dataclass
class Written:
    """What an export did to its directory.

    Attributes:
        files: of the export, in the order in which they were made.
        changed: how many of them are new or different.
        removed: how many earlier ones are gone.
        bytes: of all of them.
    """

    files: list[Path] = field(default_factory=list)
    changed: int = 0
    removed: int = 0
    bytes: int = 0


def write(directory: Path, name: str, files: Iterable[File], *, wait: bool = False) -> Written:
    """Brings the files of one format in a directory up to date.

    Args:
        directory: made if it is not there.
        name: of the format.
        files: all of them, each path once.
        wait: wait for another export into the same directory instead of failing.

    Raises:
        ExportError: something could not be written; files that were not reached yet are as they were.
        LockedError: another run writes into the directory.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with single_run(directory_lock(directory), f"directory {directory}", wait=wait):
            return _write(directory, name, files)
    except OSError as error:
        raise ExportError(f"The export to {directory} failed: {error.strerror or error}.") from error


def _write(directory: Path, name: str, files: Iterable[File]) -> Written:
    staging, listing = directory / f".mode-source-{name}.new", directory / f".mode-source-{name}"
    shutil.rmtree(staging, ignore_errors=True)  # a killed export left it
    earlier = set(_listed(listing))
    written = Written()
    staged: dict[str, int] = {}  # name in the folder beside
    paths: list[str] = []
    try:
        staging.mkdir()
        for number, (path, parts) in enumerate(files):
            paths.append(path)
            beside, target = staging / str(number), directory / path
            if isinstance(parts, tuple) and _holds(target, b"".join(parts)):  # small: spared writing it
                written.bytes += sum(map(len, parts))
                continue
            written.bytes += _write_file(beside, parts)
            if _same(beside, target):
                beside.unlink()
            else:
                staged[path] = number
        _make_durable(staging / str(number) for number in staged.values())
        if staged or earlier != set(paths):
            # From here on a killed export leaves files that the next one must know as ours.
            _replace(listing, staging, sorted(earlier | set(paths)))
        for path, number in staged.items():
            target = directory / path
            target.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staging / str(number), target)
        written.changed = len(staged)
        for path in sorted(earlier - set(paths)):
            written.removed += _remove(directory, path)
        if earlier - set(paths):
            _replace(listing, staging, sorted(paths))
        _sync(directory)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    written.files = [directory / path for path in paths]
    return written


def _write_file(path: Path, parts: Iterable[bytes]) -> int:
    size = 0
    with open(path, "wb") as file:
        for part in parts:
            size += file.write(part)
    return size


def _holds(path: Path, content: bytes) -> bool:
    """Whether a file holds exactly this."""
    try:
        return path.stat().st_size == len(content) and path.is_file() and path.read_bytes() == content
    except (FileNotFoundError, NotADirectoryError):
        return False


def _same(one: Path, other: Path) -> bool:
    """Whether two files hold the same bytes."""
    if not other.is_file() or one.stat().st_size != other.stat().st_size:
        return False
    with open(one, "rb") as first, open(other, "rb") as second:
        return all(mine == second.read(CHUNK) for mine in _chunks(first.read))


def _chunks(read: Callable[[int], bytes]) -> Iterator[bytes]:
    while chunk := read(CHUNK):
        yield chunk


def _listed(listing: Path) -> Iterator[str]:
    """Paths of our earlier files. Only those below the directory: the list may have been edited."""
    if not listing.is_file():
        return
    for line in listing.read_text(encoding="utf-8").splitlines():
        path = PurePosixPath(line)
        if line and not path.is_absolute() and ".." not in path.parts:
            yield line


def _replace(listing: Path, staging: Path, paths: list[str]) -> None:
    beside = staging / "list"
    _write_file(beside, ("".join(f"{path}\n" for path in paths).encode(),))
    _make_durable([beside])
    os.replace(beside, listing)


def _remove(directory: Path, path: str) -> int:
    """Removes one of our files, and the folders that are empty without it."""
    file = directory / path
    if not file.parent.resolve().is_relative_to(directory.resolve()):
        return 0  # somebody put a link in place of a folder
    there = file.is_file() or file.is_symlink()
    file.unlink(missing_ok=True)
    for folder in file.parents:
        if folder == directory or not folder.is_dir() or any(folder.iterdir()):
            break
        folder.rmdir()
    return int(there)


def _make_durable(paths: Iterable[Path]) -> None:
    paths = list(paths)
    if len(paths) > FEW and hasattr(os, "sync"):
        os.sync()
        return
    for path in paths:
        with open(path, "rb+") as file:
            os.fsync(file.fileno())


def _sync(directory: Path) -> None:
    if os.name == "posix":
        descriptor = os.open(directory, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
