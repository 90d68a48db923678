"""The commands that ask the tables: `sql`, `lineage` and `report`."""

from __future__ import annotations

from pathlib import Path

import click

from ..options import PipelineOptions
from .begin import begin, show
from .flags import common_flags, log_flag, pipeline_flags


@click.command()
@click.argument("name", metavar="TABLE[.COLUMN]")
@click.option("--csv", "as_csv", is_flag=True, help="Print the dependents as CSV.")
@pipeline_flags
@common_flags
def lineage(name: str, as_csv: bool, pipeline: PipelineOptions, log_level: str, as_json: bool) -> int:
    """Show the reports, charts and datasets that depend on a table, a column or a Mode dataset.

    TABLE is table, schema.table or database.schema.table. Reads the tables, not Mode.
    """
    begin(log_level)
    from ..ask.connection import pipeline_to_read, reading
    from ..ask.dependents import dependents
    from ..ask.output import write_answer

    with reading(pipeline_to_read(pipeline), wait=pipeline.wait) as reader:
        write_answer(dependents(reader, name), "json" if as_json else "csv" if as_csv else "table")
    return 0


@click.command()
@click.argument("statement", required=False)
@click.option("--format", "form", type=click.Choice(["table", "csv", "json"]), default="table", help="Default table.")
@pipeline_flags
@log_flag
def sql(statement: str | None, form: str, pipeline: PipelineOptions, log_level: str) -> int:
    """Run SQL on the tables and views, read-only; without STATEMENT, from standard input or at a prompt."""
    begin(log_level)
    from ..ask.connection import pipeline_to_read
    from ..ask.prompt import run_sql

    run_sql(pipeline_to_read(pipeline), statement, form, wait=pipeline.wait)
    return 0


@click.command()
@click.option("-o", "--output", metavar="FILE", default="mode.html", help="The page to write; default mode.html.")
@pipeline_flags
@common_flags
def report(output: str, pipeline: PipelineOptions, log_level: str, as_json: bool) -> int:
    """Write the state of the workspace as one HTML page, without touching Mode."""
    begin(log_level)
    from ..page import report

    summary = report(pipeline, Path(output).expanduser())
    show(summary, f"{summary['file']} ({summary['bytes']:,} bytes)", as_json)
    return 0


@click.command()
@pipeline_flags
@log_flag
def mcp(pipeline: PipelineOptions, log_level: str) -> int:
    """Serve the tables to assistants: a read-only Model Context Protocol server on standard input and output."""
    begin(log_level)
    from ..ask.connection import pipeline_to_read
    from ..ask.mcp_server import serve

    serve(pipeline_to_read(pipeline))
    return 0
