"""What exports are made of: Mode's things as plain data, with their lineage."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, ClassVar, NamedTuple

from ..lineage.platforms import MODE_DATASETS, Platform, platform_of

NO_OFFSET = timedelta()
CERTAINTIES = ("certain", "likely", "guess")


class TableEdge(NamedTuple):
    """A table that a query reads, as the platform folds names; of a dataset of Mode, its token is the name."""

    platform: str
    database: str | None
    schema: str | None
    name: str
    certainty: str

    @property
    def is_dataset(self) -> bool:
        """Whether it is a dataset of Mode."""
        return self.platform == MODE_DATASETS


class ColumnEdge(NamedTuple):
    """A column that a query uses.

    `output` is the column of the result that is computed from it, null where the result only depends on it (a filter,
    say): `usage` says how then. `*` stands for columns that nobody can list.
    """

    output: str | None
    database: str | None
    schema: str | None
    table: str
    column: str
    certainty: str
    usage: str = "output"


class Field(NamedTuple):
    """A field that a chart shows: the column of the query's result, if it is one."""

    name: str
    usage: str | None
    output: str | None


class Removed(NamedTuple):
    """What no longer exists in Mode, and its last row."""

    entity: str
    token: str
    removed_at: datetime | None
    last_row: dict[str, Any]


class Stored:
    """A dataclass whose fields without a default are columns of a table."""

    columns: ClassVar[tuple[str, ...]]
    moments: ClassVar[tuple[str, ...]]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.columns = tuple(name for name in cls.__annotations__ if not hasattr(cls, name))
        cls.moments = tuple(name for name in cls.columns if "datetime" in str(cls.__annotations__[name]))

    def __post_init__(self) -> None:
        """Moments in UTC, whatever the destination's session says."""
        for name in self.moments:
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, utc(value))


@dataclass(frozen=True)
class Collection(Stored):
    """A collection of reports."""

    token: str
    name: str | None
    description: str | None
    space_type: str | None
    default_access_level: str | None
    creator_username: str | None


@dataclass(frozen=True)
class Person(Stored):
    """A member of the workspace."""

    token: str
    username: str
    name: str | None
    email: str | None
    state: str | None


@dataclass(frozen=True)
class DataSource(Stored):
    """A database connection."""

    token: str
    id: str
    name: str | None
    adapter: str | None
    host: str | None
    port: int | None
    database: str | None

    @property
    def platform(self) -> Platform:
        """The kind of database."""
        return platform_of(self.adapter)


@dataclass(frozen=True)
class Definition(Stored):
    """SQL that queries include."""

    token: str
    name: str | None
    description: str | None
    source: str | None
    data_source_id: str | None
    creator_username: str | None


@dataclass(frozen=True)
class Schedule(Stored):
    """A schedule of a report."""

    token: str
    report_token: str
    name: str | None
    frequency: str | None
    cron_hour: int | None
    cron_minute: int | None
    day_of_week: str | None
    day_of_month: str | None
    time_zone: str | None
    next_scheduled_run: datetime | None


# The classes below are filled bit by bit while they are read; nobody changes them afterwards.


@dataclass
class Chart(Stored):
    """A chart of a query, with the fields that it shows."""

    token: str
    query_token: str
    title: str | None
    chart_type: str | None
    description: str | None
    creator_username: str | None
    created_at: datetime | None
    updated_at: datetime | None
    fields: list[Field] = field(default_factory=list)


@dataclass
class Query(Stored):
    """A query, with its charts and its lineage.

    Attributes:
        tables: that it reads.
        columns_used: of these tables.
        outputs: columns of its result.
        analysed: whether lineage was computed.
        failed: whether lineage could not understand it whole.
    """

    token: str
    id: str | None
    report_token: str
    name: str | None
    raw_query: str | None
    data_source_id: str | None
    creator_username: str | None
    created_at: datetime | None
    updated_at: datetime | None
    last_run_id: str | None
    explorations_count: int | None
    report_imports_count: int | None
    dbt_metric_id: str | None
    charts: list[Chart] = field(default_factory=list)
    tables: list[TableEdge] = field(default_factory=list)
    columns_used: list[ColumnEdge] = field(default_factory=list)
    outputs: list[str] = field(default_factory=list)
    analysed: bool = False
    failed: bool = False


@dataclass
class Report(Stored):
    """A report or a dataset, with all that belongs to it.

    Attributes:
        views_90_days: views of the last 90 days; None = not known.
    """

    token: str
    id: str | None
    name: str | None
    description: str | None
    archived: bool | None
    space_token: str | None
    creator_username: str | None
    public: bool | None
    is_embedded: bool | None
    created_at: datetime | None
    updated_at: datetime | None
    edited_at: datetime | None
    last_saved_at: datetime | None
    last_run_at: datetime | None
    last_successfully_run_at: datetime | None
    last_run_token: str | None
    last_successful_run_token: str | None
    query_count: int | None
    chart_count: int | None
    view_count: int | None
    imported_datasets: Any
    github_link: str | None
    web_url: str | None
    queries: list[Query] = field(default_factory=list)
    schedules: list[Schedule] = field(default_factory=list)
    views_90_days: int | None = None
    is_dataset: bool = False

    @property
    def imported(self) -> list[str]:
        """Tokens of the datasets that Mode says it uses."""
        items = listed(self.imported_datasets)
        return [str(item["token"]) for item in items if isinstance(item, dict) and item.get("token")]


def good_enough(edges: Iterable[TableEdge], certainty: str) -> list[TableEdge]:
    """The edges that are at least as certain."""
    accepted = CERTAINTIES[: CERTAINTIES.index(certainty) + 1]
    return [edge for edge in edges if edge.certainty in accepted]


def parsed(value: Any) -> Any:
    """A JSON column's value: some destinations give text, some what it means."""
    if not isinstance(value, (str, bytes)):
        return value
    try:
        return json.loads(value)
    except ValueError:
        return None


def listed(value: Any) -> list[Any]:
    """A JSON column's value if it is a list, else an empty one."""
    found = parsed(value)
    return found if isinstance(found, list) else []


def utc(value: datetime | None) -> datetime | None:
    """A moment in UTC; one without a zone is taken as such."""
    if value is None or value.utcoffset() == NO_OFFSET:
        return value
    return value.astimezone(timezone.utc) if value.tzinfo else value.replace(tzinfo=timezone.utc)
