-- How many views did a report get in the last 90 days? One row per report whose views were ever recorded.
--
-- Mode sends views so far; report_stats_daily keeps them day by day (UTC). `views_90_days` is what was added since
-- `counted_since`: the last day recorded before the 90 days, or the first one ever if there is none that old. It is
-- null while only one day is recorded: no growth is known yet.
WITH recorded AS (
    SELECT report_token, day, view_count FROM report_stats_daily WHERE view_count IS NOT NULL
),
period AS (
    SELECT max(day) - 90 AS first_day FROM recorded
),
bounds AS (
    SELECT r.report_token, max(r.day) AS counted_until,
           coalesce(max(r.day) FILTER (WHERE r.day <= p.first_day), min(r.day)) AS counted_since
    FROM recorded AS r
    CROSS JOIN period AS p
    GROUP BY r.report_token
)
SELECT b.report_token, b.counted_since, b.counted_until,
       CASE WHEN b.counted_since < b.counted_until THEN latest.view_count - earlier.view_count END AS views_90_days
FROM bounds AS b
JOIN recorded AS latest ON latest.report_token = b.report_token AND latest.day = b.counted_until
JOIN recorded AS earlier ON earlier.report_token = b.report_token AND earlier.day = b.counted_since
