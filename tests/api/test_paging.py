"""Lists are read whole and once, whatever an endpoint makes of `page` (docs/mode-api.md#s4, the truth table)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mode_sandbox import Quirks, Sandbox, Workspace
from mode_source.api.paging import Get, PageSizes, read_pages
from mode_source.entities import (
    CHARTS,
    COLLECTIONS,
    DATA_SOURCES,
    DATASETS,
    DEFINITIONS,
    ENTITIES,
    GROUP_MEMBERSHIPS,
    GROUPS,
    MEMBERS,
    QUERIES,
    REPORT_FILTERS,
    REPORT_SCHEDULES,
    REPORTS,
    Entity,
)
from mode_source.errors import NoContent, Unavailable

from ..helpers import client_for

Row = dict[str, Any]


class List:
    """A list as Mode serves it: a plain function of path and parameters that counts what it is asked."""

    def __init__(
        self,
        rows: list[Row],
        *,
        key: str = "reports",
        size: int | None = 30,
        past_end: str = "empty",
        counters: bool = False,
        next_link: bool = False,
    ) -> None:
        self.rows, self.key, self.size, self.past_end = rows, key, size, past_end
        self.counters, self.next_link = counters, next_link
        self.asked: list[dict[str, str]] = []

    def __call__(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        self.asked.append(params)
        assert len(self.asked) <= 2 * len(self.rows) + 10, "this walk does not end"
        size = self.size or max(1, len(self.rows))
        page = int(params.get("page", "1")) if self.size else 1  # size None: the endpoint ignores `page`
        pages = max(1, -(-len(self.rows) // size))
        found: list[Row] | None = self.rows[(page - 1) * size : page * size]
        if not found:
            if self.past_end == "missing" and page > 1:
                found = None
            elif self.past_end == "repeat last":
                found = self.rows[(pages - 1) * size :]
            elif self.past_end == "repeat first":
                found = self.rows[:size]
        body: dict[str, Any] = {"_links": {}, "_embedded": {} if found is None else {self.key: found}}
        if self.counters:
            body["pagination"] = {"page": page, "per_page": size, "total_pages": pages, "total_count": len(self.rows)}
        if self.next_link:
            body["_links"]["next_page"] = {"href": "/nowhere"}
        return body


def rows_of(count: int, start: int = 0) -> list[Row]:
    return [{"token": f"t{number:04d}"} for number in range(start, start + count)]


def read(get: Get, entity: Entity = REPORTS, sizes: PageSizes | None = None, **params: str) -> list[str]:
    pages = read_pages(get, entity, entity.path, PageSizes() if sizes is None else sizes, params)
    return [row["token"] for page in pages for row in page]


COUNTED_20 = {"size": 20, "counters": True, "next_link": True}
PAST_END = ("empty", "missing", "repeat last", "repeat first")
# Entity, what its endpoint does (docs/mode-api.md#s4), rows, requests it takes to read them all.
TRUTH: dict[str, tuple[Entity, dict[str, Any], int, int]] = {
    "spaces: counters end it": (COLLECTIONS, {"counters": True, "next_link": True}, 65, 3),
    "spaces: exactly full, counters end it": (COLLECTIONS, {"counters": True}, 60, 2),
    "reports: neither block nor link, empty list ends it": (REPORTS, {}, 60, 3),
    "reports: embed key missing past the end": (REPORTS, {"past_end": "missing"}, 60, 3),
    "reports: last page repeated (precaution)": (REPORTS, {"past_end": "repeat last"}, 60, 3),
    "reports: first page repeated": (REPORTS, {"past_end": "repeat first"}, 60, 3),
    "reports: a short first page proves nothing": (REPORTS, {}, 29, 2),
    "reports: a short page after a proven size ends it": (REPORTS, {}, 65, 3),
    "reports: per_page ignored, page size 50": (REPORTS, {"size": 50}, 89, 2),
    "reports: one page only": (REPORTS, {}, 30, 2),
    "reports: none": (REPORTS, {}, 0, 1),
    "datasets: under the key reports": (DATASETS, {}, 31, 2),
    "data sources: page ignored, never asked twice": (DATA_SOURCES, {"size": None, "past_end": "repeat first"}, 70, 1),
    "queries: page ignored": (QUERIES, {"size": None, "past_end": "repeat first"}, 45, 1),
    "charts: page ignored": (CHARTS, {"size": None, "past_end": "repeat first"}, 45, 1),
    "definitions: page ignored": (DEFINITIONS, {"size": None, "past_end": "repeat first"}, 45, 1),
    "memberships: page ignored": (MEMBERS, {"size": None, "past_end": "repeat first"}, 45, 1),
    "group memberships: page ignored": (GROUP_MEMBERSHIPS, {"size": None, "past_end": "repeat first"}, 45, 1),
    "schedules: paged": (REPORT_SCHEDULES, {}, 31, 2),
    "filters: unclear, paged": (REPORT_FILTERS, {}, 31, 2),
    "filters: unclear, page ignored": (REPORT_FILTERS, {"size": None, "past_end": "repeat first"}, 31, 2),
    "groups: next_page on the last page leads nowhere": (GROUPS, COUNTED_20, 21, 2),
    "groups: one page": (GROUPS, COUNTED_20, 1, 1),
}  # fmt: skip


@pytest.mark.parametrize("name", TRUTH)
def test_truth_table(name: str) -> None:
    """Each endpoint of docs/mode-api.md#s4 gives every row once, in as many requests as the table allows."""
    entity, behaviour, count, requests = TRUTH[name]
    served = List(rows_of(count), key=entity.embed, **behaviour)
    assert read(served, entity) == [row["token"] for row in served.rows]
    assert len(served.asked) == requests


