"""What is off unless selected: what it costs, what it holds, what it keeps."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.check import check
from mode_source.entities import ENTITIES
from mode_source.errors import UsageError
from mode_source.load import load
from mode_source.settings import selection

from ..conftest import CREDENTIALS, EVERYTHING, SIZES, duckdb_pipeline, paths, run, source_for, tokens
from ..helpers import client_for

ALL: dict[str, Any] = {"resources": EVERYTHING, "runs_per_report": 100}
OPTIONAL = ("/runs", "/query_runs", "/subscriptions", "/fields", "/field_descriptions", "/permissions", "/audit_logs")


@pytest.fixture(scope="module")
def everything(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database after a first load of everything."""
    folder = tmp_path_factory.mktemp("everything")
    with Sandbox(Workspace.generate(**SIZES)) as server:
        assert not run(duckdb_pipeline(folder), server, **ALL).gaps
    return folder / "mode.duckdb"


@pytest.fixture
def whole(everything: Path, tmp_path: Path) -> dlt.Pipeline:
    """The pipeline after a first load of everything from `sandbox`."""
    (tmp_path / "mode.duckdb").write_bytes(everything.read_bytes())
    return duckdb_pipeline(tmp_path)


def asked(sandbox: Sandbox) -> list[str]:
    """Requests for what is off unless selected, since the last look."""
    found = [path for path in paths(sandbox) if path.endswith(OPTIONAL)]
    sandbox.clear_requests()
    return found


def rows(pipeline: dlt.Pipeline, sql: str) -> list[tuple[Any, ...]]:
    with pipeline.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(sql) or ()]


def test_tables_hold_what_the_workspace_holds(whole: dlt.Pipeline, sandbox: Sandbox) -> None:
    run(whole, sandbox, **ALL)
    held, truth = tokens(whole), sandbox.workspace.expected_tables()
    assert held.keys() == truth.keys()
    for name, expected in truth.items():
        assert held[name] == expected, name
        assert expected, name  # or the comparison says nothing


def test_an_unchanged_run_asks_for_none_of_it(whole: dlt.Pipeline, sandbox: Sandbox) -> None:
    log = run(whole, sandbox, **ALL)
    assert asked(sandbox) == []
    assert not log.loaded.total()


def test_one_run_of_one_report_costs_two_requests_more_at_the_most(whole: dlt.Pipeline, sandbox: Sandbox) -> None:
    workspace = sandbox.workspace
    scheduled = next(s for s in workspace.schedules.values() if workspace.is_listed(workspace.reports[s.report_token]))
    report = workspace.reports[scheduled.report_token]
    report.runtime_ms = 60_000
    workspace.fail_run(report, scheduled=True)
    run(whole, sandbox, **ALL)
    run_path = f"/api/acme/reports/{report.token}/runs"
    assert [path.startswith(run_path) for path in asked(sandbox)] == [True, True]
    workspace.run_report(report)
    run(whole, sandbox, **ALL)
    assert asked(sandbox) == [run_path]
    assert tokens(whole)["report_runs"] == workspace.expected_tables()["report_runs"]
    assert tokens(whole)["query_runs"] == workspace.expected_tables()["query_runs"]


