"""How requests, CPU, wall time and memory grow with the workspace.

    python -m tests.benchmarks.growth

What grows linearly costs the same per 1,000 reports more, whatever the size; per 1,000 reports it falls, as
the fixed cost (process start, imports, DuckDB) spreads.
"""

from __future__ import annotations

from collections.abc import Sequence

from .runs import EXPORT, FIRST, UNCHANGED, Run, options, sequence, table

SIZES = {"Discovery": [1000, 2000, 5000, 10_000, 20_000], "REST": [1000, 2000, 5000]}
FIGURES = ("requests", "CPU (s)", "wall (s)", "peak memory (MB)")


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table for each way of reading and kind of run."""
    given = options(__doc__, (FIRST, UNCHANGED, EXPORT)).parse_args(arguments)
    head = [*FIGURES, *(f"{name} / 1,000" for name in FIGURES), "CPU / 1,000 more", "peak / 1,000 more"]
    for way in given.way or SIZES:
        sizes = sorted(given.reports or SIZES[way])
        measured = {reports: sequence(reports, way, tuple(given.step)) for reports in sizes}
        for step in given.step:
            print(f"{way}, {step}\n")
            print(table(["reports", *head], rows({reports: measured[reports].runs[step] for reports in sizes})))
            print(flush=True)


def rows(runs: dict[int, Run]) -> list[list[object]]:
    """The lines of one table, the smallest workspace first."""
    lines: list[list[object]] = []
    before: tuple[int, Run] | None = None
    for reports, run in runs.items():
        figures = [run.requests, run.cpu, run.wall, run.peak]
        more: list[object] = ["-", "-"]
        if before:
            thousands = (reports - before[0]) / 1000
            more = [(run.cpu - before[1].cpu) / thousands, (run.peak - before[1].peak) / thousands]
        lines.append([reports, *figures, *(figure * 1000 / reports for figure in figures), *more])
        before = reports, run
    return lines


if __name__ == "__main__":
    main()
