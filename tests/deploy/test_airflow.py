"""Airflow: `airflow dags test` with each Airflow that there is, twice, the second time incremental.

MODE_SOURCE_AIRFLOW names the virtual environments that have one, separated by colons; it needs none of mode-source.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mode_sandbox import Sandbox

from .conftest import DEPLOY

pytestmark = pytest.mark.deploy

AIRFLOWS = [path for path in os.environ.get("MODE_SOURCE_AIRFLOW", "").split(os.pathsep) if path]


@pytest.mark.skipif(not AIRFLOWS, reason="MODE_SOURCE_AIRFLOW names no Airflow")
@pytest.mark.parametrize("place", AIRFLOWS)
def test_dag(place: str, sandbox: Sandbox, settings: dict[str, str], tmp_path: Path) -> None:
    environment = settings | {
        "AIRFLOW_HOME": str(tmp_path / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(DEPLOY / "airflow"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "MODE_SOURCE": str(Path(sys.executable).with_name("mode-source")),
        "CATALOG__OUTPUT_DIRECTORY": str(tmp_path / "catalog"),
        "PATH": f"{place}/bin:{os.environ['PATH']}",
    }

    def airflow(*arguments: str) -> str:
        done = subprocess.run(
            [f"{place}/bin/airflow", *arguments],
            env=environment, cwd=tmp_path, capture_output=True, text=True, timeout=600,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-5000:]
        return done.stdout + done.stderr

    airflow("db", "migrate")
    assert "No data found" in airflow("dags", "list-import-errors")
    counts, uploads = [], []
    for day in ("2026-11-01", "2026-11-02"):
        before = len(sandbox.requests)
        said = airflow("dags", "test", "mode_source", day)
        assert "state=success" in said.replace("'", "") or "success" in said
        counts.append(len([request for request in sandbox.requests[before:] if request.method == "GET"]))
        uploads.append(len(sandbox.uploads))
    assert 0 < counts[1] < counts[0] / 2
    assert uploads == [6, 12]
