"""Reads a whole list, whatever the endpoint makes of `page` (docs/mode-api.md#s4, the truth table).

Rules: count `page` up; stop on a page with nothing new (empty, embed key missing, or seen before), or when the
counters of the `pagination` block say so. Never believe `_links.next_page`. A short page ends the list only once this
run has proven the page size of that kind of list, or where a count that Mode sent with the parent has been reached.
Lists that Mode does not page are read with one request.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import orjson

from ..entities import Entity
from ..errors import Doubtful, NoList, Unavailable

# Pages of one list before it counts as endless: 60,000 rows of 30 a page, three times the largest workspace foreseen.
MOST_PAGES = 2_000
MOST_COUNTED_PAGES = 20_000  # where a first page with counters announces more than that

Get = Callable[[str, dict[str, str]], dict[str, Any]]


class PageSizes:
    """Page sizes that this run has proven, per kind of list.

    No page is longer than the page size, so one that is shorter than another of its kind is the last of its list. A
    page after which another one brought new rows was full. Two full pages of different length prove that the
    server has no fixed size: then only an empty page ends such a list.
    """

    def __init__(self) -> None:
        self._sizes: dict[str, int] = {}
        self._longest: dict[str, int] = {}
        self._lock = threading.Lock()

    def full(self, kind: str, length: int) -> None:
        with self._lock:
            if self._sizes.setdefault(kind, length) != length:
                self._sizes[kind] = 0

    def is_last(self, kind: str, length: int) -> bool:
        """Whether a page of this length ends its list, as far as the pages so far tell."""
        with self._lock:
            longest = self._longest[kind] = max(length, self._longest.get(kind, 0))
            return length < longest and self._sizes.get(kind) != 0


def read_pages(
    get: Get,
    entity: Entity,
    path: str,
    sizes: PageSizes,
    params: Mapping[str, str] | None = None,
    *,
    kind: str = "",
    total: int = 0,
) -> Iterator[list[dict[str, Any]]]:
    """Pages of the list at `path`, each row once.

    Args:
        get: asks Mode for a path with query parameters.
        entity: what is listed.
        path: below the workspace.
        sizes: page sizes known so far; new ones are noted there.
        params: further query parameters.
        kind: which lists have the same page size; by default those of the entity's own path.
        total: how many rows there are, as far as Mode has said; 0 = it has not.

    Raises:
        ReadError: as `get` does; the pages so far are then not the whole list.
        Doubtful: after the last page, if Mode sent errors or warnings beside the rows.
        NoList: the first page says neither that there are rows nor that there are none.
        ReadError: as `get` does, or the list has no end; the pages so far are then not the whole list.
    """
    complaint = ""
    for page, said in _pages(get, entity, path, sizes, params, kind, total):
        complaint = complaint or said
        if page:
            yield page
    if complaint:
        raise Doubtful(f"Mode sent rows of {path} with a complaint ({complaint})")


def _pages(
    get: Get,
    entity: Entity,
    path: str,
    sizes: PageSizes,
    params: Mapping[str, str] | None,
    kind: str,
    total: int,
) -> Iterator[tuple[list[dict[str, Any]], str]]:
    kind = kind or entity.path
    query = {**dict(entity.params), **(params or {})}
    seen: set[str] = set()
    previous = 0
    page = 1
    most = MOST_PAGES
    while page <= most:
        body = get(path, {**query, "page": str(page)} if entity.paged else query)
        rows = _rows(entity, path, body, first=page == 1)
        if page == 1:
            most = max(most, min(_announced(body), MOST_COUNTED_PAGES))
        new = list({key: row for row in rows if (key := _key(row)) not in seen}.values())
        if not new:
            if complaint := _complaint(body):
                yield [], complaint
            return
        if page > 1:
            sizes.full(kind, previous)
        seen.update(map(_key, new))
        yield new, _complaint(body)
        if not entity.paged or _counted_out(body, page) or len(seen) == total:
            return  # more rows than were announced say nothing: then the list is read on
        if "pagination" not in body and sizes.is_last(kind, len(rows)):
            return
        previous, page = len(rows), page + 1
    raise Unavailable(f"the list {path} has no end: new rows still came on page {most:,}, where reading stopped")


def _rows(entity: Entity, path: str, body: dict[str, Any], *, first: bool) -> list[dict[str, Any]]:
    embedded = body.get("_embedded")
    rows = embedded.get(entity.embed) if isinstance(embedded, dict) else embedded
    if rows is None and (embedded is not None or "_links" in body):
        if first:
            raise NoList(f"Mode's answer for {path} has no list of {entity.embed} in it")
        return []  # past the end, the key may be missing (docs/mode-api.md#s2)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unavailable(f"the answer for {path} is not a list of {entity.embed}")
    return rows


def _complaint(body: dict[str, Any]) -> str:
    """What Mode says against its own answer, in a few words; empty if nothing."""
    said = body.get("errors") or body.get("warnings")
    return " ".join(str(said).split())[:120] if said else ""


def _key(row: dict[str, Any]) -> str:
    key = row.get("token") or row.get("member_token") or row.get("username")
    if key:
        return str(key)
    try:
        return orjson.dumps(row, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:  # numbers beyond 64 bit, or nested deeper than orjson writes
        return json.dumps(row, sort_keys=True)


def _announced(body: dict[str, Any]) -> int:
    """How many pages the counters promise; 0 if there are none."""
    block = body.get("pagination")
    try:
        return int(block["total_pages"]) if isinstance(block, dict) else 0
    except (KeyError, TypeError, ValueError, OverflowError):
        return 0


def _counted_out(body: dict[str, Any], page: int) -> bool:
    pages = _announced(body)
    return bool(isinstance(body.get("pagination"), dict)) and 0 < pages <= page
