"""Where a list ends, what counts as the same row, and what counts as a complaint: answers made by hand."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest

from mode_source.api.paging import MOST_PAGES, PageSizes, read_pages
from mode_source.entities import DATA_SOURCES, REPORTS, Entity
from mode_source.errors import Doubtful, NoContent, Unavailable

Body = dict[str, Any]


def body(*rows: Body, **more: Any) -> Body:
    return {"_links": {}, "_embedded": {"reports": list(rows)}, **more}


def tokens(*names: str) -> list[Body]:
    return [{"token": name} for name in names]


class Answers:
    """Answers in their order; the last one for ever."""

    def __init__(self, answers: Iterable[Body]) -> None:
        self.answers = list(answers)
        self.asked: list[tuple[str, dict[str, str]]] = []

    def __call__(self, path: str, params: dict[str, str]) -> Body:
        self.asked.append((path, params))
        return self.answers[min(len(self.asked), len(self.answers)) - 1]


def pages(answers: Answers, entity: Entity = REPORTS, sizes: PageSizes | None = None, **given: Any) -> list[list[Body]]:
    return list(read_pages(answers, entity, "x", sizes or PageSizes(), **given))


# -- what is the same row

ROWS: list[tuple[Body, Body, bool]] = [
    ({"token": "a"}, {"token": "a", "name": "b"}, True),
    ({"token": "a"}, {"token": "b"}, False),
    ({"token": 1}, {"token": "1"}, True),
    ({"token": "a", "username": "u"}, {"token": "b", "username": "u"}, False),
    ({"member_token": "a", "x": 1}, {"member_token": "a", "x": 2}, True),
    ({"member_token": "a"}, {"member_token": "b"}, False),
    ({"member_token": "a", "username": "u"}, {"member_token": "b", "username": "u"}, False),
    ({"token": "a", "member_token": "m"}, {"token": "b", "member_token": "m"}, False),
    ({"username": "u", "x": 1}, {"username": "u", "x": 2}, True),
    ({"username": "u"}, {"username": "v"}, False),
    ({"token": None, "x": 1}, {"token": "", "x": 1}, False),
    ({"x": 1, "y": 2}, {"y": 2, "x": 1}, True),
    ({"x": 1, "y": 2}, {"x": 1, "y": 3}, False),
    ({"x": 2**70, "y": 1}, {"y": 1, "x": 2**70}, True),
    ({"x": 2**70}, {"x": 2**70 + 1}, False),
]


@pytest.mark.parametrize(("one", "other", "same"), ROWS)
def test_the_same_row_comes_once(one: Body, other: Body, same: bool) -> None:
    """On one page, where the later counts, and over two, where the earlier does."""
    together = Answers([body(one, other), body()])
    assert pages(together) == [[other] if same else [one, other]]
    apart = Answers([body(one), body(other), body()])
    assert pages(apart) == [[one]] if same else [[one], [other]]


# -- what counts as a complaint


@pytest.mark.parametrize(
    ("more", "complaint"),
    [
        ({"errors": ["late"]}, "['late']"),
        ({"errors": "much   too\n late"}, "much too late"),
        ({"warnings": "partial"}, "partial"),
        ({"errors": "e", "warnings": "w"}, "e"),
        ({"errors": [], "warnings": "w"}, "w"),
        ({"errors": "x" * 200}, "x" * 120),
        ({"errors": [], "warnings": []}, ""),
        ({"errors": None, "warnings": {}}, ""),
        ({"error": "e"}, ""),
    ],
)
@pytest.mark.parametrize("at", [0, 1, 2])
def test_complaints_beside_rows(more: Body, complaint: str, at: int) -> None:
    """Every row is given out before the whole list is called doubtful; the end of a list may complain, too."""
    answers = [body(*tokens("a")), body(*tokens("b")), body()]
    answers[at] |= more
    reading = read_pages(Answers(answers), REPORTS, "x", PageSizes())
    assert [next(reading), next(reading)] == [tokens("a"), tokens("b")]
    if complaint:
        with pytest.raises(Doubtful) as raised:
            next(reading)
        assert str(raised.value) == f"Mode sent rows of x with a complaint ({complaint})"
    else:
        assert list(reading) == []


def test_the_first_complaint_is_told() -> None:
    answers = Answers([body(*tokens("a")), body(*tokens("b"), errors="first"), body(errors="second")])
    with pytest.raises(Doubtful, match=r"\(first\)"):
        pages(answers)


# -- where it ends


@pytest.mark.parametrize(
    ("block", "requests"),
    [
        ({"total_pages": 1}, 1),
        ({"total_pages": "1"}, 1),
        ({"total_pages": 2}, 2),
        ({"total_pages": 3}, 3),
        ({"total_pages": 0}, 3),
        ({"total_pages": -1}, 3),
        ({"total_pages": None}, 3),
        ({"total_pages": "x"}, 3),
        ({"total_pages": float("inf")}, 3),
        ({"total_pages": []}, 3),
        ({"page": 1}, 3),
        ({}, 3),
        (["total_pages"], 3),
        (None, 3),
        ("1", 3),
    ],
)
def test_counters(block: object, requests: int) -> None:
    """Three pages are there, the last of them empty."""
    answers = [body(*tokens("a", "b")), body(*tokens("c")), body()]
    served = Answers([answer | {"pagination": block} for answer in answers])
    pages(served)
    assert len(served.asked) == requests


def test_a_block_without_use_keeps_a_short_page_from_ending_the_list() -> None:
    sizes = PageSizes()
    pages(Answers([body(*tokens("a", "b", "c")), body()]), sizes=sizes)
    served = Answers([body(*tokens("d")), body()])
    pages(served, sizes=sizes)
    assert len(served.asked) == 1
    blocked = Answers([body(*tokens("d"), pagination={}), body()])
    pages(blocked, sizes=sizes)
    assert len(blocked.asked) == 2


@pytest.mark.parametrize(("total", "requests"), [(0, 3), (1, 3), (2, 1), (3, 3), (4, 2), (5, 3)])
def test_the_number_of_rows_that_was_announced(total: int, requests: int) -> None:
    served = Answers([body(*tokens("a", "b")), body(*tokens("c", "d")), body()])
    assert sum(map(len, pages(served, total=total))) == (2 if total == 2 else 4)
    assert len(served.asked) == requests


def test_rows_that_come_twice_are_counted_once() -> None:
    served = Answers([body(*tokens("a", "b")), body(*tokens("b", "c")), body(*tokens("d")), body()])
    assert pages(served, total=4) == [tokens("a", "b"), tokens("c"), tokens("d")]
    assert len(served.asked) == 3


def test_a_list_without_end_is_given_up() -> None:
    endless = Answers([])
    endless.answers = [body({"token": str(number)}) for number in range(MOST_PAGES + 5)]
    with pytest.raises(Unavailable, match=rf"^the list x has no end: new rows still came on page {MOST_PAGES:,},"):
        pages(endless)
    assert len(endless.asked) == MOST_PAGES


def test_a_long_list_whose_counters_say_so_is_read_to_its_end() -> None:
    count = MOST_PAGES + 2
    rows = [body({"token": str(number)}) for number in range(count)]
    rows[0]["pagination"] = {"total_pages": str(count)}  # what the first page says is enough
    long = Answers([*rows, body()])
    with pytest.raises(Unavailable, match="has no end"):
        pages(long)
    assert len(long.asked) == count
    rows[-1]["pagination"] = {"total_pages": count}
    assert len(pages(Answers(rows))) == count


def test_parameters() -> None:
    """A page's number wins over whatever is given; lists that are not paged get none."""
    served = Answers([body(*tokens("a")), body()])
    pages(served, params={"order": "asc"})
    assert served.asked == [("x", {"order": "asc", "page": "1"}), ("x", {"order": "asc", "page": "2"})]
    whole = Answers([{"_embedded": {"data_sources": tokens("a")}}])
    assert pages(whole, DATA_SOURCES) == [tokens("a")]
    assert whole.asked == [("x", {})]


