"""The command line. Parses, calls, prints; what is done is done elsewhere.

dlt is imported inside the commands: it takes half a second, which `--help` and a mistyped option need not.
"""

from __future__ import annotations

import json
import logging
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from . import logs
from ._version import __version__
from .errors import ModeSourceError, UsageError
from .options import common_options, load_options, log_option, mode_options, output_options, pipeline_options

GAPS = 3


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mode-source")
def cli() -> None:
    """Metadata of a Mode Analytics workspace: into tables, and on to Coalesce Catalog."""


@cli.command()
@mode_options
@common_options
def check(log_level: str, as_json: bool, **mode: str | None) -> int:
    """Say whether the credentials work, what they can see and what a first load will cost."""
    _begin(log_level, mode)
    from dataclasses import asdict

    from .check import check as look
    from .job import make_source

    log, _ = make_source(mode)
    assert log.client is not None
    try:
        findings = look(log.client, log.collection_filter)
    finally:
        log.client.close()
    _print(asdict(findings), "\n".join(findings.lines()), as_json)
    return 0


@cli.command()
@mode_options
@load_options
@pipeline_options
@common_options
def load(as_json: bool, **options: Any) -> int:
    """Load Mode's metadata into tables; repeated, only what changed."""
    return _run(options, as_json)


@cli.command()
@output_options
@pipeline_options
@common_options
def export(output: str | None, keep: int | None, as_json: bool, **options: Any) -> int:
    """Write the six Catalog files from the tables, without touching Mode."""
    _begin(options["log_level"], {})
    from .job import catalog_settings, export_only

    files = export_only(options, catalog_settings(output_directory=output, keep=keep))
    _print({"files": files}, "\n".join(files), as_json)
    return 0


@cli.command()
@click.option("-k", "--token", help="Catalog's API token.  [env: CATALOG__TOKEN, CASTOR_UPLOADER_TOKEN]")
@click.option(
    "-s",
    "--source-id",
    "--source_id",
    help="UUID that Catalog gave for this source.  [env: CATALOG__SOURCE_ID, CASTOR_UPLOADER_SOURCE_ID]",
)
@click.option(
    "-t",
    "--file-type",
    "--file_type",
    help="VIZ (default), WAREHOUSE, QUALITY or DBT.  [env: CATALOG__FILE_TYPE, CASTOR_UPLOADER_FILE_TYPE]",
)
@click.option("-z", "--zone", help="EU (default) or US.  [env: CATALOG__ZONE, CASTOR_UPLOADER_ZONE]")
@click.option(
    "-f",
    "--file-path",
    "--file_path",
    metavar="FILE",
    help="Upload this file.  [env: CATALOG__FILE_PATH, CASTOR_UPLOADER_FILE_PATH]",
)
@click.option(
    "-d",
    "--directory-path",
    "--directory_path",
    metavar="DIR",
    help="Upload the newest whole set in there.  [env: CATALOG__DIRECTORY_PATH, CASTOR_UPLOADER_DIRECTORY_PATH]",
)
@click.option("--all", "all_sets", is_flag=True, help="With -d: every whole set, oldest first.")
@click.option("--ingest-url", metavar="URL", help="Another endpoint than the zone's.  [env: CATALOG__INGEST_URL]")
@click.option("--dry-run", is_flag=True, help="Check and show what would go, send nothing.")
@common_options
def upload(all_sets: bool, dry_run: bool, log_level: str, as_json: bool, **options: Any) -> int:
    """Upload Catalog files."""
    _begin(log_level, options)
    from .catalogs.coalesce.upload import check as check_files
    from .catalogs.coalesce.upload import upload as send
    from .catalogs.coalesce.upload import whole_sets
    from .job import catalog_settings, target_of

    given = {name: options.pop(name) for name in ("file_path", "directory_path")}
    if given["file_path"] and given["directory_path"]:
        raise UsageError("Give either -f or -d, not both.")
    catalog = catalog_settings(**options, **(given if not any(given.values()) else {}))
    target = target_of(catalog)
    given = given if any(given.values()) else {name: getattr(catalog, name) for name in given}
    if given["file_path"]:
        sets = [[Path(given["file_path"])]]
    elif given["directory_path"]:
        sets = whole_sets(Path(given["directory_path"]))
        sets = sets[::-1] if all_sets else sets[:1]
    else:
        raise UsageError("Nothing to upload: give a file with -f or a directory with -d.")
    for paths in sets:
        check_files(paths, whole_set=not given["file_path"])
    if dry_run:
        files = [
            {"name": path.name, "bytes": path.stat().st_size, "url": target.url(path)}
            for paths in sets
            for path in paths
        ]
        text = "\n".join(f"would upload {file['name']} ({file['bytes']} bytes) to {file['url']}" for file in files)
        _print({"dry_run": True, "files": files}, text, as_json)
        return 0
    sent = [file for paths in sets for file in send(paths, target, receipt=not given["file_path"])]
    _print({"uploaded": sent}, f"Uploaded {len(sent)} files.", as_json)
    return 0


@cli.command()
@mode_options
@output_options
@load_options
@pipeline_options
@common_options
def extract(as_json: bool, **options: Any) -> int:
    """Load, then write the Catalog files: takes the place of castor-extract-mode."""
    return _run(options, as_json, exports=True)


