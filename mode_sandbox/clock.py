"""Time inside the sandbox: milliseconds since the epoch, written the way Mode writes it.

docs/mode-api.md#s2: timestamps are ISO-8601 UTC with millisecond precision (``2021-12-10T20:55:24.316Z``);
Discovery members show second precision (docs/mode-api.md#s7). Nothing here reads the machine's clock.
"""

from __future__ import annotations

import time
from datetime import datetime, timezone
from functools import lru_cache
from typing import overload

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR

START = 1_780_304_400_000
"""2026-06-01T09:00:00.000Z, where every simulated workspace begins."""


@lru_cache(maxsize=1 << 16)
def _text(ms: int) -> str:
    return f"{time.strftime('%Y-%m-%dT%H:%M:%S', time.gmtime(ms // 1000))}.{ms % 1000:03d}Z"


@overload
def stamp(ms: int) -> str: ...
@overload
def stamp(ms: None) -> None: ...
@overload
def stamp(ms: int | None) -> str | None: ...
def stamp(ms: int | None) -> str | None:
    """Mode's spelling of a moment (``…mmmZ``), or None for None."""
    return None if ms is None else _text(ms)


def stamp_seconds(ms: int | None) -> str | None:
    """Second precision, as Discovery's members have it (docs_discovery_members.json)."""
    return None if ms is None else _text(ms)[:19] + "Z"


def parse(text: str) -> int | None:
    """Milliseconds of an ISO-8601 text with or without fraction; None when it is not one."""
    try:
        moment = datetime.fromisoformat(text.strip().replace("Z", "+00:00"))
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=timezone.utc)
    return round(moment.timestamp() * 1000)
