"""Everything the product knows about Mode's entities, declared once.

An `Entity` says where its rows come from (path, embed key, paging, parent), what identifies them, which
columns they have and what makes a stored row stale. Resources, dlt schema, comparison, export and the
README's table list are derived from `ENTITIES`: to add an entity, add an entry here and a test.

Facts and field lists: shared/mode-api.md sections 5, 6 and 9, and mode-api-entities.json.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

Kind = Literal["text", "id", "bigint", "double", "bool", "timestamp", "json"]


@dataclass(frozen=True)
class Column:
    """One column of a table.

    `key` is where Mode sends the value: a key of the payload (default: the column's name), `link:NAME` for
    the last path segment of a link, `href:NAME` for a whole link, or `a.b` for a nested key.
    `references` is `table.column` of the row it points to.
    """

    name: str
    kind: Kind
    description: str
    key: str = ""
    references: str = ""

    @property
    def source(self) -> str:
        return self.key or self.name


@dataclass(frozen=True)
class Entity:
    """One entity of Mode, one dlt resource, one table.

    path: below `/api/{workspace}/`, with the parents' keys in braces.
    embed: key of the rows in `_embedded`.
    parent: the entity whose rows drive the requests of this one.
    parent_key: the column that holds the parent's token; `keys` are all columns that parents fill in.
    paged: whether the server pages the list when asked with `page` (mode-api.md section 4).
    count: column of the parent whose explicit 0 says that there is nothing to read.
    single: path of one row, asked when a row seems to be gone from a paged listing.
    cursor: the column that moves when the row changes.
    stale: columns of a listing row whose change makes the requests that it drives due again.
    run_stale: the further such columns that a mere run of the report moves too (mode-api.md section 10).
    of_datasets: whether datasets have it too (children of reports).
    never: payload keys that are never stored (volatile or secret), besides those of `rows.SECRET`.
    """

    name: str
    description: str
    path: str
    embed: str
    columns: tuple[Column, ...]
    parent: str = ""
    keys: tuple[str, ...] = ()
    params: tuple[tuple[str, str], ...] = ()
    paged: bool = False
    count: str = ""
    single: str = ""
    cursor: str = ""
    stale: tuple[str, ...] = ()
    run_stale: tuple[str, ...] = ()
    never: tuple[str, ...] = ()
    selected: bool = True
    of_datasets: bool = True
    key: str = "token"

    @property
    def parent_key(self) -> str:
        return self.keys[0] if self.keys else ""


def text(name: str, description: str, key: str = "", references: str = "") -> Column:
    return Column(name, "text", description, key, references)


def number_id(name: str, description: str, references: str = "") -> Column:
    """An id: Mode sends numbers or strings (section 2), the table holds text, the export what Mode sent."""
    return Column(name, "id", description, "", references)


def count(name: str, description: str) -> Column:
    return Column(name, "bigint", description)


def flag(name: str, description: str, key: str = "") -> Column:
    return Column(name, "bool", description, key)


def time(name: str, description: str) -> Column:
    return Column(name, "timestamp", description)


def json(name: str, description: str) -> Column:
    return Column(name, "json", description)


TOKEN = text("token", "Mode's token: 12 characters, stable, used in every path and URL.")
CREATOR = text(
    "creator_username", "Username of the creator; null when Mode sends no link.", "link:creator", "members.username"
)
CREATED = time("created_at", "When it was created.")
UPDATED = time("updated_at", "When Mode last touched it; a run counts as a touch (section 10).")

# Reports and datasets are one resource in Mode; a dataset's listing row lacks some columns (section 6.1).
REPORT_COLUMNS = (
    TOKEN,
    number_id("id", "Numeric id; does not route."),
    text("name", "Title; null = untitled."),
    text("description", "Description."),
    text("type", "Report or DatasetReport."),
    flag("archived", "Archived reports stay listed."),
    text("space_token", "The collection it lies in now.", "", "collections.token"),
    CREATOR,
    flag("public", "Visible to anyone on the internet."),
    number_id("account_id", "Id of the workspace."),
    text("account_username", "Slug of the workspace."),
    CREATED,
    UPDATED,
    time("edited_at", "Last edit of its content; runs do not move it."),
    time("last_saved_at", "Last save; runs do not move it."),
    time("published_at", "When it was published; mostly null."),
    time("last_run_at", "When its last run started."),
    time("last_successfully_run_at", "When its last successful run finished."),
    time("last_successful_sync_at", "Last GitHub sync."),
    time("thoughtspot_published_at", "When it was published to ThoughtSpot."),
    text("last_successful_run_token", "Token of the last successful run."),
    text("last_run_token", "Token of the last run.", "link:last_run"),
    Column("expected_runtime", "double", "Expected run time in seconds."),
    count("query_count", "Queries; null = unknown."),
    count("max_query_count", "Most queries allowed."),
    count("chart_count", "Charts; null = unknown, which is not 0."),
    count("runs_count", "Runs so far."),
    count("schedules_count", "Schedules; null = unknown."),
    count("view_count", "Views so far."),
    text("query_preview", "First characters of the SQL."),
    flag("full_width", "Shown in full width."),
    flag("is_embedded", "Embedded elsewhere."),
    flag("is_signed", "Embedded with a signed URL."),
    flag("shared", "Shared."),
    flag("manual_run_disabled", "Manual runs are switched off."),
    flag("run_privately", "Runs are private by default."),
    flag("drilldowns_enabled", "Drill-downs are on."),
    flag("drill_anywhere_enabled", "Drill-anywhere is on."),
    flag("has_imported_datasets", "Uses datasets."),
    flag("has_schedules_with_invalid_intervals", "Has schedules that cannot run."),
    number_id("theme_id", "Id of the theme."),
    json("color_mappings", "Colours by value."),
    text("layout", "HTML layout."),
    json("imported_datasets", "Datasets it uses; sent for single reports only."),
    text("github_link", "Link to the report in GitHub."),
    text("web_url", "Where people open it.", "href:web"),
)
# Presigned or signed anew on every call (section 2).
VOLATILE = ("web_preview_image", "flamingo_signature")
# A change in one of these, or in `updated_at`, makes the report's children due (sections 6 and 10).
REPORT_STALE = ("edited_at", "last_saved_at", "query_count", "chart_count", "schedules_count")

COLLECTIONS = Entity(
    "collections",
    "Collections (Mode's API calls them spaces).",
    "spaces",
    "spaces",
    (
        TOKEN,
        number_id("id", "Numeric id; does not route."),
        text("space_type", "private = a member's personal collection, custom = a team's, community = everybody's."),
        text("name", "Name; null or Personal for personal ones."),
        text("description", "Description."),
        text("state", "Only active has been seen."),
        flag("restricted", "Unreliable: see default_access_level."),
        text("default_access_level", "view, edit or restricted: what members may do who are not invited."),
        flag("free_default", "Default collection of the free plan."),
        flag("viewable", "Whether this key can view it.", "viewable?"),
        flag("viewed", "Whether the key's owner has viewed it.", "viewed?"),
        text("schema_name", "Schema name of its datasets."),
        CREATOR,
    ),
    params=(("filter", "all"),),
    paged=True,
    single="spaces/{token}",
)
REPORTS = Entity(
    "reports",
    "Reports, archived ones included.",
    "spaces/{space_token}/reports",
    "reports",
    REPORT_COLUMNS,
    parent="collections",
    keys=("space_token",),
    paged=True,
    single="reports/{token}",
    cursor="updated_at",
    stale=REPORT_STALE,
    run_stale=("updated_at",),
    never=VOLATILE,
)
DATASETS = Entity(
    "datasets",
    "Datasets: queries that reports share. Archived ones are not listed by Mode.",
    "spaces/{space_token}/datasets",
    "reports",  # not `datasets`: section 12b, quirk 3
    (
        *REPORT_COLUMNS,
        text("collection_name", "Name of its collection."),
        text("collection_token", "Token of its collection."),
        flag("is_sample", "One of Mode's samples."),
        text("switch_view_token", "Token of its view."),
    ),
    parent="collections",
    keys=("space_token",),
    paged=True,
    single="datasets/{token}",
    cursor="updated_at",
    stale=REPORT_STALE,
    run_stale=("updated_at",),
    never=VOLATILE,
)
DATA_SOURCES = Entity(
    "data_sources",
    "Database connections.",
    "data_sources",
    "data_sources",
    (
        TOKEN,
        number_id("id", "What queries.data_source_id points to."),
        text("name", "Name."),
        text("display_name", "Name as shown."),
        text("description", "Description."),
        text("adapter", "jdbc:NAME of the platform."),
        text("adapter_version", "Version of the driver."),
        text("vendor", "Vendor of the database."),
        text("provider", "Provider."),
        text("host", "Host; BigQuery: the project."),
        text("database", "Default database; BigQuery: always default."),
        count("port", "Port."),
        text("username", "Database user."),
        text("warehouse", "Virtual warehouse (Snowflake)."),
        flag("ssl", "Uses TLS."),
        flag("ldap", "Uses LDAP."),
        flag("bridged", "Reached through a bridge."),
        flag("public", "Mode's public warehouse."),
        flag("asleep", "Asleep."),
        flag("queryable", "Can be queried."),
        flag("has_expensive_schema_updates", "Reading its schema is expensive."),
        flag("soft_deleted", "Deleted, but still listed."),
        text("default_access_level", "What members may do by default."),
        json("custom_attributes", "Further attributes, without what looks like a secret."),
        number_id("account_id", "Id of the workspace."),
        text("account_username", "Slug of the workspace."),
        text("organization_token", "Token of the workspace."),
        text("organization_plan_code", "Plan of the workspace."),
        flag("default", "Default connection (2021 only)."),
        text("default_for_organization_id", "Workspace whose default it is (2021 only)."),
        CREATOR,
        CREATED,
        UPDATED,
    ),
    cursor="updated_at",
    never=("ssl_trusted_cert",),
)
QUERIES = Entity(
    "queries",
    "Queries of reports and of datasets.",
    "reports/{report_token}/queries",
    "queries",
    (
        TOKEN,
        number_id("id", "Numeric id; does not route."),
        text("report_token", "The report or dataset whose list it came from.", "", "reports.token"),
        text("name", "Name."),
        text("raw_query", "SQL with Liquid and definitions, as written."),
        number_id("data_source_id", "The data source; may be gone.", "data_sources.id"),
        CREATOR,
        CREATED,
        UPDATED,
        number_id("last_run_id", "Id of the last run: moves with every run, beyond 32 bits."),
        count("explorations_count", "Visual Explorer analyses (not charts)."),
        count("report_imports_count", "Reports that import it."),
        number_id("dbt_metric_id", "Id of the dbt metric."),
        text("dbt_metric_token", "Token of the dbt metric."),
        number_id("mapping_id", "Id of the mapping."),
    ),
    parent="reports",
    keys=("report_token",),
    count="query_count",
    cursor="updated_at",
)
CHARTS = Entity(
    "charts",
    "Charts of queries.",
    "reports/{report_token}/queries/{query_token}/charts",
    "charts",
    (
        TOKEN,
        text("report_token", "The report (or dataset) it belongs to.", "", "reports.token"),
        text("query_token", "The query it shows.", "", "queries.token"),
        text("title", "Title, HTML entities resolved.", "view_vegas.title|view.chartTitle"),
        text("chart_type", "table, bar, line, bigNumber …", "view_vegas.chartType|view.selectedChart"),
        text("description", "Description.", "view_vegas.description"),
        json("view_vegas", "Full definition; its keys are the query's column names."),
        json("view", "Definition in the older form; mostly empty."),
        count("view_version", "Version of the definition."),
        text("color_palette_token", "Token of the palette."),
        text("switch_view_token", "Token of the view."),
        CREATOR,
        CREATED,
        UPDATED,
    ),
    parent="queries",
    keys=("report_token", "query_token"),
    count="chart_count",
    cursor="updated_at",
)
REPORT_SCHEDULES = Entity(
    "report_schedules",
    "Schedules of reports and datasets.",
    "reports/{report_token}/schedules",
    "report_schedules",
    (
        TOKEN,
        text("report_token", "The report or dataset it runs.", "", "reports.token"),
        text("name", "Name."),
        text("frequency", "every_15_minutes, every_30_minutes, hourly, daily, weekly or monthly."),
        text("hour", "Hour in prose."),
        text("minute", "Minute in prose."),
        count("cron_hour", "Hour."),
        count("cron_minute", "Minute."),
        text("day_of_week", "Days, comma-separated."),
        text("day_of_month", "Day of the month."),
        text("time_zone", "Time zone."),
        json("parameters", "Parameters of the run."),
        count("timeout", "Time-out in seconds."),
        flag("subscribed", "Whether the key's owner is subscribed."),
        count("subscriber_count", "Subscribers."),
        text("report_name", "Name of the report."),
        text("report_type", "Type of the report."),
        text("retry_state", "State of retries."),
        count("retry_count", "Retries."),
        count("retry_delay", "Delay between retries."),
        CREATED,
        UPDATED,
        time("last_scheduled_run", "Last scheduled run."),
        time("next_scheduled_run", "Next scheduled run."),
        time("last_run_at", "Last run."),
        time("last_succeeded_at", "Last success."),
        CREATOR,
    ),
    parent="reports",
    keys=("report_token",),
    paged=True,
    count="schedules_count",
    cursor="updated_at",
)
REPORT_FILTERS = Entity(
    "report_filters",
    "Filters of reports: one request per report, so off unless selected.",
    "reports/{report_token}/filters",
    "report_filters",
    (
        TOKEN,
        number_id("id", "Numeric id."),
        text("report_token", "The report it filters.", "", "reports.token"),
        number_id("report_id", "Numeric id of the report."),
        text("name", "Name."),
        text("formula", "Formula."),
        text("formula_type", "Type of the formula."),
        text("data_type", "Type of the data."),
        text("filter_type", "Type of the filter."),
        text("control_type", "Control shown."),
        text("variable_type", "DISCRETE or CONTINUOUS."),
        json("options", "Defaults and selection mode."),
        flag("hide_select_all", "Hides 'select all'."),
        flag("show_relevant_values_only", "Shows relevant values only."),
        count("row_order", "Position."),
        text("next_filter_token", "Token of the next filter."),
        CREATED,
        UPDATED,
    ),
    parent="reports",
    keys=("report_token",),
    paged=True,  # section 4 is unsure: paging with the guard against repeats is right either way
    cursor="updated_at",
    selected=False,
    of_datasets=False,  # no such link on a dataset (payloads/datahub_dataset_single.json)
)
DEFINITIONS = Entity(
    "definitions",
    "Definitions: SQL that queries include as {{ @name as alias }}.",
    "definitions",
    "definitions",
    (
        TOKEN,
        number_id("id", "Numeric id."),
        text("name", "Name used in queries."),
        text("description", "Description."),
        text("source", "SQL as Mode sends it, which may hold literal \\n and \\t."),
        number_id("data_source_id", "The data source.", "data_sources.id"),
        CREATOR,
        CREATED,
        UPDATED,
        time("last_saved_at", "Last save."),
        time("last_successful_sync_at", "Last GitHub sync."),
        text("github_link", "Link to it in GitHub."),
    ),
    cursor="updated_at",
)
MEMBERS = Entity(
    "members",
    "Members of the workspace: the membership listings joined with each user's record.",
    "memberships",
    "memberships",
    (
        text("token", "Token of the member.", "member_token|token"),
        number_id("id", "Numeric id, from the user's record."),
        text("username", "What creator_username points to.", "member_username|username"),
        text("name", "Full name."),
        text("email", "Email: the user's record, else the membership listing."),
        flag("email_verified", "Email verified."),
        flag("admin", "Admin of the workspace."),
        text("state", "active, …"),
        flag("invited", "Invited."),
        flag("limited", "Limited member."),
        flag("managed_by_scim", "Managed by SCIM."),
        time("activated_at", "When the membership became active."),
        CREATED,
        flag("user", "True for people."),
        count("data_source_count", "Own data sources."),
        count("organizations_count", "Workspaces."),
        count("dataset_size_limit_mb", "Limit in MB."),
        count("query_run_size_limit_mb", "Limit in MB."),
    ),
    stale=("username", "name", "email", "state", "admin", "activated_at", "invited", "limited", "managed_by_scim"),
    never=("avatar",),  # may hold a presigned picture
)
GROUPS = Entity(
    "groups",
    "Groups of members.",
    "groups",
    "groups",
    (
        TOKEN,
        number_id("id", "Numeric id; usually absent."),
        text("name", "Name."),
        text("state", "State."),
        text("group_type", "Type."),
        flag("managed", "Managed by SCIM."),
        count("member_count", "Members."),
        count("spaces_count", "Collections it has access to."),
        CREATOR,
        CREATED,
        UPDATED,
    ),
    paged=True,
    single="groups/{token}",
    cursor="updated_at",
)
GROUP_MEMBERSHIPS = Entity(
    "group_memberships",
    "Which member is in which group.",
    "groups/{group_token}/memberships",
    "group_memberships",
    (
        TOKEN,
        text("group_token", "The group.", "", "groups.token"),
        text("member_token", "The member.", "", "members.token"),
        text("member_username", "Username of the member.", "link:member"),
        CREATED,
    ),
    parent="groups",
    keys=("group_token",),
    count="member_count",
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        COLLECTIONS,
        DATA_SOURCES,
        REPORTS,
        DATASETS,
        QUERIES,
        CHARTS,
        REPORT_SCHEDULES,
        REPORT_FILTERS,
        DEFINITIONS,
        MEMBERS,
        GROUPS,
        GROUP_MEMBERSHIPS,
    )
}

# A token names one row in all of Mode, so every table has it as its key.
DATASET_TYPE = "DatasetReport"


def children_of(name: str) -> Iterator[Entity]:
    """The entities that are read per row of `name`."""
    return (entity for entity in ENTITIES.values() if entity.parent == name)
