"""Which of the rows that a list lacks leave, case by case: Mode's answers and the stored rows are given by hand."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from hashlib import blake2b
from typing import Any, cast

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mode_source.destination.snapshot import Snapshot
from mode_source.entities import COLLECTIONS, MEMBERS, REPORTS, Entity
from mode_source.entities.notes import Known, Read
from mode_source.errors import Stopped, Unavailable
from mode_source.extract.context import Context
from mode_source.extract.decisions import Policy, Scope
from mode_source.extract.reading import Reading
from mode_source.extract.removals import Removals, Verdict
from mode_source.runlog import RunLog

Row = dict[str, Any]
HOW = "accept it with --accept-removals if that is right"
FORGET = {"entity": "reports", "token": "(list)", "_deleted": True}


def names(count: int, start: int = 0) -> list[str]:
    return [f"t{number:03d}" for number in range(start, start + count)]


class Stored:
    """Tokens of an entity, and the doubts of an earlier run."""

    normalise = columns = staticmethod(lambda *_: {})

    def __init__(self, entity: Entity, tokens: Iterable[str], doubts: dict[str, Read]) -> None:
        self.entity, self.tokens, self.doubts = entity, tokens, doubts

    def index(self, entity: Entity) -> dict[str, Known]:
        assert entity is self.entity
        return {token: Known("", "") for token in self.tokens}

    def read(self, entity: Entity, token: str) -> Read | None:
        assert entity is self.entity
        return self.doubts.get(token)


class Mode:
    """Answers for single rows: those that still exist, or an error."""

    def __init__(self, entity: Entity, alive: Iterable[str], error: Exception | None) -> None:
        self.entity, self.alive, self.error = entity, set(alive), error
        self.asked: list[str] = []

    def single(self, entity: Entity, token: str) -> Row | None:
        assert entity is self.entity
        self.asked.append(token)
        if self.error:
            raise self.error
        return {"token": token} if token in self.alive else None


class Case:
    """A run's decision about the rows that one list lacks."""

    def __init__(
        self,
        stored: int = 100,
        *,
        entity: Entity = REPORTS,
        alive: Iterable[str] = (),
        error: Exception | None = None,
        doubt: Read | None = None,
        since: str = "",
        keys: tuple[str, str] = ("k", "k"),
        **policy: Any,
    ) -> None:
        self.entity, self.mode, self.log = entity, Mode(entity, alive, error), RunLog()
        state = {"keys": {entity.name: keys[0]}} if keys[0] else {}
        self.context = Context(
            cast(Snapshot, Stored(entity, names(stored), {"(list)": doubt} if doubt else {})),
            Scope(since=since), Policy(pendulum.duration(days=30), **policy), self.log, state=state, key=keys[1],
        )  # fmt: skip
        self.removals = Removals(cast(Reading, self.mode), self.context)

    def confirm(self, missing: list[str], cost: int = 0, again: Callable[[], dict[str, Row]] | None = None) -> Verdict:
        return self.removals.confirm(self.entity, missing, cost, again)

    @property
    def keys(self) -> Any:
        return self.context.state.get("keys", {}).get(self.entity.name)

    def gap(self) -> str:
        """The one gap of the run."""
        (gap,) = self.log.gaps
        assert (gap.entity, gap.token, gap.name, gap.what) == (self.entity.name, "", "", "is not believed")
        return gap.reason


EARLIER = Read("", "", pendulum.datetime(2026, 1, 1), "some doubt")


# -- nothing is missing


@pytest.mark.parametrize(("doubt", "notes"), [(None, []), (EARLIER, [FORGET])])
def test_a_whole_list_settles_earlier_doubts(doubt: Read | None, notes: list[Row]) -> None:
    case = Case(doubt=doubt, keys=("old", "new"))
    assert case.confirm([]) == Verdict(notes=notes)
    assert case.keys == "new"
    assert case.mode.asked == []


def test_a_run_with_since_removes_nothing_and_asks_nothing() -> None:
    case = Case(since="2026-01-01", doubt=EARLIER, keys=("old", "new"))
    assert case.confirm(names(3)) == case.confirm([]) == Verdict()
    assert (case.keys, case.mode.asked, case.log.gaps) == ("old", [], [])


# -- a few


