-- Which tables are used most? One row per table that a query reads, names as in reports_using_table.
--
-- Counts are of reports and datasets that are not archived; `archived_reports` says how many more there are. Views are
-- of reports alone, null if Mode sends none of them. `certainty` is that of the surest query.
SELECT platform, database_name, schema_name, table_name, table_full_name, dataset_name,
       count(*) FILTER (WHERE kind = 'report' AND NOT archived) AS reports,
       count(*) FILTER (WHERE kind = 'dataset' AND NOT archived) AS datasets,
       count(*) FILTER (WHERE archived) AS archived_reports,
       CAST(coalesce(sum(queries) FILTER (WHERE NOT archived), 0) AS bigint) AS queries,
       CAST(coalesce(sum(charts) FILTER (WHERE NOT archived), 0) AS bigint) AS charts,
       count(*) FILTER (WHERE NOT archived AND schedule_count > 0) AS scheduled,
       count(DISTINCT owner_username) FILTER (WHERE NOT archived) AS owners,
       CAST(sum(view_count) FILTER (WHERE kind = 'report' AND NOT archived) AS bigint) AS view_count,
       max(last_run_at) FILTER (WHERE NOT archived) AS last_run_at,
       CASE min(CASE certainty WHEN 'certain' THEN 1 WHEN 'likely' THEN 2 ELSE 3 END)
           WHEN 1 THEN 'certain' WHEN 2 THEN 'likely' ELSE 'guess'
       END AS certainty
FROM reports_using_table
GROUP BY platform, database_name, schema_name, table_name, table_full_name, dataset_name
