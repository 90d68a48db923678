"""Small aspects and parts of aspects that many entities have."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from .urns import UNKNOWN, user

Aspect = dict[str, Any]


def removed(gone: bool) -> Aspect:
    """Aspect `status`."""
    return {"removed": gone}


def sub_types(name: str) -> Aspect:
    """Aspect `subTypes`."""
    return {"typeNames": [name]}


def workspace_path(slug: str) -> list[dict[str, str]]:
    """The first step of every browse path."""
    return [{"id": slug}]


def milliseconds(moment: datetime | None) -> int:
    """A moment as DataHub writes it; 0 = not known."""
    return round(moment.timestamp() * 1000) if moment else 0


def stamp(moment: datetime | None, actor: str | None = None) -> Aspect:
    """Who did it and when."""
    return {"time": milliseconds(moment), "actor": user(actor)}


def stamps(created: Aspect, modified: Aspect) -> Aspect:
    """Creation and last change."""
    return {"created": created, "lastModified": modified}


def texts(**properties: object) -> dict[str, str]:
    """Custom properties: texts, without those that are not known."""
    return {
        name: value if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else _text(value)
        for name, value in properties.items()
        if value is not None and value != ""
    }


def _text(value: object) -> str:
    if isinstance(value, datetime):
        return value.isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return str(value)


NOBODY = {"time": 0, "actor": UNKNOWN}
