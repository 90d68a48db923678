"""Where settings come from, beyond what dlt does by itself.

dlt looks at arguments, environment, `.dlt/secrets.toml` and `.dlt/config.toml`, in this order. Users of the
extractor that ours replaces have their settings in `CASTOR_…` variables: a config provider that dlt asks
last gives them their say, field by field, so that our own names always win.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Any

import dlt
import pendulum
from dlt.common.configuration import configspec
from dlt.common.configuration.container import Container
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.specs import BaseConfiguration
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
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


class CastorNames(ConfigProvider):
    """Reads the settings of this package from the variables of castor-extractor."""

    name = "CASTOR_ environment variables"
    supports_secrets = True
    supports_sections = True
    is_writable = False

    def get_value(
        self, key: str, hint: type[Any], pipeline_name: str | None, *sections: str
    ) -> tuple[Any | None, str]:
        for section, names in CASTOR_NAMES.items():
            if section in sections and key in names:
                return os.environ.get(names[key]) or None, names[key]
        return None, f"CASTOR_{key.upper()}"


def register_castor_names() -> None:
    """Makes dlt ask `CastorNames` last. May be called again."""
    provider = CastorNames()
    if provider.name not in Container()[PluggableRunContext].providers:
        dlt.config.register_provider(provider)


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
    retries: int = 1
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
