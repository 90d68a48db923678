"""Whatever changes in Mode: lineage that was kept up to date equals one made from nothing."""

from __future__ import annotations

import random
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mode_sandbox import Sandbox, Workspace
from mode_source.lineage_tables.step import LineageStep

from ..conftest import duckdb_pipeline, run
from ..helpers import histories
from .place import edges

ROUNDS = st.lists(st.lists(st.integers(0, 10_000), min_size=1, max_size=15), min_size=1, max_size=2)


@histories(1)
@given(ROUNDS)
def test_kept_up_to_date_equals_fresh(rounds: list[list[int]]) -> None:
    keep_up(rounds)


@pytest.mark.exhaustive
@histories(10, fixed=False)
@given(ROUNDS)
def test_kept_up_to_date_equals_fresh_whatever_happens(rounds: list[list[int]]) -> None:
    keep_up(rounds)


def keep_up(rounds: list[list[int]]) -> None:
    workspace = Workspace.generate(seed=6, reports=8, collections=2, datasets=3, members=2)
    with tempfile.TemporaryDirectory() as name, Sandbox(workspace) as sandbox:
        pipeline = duckdb_pipeline(Path(name))
        run(pipeline, sandbox)
        LineageStep(pipeline).run()
        for seeds in rounds:
            for seed in seeds:
                workspace.random_change(random.Random(seed))
            run(pipeline, sandbox)
            if seeds[0] % 3 or seeds is rounds[-1]:  # now and then a load without lineage
                assert LineageStep(pipeline).run().failed is None
        kept = edges(pipeline)
        log = LineageStep(pipeline, full_refresh=True).run()
        assert (log.failed, log.queries) == (None, len(workspace.expected_tables()["queries"]))
        assert edges(pipeline) == kept
