"""A pseudo-terminal of a given size: runs a command in it and tells what it printed."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import struct
import subprocess
import sys
import termios
from collections.abc import Mapping
from contextlib import suppress

STYLE = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\x1b\]8;[^;]*;([^\x1b\x07]*)(?:\x1b\\|\x07)")


def on_screen(
    arguments: list[str], columns: int, rows: int = 500, environment: Mapping[str, str] | None = None
) -> tuple[int, str]:
    """Runs `mode-source` with arguments.

    Returns:
        Its exit code, and what a person would see, styles and links included, with plain line ends.
    """
    main, terminal = pty.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    process = subprocess.Popen(
        [sys.executable, "-m", "mode_source", *arguments],
        stdin=terminal, stdout=terminal, stderr=terminal,
        env={**inherited, "TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path), **(environment or {})},
    )  # fmt: skip
    os.close(terminal)
    seen = b""
    with suppress(OSError):  # Linux ends a pseudo-terminal with an error
        while part := os.read(main, 65536):
            seen += part
    os.close(main)
    return process.wait(60), seen.decode().replace("\r\n", "\n")


def plain(text: str) -> str:
    """The text without styles and links."""
    return LINK.sub("", STYLE.sub("", text))
