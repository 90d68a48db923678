"""From a payload of Mode to a row of a table, and back to the value that Mode sent.

Pure functions, no I/O. A row holds the entity's declared columns, whatever else Mode sends that is neither
volatile nor secret, and three columns of ours:

* `_as_sent`: the values that their column's type cannot give back exactly (an id sent as a string, a
  timestamp without milliseconds, a value that does not fit the type at all), so that the export can.
* `_dlt_id`: dlt's row id, set by us to a digest of the row. Comparing digests tells what changed.
* `_deleted`: dlt's hard-delete mark; null in every stored row.
"""

from __future__ import annotations

import hashlib
import html
import json
import logging
import math
import re
from collections.abc import Callable
from functools import partial
from typing import Any, TypeAlias

import orjson
import pendulum

from . import Column, Entity, Kind
from .fields import Fields, carried

Row: TypeAlias = dict[str, Any]
Payload: TypeAlias = dict[str, Any]

logger = logging.getLogger(__name__)

# Names of undeclared fields that are never stored, at any depth of `custom_attributes`.
SECRET = re.compile(
    r"passw|secret|signature|certificate|(^|_)cert($|_)|private_?key|access_?key|api_?key|credential"
    r"|preview_image|wallet|bearer|auth_token|access_token",
    re.IGNORECASE,
)
# Presigned URLs of S3, Google Cloud Storage and Azure: valid for minutes, different on every call.
PRESIGNED = re.compile(r"https?://\S+[?&](X-Amz-|X-Goog-Signature|Signature=|sig=)", re.IGNORECASE)
MILLISECONDS = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", re.ASCII)
WHOLE_NUMBER = re.compile(r"0|-?[1-9]\d*", re.ASCII)
HAL = {"_links", "_embedded", "_forms"}
TOO_DEEP = "(nested too deeply)"
FLAGS = {"true": True, "false": False}


def make_row(entity: Entity, payload: Payload, fields: Fields | None = None, **keys: str) -> Row | None:
    """The table row of one payload, or None when it has no token to key it by.

    Args:
        entity: what the payload is.
        payload: the object as Mode sent it.
        fields: the run's undeclared columns; without them, those of this row alone.
        keys: tokens of the parents. They win over the payload, except a report's own `space_token`, which
            is newer than the listing it was found in.
    """
    row: Row = {}
    as_sent: Payload = {}
    fields = fields or Fields()
    for column in entity.columns:
        sent = _find(payload, column)
        if column.name in keys and (sent is None or entity.parent != "collections"):
            row[column.name] = keys[column.name]
        elif sent is not None:
            row[column.name] = _stored(entity, column, sent, as_sent, fields)
    if not row.get(entity.key):
        logger.warning("Skipped a row of %s without a token: Mode sent none.", entity.name)
        return None
    row.update(fields.fit(entity, _undeclared(entity, payload), as_sent))
    if as_sent:
        row["_as_sent"] = _dumped(as_sent)
    try:
        row["_dlt_id"] = digest(row)
    except (TypeError, RecursionError):
        _set_aside(entity, row, as_sent, fields)
        row["_dlt_id"] = digest(row)
    return row


def _set_aside(entity: Entity, row: Row, as_sent: Payload, fields: Fields) -> None:
    """Moves nested values that no library carries (too deep, numbers beyond 64 bits) into `_as_sent`."""
    for column in entity.columns:
        value = row.get(column.name)
        if isinstance(value, (dict, list)) and not carried(value):
            fields.warn(entity, column.name, f"{entity.name}.{column.name} is nested too deeply: kept in _as_sent.")
            as_sent[column.name] = value
            row[column.name] = None
    row["_as_sent"] = _dumped(as_sent)


def _dumped(as_sent: Payload) -> str:
    """JSON of values as Mode sent them; orjson stops at 64 bits."""
    try:
        return json.dumps(as_sent, sort_keys=True, ensure_ascii=False)
    except RecursionError:
        shallow = {name: value if carried(value) else TOO_DEEP for name, value in as_sent.items()}
        return json.dumps(shallow, sort_keys=True, ensure_ascii=False)


