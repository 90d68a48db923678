-- When do schedules run, and what do they cost? One row per schedule and hour (UTC) in which it starts runs.
--
-- Only of reports and datasets that are not archived. An hourly schedule has 24 rows, a daily one 1; `runs_per_week`
-- is an average, `seconds_per_week` is that times Mode's expected run time (null where Mode does not say). The hour is
-- cron_hour for schedules in UTC, else that of the next run, or of the last; null if none is known.
WITH timed AS (
    SELECT s.token, s.report_token, s.name, s.frequency, s.time_zone, s.subscriber_count,
           s.frequency IN ('hourly', 'every_30_minutes', 'every_15_minutes') AS every_hour,
           CASE
               WHEN s.cron_hour IS NOT NULL AND lower(s.time_zone) IN ('utc', 'etc/utc') THEN s.cron_hour
               ELSE CAST(extract(hour FROM coalesce(s.next_scheduled_run, s.last_scheduled_run) AT TIME ZONE 'UTC')
                         AS bigint)
           END AS hour_utc,
           CASE WHEN s.day_of_week <> '' THEN length(s.day_of_week) - length(replace(s.day_of_week, ',', '')) + 1
           END AS days_a_week,
           CASE WHEN s.day_of_month <> '' THEN length(s.day_of_month) - length(replace(s.day_of_month, ',', '')) + 1
           END AS days_a_month
    FROM report_schedules AS s
),
counted AS (
    SELECT t.*, CASE t.frequency
               WHEN 'every_15_minutes' THEN 4.0 * coalesce(days_a_week, 7)
               WHEN 'every_30_minutes' THEN 2.0 * coalesce(days_a_week, 7)
               WHEN 'hourly' THEN 1.0 * coalesce(days_a_week, 7)
               WHEN 'daily' THEN 1.0 * coalesce(days_a_week, 7)
               WHEN 'weekly' THEN 1.0 * coalesce(days_a_week, 1)
               WHEN 'monthly' THEN 12.0 * 7 / 365 * coalesce(days_a_month, 1)
           END AS runs_per_week
    FROM timed AS t
),
hours AS (
    SELECT h.hour_utc FROM generate_series(0, 23) AS h(hour_utc)
)
SELECT coalesce(h.hour_utc, t.hour_utc) AS hour_utc,
       CAST(t.runs_per_week AS double precision) AS runs_per_week, r.expected_runtime,
       CAST(t.runs_per_week AS double precision) * r.expected_runtime AS seconds_per_week,
       t.token AS schedule_token, t.name AS schedule_name, t.frequency, t.time_zone, t.subscriber_count,
       r.kind, r.report_token, r.report_name, r.collection_name, r.owner_username, r.owner_name, r.owner_status,
       r.view_count, r.last_run_at, r.last_run_succeeded, r.url
FROM counted AS t
JOIN reports_and_datasets AS r ON r.report_token = t.report_token
LEFT JOIN hours AS h ON t.every_hour
WHERE NOT r.archived
