"""A text may do what it likes to the process that analyses it: it is stopped, listed, and the rest goes on."""

from __future__ import annotations

import os
import re
import signal

import pytest

from mode_source.errors import ModeSourceError
from mode_source.lineage import DataSource, Lineage, Query
from mode_source.lineage_tables.worker import Context
from mode_source.lineage_tables.workers import Workers

SOURCE = DataSource("1", "jdbc:postgresql", "shop")
GOOD = Query("good", "r", "select a from s.t", "1")
SOON = Context(timeout=0.5, limit=1.0)


class Hanging(Query):
    """A text that never leaves a regular expression, where no thread and no exception can reach it."""

    @property
    def raw_query(self) -> str:
        re.match(r"(a+)+$", "a" * 50 + "b")
        return ""


class Greedy(Query):
    @property
    def raw_query(self) -> str:
        return "x" * (64 << 30)


class Deadly(Query):
    @property
    def raw_query(self) -> str:
        os.kill(os.getpid(), signal.SIGSEGV)
        return ""


def hostile(kind: type[Query]) -> Query:
    query = object.__new__(kind)
    query.__dict__.update(token="bad", report_token="r", data_source_id="1")
    return query


def analysed(*queries: Query) -> list[Lineage]:
    with Workers(SOON) as workers:
        return [lineage for _, lineage in workers.run(((query.token, (query, SOURCE)) for query in queries), 1)]


@pytest.mark.parametrize(("kind", "stage"), [(Hanging, "timeout"), (Deadly, "recursion"), (Greedy, "recursion")])
def test_one_bad_text_costs_itself_only(kind: type[Query], stage: str) -> None:
    before, bad, after = analysed(GOOD, hostile(kind), GOOD)
    assert before == after
    assert [table.table_name for table in after.tables] == ["t"]
    assert [error.stage for error in bad.errors] == [stage]


def test_a_real_text_that_liquid_does_not_come_back_from() -> None:
    bad, after = analysed(Query("bad", "r", "select a from s.t " + "{{" * 100_000, "1"), GOOD)
    assert [error.stage for error in bad.errors] == ["timeout"]
    assert after.errors == ()


def test_without_a_process_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(ModeSourceError, match="before it began"):
        analysed(GOOD)
