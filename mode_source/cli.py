"""The command line: puts the commands together, and turns whatever ends them into an exit code.

dlt is imported inside the commands: it takes half a second, which `--help` and a mistyped option need not wait for.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

import click
import cloup

from . import files, logs, signals
from ._version import __version__
from .commands.begin import show_any_character
from .commands.catalog import export, upload
from .commands.help import settings
from .commands.jobs import check, demo, extract, load, sandbox, sync
from .commands.questions import lineage, mcp, report, sql, status
from .commands.setup import completion, init
from .ending import ended


@cloup.group(context_settings=settings(), epilog="mode-source COMMAND --help shows options, examples and exit codes.")
@cloup.version_option(__version__, "-V", "--version", prog_name="mode-source")
def cli() -> None:
    """Metadata of a Mode Analytics workspace: into tables, and on to Coalesce Catalog."""


# In the order of use.
for title, commands in {
    "Try it without Mode": (demo, sandbox),
    "Load": (init, check, load, status),
    "Ask": (sql, lineage, report, mcp),
    "Hand on to Coalesce Catalog and others": (sync, extract, export, upload),
    "Shell": (completion,),
}.items():
    cli.section(title, *commands)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code (see `errors`). Tracebacks show at log level DEBUG only.

    Meanwhile SIGTERM raises as Ctrl-C does, files that are made are private, and no character stops the output.
    """
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    show_any_character()
    with signals.raised(), files.made():
        return _main(arguments)


def _main(arguments: list[str]) -> int:
    try:
        return int(cli.main(args=arguments, prog_name="mode-source", standalone_mode=False) or 0)
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.ctx.get_help() if error.ctx else "", err=True)
        return 2
    except click.ClickException as error:
        path = getattr(error, "ctx", None)
        told = f"{error.format_message()} See `{path.command_path if path else 'mode-source'} --help`."
        return _fail(" ".join(told.split()), 2)
    except click.Abort as error:  # click's word for Ctrl-C, or for a question without an answer
        return _fail(*(ended(error) if signals.exit_code(error) else ("Interrupted.", signals.INTERRUPTED)))
    except (Exception, KeyboardInterrupt) as error:
        return _fail(*ended(error))


def _fail(message: str, code: int) -> int:
    click.echo(logs.error_line(message), err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
