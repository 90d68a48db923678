-- Which reports change when a definition changes? One row per definition and report or dataset that depends on it.
--
-- `directly`: the report's own SQL names it. `via` lists definitions through which it comes, `through_datasets` the
-- Mode datasets whose SQL it is in. `missing` marks names for which there is no definition (definition_token is
-- null): these queries fail. Archived reports are included.
WITH used AS (
    SELECT definition_token, definition_name, report_token, query_token, via,
           CAST(NULL AS text) AS dataset
    FROM query_definitions
    UNION ALL  -- reports on a dataset depend on the definitions of the dataset's query
    SELECT u.definition_token, u.definition_name, t.report_token, t.query_token, u.via,
           coalesce(d.name, d.token) AS dataset
    FROM query_definitions AS u
    JOIN datasets AS d ON d.token = u.report_token
    JOIN query_tables AS t ON t.platform = 'modedatasets' AND t.table_name = d.token AND t.role = 'read'
)
SELECT u.definition_token, u.definition_name, u.definition_token IS NULL AS missing,
       bool_or(u.via IS NULL AND u.dataset IS NULL) AS directly,
       string_agg(DISTINCT u.via, ', ' ORDER BY u.via) AS via,
       string_agg(DISTINCT u.dataset, ', ' ORDER BY u.dataset) AS through_datasets,
       count(DISTINCT u.query_token) AS queries,
       r.kind, r.report_token, r.report_name, r.archived, r.collection_name, r.owner_username, r.owner_name,
       r.owner_status, r.view_count, r.schedule_count, r.frequencies, r.last_run_at, r.url
FROM used AS u
JOIN reports_and_datasets AS r ON r.report_token = u.report_token
GROUP BY u.definition_token, u.definition_name, r.kind, r.report_token, r.report_name, r.archived,
         r.collection_name, r.owner_username, r.owner_name, r.owner_status, r.view_count, r.schedule_count,
         r.frequencies, r.last_run_at, r.url
