"""Where settings come from, beyond what dlt does by itself.

dlt looks at arguments, environment, `.dlt/secrets.toml` and `.dlt/config.toml`, in this order. Users of the
extractor that ours replaces have their settings in `CASTOR_…` variables: a config provider that dlt asks
last gives them their say, field by field, so that our own names always win. The same provider holds the
settings of dlt that suit this source, so that they hold wherever it runs, with or without a `.dlt` folder.
"""

from __future__ import annotations

import os
import re
from typing import Any

import dlt
import pendulum
from dlt.common.configuration import configspec
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.runtime.telemetry import is_telemetry_started, stop_telemetry
from dlt.common.typing import TSecretStrValue

from .errors import UsageError

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
                return os.environ.get(names[key]) or None, names[key]
        return DLT_DEFAULTS.get(sections[-1] if sections else "", {}).get(key), key


def register() -> None:
    """Makes dlt ask `LastResort` last. May be called again."""
    provider = LastResort()
    if provider.name in Container()[PluggableRunContext].providers:
        return
    dlt.config.register_provider(provider)
    if is_telemetry_started() and not dlt.config.get("runtime.dlthub_telemetry", bool):
        stop_telemetry()  # a pipeline was made before this package was imported


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
