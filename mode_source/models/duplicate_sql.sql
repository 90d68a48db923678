-- Which SQL is copied from query to query? One row per text and data source that at least two queries share.
--
-- Texts are equal up to white space and a semicolon at the end. Queries of archived reports do not count. `first_...`
-- is the oldest copy; `reports` counts reports and datasets. `on_dataset`: they all select from a Mode dataset, which
-- is sharing rather than copying.
WITH texts AS (
    SELECT q.token, q.report_token, q.data_source_id, q.creator_username, q.created_at,
           trim(rtrim(regexp_replace(q.raw_query, '\s+', ' ', 'g'), ' ;')) AS sql_text
    FROM queries AS q
    JOIN reports_and_datasets AS r ON r.report_token = q.report_token
    WHERE NOT r.archived
),
digests AS (  -- short, to sort and group by
    SELECT token, report_token, data_source_id, creator_username, created_at, md5(sql_text) AS sql_digest
    FROM texts
    WHERE sql_text <> ''
),
ranked AS (
    SELECT d.*, row_number() OVER (
               PARTITION BY sql_digest, data_source_id
               ORDER BY CASE WHEN created_at IS NULL THEN 1 ELSE 0 END, created_at, token
           ) AS nth
    FROM digests AS d
),
copied AS (
    SELECT sql_digest, data_source_id, count(*) AS copies, count(DISTINCT report_token) AS reports,
           count(DISTINCT creator_username) AS authors, min(created_at) AS first_created_at,
           min(CASE WHEN nth = 1 THEN token END) AS first_query_token,
           string_agg(token, ', ' ORDER BY nth) AS query_tokens
    FROM ranked
    GROUP BY sql_digest, data_source_id
    HAVING count(*) > 1
),
sources AS (
    SELECT id, min(name) AS name, bool_or(adapter = 'jdbc:modedatasets') AS datasets FROM data_sources GROUP BY id
)
SELECT c.sql_digest, c.copies, c.reports, c.authors, c.data_source_id, s.name AS data_source_name,
       coalesce(s.datasets, false) AS on_dataset,
       r.report_token AS first_report_token, r.report_name AS first_report_name, c.first_created_at, c.query_tokens,
       trim(rtrim(regexp_replace(q.raw_query, '\s+', ' ', 'g'), ' ;')) AS sql_text
FROM copied AS c
JOIN queries AS q ON q.token = c.first_query_token
JOIN reports_and_datasets AS r ON r.report_token = q.report_token
LEFT JOIN sources AS s ON s.id = c.data_source_id
