-- Which reports use a table? One row per table and report or dataset whose queries read it.
--
-- Names are in lower case whatever the platform, so that table_name = 'orders' finds ORDERS, too; `table_full_name`
-- is database.schema.table as far as known (query_tables has the names as the platform folds them). A Mode dataset
-- counts as a table (platform 'modedatasets', table_name its token, `dataset_name` its name); reports on a dataset
-- are listed for the tables behind it as well, then `through_datasets` names the dataset. `certainty` is that of the
-- surest query: certain, likely or guess. Archived reports are included.
WITH edges AS (  -- one row per table and query
    SELECT query_token, report_token, platform, lower(database_name) AS database_name,
           lower(schema_name) AS schema_name, lower(table_name) AS table_name,
           min(CASE certainty WHEN 'certain' THEN 1 WHEN 'likely' THEN 2 ELSE 3 END) AS doubt
    FROM query_tables
    WHERE role = 'read'
    GROUP BY query_token, report_token, platform, lower(database_name), lower(schema_name), lower(table_name)
),
named AS (
    SELECT e.*, concat_ws('.', e.database_name, e.schema_name, e.table_name) AS table_full_name,
           CASE WHEN e.platform = 'modedatasets' THEN e.table_name END AS dataset_token
    FROM edges AS e
),
stored_charts AS (
    SELECT query_token, count(*) AS charts FROM charts GROUP BY query_token
),
usage AS (
    SELECT n.report_token, n.platform, n.database_name, n.schema_name, n.table_name, n.table_full_name,
           n.dataset_token, count(*) AS queries, CAST(coalesce(sum(c.charts), 0) AS bigint) AS charts,
           min(n.doubt) AS doubt
    FROM named AS n
    LEFT JOIN stored_charts AS c ON c.query_token = n.query_token
    GROUP BY n.report_token, n.platform, n.database_name, n.schema_name, n.table_name, n.table_full_name,
             n.dataset_token
),
through AS (  -- datasets that a report reads, and the tables behind them
    SELECT v.report_token, t.platform, t.table_full_name,
           string_agg(DISTINCT coalesce(d.name, d.token), ', ' ORDER BY coalesce(d.name, d.token)) AS datasets
    FROM named AS v
    JOIN named AS t ON t.report_token = v.dataset_token
    JOIN datasets AS d ON d.token = v.dataset_token
    GROUP BY v.report_token, t.platform, t.table_full_name
)
SELECT u.platform, u.database_name, u.schema_name, u.table_name, u.table_full_name, d.name AS dataset_name,
       r.kind, u.report_token, r.report_name, r.archived, r.collection_name,
       r.owner_username, r.owner_name, r.owner_status, u.queries, u.charts,
       r.view_count, r.schedule_count, r.frequencies, r.last_run_at,
       CASE u.doubt WHEN 1 THEN 'certain' WHEN 2 THEN 'likely' ELSE 'guess' END AS certainty,
       t.datasets AS through_datasets, r.url
FROM usage AS u
JOIN reports_and_datasets AS r ON r.report_token = u.report_token
LEFT JOIN datasets AS d ON d.token = u.dataset_token
LEFT JOIN through AS t
    ON t.report_token = u.report_token AND t.platform = u.platform AND t.table_full_name = u.table_full_name
