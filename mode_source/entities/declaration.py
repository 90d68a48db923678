"""The form in which entities are declared, and a short function for each kind of column."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "id", "bigint", "double", "bool", "timestamp", "date", "json"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `key` is where Mode sends the value: a key of the payload (default: the column's name), `link:NAME` for
    the last path segment of a link, `href:NAME` for a whole link, `has:NAME` for whether there is such a link,
    or `a.b` for a nested key.
    `references` is `table.column` of the row it points to.
    """

    name: str
    kind: Kind
    description: str
    key: str = ""
    references: str = ""

    @property
    def source(self) -> str:
        return self.key or self.name


@dataclass(frozen=True)
class Entity:
    """One entity of Mode, one dlt resource, one table.

    path: below `/{api}/{workspace}/`, with the parents' keys in braces.
    api: `api`, or `batch` for Mode's Discovery API (docs/mode-api.md#s7).
    embed: key of the rows in `_embedded`.
    parent: the entity whose rows drive the requests of this one.
    parent_key: the column that holds the parent's token; `keys` are all columns that parents fill in.
    paged: whether the server pages the list when asked with `page` (docs/mode-api.md#s4).
    count: column of the parent whose explicit 0 says that there is nothing to read.
    offered: flag of the parent whose explicit false says the same.
    single: path of one row, asked when a row seems to be gone from a list.
    by_source: path of the same rows by data source, where that takes fewer requests than by parent.
    cursor: the column that moves when the row changes.
    stale: columns of a listing row whose change makes the requests that it drives due again.
    moved_by: columns of the parent's row whose change alone makes this due, in place of the parent's `stale` and
        cursor; empty = those.
    run_times: columns that say when it last ran; a run moves the cursor, too (docs/mode-api.md#s10).
    of_datasets: whether datasets have it too (children of reports).
    is_event: rows say that something happened, so that a new one is no change of Mode's assets.
    append_only: rows never change and are never removed.
    never_empty: a workspace that works always has some, so that an empty list is not believed.
    never: payload keys that are never stored (volatile or secret), besides those of `rows.SECRET`.
    """

    name: str
    description: str
    path: str
    embed: str
    columns: tuple[Column, ...]
    parent: str = ""
    keys: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    paged: bool = False
    count: str = ""
    offered: str = ""
    single: str = ""
    by_source: str = ""
    cursor: str = ""
    stale: tuple[str, ...] = ()
    moved_by: tuple[str, ...] = ()
    run_times: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    never_empty: bool = False
    selected: bool = True
    of_datasets: bool = True
    is_event: bool = False
    append_only: bool = False
    key: str = "token"
    api: Literal["api", "batch"] = "api"

    @property
    def parent_key(self) -> str:
        return self.keys[0] if self.keys else ""


def text(name: str, description: str, key: str = "", references: str = "") -> Column:
    return Column(name, "text", description, key, references)


def number_id(name: str, description: str, references: str = "") -> Column:
    """An id: Mode sends numbers or strings (docs/mode-api.md#s2), the table holds text, the export what Mode sent."""
    return Column(name, "id", description, "", references)


def count(name: str, description: str) -> Column:
    return Column(name, "bigint", description)


def flag(name: str, description: str, key: str = "") -> Column:
    return Column(name, "bool", description, key)


def time(name: str, description: str) -> Column:
    return Column(name, "timestamp", description)


def json(name: str, description: str) -> Column:
    return Column(name, "json", description)


TOKEN = text("token", "Mode's token: 12 characters, stable, used in every path and URL.")
CREATOR = text(
    "creator_username", "Username of the creator; null when Mode sends no link.", "link:creator", "members.username"
)
CREATED = time("created_at", "When it was created.")
UPDATED = time("updated_at", "When Mode last touched it; a run counts as a touch.")  # docs/mode-api.md#s10
