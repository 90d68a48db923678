"""Where settings come from, beyond what dlt does by itself.

dlt looks at arguments, environment, `.dlt/secrets.toml` and `.dlt/config.toml`, in this order. Users of the
extractor that ours replaces have their settings in `CASTOR_…` variables: a config provider that dlt asks
last gives them their say, field by field, so that our own names always win. The same provider holds the
settings of dlt that suit this source, so that they hold wherever it runs, with or without a `.dlt` folder.
"""

from __future__ import annotations

import json
import logging
import os
import re
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import dlt
import pendulum
import tomlkit
import tomlkit.exceptions
from dlt.common.configuration import configspec
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.providers.toml import SettingsTomlProvider
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.telemetry import is_telemetry_started, stop_telemetry
from dlt.common.typing import TSecretStrValue

from . import files
from .entities import ENTITIES
from .errors import UsageError
from .values import split_url, tidy

logger = logging.getLogger(__name__)

# Setting → variable, in the section it belongs to.
CASTOR_NAMES = {
    "mode": {
        "host": "CASTOR_MODE_ANALYTICS_HOST",
        "workspace": "CASTOR_MODE_ANALYTICS_WORKSPACE",
        "token": "CASTOR_MODE_ANALYTICS_TOKEN",
        "secret": "CASTOR_MODE_ANALYTICS_SECRET",
        "request_timeout": "CASTOR_TIMEOUT_OVERRIDE",
    },
    "catalog": {
        "token": "CASTOR_UPLOADER_TOKEN",
        "source_id": "CASTOR_UPLOADER_SOURCE_ID",
        "zone": "CASTOR_UPLOADER_ZONE",
        "file_type": "CASTOR_UPLOADER_FILE_TYPE",
        "file_path": "CASTOR_UPLOADER_FILE_PATH",
        "directory_path": "CASTOR_UPLOADER_DIRECTORY_PATH",
        "output_directory": "CASTOR_OUTPUT_DIRECTORY",
        "timeout": "CASTOR_TIMEOUT_OVERRIDE",
        "retries": "CASTOR_RETRY_OVERRIDE",
    },
}


# Settings of dlt that fit this source better than dlt's own defaults; section → key → value.
DLT_DEFAULTS: dict[str, dict[str, Any]] = {
    "runtime": {"dlthub_telemetry": False},  # no connection but to Mode, Catalog and the destination
    "extract": {"workers": 8},  # threads, as many as `max_workers`; the rate is the client's business
    "data_writer": {
        "disable_compression": True,  # a quarter of a load's time (docs/dlt-notes.md#s1-4)
        "buffer_max_items": 1000,  # rows in memory at once: a chart's definition may take 50 kB
    },
    "load": {
        "delete_completed_jobs": True,
        "truncate_staging_dataset": True,
    },  # nothing piles up, nothing is kept twice
}


class LastResort(ConfigProvider):
    """The provider that dlt asks last: castor-extractor's variables, then our defaults for dlt."""

    name = "mode_source (CASTOR_ variables, defaults)"
    supports_secrets = True
    supports_sections = True
    is_writable = False

    def get_value(self, key: str, hint: type[Any], pipeline_name: str | None, *sections: str) -> tuple[Any | None, str]:
        for section, names in CASTOR_NAMES.items():
            if section in sections and key in names:
                value = os.environ.get(names[key])
                if not value and key == "workspace":
                    value = _workspace_in_host()
                return value or None, names[key]
        return DLT_DEFAULTS.get(sections[-1] if sections else "", {}).get(key), key


def register() -> None:
    """Makes dlt ask `LastResort` last. May be called again."""
    provider = LastResort()
    if provider.name in Container()[PluggableRunContext].providers:
        return
    dlt.config.register_provider(provider)
    if is_telemetry_started() and not dlt.config.get("runtime.dlthub_telemetry", bool):
        stop_telemetry()  # a pipeline was made before this package was imported


def prepare() -> None:
    """`register`, and what holds for the whole process: who may read the files, and a word about who may read ours.

    Raises:
        UsageError: `file_mode` makes no sense, or a file of settings cannot be read.
    """
    register()
    mode = tidy(str(dlt.config.get("sources.mode.file_mode") or files.PRIVATE))
    one_of("file_mode", mode, *files.MASKS)
    files.choose(mode)
    for provider in Container()[PluggableRunContext].providers.providers:
        for name in getattr(provider, "present_locations", ()) if provider.supports_secrets else ():
            if name not in _told and files.readable_by_others(Path(name)):
                _told.add(name)
                logger.warning("Every user of this machine may read %s: `chmod 600` it, as it holds secrets.", name)


_told: set[str] = set()


def _workspace_in_host() -> str:
    """The workspace, where the host is given as a URL that names it."""
    host: str | None = dlt.config.get("sources.mode.host") or os.environ.get(CASTOR_NAMES["mode"]["host"])
    try:
        return split_url(str(host))[1] if host else ""
    except UsageError:
        return ""  # said where the host is used


@configspec
class CatalogSettings(BaseConfiguration):
    """Section `[catalog]`."""

    token: TSecretStrValue | None = None
    source_id: str | None = None
    zone: str = "EU"
    ingest_url: str | None = None
    output_directory: str | None = None
    file_type: str = "VIZ"
    file_path: str | None = None
    directory_path: str | None = None
    timeout: float = 60.0
    retries: int = 5
    keep: int | None = None

    def on_resolved(self) -> None:
        """Takes off what does not show, and puts the home directory in place of `~`."""
        for name in ("token", "source_id", "zone", "ingest_url", "output_directory", "file_type", "file_path"):
            value = getattr(self, name)
            setattr(self, name, tidy(value) or None if isinstance(value, str) else value)
        for name in ("output_directory", "file_path", "directory_path"):
            value = getattr(self, name)
            setattr(self, name, os.path.expanduser(value) if value else None)


