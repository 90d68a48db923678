"""What the other end of standard output can show: its size, colours, links; and a pager for what is longer."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import TextIO

import click

PLAIN = 80  # columns where nothing is known
LINKING_PROGRAMS = ("iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "mintty")
LINKING_TERMS = ("xterm-kitty", "alacritty", "foot", "xterm-ghostty", "contour", "wezterm")


@dataclass(frozen=True)
class Terminal:
    """What lines may be like; by default those for a file or another program.

    Attributes:
        columns: its width; None where a line may be as long as it is.
        rows: its height.
        styled: whether bold and dim are wanted.
        links: whether a text can carry an address (OSC 8).
    """

    columns: int | None = None
    rows: int = 24
    styled: bool = False
    links: bool = False

    def bold(self, text: str) -> str:
        """A heading."""
        return f"\x1b[1m{text}\x1b[0m" if self.styled and text else text

    def dim(self, text: str) -> str:
        """Something of less importance."""
        return f"\x1b[2m{text}\x1b[0m" if self.styled and text else text

    def linked(self, text: str, address: str | None) -> str:
        """A text that leads to an address, where that can be."""
        if not (self.links and address and text and address.startswith(("http://", "https://"))):
            return text
        return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\"


def terminal_of(out: TextIO, environment: Mapping[str, str] | None = None) -> Terminal:
    """What `out` is.

    NO_COLOR and TERM=dumb leave plain text; COLUMNS and LINES win over what the terminal says; FORCE_HYPERLINK=1 or 0
    over what is guessed about links.
    """
    given = os.environ if environment is None else environment
    if not out.isatty():
        return Terminal()
    size = shutil.get_terminal_size((PLAIN, 24))
    if not given.get("COLUMNS"):
        with suppress(OSError, ValueError):
            size = os.get_terminal_size(out.fileno())
    dumb = given.get("TERM", "dumb") in ("dumb", "unknown")
    return Terminal(
        columns=size.columns or PLAIN,
        rows=size.lines or 24,
        styled=not dumb and not given.get("NO_COLOR"),
        links=not dumb and _links(given),
    )


def page(text: str, out: TextIO, terminal: Terminal) -> None:
    """Writes lines, through the pager (PAGER, else less) if they are more than the terminal shows at once."""
    if terminal.columns is None or text.count("\n") < terminal.rows or not (terminal.styled or terminal.links):
        out.write(text)
        return
    out.flush()
    os.environ.setdefault("LESS", "-RFX")  # styles and links as they are; nothing cleared at the end
    click.echo_via_pager(text, color=True)


def _links(environment: Mapping[str, str]) -> bool:
    forced = environment.get("FORCE_HYPERLINK")
    if forced is not None:
        return forced not in ("", "0")
    if environment.get("TERM", "").startswith(("screen", "tmux")) or environment.get("TMUX"):
        return False
    vte = environment.get("VTE_VERSION", "")
    return (
        environment.get("TERM") in LINKING_TERMS
        or environment.get("TERM_PROGRAM") in LINKING_PROGRAMS
        or (vte.isdigit() and int(vte) >= 5000)
        or any(environment.get(name) for name in ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM"))
    )
