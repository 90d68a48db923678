"""What is due, what is in scope and how much may leave, decided case by case: no server, no database."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pendulum
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mode_source.entities import COLLECTIONS, REPORTS, Entity
from mode_source.entities.notes import Read
from mode_source.entities.rows import version
from mode_source.errors import UsageError
from mode_source.extract.decisions import Policy, Scope, beyond_bound, instant, is_due, patterns

NOW = pendulum.datetime(2026, 11, 25, 12)
UPDATED = "2026-11-20T10:00:00.000Z"
ROW: dict[str, Any] = {
    "token": "0123456789ab",
    "updated_at": UPDATED,
    "query_count": 2,
    "last_successfully_run_at": None,
}
MONTH = Policy(pendulum.duration(days=30))
DAY = 24 * 3600


def read(row: dict[str, Any] = ROW, *, ago: float = 60, cursor: str | None = None, entity: Entity = REPORTS) -> Read:
    """A complete reading of a row, `ago` seconds before now."""
    at = row.get(entity.cursor) if cursor is None else cursor
    return Read(version(entity, row), at or "", NOW.subtract(microseconds=round(ago * 1e6)), None)


def due(row: dict[str, Any] = ROW, last: Read | None = None, policy: Policy = MONTH) -> bool:
    return is_due(REPORTS, row, last, NOW, policy)


def test_what_was_never_read_is_due() -> None:
    assert due()


def test_what_was_read_a_minute_ago_is_not() -> None:
    assert not due(last=read())


def test_everything_is_due_on_request() -> None:
    assert due(last=read(), policy=Policy(MONTH.reread_after, everything=True))


@pytest.mark.parametrize("name", REPORTS.stale)
def test_each_column_that_makes_a_row_stale_makes_it_due(name: str) -> None:
    assert due({**ROW, name: "other"}, read())


def test_other_columns_do_not() -> None:
    assert not due({**ROW, "view_count": 99, "name": "other"}, read())


def test_a_cursor_that_moved_either_way_is_due() -> None:
    for cursor in ("2026-11-20T10:00:00.001Z", "2026-11-20T09:59:59.999Z"):
        assert due(last=read(cursor=cursor))


def test_a_row_without_a_cursor_is_due_by_age_alone() -> None:
    row = {**ROW, "updated_at": None}
    assert not due(row, read(row))
    assert due(row, read(row, ago=31 * DAY))
    assert due(ROW, read(row))
    assert not is_due(COLLECTIONS, {"token": "a"}, Read(version(COLLECTIONS, {}), "", NOW, None), NOW, MONTH)


# Of each token, the share of `reread_after` after which it falls due: one of 997 between a half and the whole.
SHARES = {
    "0123456789ab": 0.5 + 378 / 1994,
    "a": 0.5 + 97 / 1994,
    "b": 0.5 + 98 / 1994,
    "ffffffffffff": 0.5 + 446 / 1994,
    "\x00": 0.5,
    "\u03e4": 0.5 + (0xCFA4 % 997) / 1994,
}


@pytest.mark.parametrize("token", SHARES)
def test_each_row_falls_due_at_its_own_moment(token: str) -> None:
    row = {**ROW, "token": token}
    bound = 30 * DAY * SHARES[token]
    assert not due(row, read(row, ago=bound - 0.001))
    assert due(row, read(row, ago=bound + 0.001))


def test_the_moment_itself_is_due() -> None:
    row = {**ROW, "token": "\x00"}
    assert due(row, read(row, ago=15 * DAY))
    assert due(row, read(row, ago=0), Policy(pendulum.duration()))


@settings(deadline=None)
@given(st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable()), st.integers(1, 400))
def test_no_row_falls_due_before_half_of_the_time_or_after_all_of_it(token: str, days: int) -> None:
    row, policy = {**ROW, "token": token}, Policy(pendulum.duration(days=days))
    assert not due(row, read(row, ago=days * DAY / 2 - 0.001), policy)
    assert due(row, read(row, ago=days * DAY), policy)


def test_moments_are_spread() -> None:
    """Of many rows that were read at once, about a third falls due in each third of the second half."""
    rows = [{**ROW, "token": f"{number * 7919:012x}"} for number in range(900)]
    counts = [sum(due(row, read(row, ago=days * DAY)) for row in rows) for days in (15, 20, 25, 30)]
    assert counts[0] <= 5
    assert counts[3] == 900
    assert all(200 < later - earlier < 400 for earlier, later in pairwise(counts))


def test_a_reading_from_the_future_is_due() -> None:
    assert due(last=read(ago=-0.001))
    assert due(last=read(ago=-400 * DAY))


# -- reports that only ran


RUNS = [  # when it ran, when it was updated, whether that was the run alone
    ("10:00:00.000", "10:00:00.000", True),
    ("10:00:00.000", "10:00:00.017", True),
    ("10:00:00.000", "10:00:10.000", True),
    ("10:00:00.000", "10:00:10.001", False),
    ("10:00:00.001", "10:00:00.000", False),
    ("", "10:00:00.000", False),
]


@pytest.mark.parametrize("column", REPORTS.run_times)
@pytest.mark.parametrize(("ran", "updated", "alone"), RUNS)
def test_a_run_alone_makes_nothing_due_where_the_user_says_so(column: str, ran: str, updated: str, alone: bool) -> None:
    row = {**ROW, **dict.fromkeys(REPORTS.run_times), "updated_at": f"2026-11-21T{updated}Z"}
    last = read(row, cursor=UPDATED)
    row[column] = f"2026-11-21T{ran}Z" if ran else None
    last = last._replace(version=version(REPORTS, row))
    assert due(row, last)
    assert due(row, last, Policy(MONTH.reread_after, skip_run_only_changes=True)) is not alone


def test_a_run_hides_neither_a_stale_column_nor_age() -> None:
    row = {**ROW, REPORTS.run_times[0]: UPDATED}
    skipping = Policy(MONTH.reread_after, skip_run_only_changes=True)
    assert not due(row, read(row, cursor="before"), skipping)
    assert due(row, read({**row, "query_count": 9}, cursor="before"), skipping)
    assert due(row, read(row, cursor="before", ago=31 * DAY), skipping)


def test_a_cursor_that_is_no_moment_was_not_moved_by_a_run() -> None:
    row = {**ROW, "updated_at": "", REPORTS.run_times[0]: UPDATED}
    assert due(row, read(row, cursor="before"), Policy(MONTH.reread_after, skip_run_only_changes=True))


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-11-20T10:00:00.000Z", pendulum.datetime(2026, 11, 20, 10)),
        ("2026-11-20T12:00:00+02:00", pendulum.datetime(2026, 11, 20, 10)),
        ("", None),
        (None, None),
        ("P1D", None),
    ],
)
def test_instants(text: str | None, moment: pendulum.DateTime | None) -> None:
    assert instant(text) == moment


# -- how much may leave


BOUNDS = [  # gone, stored, share, never empty → too much
    (0, 0, 0.0, False, False),
    (0, 0, 0.0, True, False),
    (0, 100, 0.0, True, False),
    (1, 1, 0.3, False, False),
    (1, 1, 0.3, True, True),
    (1, 2, 0.3, True, False),
    (10, 10, 0.3, False, False),
    (10, 10, 0.3, True, True),
    (10, 11, 0.0, True, False),
    (11, 11, 0.3, False, True),
    (11, 12, 0.3, False, True),
    (11, 100, 0.3, False, False),
    (30, 100, 0.3, False, False),
    (31, 100, 0.3, False, True),
    (31, 100, 0.3, True, True),
    (30, 100, 0.3, True, False),
    (100, 100, 1.0, False, False),
    (100, 100, 1.0, True, True),
    (11, 1000, 0.0, False, True),
    (2, 1, 1.0, True, True),
]


@pytest.mark.parametrize(("gone", "stored", "share", "never_empty", "beyond"), BOUNDS)
def test_bounds_of_removals(gone: int, stored: int, share: float, never_empty: bool, beyond: bool) -> None:
    assert beyond_bound(gone, stored, share, never_empty=never_empty) is beyond


@settings(deadline=None)
@given(st.integers(0, 500), st.integers(0, 500), st.floats(0, 1), st.booleans())
def test_more_is_never_less_beyond(gone: int, stored: int, share: float, never_empty: bool) -> None:
    if beyond_bound(gone, stored, share, never_empty=never_empty):
        assert beyond_bound(gone + 1, stored, share, never_empty=never_empty)
        assert gone > 10 or never_empty


def test_policy_by_default() -> None:
    policy = Policy(pendulum.duration(days=1))
    assert (policy.skip_run_only_changes, policy.everything, policy.accept_removals) == (False, False, False)
    assert policy.max_removed == 0.3


# -- scope


def scope(**given: Any) -> Scope:
    """A scope whose names may be given as texts."""
    plain = ("include_archived", "collection_filter")
    made: dict[str, Any] = {name: value if name in plain else patterns(name, value) for name, value in given.items()}
    return Scope(**made)


NAMES = [  # include, exclude, name → wanted
    ((), (), "Sales", True),
    ((), (), None, True),
    (("Sales",), (), "Sales", True),
    (("Sales",), (), "All Sales of May", True),
    (("^Sales$",), (), "All Sales", False),
    (("Sales",), (), "Finance", False),
    (("Sales",), (), None, False),
    (("Finance", "Sales"), (), "Sales", True),
    ((), ("Sales",), "Sales", False),
    ((), ("Sales",), "Finance", True),
    ((), ("Finance", "Sales"), "Sales", False),
    (("Sales",), ("May",), "Sales of May", False),
    (("Sales",), ("May",), "Sales of June", True),
    ((), ("^$",), None, False),
    (("^$",), (), "", True),
]


@pytest.mark.parametrize(("include", "exclude", "name", "wanted"), NAMES)
def test_names_in_scope(include: tuple[str, ...], exclude: tuple[str, ...], name: str | None, wanted: bool) -> None:
    row = {"name": name}
    assert scope(include_reports=include, exclude_reports=exclude).has_report(row) is wanted
    assert scope(include_collections=include, exclude_collections=exclude).has_collection(row) is wanted
    assert scope(include_reports=include, exclude_reports=exclude).has_collection(row)
    assert scope(include_collections=include, exclude_collections=exclude).has_report(row)


@pytest.mark.parametrize("archived", [True, False, None])
def test_archived_reports(archived: bool | None) -> None:
    row = {"name": "Sales", "archived": archived}
    assert scope().has_report(row)
    assert scope(include_archived=False).has_report(row) is (not archived)


@pytest.mark.parametrize(
    ("chosen", "kind", "wanted"),
    [("all", "private", True), ("all", "custom", True), ("custom", "private", False), ("custom", "custom", True),
     ("custom", None, True)],
)  # fmt: skip
def test_kinds_of_collections(chosen: str, kind: str | None, wanted: bool) -> None:
    row = {"name": "Sales", "space_type": kind}
    assert scope(collection_filter=chosen).has_collection(row) is wanted
    assert not scope(collection_filter=chosen, exclude_collections="Sales").has_collection(row)


def test_all_collections_unless_told_otherwise() -> None:
    assert scope().has_collection({"name": "Personal", "space_type": "private"})


@pytest.mark.parametrize(
    ("since", "updated", "old"),
    [
        ("", UPDATED, False),
        ("", None, False),
        (UPDATED, UPDATED, False),
        (UPDATED, "2026-11-20T09:59:59.999Z", True),
        (UPDATED, "2026-11-20T10:00:00.001Z", False),
        (UPDATED, None, False),
        (UPDATED, "", False),
    ],
)
def test_age(since: str, updated: str | None, old: bool) -> None:
    assert Scope(since=since).is_old({"updated_at": updated}) is old


def test_patterns_of_a_setting() -> None:
    assert patterns("include_reports", None) == ()
    assert patterns("include_reports", []) == ()
    assert [pattern.pattern for pattern in patterns("include_reports", "a+")] == ["a+"]
    assert [pattern.pattern for pattern in patterns("include_reports", ["a+", "b"])] == ["a+", "b"]
    with pytest.raises(
        UsageError, match=r"^Setting `include_reports` is not a regular expression: .*missing \)"
    ) as raised:
        patterns("include_reports", ["fine", "("])
    assert str(raised.value).endswith(".")
    assert raised.value.__cause__ is None
