"""What hangs on the things of `model`: runs, subscriptions, descriptions of fields, permissions, the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(slots=True)
class Permission:
    """What one person or group may do in a collection or with a connection (docs/mode-api.md#s5-4, #s5-5)."""

    token: str
    accessor_type: str
    accessor_token: str
    action: str


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Something that was done to the workspace (docs/mode-api.md#s5-8)."""

    id: str
    action: str
    at: int
    actor: str | None
    entity_type: str
    entity_id: str
    entity_name: str | None
    context: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Ran:
    """A query as it was when it ran."""

    query_token: str
    query_name: str | None
    query_created_at: int
    data_source_id: int | None
    raw_query: str | None


@dataclass(slots=True)
class Run:
    """A run of a report: ``finished`` is None while it runs, ``error`` a code and a message."""

    started: int
    finished: int | None
    state: str
    ran: tuple[Ran, ...] = ()
    schedule: str | None = None
    error: tuple[str, str] | None = None


@dataclass(slots=True)
class Subscription:
    """Who is sent the results of a schedule (docs/mode-api.md#s6-5)."""

    token: str
    schedule_token: str
    email_subscriber_count: int
    csv: bool = False


@dataclass(slots=True)
class FieldDescription:
    """The description of a dataset's column (docs/mode-api.md#s6-1)."""

    token: str
    name: str
    text: str
    created_at: int
    updated_at: int
