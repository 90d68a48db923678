-- Which reports are scheduled, and are they viewed? One row per report that is not archived.
--
-- `verdict` goes by all views so far; `views_90_days` (see view_growth) says whether anybody still looks, and is null
-- as long as there is no history. Where Mode does not say, the verdict is 'unknown'.
SELECT r.report_token, r.report_name, r.collection_name, r.owner_username, r.owner_name, r.owner_status,
       CASE
           WHEN r.schedule_count > 0 AND r.view_count > 0 THEN 'scheduled and viewed'
           WHEN r.schedule_count > 0 AND r.view_count = 0 THEN 'scheduled, never viewed'
           WHEN r.schedule_count = 0 AND r.view_count > 0 THEN 'viewed, not scheduled'
           WHEN r.schedule_count = 0 AND r.view_count = 0 THEN 'neither'
           ELSE 'unknown'
       END AS verdict,
       r.schedule_count, r.frequencies, r.next_scheduled_run,
       r.view_count, g.views_90_days, g.counted_since, r.runs_count,
       r.last_run_at, r.last_successfully_run_at, r.last_run_succeeded, r.url
FROM reports_overview AS r
LEFT JOIN view_growth AS g ON g.report_token = r.report_token
WHERE NOT r.archived
