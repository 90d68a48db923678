-- Which reports exist, who owns them, and how are they doing? One row per report, archived ones included.
--
-- Datasets are not among them (they are in reports_and_datasets, where the columns are explained).
SELECT report_token, report_name, archived, collection_token, collection_name, space_type,
       owner_username, owner_name, owner_email, owner_status,
       schedule_count, frequencies, next_scheduled_run, view_count, runs_count,
       last_run_at, last_successfully_run_at, last_run_succeeded, query_count, chart_count,
       created_at, edited_at, public, is_embedded, url
FROM reports_and_datasets
WHERE kind = 'report'
