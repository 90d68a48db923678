"""The whole job, in order: load, lineage, views, export, upload. The only place that knows the order.

The commands, the demo and `pipelines/mode_to_catalog.py` all call `sync`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import dlt
from dlt.common.configuration.resolve import resolve_configuration

from . import logs, signals
from .catalogs.coalesce.upload import Target, check, upload
from .destination.failures import explained, together
from .destination.pipeline import make_pipeline
from .errors import GAPS, TIME_LIMIT, UsageError
from .exports import CATALOG, Exported, Planned, plan
from .load import connect, exclusive, run
from .models import create_views
from .monitoring import Ended, Monitoring
from .options import CatalogOptions, ExportOptions, LoadOptions, MonitoringOptions, PipelineOptions
from .progress import shown
from .runlog import RunLog
from .settings import CatalogSettings, prepare
from .source import mode_source
from .summary import loaded_table
from .values import split_url

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
    monitoring: MonitoringOptions | None = None,
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
        monitoring: whom to tell how it ended; what is not given is taken from section `[monitoring]`.
        source: arguments of `mode_source`.

    Raises:
        ModeSourceError: what failed, in one sentence; its `exit_code` is that of the command.
    """
    monitor = Monitoring(monitoring)
    workspace = str(source.get("workspace") or dlt.config.get("sources.mode.workspace") or "")
    try:
        workspace = str(with_workspace(source).get("workspace") or workspace)
        outcome = _sync(
            pipeline, catalog, load or LoadOptions(), export or ExportOptions(), exports, uploads, wait, source
        )
    except Exception as error:
        known = explained(error)
        monitor.tell(Ended(workspace, known.exit_code, {}, str(known)))
        raise known from error
    except KeyboardInterrupt as error:
        monitor.tell(Ended(workspace, signals.exit_code(error) or signals.INTERRUPTED, {}))
        raise
    monitor.tell(Ended(workspace, outcome.exit_code, outcome.summary))
    return outcome


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
    wrong: list[UsageError] = []
    if exports and not settings.output_directory:
        wrong.append(UsageError(NO_OUTPUT))
    planned: list[Planned] = []
    with noted(wrong):
        planned = _planned(settings, export) if exports and not wrong else []
    target = target_of(settings) if uploads and settings.token and settings.source_id else None
    log = RunLog()
    if load.time_limit is not None:
        arguments["time_limit"] = load.time_limit
    if load.since is not None:
        arguments["since"] = load.since
    if load.resources:
        arguments["resources"] = list(load.resources)
    with noted(wrong):
        arguments = with_workspace(arguments)
        source = mode_source(log=log, full_refresh=load.full_refresh, accept_removals=load.accept_removals, **arguments)
    pipeline = pipeline or pipeline_of(PipelineOptions())
    logs.adopt_dlt()
    with noted(wrong):
        pipeline.destination_client()  # its settings are all there
    if wrong:
        raise together(wrong)
    with exclusive(pipeline, wait=wait), shown(log, load.progress):
        lineage = LineageStep(pipeline, full_refresh=load.full_refresh)
        lineage.check()
        ready = _early(pipeline, planned, target, wait) if exports else None
        run(pipeline, source, log, on_catalog=ready)
        summary = log.summary()
        texts = [loaded_table(log)]
        if not log.stopped:
            log.stage = "lineage"
            lineage.run()
            summary["lineage"] = lineage.summary()
            texts.append(lineage.line())
        create_views(pipeline)
        if exports and log.never_read_at_all():
            logger.warning("Not exported: %s reports have never been read.", f"{log.never_read_at_all():,}")
        elif exports:
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
        texts.append(f"{len(log.gaps)} gaps: kept the last known rows; the next run retries.")
    if log.stopped:
        texts.append(f"Time limit reached; {log.done:,} of {log.due:,} reports read. Run again to go on.")
    return Outcome(summary, "\n".join(texts), TIME_LIMIT if log.stopped else GAPS if log.gaps else 0)


def _early(pipeline: dlt.Pipeline, planned: list[Planned], target: Target | None, wait: bool) -> Callable[[], None]:
    """Exports and uploads in mid-run, when all that Catalog needs has been loaded."""

    def send() -> None:
        for export in planned:
            if export.format == CATALOG:
                files = export.write(pipeline, wait=wait).files
                if target:
                    check(files, whole_set=True)
                    upload(files, target)
                logger.info("Exported %s; the run goes on with what Catalog does not need.", files[-1])

    return send


@contextmanager
def noted(wrong: list[UsageError]) -> Iterator[None]:
    """Notes what is wrong with the settings instead of raising it, so that all of it can be said at once."""
    try:
        yield
    except Exception as error:
        known = explained(error)
        if not isinstance(known, UsageError):
            raise
        wrong.append(known)


def with_workspace(arguments: dict[str, Any]) -> dict[str, Any]:
    """Arguments of `mode_source`, with the workspace that a given host's URL names."""
    inside = split_url(str(arguments["host"]))[1] if arguments.get("host") else ""
    return {"workspace": inside, **arguments} if inside else arguments


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


def pipeline_of(options: PipelineOptions, *, read_only: bool = False) -> dlt.Pipeline:
    """The pipeline that the options, or else dlt's configuration, name; see `make_pipeline`."""
    pipeline = make_pipeline(options.destination, options.dataset_name, options.pipelines_dir, read_only=read_only)
    logs.adopt_dlt()
    return pipeline


def catalog_settings(given: CatalogOptions | None = None) -> CatalogSettings:
    """Section `[catalog]`, with what is given in its place."""
    prepare()
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
