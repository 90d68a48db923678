"""Reads an HTTP answer: its JSON, its `Retry-After`, its error message, or the reason why there is none."""

from __future__ import annotations

import json
import math
import re
from email.utils import parsedate_to_datetime
from typing import Any

import orjson
import pendulum
import requests

from .. import logs
from ..errors import (
    Gone,
    ModeSourceError,
    NoContent,
    NotMode,
    NotVisible,
    RateLimited,
    ReadError,
    Refused,
    Unavailable,
)
from .transport import advice

RETRIED = {408, 429, 500, 502, 503, 504}
LONGEST_RETRY_AFTER = 600.0
LONG_NUMBER = re.compile(rb"\d{19}")  # may be beyond 64 bit, where orjson makes a float of it
LONGEST_INTEGER = 4000  # digits; Python itself refuses to read more than 4,300


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
    """JSON, with what no database stores (NUL, lone surrogates) taken out of its texts.

    Whole numbers keep all their digits. NaN, infinities and numbers beyond any range become texts.

    Raises:
        ValueError: it is no JSON, or nested deeper than can be read.
    """
    if LONG_NUMBER.search(content) is None:
        try:
            body = orjson.loads(content)
        except ValueError:
            pass  # orjson refuses lone surrogates and NaN, which the standard library reads
        else:
            return _cleaned(body) if b"\\u0000" in content else body
    try:
        return _cleaned(json.loads(content, parse_int=_integer, parse_float=_float, parse_constant=str))
    except RecursionError:
        raise ValueError("nested too deep") from None


def _integer(digits: str) -> int | str:
    return int(digits) if len(digits) <= LONGEST_INTEGER else digits


def _float(digits: str) -> float | str:
    value = float(digits)
    return value if math.isfinite(value) else digits


def _cleaned(body: Any) -> Any:
    # Without recursion: what could be read, however deep it is nested, can be cleaned.
    whole = [body]
    left: list[Any] = [whole]
    while left:
        node = left.pop()
        items = list(node.items() if isinstance(node, dict) else enumerate(node))
        if isinstance(node, dict):
            node.clear()
        for key, value in items:
            if isinstance(value, (dict, list)):
                left.append(value)
            node[_storable(key)] = _storable(value)
    return whole[0]


def _storable(value: Any) -> Any:
    return value.replace("\0", "").encode("utf-8", "replace").decode() if isinstance(value, str) else value


def message(content: bytes) -> str:
    """What an error says of itself."""
    try:
        body = orjson.loads(content)
    except ValueError:
        return "no message"
    return logs.redacted(str(body.get("message") if isinstance(body, dict) else body))[:200]


def cause(error: BaseException) -> str:
    """The innermost reason, without the URL: `Connection refused`, `Read timed out`."""
    while (inner := error.__cause__ or error.__context__) and not isinstance(error, ModeSourceError):
        if said := advice(error):
            return said
        error = inner
    return advice(error) or logs.redacted(str(error).rpartition("] ")[2])[:200] or type(error).__name__


class Again(Exception):
    """An attempt failed in a way that may pass; `final` is the error if it never does."""

    def __init__(self, final: ReadError, seconds: float | None = None) -> None:
        super().__init__(str(final))
        self.final = final
        self.seconds = seconds


def body_of(path: str, response: requests.Response, content: bytes) -> dict[str, Any]:
    """The JSON object of an answer.

    Raises:
        Again: the answer says that another attempt may bring more.
        ReadError: it says that none will.
    """
    status = response.status_code
    if status == 429:
        raise Again(RateLimited(f"429 for {path}: rate-limited at every attempt"), retry_after(response))
    if status in RETRIED or status >= 500:
        raise Again(Unavailable(f"{status} for {path}"), retry_after(response))
    if status in (401, 403):
        raise NotVisible(f"{status} for {path}: not visible to this key", status)
    if status in (404, 410):
        raise Gone(f"{status} for {path}: not there, or not visible to this key")
    if status >= 300:
        raise Refused(f"{status} for {path}: {message(content).rstrip('.')}")
    if status == 204 or not content.strip():
        raise Again(NoContent(f"{status} without content for {path}"))
    if status != 200:  # 202 and 206 may carry JSON, but not the whole of it
        raise Again(Unavailable(f"{status} instead of an answer for {path}"), retry_after(response))
    if content.lstrip()[:1] == b"<":
        raise Again(NotMode(f"HTML instead of JSON for {path}: a sign-on or proxy page"))
    try:
        body = decoded(content)
    except ValueError:
        raise Again(Unavailable(f"broken JSON for {path}")) from None
    if not isinstance(body, dict):
        raise Again(Unavailable(f"no JSON object for {path}"))
    return body
