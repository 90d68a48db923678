-- Which reports and datasets are broken, since when, and why? One row per report or dataset whose last run failed.
--
-- Only of those that are not archived, and by the runs that are stored (runs_per_report): runs that were cancelled or
-- have not ended say nothing. `failing_since` is the start of the first failure after the last success;
-- `since_is_exact` is false while no success is stored: then it may have begun earlier. `query_name` and the error are
-- those of the first query that failed, `failed_queries` says how many did; they are null where its query runs are not
-- stored. 30 days are counted back from the last load.
WITH loaded AS (
    SELECT max(inserted_at) - INTERVAL '720 hours' AS month_ago FROM _dlt_loads WHERE status = 0
),
ended AS (
    SELECT token, report_token, created_at, state = 'failed' AS failed,
           row_number() OVER (PARTITION BY report_token ORDER BY created_at DESC, token DESC) AS nth
    FROM report_runs
    WHERE state IN ('succeeded', 'completed', 'failed')
),
counted AS (
    SELECT e.report_token, min(e.nth) FILTER (WHERE NOT e.failed) AS good_nth,
           count(*) FILTER (WHERE e.failed AND e.created_at >= l.month_ago) AS failed_30_days,
           count(*) FILTER (WHERE e.created_at >= l.month_ago) AS runs_30_days
    FROM ended AS e
    CROSS JOIN loaded AS l
    GROUP BY e.report_token
),
failing AS (
    SELECT e.report_token, min(e.created_at) AS failing_since, count(*) AS failures_in_a_row,
           max(e.created_at) AS last_failure_at
    FROM ended AS e
    JOIN counted AS c ON c.report_token = e.report_token
    WHERE e.nth < coalesce(c.good_nth, e.nth + 1)
    GROUP BY e.report_token
),
failures AS (
    SELECT run_token, query_token, query_name, error_code, error_message,
           row_number() OVER (PARTITION BY run_token ORDER BY created_at, token) AS nth,
           count(*) OVER (PARTITION BY run_token) AS failed_queries
    FROM query_runs
    WHERE state = 'failed'
)
SELECT r.kind, r.report_token, r.report_name, f.failing_since, c.good_nth IS NOT NULL AS since_is_exact,
       f.failures_in_a_row, c.failed_30_days, c.runs_30_days, f.last_failure_at, r.last_successfully_run_at,
       q.query_token, q.query_name, q.failed_queries, q.error_code, q.error_message, e.token AS run_token,
       r.collection_name, r.owner_username, r.owner_name, r.owner_email, r.owner_status, r.view_count,
       r.schedule_count, r.frequencies, r.url
FROM failing AS f
JOIN counted AS c ON c.report_token = f.report_token
JOIN ended AS e ON e.report_token = f.report_token AND e.nth = 1
JOIN reports_and_datasets AS r ON r.report_token = f.report_token
LEFT JOIN failures AS q ON q.run_token = e.token AND q.nth = 1
WHERE NOT r.archived
