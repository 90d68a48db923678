-- Which datasets does no report use? One row per dataset that is not archived and that no other live query reads.
--
-- By lineage (query_tables); nothing is listed before lineage has been computed. `certainty` is 'likely' while there
-- are live reports of which Mode says that they use datasets, but not which; else 'certain'. `archived_users` counts
-- the archived reports that read it. A schedule of an unused dataset runs for nobody.
WITH users AS (
    SELECT t.table_name AS dataset_token, t.report_token, r.archived
    FROM query_tables AS t
    JOIN reports_and_datasets AS r ON r.report_token = t.report_token
    WHERE t.platform = 'modedatasets' AND t.role = 'read' AND t.report_token <> t.table_name
),
unexplained AS (
    SELECT count(*) AS reports
    FROM reports AS r
    WHERE r.has_imported_datasets AND NOT coalesce(r.archived, false)
      AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.report_token = r.token)
)
SELECT d.report_token AS dataset_token, d.report_name AS dataset_name,
       CASE WHEN x.reports > 0 THEN 'likely' ELSE 'certain' END AS certainty,
       (SELECT count(DISTINCT u.report_token) FROM users AS u WHERE u.dataset_token = d.report_token) AS archived_users,
       d.collection_name, d.owner_username, d.owner_name, d.owner_status, d.view_count, d.schedule_count,
       d.frequencies, d.last_run_at, d.edited_at, d.created_at, d.url
FROM reports_and_datasets AS d
CROSS JOIN unexplained AS x
WHERE d.kind = 'dataset' AND NOT d.archived
  AND NOT EXISTS (SELECT 1 FROM users AS u WHERE u.dataset_token = d.report_token AND NOT u.archived)
  AND EXISTS (SELECT 1 FROM lineage_state)
