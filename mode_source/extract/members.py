"""Members: two listings joined, and one record per user.

`/memberships` has states and dates but neither name nor email, and is refused to member keys;
`/memberships/lite` has names and emails (docs/mode-api.md#s5-3). Either may be missing, not both. Id and
creation date are in the user's own record only, one request each, made when the listings show a member who is new
or changed.
"""

from __future__ import annotations

import logging
from urllib.parse import quote

from ..entities import MEMBERS
from ..entities.notes import forget_note, read_note
from ..entities.rows import Payload, Row, make_row, version
from ..errors import Gone, NotVisible, ReadError, Refused, Stopped
from .context import Batch, Context
from .reading import Reading
from .removals import Removals
from .workspace_lists import WorkspaceLists

logger = logging.getLogger(__name__)


def list_members(reading: Reading, lists: WorkspaceLists, removals: Removals, context: Context) -> Batch:
    """The members as the listings show them; without any, and a gap, if neither can be read."""
    reading.verify()
    payloads: dict[str, Payload] = {}
    refusals: list[ReadError] = []
    for path in ("memberships/lite", "memberships"):
        try:
            for page in reading.payloads(MEMBERS, path):
                for payload in page:
                    token = str(payload.get("member_token") or payload.get("token") or "")
                    payloads[token] = {**payloads.get(token, {}), **_present(payload)}
        except (Gone, NotVisible, Refused) as error:
            refusals.append(error)
        except ReadError as error:
            lists.unread(MEMBERS, error)
            return Batch(MEMBERS)
    if len(refusals) == 2:
        lists.unread(MEMBERS, refusals[0])
        return Batch(MEMBERS)
    rows = [row for payload in payloads.values() if (row := make_row(MEMBERS, payload, context.fields))]
    context.log.add(members=len(rows))
    listed = {row["token"] for row in rows}
    verdict = removals.confirm(MEMBERS, [token for token in context.snapshot.index(MEMBERS) if token not in listed])
    notes = [*(forget_note(MEMBERS, token) for token in verdict.gone), *verdict.notes]
    return Batch(MEMBERS, rows, verdict.gone, notes)


def read_member(reading: Reading, context: Context, listed: Row) -> Batch:
    """One member with the user's record; as listed if Mode has no such record, or no longer has it."""
    username = listed.get("username")
    record: Payload = {}
    notes = [read_note(MEMBERS, listed["token"], version(MEMBERS, listed), "", context.log.started_at)]
    try:
        record = _present(reading.client.get(f"/api/{quote(username, safe='')}")) if username else {}
    except Gone:
        logger.info("Mode has no record of user %s: stored as listed.", username)
    except Stopped:
        return Batch(MEMBERS)
    except ReadError as error:
        context.log.add_gap(MEMBERS.name, listed["token"], listed.get("name") or username, error)
        if listed["token"] in context.snapshot.index(MEMBERS):
            return Batch(MEMBERS)  # what was last known stays, the old note with it
        notes = []
    merged = {key: value for key, value in listed.items() if not key.startswith("_")} | record
    if not record.get("email"):
        merged["email"] = listed.get("email") or record.get("email")
    row = make_row(MEMBERS, merged, context.fields, token=listed["token"])
    return Batch(MEMBERS, [row] if row else [], notes=notes)


def _present(payload: Payload) -> Payload:
    return {key: value for key, value in payload.items() if value is not None}
