"""What a set of Catalog files is: five data files and a summary with one numeric prefix, and beside them a receipt.

A set counts once its summary is there. A set in the making stands in a hidden folder that carries its prefix.
"""

from __future__ import annotations

import logging
import re
import shutil
from pathlib import Path

import pendulum

from ...errors import UploadError
from .contract import FILES, SUMMARY

logger = logging.getLogger(__name__)

NAMES = (*(file.name for file in FILES), SUMMARY)  # in the order in which they are written and sent
STAGING = re.compile(r"\.mode-source-(\d+)")
SET_FILE = re.compile(rf"(\d+)-({'|'.join(NAMES)})\.(json|receipt)")


def file_of(directory: Path, prefix: int, name: str) -> Path:
    """Where a set's file stands; `name` is one of `NAMES`."""
    return directory / f"{prefix}-{name}.json"


def receipt_of(file: Path) -> Path:
    """Where the receipt of a file's set stands."""
    return file.with_name(f"{file.name.partition('-')[0]}-upload.receipt")


def kind_of(file: Path) -> str:
    """Which file of a set it is, one of `NAMES`; empty if it is none."""
    match = SET_FILE.fullmatch(file.name)
    return match[2] if match and match[3] == "json" else ""


def staging_of(directory: Path, prefix: int) -> Path:
    """The folder in which a set is made."""
    return directory / f".mode-source-{prefix}"


def summaries(directory: Path) -> list[int]:
    """Prefixes of the sets that count, newest first."""
    return sorted(
        (int(path.name.partition("-")[0]) for path in directory.iterdir() if kind_of(path) == SUMMARY), reverse=True
    )


def whole_sets(directory: Path) -> list[list[Path]]:
    """The sets of a directory that have a summary, newest first; the files of each, the summary last.

    Raises:
        UploadError: there is no directory, or no set in it.
    """
    if not directory.is_dir():
        raise UploadError(f"There is no directory {directory}: export first, or give another with -d.")
    prefixes = summaries(directory)
    if not prefixes:
        raise UploadError(f"Nothing to upload: {directory} holds no whole set of Catalog files (none with a summary).")
    return [[file_of(directory, prefix, name) for name in NAMES] for prefix in prefixes]


def free_prefix(directory: Path) -> int:
    """The prefix of the next set: the time, but later than any other set, also where the clock was set back."""
    taken = [int(match[1]) for path in directory.iterdir() if (match := SET_FILE.match(path.name))]
    return max(int(pendulum.now("UTC").timestamp()), max(taken, default=0) + 1)


def clear_leftovers(directory: Path) -> None:
    """Removes what a killed export left: its folder, and files that it had moved without their summary."""
    for staging in directory.iterdir():
        match = STAGING.fullmatch(staging.name)
        if not match or not staging.is_dir():
            continue
        prefix = int(match[1])
        if not file_of(directory, prefix, SUMMARY).exists():
            for file in FILES:
                file_of(directory, prefix, file.name).unlink(missing_ok=True)
            logger.info("Cleared an unfinished export (%s).", prefix)
        shutil.rmtree(staging)


def remove_old(directory: Path, keep: int) -> None:
    """Removes all but the newest `keep` sets; the newest one always stays."""
    for prefix in summaries(directory)[max(keep, 1) :]:
        for name in reversed(NAMES):  # the summary first: from then on the set no longer counts
            file_of(directory, prefix, name).unlink(missing_ok=True)
        receipt_of(file_of(directory, prefix, SUMMARY)).unlink(missing_ok=True)
