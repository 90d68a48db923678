"""Whatever happens in Mode, to the network and to a run: the next good run leaves what a fresh full load would.

hypothesis draws what happens between and during runs: changes in Mode, also between two pages of a walk, faults
that pass and faults that last, runs that end after reading or after preparing, and new machines that know
only the destination. Real kills are in `test_crash`.
"""

from __future__ import annotations

import contextlib
import random
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mode_sandbox import Fault, Quirks, Sandbox, Workspace
from mode_source.errors import ModeSourceError

from ..conftest import DISCOVERY, EVERYTHING, assert_equal, duckdb_pipeline, postgres_pipeline, run, source_for
from ..helpers import histories

PATHS = [
    r"/spaces$",
    r"/spaces/\w+/reports",
    r"/spaces/\w+/datasets",
    r"/queries$",
    r"/charts$",
    r"/schedules$",
    r"/data_sources$",
    r"/definitions$",
    r"/groups$",
    r"/groups/\w+/memberships",
    r"/memberships",
    r"/api/\w+$",
    r"/batch/",
]
OPTIONAL_PATHS = [
    r"/runs$", r"/query_runs$", r"/subscriptions$", r"/fields$", r"/field_descriptions$", r"/permissions$",
    r"/audit_logs$",
]  # fmt: skip
# Runs all read, and what no listing shows read in every run: then everything must be exact.
ALL: dict[str, Any] = {"resources": EVERYTHING, "runs_per_report": 100, "reconcile_after": "0 seconds"}
Plan = list[list[tuple[object, ...]]]

LISTS = [
    r"/spaces$",
    r"/spaces/\w+/reports$",
    r"/datasets$",
    r"/queries$",
    r"/charts$",
    r"/schedules$",
    r"/memberships$",
    r"/data_sources$",
    r"/definitions$",
    r"/groups$",
]
KINDS = ["status", "reset", "truncate", "bad_json", "html", "empty"]

seeds = st.integers(0, 10_000)
changes = st.tuples(st.just("change"), seeds)
in_mid_walk = st.tuples(st.just("mid-walk"), seeds, st.integers(0, 6))
paths = st.sampled_from([*PATHS, *OPTIONAL_PATHS])
passing = st.tuples(st.just("passing"), paths, st.sampled_from(KINDS), st.integers(0, 3))
lasting = st.tuples(st.just("lasting"), paths, st.sampled_from(KINDS))
interrupted = st.tuples(st.just("interrupted"), st.sampled_from(["read", "prepared"]))
machine = st.tuples(st.just("new machine"))
partial = st.tuples(st.just("partial"), st.sampled_from(LISTS), st.sampled_from(["half", "nothing", "complaint"]))
odd = st.tuples(st.just("odd values"), seeds)
other_key = st.tuples(st.just("another key"))
steps = st.lists(
    st.one_of(
        changes, changes, changes, in_mid_walk, passing, lasting, interrupted, machine, partial, partial, odd, other_key
    ),
    max_size=5,
)
rounds = st.lists(steps, min_size=1, max_size=2)


