"""The commands that serve catalogs from the tables: `export`, and `upload` to Coalesce Catalog."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from ..errors import UsageError
from ..options import CatalogOptions, ExportOptions, PipelineOptions
from .begin import begin, show
from .flags import common_flags, env, export_flags, grouped, output_flags, pipeline_flags
from .help import Command


@cloup.command(cls=Command)
@grouped("catalog", CatalogOptions, *output_flags)
@export_flags
@pipeline_flags
@common_flags
def export(
    catalog: CatalogOptions, export: ExportOptions, pipeline: PipelineOptions, log_level: str, as_json: bool
) -> int:
    """Write files for a catalog from the tables, without touching Mode: for Coalesce Catalog, or for others."""
    begin(log_level)
    from ..job import export_only

    outcome = export_only(pipeline, catalog, export)
    show(outcome.summary, outcome.text, as_json)
    return outcome.exit_code


@cloup.command(cls=Command)
@grouped(
    "catalog",
    CatalogOptions,
    click.option("-k", "--token", help="Catalog's API token." + env("CATALOG__TOKEN", "CASTOR_UPLOADER_TOKEN")),
    click.option(
        "-s",
        "--source-id",
        "--source_id",
        help="UUID that Catalog gave for this source." + env("CATALOG__SOURCE_ID", "CASTOR_UPLOADER_SOURCE_ID"),
    ),
    click.option(
        "-t",
        "--file-type",
        "--file_type",
        help="VIZ (default), WAREHOUSE, QUALITY or DBT." + env("CATALOG__FILE_TYPE", "CASTOR_UPLOADER_FILE_TYPE"),
    ),
    click.option("-z", "--zone", help="EU (default) or US." + env("CATALOG__ZONE", "CASTOR_UPLOADER_ZONE")),
    click.option(
        "--ingest-url", metavar="URL", help="Override the zone's ingest endpoint." + env("CATALOG__INGEST_URL")
    ),
)
@click.option(
    "-f",
    "--file-path",
    "--file_path",
    metavar="FILE",
    help="Upload this file." + env("CATALOG__FILE_PATH", "CASTOR_UPLOADER_FILE_PATH"),
)
@click.option(
    "-d",
    "--directory-path",
    "--directory_path",
    metavar="DIR",
    help="Upload the newest complete set in DIR." + env("CATALOG__DIRECTORY_PATH", "CASTOR_UPLOADER_DIRECTORY_PATH"),
)
@click.option("--all", "all_sets", is_flag=True, help="With -d: every complete set, oldest first.")
@click.option("--dry-run", is_flag=True, help="Check the files and list them without sending.")
@common_flags
def upload(
    catalog: CatalogOptions,
    file_path: str | None,
    directory_path: str | None,
    all_sets: bool,
    dry_run: bool,
    log_level: str,
    as_json: bool,
) -> int:
    """Upload the newest complete set of Catalog files, or one file."""
    begin(log_level, (catalog.token,))
    from ..catalogs.coalesce.upload import check, upload
    from ..job import catalog_settings, target_of

    if file_path and directory_path:
        raise UsageError("Give either -f or -d, not both.")
    settings = catalog_settings(catalog)
    target = target_of(settings)
    if not (file_path or directory_path):
        file_path, directory_path = settings.file_path, settings.directory_path
    sets = _sets(file_path, directory_path, all_sets)
    for paths in sets:
        check(paths, whole_set=not file_path)
    if dry_run:
        files = [
            {"name": path.name, "bytes": path.stat().st_size, "url": target.url(path)}
            for paths in sets
            for path in paths
        ]
        text = "\n".join(f"would upload {file['name']} ({file['bytes']} bytes) to {file['url']}" for file in files)
        show({"dry_run": True, "files": files}, text, as_json)
        return 0
    sent = [file for paths in sets for file in upload(paths, target, receipt=not file_path)]
    show({"uploaded": sent}, f"Uploaded {len(sent)} files.", as_json)
    return 0


def _sets(file_path: str | None, directory_path: str | None, all_sets: bool) -> list[list[Path]]:
    """What to send: one file, or sets with their summary last."""
    from ..catalogs.coalesce.sets import whole_sets

    if file_path:
        return [[Path(file_path).expanduser()]]
    if not directory_path:
        raise UsageError("Nothing to upload: give a file with -f or a directory with -d.")
    sets = whole_sets(Path(directory_path).expanduser())
    return sets[::-1] if all_sets else sets[:1]
