"""A damaged or half-written working folder of dlt is cleared and the run goes on: the tables decide, not the folder."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from dlt.common.configuration.exceptions import ConfigurationException
from dlt.common.destination.exceptions import DestinationException
from dlt.common.exceptions import DltException
from dlt.common.schema.exceptions import SchemaException
from dlt.common.storages.exceptions import StorageException
from dlt.pipeline.exceptions import CannotRestorePipelineException

from .. import signals
from ..errors import ModeSourceError
from .failures import first_line

logger = logging.getLogger(__name__)

# What reading a broken file raises: no JSON, keys that are missing, no UTF-8, a file where a folder should be.
BROKEN = (
    ValueError, KeyError, TypeError, AttributeError, IndexError, EOFError, FileNotFoundError, NotADirectoryError,
    IsADirectoryError, SchemaException, StorageException, CannotRestorePipelineException,
)  # fmt: skip
ELSEWHERE = (ModeSourceError, ConfigurationException, DestinationException, ConnectionError, TimeoutError)

Result = TypeVar("Result")


def undamaged(folder: str | Path, read: Callable[[], Result], again: Callable[[], Result] | None = None) -> Result:
    """What `read` gives; if it stumbles over the folder, the folder is cleared, and it reads once more.

    Args:
        folder: dlt's working folder of one pipeline; whoever calls holds its lock.
        read: reads from it.
        again: what to do instead, once it is cleared.

    Raises:
        Exception: as `read` does, if the folder is not to blame.
    """
    try:
        return read()
    except Exception as error:
        signals.let_through(error)
        if not _is_damage(error) or not Path(folder).exists():
            raise
        logger.warning(
            "dlt's working folder %s is damaged (%s) and was cleared: the run goes on from what the tables hold.",
            folder, first_line(list(signals.causes(error))[-1]),
        )  # fmt: skip
    clear(folder)
    return (again or read)()


def clear(folder: str | Path) -> None:
    """Removes the folder, or what stands in its place."""
    folder = Path(folder)
    if folder.is_dir() and not folder.is_symlink():
        shutil.rmtree(folder)
    else:
        folder.unlink(missing_ok=True)


def _is_damage(error: Exception) -> bool:
    found = list(signals.causes(error))
    if any(isinstance(cause, ELSEWHERE) for cause in found):
        return False
    return any(isinstance(cause, BROKEN) for cause in found) or isinstance(found[-1], DltException)
