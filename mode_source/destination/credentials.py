"""Passwords of destinations: hidden in every message, and refused where a connection string cannot carry them."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import parse_qsl, unquote

import dlt
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from .. import logs
from ..errors import UsageError

SECRET_NAME = re.compile(r"pass|secret|token|api_?key|access_?key|private|credential|signature|salt", re.IGNORECASE)
RAW = re.compile(r"[@/?#\s]|%(?![0-9A-Fa-f]{2})")


def hide_passwords(pipeline: dlt.Pipeline | None = None) -> None:
    """Hides whatever the configuration holds that is a secret by its name, or a password in a connection string.

    Args:
        pipeline: one whose destination was given its credentials in Python.
    """
    given = [*_configured(), *(_given(pipeline) if pipeline is not None else ())]
    for name, value in given:
        if "://" in value or "?" in value:
            logs.hide(_passwords(value))
        elif SECRET_NAME.search(re.split(r"__|\.", name)[-1]) and not name.lower().endswith("credentials"):
            logs.hide([value])


def check_connection_strings(destination: str) -> None:
    """Looks for passwords that a connection string cannot carry as they are.

    Args:
        destination: its name; strings of others are not looked at.

    Raises:
        UsageError: names the setting or variable, and says what to do.
    """
    for name, value in _configured():
        parts = re.split(r"__|\.", name.lower())
        if parts[-1] != "credentials" or "://" not in value:
            continue
        if "destination" in parts[:-1] and destination.lower() not in parts and len(parts) > 2:
            continue
        _check(name, value)


def check_given(pipeline: dlt.Pipeline) -> None:
    """The same for a connection string that a destination was given in Python. Raises UsageError."""
    for _, value in _given(pipeline):
        if "://" in value:
            _check("`credentials` of the destination", value)


def _check(name: str, url: str) -> None:
    password = _password(url)
    if password and RAW.search(password):
        raise UsageError(
            f"Setting {name} holds a password with a raw `@`, `%`, `/`, `?`, `#` or space: percent-encode it"
            " (`@` is %40, `%` is %25, `/` is %2F, `?` is %3F, `#` is %23)."
        )


def _given(pipeline: dlt.Pipeline) -> list[tuple[str, str]]:
    made = (pipeline.destination, pipeline.staging)
    given = [getattr(destination, "config_params", {}).get("credentials") for destination in made]
    return [leaf for value in given for leaf in _leaves("credentials", value)]


def _password(url: str) -> str:
    """What stands between the first colon and the last `@` of a connection string, as it is written."""
    return _user(url).partition(":")[2]


def _user(url: str) -> str:
    """What stands before the last `@`."""
    rest = url.partition("://")[2]
    head = rest.partition("?")[0]
    if "@" not in head and "@" in rest and not re.fullmatch(r"[^:]*(:\d*)?(/.*)?", head):
        head = rest  # the question mark is the password's
    return head.rpartition("@")[0]


def _passwords(url: str) -> list[str]:
    found = [value for name, value in parse_qsl(url.partition("?")[2]) if SECRET_NAME.search(name)]
    password = _password(url)
    if password:
        found.append(f"//{_user(url)}@")  # also of one that is too short to hide wherever it stands
    for spelling in dict.fromkeys((password, unquote(password))):
        if spelling:
            # Of one with a raw `@`, databases and dlt quote the parts that they take for host or password.
            found += [spelling, *(part for part in re.split("[@/?#]", spelling) if part != spelling)]
    return found


def _configured() -> list[tuple[str, str]]:
    """Names and texts of dlt's settings: environment variables as they are spelt, keys of files with their sections."""
    found = [
        (name, value)
        for name, value in os.environ.items()
        if "__" in name or name.startswith("CASTOR_") or name in ("CREDENTIALS", "PGPASSWORD")
    ]
    for provider in Container()[PluggableRunContext].providers.providers:
        found += _leaves("", getattr(provider, "_config_doc", None))
    expanded: list[tuple[str, str]] = []
    for name, value in found:
        expanded.append((name, value))
        if value.lstrip().startswith("{"):  # a service account's JSON
            with suppress(ValueError):
                expanded += _leaves(name, json.loads(value))
    return expanded


def _leaves(name: str, value: Any) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(f"{name}.{key}" if name else str(key), inner)
    elif isinstance(value, str):
        yield name, value
