"""The command line: puts the commands together, and turns whatever ends them into an exit code.

dlt is imported inside the commands: it takes half a second, which `--help` and a mistyped option need not wait for.
"""

from __future__ import annotations

import logging
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
from .commands.questions import lineage, mcp, report, sql
from .errors import ModeSourceError, StatementError


@cloup.group(context_settings=settings(), epilog="mode-source COMMAND --help shows options, examples and exit codes.")
@cloup.version_option(__version__, "-V", "--version", prog_name="mode-source")
def cli() -> None:
    """Metadata of a Mode Analytics workspace: into tables, and on to Coalesce Catalog."""


# In the order of use.
for title, commands in {
    "Try it without Mode": (demo, sandbox),
    "Load": (check, load),
    "Ask": (sql, lineage, report, mcp),
    "Hand on to Coalesce Catalog": (sync, extract, export, upload),
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
        return _fail(f"{error.format_message()} See `{path.command_path if path else 'mode-source'} --help`.", 2)
    except (KeyboardInterrupt, click.Abort) as error:
        return _interrupted(error)
    except Exception as error:
        logging.getLogger("mode_source").debug("Traceback", exc_info=True)
        if isinstance(error, ModeSourceError):
            return _fail(str(error), error.exit_code, lines=isinstance(error, StatementError))
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


def _fail(message: str, code: int, *, lines: bool = False) -> int:
    """One line on standard error; several only where a caret points into the line above it."""
    if lines:
        from .ask.text import shown
    text = "\n".join(shown(line) for line in message.splitlines()) if lines else " ".join(message.split())
    click.echo(logs.redacted(f"error: {text}"), err=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
