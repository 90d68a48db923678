"""A worker process: reads jobs from standard input, writes lineages to standard output, both pickled.

It bounds itself: a watchdog thread outside of Python's interpreter ends the process when a job takes too long,
which also stops a regular expression that never ends, and the operating system refuses memory beyond a limit.
Whoever started it sees the pipe close. It ends when its input does, so it never outlives a killed parent.
"""

from __future__ import annotations

import contextlib
import faulthandler
import os
import pickle
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from ..lineage import TIMEOUT, ColumnCatalog, DatasetRef, DataSource, Definition, Lineage, Query, analyse

MEMORY = 2 << 30  # bytes that a worker may take beyond what it begins with


@dataclass(frozen=True)
class Context:
    """What all jobs have in common. `timeout`: seconds after which a text is given up, its tables being guessed;
    after `limit` seconds the process ends.
    """

    definitions: Mapping[str, Definition] = field(default_factory=dict)
    catalog: ColumnCatalog | None = None
    datasets: Mapping[str, DatasetRef] = field(default_factory=dict)
    timeout: float = TIMEOUT
    limit: float = 2 * TIMEOUT


Job = tuple[Query, "DataSource | None"]


def analysed(job: Job, context: Context) -> Lineage:
    """The lineage of one job, without the text that was rendered for it."""
    query, source = job
    lineage = analyse(
        query,
        data_source=source,
        definitions=context.definitions,
        catalog=context.catalog,
        datasets=context.datasets,
        timeout=context.timeout,
    )
    return replace(lineage, rendered_sql="")


def main() -> None:
    """Answer jobs until standard input ends."""
    jobs, results = sys.stdin.buffer, os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)  # whatever a library prints must not end up among the results
    context = Context()
    pickle.dump("ready", results)
    results.flush()
    with contextlib.suppress(EOFError):
        while True:
            message = pickle.load(jobs)
            if isinstance(message, Context):
                context = message
                _limit_memory()
                continue
            faulthandler.dump_traceback_later(context.limit, exit=True)
            lineage = analysed(message, context)
            faulthandler.cancel_dump_traceback_later()
            pickle.dump(lineage, results, pickle.HIGHEST_PROTOCOL)
            results.flush()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    used = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
    hard = resource.getrlimit(resource.RLIMIT_AS)[1]
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, hard))
