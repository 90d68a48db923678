"""The corpus: precision and recall over all its cases, and a failure per ordinary case that is not exact."""

from __future__ import annotations

import pytest

from tests.lineage.corpus_files import (
    Case,
    cases,
    found_certainties,
    found_columns,
    found_tables,
    found_uses,
)

CASES = cases()
EASY = [case for case in CASES if not case.hard]


def _id(case: Case) -> str:
    return f"{case.file}: {case.name}"


@pytest.mark.parametrize("case", EASY, ids=_id)
def test_case(case: Case) -> None:
    """An ordinary case is exact: its tables, definitions, errors, and its columns with the catalog."""
    lineage = case.analyse(with_catalog=True)
    assert found_tables(lineage) == case.tables, lineage.rendered_sql
    assert found_columns(lineage) == case.columns(with_catalog=True), lineage.rendered_sql
    definitions = {("" if e.definition_token else "!") + e.definition_name for e in lineage.definitions}
    assert definitions == {name.strip() for name in case.headers.get("definitions", "").split(",") if name.strip()}
    stages = {stage.strip() for stage in case.headers.get("errors", "").split(",") if stage.strip()}
    assert {error.stage for error in lineage.errors} == stages, lineage.errors
    assert found_tables(case.analyse()) == case.tables
    if "uses" in case.headers:
        wanted = {use.strip() for use in case.headers["uses"].split(",") if use.strip()}
        assert found_uses(lineage) == wanted, lineage.rendered_sql
    if "outputs" in case.headers:
        assert list(lineage.output_columns) == [name.strip() for name in case.headers["outputs"].split("|")]
    if "certainty" in case.headers:
        assert found_certainties(lineage) == set(case.headers["certainty"].split())


def test_names_are_unique() -> None:
    assert len({(case.file, case.name) for case in CASES}) == len(CASES)


def test_size_of_the_corpus() -> None:
    assert len(CASES) >= 800
    assert sum("verified" in case.headers for case in CASES) >= 150
    assert len({case.file for case in CASES}) >= 10


@pytest.mark.parametrize(
    ("what", "with_catalog", "least"),
    [("tables", False, 0.99), ("columns", False, 0.95), ("columns", True, 0.99)],
)
def test_precision_and_recall(what: str, with_catalog: bool, least: float) -> None:
    """Over all cases, the hard ones included."""
    hits = expected = found = 0
    missed = []
    for case in CASES:
        lineage = case.analyse(with_catalog)
        want: set[object] = set(case.tables if what == "tables" else case.columns(with_catalog))
        have: set[object] = set(found_tables(lineage) if what == "tables" else found_columns(lineage))
        hits, expected, found = hits + len(want & have), expected + len(want), found + len(have)
        if want != have:
            missed.append(f"{_id(case)}{' (hard)' if case.hard else ''}: misses {want - have}, invents {have - want}")
    precision, recall = hits / found, hits / expected
    summary = f"{what}, catalog {with_catalog}: {len(CASES)} cases, precision {precision:.4f}, recall {recall:.4f}"
    print("\n".join([summary, *missed]))
    assert precision >= least, missed
    assert recall >= least, missed
