"""The command line: exit codes, one-line messages, where settings come from, what is printed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mode_sandbox import Fault, Sandbox, Workspace
from mode_source import logs
from mode_source.api import client as client_module
from mode_source.load import make_pipeline
from mode_source.locks import directory_lock, single_run

from .conftest import SOURCE_ID, run, source_for
from .helpers import make_set

Cli = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture(autouse=True)
def nothing_hidden_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command line is a process of its own: what other tests' secrets were is not redacted here."""
    monkeypatch.setattr(logs, "_secrets", set())


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    workspace = Workspace.generate(seed=8, reports=5, collections=2, datasets=1, members=3)
    with Sandbox(workspace) as served:
        yield served


@pytest.fixture
def configured(sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    """The sandbox in the environment, under the names of `mode-source`."""
    for name, value in {
        "SOURCES__MODE__HOST": sandbox.url,
        "SOURCES__MODE__WORKSPACE": "acme",
        "SOURCES__MODE__TOKEN": "sandbox-token",
        "SOURCES__MODE__SECRET": "sandbox-secret",
        "SOURCES__MODE__REQUESTS_PER_10S": "100000",
        "PIPELINES_DIR": str(tmp_path / "pipelines"),
    }.items():
        monkeypatch.setenv(name, value)
    return sandbox


def set_catalog(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CATALOG__TOKEN", "catalog-token")
    monkeypatch.setenv("CATALOG__SOURCE_ID", SOURCE_ID)
    monkeypatch.setenv("CATALOG__INGEST_URL", sandbox.ingest_url)


def failed(result: tuple[int, str, str], code: int, *named: str) -> str:
    """The one line of a failed command."""
    found, out, err = result
    assert found == code, err
    assert out == ""
    lines = [line for line in err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1, err
    assert "Traceback" not in err
    for name in named:
        assert name in lines[0]
    return lines[0]


# -- exit code 0, and what is printed


def test_extract_takes_the_place_of_the_old_extractor(
    sandbox: Sandbox, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`-H -w -t -s -o` and nothing else; then `export` and `upload` go on from there without Mode."""
    monkeypatch.setenv("PIPELINES_DIR", str(tmp_path / "pipelines"))
    flags = ("-H", sandbox.url, "-w", "acme", "-t", "sandbox-token", "-s", "sandbox-secret")
    out_dir = tmp_path / "out"
    code, out, err = cli("extract", *flags, "-o", str(out_dir))
    assert code == 0, err
    files = sorted(out_dir.iterdir())
    kinds = ["collection", "datasource", "member", "query", "report", "summary"]
    assert [path.name.partition("-")[2] for path in files] == [f"{kind}.json" for kind in kinds]
    for line in ("Authentication succeeded.", "Starting extraction for REPORT...", "5 rows extracted"):
        assert line in err
    for path in files:
        assert f"Wrote output file: {path} ({path.stat().st_size} bytes)" in err
        assert str(path) in out
    truth = sandbox.workspace.expected_files()
    for path in files[:-1]:
        assert json.loads(path.read_bytes()) == truth[path.stem.partition("-")[2]]

    sandbox.clear_requests()
    code, out, err = cli("export", "-o", str(tmp_path / "again"), "--json")
    assert code == 0, err
    again = [Path(path) for path in json.loads(out)["files"]]
    assert len(again) == 6
    by_name = {path.name.partition("-")[2]: path.read_bytes() for path in files}
    assert all(path.read_bytes() == by_name[path.name.partition("-")[2]] for path in again[:-1])
    assert sandbox.requests == []

    target = ("-k", "catalog-token", "-s", SOURCE_ID, "--ingest-url", sandbox.ingest_url)
    code, out, err = cli("upload", *target, "-d", str(out_dir))
    assert code == 0, err
    assert "Uploaded 6 files." in out
    assert err.count(" as VIZ to ") == 6
    assert {item.filename for item in sandbox.uploads} == {path.name for path in files}


def test_sync_uploads_when_configured(
    configured: Sandbox, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One JSON object on standard output, nothing else; without Catalog's settings it says that nothing goes there."""
    code, out, err = cli("sync", "-o", str(tmp_path / "out"))
    assert code == 0, err
    assert "Not uploaded" in err
    assert configured.uploads == []
    set_catalog(configured, monkeypatch)
    code, out, err = cli("sync", "-o", str(tmp_path / "out"), "--json", "--keep", "1")
    assert code == 0, err
    summary = json.loads(out)
    assert len(summary["files"]) == len(summary["uploaded"]) == len(configured.uploads) == 6
    assert configured.uploads[-1].filename.endswith("-summary.json")
    assert summary["gaps"] == []
    assert {*map(Path, summary["files"])} < set((tmp_path / "out").iterdir())
    assert len(list((tmp_path / "out").iterdir())) == 7  # the set and its receipt


def test_check_says_what_a_key_sees(configured: Sandbox, cli: Cli) -> None:
    """Credentials, kind of key, what is visible, and what a first load costs; reads only."""
    code, out, err = cli("check")
    assert code == 0, err
    for part in ("Credentials work", "acme", "2 collections", "5 reports", "1 datasets", "requests", "minutes"):
        assert part in out
    code, out, err = cli("check", "--json")
    assert code == 0, err
    findings = json.loads(out)
    assert findings["counts"]["reports"] == 5
    assert findings["first_load_requests"] > 10
    assert 0 < findings["optional_requests"]["report_runs"] <= 6
    assert f"report_runs {findings['optional_requests']['report_runs']}, " in cli("check")[1]
    assert {request.method for request in configured.requests} == {"GET"}


def test_demo(cli: Cli, tmp_path: Path) -> None:
    """README line one: ends with six files, the receipt and a table of what was loaded; the second run fetches less."""
    code, out, err = cli("demo", "-o", str(tmp_path / "demo"), "--reports", "20")
    assert code == 0, err
    sets = sorted((tmp_path / "demo" / "catalog").glob("*-summary.json"))
    assert len(sets) == 2
    prefix = sets[-1].name.partition("-")[0]
    assert len(list(sets[-1].parent.glob(f"{prefix}-*.json"))) == 6
    assert str(sets[-1].parent / f"{prefix}-upload.receipt") in out
    assert (sets[-1].parent / f"{prefix}-upload.receipt").exists()
    requests = [int(line.split()[0]) for line in out.splitlines() if " requests to Mode" in line]
    assert len(requests) == 2
    assert requests[1] < requests[0]
    assert "reports" in out


def test_dry_run_sends_nothing(sandbox: Sandbox, cli: Cli, tmp_path: Path) -> None:
    make_set(tmp_path / "d", 1)
    newest = make_set(tmp_path / "d", 2)
    target = ("-k", "catalog-token", "-s", SOURCE_ID, "--ingest-url", sandbox.ingest_url)
    code, out, err = cli("upload", *target, "-d", str(tmp_path / "d"), "--dry-run")
    assert code == 0, err
    assert [line.split()[2] for line in out.splitlines()] == [path.name for path in newest]
    code, out, err = cli("upload", *target, "-d", str(tmp_path / "d"), "--dry-run", "--all", "--json")
    assert [file["name"][0] for file in json.loads(out)["files"]] == ["1"] * 6 + ["2"] * 6
    assert sandbox.requests == []
    assert len(list((tmp_path / "d").iterdir())) == 12  # and no receipt


def test_upload_with_the_names_that_users_have(
    sandbox: Sandbox, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`CASTOR_UPLOADER_*`, --source_id, --file_path; only the newest set, or --all, oldest first."""
    for prefix in (1, 2):
        make_set(tmp_path / "d", prefix)
    monkeypatch.setenv("CASTOR_UPLOADER_TOKEN", "catalog-token")
    monkeypatch.setenv("CASTOR_UPLOADER_SOURCE_ID", SOURCE_ID)
    monkeypatch.setenv("CASTOR_UPLOADER_DIRECTORY_PATH", str(tmp_path / "d"))
    monkeypatch.setenv("CASTOR_RETRY_OVERRIDE", "0")
    url = ("--ingest-url", sandbox.ingest_url)
    assert cli("upload", *url)[0] == 0
    assert {item.filename[0] for item in sandbox.uploads} == {"2"}
    assert cli("upload", *url, "--all")[0] == 0
    assert [item.filename[0] for item in sandbox.uploads[6:]] == ["1"] * 6 + ["2"] * 6
    other = tmp_path / "other.csv"
    other.write_text("a\n")
    assert cli("upload", *url, "--file_path", str(other), "--source_id", SOURCE_ID, "--file_type", "VIZ")[0] == 0
    assert sandbox.uploads[-1].filename == "other.csv"
    before = len(sandbox.requests)
    sandbox.add_fault(Fault("/ingest/", method="POST", status=503))
    failed(cli("upload", *url), 1, "503")
    assert len(sandbox.requests) == before + 1  # CASTOR_RETRY_OVERRIDE=0


# -- exit codes other than 0


def test_upload_failures(sandbox: Sandbox, cli: Cli, tmp_path: Path) -> None:
    """1 = could not be sent or is not fit; 2 = usage; 5 = refused."""
    files = make_set(tmp_path / "d", 1)
    (tmp_path / "empty").mkdir()
    directory, url = ("-d", str(tmp_path / "d")), ("--ingest-url", sandbox.ingest_url)
    good = ("-k", "catalog-token", "-s", SOURCE_ID, *url)
    failed(
        cli("upload", *directory, "-s", SOURCE_ID),
        2,
        "`token` of [catalog]",
        "CATALOG__TOKEN",
        "CASTOR_UPLOADER_TOKEN",
        "-k",
    )
    failed(cli("upload", *directory, "-k", "x"), 2, "`source_id` of [catalog]", "CASTOR_UPLOADER_SOURCE_ID", "-s")
    failed(cli("upload", *directory, "-k", "x", "-s", "no-uuid"), 2, "`source_id`")
    failed(cli("upload", *good, *directory, "-z", "APAC"), 2, "`zone`")
    failed(cli("upload", *good), 2, "-f", "-d")
    failed(cli("upload", *good, *directory, "-f", str(files[0])), 2, "not both")
    failed(cli("upload", *good, "-d", str(tmp_path / "empty")), 1, "no whole set")
    failed(cli("upload", *good, "-d", str(tmp_path / "nowhere")), 1, "no directory")
    line = failed(cli("upload", "-k", "wrong-token", "-s", SOURCE_ID, *url, *directory), 5, "`token` and `source_id`")
    assert "wrong-token" not in line
    files[2].write_text('[{"id": 1')
    before = len(sandbox.requests)
    failed(cli("upload", *good, *directory), 1, "1-report.json is not valid JSON")
    assert len(sandbox.requests) == before
    assert sandbox.uploads == []


def test_wrong_secret(configured: Sandbox, cli: Cli) -> None:
    for command in (["check"], ["load"]):
        line = failed(cli(*command, "-s", "not-the-secret"), 5, "`token` and `secret` of [sources.mode]")
        assert "not-the-secret" not in line


def test_wrong_host(configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(client_module, "LONGEST_WAIT", 0.0)
    failed(cli("check", "-H", "http://127.0.0.1:9"), 1, "127.0.0.1:9")


def test_wrong_workspace(configured: Sandbox, cli: Cli) -> None:
    failed(cli("load", "-w", "display name"), 2, "`workspace`", "slug")


@pytest.mark.parametrize(
    ("missing", "flag", "castor"),
    [
        ("workspace", "-w", "CASTOR_MODE_ANALYTICS_WORKSPACE"),
        ("token", "-t", "CASTOR_MODE_ANALYTICS_TOKEN"),
        ("secret", "-s", "CASTOR_MODE_ANALYTICS_SECRET"),
    ],
)
def test_missing_settings(
    missing: str, flag: str, castor: str, configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line that names the setting and every place to put it."""
    monkeypatch.delenv(f"SOURCES__MODE__{missing.upper()}")
    places = (
        f"`{missing}`",
        "[sources.mode]",
        "secrets.toml",
        f"SOURCES__MODE__{missing.upper()}",
        castor,
        f"flag {flag}",
    )
    failed(cli("check"), 2, *places)
    assert configured.requests == []


def test_usage_errors(configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wrong usage is said in one line, before the first request."""
    failed(cli("load", "--nonsense"), 2, "--nonsense", "--help")
    failed(cli("nonsense"), 2, "nonsense")
    failed(cli("load", "--progress", "fancy"), 2, "--progress")
    failed(cli("load", "--since", "yesterday-ish"), 2, "`since`")
    failed(cli("load", "-H", "ftp://mode"), 2, "`host`")
    failed(cli("extract"), 2, "`output_directory`", "-o", "CATALOG__OUTPUT_DIRECTORY", "CASTOR_OUTPUT_DIRECTORY")
    failed(cli("export"), 2, "`output_directory`")
    monkeypatch.setenv("SOURCES__MODE__EXCLUDE_REPORTS", '["("]')
    failed(cli("load"), 2, "`exclude_reports`")
    monkeypatch.delenv("SOURCES__MODE__EXCLUDE_REPORTS")
    monkeypatch.setenv("SOURCES__MODE__REREAD_AFTER", "soon")
    failed(cli("load"), 2, "`reread_after`")
    assert configured.requests == []


def test_a_value_of_the_wrong_type(configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that is none is a wrong configuration, too."""
    monkeypatch.setenv("SOURCES__MODE__MAX_ATTEMPTS", "many")
    failed(cli("check"), 2, "max_attempts")


def test_export_before_the_first_load(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIPELINES_DIR", str(tmp_path / "pipelines"))
    failed(cli("export", "-o", str(tmp_path / "out")), 1, "run `mode-source load` first")
    assert not (tmp_path / "out").exists()


def test_gaps_exit_3(configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Done, but a report could not be read: named in the log, counted in the summary."""
    monkeypatch.setenv("SOURCES__MODE__MAX_ATTEMPTS", "1")
    report = next(
        r
        for r in configured.workspace.reports.values()
        if r.queries and not r.is_dataset and configured.workspace.is_listed(r)
    )
    configured.add_fault(Fault(f"/reports/{report.token}/queries$", status=500, times=None))
    code, out, err = cli("load", "--json")
    assert code == 3, err
    gaps = json.loads(out)["gaps"]
    assert report.token in {gap["token"] for gap in gaps}
    assert "could not be read" in err
    assert "Traceback" not in err


def test_locked_exit_4(configured: Sandbox, cli: Cli, tmp_path: Path) -> None:
    """Overlapping scheduled runs: the second says who works there, asks Mode nothing, and fails."""
    with single_run(tmp_path / "pipelines" / "mode.lock", "the pipeline"):
        for command in (["load"], ["export", "-o", str(tmp_path / "out")]):
            failed(cli(*command), 4, f"process {os.getpid()}", "--wait")
    assert configured.requests == []
    assert directory_lock(tmp_path / "out") != directory_lock(tmp_path / "in")


# -- help


PREFIXES = ("SOURCES__MODE__", "CASTOR_MODE_ANALYTICS_")
MODE = [f"{own}{name}" for name in ("HOST", "WORKSPACE", "TOKEN", "SECRET") for own in PREFIXES]
PIPELINE = ["DESTINATION_TYPE", "DATASET_NAME", "PIPELINES_DIR"]
OUTPUT = ["CATALOG__OUTPUT_DIRECTORY", "CASTOR_OUTPUT_DIRECTORY"]
CATALOG = [f"{own}{name}" for name in ("TOKEN", "SOURCE_ID", "ZONE") for own in ("CATALOG__", "CASTOR_UPLOADER_")]
HELP = {
    "check": MODE,
    "load": [*MODE, *PIPELINE, "SOURCES__MODE__SINCE"],
    "export": [*OUTPUT, *PIPELINE],
    "upload": [*CATALOG, "CASTOR_UPLOADER_FILE_PATH", "CASTOR_UPLOADER_DIRECTORY_PATH", "CATALOG__INGEST_URL"],
    "extract": [*MODE, *OUTPUT, *PIPELINE],
    "sync": [*MODE, *OUTPUT, *PIPELINE, *CATALOG[:4], "CATALOG__ZONE", "CATALOG__INGEST_URL"],
    "demo": [],
    "sandbox": [],
}


@pytest.mark.parametrize("command", HELP)
def test_help(command: str, cli: Cli) -> None:
    """`-h` explains every option with its environment name."""
    code, out, _ = cli(command, "-h")
    assert code == 0
    flat = "".join(out.split())
    for name in HELP[command]:
        assert name in flat, name
    assert cli("-h")[0] == 0
    assert command in cli("-h")[1]


def test_no_command_is_help_and_usage(cli: Cli) -> None:
    code, out, err = cli()
    assert code == 2
    assert out == ""
    assert "sync" in err


# -- where a setting comes from

PRECEDENCE = """
import json, os, sys
from mode_source.cli import main
steps = json.loads(sys.argv[1])
for step in steps:
    os.environ.update(step.get("env", {}))
    code = main(["check", *step.get("flags", [])])
    print("code", code, file=sys.stderr)
"""


def test_precedence(sandbox: Sandbox, tmp_path: Path) -> None:
    """Default < CASTOR_ names < .dlt/*.toml < SOURCES__ environment < flag, for each setting by itself."""
    (tmp_path / ".dlt").mkdir()
    (tmp_path / ".dlt" / "config.toml").write_text('[sources.mode]\nworkspace = "from-toml"\nmax_attempts = 1\n')
    env = os.environ | {
        "PYTHONPATH": str(ROOT),
        "CASTOR_MODE_ANALYTICS_HOST": sandbox.url,
        "CASTOR_MODE_ANALYTICS_WORKSPACE": "from-castor",
        "CASTOR_MODE_ANALYTICS_TOKEN": "sandbox-token",
        "CASTOR_MODE_ANALYTICS_SECRET": "sandbox-secret",
    }
    steps: list[dict[str, Any]] = [
        {},
        {"env": {"SOURCES__MODE__WORKSPACE": "from-env"}},
        {"flags": ["-w", "from-flag"]},
        {"flags": ["-w", "acme"]},
    ]
    child = subprocess.run(
        [sys.executable, "-c", PRECEDENCE, json.dumps(steps)], cwd=tmp_path, env=env, capture_output=True, text=True
    )
    slugs = [request.path.split("/")[2] for request in sandbox.requests if request.path.endswith("/spaces")]
    assert slugs == ["from-toml", "from-env", "from-flag", "acme"], child.stderr
    assert child.stderr.splitlines()[-1] == "code 0"
    (tmp_path / ".dlt" / "config.toml").unlink()
    sandbox.clear_requests()
    subprocess.run([sys.executable, "-c", PRECEDENCE, "[{}]"], cwd=tmp_path, env=env, capture_output=True)
    slugs = [request.path.split("/")[2] for request in sandbox.requests if request.path.endswith("/spaces")]
    assert slugs == ["from-castor"]


def test_as_a_module(configured: Sandbox, tmp_path: Path) -> None:
    """`python -m mode_source`, a real process: output, log and exit code apart."""
    command = [sys.executable, "-m", "mode_source", "check", "--json"]
    env = os.environ | {"PYTHONPATH": str(ROOT)}
    good = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True)
    assert good.returncode == 0, good.stderr
    assert json.loads(good.stdout)["workspace"] == "acme"
    bad = subprocess.run([*command, "-s", "wrong"], cwd=tmp_path, env=env, capture_output=True, text=True)
    failed((bad.returncode, bad.stdout, bad.stderr), 5)


def test_each_directory_has_its_own_database(
    configured: Sandbox, cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`mode.duckdb` in the working directory, though dlt's working folder is one and the same; nothing crosses over."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        configured.clear_requests()
        assert cli("load", "--progress", "none", "--resources", "collections")[0] == 0
        assert configured.requests
        assert (tmp_path / name / "mode.duckdb").exists()
        monkeypatch.setenv("SOURCES__MODE__COLLECTION_FILTER", "custom")
    counts = []
    for name in ("one", "two", "one"):
        monkeypatch.chdir(tmp_path / name)
        code, out, _ = cli("sql", "select count(*) as n from collections", "--format", "json")
        assert code == 0
        counts.append(json.loads(out)[0]["n"])
    assert counts[0] == counts[2] > counts[1]


def test_what_another_database_left_unloaded_is_not_loaded_here(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        monkeypatch.chdir(tmp_path / name)
        pipeline = make_pipeline(pipelines_dir=str(tmp_path / "pipelines"))
        if name == "one":
            load_log = run(pipeline, sandbox, "data_sources")
            assert load_log.loaded["data_sources"]
            sandbox.workspace.add_data_source("Read, but not loaded")
            source, _ = source_for(sandbox)
            pipeline.extract(source.with_resources("data_sources"))
            assert pipeline.has_pending_data
        else:
            sandbox.workspace.delete_data_source(next(reversed(sandbox.workspace.data_sources)))
            run(pipeline, sandbox, "data_sources")
            held = {token for (token,) in pipeline.dataset()("select token from data_sources").fetchall()}
            assert held == sandbox.workspace.expected_tables()["data_sources"]
