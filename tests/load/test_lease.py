"""Two machines, one dataset on PostgreSQL: one loads, the other says who; a dead one is forgotten in time."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from pathlib import Path

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.cli import main
from mode_source.destination.lease import TABLE, Lease, LeaseLost, holders, leased
from mode_source.errors import LockedError
from mode_source.load import connect, exclusive
from mode_source.load import run as run_pipeline

from ..conftest import assert_equal, postgres_pipeline, run, source_for, tokens

PAIRS = int(os.environ.get("MODE_SOURCE_PAIRS", "2"))  # of loads that start together
ROOT = str(Path(__file__).resolve().parents[2])


def machine(url: str, folder: Path, name: str, dataset: str) -> dlt.Pipeline:
    """The pipeline as another machine has it: with a working folder of its own."""
    return postgres_pipeline(url, folder / name, dataset)


def expire(pipeline: dlt.Pipeline) -> None:
    """As if its holder had not renewed it in time."""
    with pipeline.sql_client() as client:
        table = client.make_qualified_table_name(TABLE)
        client.execute_sql(f"UPDATE {table} SET expires = expires - INTERVAL '1 hour'")


def test_one_holds_it_the_other_says_who(postgres: str, tmp_path: Path) -> None:
    one, two = (machine(postgres, tmp_path, name, "who") for name in ("one", "two"))
    with exclusive(one):
        said = rf"process {os.getpid()} on .*, since 20.*Z, renewed until 20.*Z.*'who'"
        # Not `exclusive`, as both are on one machine here, whose lock says no before the lease is asked.
        with pytest.raises(LockedError, match=said), leased(two):
            pass
        assert [str(row[0]) for row in holders(two)] == [next(iter(holders(one)))[0]]
    with exclusive(two):
        assert holders(one)[0][0]
    assert holders(one)[0][0] is None


def test_waiting_for_it(postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mode_source.destination.lease.PAUSE", 0.05)
    one, two = (machine(postgres, tmp_path, name, "waits") for name in ("one", "two"))
    order: list[str] = []

    def second() -> None:
        with leased(two, wait=True):
            order.append("two")

    thread = threading.Thread(target=second)
    with leased(one):
        thread.start()
        thread.join(0.3)
        order.append("one")
    thread.join(10)
    assert order == ["one", "two"]


class Contest:
    """Several pipelines that want one lease at the same moment; counts who has it."""

    def __init__(self, pipelines: list[dlt.Pipeline]) -> None:
        self.together = threading.Barrier(len(pipelines))
        self.lock = threading.Lock()
        self.holding = self.most = self.taken = 0
        self.failures: list[BaseException] = []
        threads = [threading.Thread(target=self.contend, args=(pipeline,)) for pipeline in pipelines]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(30)

    def contend(self, pipeline: dlt.Pipeline) -> None:
        lease = Lease(pipeline)
        self.together.wait()
        try:
            lease.take()
            self.count(1)
            lease.confirm()
            self.count(-1)
            lease.give_back()
        except LockedError:
            pass
        except BaseException as error:
            self.failures.append(error)

    def count(self, more: int) -> None:
        with self.lock:
            self.holding += more
            self.taken += more > 0
            self.most = max(self.most, self.holding)


def test_started_together_on_a_new_dataset(postgres: str, tmp_path: Path) -> None:
    """Nothing is there yet, not even the schema: of eight that come at the same moment, one at a time has it."""
    for attempt in range(3):
        names = [f"{attempt}-{number}" for number in range(8)]
        contest = Contest([machine(postgres, tmp_path, name, f"together{attempt}") for name in names])
        assert contest.failures == []
        assert contest.most == 1
        assert contest.taken >= 1


def test_a_killed_run_does_not_stand_in_its_own_way(postgres: str, tmp_path: Path) -> None:
    """The same working folder, whose lock the operating system has freed: no need to wait for the expiry."""
    Lease(machine(postgres, tmp_path, "one", "killed")).take()
    with leased(machine(postgres, tmp_path, "one", "killed")):
        pass
    Lease(machine(postgres, tmp_path, "one", "killed")).take()
    with pytest.raises(LockedError), leased(machine(postgres, tmp_path, "two", "killed")):
        pass


def test_who_lost_it_loads_nothing_more(postgres: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """Asleep for an hour between two loads: the other machine's rows stay, and what was read here is let go of."""
    one, two, view = (machine(postgres, tmp_path, name, "asleep") for name in ("one", "two", "view"))
    run(one, sandbox)
    connect(view)
    dice = random.Random(3)
    for _ in range(6):
        sandbox.workspace.random_change(dice)
    source, log = source_for(sandbox)
    with exclusive(one):
        expire(one)
        other = Lease(two)
        other.take()
        before = tokens(view)
        with pytest.raises(LeaseLost, match="taken over"):
            run_pipeline(one, source, log)
        assert tokens(view) == before
        assert not one.has_pending_data
        other.give_back()
    run(two, sandbox)
    assert_equal(two, sandbox, tmp_path / "two")
    run(one, sandbox)
    assert_equal(one, sandbox, tmp_path / "one")


