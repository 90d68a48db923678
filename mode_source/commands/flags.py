"""Flags that several commands share, each with the names it has elsewhere."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import fields
from typing import Any

import click
import cloup

from .. import logs
from ..options import (
    EXPORT_FORMATS,
    ExportOptions,
    LoadOptions,
    ModeOptions,
    MonitoringOptions,
    PipelineOptions,
)

TITLES = {  # in help
    "mode": "Mode",
    "load": "What to load",
    "pipeline": "Where the tables are",
    "catalog": "Catalog",
    "export": "Formats",
    "monitoring": "Monitoring",
}
Command = Callable[..., Any]
Decorator = Callable[[Command], Command]


def env(own: str, castor: str = "") -> str:
    """The environment variables of an option, as its help ends with them."""
    return f"  [env: {own}{', ' + castor if castor else ''}]"


def flags(*declared: Decorator) -> Decorator:
    """Several options as one decorator, in the order in which help shows them."""

    def decorate(command: Command) -> Command:
        for option in reversed(declared):
            command = option(command)
        return command

    return decorate


def grouped(name: str, kind: type, *declared: Decorator) -> Decorator:
    """Options whose values reach the command as one dataclass.

    Args:
        name: of the command's parameter.
        kind: the dataclass; its fields that an option is declared for are filled.
        declared: the options.
    """
    names = {field.name for field in fields(kind)}

    def decorate(command: Command) -> Command:
        @functools.wraps(command)
        def packed(**given: Any) -> Any:
            own = {key: given.pop(key) for key in names & given.keys()}
            return command(**given, **{name: kind(**own)})

        return cloup.option_group(TITLES.get(name, name.capitalize()), *declared)(packed)

    return decorate


class Names(click.ParamType):  # type: ignore[type-arg]  # generic from click 8.3 on
    """Comma-separated names."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """The names without white space, empty ones left out."""
        if isinstance(value, tuple):
            return value
        names = tuple(name for part in str(value).split(",") if (name := part.strip()))
        if not names:
            self.fail("no name is given.", param, ctx)
        return names


class Pairs(click.ParamType):  # type: ignore[type-arg]
    """Comma-separated `name=value`."""

    name = "pairs"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> dict[str, str]:
        """The pairs as a dictionary."""
        if isinstance(value, dict):
            return value
        pairs = [part.partition("=") for part in str(value).split(",") if part.strip()]
        if not pairs or any(not (name.strip() and equals and text.strip()) for name, equals, text in pairs):
            self.fail(f"{value!r} is not of the form name=value,name=value.", param, ctx)
        return {name.strip(): text.strip() for name, _, text in pairs}


_host_flag = click.option(
    "-H",
    "--host",
    help="Mode's host; default https://app.mode.com." + env("SOURCES__MODE__HOST", "CASTOR_MODE_ANALYTICS_HOST"),
)
_key_flags = (
    click.option(
        "-t", "--token", help="API token (key id)." + env("SOURCES__MODE__TOKEN", "CASTOR_MODE_ANALYTICS_TOKEN")
    ),
    click.option(
        "-s",
        "--secret",
        help="Secret of the API token." + env("SOURCES__MODE__SECRET", "CASTOR_MODE_ANALYTICS_SECRET"),
    ),
)
_WORKSPACE = env("SOURCES__MODE__WORKSPACE", "CASTOR_MODE_ANALYTICS_WORKSPACE")

mode_flags = grouped(
    "mode",
    ModeOptions,
    _host_flag,
    click.option("-w", "--workspace", help="Slug of the workspace." + _WORKSPACE),
    *_key_flags,
)

which_flags = (
    click.option(
        "-w",
        "--workspace",
        "workspaces",
        multiple=True,
        help="Slug of the workspace, or its name in [sources.mode.workspaces]; may be repeated." + _WORKSPACE,
    ),
    click.option("--all-workspaces", is_flag=True, help="All of [sources.mode.workspaces], one after the other."),
)

modes_flags = grouped("mode", ModeOptions, _host_flag, *which_flags, *_key_flags)

pipeline_flags = grouped(
    "pipeline",
    PipelineOptions,
    click.option(
        "--destination", help="A dlt destination; default duckdb (file mode.duckdb)." + env("DESTINATION_TYPE")
    ),
    click.option("--dataset-name", help="Dataset (schema) of the tables; default mode_metadata." + env("DATASET_NAME")),
    click.option(
        "--pipelines-dir",
        help="Where dlt keeps its working files; default a folder for each destination and dataset below"
        " ~/.dlt/mode_source (as root /var/dlt)." + env("PIPELINES_DIR"),
    ),
    click.option("--wait", is_flag=True, help="Wait for another run to end instead of failing with exit code 4."),
)

load_flags = grouped(
    "load",
    LoadOptions,
    click.option(
        "--since",
        metavar="DATE",
        help="Only reports and datasets updated since then; removes nothing." + env("SOURCES__MODE__SINCE"),
    ),
    click.option(
        "--resources",
        type=Names(),
        default=(),
        metavar="NAMES",
        help="Only these tables, comma-separated; +NAME and -NAME add to the default and take from it."
        + env("SOURCES__MODE__RESOURCES"),
    ),
    click.option("--full-refresh", is_flag=True, help="Read everything again, whatever is stored."),
    click.option(
        "--time-limit",
        metavar="DURATION",
        help="Stop reading after, say, '50 minutes', load what was read, exit 6." + env("SOURCES__MODE__TIME_LIMIT"),
    ),
    click.option("--accept-removals", is_flag=True, help="Believe Mode's lists, however many rows they lack."),
    click.option(
        "--progress",
        type=click.Choice(["auto", "log", "none"]),
        default="auto",
        help="How to show progress; default auto.",
    ),
)

output_flags = (
    click.option(
        "-o",
        "--output",
        "output_directory",
        metavar="DIR",
        help="Directory of the files." + env("CATALOG__OUTPUT_DIRECTORY", "CASTOR_OUTPUT_DIRECTORY"),
    ),
    click.option(
        "--keep",
        type=click.IntRange(min=1),
        help="Leave only this many sets in the directory; default all." + env("CATALOG__KEEP"),
    ),
)

export_flags = grouped(
    "export",
    ExportOptions,
    click.option(
        "--format",
        "formats",
        type=click.Choice(EXPORT_FORMATS),
        multiple=True,
        help="What to export to; may be repeated, then each goes into a folder of its own. Default catalog."
        + env("EXPORT__FORMATS"),
    ),
    click.option(
        "--certainty",
        type=click.Choice(["certain", "likely", "guess"]),
        help="Which lineage to believe; default likely." + env("EXPORT__CERTAINTY"),
    ),
    click.option(
        "--include-archived/--no-archived",
        default=None,
        help="Archived reports; default yes, dbt no." + env("EXPORT__INCLUDE_ARCHIVED"),
    ),
    click.option(
        "--manifest",
        metavar="FILE",
        help="dbt: target/manifest.json of your project." + env("EXPORT__DBT__MANIFEST"),
    ),
    click.option(
        "--data-source",
        metavar="NAME",
        help="dbt: the data source in Mode that your project builds; default by adapter."
        + env("EXPORT__DBT__DATA_SOURCE"),
    ),
    click.option(
        "--all/--only-resolved",
        default=None,
        help="dbt: also reports that read nothing of your project; default no." + env("EXPORT__DBT__ALL"),
    ),
    click.option(
        "--with-usage/--without-usage",
        default=None,
        help="dbt: views and last run, which change every day; default yes." + env("EXPORT__DBT__WITH_USAGE"),
    ),
    click.option(
        "--with-sources/--without-sources",
        default=None,
        help="dbt: declare our own tables as a source; default no." + env("EXPORT__DBT__WITH_SOURCES"),
    ),
    click.option("--env", help="DataHub: environment of datasets; default PROD." + env("EXPORT__DATAHUB__ENV")),
    click.option(
        "--platform-instance-map",
        type=Pairs(),
        metavar="PAIRS",
        help="DataHub: platform instances, as in snowflake=prod,postgres=main."
        + env("EXPORT__DATAHUB__PLATFORM_INSTANCE_MAP"),
    ),
    click.option(
        "--events",
        type=click.Choice(["run", "job"]),
        help="OpenLineage: each query's last run (default), or its job." + env("EXPORT__OPENLINEAGE__EVENTS"),
    ),
)

monitoring_flags = grouped(
    "monitoring",
    MonitoringOptions,
    click.option(
        "--notify-url",
        metavar="URL",
        help="POST the summary there when a run fails or leaves gaps." + env("MONITORING__NOTIFY_URL"),
    ),
    click.option(
        "--healthcheck-url",
        metavar="URL",
        help="GET this when a run has done all it should." + env("MONITORING__HEALTHCHECK_URL"),
    ),
    click.option(
        "--metrics",
        metavar="FILE",
        help="Write an OpenMetrics file for the node exporter." + env("MONITORING__METRICS"),
    ),
)


def _choose_log_format(context: click.Context, option: click.Parameter, name: str) -> None:
    logs.choose_format(name)


log_flag = flags(
    click.option(
        "--log-level",
        type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
        default="INFO",
        help="Log on standard error; default INFO.",
    ),
    click.option(
        "--log-format",
        type=click.Choice(["text", "json"]),
        default="text",
        expose_value=False,
        callback=_choose_log_format,
        help="Log lines as text (default) or as JSON objects.",
    ),
)

rows_flags = cloup.option_group(
    "Output",
    click.option(
        "--format",
        "form",
        type=click.Choice(["table", "csv", "json"]),
        default="table",
        help="How rows are printed; default table. Piped, each is complete.",
    ),
    click.option("--json", "form", flag_value="json", help="Short for --format json."),
    log_flag,
)

common_flags = cloup.option_group(
    "Output",
    log_flag,
    click.option("--json", "as_json", is_flag=True, help="Print the summary as one JSON object; logs go to stderr."),
)
