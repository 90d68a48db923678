-- How long do reports and datasets run, and which share of the scheduled time is theirs? One row per report or dataset.
--
-- Only of those that are not archived and of which runs are stored that succeeded (runs_per_report): `timed_runs` of
-- them, from their creation to their end, so that waiting counts. `scheduled_seconds_per_week` is the median times the
-- runs per week of its schedules, as in schedule_load; `scheduled_share` is that of all reports and datasets together.
WITH timed AS (
    SELECT report_token, CAST(extract(epoch FROM (completed_at - created_at)) AS double precision) AS seconds
    FROM report_runs
    WHERE state IN ('succeeded', 'completed') AND completed_at >= created_at
),
measured AS (
    SELECT report_token, count(*) AS timed_runs,
           CAST(percentile_cont(0.5) WITHIN GROUP (ORDER BY seconds) AS double precision) AS median_seconds,
           CAST(percentile_cont(0.95) WITHIN GROUP (ORDER BY seconds) AS double precision) AS p95_seconds,
           max(seconds) AS longest_seconds
    FROM timed
    GROUP BY report_token
),
scheduled AS (
    SELECT report_token, sum(runs_per_week) AS runs_per_week
    FROM schedule_load
    GROUP BY report_token
),
cost AS (
    SELECT m.*, coalesce(s.runs_per_week, 0) AS scheduled_runs_per_week,
           m.median_seconds * coalesce(s.runs_per_week, 0) AS scheduled_seconds_per_week
    FROM measured AS m
    LEFT JOIN scheduled AS s ON s.report_token = m.report_token
)
SELECT r.kind, r.report_token, r.report_name, c.timed_runs, c.median_seconds, c.p95_seconds, c.longest_seconds,
       c.scheduled_runs_per_week, c.scheduled_seconds_per_week,
       c.scheduled_seconds_per_week / nullif(sum(c.scheduled_seconds_per_week) OVER (), 0) AS scheduled_share,
       r.frequencies, r.collection_name, r.owner_username, r.owner_name, r.owner_status, r.view_count, r.last_run_at,
       r.url
FROM cost AS c
JOIN reports_and_datasets AS r ON r.report_token = c.report_token
WHERE NOT r.archived
