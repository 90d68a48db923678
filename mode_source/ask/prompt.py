"""`mode-source sql`: statements on the dataset, from the command line, from standard input, or at a prompt."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import dlt

from ..errors import ModeSourceError, UsageError
from .connection import Reader, reading
from .dot_commands import HELP, MODES, answered
from .output import write
from .statements import split, whole
from .text import shown

if TYPE_CHECKING:
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import History

    from .completion import Names

HISTORY = Path("~/.mode_source_history")


def run_sql(pipeline: dlt.Pipeline, statements: str | None, form: str, *, wait: bool = False) -> None:
    """Runs statements and writes their results.

    Args:
        pipeline: whose dataset to ask.
        statements: separated by semicolons; None reads standard input, or prompts if that is a terminal.
        form: table, csv or json.
        wait: for a program that writes to the database.

    Raises:
        ModeSourceError: see `reading`; or a statement failed, and those after it were not run.
    """
    if statements is None and sys.stdin.isatty():
        from .completion import names_of

        with reading(pipeline, wait=wait) as reader:
            names = names_of(reader)
            print(f"Dataset {reader.schema}, read-only; .help says what works here.")  # noqa: T201
        _prompt(pipeline, names, form, wait)
        return
    lines = sys.stdin if statements is None else statements.splitlines()
    with reading(pipeline, wait=wait) as reader:
        for statement in whole(lines):
            form = _run(reader, statement, form)
    sys.stdout.flush()


def _run(reader: Reader | None, statement: str, form: str) -> str:
    """Runs a statement or a command; returns how the next one's answer is to be shown."""
    command, _, argument = statement.partition(" ")
    if command == ".help":
        print(HELP)  # noqa: T201
    elif command == ".mode":
        if argument.strip() not in MODES:
            raise UsageError(f".mode {argument.strip()!r}: choose from {', '.join(MODES)}.")
        return argument.strip()
    elif reader:
        null = "" if statement.startswith(".") else "null"
        blocks = form == "record" and not statement.startswith(".")
        write(answered(reader, statement), "table" if form == "record" else form, null=null, blocks=blocks)
    return form


def _prompt(pipeline: dlt.Pipeline, names: Names, form: str, wait: bool) -> None:
    """Asks until Ctrl-D. The database is open only while a statement runs, so a load never waits for a prompt."""
    for statement in _typed(_session(names)):
        if statement in (".quit", ".exit"):
            return
        try:
            if statement.startswith((".help", ".mode")):
                form = _run(None, statement, form)
                continue
            with reading(pipeline, wait=wait) as reader:
                form = _run(reader, statement, form)
        except ModeSourceError as error:
            lines = "\n".join(shown(line) for line in str(error).splitlines())
            print(f"error: {lines}", file=sys.stderr)  # noqa: T201
        except KeyboardInterrupt:
            print("Interrupted.", file=sys.stderr)  # noqa: T201


def _typed(session: PromptSession[str]) -> Iterator[str]:
    """Whole statements, as they are typed; Ctrl-C drops an unfinished one."""
    text = ""
    while True:
        try:
            line = session.prompt("  ...> " if text else "mode> ")
        except EOFError:
            return
        except KeyboardInterrupt:
            text = ""
            continue
        if not text and line.startswith("."):
            yield line.strip().rstrip(";")
            continue
        done, text = split(f"{text}{line}\n")
        yield from done


def _session(names: Names) -> PromptSession[str]:
    """The line editor: Enter runs a whole statement, and else begins the next line of it."""
    from prompt_toolkit import PromptSession
    from prompt_toolkit.auto_suggest import AutoSuggestFromHistory
    from prompt_toolkit.filters import Condition, has_completions, is_searching
    from prompt_toolkit.key_binding import KeyBindings, KeyPressEvent
    from prompt_toolkit.lexers import PygmentsLexer
    from prompt_toolkit.output.color_depth import ColorDepth
    from pygments.lexers.sql import SqlLexer

    dumb = os.environ.get("TERM", "dumb") in ("dumb", "unknown")  # one line at a time there
    keys = KeyBindings()
    session: PromptSession[str] = PromptSession(
        history=_history(),
        lexer=PygmentsLexer(SqlLexer),
        completer=names,
        complete_while_typing=False,
        auto_suggest=AutoSuggestFromHistory(),
        multiline=not dumb,
        prompt_continuation="  ...> ",
        key_bindings=keys,
        color_depth=ColorDepth.DEPTH_1_BIT if os.environ.get("NO_COLOR") else None,
    )

    @Condition
    def complete() -> bool:
        text = session.default_buffer.text
        return not text.strip() or text.startswith(".") or not split(f"{text}\n")[1]

    @keys.add("enter", filter=complete & ~is_searching & ~has_completions)
    def _(event: KeyPressEvent) -> None:
        event.current_buffer.validate_and_handle()

    return session


def _history() -> History:
    """What was typed before, if there is a home to keep it in; nobody else can read it."""
    from prompt_toolkit.history import FileHistory, InMemoryHistory

    path = HISTORY.expanduser()
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600))
    except OSError:
        return InMemoryHistory()
    return FileHistory(str(path))
