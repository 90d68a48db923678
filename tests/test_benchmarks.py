"""The benchmarks still work: all but `span` once, as small as it gets. Their results: tests/benchmarks/README.md."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import dlt
import pytest

from mode_sandbox import Sandbox
from mode_source.catalogs.coalesce.export import export, stored_base_url

from .benchmarks import cost, growth, request_counts
from .benchmarks.runs import FIRST, edit, holds, kind

TINY = ["--reports", "4", "--way", "Discovery", "--step", FIRST]


def test_counts_cost_and_growth(capsys: pytest.CaptureFixture[str]) -> None:
    """All three share one run, as what was measured in a process is not measured again."""
    mains: list[Callable[[Sequence[str]], None]] = [request_counts.main, cost.main, growth.main]
    for main in mains:
        main(TINY)
        assert "| ---: |" in capsys.readouterr().out


def test_exports_are_checked(loaded: dlt.Pipeline, sandbox: Sandbox, tmp_path: Path) -> None:
    export(loaded, tmp_path / "out", stored_base_url(loaded))
    assert holds(sandbox, tmp_path / "out")
    edit(sandbox)
    assert not holds(sandbox, tmp_path / "out")


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/api/acme/reports/0123456789ab/queries/012345678901/charts", "reports/queries/charts"),
        ("/batch/acme/report_stats", "Discovery: report_stats"),
        ("/api/acme/spaces", "spaces"),
        ("/api/ada101", "members, one by one"),
        ("/api/verify", "verify"),
    ],
)
def test_kinds_of_paths(path: str, expected: str) -> None:
    assert kind(path) == expected