def test_a_few_are_asked_for_one_by_one() -> None:
    case = Case(alive=["t001"], doubt=EARLIER)
    verdict = case.confirm(names(3))
    assert verdict == Verdict(found=[{"token": "t001"}], gone=["t000", "t002"], notes=[FORGET])
    assert case.mode.asked == names(3)
    assert case.log.gaps == []


@pytest.mark.parametrize(
    ("count", "cost", "relisted"), [(10, 0, False), (11, 0, True), (11, 11, False), (12, 11, True)]
)
def test_the_list_is_read_again_where_asking_takes_more_requests(count: int, cost: int, relisted: bool) -> None:
    case, calls = Case(1000), []

    def again() -> dict[str, Row]:
        calls.append(1)
        return {}

    assert case.confirm(names(count), cost, again).gone
    assert bool(calls) is relisted
    assert len(case.mode.asked) == (count if not relisted else len(names(count)[:: count // 10 + 1]))


def test_without_a_list_to_read_again_a_sample_is_asked_for() -> None:
    case = Case(1000)
    verdict = case.confirm(names(100))
    assert case.mode.asked == names(100)[::11]
    assert sorted(verdict.gone) == names(100)
    assert verdict.kept == []
    assert case.log.gaps == []


def test_what_the_second_list_has_is_found() -> None:
    case = Case(1000)
    verdict = case.confirm(names(40), 0, lambda: {token: {"token": token, "again": True} for token in names(35, 5)})
    assert verdict.found == [{"token": token, "again": True} for token in names(35, 5)]
    assert verdict.gone == names(5)
    assert case.mode.asked == names(5)


def test_where_some_of_a_sample_live_the_rest_is_kept() -> None:
    case = Case(200, alive=["t011"], doubt=EARLIER, keys=("old", "old"))
    verdict = case.confirm(names(100))
    asked = names(100)[::11]
    assert verdict.found == [{"token": "t011"}]
    assert verdict.gone == [token for token in asked if token != "t011"]
    assert verdict.kept == [token for token in names(100) if token not in asked]
    assert verdict.notes == []  # not settled
    assert case.gap() == (
        "it lacks 100 of 200, and 1 of 10 that were asked for by their token are still there."
        f" The others were kept; {HOW}."
    )


def test_unless_the_user_accepts_it() -> None:
    case = Case(200, alive=["t011"], accept_removals=True, doubt=EARLIER, keys=("old", "new"))
    verdict = case.confirm(names(100))
    assert len(verdict.gone) == 99
    assert (verdict.kept, verdict.notes, case.log.gaps, case.keys) == ([], [FORGET], [], "new")


def test_rows_that_cannot_be_asked_for_are_gone() -> None:
    case = Case(entity=MEMBERS)
    assert case.confirm(names(3)) == Verdict(gone=names(3))
    assert case.mode.asked == []


# -- where Mode does not say


def test_the_end_of_a_run_keeps_them_all() -> None:
    case = Case(error=Stopped("no more time"), doubt=EARLIER, keys=("old", "new"))
    assert case.confirm(names(3)) == Verdict(kept=names(3))
    assert (case.log.gaps, case.keys) == ([], "old")


def digest(tokens: list[str]) -> str:
    return blake2b("\n".join(sorted(tokens)).encode(), digest_size=8).hexdigest()


def test_an_error_keeps_them_until_a_later_run_sees_the_same() -> None:
    case = Case(error=Unavailable("503"))
    verdict = case.confirm(["b", "a"])
    doubt = f"2 may be gone, but {Unavailable('503')}"
    assert case.gap() == doubt
    (note,) = verdict.notes
    assert verdict == Verdict(kept=["b", "a"], notes=[note])
    assert note == {"entity": "reports", "token": "(list)", "version": digest(["a", "b"]), "cursor_value": "",
                    "read_at": case.log.started_at, "error": doubt}  # fmt: skip
    earlier = Read(note["version"], "", note["read_at"], note["error"])
    again = Case(error=Unavailable("503"), doubt=earlier)
    assert again.confirm(["a", "b"]) == Verdict(gone=["a", "b"], notes=[FORGET])
    assert again.log.gaps == []
    other = Case(error=Unavailable("503"), doubt=earlier)
    assert other.confirm(["a", "c"]).kept == ["a", "c"]
    otherwise = Case(error=Unavailable("500"), doubt=earlier)
    assert otherwise.confirm(["a", "b"]).kept == ["a", "b"]


def test_an_error_of_the_second_list_counts_as_well() -> None:
    def again() -> dict[str, Row]:
        raise Unavailable("503")

    case = Case(1000)
    assert case.confirm(names(20), 0, again).kept == names(20)
    assert case.gap().startswith("20 may be gone, but ")


# -- more than people remove in a day


@pytest.mark.parametrize(
    ("stored", "missing", "share", "why"),
    [
        (100, 30, 0.3, ""),
        (100, 31, 0.3, "more than `max_removed` allows (30%)"),
        (10, 10, 0.3, ""),
        (12, 11, 0.3, "more than `max_removed` allows (30%)"),
        (11, 11, 0.3, "that is all"),
        (100, 100, 1.0, ""),
        (100, 100, 0.25, "that is all"),
    ],
)
def test_the_bound(stored: int, missing: int, share: float, why: str) -> None:
    case = Case(stored, max_removed=share, doubt=EARLIER, keys=("", "new"))
    verdict = case.confirm(names(missing))
    if why:
        assert sorted(verdict.kept) == names(missing)
        assert (verdict.gone, verdict.notes, case.keys) == ([], [], None)
        assert case.gap() == f"it lacks {missing} of {stored}, {why}. They were kept; {HOW}."
    else:
        assert sorted(verdict.gone) == names(missing)
        assert (verdict.kept, verdict.notes, case.keys, case.log.gaps) == ([], [FORGET], "new", [])


def test_some_lists_are_never_empty() -> None:
    case = Case(2, entity=COLLECTIONS)
    assert case.confirm(names(2)).kept == names(2)
    assert case.gap() == f"it lacks 2 of 2, that is all. They were kept; {HOW}."
    assert Case(3, entity=COLLECTIONS).confirm(names(2)).gone == names(2)
    assert Case(2, entity=COLLECTIONS, accept_removals=True).confirm(names(2)).gone == names(2)


# -- another key


def test_another_key_may_see_less() -> None:
    case = Case(keys=("old", "new"))
    assert case.confirm(["t000"]) == Verdict(kept=["t000"])
    assert case.gap() == (
        f"it lacks 1 of 100, and the key is another than the last time: it may see less. They were kept; {HOW}."
    )
    assert case.keys == "old"


def test_another_key_that_sees_all_of_them_is_the_key_from_then_on() -> None:
    case = Case(alive=["t000"], keys=("old", "new"))
    assert case.confirm(["t000"]) == Verdict(found=[{"token": "t000"}])
    assert case.keys == "new"


@pytest.mark.parametrize("keys", [("", "new"), ("same", "same")])
def test_the_first_key_and_the_same_key(keys: tuple[str, str]) -> None:
    case = Case(keys=keys)
    assert case.confirm(["t000"]) == Verdict(gone=["t000"])
    assert case.keys == keys[1]


# -- whatever happens


@given(
    stored=st.integers(1, 60),
    share=st.floats(0, 1),
    missing=st.integers(0, 60),
    alive=st.sets(st.integers(0, 59)),
    accepts=st.booleans(),
    relisted=st.one_of(st.none(), st.sets(st.integers(0, 59))),
    changed=st.booleans(),
)
@settings(deadline=None)
def test_every_row_has_one_fate(
    stored: int, share: float, missing: int, alive: set[int], accepts: bool, relisted: set[int] | None, changed: bool
) -> None:
    """Found, gone or kept, none twice and none forgotten; nothing that Mode has shown leaves."""
    tokens = names(min(stored, missing))
    living = {f"t{number:03d}" for number in alive}
    case = Case(stored, alive=living, max_removed=share, accept_removals=accepts,
                keys=("old", "new" if changed else "old"))  # fmt: skip
    shown = {f"t{number:03d}" for number in relisted or ()}
    again = None if relisted is None else lambda: {token: {"token": token} for token in shown}
    verdict = case.confirm(tokens, 0, again)
    found = [row["token"] for row in verdict.found]
    assert sorted([*found, *verdict.gone, *verdict.kept]) == tokens
    assert not living & set(case.mode.asked) & set(verdict.gone)
    if len(tokens) > 10:
        assert not shown & set(verdict.gone)
    if accepts:
        assert (verdict.kept, case.log.gaps) == ([], [])
    elif changed:
        assert verdict.gone == []
    else:
        assert len(verdict.gone) <= max(10, share * stored)
    assert bool(verdict.kept) is bool(case.log.gaps)
