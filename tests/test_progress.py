"""Progress that is true: the time left fits what is still asked, lines fit the terminal, log lines stand alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_source
from mode_source.load import load
from mode_source.progress import READING, line
from mode_source.runlog import RunLog

from .conftest import CREDENTIALS
from .terminal import on_terminal


class Witness(RunLog):
    """Notes what was thought to be left, after each step of a run."""

    def plan(self, **counts: int) -> None:
        super().plan(**counts)
        left = self.requests_left()
        if left is not None:
            self.notes.append((self.requests, left))

    notes: list[tuple[int, float]]


def witnessed(pipeline: dlt.Pipeline, sandbox: Sandbox, **given: Any) -> Witness:
    log = Witness()
    log.notes = []
    settings = {"requests_per_10s": 100_000, **CREDENTIALS, **given}
    load(pipeline, mode_source(host=sandbox.url, workspace=sandbox.workspace.slug, log=log, **settings), log)
    return log


def test_what_is_left_is_what_is_still_asked(pipeline: dlt.Pipeline) -> None:
    """A first load: from a quarter of its requests on, the estimate is never off by more than a third of the whole.

    It cannot be closer: how many reports a collection has is known only at the end of its list.
    """
    workspace = Workspace.generate(seed=4, reports=240, collections=40, datasets=12, members=10)
    with Sandbox(workspace) as sandbox:
        log = witnessed(pipeline, sandbox)
    whole = log.requests
    assert whole > 400
    late = [(made, left) for made, left in log.notes if made > whole / 4]
    assert len(late) > 100
    for made, left in late:
        assert abs(left - (whole - made)) < whole / 3, (made, left, whole)
    assert log.pending == 0
    assert log.requests_left() == 0


def test_nothing_is_left_of_an_unchanged_run(pipeline: dlt.Pipeline, sandbox: Sandbox) -> None:
    witnessed(pipeline, sandbox)
    log = witnessed(pipeline, sandbox)
    assert (log.pending, log.expected, log.requests_left()) == (0, 0, 0)


def a_log() -> RunLog:
    log = RunLog(count_requests=lambda: 1234)
    log.stage = READING
    log.add(due=1980, done=412, reports=2000, datasets=31)
    return log


def test_too_little_is_known_at_first() -> None:
    log = a_log()
    assert log.requests_left() is None
    log.plan(listings=100, begun=6, listed=5, pages=5)
    assert log.requests_left() is None
    log.plan(begun=19, listed=15, pages=45, rows=1500, considered=1200, expected=900, pending=600)
    assert log.requests_left() == 600 + 4 * 900 + 80 * 50 / 100


@pytest.mark.parametrize(
    ("width", "shown"),
    [
        (
            None,
            "reading Mode, 2000 reports and 31 datasets listed, 412 of 1980 read, 1234 requests (4.0/s),"
            " about 14:22 min left",
        ),
        (80, "14:22 min left, 412/1980 read, 1234 requests (4.0/s)"),
        (30, "14:22 min left, 412/1980 read"),
        (10, "14:22 min "),
    ],
)
def test_lines(width: int | None, shown: str) -> None:
    log = a_log()
    log.plan(listings=10, begun=10, listed=10, pages=70, expected=4000, pending=3450)
    assert line(log, 4.0, width) == shown


def test_hours_and_no_rate() -> None:
    log = a_log()
    log.plan(listings=10, listed=10, pending=36_000)
    assert line(log, 4.0).endswith("about 2:30 h left")
    assert "left" not in line(log, 0.0)
    log.stage = "loading"
    assert "left" not in line(log, 4.0)


@pytest.mark.parametrize("columns", [60, 160])
def test_log_lines_stand_alone(columns: int, tmp_path: Path) -> None:
    """On a terminal, every log line begins a line: none is glued to the bar."""
    with Sandbox(Workspace.generate(seed=8, reports=40, collections=4, members=2), latency=0.05) as sandbox:
        flags = ["-H", sandbox.url, "-w", "acme", "-t", "sandbox-token", "-s", "sandbox-secret"]
        code, shown = on_terminal(tmp_path, [], "load", *flags, size=(24, columns), term="xterm")
    assert code == 0, shown
    assert "40/4" in shown or "requests (" in shown  # the progress was there
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", shown)
    lines = [part for part in re.split(r"[\r\n]+", plain) if "INFO - " in part]
    assert len(lines) >= 2
    assert all(part.startswith("INFO - ") for part in lines), lines
