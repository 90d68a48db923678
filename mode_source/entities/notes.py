"""Notes of stored rows and of readings: plain data, with which every listed row is compared."""

from __future__ import annotations

from typing import NamedTuple

import pendulum

from .declaration import Entity
from .rows import Row


class Known(NamedTuple):
    """A stored row: the digest of its content and the token of its parent."""

    digest: str
    parent: str


class Read(NamedTuple):
    """When a listing row's own requests were last answered in full, and how the row looked then."""

    version: str
    cursor: str
    read_at: pendulum.DateTime
    error: str | None


def read_note(
    entity: Entity, token: str, version: str, cursor: str, now: pendulum.DateTime, error: str | None = None
) -> Row:
    """The row that notes a complete reading, or, with `error`, one that must be tried again."""
    return {
        "entity": entity.name,
        "token": token,
        "version": version,
        "cursor_value": cursor,
        "read_at": now,
        "error": error,
    }


def forget_note(entity: Entity, token: str) -> Row:
    """The mark that removes a note."""
    return {"entity": entity.name, "token": token, "_deleted": True}
