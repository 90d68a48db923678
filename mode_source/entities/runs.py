"""What reports and datasets do and for whom: runs, runs of queries, subscriptions; and the fields of datasets.

Each costs requests, so all are off unless selected (docs/mode-api.md#s6-1, #s6-4 and #s6-5).
"""

from __future__ import annotations

from .declaration import CREATED, TOKEN, UPDATED, Entity, count, flag, json, number_id, text, time

REPORT_RUNS = Entity(
    "report_runs",
    "Runs of reports and datasets, as far back as runs_per_report says, and all that came since.",
    "reports/{report_token}/runs",
    "report_runs",
    (
        TOKEN,
        text("report_token", "The report or dataset that ran.", "", "reports.token"),
        text("state", "succeeded, completed, failed or cancelled; any other: it has not ended."),
        CREATED,
        UPDATED,
        time("completed_at", "When it ended; null while it runs."),
        text("executed_by", "Username of who ran it; null for a schedule.", "link:executed_by", "members.username"),
        text("schedule_token", "The schedule that ran it.", "link:report_schedule", "report_schedules.token"),
        json("parameters", "Parameters of the run."),
        json("form_fields", "Form of the parameters."),
        text("python_state", "State of the notebook; none = there is none."),
        time("purge_started_at", "When Mode began to delete its results."),
        time("purge_completed_at", "When they were gone."),
    ),
    parent="reports",
    keys=("report_token",),
    params=(("order", "desc"), ("order_by", "created_at")),  # newest first, which is also the default
    paged=True,
    single="reports/{report_token}/runs/{token}",
    count="runs_count",
    cursor="updated_at",
    moved_by=("last_run_at", "last_successfully_run_at", "runs_count"),
    # What says how it stands to other runs is wrong as soon as another one ends.
    never=(
        "pusher_channel_name",
        "is_latest_report_run",
        "is_latest_successful_report_run",
        "report_has_failures_since_last_success",
        "has_more_recent_successful_run_available",
    ),
    selected=False,
    is_event=True,
)
QUERY_RUNS = Entity(
    "query_runs",
    "Runs of the queries of report runs that failed, or of all: one request per report run.",
    "reports/{report_token}/runs/{run_token}/query_runs",
    "query_runs",
    (
        TOKEN,
        number_id("id", "The same as the token."),
        text("report_token", "The report or dataset.", "", "reports.token"),
        text("run_token", "The run of the report.", "", "report_runs.token"),
        text("query_token", "The query; may be gone.", "", "queries.token"),
        text("query_name", "Its name then."),
        time("query_created_at", "When the query was created."),
        text("state", "As of report_runs."),
        CREATED,
        time("completed_at", "When it ended."),
        number_id("data_source_id", "The data source; may be gone.", "data_sources.id"),
        text("data_source_token", "The same by token.", "", "data_sources.token"),
        text("error_code", "Code of the error, e.g. SqlUnknownFunction."),
        text("error_message", "What the database or Mode said."),
        text("error_type", "Only generic has been seen."),
        text("help_url", "Help on the error."),
        text("raw_source", "SQL with Liquid, as it was then."),
        text("rendered_source", "SQL as it ran, which may hold values of data: only with keep_rendered_source."),
        json("parameters", "Parameters of the run."),
        flag("limit", "Whether the result was limited."),
        count("max_result_bytes", "Most bytes of the result."),
    ),
    parent="report_runs",
    keys=("report_token", "run_token"),
    moved_by=REPORT_RUNS.moved_by,
    selected=False,
    is_event=True,
)
REPORT_SUBSCRIPTIONS = Entity(
    "report_subscriptions",
    "Subscriptions of schedules: what is sent, and to how many.",
    "reports/{report_token}/subscriptions",
    "report_subscriptions",
    (
        text("token", "Mode's token, from the link where the row has none.", "token|link:self"),
        text("report_token", "The report.", "", "reports.token"),
        text("schedule_token", "The schedule.", "link:report_schedule", "report_schedules.token"),
        count("email_subscriber_count", "Subscribers by mail."),
        flag("csv_attachments_enabled", "Sends CSV files."),
        flag("pdf_attachments_enabled", "Sends a PDF file."),
        flag("data_previews_enabled", "Shows a preview of the data."),
        flag("data_tables_enabled", "Shows tables."),
        flag("report_links_enabled", "Links the report."),
    ),
    parent="reports",
    keys=("report_token",),
    paged=True,  # docs/mode-api.md#s4 is unsure: paging with the guard against repeats is right either way
    selected=False,
    of_datasets=False,  # no such link on a dataset (payloads/datahub_dataset_single.json)
)
DATASET_FIELDS = Entity(
    "dataset_fields",
    "Columns of datasets with their descriptions: two requests per dataset.",
    "datasets/{dataset_token}/fields",
    "fields",
    (
        text("token", "DATASET:NAME, as Mode sends no token."),
        text("dataset_token", "The dataset.", "", "datasets.token"),
        text("name", "Name of the column."),
        text("type", "Type of the column."),
        count("position", "Position in the list, from 1."),
        text("description", "Description, in HTML; null = none.", "description|desc"),
        text("description_token", "Token of the description."),
        time("description_updated_at", "When the description was last changed."),
    ),
    parent="datasets",
    keys=("dataset_token",),
    # A run may change the columns of SELECT *, too: that shows after reread_after.
    moved_by=("edited_at", "last_saved_at", "query_count"),
    selected=False,
)
