"""Ctrl-C and SIGTERM end every step of the job, with 130 and 143, and nothing goes on after them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source import signals
from mode_source.errors import ModeSourceError
from mode_source.job import sync
from mode_source.options import CatalogOptions

from .conftest import CREDENTIALS, SOURCE_ID, assert_equal

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def small() -> Iterator[Sandbox]:
    with Sandbox(Workspace.generate(seed=3, reports=2, collections=1, datasets=1, members=2)) as server:
        yield server


def job(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    catalog = CatalogOptions("out", token="catalog-token", source_id=SOURCE_ID, ingest_url=sandbox.ingest_url)
    given: dict[str, Any] = {"workspace": sandbox.workspace.slug, "host": sandbox.url, **CREDENTIALS}
    sync(pipeline, catalog=catalog, requests_per_10s=100_000, **given)


# dlt's step, which call of it (the first is the load's, the second lineage's), after it rather than before, signal
STEPS = [
    ("extract", 1, False, signal.SIGTERM),
    ("normalize", 1, True, signal.SIGINT),
    ("load", 1, False, signal.SIGTERM),
    ("extract", 2, False, signal.SIGINT),
    ("normalize", 2, True, signal.SIGTERM),
    ("load", 2, False, signal.SIGTERM),
    ("load", 2, True, signal.SIGINT),
]


@pytest.mark.parametrize(("step", "call", "late", "number"), STEPS)
def test_a_signal_in_every_step(
    step: str, call: int, late: bool, number: signal.Signals, small: Sandbox, pipeline: dlt.Pipeline, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """It ends the job, whether dlt wraps it, records it or has done its step already; nothing is uploaded."""
    original: Callable[..., Any] = getattr(pipeline, step)
    calls = []

    def interrupted(*args: Any, **kwargs: Any) -> Any:
        calls.append(step)
        if len(calls) == call and not late:
            os.kill(os.getpid(), number)
        result = original(*args, **kwargs)
        if len(calls) == call and late:
            os.kill(os.getpid(), number)
        return result

    monkeypatch.setattr(pipeline, step, interrupted)
    with signals.raised(), pytest.raises(KeyboardInterrupt) as caught:
        job(small, pipeline)
    monkeypatch.setattr(pipeline, step, original)
    assert signals.exit_code(caught.value) == (130 if number == signal.SIGINT else 143)
    assert small.uploads == []
    assert not list(tmp_path.glob("out/*.json"))
    job(small, pipeline)
    assert len(small.uploads) == 6
    assert_equal(pipeline, small, tmp_path / "check")


@pytest.mark.parametrize(
    ("path", "number", "code"),
    [("verify", signal.SIGTERM, 143), ("spaces", signal.SIGINT, 130), ("queries", signal.SIGTERM, 143)],
)
def test_the_command_while_it_reads(
    path: str, number: signal.Signals, code: int, small: Sandbox, tmp_path: Path
) -> None:
    """Mode is asked no more, and one line says so."""
    children: list[subprocess.Popen[str]] = []
    small.add_fault(Fault(f"/{path}$", "call", do=lambda workspace: children[0].send_signal(number)))
    env = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [
        sys.executable, "-m", "mode_source", "sync", "-o", "out", "-H", small.url, "-w", "acme", "-t", "sandbox-token",
        "-s", "sandbox-secret",
    ]  # fmt: skip
    process = subprocess.Popen(command, env=env, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    children.append(process)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == code, errors
    assert "Traceback" not in errors
    assert errors.strip().splitlines()[-1].startswith("error: ")


ERRORS: list[tuple[Callable[[], BaseException], int]] = [
    (lambda: KeyboardInterrupt(), 130),
    (lambda: signals.Terminated(), 143),
    (lambda: ModeSourceError("x"), 0),
    (lambda: ValueError("x"), 0),
]


@pytest.mark.parametrize(("make", "code"), ERRORS)
@pytest.mark.parametrize("wrapped", ["bare", "cause", "context", "twice"])
def test_what_lies_behind(make: Callable[[], BaseException], code: int, wrapped: str) -> None:
    error: BaseException = make()
    for _ in range({"bare": 0, "twice": 2}.get(wrapped, 1)):
        outer = RuntimeError("outer")
        if wrapped == "context":
            outer.__context__ = error
        else:
            outer.__cause__ = error
        error = outer
    assert signals.exit_code(error) == code


def test_the_handler_is_put_back() -> None:
    before = signal.getsignal(signal.SIGTERM)
    with signals.raised():
        assert signal.getsignal(signal.SIGTERM) is not before
    assert signal.getsignal(signal.SIGTERM) is before
