-- Which reports and datasets have lost their owner? One row per report or dataset, archived ones included.
--
-- The owner is the creator, as Mode names no other. `owner_status` is 'left' (no longer a member) or the member's state
-- in Mode, other than active. Reports for which Mode names no creator are not listed: nothing is known of them.
SELECT kind, report_token, report_name, archived, collection_name, owner_username, owner_name, owner_status,
       view_count, schedule_count, frequencies, query_count, last_run_at, edited_at, url
FROM reports_and_datasets
WHERE owner_status NOT IN ('active', 'unknown')
