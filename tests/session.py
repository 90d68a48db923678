"""A session's own place: whatever a test writes is in one folder, which goes when the session ends.

A session that leaves anything else behind fails: a process that it started, a folder among the temporary files,
in dlt's folder or in the repository. `conftest` makes these functions pytest's.
"""

from __future__ import annotations

import gc
import json
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from filelock import FileLock

PLACE = "MODE_SOURCE_TESTS"  # names the session's folder, in the environment of every process that it starts
MEMORY = Path("/dev/shm")
# What tests, or the programs that they run, would leave in the temporary folder if they were not told another one.
OURS = ("mode-source", "pytest-of-", "benchmark-", "runtime-", "pg", "dlt", "org.chromium", ".org.chromium")
SETTINGS = ("CASTOR_", "SOURCES__", "CATALOG__", "EXPORT__", "DESTINATION")  # of whoever runs the tests
CACHES = {".hypothesis", ".pytest_cache", ".mypy_cache", ".ruff_cache", "__pycache__", "mode_source.egg-info"}
PATIENCE = 10  # seconds in which processes that were told to end have to

_before: dict[Path, set[str]] = {}


def is_worker(config: pytest.Config) -> bool:
    """Whether this is one of the processes of pytest-xdist."""
    return hasattr(config, "workerinput")


def pytest_configure(config: pytest.Config) -> None:
    """Makes the session's place, in memory where there is room: durable writes take half of the time on disk."""
    gc.set_threshold(100_000, 20, 100)  # a tenth of the time otherwise goes to collecting what lives on
    if is_worker(config):
        return
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a run that is told to end tidies up, too
    for folder in _watched(config):
        _before[folder] = _entries(folder)
    room = MEMORY.is_dir() and os.access(MEMORY, os.W_OK) and shutil.disk_usage(MEMORY).free > 4 << 30
    place = Path(tempfile.mkdtemp(prefix="mode-source-", dir=MEMORY if room else None)).resolve()
    if config.option.basetemp is None:
        config.option.basetemp = str(place / "tests")
    os.environ[PLACE] = str(place)
    for name, variable in (("tmp", "TMPDIR"), ("run", "XDG_RUNTIME_DIR"), ("dlt", "DLT_DATA_DIR")):
        (place / name).mkdir(mode=0o700)
        os.environ[variable] = str(place / name)
    (place / "shared").mkdir()
    tempfile.tempdir = None  # look at TMPDIR again
    for name in [name for name in os.environ if name.startswith(SETTINGS)]:
        del os.environ[name]
    # dlt writes down how each step went, for `dlt pipeline … trace`: a tenth of a small load.
    os.environ["ENABLE_RUNTIME_TRACE"] = "false"


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """Stops what the workers shared, takes the place away, and looks for what is left."""
    place = os.environ.get(PLACE)
    if place is None or is_worker(session.config):
        return
    left = [f"process {process}" for process in _stop(Path(place))]
    shutil.rmtree(place, ignore_errors=True)
    left += [str(folder / name) for folder, names in _before.items() for name in _entries(folder) - names]
    if left:
        reporter: Any = session.config.pluginmanager.get_plugin("terminalreporter")
        reporter.section("left behind", red=True, bold=True)
        for what in left:
            reporter.write_line(what, red=True)
        session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED


def _stop(place: Path) -> list[str]:
    """Stops PostgreSQL; returns the processes of this session that run nevertheless."""
    postmaster = place / "shared" / "postgres" / "postmaster.pid"
    if postmaster.exists():
        os.kill(int(postmaster.read_text().split()[0]), signal.SIGINT)  # PostgreSQL's "fast shutdown"
    deadline = time.monotonic() + PATIENCE
    while (running := _running(place)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return running


def _running(place: Path) -> list[str]:
    """Other processes that have the place in their environment; none where there is no /proc."""
    mark = f"{PLACE}={place}".encode()
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if int(process.name) != os.getpid() and mark in (process / "environ").read_bytes().split(b"\0"):
                found.append(f"{process.name}: {(process / 'cmdline').read_bytes().replace(bytes(1), b' ').decode()}")
        except OSError:
            continue  # it has ended, or is somebody else's
    return found


def _watched(config: pytest.Config) -> list[Path]:
    """Where a test could leave something: temporary files, dlt's folder as it is by default, the repository."""
    home = Path("/var/dlt") if getattr(os, "geteuid", lambda: 1)() == 0 else Path.home() / ".dlt"
    return [Path(tempfile.gettempdir()), MEMORY, home, home / "pipelines", config.rootpath]


def _entries(folder: Path) -> set[str]:
    """Names in a folder that may be ours."""
    if not folder.is_dir():
        return set()
    shared = folder in (Path(tempfile.gettempdir()), MEMORY)  # with other programs
    return {name for name in os.listdir(folder) if (name.startswith(OURS) if shared else name not in CACHES)}


class Shared:
    """What is made once per session, by whichever worker needs it first.

    Args:
        root: a folder that all workers know.
    """

    def __init__(self, root: Path) -> None:
        self.root = root

    def make(self, name: str, build: Callable[[Path], Any]) -> tuple[Path, Any]:
        """The folder that `build` has filled, now or in another worker, and what it said, by way of JSON."""
        folder, said = self.root / name, self.root / f"{name}.json"
        with FileLock(self.root / f"{name}.lock"):
            if not said.exists():
                shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
                folder.mkdir()
                with pytest.MonkeyPatch.context() as patch:
                    patch.chdir(folder)
                    said.write_text(json.dumps(build(folder)))
            return folder, json.loads(said.read_text())
