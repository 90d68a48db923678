"""What can go wrong, named by what went wrong.

A message is one sentence that says what to do. That of a `ReadError` is a clause without a full stop, as warnings,
gaps and other errors embed it.
"""

from __future__ import annotations

GAPS = 3  # exit code of a run that kept last known rows
TIME_LIMIT = 6  # exit code of a run that stopped at its time limit
IN_USE = 7  # exit code of `lineage --fail-if-used`


class ModeSourceError(Exception):
    """Base of all errors of this package; the command line prints its text and exits with `exit_code`."""

    exit_code = 1


class UsageError(ModeSourceError):
    """A setting is missing or makes no sense."""

    exit_code = 2


class StatementError(ModeSourceError):
    """The database does not accept a statement; its text goes over several lines, the last with a caret."""


class LockedError(ModeSourceError):
    """Another run works on the same pipeline or the same export directory."""

    exit_code = 4


class CredentialsRefused(ModeSourceError):
    """Mode or Catalog does not accept the credentials."""

    exit_code = 5


class WrongHost(ModeSourceError):
    """Nothing answers at the host, or it redirects to another host."""


class ModeDown(ModeSourceError):
    """Mode has stopped answering: the run ends and changes nothing."""


class ReadError(ModeSourceError):
    """One request failed for good; what it would have read is a gap, not a deletion."""


class Gone(ReadError):
    """404: not there, or not visible to this key."""


class NotVisible(ReadError):
    """401 or 403 for this one resource: the key is good, but not for this."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class RateLimited(ReadError):
    """429 after every attempt."""


class Unavailable(ReadError):
    """Time-outs, dropped connections, 5xx or broken bodies after every attempt."""


class NoContent(Unavailable):
    """204 or an empty body instead of a list: nothing may be concluded from it."""


class NoList(NoContent):
    """An answer without the list that it should hold: there may be no rows."""


class Doubtful(ReadError):
    """A list came with `errors` or `warnings` beside its rows: they are true, but need not be all."""


class Stopped(ReadError):
    """The run was told to end before this was asked for: nothing follows from it."""


class NotMode(ReadError):
    """HTML instead of JSON: a sign-on or proxy page, not Mode's API."""


class Refused(ReadError):
    """Any other 4xx: Mode did not understand the request."""


class ExportError(ModeSourceError):
    """The Catalog files could not be written."""


class UploadError(ModeSourceError):
    """A file could not be sent to Catalog, or is not fit to be sent."""
