"""Lineage as a step of the job: its counts, and that nothing waits for it in vain."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox
from mode_source.lineage_tables.step import LineageStep

from ..conftest import run

Cli = Callable[..., tuple[int, str, str]]


def arguments(sandbox: Sandbox, *more: str) -> list[str]:
    return [
        "-w", sandbox.workspace.slug, "-H", sandbox.url, "-t", "sandbox-token", "-s", "sandbox-secret",
        "--progress", "none", "--json", *more,
    ]  # fmt: skip


def test_load_extract_and_their_counts(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__MODE__REQUESTS_PER_10S", "100000")
    code, out, err = cli("load", *arguments(sandbox))
    assert code == 0, err
    first = json.loads(out)["lineage"]
    queries = sandbox.workspace.expected_tables()["queries"]
    charts = sandbox.workspace.expected_tables()["charts"]
    assert (first["queries"], first["charts"]) == (len(queries), len(charts))
    assert first["tables"] > 0
    assert first["columns"] > 0
    code, out, _ = cli("extract", *arguments(sandbox, "-o", "out"))
    assert code == 0
    assert {json.loads(out)["lineage"][name] for name in ("queries", "charts", "tables", "columns", "errors")} == {0}


def test_a_failure_is_a_warning_and_the_export_goes_on(
    cli: Cli, sandbox: Sandbox, lineage_in_workers: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOURCES__MODE__REQUESTS_PER_10S", "100000")
    with monkeypatch.context() as broken:
        broken.setattr("sys.executable", "/bin/false")
        code, out, err = cli("extract", *arguments(sandbox, "-o", "out"))
    summary = json.loads(out)
    assert code == 0
    assert len(summary["files"]) == len(list(Path("out").iterdir()))
    assert "before it began" in summary["lineage"]["failed"]
    assert [line for line in err.splitlines() if "WARNING" in line and "Lineage" in line]
    assert "Traceback" not in err
    code, out, _ = cli("load", *arguments(sandbox))
    assert code == 0
    assert json.loads(out)["lineage"]["queries"] == len(sandbox.workspace.expected_tables()["queries"])


def test_plain_files_have_no_lineage(
    tmp_path: Path, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", (tmp_path / "lake").as_uri())
    pipeline = dlt.pipeline("mode", destination="filesystem", dataset_name="m", pipelines_dir=str(tmp_path / "p"))
    caplog.set_level("INFO")
    step = LineageStep(pipeline)
    step.run()
    assert [record.levelname for record in caplog.records if "lineage" in record.message] == ["INFO"]
    summary: dict[str, Any] = step.summary()
    assert "skipped" in summary


def test_a_part_of_the_tables(pipeline: dlt.Pipeline, sandbox: Sandbox) -> None:
    run(pipeline, sandbox, "collections")
    log = LineageStep(pipeline).run()
    assert (log.failed, log.queries, log.charts) == (None, 0, 0)
    assert pipeline.dataset()["query_tables"].fetchall() == []
