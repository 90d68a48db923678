"""The whole job, in order: load, lineage, views, export, upload. The only place that knows the order.

The commands, the demo and `pipelines/mode_to_catalog.py` all call `sync`.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.resolve import resolve_configuration
from dlt.extract import DltSource

from . import logs
from .catalogs.coalesce.upload import Target, check, upload
from .destination.failures import explained
from .destination.pipeline import make_pipeline
from .entities import ENTITIES
from .errors import GAPS, UsageError
from .exports import CATALOG, Exported, Planned, plan
from .load import connect, exclusive, run
from .models import create_views
from .options import CatalogOptions, ExportOptions, LoadOptions, PipelineOptions
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


@dataclass(frozen=True)
class Outcome:
    """What a run did.

    Attributes:
        summary: as one JSON object.
        text: the same for people.
        exit_code: 0, or 3 where last known rows were kept.
    """

    summary: dict[str, Any]
    text: str
    exit_code: int


def sync(
    pipeline: dlt.Pipeline | None = None,
    *,
    catalog: CatalogOptions | None = None,
    load: LoadOptions | None = None,
    export: ExportOptions | None = None,
    exports: bool = True,
    uploads: bool = True,
    wait: bool = False,
    **source: Any,
) -> Outcome:
    """Loads what changed in Mode, brings lineage and views up to date, exports, and uploads Catalog's files.

    Args:
        pipeline: see `mode_source.load.make_pipeline`; by default the one that dlt's configuration names.
        catalog: where the Catalog files go; what is not given is taken from section `[catalog]`.
        load: how much to load, and how progress shows.
        export: what to export to; what is not given is taken from section `[export]`.
        exports: write the files.
        uploads: send those for Catalog, if Catalog's token and source id are configured.
        wait: wait for another run to end instead of failing.
        source: arguments of `mode_source`.

    Raises:
        ModeSourceError: what failed, in one sentence; its `exit_code` is that of the command.
    """
    try:
        return _sync(
            pipeline, catalog, load or LoadOptions(), export or ExportOptions(), exports, uploads, wait, source
        )
    except Exception as error:
        raise explained(error) from error


def _sync(
    pipeline: dlt.Pipeline | None,
    catalog: CatalogOptions | None,
    load: LoadOptions,
    export: ExportOptions,
    exports: bool,
    uploads: bool,
    wait: bool,
    arguments: dict[str, Any],
) -> Outcome:
    from .lineage_tables.step import LineageStep  # a quarter of a second, which `export` and `sql` need not wait for

    # Whatever is missing or wrong is said before the first request.
    settings = catalog_settings(catalog)
    if exports and not settings.output_directory:
        raise UsageError(NO_OUTPUT)
    planned = _planned(settings, export) if exports else []
    target = target_of(settings) if uploads and settings.token and settings.source_id else None
    log = RunLog()
    if load.since is not None:
        arguments["since"] = load.since
    source = mode_source(log=log, full_refresh=load.full_refresh, accept_removals=load.accept_removals, **arguments)
    if load.resources:
        source = select(source, load.resources)
    pipeline = pipeline or pipeline_of(PipelineOptions())
    logs.adopt_dlt()
    with exclusive(pipeline, wait=wait), shown(log, load.progress):
        lineage = LineageStep(pipeline, full_refresh=load.full_refresh)
        lineage.check()
        run(pipeline, source, log)
        summary = log.summary()
        texts = [loaded_table(log)]
        log.stage = "lineage"
        lineage.run()
        summary["lineage"] = lineage.summary()
        texts.append(lineage.line())
        create_views(pipeline)
        if exports:
            log.stage = "exporting"
            done = [export.write(pipeline, wait=wait) for export in planned]
            said, lines = _said(done)
            summary |= said
            texts += lines
            for_catalog = [export.files for export in done if export.format == CATALOG]
            if target and for_catalog:
                (files,) = for_catalog
                log.stage = "uploading"
                check(files, whole_set=True)
                summary["uploaded"] = upload(files, target)
                texts.append(f"Uploaded {len(files)} files.")
            elif uploads and for_catalog:
                logger.info("Not uploaded: Catalog's `token` and `source_id` are not both configured.")
    for sentence in log.removals():
        logger.info("%s", sentence)
    for gap in log.gaps:
        logger.warning("%s", gap)
    if log.gaps:
        texts.append(f"{len(log.gaps)} gaps: last known rows were kept, the next run tries again.")
    return Outcome(summary, "\n".join(texts), GAPS if log.gaps else 0)


def export_only(pipeline: PipelineOptions, catalog: CatalogOptions, export: ExportOptions) -> Outcome:
    """Exports what the tables hold.

    Raises:
        ModeSourceError: nothing was loaded yet, or the export failed.
    """
    settings = catalog_settings(catalog)
    if not settings.output_directory:
        raise UsageError(NO_OUTPUT)
    planned = _planned(settings, export)
    target = pipeline_of(pipeline, read_only=True)
    with exclusive(target, wait=pipeline.wait):
        connect(target)
        done = [export.write(target, wait=pipeline.wait) for export in planned]
    summary, lines = _said(done)
    return Outcome(summary, "\n".join(lines), 0)


def select(source: DltSource, names: Sequence[str]) -> DltSource:
    """The source with only some resources.

    Args:
        source: a `mode_source`.
        names: of the resources.

    Raises:
        UsageError: one of them does not exist, or needs a setting that is missing.
    """
    unknown = [name for name in names if name not in ENTITIES]
    if unknown:
        raise UsageError(f"There is no table {', '.join(unknown)}: choose from {', '.join(ENTITIES)}.")
    if not source.resources.keys() >= set(names):
        raise UsageError("Setting `discovery_token` of [sources.mode] is missing: report_stats comes from Discovery.")
    return source.with_resources(*names)


def pipeline_of(options: PipelineOptions, *, read_only: bool = False) -> dlt.Pipeline:
    """The pipeline that the options, or else dlt's configuration, name; see `make_pipeline`."""
    pipeline = make_pipeline(
        options.destination, options.dataset_name, options.pipelines_dir, read_only=read_only
    )
    logs.adopt_dlt()
    return pipeline


def catalog_settings(given: CatalogOptions | None = None) -> CatalogSettings:
    """Section `[catalog]`, with what is given in its place."""
    register()
    explicit = given.given() if given else {}
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


def _planned(settings: CatalogSettings, export: ExportOptions) -> list[Planned]:
    return plan(Path(settings.output_directory or ""), export, keep=settings.keep)


def _said(done: list[Exported]) -> tuple[dict[str, Any], list[str]]:
    """What the exports did: for the summary, and in lines. Catalog's files by name, the others' counts."""
    summary: dict[str, Any] = {}
    lines: list[str] = []
    for exported in done:
        if exported.format == CATALOG:
            summary["files"] = [str(path) for path in exported.files]
            lines += summary["files"]
        else:
            counts = {"directory": str(exported.directory), **exported.counts}
            summary.setdefault("exports", {})[exported.format] = counts
            lines.append(exported.line())
    return summary, lines
