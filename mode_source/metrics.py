"""The last run of each workspace as an OpenMetrics file, for the node exporter's textfile collector.

Ages are moments, as is the custom: `time() - mode_source_last_success_timestamp_seconds` is right at any time, whereas
an age in a file would stand still.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pendulum
from filelock import FileLock
from prometheus_client import CollectorRegistry, Gauge
from prometheus_client.openmetrics.exposition import generate_latest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from .errors import GAPS
from .locks import directory_lock

SUCCESS = "mode_source_last_success_timestamp_seconds"
ROWS = "mode_source_last_run_rows"
_METRICS = {
    "mode_source_last_run_timestamp_seconds": "When the last run ended.",
    SUCCESS: "When the last run ended that looked at everything (exit code 0 or 3).",
    "mode_source_last_run_exit_code": "Exit code of the last run; 0 is done, 3 is done with gaps.",
    "mode_source_last_run_duration_seconds": "How long the last run took.",
    "mode_source_last_run_requests": "Requests to Mode of the last run.",
    "mode_source_last_run_gaps": "Things that the last run could not read.",
    ROWS: "Rows of the last run, by table: listed by Mode, loaded as new or changed, removed.",
}


def write_metrics(
    path: Path, workspace: str, exit_code: int, began: pendulum.DateTime, summary: dict[str, Any]
) -> None:
    """Writes how a run ended, and keeps what the file says of other workspaces.

    Args:
        path: of the file; the node exporter reads those whose names end with `.prom`.
        workspace: whose run it was.
        exit_code: of the run.
        began: when it started.
        summary: what it did; empty where it failed.

    Raises:
        OSError: the file cannot be written.
    """
    lock = directory_lock(path)
    lock.parent.mkdir(parents=True, exist_ok=True)
    with FileLock(lock):  # one file for all workspaces, whose runs may end at the same moment
        now = pendulum.now("UTC")
        registry = CollectorRegistry()
        gauges = {name: Gauge(name, text, _labels(name), registry=registry) for name, text in _METRICS.items()}
        for name, labels, value in _before(path):
            if name in gauges and (labels.get("workspace") != workspace or name == SUCCESS):
                gauges[name].labels(**labels).set(value)
        values = {
            "mode_source_last_run_timestamp_seconds": now.timestamp(),
            "mode_source_last_run_exit_code": exit_code,
            "mode_source_last_run_duration_seconds": round((now - began).total_seconds(), 3),
        }
        if exit_code in (0, GAPS):
            values[SUCCESS] = now.timestamp()
        if summary:
            values["mode_source_last_run_requests"] = summary.get("requests", 0)
            values["mode_source_last_run_gaps"] = len(summary.get("gaps") or ())
        for name, value in values.items():
            gauges[name].labels(workspace=workspace).set(value)
        for table, counts in (summary.get("rows") or {}).items():
            for kind, count in counts.items():
                gauges[ROWS].labels(workspace=workspace, table=table, kind=kind).set(count)
        _replace(path, generate_latest(registry))  # type: ignore[no-untyped-call]


def _labels(name: str) -> list[str]:
    return ["workspace", "table", "kind"] if name == ROWS else ["workspace"]


def _before(path: Path) -> list[tuple[str, dict[str, str], float]]:
    """The samples that the file has; none if there is no file, or it is not ours to understand."""
    try:
        text = path.read_text(encoding="utf-8")
        families = list(text_string_to_metric_families(text))  # type: ignore[no-untyped-call]
    except (OSError, ValueError):
        return []
    return [(sample.name, sample.labels, sample.value) for family in families for sample in family.samples]


def _replace(path: Path, text: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")  # not read by the exporter: it ends with no .prom
    try:
        beside.write_bytes(text)
        beside.chmod(0o644)  # the exporter is another user
        beside.replace(path)
    finally:
        beside.unlink(missing_ok=True)
