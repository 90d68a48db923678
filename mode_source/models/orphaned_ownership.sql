-- Which reports and datasets have lost their owner? One row per report or dataset, archived ones included.
--
-- The owner is the creator, as Mode names no other. `owner_status` is 'left' (not a member any more) or the state
-- other than active in which Mode has the member. Where Mode names no creator, nothing is known: not listed.
SELECT kind, report_token, report_name, archived, collection_name, owner_username, owner_name, owner_status,
       view_count, schedule_count, frequencies, query_count, last_run_at, edited_at, url
FROM reports_and_datasets
WHERE owner_status NOT IN ('active', 'unknown')
