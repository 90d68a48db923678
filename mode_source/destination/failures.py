"""Errors of dlt and of databases as one of ours: a sentence that says what to do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import dlt
from dlt.common.configuration.exceptions import (
    ConfigFieldMissingException,
    ConfigValueCannotBeCoercedException,
    LookupTrace,
    LookupTraces,
)
from dlt.common.configuration.specs.exceptions import NativeValueError
from dlt.pipeline.exceptions import PipelineStepFailed

from .. import logs, signals
from ..errors import LockedError, ModeSourceError, UsageError
from ..settings import CASTOR_NAMES
from ..signals import causes

ENVIRONMENT = "Environment Variables"  # dlt's name of that provider


def explained(error: BaseException, pipeline: dlt.Pipeline | None = None) -> ModeSourceError:
    """Our error behind one of dlt's, or one sentence about any other error."""
    """The error of ours behind an error of dlt's, or one sentence about any other.

    Raises:
        KeyboardInterrupt: it was a signal that ended it.
    """
    signals.let_through(error)
    for cause in causes(error):
        if isinstance(cause, ModeSourceError):
            return cause
        if isinstance(cause, ConfigFieldMissingException):
            return missing_setting(cause)
        if isinstance(cause, NativeValueError):
            return UsageError(
                f"The credentials of the destination ({cause.spec.__name__}) are not of the form that it takes, such as"
                " postgresql://user:password@host:5432/database with special characters percent-encoded."
            )
        if isinstance(cause, ConfigValueCannotBeCoercedException):
            kind = getattr(cause.hint, "__name__", str(cause.hint))
            return UsageError(f"Setting `{cause.field_name}` has a value that is not of its type ({kind}): correct it.")
    root = list(causes(error))[-1]
    text = first_line(root)
    if "in read-only mode: database does not exist" in str(root):
        return ModeSourceError("The database holds nothing of Mode yet: run `mode-source load` first.")
    if "Could not set lock on file" in str(root):
        return LockedError(f"Another program has the database open: close it first. ({text})")
    step = error.step if isinstance(error, PipelineStepFailed) else ""
    where = {
        "extract": "Reading Mode failed, nothing was changed",
        "normalize": "What Mode sent could not be prepared for loading, nothing was changed",
        "load": "Loading failed; the next run goes on from here",
    }.get(step, "The run failed")
    name = f" (destination {pipeline.destination.destination_name})" if pipeline and pipeline.destination else ""
    return ModeSourceError(f"{where}{name}: {type(root).__name__}: {text}")


def missing_setting(error: ConfigFieldMissingException) -> UsageError:
    """One line that names every missing setting and where to put each."""
    places = [_places(field, error) for field in error.fields]
    names = ", ".join(f"`{field}`" for field in error.fields)
    if len(places) == 1:
        return UsageError(f"Setting {names} is missing: give it as {places[0]}.")
    each = "; ".join(f"`{field}` as {place}" for field, place in zip(error.fields, places, strict=True))
    return UsageError(f"Settings {names} are missing: give {each}.")


def together(errors: Sequence[UsageError]) -> UsageError:
    """Several errors as one, in one line."""
    return errors[0] if len(errors) == 1 else UsageError(" ".join(dict.fromkeys(str(error) for error in errors)))


def _places(field: str, error: ConfigFieldMissingException) -> str:
    """Where a setting may stand: a file, a variable, a flag."""
    # Environment variables are spelt out in what dlt tried; the shortest of the source's own is the documented one.
    tried = [trace.key for trace in _lookups(error.traces[field]) if trace.provider == ENVIRONMENT]
    ours = [key for key in tried if key == f"SOURCES__MODE__{field.upper()}"]
    theirs = [key for key in tried if key.startswith("DESTINATION__")]
    variable = (ours or theirs or tried or [field.upper()])[0]
    section = ".".join(variable.lower().split("__")[:-1])
    places = [
        f"`{variable.lower().split('__')[-1]}` under [{section}] of .dlt/secrets.toml",
        f"environment variable {variable}",
    ]
    if ours:
        flag = {"workspace": "-w", "token": "-t", "secret": "-s", "host": "-H"}.get(field)
        places += [name for name in (CASTOR_NAMES["mode"].get(field), f"flag {flag}" if flag else None) if name]
    return f"{', '.join(places[:-1])} or {places[-1]}"


def _lookups(traces: Sequence[LookupTrace | LookupTraces]) -> Iterator[LookupTrace]:
    for trace in traces:
        if isinstance(trace, LookupTrace):
            yield trace
        else:
            for nested in trace.traces.values():
                yield from _lookups(nested)


def first_line(error: BaseException) -> str:
    """The first line of what an error says, without secrets, cut at 300 characters."""
    return (logs.redacted(str(error)).strip().splitlines() or [type(error).__name__])[0][:300]
