-- Who is sent the results of which report? One row per schedule.
--
-- Only of reports and datasets that are not archived. `subscriptions` counts those of the schedule, `subscribers` is
-- what they say together, or what the schedule says where it has none. A subscription whose schedule is not stored has
-- a row without the schedule's columns.
WITH subscribed AS (
    SELECT report_token, schedule_token, count(*) AS subscriptions, sum(email_subscriber_count) AS subscribers,
           bool_or(coalesce(csv_attachments_enabled, false)) AS sends_csv,
           bool_or(coalesce(pdf_attachments_enabled, false)) AS sends_pdf
    FROM report_subscriptions
    GROUP BY report_token, schedule_token
),
received AS (
    SELECT coalesce(s.report_token, u.report_token) AS report_token,
           coalesce(s.token, u.schedule_token) AS schedule_token, s.name AS schedule_name, s.frequency, s.time_zone,
           s.next_scheduled_run, coalesce(u.subscriptions, 0) AS subscriptions,
           CAST(coalesce(u.subscribers, s.subscriber_count) AS bigint) AS subscribers,
           coalesce(u.sends_csv, false) AS sends_csv, coalesce(u.sends_pdf, false) AS sends_pdf
    FROM report_schedules AS s
    FULL JOIN subscribed AS u ON u.schedule_token = s.token AND u.report_token = s.report_token
)
SELECT v.report_token, r.kind, r.report_name, v.schedule_token, v.schedule_name, v.frequency, v.time_zone,
       v.next_scheduled_run, v.subscriptions, v.subscribers, v.sends_csv, v.sends_pdf, r.last_run_succeeded,
       r.collection_name, r.restricted, r.owner_username, r.owner_name, r.owner_email, r.owner_status, r.view_count,
       r.url
FROM received AS v
JOIN reports_and_datasets AS r ON r.report_token = v.report_token
WHERE NOT r.archived