@given(
    count=st.integers(0, 40),
    size=st.one_of(st.none(), st.integers(1, 12)),
    past_end=st.sampled_from(PAST_END),
    counters=st.booleans(),
    next_link=st.booleans(),
)
def test_every_row_exactly_once(count: int, size: int | None, past_end: str, counters: bool, next_link: bool) -> None:
    """Whatever the page size, the past-end behaviour and the counters: all rows, once, and the walk ends."""
    served = List(rows_of(count), size=size, past_end=past_end, counters=counters, next_link=next_link)
    assert read(served) == [row["token"] for row in served.rows]


@given(counts=st.lists(st.integers(0, 25), max_size=6), size=st.integers(1, 9), past_end=st.sampled_from(PAST_END))
def test_many_lists_of_one_kind_share_what_is_proven(counts: list[int], size: int, past_end: str) -> None:
    """What one list proves about the page size never shortens another list of the same kind."""
    sizes = PageSizes()
    for count in counts:
        served = List(rows_of(count), size=size, past_end=past_end)
        assert read(served, sizes=sizes) == [row["token"] for row in served.rows]


@given(count=st.integers(0, 30), size=st.integers(2, 9), shift=st.integers(1, 5))
def test_rows_that_repeat_over_page_boundaries_come_once(count: int, size: int, shift: int) -> None:
    """A list that grows at its front while it is read shows rows twice: they are read once, none is lost."""
    rows = rows_of(count)
    served = List(rows, size=size)

    def growing(path: str, params: dict[str, str]) -> dict[str, Any]:
        body = served(path, params)
        if len(served.asked) == 1:
            served.rows = rows_of(min(shift, size - 1), start=1000) + rows
        return body

    found = read(growing)
    assert len(found) == len(set(found))
    assert set(found) >= {row["token"] for row in rows}


def test_short_page_ends_a_list_only_after_proof() -> None:
    """29 of 30 rows: the second request is needed first, and is spared once a full page has proven 30."""
    sizes = PageSizes()
    short = List(rows_of(29))
    read(short, sizes=sizes)
    assert len(short.asked) == 2
    read(List(rows_of(31)), sizes=sizes)
    proven = List(rows_of(29))
    assert len(read(proven, sizes=sizes)) == 29
    assert len(proven.asked) == 1
    other = List(rows_of(29), key="groups")  # proven for reports, not for groups
    assert len(read(other, GROUPS, sizes)) == 29
    assert len(other.asked) == 2


def test_a_page_shorter_than_another_of_its_kind_is_the_last() -> None:
    """30 rows on a page prove that a page of 12 was not full, before anything proves that 30 are."""
    sizes = PageSizes()
    full = List(rows_of(30))
    first = read_pages(full, REPORTS, "x", sizes)
    assert len(next(first)) == 30
    next(first, None)  # and asks for what follows
    short = List(rows_of(12))
    assert len(read(short, sizes=sizes)) == 12
    assert len(short.asked) == 1


@pytest.mark.parametrize(("count", "total", "requests"), [(2, 2, 1), (31, 31, 2), (3, 2, 2), (31, 1, 2), (2, 3, 2)])
def test_a_list_ends_with_the_announced_number_of_rows(count: int, total: int, requests: int) -> None:
    """Where there are more, or fewer, than the parent said, the list is read to its end all the same."""
    served = List(rows_of(count))
    rows = [row for page in read_pages(served, REPORTS, "x", PageSizes(), total=total) for row in page]
    assert len(rows) == count
    assert len(served.asked) == requests


