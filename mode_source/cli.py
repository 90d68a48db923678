"""The command line: puts the commands together, and turns whatever ends them into an exit code.

dlt is imported inside the commands: it takes half a second, which `--help` and a mistyped option need not wait for.
"""

from __future__ import annotations

import logging
import sys
from collections.abc import Sequence

import click

from . import files, logs, signals
from ._version import __version__
from .commands.begin import show_any_character
from .commands.catalog import export, upload
from .commands.jobs import check, demo, extract, load, sandbox, sync
from .commands.questions import lineage, mcp, report, sql, status
from .commands.setup import completion, init
from .errors import ModeSourceError


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="mode-source")
def cli() -> None:
    """Metadata of a Mode Analytics workspace: into tables, and on to Coalesce Catalog."""


COMMANDS = (
    *(init, check, load, export, upload, extract, sync, status),
    *(lineage, sql, report, mcp, demo, sandbox, completion),
)

for command in COMMANDS:
    cli.add_command(command)


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
        return _fail(f"{error.format_message()} See `mode-source {' '.join(arguments[:1])} --help`.", 2)
    except (KeyboardInterrupt, click.Abort) as error:
        return _interrupted(error)
    except Exception as error:
        logging.getLogger("mode_source").debug("Traceback", exc_info=True)
        if isinstance(error, ModeSourceError):
            return _fail(str(error), error.exit_code)
        try:
            from .destination.failures import explained

            known = explained(error)
        except KeyboardInterrupt:
            return _interrupted(error)
        return _fail(str(known), known.exit_code)


def _interrupted(error: BaseException) -> int:
    code = signals.exit_code(error) or signals.INTERRUPTED
    return _fail(
        f"{'Terminated' if code == signals.TERMINATED else 'Interrupted'}: the next run goes on from here.", code
    )


def _fail(message: str, code: int) -> int:
    click.echo(logs.error_line(" ".join(message.split())), err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
