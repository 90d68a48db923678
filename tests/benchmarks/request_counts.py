"""How many requests each kind of run takes, and for what.

    python -m tests.benchmarks.request_counts

(Not `requests.py`: a script beside it would import it in place of the library.)
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from .runs import CHANGED, FIRST, UNCHANGED, WAYS, collections_of, options, sequence, table


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints a table for each size: one line per kind of path, one column per run."""
    given = options(__doc__, (FIRST, UNCHANGED, CHANGED)).parse_args(arguments)
    for reports in given.reports or [800, 5000]:
        counts: dict[str, Counter[str]] = {}
        for way in given.way or WAYS:
            measured = sequence(reports, way, tuple(given.step))
            counts |= {f"{way}, {step}": measured.runs[step].kinds for step in given.step}
        print(f"{reports:,} reports in {collections_of(reports)} collections,", end=" ")
        print(f"{measured.queries:,} queries, {measured.charts:,} charts\n")
        kinds = sorted({kind for count in counts.values() for kind in count})
        kinds.sort(key=lambda kind: -max(count[kind] for count in counts.values()))
        rows: list[list[object]] = [["**all**", *(count.total() for count in counts.values())]]
        rows += [[kind, *(count[kind] for count in counts.values())] for kind in kinds]
        print(table(["requests", *counts], rows), end="\n\n", flush=True)


if __name__ == "__main__":
    main()
