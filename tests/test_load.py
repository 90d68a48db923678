"""A first load against every quirk of Mode: all tables hold every row, all files equal the truth."""

from __future__ import annotations

from pathlib import Path

import dlt
import pytest

from mode_sandbox import Quirks, Sandbox, Workspace

from .conftest import assert_equal, run

QUIRKS = {
    "defaults": Quirks(),
    "repeats the last page": Quirks(past_end="repeat"),
    "no key past the end": Quirks(past_end="missing"),
    "no creators": Quirks(creators="never"),
    "some creators": Quirks(creators="sometimes"),
    "no emails": Quirks(user_emails=False),
    "no emails, memberships refused": Quirks(user_emails=False, memberships="refused"),
    "lite refused": Quirks(lite="refused"),
    "filters fail": Quirks(filters="error"),
    "filters ignored": Quirks(filters="ignored"),
    "counts are texts": Quirks(counts_as_strings=True),
    "counts are missing": Quirks(missing_counts=True),
    "absolute links": Quirks(absolute_hrefs=True),
    "datasets among reports": Quirks(datasets_in_report_listing=True),
    "small pages": Quirks(page_size=7),
    "member key": Quirks(key_scope="member"),
}


@pytest.mark.parametrize("ids", ["number", "string"])
@pytest.mark.parametrize("name", QUIRKS)
def test_everything_lands_exactly(name: str, ids: str, pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    workspace = Workspace.generate(seed=3, reports=60, collections=6, datasets=6, members=8, ids=ids)
    with Sandbox(workspace, quirks=QUIRKS[name]) as sandbox:
        log = run(pipeline, sandbox)
        assert not log.gaps
        assert {request.method for request in sandbox.requests} == {"GET"}
        assert_equal(pipeline, sandbox, tmp_path / "out")
