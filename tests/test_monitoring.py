"""How a run ended reaches the webhook, the healthcheck and the metrics file; none of them can fail the run."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pendulum
import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source import logs, monitoring
from mode_source.metrics import write_metrics

from .helpers import Answer, Asked, TinyServer

Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def a_process_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_secrets", set())
    monkeypatch.setattr(logs, "_as_json", False)
    monkeypatch.setattr(monitoring, "PAUSE", 0.0)


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Workspace.generate(seed=8, reports=4, collections=1, datasets=1, members=2)) as served:
        yield served


@pytest.fixture
def watcher() -> Iterator[TinyServer]:
    with TinyServer(lambda asked: Answer(b"ok")) as server:
        yield server


def load(sandbox: Sandbox, **changed: str) -> list[str]:
    flags = {"-H": sandbox.url, "-w": "acme", "-t": "sandbox-token", "-s": "sandbox-secret", "--progress": "none"}
    return ["load", *(part for pair in {**flags, **changed}.items() for part in pair)]


def samples(path: Path) -> dict[tuple[str, ...], float]:
    """Name, workspace and other labels → value. The exporter would refuse what this parser refuses."""
    families = text_string_to_metric_families(path.read_text())  # type: ignore[no-untyped-call]
    prefix, order = "mode_source_last_", ("workspace", "table", "kind")
    return {
        (sample.name.removeprefix(prefix), *(sample.labels[key] for key in order if key in sample.labels)): sample.value
        for family in families
        for sample in family.samples
    }


def test_success_is_a_healthcheck_and_no_notification(sandbox: Sandbox, watcher: TinyServer, cli: Cli) -> None:
    urls = ("--notify-url", f"{watcher.url}/hook", "--healthcheck-url", f"{watcher.url}/ping/3f9c")
    code, _, err = cli(*load(sandbox), *urls)
    assert code == 0, err
    assert [(asked.method, asked.path) for asked in watcher.asked] == [("GET", "/ping/3f9c")]


def test_gaps_are_notified(sandbox: Sandbox, watcher: TinyServer, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MONITORING__NOTIFY_URL", f"{watcher.url}/hook")
    monkeypatch.setenv("MONITORING__HEALTHCHECK_URL", f"{watcher.url}/ping")
    sandbox.add_fault(Fault("/definitions", status=403))
    assert cli(*load(sandbox))[0] == 3
    (asked,) = watcher.asked
    assert (asked.method, asked.path, asked.headers["Content-Type"]) == ("POST", "/hook", "application/json")
    sent = json.loads(asked.body)
    assert (sent["workspace"], sent["outcome"], sent["exit_code"]) == ("acme", "gaps", 3)
    assert [gap["entity"] for gap in sent["summary"]["gaps"]] == ["definitions"]
    assert sent["text"].endswith("gaps (exit code 3): 1 gaps, last known rows were kept")


def test_failure_is_notified_without_secrets(sandbox: Sandbox, watcher: TinyServer, cli: Cli) -> None:
    code, _, err = cli(*load(sandbox, **{"-s": "wrong-secret"}), "--notify-url", f"{watcher.url}/hook-a81f")
    assert code == 5
    (asked,) = watcher.asked
    sent = json.loads(asked.body)
    assert (sent["outcome"], sent["exit_code"], sent["summary"]) == ("failed", 5, {})
    assert sent["error"] in err.replace("error: ", "")
    assert b"wrong-secret" not in asked.body


def test_a_watcher_that_does_not_answer_fails_nothing(sandbox: Sandbox, cli: Cli) -> None:
    """Tried again, then a warning without the address."""

    def broken(asked: Asked) -> Answer:
        return Answer(b"no", 503)

    with TinyServer(broken) as server:
        code, _, err = cli(*load(sandbox), "--healthcheck-url", f"{server.url}/ping/3f9c")
        assert (code, len(server.asked)) == (0, 3)
        assert "The healthcheck was answered with status 503." in err
        assert "3f9c" not in err
    code, _, err = cli(*load(sandbox), "--healthcheck-url", f"{server.url}/ping/3f9c", "--log-level", "DEBUG")
    assert code == 0
    assert "The healthcheck could not be sent: ConnectionError." in err
    assert "3f9c" not in err


@pytest.mark.parametrize(
    ("flag", "value"), [("--notify-url", "hooks.example.com"), ("--metrics", "not/there/mode.prom")]
)
def test_a_setting_that_makes_no_sense(flag: str, value: str, sandbox: Sandbox, cli: Cli) -> None:
    code, _, err = cli(*load(sandbox), flag, value)
    assert (code, "[monitoring]" in err) == (2, True)
    assert sandbox.requests == []


def test_metrics(sandbox: Sandbox, cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "mode.prom"
    code, out, err = cli(*load(sandbox), "--metrics", str(path), "--json")
    assert code == 0, err
    summary, found = json.loads(out), samples(path)
    assert found["run_requests", "acme"] == summary["requests"]
    assert found["run_rows", "acme", "reports", "listed"] == 4
    assert found["run_rows", "acme", "reports", "loaded"] == 4
    assert (found["run_gaps", "acme"], found["run_exit_code", "acme"]) == (0, 0)
    assert found["run_duration_seconds", "acme"] > 0
    ended = pendulum.parse(summary["started_at"]).timestamp()  # type: ignore[union-attr]
    assert found["success_timestamp_seconds", "acme"] == found["run_timestamp_seconds", "acme"] >= ended
    assert stat.S_IMODE(path.stat().st_mode) == 0o644
    assert [file.name for file in tmp_path.glob("*.prom")] == ["mode.prom"]


def test_metrics_of_a_failure_and_of_others(sandbox: Sandbox, cli: Cli, tmp_path: Path) -> None:
    """The last success stays, and so does what the file says of another workspace."""
    path = tmp_path / "mode.prom"
    began = pendulum.now("UTC")
    write_metrics(path, "globex", 3, began, {"requests": 7, "gaps": [{}], "rows": {"reports": {"listed": 2}}})
    assert cli(*load(sandbox), "--metrics", str(path))[0] == 0
    before = samples(path)
    assert cli(*load(sandbox, **{"-s": "wrong-secret"}), "--metrics", str(path))[0] == 5
    found = samples(path)
    assert found["run_exit_code", "acme"] == 5
    assert found["success_timestamp_seconds", "acme"] == before["success_timestamp_seconds", "acme"]
    assert found["run_timestamp_seconds", "acme"] > before["run_timestamp_seconds", "acme"]
    assert ("run_requests", "acme") not in found
    globex = {key: value for key, value in found.items() if key[1] == "globex"}
    assert globex["run_rows", "globex", "reports", "listed"] == 2
    assert (globex["run_requests", "globex"], globex["run_gaps", "globex"]) == (7, 1)
    path.write_text("not metrics {\n")
    write_metrics(path, "globex", 0, began, {})
    assert samples(path)["run_exit_code", "globex"] == 0


def test_json_log(sandbox: Sandbox, cli: Cli) -> None:
    """Every line on standard error is an object, the last one of a failure too; secrets are in none."""
    code, _, err = cli(*load(sandbox), "--log-format", "json")
    assert code == 0, err
    lines = [json.loads(line) for line in err.splitlines()]
    assert {"time", "level", "logger", "message"} <= lines[0].keys()
    assert any("Authentication" in line["message"] for line in lines)
    code, _, err = cli(*load(sandbox, **{"-s": "wrong-secret"}), "--log-format", "json")
    assert code == 5
    last = json.loads(err.splitlines()[-1])
    assert (last["level"], "credentials" in last["message"].lower()) == ("ERROR", True)
    assert "wrong-secret" not in err
    code, _, err = cli(*load(sandbox), "--log-format", "text")
    assert err.splitlines()[0].startswith("INFO - ")