def digest(row: Row) -> str:
    """A digest of a row's content, the same for the same content on every machine."""
    content = orjson.dumps(row, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
    return hashlib.blake2b(content, digest_size=12).hexdigest()


def version(entity: Entity, row: Row) -> str:
    """The values of a listing row whose change makes the requests that it drives due again."""
    return orjson.dumps([row.get(name) for name in entity.stale]).decode()


def exported(kind: Kind, value: Any) -> Any:
    """The value that Mode most likely sent for a stored one; `_as_sent` has the exceptions."""
    if value is None:
        return None
    if kind == "id":
        return int(value) if WHOLE_NUMBER.fullmatch(value) else value
    if kind == "timestamp" and not isinstance(value, str):
        return value.astimezone(pendulum.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


def last_segment(href: Any) -> str | None:
    """`/api/alice` and `https://app.mode.com/api/alice?x=1` → `alice`."""
    if not isinstance(href, str):
        return None
    return href.partition("?")[0].rstrip("/").rpartition("/")[2] or None


def without_secrets(value: Any) -> Any:
    """A nested value without the keys that look like secrets, and without presigned URLs."""
    # Not recursive: Mode may send what is nested deeper than Python calls functions.
    top: list[Any] = []
    left: list[tuple[Any, Callable[[Any], object]]] = [(value, top.append)]
    while left:
        item, put = left.pop()
        if isinstance(item, dict):
            kept = {key: inner for key, inner in item.items() if not SECRET.search(str(key))}
            copy = {key: inner for key, inner in kept.items() if not _is_presigned(inner)}
            put(copy)
            left += [(inner, partial(copy.__setitem__, key)) for key, inner in copy.items() if _is_nested(inner)]
        elif isinstance(item, list):
            listed = [inner for inner in item if not _is_presigned(inner)]
            put(listed)
            left += [(inner, partial(listed.__setitem__, at)) for at, inner in enumerate(listed) if _is_nested(inner)]
        else:
            put(item)
    return top[0]


def _is_nested(value: Any) -> bool:
    return isinstance(value, (dict, list))


def _is_presigned(value: Any) -> bool:
    return isinstance(value, str) and bool(PRESIGNED.match(value))


def _find(payload: Payload, column: Column) -> Any:
    source = column.source
    if source in payload:  # the plain and by far most frequent case
        return payload[source]
    for alternative in source.split("|"):
        where, _, name = alternative.partition(":")
        links = payload.get("_links")
        value: Any
        if where == "has":
            value = name in links if isinstance(links, dict) and links else None
        elif where in ("link", "href"):
            link = links.get(name) if isinstance(links, dict) else None
            href = link.get("href") if isinstance(link, dict) else None
            value = last_segment(href) if where == "link" else href
        else:
            value = payload
            for part in alternative.split("."):
                value = value.get(part) if isinstance(value, dict) else None
        if value is not None:
            return value
    return None


def _stored(entity: Entity, column: Column, sent: Any, as_sent: Payload, fields: Fields) -> Any:
    try:
        value = _converted(column.kind, sent)
    except (TypeError, ValueError, LookupError, OverflowError):
        # Nothing is lost and nothing changes its type in silence: the column stays null, `_as_sent` and
        # with it the export keep the value, the log says so.
        fields.warn(
            entity,
            column.name,
            f"Mode sent a {type(sent).__name__} for {entity.name}.{column.name}, which holds {column.kind}:"
            " kept in _as_sent, null in the table.",
        )
        as_sent[column.name] = sent
        return None
    if column.name == "title" and "." in column.source:
        return html.unescape(value)  # docs/mode-api.md#s2: view_vegas.title is HTML-encoded
    back = exported(column.kind, value)
    differs = back != sent or type(back) is not type(sent)
    if column.kind == "timestamp":
        differs = not MILLISECONDS.fullmatch(sent)  # the table gives back milliseconds
    if column.source == column.name and differs and column.kind != "json":
        as_sent[column.name] = sent
    return without_secrets(value) if column.name == "custom_attributes" else value


def _converted(kind: Kind, sent: Any) -> Any:
    match kind:
        case "text":
            if isinstance(sent, str):
                return sent
            if isinstance(sent, (dict, list)):
                raise TypeError
            return orjson.dumps(sent).decode()
        case "id":
            if isinstance(sent, bool) or not isinstance(sent, (int, str)):
                raise TypeError
            return str(sent)
        case "bigint":
            if isinstance(sent, bool) or int(sent) != float(sent) or not -(2**63) <= int(sent) < 2**63:
                raise TypeError
            return int(sent)
        case "double":
            if isinstance(sent, bool) or not math.isfinite(float(sent)):
                raise TypeError
            return float(sent)
        case "bool":
            return sent if isinstance(sent, bool) else FLAGS[sent]
        case "timestamp":
            if isinstance(sent, str) and MILLISECONDS.fullmatch(sent):
                pendulum.parse(sent)
                return sent
            if not isinstance(sent, str) or len(sent) < len("2021-12-10T20:55"):
                raise TypeError
            moment = pendulum.parse(sent)
            if not isinstance(moment, pendulum.DateTime):
                raise TypeError
            return moment.in_timezone("UTC").isoformat(timespec="microseconds").replace("+00:00", "Z")
        case "json":
            return sent


def _undeclared(entity: Entity, payload: Payload) -> Row:
    """Fields that are not declared, so that a new field of Mode becomes a new column."""
    declared = _sources(entity)
    return {
        key: without_secrets(value)
        for key, value in payload.items()
        if key not in declared
        and value is not None
        and key not in HAL
        and key not in entity.never
        and not SECRET.search(key)
        and not _is_presigned(value)
    }


def _sources(entity: Entity) -> set[str]:
    known = _SOURCES.get(entity.name)
    if known is None:
        known = {part.split(".")[0] for column in entity.columns for part in column.source.split("|")}
        known |= {column.name for column in entity.columns}
        _SOURCES[entity.name] = known
    return known


_SOURCES: dict[str, set[str]] = {}
