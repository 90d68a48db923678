-- Which queries cannot run because their data source is gone? One row per query.
--
-- `problem` is 'missing' (Mode lists no data source with that id; queries keep the id of a deleted one) or
-- 'soft_deleted' (listed, but marked as deleted). A query without a data_source_id is unknown and not listed.
-- Nothing is listed while no data source is loaded.
WITH sources AS (
    SELECT id, min(name) AS name, bool_and(coalesce(soft_deleted, false)) AS soft_deleted
    FROM data_sources
    GROUP BY id
)
SELECT q.token AS query_token, q.name AS query_name, q.data_source_id, s.name AS data_source_name,
       CASE WHEN s.id IS NULL THEN 'missing' ELSE 'soft_deleted' END AS problem,
       r.kind, q.report_token, r.report_name, r.archived, r.collection_name,
       r.owner_username, r.owner_name, r.owner_status, r.view_count, r.schedule_count, r.last_run_at, r.url
FROM queries AS q
LEFT JOIN sources AS s ON s.id = q.data_source_id
LEFT JOIN reports_and_datasets AS r ON r.report_token = q.report_token
WHERE q.data_source_id IS NOT NULL
  AND (s.id IS NULL OR s.soft_deleted)
  AND EXISTS (SELECT 1 FROM data_sources)
