"""Durations, moments and choices as people write them, and where a setting comes from when nobody gave it."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pendulum
import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from hypothesis import given, settings
from hypothesis import strategies as st

from mode_source import settings as settings_module
from mode_source.errors import UsageError
from mode_source.settings import (
    CASTOR_NAMES,
    DLT_DEFAULTS,
    CatalogSettings,
    LastResort,
    all_or_none,
    duration,
    moment,
    one_of,
    register,
)

UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86400, "week": 604800}


@pytest.mark.parametrize("unit", UNITS)
def test_units_of_durations(unit: str) -> None:
    for text, count in (
        (f"1 {unit}", 1),
        (f"30 {unit}s", 30),
        (f"2{unit}s", 2),
        (f"  7   {unit}  ", 7),
        (f"0 {unit}s", 0),
    ):
        assert duration("reread_after", text).total_seconds() == count * UNITS[unit], text


@settings(deadline=None)
@given(st.integers(0, 10_000), st.sampled_from(sorted(UNITS)))
def test_durations_are_what_they_say(count: int, unit: str) -> None:
    assert duration("x", f"{count} {unit}s").total_seconds() == count * UNITS[unit]


@pytest.mark.parametrize("text", ["", "soon", "30", "days", "-1 days", "1.5 days", "30 days ago", "a 30 days",
                                  "1 month", "30 dayss", "30 Days", "1 day 2 hours"])  # fmt: skip
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        duration("reread_after", text)
    assert str(raised.value) == f"Setting `reread_after` is not a duration such as '30 days': {text!r}."


@pytest.mark.parametrize(
    ("given_", "as_mode_writes_it"),
    [
        ("2026-11-01", "2026-11-01T00:00:00.000Z"),
        ("2026-11-01T10:20:30Z", "2026-11-01T10:20:30.000Z"),
        ("2026-11-01T10:20:30.123456Z", "2026-11-01T10:20:30.123Z"),
        ("2026-11-01T10:20:30+02:00", "2026-11-01T08:20:30.000Z"),
        ("2026-11-01 10:20", "2026-11-01T10:20:00.000Z"),
        (None, ""),
    ],
)
def test_moments(given_: str | None, as_mode_writes_it: str) -> None:
    assert moment("since", given_) == as_mode_writes_it


def test_a_moment_from_toml() -> None:
    """An unquoted one arrives as a date."""
    at: Any = datetime(2026, 11, 1, 10, tzinfo=timezone.utc)
    assert moment("since", at) == "2026-11-01T10:00:00.000Z"


@settings(deadline=None)
@given(st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1)), st.integers(-14, 14))
def test_moments_are_in_utc_and_compare_as_texts(at: datetime, offset: int) -> None:
    aware = at.replace(tzinfo=timezone(timedelta(hours=offset)))
    text = moment("since", aware.isoformat())
    back = pendulum.parse(text)
    assert isinstance(back, pendulum.DateTime)
    assert timedelta() <= aware - back < timedelta(milliseconds=1)
    later = moment("since", (aware + timedelta(milliseconds=1)).isoformat())
    assert len(later) == len(text) == 24
    assert later > text


@pytest.mark.parametrize("text", ["", "yesterday", "2026-13-01", "P1D", "1 week"])
def test_what_is_no_moment(text: str) -> None:
    with pytest.raises(UsageError) as raised:
        moment("since", text)
    assert str(raised.value) == f"Setting `since` is not a date such as 2026-11-01: {text!r}."


def test_choices() -> None:
    one_of("listing", "full", "full", "filtered")
    one_of("listing", "filtered", "full", "filtered")
    with pytest.raises(UsageError) as raised:
        one_of("listing", "ful", "full", "filtered")
    assert str(raised.value) == "Setting `listing` is 'ful': it is one of full, filtered."


def test_all_or_none() -> None:
    assert all_or_none(a="1", b="2", c="3") == ("1", "2", "3")
    assert all_or_none(a=None, b="", c=None) is None
    for values, missing in (
        ({"a": "1", "b": None, "c": "3"}, "b"),
        ({"a": None, "b": "2", "c": "3"}, "a"),
        ({"a": "1", "b": "", "c": None}, "b"),
    ):
        with pytest.raises(UsageError) as raised:
            all_or_none(**values)
        assert str(raised.value) == f"Setting `{missing}` of [sources.mode] is missing, and a, b, c go together."


# -- where a setting comes from when nobody gave it


def ask(key: str, *sections: str) -> tuple[Any, str]:
    return LastResort().get_value(key, str, None, *sections)


VARIABLES = {  # the old names, as users have them; never to change
    "mode": {
        "host": "CASTOR_MODE_ANALYTICS_HOST", "workspace": "CASTOR_MODE_ANALYTICS_WORKSPACE",
        "token": "CASTOR_MODE_ANALYTICS_TOKEN", "secret": "CASTOR_MODE_ANALYTICS_SECRET",
        "request_timeout": "CASTOR_TIMEOUT_OVERRIDE",
    },
    "catalog": {
        "token": "CASTOR_UPLOADER_TOKEN", "source_id": "CASTOR_UPLOADER_SOURCE_ID", "zone": "CASTOR_UPLOADER_ZONE",
        "file_type": "CASTOR_UPLOADER_FILE_TYPE", "file_path": "CASTOR_UPLOADER_FILE_PATH",
        "directory_path": "CASTOR_UPLOADER_DIRECTORY_PATH", "output_directory": "CASTOR_OUTPUT_DIRECTORY",
        "timeout": "CASTOR_TIMEOUT_OVERRIDE", "retries": "CASTOR_RETRY_OVERRIDE",
    },
}  # fmt: skip


def test_variables_of_the_extractor_before(monkeypatch: pytest.MonkeyPatch) -> None:
    assert CASTOR_NAMES == VARIABLES
    for section, names in VARIABLES.items():
        for key, variable in names.items():
            assert ask(key, "sources", section) == (None, variable)
            monkeypatch.setenv(variable, "")
            assert ask(key, "sources", section) == (None, variable)
            monkeypatch.setenv(variable, "given")
            assert ask(key, "sources", section) == ("given", variable)
            assert ask(key, section) == ("given", variable)
            assert ask(key, "elsewhere")[0] is None
            monkeypatch.delenv(variable)


def test_defaults_of_ours_for_dlt() -> None:
    assert DLT_DEFAULTS == {
        "runtime": {"dlthub_telemetry": False},
        "extract": {"workers": 8},
        "data_writer": {"disable_compression": True, "buffer_max_items": 1000},
        "load": {"delete_completed_jobs": True, "truncate_staging_dataset": True},
    }
    assert ask("workers", "extract") == (8, "workers")
    assert ask("workers", "sources", "extract") == (8, "workers")
    assert ask("workers", "extract", "sources") == (None, "workers")
    assert ask("workers") == (None, "workers")
    assert ask("nothing", "extract") == (None, "nothing")
    assert ask("dlthub_telemetry", "runtime") == (False, "dlthub_telemetry")


def test_it_is_asked_last_and_once() -> None:
    register()
    register()
    providers = Container()[PluggableRunContext].providers
    assert [provider.name for provider in providers.providers].count(LastResort.name) == 1
    assert providers.providers[-1].name == LastResort.name == "mode_source (CASTOR_ variables, defaults)"
    last = LastResort()
    assert (last.supports_secrets, last.supports_sections, last.is_writable) == (True, True, False)


@pytest.mark.parametrize(("started", "wanted", "stopped"), [(True, "false", 1), (True, "true", 0), (False, "false", 0)])
def test_telemetry_that_a_pipeline_before_us_began_is_stopped(
    started: bool, wanted: str, stopped: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[int] = []
    monkeypatch.setattr(settings_module, "is_telemetry_started", lambda: started)
    monkeypatch.setattr(settings_module, "stop_telemetry", lambda: calls.append(1))
    monkeypatch.setenv("RUNTIME__DLTHUB_TELEMETRY", wanted)
    providers = Container()[PluggableRunContext].providers
    monkeypatch.setattr(providers, "providers", [one for one in providers.providers if one.name != LastResort.name])
    register()
    assert len(calls) == stopped
    assert providers.providers[-1].name == LastResort.name
    register()
    assert len(calls) == stopped


def test_catalog_by_default() -> None:
    assert dict(CatalogSettings()) == {
        "token": None, "source_id": None, "zone": "EU", "ingest_url": None, "output_directory": None,
        "file_type": "VIZ", "file_path": None, "directory_path": None, "timeout": 60.0, "retries": 5, "keep": None,
    }  # fmt: skip
