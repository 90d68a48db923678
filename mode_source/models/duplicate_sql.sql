-- Which SQL is copied from query to query? One row per text and data source that at least two queries share.
--
-- Texts are equal up to white space and a semicolon at the end. Queries of archived reports do not count. `first_...`
-- is the oldest copy; `reports` counts reports and datasets.
WITH texts AS (
    SELECT q.token, q.report_token, r.report_name, q.data_source_id, q.raw_query, q.creator_username, q.created_at,
           trim(rtrim(regexp_replace(q.raw_query, '\s+', ' ', 'g'), ' ;')) AS sql_text
    FROM queries AS q
    JOIN reports_and_datasets AS r ON r.report_token = q.report_token
    WHERE NOT r.archived
),
ranked AS (
    SELECT t.*, row_number() OVER (
               PARTITION BY sql_text, data_source_id
               ORDER BY CASE WHEN created_at IS NULL THEN 1 ELSE 0 END, created_at, token
           ) AS nth
    FROM texts AS t
    WHERE sql_text <> ''
),
sources AS (
    SELECT id, min(name) AS name FROM data_sources GROUP BY id
)
SELECT md5(k.sql_text) AS sql_digest, count(*) AS copies, count(DISTINCT k.report_token) AS reports,
       count(DISTINCT k.creator_username) AS authors, k.data_source_id, min(s.name) AS data_source_name,
       min(CASE WHEN k.nth = 1 THEN k.report_token END) AS first_report_token,
       min(CASE WHEN k.nth = 1 THEN k.report_name END) AS first_report_name,
       min(k.created_at) AS first_created_at,
       string_agg(k.token, ', ' ORDER BY k.nth) AS query_tokens,
       k.sql_text
FROM ranked AS k
LEFT JOIN sources AS s ON s.id = k.data_source_id
GROUP BY k.sql_text, k.data_source_id
HAVING count(*) > 1
