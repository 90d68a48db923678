"""How close a first load under a rate limit comes to the least time that the limit allows.

    python -m tests.benchmarks.span

Mode's limit ten times faster: 40 requests a second after a burst of 400, 25 ms latency. The span is that from
the first to the last request as the sandbox saw them, the floor `(requests - burst) / rate`.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from mode_sandbox import RateLimit

from .runs import Served, collections_of, table

CASES = {  # Discovery, X-RateLimit headers, reports as a multiple
    "REST": (False, True, 1),
    "REST, server without X-RateLimit headers": (False, False, 1),
    "Discovery": (True, True, 1),
    "Discovery, 20 times the reports": (True, True, 20),
}


def main(arguments: Sequence[str] | None = None) -> None:
    """Prints the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, default=420)
    parser.add_argument("--rate", type=float, default=40.0, help="requests a second")
    parser.add_argument("--burst", type=int, default=400)
    parser.add_argument("--latency", type=float, default=0.025, help="seconds")
    parser.add_argument("--case", choices=CASES, action="append", help="only this one")
    given = parser.parse_args(arguments)
    rows = [row(case, given) for case in given.case or CASES]
    print(table([f"{given.reports} reports", "requests", "429s", "span (s)", "floor (s)", "ratio"], rows))


def row(case: str, given: argparse.Namespace) -> list[object]:
    """One line of the table."""
    discovery, headers, times = CASES[case]
    limit = RateLimit(given.rate, given.burst, headers=headers)
    reports = given.reports * times
    with Served(reports, collections_of(reports), rate_limit=limit, latency=given.latency) as sandbox:
        run = sandbox.run("load", discovery=discovery, SOURCES__MODE__REQUESTS_PER_10S=round(given.rate * 10))
    moments = [request.at for request in run.asked]
    span = max(moments) - min(moments)
    floor = (run.requests - given.burst) / given.rate
    refused = sum(request.status == 429 for request in run.asked)
    # Within the burst there is nothing to wait for.
    return [case, run.requests, refused, span, *([floor, f"{span / floor:.3f}"] if floor > 0 else ["-", "-"])]


if __name__ == "__main__":
    main()
