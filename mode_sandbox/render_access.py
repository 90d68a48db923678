"""Permissions and the audit log as Mode sends them, as far as anybody knows.

Nobody showed a row of a permission list (docs/mode-api.md#s5-4, #s5-5): what is here follows the documented words
and the rows of group memberships. Audit log: docs_audit_log_entry.json.
"""

from __future__ import annotations

import base64
import binascii
from typing import TYPE_CHECKING, Any

from .clock import parse, stamp
from .model_parts import AuditEntry, Permission
from .wire import Refusal

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]

PAGE = 50
"""Entries of the audit log that come at once."""


def permission_row(ws: Store, permission: Permission, place: str) -> Row:
    """A permission; ``place`` is the path of what it is for."""
    user = ws.user(permission.accessor_token)
    accessor = f"/api/{user.username}" if user else f"/api/{ws.slug}/groups/{permission.accessor_token}"
    row: Row = {
        "token": permission.token,
        "accessor_type": permission.accessor_type,
        "accessor_token": permission.accessor_token,
        "action": permission.action,
        "_links": {"self": {"href": f"{place}/permissions/{permission.token}"}, "accessor": {"href": accessor}},
        "_forms": {"destroy": {"method": "delete", "action": f"{place}/permissions/{permission.token}"}},
    }
    if not ws.quirks.permission_tokens:
        del row["token"], row["_links"]["self"], row["_forms"]
    return row


def audit_row(ws: Store, entry: AuditEntry) -> Row:
    """An entry of the audit log; six digits after the second (docs/mode-api.md#s2)."""
    user = ws.user(entry.actor)
    return {
        "id": entry.id,
        "action": entry.action,
        "description": entry.action.replace("_", " "),
        "timestamp": stamp(entry.at).replace("Z", "000Z"),
        "workspace_username": ws.slug,
        "context": dict(entry.context),
        "actor": {
            "ip": "192.0.2.7",
            "user_agent": "Mozilla/5.0",
            "user_id": entry.actor,
            "username": user.username if user else None,
        },
        "entity": {
            "entity_name": entry.entity_name,
            "entity_type": entry.entity_type,
            "entity_id": entry.entity_id,
        },
    }


def audit_page(ws: Store, query: dict[str, str]) -> Row:
    """Entries between two moments, newest first; ``next_token`` says where to go on."""
    start, end = (parse(query[name]) for name in ("start_timestamp", "end_timestamp"))
    if start is None or end is None:
        raise Refusal(400, "start_timestamp and end_timestamp are ISO 8601")
    try:
        first = int(base64.b64decode(query["next_token"])) if "next_token" in query else len(ws.audit) - 1
    except (ValueError, binascii.Error):
        raise Refusal(400, "next_token is invalid") from None
    rows: list[Row] = []
    for position in range(first, -1, -1):
        entry = ws.audit[position]
        if start <= entry.at <= end:
            if len(rows) == PAGE:
                return {"audit_logs": rows, "next_token": base64.b64encode(str(position).encode()).decode()}
            rows.append(audit_row(ws, entry))
    return {"audit_logs": rows}