def _readable_toml() -> None:
    """Lets dlt read its files of settings as editors write them: with a byte order mark, or in UTF-16.

    dlt has no setting for it, and says of a file that it cannot read neither which one it is nor always where.
    """
    original: Callable[[SettingsTomlProvider, str], Any] = SettingsTomlProvider._read_toml_file
    if getattr(original, "reads_any_encoding", False):
        return

    def read(provider: SettingsTomlProvider, path: str) -> Any:
        if not os.path.isfile(path):
            return original(provider, path)
        try:
            return tomlkit.parse(decoded(Path(path).read_bytes()).replace("\r\n", "\n"))
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            raise UsageError(f"{path}, line {line}: this is not UTF-8 text: save the file as UTF-8.") from None
        except OSError as error:
            raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
        except (ValueError, tomlkit.exceptions.TOMLKitError) as error:
            where, reason = _not_toml(error, decoded(Path(path).read_bytes()))
            raise UsageError(f"{path}{where}: this is not TOML ({reason}).") from None

    read.reads_any_encoding = True  # type: ignore[attr-defined]
    SettingsTomlProvider._read_toml_file = read  # type: ignore[method-assign, assignment]


def decoded(content: bytes) -> str:
    """A file's text: UTF-8, or UTF-16 or UTF-32 as their byte order mark or their zeros tell.

    Raises:
        UnicodeDecodeError: it is none of them.
    """
    return content.decode(json.detect_encoding(content)).lstrip("\ufeff").replace("\0", "")


def _not_toml(error: Exception, text: str) -> tuple[str, str]:
    """Where a text is not TOML, and why; values are not repeated."""
    if isinstance(error, tomlkit.exceptions.ParseError):
        return f", line {error.line}", re.sub(r" at line \d+ col \d+$", "", str(error))
    try:  # of a key that is there twice, tomlkit does not say where
        import tomllib  # type: ignore[import-not-found]

        tomllib.loads(text)
    except ValueError as second:
        if found := re.search(r"^(.*) \(at line (\d+), column \d+\)$", str(second)):
            return f", line {found[2]}", found[1]
    except ImportError:  # Python 3.10
        pass
    return "", "a key is there twice"


_readable_toml()


def duration(setting: str, value: str) -> pendulum.Duration:
    """`30 days`, `12 hours`, `1 week` → a duration.

    Raises:
        UsageError: it is none.
    """
    match = re.fullmatch(r"\s*(\d+)\s*(second|minute|hour|day|week)s?\s*", value)
    if match is None:
        raise UsageError(f"Setting `{setting}` is not a duration such as '30 days': {value!r}.")
    return pendulum.duration(**{match[2] + "s": int(match[1])})


def moment(setting: str, value: str | None) -> str:
    """`2026-11-01` or a time → as Mode writes moments; empty for None.

    Raises:
        UsageError: it is no date.
    """
    if value is None:
        return ""
    try:
        parsed = pendulum.parse(str(value))
    except ValueError:
        parsed = None
    if not isinstance(parsed, pendulum.DateTime):
        raise UsageError(f"Setting `{setting}` is not a date such as 2026-11-01: {value!r}.")
    return parsed.in_timezone("UTC").isoformat(timespec="milliseconds").replace("+00:00", "Z")


def one_of(setting: str, value: str, *choices: str) -> None:
    """Raises UsageError unless the value is one of the choices."""
    if value not in choices:
        raise UsageError(f"Setting `{setting}` is {value!r}: it is one of {', '.join(choices)}.")


def selection(names: Iterable[str] | str | None) -> set[str]:
    """The tables that setting `resources` asks for.

    Args:
        names: `+name` and `-name` are added to and taken from what is loaded by default; where there are names
            without a sign, these stand in for the default. None or nothing: the default.

    Raises:
        UsageError: there is no table of one of these names.
    """
    given = [part.strip() for part in (names.split(",") if isinstance(names, str) else names or ())]
    bare = [name.lstrip("+-") for name in given]
    unknown = [name for name in bare if name not in ENTITIES]
    if unknown:
        named, there = ", ".join(unknown) or "(no name)", ", ".join(ENTITIES)
        raise UsageError(f"Setting `resources`: there is no table {named}: choose from {there}.")
    only = {name for name in given if name[0] not in "+-"}
    chosen = only or {name for name, entity in ENTITIES.items() if entity.selected}
    for sign, name in zip(given, bare, strict=True):
        chosen = chosen - {name} if sign.startswith("-") else chosen | {name}
    return chosen


def all_or_none(**values: str | None) -> tuple[str, str, str] | None:
    """The values of three settings that only make sense together, or None where none is given.

    Raises:
        UsageError: some are given and some are not.
    """
    missing = [name for name, value in values.items() if not value]
    if missing and len(missing) < len(values):
        raise UsageError(f"Setting `{missing[0]}` of [sources.mode] is missing, and {', '.join(values)} go together.")
    first, second, third = (str(value) for value in values.values())
    return None if missing else (first, second, third)