def test_what_is_pending_on_a_machine_that_was_overtaken(postgres: str, sandbox: Sandbox, tmp_path: Path) -> None:
    """Read before, never loaded: after another machine's load it is not loaded over it."""
    one, two = (machine(postgres, tmp_path, name, "stale") for name in ("one", "two"))
    run(one, sandbox)
    source, log = source_for(sandbox, full_refresh=True)
    with exclusive(one):
        one.extract(source)
        log.open.close()
    dice = random.Random(5)
    for _ in range(10):
        sandbox.workspace.random_change(dice)
    run(two, sandbox)
    assert one.has_pending_data
    changed = one.dataset()("SELECT COUNT(*) FROM changes").fetchall()
    run(one, sandbox)
    assert_equal(one, sandbox, tmp_path / "after")
    assert one.dataset()("SELECT COUNT(*) FROM changes").fetchall() == changed


def test_no_lease_where_the_database_has_one_process(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    run(pipeline, sandbox)
    assert holders(pipeline) == []


# -- two processes


class Machine:
    """`mode-source load` on one PostgreSQL dataset, as a process with a working folder of its own."""

    def __init__(self, url: str, sandbox: Sandbox, folder: Path, name: str) -> None:
        self.folder = folder / name
        self.command = [sys.executable, "-m", "mode_source", "load", "-H", sandbox.url, "-w", sandbox.workspace.slug]
        self.command += ["-t", "sandbox-token", "-s", "sandbox-secret", "--destination", "postgres", "--progress"]
        self.command += ["none", "--pipelines-dir", str(self.folder / "pipelines"), "--dataset-name", "pair"]
        self.environment = {
            **os.environ,
            "PYTHONPATH": ROOT,
            "DLT_DATA_DIR": str(self.folder / "dlt"),
            "SOURCES__MODE__REQUESTS_PER_10S": "100000",
            "DESTINATION__POSTGRES__CREDENTIALS": url,
        }

    def start(self) -> subprocess.Popen[str]:
        self.folder.mkdir(parents=True, exist_ok=True)
        return subprocess.Popen(
            self.command,
            env=self.environment,
            cwd=self.folder,
            text=True,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )


def test_two_machines_started_together_with_kills(postgres: str, tmp_path: Path) -> None:
    """One loads and the other says who does, or takes its turn after it; a kill leaves nothing that one run
    of the same machine does not heal. The tables are right after every pair."""
    workspace = Workspace.generate(seed=9, reports=8, collections=2, datasets=2, members=3)
    dice = random.Random(11)
    refused = 0
    with Sandbox(workspace) as sandbox:
        machines = [Machine(postgres, sandbox, tmp_path, name) for name in ("one", "two")]
        view = machine(postgres, tmp_path, "view", "pair")
        for pair in range(PAIRS):
            for _ in range(4):
                workspace.random_change(dice)
            started = [machine.start() for machine in machines]
            kill = pair % 2 == 1
            if kill:
                try:
                    started[0].wait(dice.uniform(0.5, 3.0))
                except subprocess.TimeoutExpired:
                    started[0].send_signal(signal.SIGKILL)
            ended = [(process.communicate(timeout=120), process.returncode) for process in started]
            for (_, err), code in ended:
                assert code in (0, 4, -9), err
                if code == 4:
                    refused += 1
                    assert "holds the lease of dataset 'pair'" in err
            assert kill or 0 in [code for _, code in ended]
            if ended[0][1] == -9:
                again = machines[0].start()
                _, err = again.communicate(timeout=120)
                assert again.returncode == 0, err
            connect(view)
            assert_equal(view, sandbox, tmp_path / f"check{pair}")
            with view.sql_client() as client:
                table = client.make_qualified_table_name("changes")
                doubled = f"SELECT changed_at, entity, token FROM {table} GROUP BY 1, 2, 3 HAVING COUNT(*) > 1"
                assert not client.execute_sql(doubled)
    print(f"{PAIRS} pairs, {refused} refused")


def test_exit_code(
    postgres: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    with Sandbox(Workspace.generate(seed=8, reports=2, collections=1)) as sandbox:
        flags = [
            "-H",
            sandbox.url,
            "-w",
            "acme",
            "-t",
            "sandbox-token",
            "-s",
            "sandbox-secret",
            "--dataset-name",
            "code",
        ]
        with leased(machine(postgres, tmp_path, "one", "code")):
            place = ["--destination", "postgres", "--dataset-name", "code", "--pipelines-dir", str(tmp_path / "two")]
            assert main(["load", *flags, *place]) == 4
        assert sandbox.requests == []  # nothing was read
    assert f"process {os.getpid()} on " in capsys.readouterr().err
