"""What each kind of run costs on this machine, without limit and latency: CPU, wall, memory.

    python -m tests.benchmarks.cost
    python -m tests.benchmarks.cost --settings 5000

The second command compares first loads with our settings of dlt and DuckDB and with theirs.
"""

from __future__ import annotations

from collections.abc import Sequence

from .runs import WAYS, Served, collections_of, options, sequence, table

SIZES = {800: ["REST", "Discovery"], 5000: ["REST", "Discovery"], 6000: ["Discovery"]}
HEAD = ["CPU (s)", "wall (s)", "peak memory (MB)"]

_DUCKDB = "import dlt, mode_source.load\nmode_source.load.duckdb = lambda path=None: dlt.destinations.duckdb({})"
_PARQUET = 'preferred_loader_file_format="parquet"'
_TWO = "max_parallel_load_jobs=2"
SETTINGS = {  # Python to run first, environment
    "ours: 2 tables at once, buffers of 1,000 rows, Parquet": ("", {}),
    "20 tables at once (dlt's default)": (_DUCKDB.format(_PARQUET), {}),
    "buffers of 5,000 rows (dlt's default)": ("", {"DATA_WRITER__BUFFER_MAX_ITEMS": 5000}),
    "INSERT statements (dlt's default for DuckDB)": (_DUCKDB.format(_TWO), {}),
    "all of dlt's defaults": (_DUCKDB.format(""), {"DATA_WRITER__BUFFER_MAX_ITEMS": 5000}),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = options(__doc__)
    parser.add_argument("--settings", type=int, metavar="REPORTS", help="compare settings instead, for so many reports")
    given = parser.parse_args(arguments)
    if given.settings:
        print(table([f"first load of {given.settings:,} reports", *HEAD], compared(given.settings)))
        return
    rows: list[list[object]] = []
    for reports in given.reports or SIZES:
        for way in given.way or SIZES.get(reports, WAYS):
            measured = sequence(reports, way, tuple(given.step))
            what = f"{reports:,} reports, {measured.queries:,} queries, {way}"
            for step in given.step:
                run = measured.runs[step]
                rows.append([what, step, run.requests, run.cpu, run.wall, run.peak])
    print(table(["workspace", "run", "requests", *HEAD], rows))


def compared(reports: int) -> list[list[object]]:
    """First loads through Discovery with different settings."""
    rows: list[list[object]] = []
    for name, (before, environment) in SETTINGS.items():
        with Served(reports, collections_of(reports)) as sandbox:
            run = sandbox.run("load", discovery=True, before=before, **environment)
        rows.append([name, run.cpu, run.wall, run.peak])
    return rows


if __name__ == "__main__":
    main()
