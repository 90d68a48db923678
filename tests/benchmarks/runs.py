"""What the benchmarks share: a sandbox in a process of its own, and runs of `mode-source` measured from outside.

Each run is the command line in a fresh process, so that what it costs holds everything a scheduled job pays
for: start, imports, reading, loading. Neither the sandbox nor the benchmark counts.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import TracebackType
from typing import Any, TypeVar

from mode_sandbox import Sandbox, Workspace

ROOT = Path(__file__).resolve().parents[2]
SEED = 68  # 800 reports then have 2,027 queries, as in the issue; not the only such seed, see README.md
FIRST, UNCHANGED, CHANGED, EXPORT = "first load", "unchanged run", "1 % changed", "export"
STEPS = (FIRST, UNCHANGED, CHANGED, EXPORT)
WAYS = {"REST": False, "Discovery": True}  # whether Discovery is configured
DISCOVERY = {"DISCOVERY_TOKEN": "d-token", "DISCOVERY_ACCESS_KEY": "d-key", "DISCOVERY_ACCESS_SECRET": "d-secret"}
TOKEN = re.compile(r"/(?:[0-9a-f]{12}|\d+)(?=/|$)")

T = TypeVar("T")


@dataclass(frozen=True)
class Asked:
    """One request as the sandbox saw it."""

    kind: str  # its path without host, workspace and tokens
    at: float
    status: int


@dataclass(frozen=True)
class Run:
    """What one run asked and cost: CPU and wall seconds, and the most memory (MB) that it ever held."""

    asked: list[Asked]
    cpu: float
    wall: float
    peak: float

    @property
    def requests(self) -> int:
        return len(self.asked)

    @property
    def kinds(self) -> Counter[str]:
        return Counter(request.kind for request in self.asked)


@dataclass(frozen=True)
class Measured:
    """The runs of `sequence`, by step, and how much the workspace held."""

    queries: int
    charts: int
    runs: dict[str, Run]


class Served:
    """A sandbox with a generated workspace, in a process of its own, and a folder for the runs against it.

    Args:
        reports, collections: size of the workspace.
        options: of `Sandbox`, such as `rate_limit` and `latency`.
    """

    def __init__(self, reports: int, collections: int, **options: Any) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, reports, collections, options), daemon=True)
        self._process.start()
        theirs.close()
        self._folder = tempfile.TemporaryDirectory(prefix="benchmark-")
        self.folder = Path(self._folder.name)
        self._url: str = self._pipe.recv()

    def __enter__(self) -> Served:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pipe.close()
        self._process.join()
        self._folder.cleanup()

    def ask(self, what: Callable[..., T], *arguments: Any) -> T:
        """What a function of this module says of the sandbox, over there."""
        self._pipe.send((what, arguments))
        answer: T = self._pipe.recv()
        return answer

    def run(self, *command: str, discovery: bool = False, before: str = "", **settings: Any) -> Run:
        """Runs `mode-source`.

        Args:
            command: its arguments.
            discovery: whether Discovery is configured.
            before: Python that the process runs first, to compare with other settings than ours.
            settings: environment variables.

        Raises:
            RuntimeError: it failed.
        """
        mode = {"HOST": self._url, "WORKSPACE": "acme", "TOKEN": "sandbox-token", "SECRET": "sandbox-secret"}
        mode |= {"REQUESTS_PER_10S": "10000000", **(DISCOVERY if discovery else {})}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("SOURCES__")}
        environment |= {f"SOURCES__MODE__{name}": value for name, value in mode.items()}
        environment |= {"PYTHONPATH": str(ROOT), "DLT_DATA_DIR": str(self.folder / "dlt")}
        environment |= {name: str(value) for name, value in settings.items()}
        code = f"import sys\n{before}\nfrom mode_source.cli import main\nsys.exit(main())"
        arguments = [sys.executable, "-c", code, *command, "--log-level", "ERROR"]
        started = time.perf_counter()
        process = subprocess.Popen(
            arguments, cwd=self.folder, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        assert process.stderr is not None
        with process.stderr:
            errors = process.stderr.read()
        _, status, usage = os.wait4(process.pid, 0)  # as getrusage, of this one process
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise RuntimeError(f"mode-source {' '.join(command)} ended with {process.returncode}: {errors}")
        peak = usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024) / 1e6
        return Run(self.ask(asked), usage.ru_utime + usage.ru_stime, wall, peak)


@cache
def sequence(reports: int, way: str, steps: Sequence[str] = STEPS) -> Measured:
    """First load, unchanged run, run after 1 % of the reports changed, and export, without limit and latency.

    Args:
        reports: how many; a twentieth as many collections.
        way: of `WAYS`.
        steps: which of the runs; they build on one another.

    Raises:
        RuntimeError: a run failed, or the export is not exactly what the workspace holds.
    """
    runs = {}
    with Served(reports, collections_of(reports)) as sandbox:
        queries, charts = sandbox.ask(size)
        for step in steps:
            if step == CHANGED:
                sandbox.ask(edit)
            command = ("export", "-o", "catalog") if step == EXPORT else ("load",)
            runs[step] = sandbox.run(*command, discovery=WAYS[way])
            if step == EXPORT and not sandbox.ask(holds, sandbox.folder / "catalog"):
                raise RuntimeError(f"The export of {reports} reports is not what the workspace holds.")
    return Measured(queries, charts, runs)


def collections_of(reports: int) -> int:
    """How many collections a workspace of so many reports has here."""
    return max(2, reports // 20)


def options(description: str | None, steps: Sequence[str] = STEPS) -> argparse.ArgumentParser:
    """The options that the benchmarks of `sequence` share."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--reports", type=int, nargs="+", help="sizes (those of the README)")
    parser.add_argument("--way", choices=WAYS, nargs="+", help="with or without Discovery (both)")
    parser.add_argument(
        "--step", choices=STEPS, nargs="+", default=steps, help=f"runs ({', '.join(steps)})".replace("%", "%%")
    )
    return parser