@cli.command()
@mode_options
@output_options
@click.option("--catalog-token", help="Catalog's API token.  [env: CATALOG__TOKEN, CASTOR_UPLOADER_TOKEN]")
@click.option("--source-id", help="UUID that Catalog gave.  [env: CATALOG__SOURCE_ID, CASTOR_UPLOADER_SOURCE_ID]")
@click.option("-z", "--zone", help="EU (default) or US.  [env: CATALOG__ZONE, CASTOR_UPLOADER_ZONE]")
@click.option("--ingest-url", metavar="URL", help="Another endpoint than the zone's.  [env: CATALOG__INGEST_URL]")
@load_options
@pipeline_options
@common_options
def sync(as_json: bool, **options: Any) -> int:
    """Load, export, and upload if Catalog's token and source id are configured: the scheduled job."""
    return _run(options, as_json, exports=True, uploads=True)


@cli.command()
@click.option("-o", "--output", metavar="DIR", default="demo", help="Where the demo keeps its files; default ./demo.")
@click.option("--reports", type=click.IntRange(min=1), default=200, help="Size of the simulated workspace.")
@common_options
def demo(output: str, reports: int, log_level: str, as_json: bool) -> int:
    """Run the whole job twice against the built-in sandbox, with changes in between."""
    _begin(log_level, {})
    from .demo import demo as show

    summary, text = show(Path(output), reports)
    _print(summary, text, as_json)
    return 0


@cli.command()
@click.option("--port", type=int, default=8123, help="Port on 127.0.0.1; default 8123.")
@click.option("--seed", type=int, default=7, help="Another seed, another workspace.")
@click.option("--reports", type=int, default=200, help="Reports.")
@click.option("--collections", type=int, default=12, help="Collections.")
@click.option("--ids", type=click.Choice(["number", "string"]), default="number", help="How ids are sent.")
@click.option("--latency", type=float, default=0.0, help="Seconds that each answer takes.")
@click.option("--rate-limit", type=float, help="Requests per second allowed; default no limit.")
@click.option("--burst", type=int, default=40, help="Requests allowed at once.")
@click.option("--change-every", type=float, help="Seconds between changes in the workspace; default none.")
def sandbox(**options: Any) -> int:
    """Serve a simulated Mode workspace and Catalog endpoint on loopback."""
    from mode_sandbox import serve

    serve(**options)
    return 0


@cli.command()
@click.argument("name", metavar="TABLE[.COLUMN]")
@click.option("--csv", "as_csv", is_flag=True, help="What depends on it as CSV.")
@pipeline_options
@common_options
def lineage(name: str, as_csv: bool, as_json: bool, **options: Any) -> int:
    """Say which reports, charts and datasets depend on a table, a column or a Mode dataset.

    TABLE is table, schema.table or database.schema.table. Reads the tables, not Mode.
    """
    _begin(options["log_level"], {})
    from .ask.connection import pipeline_to_read, reading
    from .ask.dependents import dependents
    from .ask.output import write_answer

    with reading(pipeline_to_read(options), wait=options["wait"]) as reader:
        write_answer(dependents(reader, name), "json" if as_json else "csv" if as_csv else "table")
    return 0


@cli.command()
@click.argument("statement", required=False)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="Default table.")
@pipeline_options
@log_option
def sql(statement: str | None, form: str, **options: Any) -> int:
    """Run SQL on the tables and views, read-only; without STATEMENT, from standard input or at a prompt."""
    _begin(options["log_level"], {})
    from .ask.connection import pipeline_to_read
    from .ask.prompt import run_sql

    run_sql(pipeline_to_read(options), statement, form, wait=options["wait"])
    return 0


@cli.command()
@click.option("-o", "--output", metavar="FILE", default="mode.html", help="The page to write; default mode.html.")
@pipeline_options
@common_options
def report(output: str, as_json: bool, **options: Any) -> int:
    """Write the state of the workspace as one HTML page, without touching Mode."""
    _begin(options["log_level"], {})
    from .page import report as write

    summary = write(options, Path(output))
    _print(summary, f"{summary['file']} ({summary['bytes']:,} bytes)", as_json)
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code (interface.md). No traceback but at log level DEBUG."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return int(cli.main(args=arguments, prog_name="mode-source", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        return _fail(f"{error.format_message()} See `mode-source {' '.join(arguments[:1])} --help`.", 2)
    except (KeyboardInterrupt, click.Abort):
        return _fail("Interrupted: the next run goes on from here.", 130)
    except Exception as error:
        logging.getLogger("mode_source").debug("Traceback", exc_info=True)
        if isinstance(error, ModeSourceError):
            return _fail(str(error), error.exit_code)
        from .destination.failures import explained

        known = explained(error)
        return _fail(str(known), known.exit_code)


def _fail(message: str, code: int) -> int:
    click.echo(logs.redacted(f"error: {' '.join(message.split())}"), err=True)
    return code


def _begin(log_level: str, secrets: dict[str, Any]) -> None:
    logs.set_up(log_level.upper())
    logs.hide([secrets.get("token"), secrets.get("secret"), secrets.get("catalog_token")])


def _run(options: dict[str, Any], as_json: bool, *, exports: bool = False, uploads: bool = False) -> int:
    _begin(options["log_level"], options)
    from .job import run_job

    summary, text = run_job(options, exports=exports, uploads=uploads)
    _print(summary, text, as_json)
    return GAPS if summary["gaps"] else 0


def _print(summary: dict[str, Any], text: str, as_json: bool) -> None:
    click.echo(logs.redacted(json.dumps(summary) if as_json else text))


if __name__ == "__main__":
    sys.exit(main())
