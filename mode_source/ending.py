"""Whatever ends a job, as one line without secrets and an exit code: for the command line, and for scripts."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable

from . import files, logs, signals
from .errors import ModeSourceError, StatementError

logger = logging.getLogger("mode_source")


def exit_code(job: Callable[[], int | None]) -> int:
    """Runs a script's job; whatever ends it is one line on standard error, as it is of the commands.

    Meanwhile SIGTERM raises as Ctrl-C does, and files that are made are private.

    Args:
        job: what to run; the number that it returns is the exit code, None is 0.

    Returns:
        The exit code (see `errors`).
    """
    with signals.raised(), files.made():
        try:
            return job() or 0
        except (Exception, KeyboardInterrupt) as error:
            text, code = ended(error)
            sys.stderr.write(f"error: {text}\n")
            return code


def ended(error: BaseException) -> tuple[str, int]:
    """The line and the exit code for an error or a signal; its traceback goes to the log at level DEBUG."""
    code = signals.exit_code(error)
    if code:
        what = "Terminated" if code == signals.TERMINATED else "Interrupted"
        return f"{what}: the next run goes on from here.", code
    logger.debug("Traceback", exc_info=error)
    if not isinstance(error, ModeSourceError):
        from .destination.failures import explained  # imports dlt, which a mistyped option need not wait for

        error = explained(error)
    if isinstance(error, StatementError):  # with the line that it is about, and a caret below it
        text = "".join(sign if sign.isprintable() or sign == "\n" else repr(sign)[1:-1] for sign in str(error))
    else:
        text = " ".join(str(error).split())
    return logs.redacted(text), error.exit_code
