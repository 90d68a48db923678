"""Runs the analysis in worker processes, as many as there are cores, and survives whatever a text does to them.

Not `multiprocessing`: its safe start methods import the caller's main module again, which a script without a
`__main__` guard, a notebook or a scheduler's task does not stand; and its pools break as a whole when a process
ends. A worker here is a plain child process with a pipe; one that ends is replaced, its text is an error.
"""

from __future__ import annotations

import contextlib
import os
import pickle
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from time import monotonic
from typing import IO, TypeVar, cast

from ..errors import ModeSourceError
from ..lineage import Lineage, LineageError, platform_of
from .worker import Context, Job

MOST_WORKERS = 8
PER_WORKER = 50  # texts that make another process worth its start
WINDOW = 16  # texts per worker that are under way or done and not yet taken
START = "import sys; sys.path[:] = {path!r}; from mode_source.lineage_tables.worker import main; main()"

Tag = TypeVar("Tag")


def cores() -> int:
    """Cores that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # macOS, Windows
        return os.cpu_count() or 1


class Workers:
    """Worker processes with a common context; use as a context manager.

    Args:
        context: what all texts have in common; may be set anew between two `run`s.
    """

    def __init__(self, context: Context) -> None:
        self.context = context
        self._idle: list[_Worker] = []
        self._all: list[_Worker] = []
        self._lock = threading.Lock()

    def __enter__(self) -> Workers:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._all:
            worker.stop()

    def run(self, jobs: Iterable[tuple[Tag, Job]], count: int) -> Iterator[tuple[Tag, Lineage]]:
        """The lineages of jobs, in their order; `count` says about how many there are."""
        threads = max(1, min(cores(), MOST_WORKERS, -(-count // PER_WORKER)))
        waiting: deque[tuple[Tag, Future[Lineage]]] = deque()
        with ThreadPoolExecutor(threads, "lineage") as pool:
            try:
                for tag, job in jobs:
                    waiting.append((tag, pool.submit(self._analyse, job)))
                    while len(waiting) > threads * WINDOW:
                        first, future = waiting.popleft()
                        yield first, future.result()
                while waiting:
                    first, future = waiting.popleft()
                    yield first, future.result()
            except BaseException:
                pool.shutdown(wait=False, cancel_futures=True)
                self.__exit__()  # whoever waits for an answer gets none
                raise

    def _analyse(self, job: Job) -> Lineage:
        with self._lock:
            worker = self._idle.pop() if self._idle else None
        if worker is None:
            worker = _Worker()
            with self._lock:
                self._all.append(worker)
        began = monotonic()
        try:
            lineage = worker.answer(job, self.context)
        except (EOFError, OSError, pickle.UnpicklingError):
            code = worker.stop()
            with self._lock:
                self._all.remove(worker)
            if not worker.answered_once:
                raise ModeSourceError(
                    f"The process that analyses queries ended with code {code} before it began."
                ) from None
            late = monotonic() - began >= self.context.limit
            error = (
                LineageError("timeout", f"The text was stopped after {self.context.limit:g} seconds.")
                if late
                else LineageError("recursion", f"The process that analysed the text ended with code {code}.")
            )
            return Lineage(errors=(error,), platform=platform_of(job[1].adapter if job[1] else None).name)
        with self._lock:
            self._idle.append(worker)
        return lineage


class _Worker:
    """One process. `answered_once`: it has answered, so it can."""

    def __init__(self) -> None:
        self._context: Context | None = None
        self.answered_once = False
        self._process = subprocess.Popen(
            [sys.executable, "-c", START.format(path=sys.path)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONHASHSEED": "0"},  # sets in the same order: the same text, the same lineage
        )

    def answer(self, job: Job, context: Context) -> Lineage:
        """Raises EOFError or OSError when the process has ended."""
        jobs, results = cast(IO[bytes], self._process.stdin), cast(IO[bytes], self._process.stdout)
        if not self.answered_once:
            # The first answer shows that the process runs; a text that kills it counts as the text's fault.
            if pickle.load(results) != "ready":
                raise EOFError
            self.answered_once = True
        if self._context is not context:
            pickle.dump(context, jobs, pickle.HIGHEST_PROTOCOL)
            self._context = context
        pickle.dump(job, jobs, pickle.HIGHEST_PROTOCOL)
        jobs.flush()
        return cast(Lineage, pickle.load(results))

    def stop(self) -> int:
        self._process.kill()
        code = self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with contextlib.suppress(OSError):  # what could not be written any more
                cast(IO[bytes], pipe).close()
        return code
