"""The things of a Mode workspace, as plain records. No behaviour, no HTTP, no names of JSON keys.

Moments are milliseconds (`clock.py`), ids are integers (how they are *sent* is the workspace's ``ids``),
people are referred to by member token, so that a renamed user changes every link (docs/mode-api.md#s5-2).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from .model_parts import FieldDescription, Permission, Ran, Run, Subscription

REPORT = "Report"
DATASET = "DatasetReport"


@dataclass(slots=True)
class Member:
    """A user and their membership of the workspace (docs/mode-api.md#s5-2, #s5-3)."""

    token: str
    id: int
    username: str
    name: str
    email: str
    created_at: int
    activated_at: int
    admin: bool = False
    state: str = "active"
    membership_id: int = 0
    membership_token: str = ""


@dataclass(slots=True)
class DataSource:
    """A connection (docs/mode-api.md#s5-5). ``username``, ``certificate`` and ``attributes`` must never leave Mode."""

    token: str
    id: int
    name: str
    display_name: str
    description: str | None
    adapter: str
    vendor: str | None
    provider: str | None
    host: str | None
    database: str | None
    port: int | None
    username: str | None
    warehouse: str | None
    created_at: int
    updated_at: int
    public: bool = False
    queryable: bool = True
    asleep: bool = False
    creator: str | None = None
    certificate: str | None = None
    attributes: Mapping[str, Any] | None = None
    soft_deleted: bool = False
    permissions: dict[str, Permission] = field(default_factory=dict)

    @property
    def kind(self) -> str:
        """The adapter without its ``jdbc:`` prefix."""
        return self.adapter.partition(":")[2]


@dataclass(slots=True)
class Collection:
    """A space (docs/mode-api.md#s5-4). ``listed`` is False for other people's personal collections."""

    token: str
    id: int
    space_type: str
    name: str | None
    description: str | None
    default_access_level: str
    creator: str | None
    members: set[str] = field(default_factory=set)
    restricted: bool = False
    listed: bool = True
    refusal: int | None = None
    version: int = 0
    permissions: dict[str, Permission] = field(default_factory=dict)


@dataclass(slots=True)
class Chart:
    """A chart (docs/mode-api.md#s6-3); its ``view_vegas`` is drawn from these few facts in `vegas.py`."""

    token: str
    id: int
    query_token: str
    report_token: str
    title: str
    description: str
    chart_type: str
    columns: tuple[str, ...]
    created_at: int
    updated_at: int
    creator: str | None = None
    legacy_view: bool = False
    filter_values: tuple[str, ...] = ()


@dataclass(slots=True)
class Query:
    """A query (docs/mode-api.md#s6-2) with its charts."""

    token: str
    id: int
    report_token: str
    name: str | None
    raw_query: str | None
    data_source_id: int | None
    created_at: int
    updated_at: int
    last_run_id: int | None
    creator: str | None
    columns: tuple[str, ...] = ()
    explorations_count: int = 0
    charts: dict[str, Chart] = field(default_factory=dict)


@dataclass(slots=True)
class Schedule:
    """A report schedule (docs/mode-api.md#s6-5)."""

    token: str
    report_token: str
    name: str
    frequency: str
    hour: int
    minute: int
    day_of_week: str | None
    created_at: int
    updated_at: int
    last_run_at: int | None = None
    subscriptions: dict[str, Subscription] = field(default_factory=dict)

    @property
    def subscriber_count(self) -> int:
        """Subscribers over all subscriptions."""
        return sum(subscription.email_subscriber_count for subscription in self.subscriptions.values())


@dataclass(slots=True)
class ReportFilter:
    """A report filter (docs/mode-api.md#s6-5)."""

    token: str
    id: int
    report_token: str
    name: str
    column: str
    values: tuple[str, ...]
    created_at: int
    updated_at: int


@dataclass(slots=True)
class Report:
    """A report or, with ``type`` `DATASET`, a dataset (docs/mode-api.md#s6 and #s6-1)."""

    token: str
    id: int
    type: str
    name: str | None
    description: str | None
    space_token: str
    creator: str | None
    created_at: int
    updated_at: int
    edited_at: int | None = None
    last_saved_at: int | None = None
    published_at: int | None = None
    last_run_at: int | None = None
    last_successfully_run_at: int | None = None
    runtime_ms: int = 1_500
    older_runs: int = 0
    older_last_at: int | None = None
    older_failures: int = 0
    older_ran: tuple[Ran, ...] = ()
    newer_runs: list[Run] = field(default_factory=list)
    archived: bool = False
    public: bool = False
    is_embedded: bool = False
    view_count: int = 0
    theme_id: int = 3
    imported_datasets: tuple[str, ...] = ()
    queries: dict[str, Query] = field(default_factory=dict)
    schedules: dict[str, Schedule] = field(default_factory=dict)
    filters: dict[str, ReportFilter] = field(default_factory=dict)
    field_descriptions: dict[str, FieldDescription] = field(default_factory=dict)

    @property
    def is_dataset(self) -> bool:
        """Whether this is a dataset rather than a report."""
        return self.type == DATASET

    @property
    def query_count(self) -> int:
        """Number of queries."""
        return len(self.queries)

    @property
    def chart_count(self) -> int:
        """Number of charts over all queries (a property of the report, docs/mode-api.md#quirk-4)."""
        return sum(len(query.charts) for query in self.queries.values())

    @property
    def runs_count(self) -> int:
        """Number of runs, old and new."""
        return self.older_runs + len(self.newer_runs)


@dataclass(slots=True)
class Definition:
    """A reusable SQL snippet (docs/mode-api.md#s5-7)."""

    token: str
    id: int
    name: str
    description: str | None
    source: str
    data_source_id: int | None
    created_at: int
    updated_at: int
    last_saved_at: int | None
    creator: str | None


@dataclass(slots=True)
class GroupMembership:
    """One member of one group (docs/mode-api.md#s5-6)."""

    token: str
    group_token: str
    member_token: str
    created_at: int


@dataclass(slots=True)
class Group:
    """A user group (docs/mode-api.md#s5-6)."""

    token: str
    name: str
    creator: str | None
    spaces_count: int = 0
    managed: bool = False
    memberships: dict[str, GroupMembership] = field(default_factory=dict)


def columns_of(dataset: Report) -> tuple[str, ...]:
    """The columns that a dataset's query gives."""
    query = next(iter(dataset.queries.values()), None)
    return query.columns if query else ()
