"""The command line at a terminal, as a person has it."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import struct
import sys
import termios
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def on_terminal(
    folder: Path, answers: list[tuple[str, str]], *arguments: str, size: tuple[int, int] = (24, 80), term: str = "dumb"
) -> tuple[int, str]:
    """Runs the command line at a terminal of its own; answers each question once it is there.

    Args:
        folder: its working directory.
        answers: parts of questions, and what is typed then.
        arguments: of the command line.
        size: lines and columns of the terminal.
        term: what kind it is.

    Returns:
        Exit code, and all that the terminal showed.
    """
    process, terminal = pty.fork()
    if process == 0:
        os.chdir(folder)
        os.environ.update(PYTHONPATH=str(ROOT), TERM=term, SOURCES__MODE__REQUESTS_PER_10S="100000")
        os.execv(sys.executable, [sys.executable, "-m", "mode_source", *arguments])
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", *size, 0, 0))
    shown, from_here = "", 0
    deadline = time.monotonic() + 60
    try:
        while time.monotonic() < deadline:
            if select.select([terminal], [], [], 0.2)[0]:
                try:
                    shown += os.read(terminal, 65536).decode(errors="replace")
                except OSError:
                    break
            if answers and answers[0][0] in shown[from_here:]:
                from_here = len(shown)
                os.write(terminal, (answers.pop(0)[1] + "\n").encode())
    finally:
        os.close(terminal)
    return os.waitstatus_to_exitcode(os.waitpid(process, 0)[1]), shown
