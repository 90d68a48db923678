-- adapter: jdbc:vertica
-- database: db
-- From Vertica's documentation.

-- case: system tables of the monitor
-- tables: db.v_monitor.query_requests
-- columns: request <- query_requests.request
-- verified: documentation
select request from query_requests

-- case: names of results
-- tables: db.public.t
-- columns: ?column? <- t.a; max <- t.b
-- outputs: count | ?column? | max
-- verified: documentation
select count(*), a + 1, max(b) from t
