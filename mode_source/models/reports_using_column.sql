-- Which reports use a column? One row per column of a table and report or dataset whose queries use it in any way.
--
-- Names are in lower case whatever the platform; `table_full_name` is database.schema.table as far as known, and
-- `column_full_name` that and the column. `usage` says how: output (a column of the result is computed from it), filter,
-- join, group, order, window, other; several are separated by commas. `output_columns` are the names under which the
-- queries give it out, null where none does; `charts` counts the charts that show one of these. `certainty` is that of
-- the surest query. A query that takes all columns of a table, and no catalog lists them, has column_name '*'.
-- Archived reports are included.
WITH edges AS (  -- one row per source column, query and output column
    SELECT query_token, report_token, output_column, lower(source_database) AS database_name,
           lower(source_schema) AS schema_name, lower(source_table) AS table_name,
           lower(source_column) AS column_name, coalesce(usage, 'output') AS usage,
           min(CASE certainty WHEN 'certain' THEN 1 WHEN 'likely' THEN 2 ELSE 3 END) AS doubt
    FROM query_columns
    WHERE source_column IS NOT NULL
    GROUP BY query_token, report_token, output_column, lower(source_database), lower(source_schema),
             lower(source_table), lower(source_column), coalesce(usage, 'output')
),
used AS (
    SELECT e.report_token, e.database_name, e.schema_name, e.table_name, e.column_name,
           count(DISTINCT e.query_token) AS queries, count(DISTINCT f.chart_token) AS charts, min(e.doubt) AS doubt,
           string_agg(DISTINCT e.output_column, ', ' ORDER BY e.output_column) AS output_columns,
           string_agg(DISTINCT e.usage, ', ' ORDER BY e.usage) AS usage
    FROM edges AS e
    LEFT JOIN chart_fields AS f
        ON f.query_token = e.query_token AND lower(f.output_column) = lower(e.output_column)
    GROUP BY e.report_token, e.database_name, e.schema_name, e.table_name, e.column_name
)
SELECT u.database_name, u.schema_name, u.table_name, u.column_name,
       concat_ws('.', u.database_name, u.schema_name, u.table_name) AS table_full_name,
       concat_ws('.', u.database_name, u.schema_name, u.table_name, u.column_name) AS column_full_name,
       r.kind, u.report_token, r.report_name, r.archived, r.collection_name,
       r.owner_username, r.owner_name, r.owner_status, u.queries, u.usage, u.output_columns, u.charts,
       r.view_count, r.schedule_count, r.frequencies, r.last_run_at,
       CASE u.doubt WHEN 1 THEN 'certain' WHEN 2 THEN 'likely' ELSE 'guess' END AS certainty, r.url
FROM used AS u
JOIN reports_and_datasets AS r ON r.report_token = u.report_token
