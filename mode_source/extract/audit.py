"""The audit log: only what was added since the last complete reading (docs/mode-api.md#s5-8).

Nothing tells whether there is something new, so Mode is asked when half of `reconcile_after` has passed. Entries are
never removed. Their order is not documented: the cursor moves only when everything up to it has been read.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pendulum

from ..entities import AUDIT_LOGS
from ..entities.notes import read_note
from ..entities.rows import Payload, make_row
from ..errors import ReadError, Stopped, Unavailable
from .context import Batch, Context
from .decisions import instant
from .reading import Reading

FIRST = "2012-01-01T00:00:00.000Z"  # Mode is not older
WHOLE = ""  # stands for the log in the note that it was read
# Entries may turn up late: as far as this before the last one, they are asked for again.
OVERLAP = pendulum.duration(minutes=10)


def audit_logs(reading: Reading, context: Context, again_after: pendulum.Duration) -> Iterator[Batch]:
    """The entries that are not stored yet; none, and a gap, where Mode refuses them.

    Args:
        reading: asks Mode.
        context: of the run.
        again_after: the log is asked for when half of this has passed since it was read.
    """
    read = context.snapshot.read(AUDIT_LOGS, WHOLE)
    now, new = context.log.started_at, context.policy.everything or AUDIT_LOGS.name in context.untrusted
    age = (now - read.read_at).total_seconds() if read else 0
    if read and not new and 0 <= age < again_after.total_seconds() / 2:
        return
    reading.verify()
    last = instant(read.cursor) if read and not new else None
    start = _sent(last - OVERLAP) if last else FIRST
    stored: set[str] = set()
    if last and context.snapshot.has_table(AUDIT_LOGS.name):
        since = f"t.timestamp >= CAST('{start}' AS TIMESTAMP WITH TIME ZONE)"
        stored = {token for (token,) in context.snapshot.select(AUDIT_LOGS, "t.token", since)}
    latest = read.cursor if read and last else ""
    try:
        for payloads in _pages(reading, {"start_timestamp": start, "end_timestamp": _sent(now.add(days=1))}):
            rows = [row for payload in payloads if (row := make_row(AUDIT_LOGS, payload, reading.fields))]
            rows = [row for row in rows if row["token"] not in stored]
            latest = max([latest, *(row.get("timestamp") or "" for row in rows)])
            context.log.add(audit_logs=len(rows))
            yield Batch(AUDIT_LOGS, rows)
    except Stopped:
        return  # the next run begins where this one did
    except ReadError as error:
        context.log.add_gap(AUDIT_LOGS.name, "", None, error)
        return
    yield Batch(AUDIT_LOGS, notes=[read_note(AUDIT_LOGS, WHOLE, "", latest or start, now)])


def _pages(reading: Reading, query: dict[str, str]) -> Iterator[list[Payload]]:
    followed: set[str] = set()
    while True:
        body = reading.client.get(AUDIT_LOGS.path, query)
        yield _list(body)
        token = body.get("next_token")
        if not token or token in followed:
            return
        followed.add(str(token))
        query = {**query, "next_token": str(token)}


def _list(body: dict[str, Any]) -> list[Payload]:
    rows = body.get(AUDIT_LOGS.embed)
    if rows is None and isinstance(body.get("_embedded"), dict):
        rows = body["_embedded"].get(AUDIT_LOGS.embed)
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise Unavailable("Mode's answer for audit_logs is not a list of audit_logs: it was not read.")
    return rows


def _sent(moment: pendulum.DateTime) -> str:
    return moment.in_timezone("UTC").isoformat(timespec="milliseconds").replace("+00:00", "Z")
