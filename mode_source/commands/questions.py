"""The commands that ask the tables: `sql`, `lineage`, `report` and `status`."""

from __future__ import annotations

from pathlib import Path

import click
import cloup

from .. import logs
from ..errors import IN_USE
from ..options import ModeOptions, PipelineOptions
from .begin import begin, show
from .flags import common_flags, grouped, log_flag, pipeline_flags, rows_flags, which_flags
from .help import Command


@cloup.command(cls=Command)
@click.argument("names", metavar="TABLE[.COLUMN]...", nargs=-1)
@cloup.option_group(
    "What to find out",
    click.option("--fail-if-used", is_flag=True, help="Exit with 7 if something live depends on one of them."),
    click.option("--unused", is_flag=True, help="List the tables of the column catalog that no live report reads."),
    click.option("--explain", metavar="QUERY_TOKEN", help="Show where a query's lineage comes from, place by place."),
)
@click.option("--csv", "as_csv", is_flag=True, hidden=True)  # what --format csv was before
@pipeline_flags
@rows_flags
def lineage(
    names: tuple[str, ...],
    fail_if_used: bool,
    unused: bool,
    explain: str | None,
    form: str,
    as_csv: bool,
    pipeline: PipelineOptions,
    log_level: str,
) -> int:
    """Show the reports, charts and datasets that depend on a table, a column or a Mode dataset.

    TABLE is table, schema.table or database.schema.table, in capitals or not; in front of it may stand its platform
    (snowflake:schema.table). Reads the tables, not Mode.
    """
    begin(log_level)
    if [bool(names), unused, explain is not None].count(True) != 1:
        raise click.UsageError("Give either TABLE[.COLUMN], --unused or --explain QUERY_TOKEN.")
    from ..ask.connection import pipeline_to_read, reading

    target = pipeline_to_read(pipeline)
    form = "csv" if as_csv else form
    if unused:
        from ..ask.output import write
        from ..ask.unused import catalog_of, unused_tables

        catalog = catalog_of(target)
        with reading(target, wait=pipeline.wait) as reader:
            write(unused_tables(reader, catalog), form, null="")
        return 0
    if explain is not None:
        from ..ask.explain import explain as explained
        from ..ask.text import shown

        with reading(target, wait=pipeline.wait) as reader:
            explanation = explained(reader, target, explain)
        show(explanation.summary(), "\n".join(map(shown, explanation.lines())), form == "json")
        return 0
    from ..ask.answer import write_answers
    from ..ask.dependents import dependents, known_names
    from ..ask.text import shown

    with reading(target, wait=pipeline.wait) as reader:
        known = known_names(reader)
        answers = [dependents(reader, name, known) for name in names]
    write_answers(answers, form)
    unknown = [answer for answer in answers if not answer.found]
    for answer in unknown:
        click.echo(logs.redacted(f"error: {shown(answer.not_found())}"), err=True)
    used = [answer.asked for answer in answers if answer.live]
    if fail_if_used:  # a table that nothing reads may be unknown: that is what is hoped for
        if used:
            click.echo(f"In use: {shown(', '.join(used))}.", err=True)
        return IN_USE if used else 0
    return 1 if unknown else 0


@cloup.command(cls=Command)
@click.argument("statement", required=False)
@pipeline_flags
@rows_flags
def sql(statement: str | None, form: str, pipeline: PipelineOptions, log_level: str) -> int:
    """Run SQL on the tables and views, read-only; without STATEMENT, from standard input or at a prompt."""
    begin(log_level)
    from ..ask.connection import pipeline_to_read
    from ..ask.prompt import run_sql

    run_sql(pipeline_to_read(pipeline), statement, form, wait=pipeline.wait)
    return 0


@cloup.command(cls=Command)
@cloup.option_group(
    "Page",
    click.option("-o", "--output", metavar="FILE", default="mode.html", help="The page to write; default mode.html."),
)
@pipeline_flags
@common_flags
def report(output: str, pipeline: PipelineOptions, log_level: str, as_json: bool) -> int:
    """Write the state of the workspace as one HTML page, without touching Mode."""
    begin(log_level)
    from ..page import report

    summary = report(pipeline, Path(output).expanduser())
    show(summary, f"{summary['file']} ({summary['bytes']:,} bytes)", as_json)
    return 0


@cloup.command(cls=Command)
@cloup.option_group(
    "Age",
    click.option("--max-age", metavar="DURATION", help="How long the last complete run may be ago, e.g. '26 hours'."),
)
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


@cloup.command(cls=Command)
@pipeline_flags
@cloup.option_group("Output", log_flag)
def mcp(pipeline: PipelineOptions, log_level: str) -> int:
    """Serve the tables to assistants: a read-only Model Context Protocol server on standard input and output."""
    begin(log_level)
    from ..ask.connection import pipeline_to_read
    from ..ask.mcp_server import serve

    serve(pipeline_to_read(pipeline))
    return 0
