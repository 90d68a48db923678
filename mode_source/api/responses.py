"""Reads an HTTP answer: its JSON, its `Retry-After`, its error message, or the reason why there is none."""

from __future__ import annotations

import json
import math
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import pendulum
import requests

from ..errors import ModeSourceError

LONGEST_RETRY_AFTER = 600.0


def retry_after(response: requests.Response) -> float | None:
    """`Retry-After` in seconds, in either of its forms (RFC 9110 section 10.2.3)."""
    value = response.headers.get("Retry-After", "").strip()
    try:
        seconds = float(value)
    except ValueError:
        try:
            seconds = (parsedate_to_datetime(value) - pendulum.now("UTC")).total_seconds()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER) + 0.05 if math.isfinite(seconds) else None


def decoded(content: bytes) -> Any:
    """JSON, with what no database stores (NUL, lone surrogates) taken out of its texts."""
    try:
        body = orjson.loads(content)
    except ValueError:
        # orjson refuses lone surrogates, which the standard library reads.
        return _clean(json.loads(content))
    return _clean(body) if b"\\u0000" in content else body


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return value.replace("\0", "").encode("utf-8", "replace").decode()
    if isinstance(value, list):
        return [_clean(item) for item in value]
    if isinstance(value, dict):
        return {_clean(key): _clean(item) for key, item in value.items()}
    return value


def message(content: bytes) -> str:
    try:
        body = orjson.loads(content)
        return str(body.get("message") if isinstance(body, dict) else body)[:200]
    except ValueError:
        return "no message"


def cause(error: BaseException) -> str:
    """The innermost reason, without the URL: `Connection refused`, `Read timed out`."""
    while (inner := error.__cause__ or error.__context__) and not isinstance(error, ModeSourceError):
        error = inner
    return str(error).rpartition("] ")[2][:200] or type(error).__name__
