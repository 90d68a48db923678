"""A first load against every quirk of Mode: all tables hold every row, all files equal the truth."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Fault, Quirks, Sandbox, Workspace

from ..conftest import assert_equal, run

# Each combination is a workspace that behaves its own way; together they cover every switch of the sandbox.
QUIRKS: dict[str, tuple[Quirks, Any]] = {
    "as Mode is most likely": (Quirks(), "number"),
    "pages repeat, no creators, counts are texts": (
        Quirks(past_end="repeat", creators="never", counts_as_strings=True),
        "string",
    ),
    "keys missing past the end, some creators, counts missing": (
        Quirks(past_end="missing", creators="sometimes", missing_counts=True),
        "number",
    ),
    "member key: no emails, memberships refused": (
        Quirks(user_emails=False, memberships="refused", key_scope="member"),
        "string",
    ),
    "filters fail, lite refused, absolute links": (
        Quirks(filters="error", lite="refused", absolute_hrefs=True),
        "number",
    ),
    "filters ignored, datasets among reports, small pages": (
        Quirks(filters="ignored", datasets_in_report_listing=True, page_size=7),
        "string",
    ),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_everything_lands_exactly(name: str, pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    quirks, ids = QUIRKS[name]
    workspace = Workspace.generate(seed=3, reports=60, collections=6, datasets=6, members=8, ids=ids)
    with Sandbox(workspace, quirks=quirks) as sandbox:
        log = run(pipeline, sandbox)
        assert not log.gaps
        assert {request.method for request in sandbox.requests} == {"GET"}
        assert_equal(pipeline, sandbox, tmp_path / "out")


FAULTS = [
    Fault(match=r"/spaces/\w+/reports", kind="status", status=429, retry_after="0", times=2),
    Fault(match=r"/queries$", kind="status", status=429, times=2, skip=3),
    Fault(match=r"/charts$", kind="status", status=500, times=2),
    Fault(match=r"/schedules$", kind="html", times=1),
    Fault(match=r"/data_sources$", kind="status", status=502, body=b"<html>", content_type="text/html", times=1),
    Fault(match=r"/definitions$", kind="status", status=503, times=2),
    Fault(match=r"/groups$", kind="status", status=504, times=1),
    Fault(match=r"/queries$", kind="reset", times=2, skip=9),
    Fault(match=r"/charts$", kind="truncate", times=2, skip=5),
    Fault(match=r"/memberships", kind="bad_json", times=1),
    Fault(match=r"/spaces$", kind="close", times=1),
    Fault(match=r"/charts$", kind="hang", seconds=30, times=1, skip=9),
]


def test_passing_faults_of_every_kind_leave_no_trace(
    pipeline: dlt.Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """429 with and without Retry-After, 500, 502 with HTML, 503, 504, a reset, a cut body, a hang."""
    monkeypatch.setattr("mode_source.api.client.LONGEST_WAIT", 0.01)
    workspace = Workspace.generate(seed=4, reports=30, collections=3, datasets=3, members=4)
    with Sandbox(workspace) as sandbox:
        for fault in FAULTS:
            sandbox.add_fault(fault)
        log = run(pipeline, sandbox, request_timeout=1.0)
        assert not log.gaps
        assert all(fault.hits for fault in FAULTS)
        assert_equal(pipeline, sandbox, tmp_path / "out")
