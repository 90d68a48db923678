"""Pages of lists, as docs/mode-api.md#s4 says, and the filters of docs/mode-api.md#s6."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal, TypeVar

from .clock import parse
from .model import Report
from .quirks import Quirks
from .wire import Refusal

T = TypeVar("T")
Row = dict[str, Any]
PastEnd = Literal["empty", "missing", "repeat"]

_FILTER = re.compile(r"(created_at|updated_at)\.(gt|lt)\.(.+)")


def number(query: dict[str, str], name: str, default: int) -> int:
    """A positive integer parameter; anything else counts as the default."""
    text = query.get(name, "")
    return max(1, int(text)) if text.isascii() and text.isdigit() else default


def cut(rows: Sequence[T], page: int, size: int, past_end: PastEnd) -> Sequence[T] | None:
    """One page; past the end an empty one, None (= no embed key) or the last page again."""
    start = (page - 1) * size
    if start < len(rows):
        return rows[start : start + size]
    if past_end == "repeat" and rows:
        return rows[(len(rows) - 1) // size * size :]
    return None if past_end == "missing" else ()


def embed(href: str, key: str, rows: Iterable[Row] | None, **more: Any) -> Row:
    """A HAL list; without the embed key if there are no rows to speak of (None)."""
    return {
        "_links": {"self": {"href": href}},
        "_embedded": {} if rows is None else {key: list(rows)},
        **more,
    }


def block(page: int, size: int, shown: int, total: int) -> Row:
    """The ``pagination`` object (modesdk_spaces_paginated_envelope.json)."""
    return {
        "page": page,
        "per_page": size,
        "count": shown,
        "total_pages": math.ceil(total / size),
        "total_count": total,
    }


def counted(href: str, key: str, rows: Sequence[T], query: dict[str, str], size: int, past_end: PastEnd,
            render: Callable[[T], Row]) -> Row:  # fmt: skip
    """A paged list with block and ``next_page`` link."""
    page = number(query, "page", 1)
    found = cut(rows, page, size, past_end)
    last = max(1, math.ceil(len(rows) / size))
    if past_end == "repeat":
        page = min(page, last)
    shown = None if found is None else [render(row) for row in found]
    answer = embed(href, key, shown, pagination=block(page, size, len(shown or ()), len(rows)))
    if page < last:
        kept = "".join(f"{name}={value}&" for name, value in query.items() if name not in ("page", "per_page"))
        answer["_links"]["next_page"] = {"href": f"{href}?{kept}page={page + 1}&per_page={size}"}
    return answer


def selected(rows: Sequence[Report], query: dict[str, str], quirks: Quirks) -> Sequence[Report]:
    """``filter``, ``order``, ``order_by`` of report and dataset lists: honoured, ignored or 500 (docs/mode-api.md#s6).

    ``filter=all`` and other words have never been seen to change anything.
    """
    found = _FILTER.fullmatch(query.get("filter", ""))
    order_by = query.get("order_by")
    if quirks.filters == "error" and found:
        raise Refusal(500, "something went wrong")
    if quirks.filters != "honoured":
        return rows
    if found:
        field, way, text = found.groups()
        limit = parse(text)
        if limit is None:
            raise Refusal(400, "invalid filter")
        sign = 1 if way == "gt" else -1
        rows = [row for row in rows if sign * (getattr(row, field) - limit) > 0]
    if order_by in ("created_at", "updated_at"):
        down = query.get("order", "desc") != "asc"
        rows = sorted(rows, key=lambda row: (getattr(row, str(order_by)), row.token), reverse=down)
    return rows
