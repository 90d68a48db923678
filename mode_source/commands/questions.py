"""The commands that ask the tables: `sql`, `lineage`, `report` and `status`."""

from __future__ import annotations

from pathlib import Path

import click

from ..options import ModeOptions, PipelineOptions
from .begin import begin, show
from .flags import common_flags, grouped, log_flag, pipeline_flags, which_flags


@click.command()
@click.argument("name", metavar="TABLE[.COLUMN]", required=False)
@click.option("--explain", metavar="QUERY_TOKEN", help="Show where a query's lineage comes from, place by place.")
@click.option("--csv", "as_csv", is_flag=True, help="Print the dependents as CSV.")
@pipeline_flags
@common_flags
def lineage(
    name: str | None, explain: str | None, as_csv: bool, pipeline: PipelineOptions, log_level: str, as_json: bool
) -> int:
    """Show the reports, charts and datasets that depend on a table, a column or a Mode dataset.

    TABLE is table, schema.table or database.schema.table. Reads the tables, not Mode.
    """
    begin(log_level)
    from ..ask.connection import pipeline_to_read, reading
    from ..ask.dependents import dependents
    from ..ask.output import write_answer

    if (name is None) == (explain is None):
        raise click.UsageError("Give either TABLE[.COLUMN] or --explain QUERY_TOKEN.")
    to_read = pipeline_to_read(pipeline)
    with reading(to_read, wait=pipeline.wait) as reader:
        if explain is not None:
            from ..ask.explain import explain as explained

            explanation = explained(reader, to_read, explain)
            show(explanation.summary(), "\n".join(explanation.lines()), as_json)
            return 0
        write_answer(dependents(reader, name or ""), "json" if as_json else "csv" if as_csv else "table")
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
@click.option("--max-age", metavar="DURATION", help="How long the last complete run may be ago, e.g. '26 hours'.")
@grouped("mode", ModeOptions, *which_flags)
@pipeline_flags
@common_flags
def status(max_age: str | None, mode: ModeOptions, pipeline: PipelineOptions, log_level: str, as_json: bool) -> int:
    """Show the last run, its age, gaps, sizes and lease, without touching Mode.

    For monitors: the exit code is 0 if all is well, 3 if the last run left gaps or was cut short, 1 if it failed, if
    there was none, or if the last complete one is too old.
    """
    begin(log_level)
    from ..status import statuses
    from ..workspaces import jobs, worst

    found = statuses({job.name: job.pipeline for job in jobs(mode, pipeline)}, max_age)
    summaries = {name: status.summary() for name, status in found.items()}
    one = next(iter(summaries.values()))
    text = "\n\n".join("\n".join(status.lines()) for status in found.values())
    show(one if len(found) == 1 else {"workspaces": summaries}, text, as_json)
    return worst(status.exit_code for status in found.values())


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
