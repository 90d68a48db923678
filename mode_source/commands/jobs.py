"""The commands that ask Mode: `check`, `load`, `extract`, `sync`, and `demo` and `sandbox`, which need no Mode."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click
import cloup
from click.core import ParameterSource

from ..errors import ModeSourceError
from ..options import CatalogOptions, ExportOptions, LoadOptions, ModeOptions, MonitoringOptions, PipelineOptions
from .begin import begin, show
from .flags import (
    common_flags,
    env,
    export_flags,
    grouped,
    load_flags,
    mode_flags,
    modes_flags,
    monitoring_flags,
    output_flags,
    pipeline_flags,
)
from .help import Command


@cloup.command(cls=Command)
@mode_flags
@common_flags
def check(mode: ModeOptions, log_level: str, as_json: bool) -> int:
    """Test the credentials, list what they can see, estimate a first load."""
    begin(log_level, (mode.token, mode.secret))
    from dataclasses import asdict

    from ..check import findings_of
    from ..job import with_workspace
    from ..workspaces import arguments, jobs

    (job,) = jobs(mode, PipelineOptions())
    findings = findings_of(**with_workspace(arguments(job, findings_of)))
    show(asdict(findings), "\n".join(findings.lines()), as_json)
    return 0


@cloup.command(cls=Command)
@modes_flags
@load_flags
@pipeline_flags
@monitoring_flags
@common_flags
def load(
    mode: ModeOptions,
    load: LoadOptions,
    pipeline: PipelineOptions,
    monitoring: MonitoringOptions,
    log_level: str,
    as_json: bool,
) -> int:
    """Load Mode's metadata into tables; later runs load only changes."""
    return _run(mode, load, pipeline, CatalogOptions(), monitoring, log_level, as_json, None, uploads=False)


@cloup.command(cls=Command)
@modes_flags
@grouped("catalog", CatalogOptions, *output_flags)
@load_flags
@pipeline_flags
@monitoring_flags
@common_flags
def extract(
    mode: ModeOptions,
    catalog: CatalogOptions,
    load: LoadOptions,
    pipeline: PipelineOptions,
    monitoring: MonitoringOptions,
    log_level: str,
    as_json: bool,
) -> int:
    """Load, then write the Catalog files: replaces castor-extract-mode."""
    only_catalog = ExportOptions(formats=("catalog",))
    return _run(mode, load, pipeline, catalog, monitoring, log_level, as_json, only_catalog, uploads=False)


@cloup.command(cls=Command)
@modes_flags
@grouped(
    "catalog",
    CatalogOptions,
    *output_flags,
    click.option(
        "--catalog-token",
        "token_of_catalog",
        help="Catalog's API token." + env("CATALOG__TOKEN", "CASTOR_UPLOADER_TOKEN"),
    ),
    click.option(
        "--source-id", help="UUID of this source in Catalog." + env("CATALOG__SOURCE_ID", "CASTOR_UPLOADER_SOURCE_ID")
    ),
    click.option("-z", "--zone", help="EU (default) or US." + env("CATALOG__ZONE", "CASTOR_UPLOADER_ZONE")),
    click.option(
        "--ingest-url", metavar="URL", help="Override the zone's ingest endpoint." + env("CATALOG__INGEST_URL")
    ),
)
@export_flags
@load_flags
@pipeline_flags
@monitoring_flags
@common_flags
def sync(
    mode: ModeOptions,
    catalog: CatalogOptions,
    export: ExportOptions,
    load: LoadOptions,
    pipeline: PipelineOptions,
    monitoring: MonitoringOptions,
    token_of_catalog: str | None,
    log_level: str,
    as_json: bool,
) -> int:
    """Load, export, and upload if Catalog's token and source id are configured: the scheduled job."""
    from dataclasses import replace

    catalog = replace(catalog, token=token_of_catalog)
    return _run(mode, load, pipeline, catalog, monitoring, log_level, as_json, export, uploads=True)


@cloup.command(cls=Command)
@cloup.option_group(
    "Demo",
    click.option("-o", "--output", metavar="DIR", default="demo", help="Directory of its files; default ./demo."),
    click.option("--reports", type=click.IntRange(min=1), default=200, help="Size of the simulated workspace."),
)
@common_flags
def demo(output: str, reports: int, log_level: str, as_json: bool) -> int:
    """Run the whole job twice against the built-in sandbox, with changes in between."""
    # What it does is told at the end; only what goes wrong is told before.
    quiet = click.get_current_context().get_parameter_source("log_level") is ParameterSource.DEFAULT
    begin("WARNING" if quiet else log_level)
    from ..demo import run_demo

    summary, text = run_demo(Path(output), reports)
    show(summary, text, as_json)
    return 0


@cloup.command(cls=Command)
@cloup.option_group(
    "Workspace",
    click.option("--port", type=click.IntRange(0, 65535), default=8123, help="Port on 127.0.0.1; default 8123."),
    click.option("--seed", type=int, default=7, help="Seed of the random workspace; default 7."),
    click.option("--reports", type=int, default=200, help="Reports."),
    click.option("--collections", type=int, default=12, help="Collections."),
    click.option("--ids", type=click.Choice(["number", "string"]), default="number", help="JSON type of numeric ids."),
    click.option("--latency", type=float, default=0.0, help="Seconds that each answer takes."),
    click.option("--rate-limit", type=float, help="Requests per second allowed; default no limit."),
    click.option("--burst", type=int, default=40, help="Requests allowed at once."),
    click.option("--change-every", type=float, help="Seconds between changes in the workspace; default none."),
)
def sandbox(**options: Any) -> int:
    """Serve a simulated Mode workspace and Catalog endpoint on loopback."""
    from mode_sandbox import serve

    try:
        serve(**options)
    except OSError as error:
        raise ModeSourceError(
            f"The sandbox cannot listen on port {options['port']} ({error.strerror}): choose another one with --port."
        ) from error
    return 0


def _run(
    mode: ModeOptions,
    load: LoadOptions,
    pipeline: PipelineOptions,
    catalog: CatalogOptions,
    monitoring: MonitoringOptions,
    log_level: str,
    as_json: bool,
    export: ExportOptions | None,
    *,
    uploads: bool,
) -> int:
    begin(log_level, (mode.token, mode.secret, catalog.token, monitoring.notify_url, monitoring.healthcheck_url))
    from ..workspaces import jobs, sync_all

    chosen = jobs(mode, pipeline, catalog)
    outcome = sync_all(chosen, load, export=export, uploads=uploads, monitoring=monitoring)
    show(outcome.summary, outcome.text, as_json)
    return outcome.exit_code