def test_not_one_request_more_unless_selected(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    run(pipeline, sandbox)
    assert asked(sandbox) == []
    assert not {name for name, entity in ENTITIES.items() if not entity.selected} & tokens(pipeline).keys()


def test_in_several_packages(sandbox: Sandbox, pipeline: dlt.Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """A long load reads reports later, in packages of their own, also what was not selected by a setting."""
    monkeypatch.setattr("mode_source.extract.agenda.INLINE", 2)
    source, log = source_for(sandbox, runs_per_report=100, checkpoint_every="1 second")
    load(pipeline, source.with_resources(*(name for name in ENTITIES if name != "report_stats")), log)
    held, truth = tokens(pipeline), sandbox.workspace.expected_tables()
    for name, expected in truth.items():
        assert held[name] == expected, name
    with pipeline.sql_client() as client:
        [[packages]] = (
            client.execute_sql(f"SELECT count(*) FROM {client.make_qualified_table_name('_dlt_loads')}") or []
        )
    assert packages > 1
    sandbox.clear_requests()
    run(pipeline, sandbox, **ALL)
    assert asked(sandbox) == []


@pytest.mark.parametrize("seed", range(2))
def test_after_random_changes(whole: dlt.Pipeline, sandbox: Sandbox, seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(2):
        for _ in range(40):
            sandbox.workspace.random_change(rng, more=True)
        assert not run(whole, sandbox, **ALL, reconcile_after="0 seconds").gaps
        held, truth = tokens(whole), sandbox.workspace.expected_tables()
        for name, expected in truth.items():
            assert held[name] == expected, name
        states = dict(rows(whole, "SELECT token, state FROM mode_metadata.report_runs"))
        unfinished = {token for token, state in states.items() if state == "enqueued"}
        assert len(unfinished) == sum(
            run.finished is None
            for report in sandbox.workspace.reports.values()
            if sandbox.workspace.is_listed(report)
            for run in report.newer_runs
        )


def test_check_says_what_it_costs(sandbox: Sandbox, pipeline: dlt.Pipeline) -> None:
    """As far as the lists tell: a short list may take a second request, which proves that it was all."""
    client = client_for(sandbox)
    said = check(client, "all").optional_requests
    client.close()
    sandbox.clear_requests()
    run(pipeline, sandbox, resources=EVERYTHING)
    taken = Counter(request.path.rpartition("/")[2] for request in sandbox.requests)
    spaces = [path for path in paths(sandbox, "/permissions") if "/spaces/" in path]
    assert said["report_runs"] == taken["runs"]
    assert said["dataset_fields"] <= taken["fields"] + taken["field_descriptions"] <= 2 * said["dataset_fields"]
    assert said["report_filters"] <= taken["filters"] <= 2 * said["report_filters"]
    assert said["report_subscriptions"] <= taken["subscriptions"] <= 2 * said["report_subscriptions"]
    assert said["collection_permissions"] <= len(spaces) <= 2 * said["collection_permissions"]
    assert said["data_source_permissions"] <= taken["permissions"] - len(spaces) <= 2 * said["data_source_permissions"]
    assert said["audit_logs"] <= taken["audit_logs"]


# -- the setting


DEFAULT = {name for name, entity in ENTITIES.items() if entity.selected}


@pytest.mark.parametrize(
    ("given", "wanted"),
    [
        (None, DEFAULT),
        ([], DEFAULT),
        (["+report_runs"], DEFAULT | {"report_runs"}),
        (["-charts", "+report_runs", "-report_filters"], DEFAULT - {"charts"} | {"report_runs"}),
        ("+report_runs, -charts", DEFAULT - {"charts"} | {"report_runs"}),
        (["reports"], {"reports"}),
        (["reports", "queries", "-queries", "+charts"], {"reports", "charts"}),
    ],
)
def test_plus_and_minus_from_the_default(given: list[str] | str | None, wanted: set[str]) -> None:
    assert selection(given) == wanted


@pytest.mark.parametrize("given", [["+nonsense"], ["reports", "-nonsense"], ["+"], [""], "reports,"])
def test_unknown_names_are_wrong_usage(given: list[str] | str) -> None:
    with pytest.raises(UsageError, match=r"`resources`.*choose from collections, .*audit_logs"):
        selection(given)


def test_in_the_configuration_and_on_the_command_line(
    sandbox: Sandbox, cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    given = {"host": sandbox.url, "workspace": "acme", "requests_per_10s": "100000", **CREDENTIALS}
    for setting, value in given.items():
        monkeypatch.setenv(f"SOURCES__MODE__{setting.upper()}", value)
    monkeypatch.setenv("SOURCES__MODE__RESOURCES", '["collections", "+collection_permissions"]')
    code, out, err = cli("load", "--progress", "none", "--json")
    assert code == 0, err
    assert sorted(json.loads(out)["rows"]) == ["collection_permissions", "collections"]
    code, out, err = cli("load", "--progress", "none", "--json", "--resources", "-reports,-datasets,-queries,-charts")
    assert code == 0, err
    assert "collection_permissions" not in json.loads(out)["rows"]
    assert {"collections", "members", "report_schedules"} <= json.loads(out)["rows"].keys()
    monkeypatch.setenv("SOURCES__MODE__RESOURCES", '["+report_run"]')
    code, out, err = cli("load", "--progress", "none")
    assert (code, out) == (2, "")
    assert "there is no table report_run: choose from" in err
    for needs_discovery in ("report_stats", "+report_stats"):
        code, _, err = cli("load", "--resources", needs_discovery)
        assert code == 2
        assert "`discovery_token`" in err
