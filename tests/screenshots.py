"""The pictures in docs/, made anew from the demo's workspace: `python -m tests.screenshots` (needs Chromium).

Two of the page as PNG, and two of a terminal as SVG.
"""

from __future__ import annotations

import io
import os
import re
import tempfile
from pathlib import Path

import duckdb
from rich.console import Console
from rich.text import Text

from mode_source.cli import main

from .ask.screen import LINK, on_screen
from .page.browser import Browser

DOCS = Path(__file__).parents[1] / "docs"
COLUMNS = 96
TERMINALS = {
    "lineage.svg": ["lineage", "snowflake:finance.orders"],
    "sql.svg": [
        "sql",
        "SELECT platform, table_full_name, reports, view_count FROM table_usage ORDER BY reports DESC LIMIT 8",
    ],
}


def make() -> None:
    """Runs the demo in a folder of its own and takes the pictures."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        os.chdir(folder)
        assert main(["demo", "-o", "demo"]) == 0
        os.chdir("demo")
        for file, arguments in TERMINALS.items():
            _, seen = on_screen(arguments, COLUMNS)
            console = Console(record=True, width=COLUMNS, file=io.StringIO())
            console.print(Text(f"$ mode-source {' '.join(map(_quoted, arguments))}", style="bold"))
            console.print(Text.from_ansi("\n".join(LINK.sub("", seen).splitlines()[:16])))
            picture = console.export_svg(title="mode-source")
            # Without the font that rich would load from elsewhere.
            (DOCS / file).write_text(re.sub(r"@font-face \{.*?\}", "", picture, flags=re.DOTALL), encoding="utf-8")
        with duckdb.connect("mode.duckdb", read_only=True) as database:
            found = database.execute(
                "SELECT platform || ':' || table_full_name FROM mode_metadata.table_usage"
                " WHERE platform <> 'modedatasets' ORDER BY charts DESC LIMIT 1"
            ).fetchone()
        assert found
        browser = Browser(Path.cwd())
        for file, place in {"report.png": "", "table.png": f"#table={found[0]}"}.items():
            browser.run(f"report.html{place}", "--window-size=1280,900", f"--screenshot={DOCS / file}")


def _quoted(argument: str) -> str:
    return f'"{argument}"' if " " in argument else argument


if __name__ == "__main__":
    make()
