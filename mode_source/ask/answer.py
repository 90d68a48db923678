"""The answers of `mode-source lineage`: in words, as rows, and as JSON."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, TextIO

from .connection import Result
from .output import as_table, dumped, write
from .terminal import Terminal, page, terminal_of
from .text import folded, shown

COLUMNS = [
    "report", "kind", "owner", "views", "schedule", "charts", "certainty", "platform", "uses", "through", "url",
]  # fmt: skip
OF_COLUMN = [*COLUMNS[:-1], "usage", "url"]  # likewise, where a column is asked for
# On a terminal, where the middle gives way to what is left and right of it; what is archived or a dataset is said
# behind its name.
LEAN = ["report", "owner", "views", "schedule", "charts", "usage", "through", "certainty", "uses", "platform", "url"]
NUMBERS = ("views", "charts")


@dataclass
class Answer:
    """The reports and datasets that depend on a table, column or dataset.

    Attributes:
        asked: as it was typed.
        understood: the same in words, or why there is nothing.
        found: whether any query reads it, or it is in the column catalog; else the name may be mistyped.
        tables: full names that it stands for, each with its platform.
        column: if it is a column.
        dependents: one for each report or dataset: what it uses, and the charts that show it.
        suggestions: similar names, if nothing was found.
    """

    asked: str
    understood: str
    found: bool = True
    tables: list[str] = field(default_factory=list)
    column: str | None = None
    dependents: list[dict[str, Any]] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)

    @property
    def live(self) -> list[dict[str, Any]]:
        """The dependents that are not archived."""
        return [row for row in self.dependents if not row["archived"]]

    def summary(self) -> dict[str, Any]:
        """As one JSON object."""
        return asdict(self)

    def line(self) -> str:
        """The number of dependents in a sentence."""
        live = self.live
        reports = [row for row in live if row["kind"] == "report"]
        scheduled = sum(1 for row in live if row["schedule_count"])
        views = sum(row["view_count"] or 0 for row in reports)
        archived = len(self.dependents) - len(live)
        more = f", besides {_count(archived, 'archived report')}" if archived else ""
        return (
            f"{_count(len(reports), 'report')} with {_count(views, 'view')} and"
            f" {_count(len(live) - len(reports), 'dataset')} depend on it, {scheduled:,} of them scheduled{more}."
        )

    def not_found(self) -> str:
        """Why there is nothing, and which names are similar."""
        perhaps = f" Perhaps: {', '.join(self.suggestions)}." if self.suggestions else ""
        return self.understood + perhaps

    def rows(self) -> list[list[Any]]:
        """The dependents, in `COLUMNS` or, of a column, `OF_COLUMN`."""
        return [
            [
                row["report_name"],
                row["kind"] + (", archived" if row["archived"] else ""),
                _owner(row),
                row["view_count"],
                row["frequencies"] or {None: None, 0: "no"}.get(row["schedule_count"], "yes"),
                row["chart_count"],
                row["certainty"],
                ", ".join(row["platforms"]) or None,
                ", ".join(dict.fromkeys(_used(use) for use in row["uses"])),
                row["through_datasets"],
                *([", ".join(sorted(_ways(row["uses"])))] if self.column else []),
                row["url"],
            ]
            for row in self.dependents
        ]

    def table(self, *, lean: bool = False) -> Result:
        """The dependents as rows.

        Args:
            lean: for people: without columns that say the same or nothing everywhere.
        """
        rows = self.rows()
        for row, dependent in zip(rows, self.dependents, strict=True):
            if lean:
                kinds = [word for word in ("dataset", "archived") if word in row[1]]
                row[0] = (row[0] or f"Untitled {dependent['report_token']}") + f" ({', '.join(kinds)})" * bool(kinds)
        names = OF_COLUMN if self.column else COLUMNS
        order = [names.index(name) for name in (LEAN if lean else names) if name in names]
        shown_columns = [at for at in order if not (lean and _idle(names[at], [row[at] for row in rows]))]
        return Result(
            [names[at] for at in shown_columns],
            [False] * len(shown_columns),
            [names[at] in NUMBERS for at in shown_columns],
            iter([tuple(row[at] for at in shown_columns) for row in rows]),
            {"report": "url"},
        )


def write_answers(answers: Sequence[Answer], form: str, out: TextIO | None = None) -> None:
    """Writes answers; one as an object, several as a list of objects, or with a column for what was asked."""
    out = out or sys.stdout
    if form == "json":
        found = [answer.summary() for answer in answers]
        out.write(dumped(found[0] if len(found) == 1 else found) + "\n")
    elif form == "csv":
        asked = ["asked"] if len(answers) > 1 else []
        of_column = any(answer.column for answer in answers)
        rows = [
            (*([answer.asked] * len(asked)), *(row if answer.column or not of_column else [*row[:-1], None, row[-1]]))
            for answer in answers
            for row in answer.rows()
        ]
        columns = [*asked, *(OF_COLUMN if of_column else COLUMNS)]
        write(Result(columns, [False] * len(columns), [False] * len(columns), iter(rows)), "csv", out)
    else:
        terminal = terminal_of(out)
        page("\n".join(_told(answer, terminal) for answer in answers if answer.found), out, terminal)


def _told(answer: Answer, terminal: Terminal) -> str:
    told = folded(shown(answer.understood), terminal.columns)
    if answer.dependents:
        told += folded(answer.line(), terminal.columns) + "\n" + as_table(answer.table(lean=True), terminal, null="")
    if answer.suggestions:
        told += folded(f"Perhaps: {shown(', '.join(answer.suggestions))}.", terminal.columns)
    return told


def _idle(name: str, values: list[Any]) -> bool:
    several = set(values)
    if name in ("platform", "uses"):
        return len(several) < 2 and not any("," in (value or "") for value in several)
    return several <= {None} or (name == "certainty" and several <= {"certain"})


def _ways(uses: list[dict[str, Any]]) -> set[str]:
    """How a column is used: output, filter, join …"""
    return {way for use in uses for way in (use.get("usage") or "output").split(", ")}


def _used(use: dict[str, Any]) -> str:
    name = use["dataset_name"] or use["table_full_name"]
    return f"{name}.{use['column_name']}" if use.get("column_name") else name


def _owner(row: dict[str, Any]) -> str | None:
    owner = row["owner_name"] or row["owner_username"]
    return owner if row["owner_status"] in ("active", "unknown") else f"{owner} ({row['owner_status']})"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
