-- Which reports does nobody need any longer? One row per stale report.
--
-- Stale: not archived, and for at least 90 days (UTC days, counted back from the last load) neither created, edited,
-- saved, published nor run, by hand or by a schedule; and without a view in that time, as far as views were recorded
-- since `counted_since` (null: never). A report without any of these times is unknown, not stale.
WITH loaded AS (
    SELECT CAST(max(inserted_at) AT TIME ZONE 'UTC' AS date) AS day FROM _dlt_loads WHERE status = 0
),
activity AS (
    SELECT r.*, greatest(r.created_at, r.edited_at, r.last_saved_at, r.published_at, r.last_run_at) AS last_active_at
    FROM reports_and_datasets AS r
    WHERE r.kind = 'report' AND NOT r.archived
)
SELECT a.report_token, a.report_name, a.collection_name, a.owner_username, a.owner_name, a.owner_status,
       a.last_active_at, l.day - CAST(a.last_active_at AT TIME ZONE 'UTC' AS date) AS days_idle,
       a.last_run_at, a.edited_at, a.created_at, a.runs_count, a.view_count, g.views_90_days, g.counted_since,
       a.schedule_count, a.frequencies, a.query_count, a.url
FROM activity AS a
CROSS JOIN loaded AS l
LEFT JOIN view_growth AS g ON g.report_token = a.report_token
WHERE l.day - CAST(a.last_active_at AT TIME ZONE 'UTC' AS date) >= 90
  AND coalesce(g.views_90_days, 0) <= 0
