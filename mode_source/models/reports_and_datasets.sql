-- What is known about each report and each dataset? One row per token, archived reports included.
--
-- The other views build on this one. `kind` is 'report' or 'dataset'. Names are null where Mode has none.
-- Counts: rows of queries, charts and report_schedules where there are any, else Mode's own count; null is
-- unknown, which is not 0. `owner_status` is 'active', 'left' (no longer a member), 'unknown' (Mode names no
-- creator, or members could not be read), or the member's state in Mode. `restricted` is what the
-- collection's access level says, as Mode's own flag may be false where it is true. `last_run_succeeded` is false
-- when the last run failed, was cancelled or had not ended when it was loaded.
WITH assets AS (
    SELECT 'report' AS kind, token, name, archived, space_token, creator_username, view_count, runs_count,
           query_count, chart_count, schedules_count, expected_runtime, created_at, edited_at, last_saved_at,
           published_at, last_run_at, last_successfully_run_at, last_run_token, last_successful_run_token,
           public, is_embedded, web_url
    FROM reports
    UNION ALL
    SELECT 'dataset' AS kind, token, name, archived, space_token, creator_username, view_count, runs_count,
           query_count, chart_count, schedules_count, expected_runtime, created_at, edited_at, last_saved_at,
           published_at, last_run_at, last_successfully_run_at, last_run_token, last_successful_run_token,
           public, is_embedded, web_url
    FROM datasets
),
owners AS (  -- one row per username, the active one first
    SELECT username, name, email, lower(coalesce(state, 'active')) AS state,
           row_number() OVER (
               PARTITION BY username
               ORDER BY CASE WHEN lower(coalesce(state, 'active')) = 'active' THEN 0 ELSE 1 END, token
           ) AS nth
    FROM members
    WHERE username IS NOT NULL
),
stored_queries AS (
    SELECT report_token, count(*) AS query_count FROM queries GROUP BY report_token
),
stored_charts AS (
    SELECT report_token, count(*) AS chart_count FROM charts GROUP BY report_token
),
stored_schedules AS (
    SELECT report_token, count(*) AS schedule_count, min(next_scheduled_run) AS next_scheduled_run,
           string_agg(DISTINCT frequency, ', ' ORDER BY frequency) AS frequencies
    FROM report_schedules
    GROUP BY report_token
)
SELECT a.token AS report_token, a.kind, a.name AS report_name, coalesce(a.archived, false) AS archived,
       a.space_token AS collection_token, c.name AS collection_name, c.space_type,
       coalesce(c.restricted, false) OR coalesce(lower(c.default_access_level) = 'restricted', false) AS restricted,
       a.creator_username AS owner_username, o.name AS owner_name, o.email AS owner_email,
       CASE
           WHEN o.username IS NOT NULL THEN o.state
           WHEN a.creator_username IS NULL OR NOT EXISTS (SELECT 1 FROM owners) THEN 'unknown'
           ELSE 'left'
       END AS owner_status,
       coalesce(s.schedule_count, a.schedules_count) AS schedule_count, s.frequencies, s.next_scheduled_run,
       a.view_count, a.runs_count, a.last_run_at, a.last_successfully_run_at,
       CASE
           WHEN a.last_run_at IS NULL THEN NULL
           WHEN a.last_run_token IS NOT NULL AND a.last_successful_run_token IS NOT NULL
               THEN a.last_run_token = a.last_successful_run_token
           ELSE coalesce(a.last_successfully_run_at >= a.last_run_at, false)
       END AS last_run_succeeded,
       a.expected_runtime,
       coalesce(q.query_count, a.query_count) AS query_count,
       coalesce(h.chart_count, a.chart_count) AS chart_count,
       a.created_at, a.edited_at, a.last_saved_at, a.published_at,
       coalesce(a.public, false) AS public, coalesce(a.is_embedded, false) AS is_embedded, a.web_url AS url
FROM assets AS a
LEFT JOIN collections AS c ON c.token = a.space_token
LEFT JOIN owners AS o ON o.username = a.creator_username AND o.nth = 1
LEFT JOIN stored_queries AS q ON q.report_token = a.token
LEFT JOIN stored_charts AS h ON h.report_token = a.token
LEFT JOIN stored_schedules AS s ON s.report_token = a.token