def test_no_fixed_page_size_is_noticed() -> None:
    """Full pages of different lengths prove that there is no page size: then only an empty page ends a list."""
    sizes = PageSizes()
    for size in (20, 30):
        read(List(rows_of(61), size=size), sizes=sizes)
    served = List(rows_of(29), size=10)
    assert len(read(served, sizes=sizes)) == 29
    assert len(served.asked) == 4


def test_parameters_go_with_every_page() -> None:
    """`filter=all` lists other people's collections (docs/mode-api.md#quirk-1): page 2 must not lose it."""
    served = List(rows_of(61), key="spaces", counters=True)
    read(served, COLLECTIONS, order_by="created_at")
    assert served.asked == [{"filter": "all", "order_by": "created_at", "page": str(page)} for page in (1, 2, 3)]
    pageless = List(rows_of(3), key="data_sources")
    read(pageless, DATA_SOURCES)
    assert pageless.asked == [{}]


@pytest.mark.parametrize("total", [None, "many", "3", 3])
def test_counters_that_are_texts_or_missing(total: object) -> None:
    """Counts are documented as strings: understood; a block without usable counters ends nothing."""
    served = List(rows_of(65))

    def get(path: str, params: dict[str, str]) -> dict[str, Any]:
        return served(path, params) | {"pagination": {} if total is None else {"total_pages": total}}

    assert len(read(get)) == 65


@pytest.mark.parametrize("rows", [[{"name": "no token"}], [{"name": "a"}, {"name": "b"}]])
def test_rows_without_token_do_not_loop(rows: list[Row]) -> None:
    """A list that ignores `page` (docs/mode-api.md#quirk-10) ends, even if nothing tells its rows apart."""
    served = List(rows, size=None, past_end="repeat first")

    def get(path: str, params: dict[str, str]) -> dict[str, Any]:
        found = served(path, params)["_embedded"]["reports"]
        return {"_links": {}, "_embedded": {"report_filters": [dict(row) for row in found]}}  # new objects each time

    pages = read_pages(get, REPORT_FILTERS, "x", PageSizes())
    assert sum(map(len, pages)) == len(rows)


NO_LISTS: list[dict[str, Any]] = [
    {},
    {"id": "error", "message": "sorry"},
    {"_embedded": {"reports": {}}},
    {"_embedded": {"reports": ["x"]}},
    {"_embedded": "x"},
]


@pytest.mark.parametrize("body", NO_LISTS, ids=str)
def test_what_is_no_list_is_an_error(body: dict[str, Any]) -> None:
    """A failed listing must not look like "everything was deleted"."""
    with pytest.raises(Unavailable, match="not a list of reports"):
        read(lambda path, params: body)


NO_ROWS: list[dict[str, Any]] = [{"_links": {}, "_embedded": {}}, {"_links": {}}, {"_links": {}, "_embedded": None}]


@pytest.mark.parametrize("body", [*NO_ROWS, {"_embedded": []}, {"_embedded": {"reports": []}}], ids=str)
def test_past_the_end_in_all_its_forms(body: dict[str, Any]) -> None:
    """datahub_final_page.json and its cousins: past the end, the key may be missing."""
    served = List(rows_of(30))
    assert len(read(lambda path, params: served(path, params) if params["page"] == "1" else body)) == 30


@pytest.mark.parametrize("body", NO_ROWS, ids=str)
def test_a_first_page_without_a_list_says_nothing(body: dict[str, Any]) -> None:
    """It is no empty list; whoever knows of rows or counts them must not conclude that they are gone."""
    with pytest.raises(NoContent, match="no list of reports"):
        read(lambda path, params: body)


@pytest.mark.parametrize("body", [{"_embedded": []}, {"_embedded": {"reports": []}}], ids=str)
def test_an_empty_list(body: dict[str, Any]) -> None:
    assert read(lambda path, params: body) == []