def partly(how: str) -> Callable[[dict[str, Any]], None]:
    """Takes rows out of a list's answer."""

    def alter(body: dict[str, Any]) -> None:
        for rows in body.get("_embedded", {}).values():
            del rows[0 if how == "nothing" else (len(rows) + 1) // 2 :]
        if how == "complaint":
            body["errors"] = ["upstream timed out"]

    return alter


def oddly(dice: random.Random) -> Callable[[dict[str, Any]], None]:
    """Gives reports fields that are new, and change their type from row to row."""

    def alter(body: dict[str, Any]) -> None:
        for row in body.get("_embedded", {}).get("reports", []):
            row["novelty"] = dice.choice([1, 1.5, "low", {"a": [1]}, True, 2**70])
            row["Name"] = "not the name"

    return alter


class World:
    """A workspace, its sandbox, and the machine that loads from it."""

    def __init__(
        self, folder: Path, sandbox: Sandbox, connect: Callable[[Path], dlt.Pipeline], discovery: bool, everything: bool
    ) -> None:
        self.folder, self.sandbox, self.connect = folder, sandbox, connect
        self.settings = (DISCOVERY if discovery else {}) | (ALL if everything else {})
        self.everything = everything
        self.machine = 0
        self.quiet, self.lasting = True, False

    @property
    def pipeline(self) -> dlt.Pipeline:
        return self.connect(self.folder / f"machine{self.machine}")

    def step(self, step: tuple[object, ...]) -> None:
        workspace, sandbox = self.sandbox.workspace, self.sandbox
        match step:
            case ("change", int(seed)):
                workspace.random_change(random.Random(seed), more=self.everything)
            case ("mid-walk", int(seed), int(skip)):
                self.quiet = False
                shift = lambda ws: ws.random_change(random.Random(seed), more=self.everything)  # noqa: E731
                sandbox.add_fault(
                    Fault(match=r"/(reports|datasets|spaces)$", kind="call", do=shift, skip=skip, times=1)
                )
            case ("passing", str(path), str(kind), int(skip)):
                sandbox.add_fault(Fault(match=path, kind=kind, status=503, skip=skip, times=1))  # type: ignore[arg-type]
            case ("lasting", str(path), str(kind)):
                self.lasting = True
                sandbox.add_fault(Fault(match=path, kind=kind, status=500, times=None))  # type: ignore[arg-type]
            case ("interrupted", str(how)):
                source, _ = source_for(sandbox, max_attempts=3, **self.settings)
                pipeline = self.pipeline
                pipeline.activate()
                pipeline.sync_destination()
                try:
                    pipeline.extract(source)
                    if how == "prepared":
                        pipeline.normalize()
                except Exception:
                    assert self.lasting or not self.quiet
            case ("new machine",):
                self.machine += 1
            case ("partial", str(path), str(how)):
                self.lasting = True
                sandbox.add_fault(Fault(path, "alter", alter=partly(how), times=None))
            case ("odd values", int(seed)):
                sandbox.add_fault(Fault(r"/reports$", "alter", alter=oddly(random.Random(seed)), times=None))
            case ("another key",):
                self.with_another_key()

    def with_another_key(self) -> None:
        """A run with a key that sees one collection only: it must take nothing away."""
        workspace = self.sandbox.workspace
        seen = next((token for token, space in workspace.collections.items() if space.listed), "none")

        def one_only(body: dict[str, Any]) -> None:
            for rows in body.get("_embedded", {}).values():
                rows[:] = [row for row in rows if row.get("token") == seen]

        with Sandbox(workspace, token="another-token", quirks=Quirks(page_size=4)) as other:
            other.add_fault(Fault(r"/spaces$", "alter", alter=one_only, times=None))
            other.add_fault(Fault(rf"/spaces/(?!{seen})\w+|/(reports|datasets)/\w+$", "status", status=404, times=None))
            with contextlib.suppress(ModeSourceError):
                run(self.pipeline, other, token="another-token", max_attempts=2)
        self.quiet = False

    def load(self) -> None:
        """One run after the steps; then, unless all was quiet, one more without faults or changes."""
        try:
            log = run(self.pipeline, self.sandbox, max_attempts=3, **self.settings)
            assert self.lasting or not self.quiet or not log.gaps
        except ModeSourceError:
            assert self.lasting
        if self.lasting or not self.quiet:
            self.sandbox.clear_faults()
            assert not run(self.pipeline, self.sandbox, **self.settings).gaps
        self.sandbox.clear_faults()
        self.quiet, self.lasting = True, False
        assert_equal(self.pipeline, self.sandbox, self.folder / "out")


def live(
    connect: Callable[[Path], dlt.Pipeline],
    plan: Plan,
    discovery: bool,
    everything: bool,
    folder: Path,
) -> None:
    workspace = Workspace.generate(seed=6, reports=14, collections=3, datasets=2, members=4)
    with Sandbox(workspace, quirks=Quirks(page_size=4)) as sandbox:
        world = World(folder, sandbox, connect, discovery, everything)
        for happenings in plan:
            for step in happenings:
                world.step(step)
            world.load()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mode_source.api.client.LONGEST_WAIT", 0.001)


def on_duckdb(plan: Plan, discovery: bool, everything: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        live(lambda machine: duckdb_pipeline(folder, machine.name), plan, discovery, everything, folder)


def on_postgres(postgres: str, plan: Plan, discovery: bool, everything: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        dataset = f"property_{Path(name).name.lower()}"
        live(lambda machine: postgres_pipeline(postgres, machine, dataset), plan, discovery, everything, Path(name))


@histories(2)
@given(rounds, st.booleans(), st.booleans())
def test_duckdb_ends_up_exact(plan: Plan, discovery: bool, everything: bool) -> None:
    on_duckdb(plan, discovery, everything)


@histories(2)
@given(rounds, st.booleans(), st.booleans())
def test_postgres_ends_up_exact(postgres: str, plan: Plan, discovery: bool, everything: bool) -> None:
    on_postgres(postgres, plan, discovery, everything)


@pytest.mark.exhaustive
@histories(20, fixed=False)
@given(rounds, st.booleans(), st.booleans())
def test_duckdb_ends_up_exact_whatever_happens(plan: Plan, discovery: bool, everything: bool) -> None:
    on_duckdb(plan, discovery, everything)


@pytest.mark.exhaustive
@histories(10, fixed=False)
@given(rounds, st.booleans(), st.booleans())
def test_postgres_ends_up_exact_whatever_happens(postgres: str, plan: Plan, discovery: bool, everything: bool) -> None:
    on_postgres(postgres, plan, discovery, everything)
