"""The job behind `load`, `extract` and `sync`: load, export, upload, under one lock, from settings to summary."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.resolve import resolve_configuration
from dlt.extract import DltSource

from . import logs
from .catalogs.coalesce.export import export, stored_base_url
from .catalogs.coalesce.upload import Target, check, upload
from .destination.pipeline import make_pipeline
from .entities import ENTITIES
from .errors import UsageError
from .load import connect, exclusive, run
from .models import create_views
from .progress import shown
from .runlog import RunLog
from .settings import CatalogSettings, register
from .source import mode_source
from .summary import loaded_table

logger = logging.getLogger(__name__)

NO_OUTPUT = (
    "Setting `output_directory` is missing: give it as -o DIR, `output_directory` under [catalog] of"
    " .dlt/config.toml, environment variable CATALOG__OUTPUT_DIRECTORY or CASTOR_OUTPUT_DIRECTORY."
)


def run_job(options: dict[str, Any], *, exports: bool = False, uploads: bool = False) -> tuple[dict[str, Any], str]:
    """Runs the job.

    Args:
        options: of the command line, by parameter name; None where not given.
        exports: write the Catalog files after loading.
        uploads: send them, if Catalog's token and source id are configured.

    Returns:
        The summary, and the same for people.

    Raises:
        ModeSourceError: what failed.
    """
    from .lineage_tables.step import LineageStep  # a quarter of a second, which `export` and `sql` need not wait

    # Whatever is missing or wrong is said before the first request.
    catalog = catalog_settings(
        output_directory=options.get("output"),
        keep=options.get("keep"),
        zone=options.get("zone"),
        ingest_url=options.get("ingest_url"),
        source_id=options.get("source_id"),
        token=options.get("catalog_token"),
    )
    if exports and not catalog.output_directory:
        raise UsageError(NO_OUTPUT)
    target = target_of(catalog) if uploads and catalog.token and catalog.source_id else None
    names = ("host", "workspace", "token", "secret", "since")
    log, source = make_source({name: options[name] for name in names}, full_refresh=options["full_refresh"])
    if options["resources"]:
        source = select(source, options["resources"])
    pipeline = pipeline_of(options)
    wait = options["wait"]
    with exclusive(pipeline, wait=wait), shown(log, options["progress"]):
        lineage = LineageStep(pipeline, full_refresh=options["full_refresh"])
        lineage.check()
        run(pipeline, source, log)
        summary = log.summary()
        text = loaded_table(log)
        log.stage = "lineage"
        lineage.run()
        summary["lineage"] = lineage.summary()
        text += "\n" + lineage.line()
        create_views(pipeline)
        if exports:
            log.stage = "exporting"
            files = export(
                pipeline, Path(catalog.output_directory or ""), stored_base_url(pipeline), keep=catalog.keep, wait=wait
            )
            summary["files"] = [str(path) for path in files]
            text += "\n" + "\n".join(summary["files"])
            if target:
                log.stage = "uploading"
                check(files, whole_set=True)
                summary["uploaded"] = upload(files, target)
                text += f"\nUploaded {len(files)} files."
            elif uploads:
                logger.info("Not uploaded: Catalog's `token` and `source_id` are not both configured.")
    for gap in log.gaps:
        logger.warning("%s", gap)
    if log.gaps:
        text += f"\n{len(log.gaps)} gaps: last known rows were kept, the next run tries again."
    return summary, text


def export_only(options: dict[str, Any], catalog: CatalogSettings) -> list[str]:
    """Exports what the tables hold.

    Raises:
        ModeSourceError: nothing was loaded yet, or the export failed.
    """
    if not catalog.output_directory:
        raise UsageError(NO_OUTPUT)
    pipeline = pipeline_of(options)
    with exclusive(pipeline, wait=options["wait"]):
        connect(pipeline)
        directory = Path(catalog.output_directory)
        files = export(pipeline, directory, stored_base_url(pipeline), keep=catalog.keep, wait=options["wait"])
    return [str(path) for path in files]


def make_source(mode: dict[str, Any], **arguments: Any) -> tuple[RunLog, Any]:
    """The source with the given settings, everything else from dlt's configuration; and its log."""
    log = RunLog()
    source = mode_source(log=log, **{name: value for name, value in mode.items() if value is not None}, **arguments)
    logs.adopt_dlt()
    return log, source


def select(source: DltSource, names: str) -> DltSource:
    """The source with only some resources.

    Args:
        source: a `mode_source`.
        names: of the resources, comma-separated.

    Raises:
        UsageError: one of them does not exist, or needs a setting that is missing.
    """
    wanted = [name.strip() for name in names.split(",") if name.strip()]
    unknown = [name for name in wanted if name not in ENTITIES]
    if unknown or not wanted:
        raise UsageError(f"There is no table {', '.join(unknown) or names!r}: choose from {', '.join(ENTITIES)}.")
    if not source.resources.keys() >= set(wanted):
        raise UsageError("Setting `discovery_token` of [sources.mode] is missing: report_stats comes from Discovery.")
    return source.with_resources(*wanted)


def pipeline_of(options: dict[str, Any]) -> dlt.Pipeline:
    """The pipeline that the options, or else dlt's configuration, name."""
    pipeline = make_pipeline(options["destination"], options["dataset_name"], options["pipelines_dir"])
    logs.adopt_dlt()
    return pipeline


def catalog_settings(**given: Any) -> CatalogSettings:
    """Section `[catalog]`, with what is given in its place."""
    register()
    explicit = {name: value for name, value in given.items() if value is not None}
    settings = resolve_configuration(CatalogSettings(), sections=("catalog",), explicit_value=explicit)
    logs.hide([settings.token])
    return settings


def target_of(catalog: CatalogSettings) -> Target:
    """Where to upload to.

    Raises:
        UsageError: a setting is missing or makes no sense.
    """
    for name, flag in (("token", "-k"), ("source_id", "-s")):
        if not getattr(catalog, name):
            raise UsageError(
                f"Setting `{name}` of [catalog] is missing: give it as {flag} of upload, `{name}` under [catalog] of"
                f" .dlt/secrets.toml, environment variable CATALOG__{name.upper()} or CASTOR_UPLOADER_{name.upper()}."
            )
    return Target(
        token=catalog.token or "",
        source_id=catalog.source_id or "",
        zone=catalog.zone,
        file_type=catalog.file_type,
        ingest_url=catalog.ingest_url,
        timeout=catalog.timeout,
        retries=catalog.retries,
    )
