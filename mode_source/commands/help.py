"""Help that teaches: options in groups, and at the end of each command an example and its exit codes."""

from __future__ import annotations

from typing import Any

import click
import cloup

EXIT_CODES = {  # docs/interface.md says more
    0: "done",
    1: "failed; nothing half-done is left behind",
    2: "wrong usage or configuration",
    3: "done, but with gaps: last known rows were kept, the next run tries again",
    4: "another run, or another program, holds the tables",
    5: "Mode or Catalog refused the credentials",
    6: "the time limit was reached: what was read is loaded, the next run goes on",
    7: "something that is live depends on it (--fail-if-used)",
    130: "interrupted: what was read is loaded",
    143: "terminated, likewise",
}
_LOADS = (0, 1, 2, 3, 4, 5, 6, 130, 143)
_READS = (0, 1, 2, 4)
CODES: dict[str, tuple[int, ...]] = {
    "check": (0, 1, 2, 5),
    "load": _LOADS,
    "extract": _LOADS,
    "sync": _LOADS,
    "export": _READS,
    "report": _READS,
    "sql": _READS,
    "mcp": _READS,
    "lineage": (*_READS, 7),
    "upload": (0, 1, 2, 5),
    "init": (0, 1, 2, 5),
    "status": (0, 1, 2, 3, 4),
}
EXAMPLES: dict[str, list[tuple[str, str]]] = {
    "demo": [("mode-source demo", "needs no Mode, no key, no network; takes half a minute")],
    "sandbox": [("mode-source sandbox --reports 2000", "a workspace to try things on, until Ctrl-C")],
    "init": [("mode-source init", "asks, checks, and writes .dlt/")],
    "status": [("mode-source status --max-age '26 hours'", "for a monitor: exit code 1 if the last run is older")],
    "check": [("mode-source check -w acme -t TOKEN -s SECRET", "before the first load")],
    "load": [
        ("mode-source load", "everything at first, then what changed"),
        ("mode-source load --resources reports,queries", "only these tables"),
    ],
    "sync": [("mode-source sync -o catalog", "each night, with the credentials in the environment")],
    "extract": [("mode-source extract -o catalog -w acme -t TOKEN -s SECRET", "as castor-extract-mode was called")],
    "sql": [
        ("mode-source sql", "a prompt; .help says what works there"),
        ('mode-source sql "SELECT report_name, view_count FROM reports_overview LIMIT 10"', "one statement"),
        ("mode-source sql --format csv < questions.sql > answers.csv", "complete, for other programs"),
    ],
    "lineage": [
        ("mode-source lineage finance.orders", "what breaks if the table changes"),
        ("mode-source lineage finance.orders.amount", "what breaks if the column is dropped"),
        ("mode-source lineage --fail-if-used orders customers", "a gate for pull requests"),
        ("mode-source lineage --unused", "tables of the column catalog that nothing reads"),
    ],
    "report": [("mode-source report -o mode.html", "one file, to open in a browser or to send")],
    "mcp": [("claude mcp add mode -- mode-source mcp", "so that an assistant can ask the tables")],
    "export": [
        ("mode-source export -o catalog", "the six files of Coalesce Catalog"),
        ("mode-source export -o exports --format dbt --format sql", "a folder for each format"),
    ],
    "upload": [
        ("mode-source upload -k TOKEN -s SOURCE_ID -d catalog --dry-run", "shows what would go"),
        ("mode-source upload -k TOKEN -s SOURCE_ID -d catalog", "the newest whole set"),
    ],
}


class Command(cloup.Command):
    """A command whose help ends with examples and exit codes."""

    def get_short_help_str(self, limit: int = 45) -> str:
        """The first sentence, whole."""
        first = " ".join((self.help or "").split("\n\n")[0].split())
        return first.partition(". ")[0].rstrip(".") + "." if first else ""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes both, each in as many lines as the terminal's width takes."""
        examples = EXAMPLES.get(self.name or "", [])
        if examples:
            with formatter.section("Examples"):
                for call, why in examples:
                    _write_call(formatter, call)
                    formatter.indent()
                    formatter.write_text(why)
                    formatter.dedent()
        codes = CODES.get(self.name or "", ())
        if codes:
            with formatter.section("Exit codes"):
                formatter.write_dl([(str(code), EXIT_CODES[code]) for code in codes])


def _write_call(formatter: click.HelpFormatter, call: str) -> None:
    """A command to copy; one that is too long goes on after a backslash, as a shell takes it."""
    room = formatter.width - formatter.current_indent - 2
    line, lines = "", []
    for word in call.split(" "):
        if line and len(line) + 1 + len(word) > room:
            lines.append(f"{line} \\")
            line = f"  {word}"
        else:
            line = f"{line} {word}" if line else word
    for text in [*lines, line]:
        formatter.write(f"{'':>{formatter.current_indent}}{text}\n")


def settings(**more: Any) -> dict[str, Any]:
    """What all commands share: -h, and lines that are never longer than a comfortable width."""
    shared = cloup.Context.settings(
        help_option_names=["-h", "--help"],
        align_option_groups=False,
        formatter_settings=cloup.HelpFormatter.settings(max_width=100, col1_max_width=34),
    )
    return {**shared, **more}
