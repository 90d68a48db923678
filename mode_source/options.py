"""Options that several commands share, each with the names it has elsewhere."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

Command = TypeVar("Command", bound=Callable[..., Any])


def _options(*declared: Callable[[Command], Command]) -> Callable[[Command], Command]:
    def decorate(command: Command) -> Command:
        for option in reversed(declared):
            command = option(command)
        return command

    return decorate


def _env(own: str, castor: str = "") -> str:
    return f"  [env: {own}{', ' + castor if castor else ''}]"


mode_options = _options(
    click.option(
        "-H",
        "--host",
        help="Where Mode is; default https://app.mode.com." + _env("SOURCES__MODE__HOST", "CASTOR_MODE_ANALYTICS_HOST"),
    ),
    click.option(
        "-w",
        "--workspace",
        help="Slug of the workspace." + _env("SOURCES__MODE__WORKSPACE", "CASTOR_MODE_ANALYTICS_WORKSPACE"),
    ),
    click.option(
        "-t", "--token", help="API token (key id)." + _env("SOURCES__MODE__TOKEN", "CASTOR_MODE_ANALYTICS_TOKEN")
    ),
    click.option(
        "-s",
        "--secret",
        help="Secret of the API token." + _env("SOURCES__MODE__SECRET", "CASTOR_MODE_ANALYTICS_SECRET"),
    ),
)

pipeline_options = _options(
    click.option(
        "--destination", help="A dlt destination; default duckdb (file mode.duckdb)." + _env("DESTINATION_TYPE")
    ),
    click.option(
        "--dataset-name", help="Dataset (schema) of the tables; default mode_metadata." + _env("DATASET_NAME")
    ),
    click.option(
        "--pipelines-dir", help="Where dlt keeps its working files; default ~/.dlt/pipelines." + _env("PIPELINES_DIR")
    ),
    click.option("--wait", is_flag=True, help="Wait for another run to end instead of failing with exit code 4."),
)

load_options = _options(
    click.option(
        "--since",
        metavar="DATE",
        help="Only reports and datasets updated since then; removes nothing." + _env("SOURCES__MODE__SINCE"),
    ),
    click.option(
        "--resources",
        metavar="NAMES",
        help="Only these tables, comma-separated; report_filters is loaded only if it is named.",
    ),
    click.option("--full-refresh", is_flag=True, help="Read everything again, whatever is stored."),
    click.option(
        "--progress",
        type=click.Choice(["auto", "log", "none"]),
        default="auto",
        help="How to show progress; default auto.",
    ),
)

output_options = _options(
    click.option(
        "-o",
        "--output",
        metavar="DIR",
        help="Directory of the Catalog files." + _env("CATALOG__OUTPUT_DIRECTORY", "CASTOR_OUTPUT_DIRECTORY"),
    ),
    click.option(
        "--keep",
        type=click.IntRange(min=1),
        help="Leave only this many sets in the directory; default all." + _env("CATALOG__KEEP"),
    ),
)

log_option = click.option(
    "--log-level",
    type=click.Choice(["DEBUG", "INFO", "WARNING", "ERROR"], case_sensitive=False),
    default="INFO",
    help="Log on standard error; default INFO.",
)

common_options = _options(
    log_option,
    click.option(
        "--json", "as_json", is_flag=True, help="The summary as one JSON object on standard output, nothing else there."
    ),
)