def table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table; numbers to the right."""
    lines = [[_cell(cell) for cell in row] for row in rows]
    numeric = [all(re.fullmatch(r"[-\d.,]+", line[i]) for line in lines) for i in range(len(head))]
    rule = ["---:" if right else "---" for right in numeric]
    return "\n".join(f"| {' | '.join(line)} |" for line in [list(head), rule, *lines])


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.2f}" if abs(value) < 10 else f"{value:.1f}" if abs(value) < 100 else f"{value:.0f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


# -- in the sandbox's process


def _serve(pipe: Any, reports: int, collections: int, options: dict[str, Any]) -> None:
    with Sandbox(Workspace.generate(SEED, reports, collections), **options) as sandbox:
        pipe.send(sandbox.url)
        while True:
            try:
                what, arguments = pipe.recv()
            except EOFError:
                return
            pipe.send(what(sandbox, *arguments))


def asked(sandbox: Sandbox) -> list[Asked]:
    """The requests since this was last called."""
    requests = sandbox.requests
    sandbox.clear_requests()
    return [Asked(kind(request.path), request.at, request.status) for request in requests]


def kind(path: str) -> str:
    """`/api/acme/reports/0123456789ab/queries` → `reports/queries`; `/batch/acme/charts` → `Discovery: charts`."""
    api, _, rest = TOKEN.sub("", path).lstrip("/").partition("/")
    workspace, _, what = rest.partition("/")
    if api == "batch":
        return f"Discovery: {what}"
    return what or (workspace if workspace == "verify" else "members, one by one")


def size(sandbox: Sandbox) -> tuple[int, int]:
    """Queries and charts in all, a few of them in personal collections that only Discovery shows."""
    return len(sandbox.workspace.queries), len(sandbox.workspace.charts)


def edit(sandbox: Sandbox) -> None:
    """Changes a query in one of a hundred reports, all over the workspace."""
    workspace = sandbox.workspace
    listed = [r for r in workspace.reports.values() if workspace.is_listed(r) and not r.is_dataset and r.queries]
    for report in listed[:: min(100, len(listed))]:
        workspace.edit_query(report)


def holds(sandbox: Sandbox, folder: Path) -> bool:
    """Whether the newest export in a folder is exactly what the workspace holds."""
    truth = sandbox.workspace.expected_files()
    prefix = max(folder.glob("*-summary.json")).name.partition("-")[0]
    return all(json.loads((folder / f"{prefix}-{name}.json").read_bytes()) == rows for name, rows in truth.items())