# -- page sizes


def test_kinds_of_lists_are_apart() -> None:
    """By default, lists of one entity share what is proven; a kind of its own does not."""
    sizes = PageSizes()
    pages(Answers([body(*tokens("a", "b", "c")), body()]), sizes=sizes)
    kinds: tuple[tuple[dict[str, Any], int], ...] = (({}, 1), ({"kind": REPORTS.path}, 1), ({"kind": "other"}, 2))
    for given, requests in kinds:
        served = Answers([body(*tokens("d")), body()])
        pages(served, sizes=sizes, **given)
        assert len(served.asked) == requests


def test_what_ends_a_list() -> None:
    sizes = PageSizes()
    assert not sizes.is_last("k", 5)
    assert not sizes.is_last("k", 5)
    assert sizes.is_last("k", 4)
    assert not sizes.is_last("other", 4)
    assert not sizes.is_last("k", 6)
    assert sizes.is_last("k", 5)
    sizes.full("k", 6)
    sizes.full("k", 6)
    assert sizes.is_last("k", 5)
    sizes.full("k", 7)
    assert not sizes.is_last("k", 5)
    sizes.full("k", 7)
    assert not sizes.is_last("k", 1)
    sizes.full("other", 4)
    assert sizes.is_last("other", 3)


def test_full_pages_of_two_lengths_are_found_while_reading() -> None:
    sizes = PageSizes()
    pages(Answers([body(*tokens("a", "b")), body(*tokens("c", "d", "e")), body(*tokens("f")), body()]), sizes=sizes)
    served = Answers([body(*tokens("g")), body()])
    pages(served, sizes=sizes)
    assert len(served.asked) == 2


# -- what is no list


@pytest.mark.parametrize(
    "answer", [{}, {"_embedded": "x"}, {"_embedded": {"reports": "x"}}, {"_links": {}, "_embedded": {"reports": ["x"]}}]
)
def test_what_is_no_list(answer: Body) -> None:
    for answers in ([answer], [body(*tokens("a")), answer]):
        with pytest.raises(Unavailable, match=r"^the answer for x is not a list of reports$"):
            pages(Answers(answers))


@pytest.mark.parametrize("answer", [{"_links": {}}, {"_embedded": {}}, {"_links": {}, "_embedded": {"other": []}}])
def test_a_key_that_is_missing(answer: Body) -> None:
    """Past the end it may be; on the first page nothing tells it from an answer without content."""
    assert pages(Answers([body(*tokens("a")), answer])) == [tokens("a")]
    with pytest.raises(NoContent, match=r"^Mode's answer for x has no list of reports in it$"):
        pages(Answers([answer]))