@pytest.mark.parametrize("counted", [None, 3, "growing", 10**12], ids=str)
def test_a_list_without_end(counted: Any) -> None:
    """New tokens on every page for ever, whatever the counters say: bounded, and an error that says so."""

    def get(path: str, params: dict[str, str]) -> dict[str, Any]:
        page = int(params["page"])
        body: dict[str, Any] = {"_links": {}, "_embedded": {"reports": [{"token": f"t{page}"}, {"token": f"u{page}"}]}}
        if counted is not None:
            body["pagination"] = {"page": page, "total_pages": page + 1 if counted == "growing" else counted}
        return body

    if counted == 3:
        assert len(read(get)) == 6
    else:
        with pytest.raises(Unavailable, match="has no end"):
            read(get)


def test_long_lists_are_no_endless_ones() -> None:
    """20,000 reports of 30 a page in one collection, and what counters announce from the first page on."""
    assert len(read(List(rows_of(20_000)))) == 20_000
    assert len(read(List(rows_of(2_500), size=1, counters=True))) == 2_500


@pytest.mark.parametrize("row", [{"id": 1 << 70}, {"id": {"a": 1 << 80}}, {"id": float("inf")}], ids=str)
def test_rows_without_token_and_with_odd_numbers(row: Row) -> None:
    assert len(list(read_pages(lambda path, params: {"_embedded": {"reports": [row]}}, REPORTS, "x", PageSizes()))) == 1


def test_an_error_on_page_two_is_not_an_end() -> None:
    """A page that fails fails the whole list."""
    served = List(rows_of(61))

    def get(path: str, params: dict[str, str]) -> dict[str, Any]:
        if params["page"] == "2":
            raise Unavailable("500")
        return served(path, params)

    with pytest.raises(Unavailable):
        read(get)


QUIRKS = {
    "empty": Quirks(past_end="empty", page_size=4),
    "missing": Quirks(past_end="missing", page_size=4),  # where there are no rows at all, too
    "repeat": Quirks(past_end="repeat", page_size=4),
    "thirty": Quirks(),
}


@pytest.mark.parametrize("name", QUIRKS)
def test_all_lists_of_the_sandbox(name: str) -> None:
    """Over real HTTP: every list of every entity, whole, against the model."""
    workspace = Workspace.generate(seed=5, reports=22, collections=3, datasets=5, members=7, groups=23)
    everything = workspace.expected_tables()
    truth = {name: everything[name] for name in everything if ENTITIES[name].selected or name == REPORT_FILTERS.name}
    with Sandbox(workspace, quirks=QUIRKS[name]) as sandbox:
        client = client_for(sandbox)
        found: dict[str, set[str]] = {name: set() for name in truth}

        def collect(entity: Entity, path: str) -> list[str]:
            try:
                rows = [row for page in read_pages(client.get, entity, path, client.page_sizes) for row in page]
            except NoContent:
                assert name == "missing"
                return []
            tokens = [str(row["member_token" if entity is MEMBERS else "token"]) for row in rows]
            assert len(tokens) == len(set(tokens))
            found[entity.name].update(tokens)
            return tokens

        for space in collect(COLLECTIONS, "spaces"):
            reports, datasets = (
                collect(REPORTS, f"spaces/{space}/reports"),
                collect(DATASETS, f"spaces/{space}/datasets"),
            )
            for report in [*reports, *datasets]:
                kind = "reports" if report in reports else "datasets"
                collect(REPORT_SCHEDULES, f"{kind}/{report}/schedules")
                for query in collect(QUERIES, f"reports/{report}/queries"):
                    if kind == "reports":
                        collect(CHARTS, f"reports/{report}/queries/{query}/charts")
                if kind == "reports":
                    collect(REPORT_FILTERS, f"reports/{report}/filters")
        for entity in (DATA_SOURCES, DEFINITIONS, MEMBERS):
            collect(entity, entity.path)
        for group in collect(GROUPS, "groups"):
            collect(GROUP_MEMBERSHIPS, f"groups/{group}/memberships")
        assert found == truth
        asked = [
            request for request in sandbox.requests if request.path.endswith(("/queries", "/charts", "/definitions"))
        ]
        assert all("page" not in request.query for request in asked)


def test_unpaged_collections_without_filter_are_only_mine() -> None:
    """The entity says `filter=all`, or other people's collections are missing (docs/mode-api.md#quirk-1)."""
    workspace = Workspace.empty()
    owner = workspace.add_member()
    mine = workspace.add_collection("Mine")
    other = workspace.add_collection("Theirs", members=set())
    assert owner.token in mine.members
    with Sandbox(workspace) as sandbox:
        client = client_for(sandbox)
        bare = client.get("spaces")["_embedded"]["spaces"]
        assert [row["token"] for row in bare] == [mine.token]
        assert read(client.get, COLLECTIONS) == [mine.token, other.token]
