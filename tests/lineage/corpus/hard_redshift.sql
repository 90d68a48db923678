-- adapter: jdbc:redshift
-- database: dev
-- From Amazon's documentation: system tables, names of results.

-- case: system tables
-- tables: dev.pg_catalog.stl_query, dev.pg_catalog.svv_table_info
-- columns: query <- stl_query.query; size <- svv_table_info.size
-- uses: join stl_query.userid, join svv_table_info.table_id
-- verified: documentation
select q.query, t.size from stl_query q join svv_table_info t on t.table_id = q.userid

-- case: system views of today
-- tables: dev.pg_catalog.sys_query_history
-- columns: query_text <- sys_query_history.query_text
-- verified: documentation
select query_text from sys_query_history

-- case: table definitions
-- tables: dev.pg_catalog.pg_table_def
-- columns: tablename <- pg_table_def.tablename
-- uses: filter pg_table_def.schemaname
-- verified: documentation
select tablename from pg_table_def where schemaname = 'public'

-- case: names of results
-- tables: dev.public.t
-- columns: sum <- t.a; a <- t.a; case <- t.a; date_trunc <- t.d
-- outputs: count | sum | a | case | date_trunc | int4
-- verified: documentation
select count(*), sum(a), a::int, case when a > 1 then 1 end, date_trunc('day', d), 1::int from t
