-- adapter: jdbc:trino
-- database: hive
-- catalog: web.visits(id, user_id, tags, at)
-- catalog: web.users(id, name)

-- case: catalog from the data source
-- tables: hive.web.visits
-- columns: id <- visits.id
SELECT id FROM web.visits

-- case: three parts and quotes
-- tables: postgres.crm.leads
-- columns: Email <- leads.email
SELECT l."Email" AS "Email" FROM postgres.crm."Leads" l

-- case: use catalog and schema
-- tables: delta.web.users
-- columns: name <- users.name
USE delta.web;
SELECT name FROM users

-- case: unnest with ordinality
-- tables: hive.web.visits
-- columns: id <- visits.id; tag <- visits.tags; n <- visits.tags
SELECT v.id, t.tag, t.n FROM web.visits v CROSS JOIN UNNEST(v.tags) WITH ORDINALITY AS t(tag, n)

-- case: try_cast and date_trunc
-- tables: hive.web.visits
-- columns: m <- visits.at; k <- visits.id
SELECT date_trunc('month', at) AS m, TRY_CAST(id AS bigint) AS k FROM web.visits

-- case: values and table function
-- tables: hive.web.users
-- columns: name <- users.name; day <-
SELECT u.name, s.day FROM web.users u CROSS JOIN UNNEST(sequence(date '2026-01-01', date '2026-01-31')) AS s(day)

-- case: lambda
-- tables: hive.web.visits
-- columns: f <- visits.tags
SELECT filter(tags, x -> x <> '') AS f FROM web.visits

-- case: insert
-- tables: +hive.web.users, hive.web.visits
-- columns:
INSERT INTO web.users SELECT user_id, 'x' FROM web.visits

-- case: recursive cte
-- tables: hive.web.users
-- columns: n <- users.id
WITH RECURSIVE t(n) AS (SELECT id FROM web.users UNION ALL SELECT n + 1 FROM t WHERE n < 5) SELECT n FROM t

-- case: intersect
-- tables: hive.web.users, hive.web.visits
-- columns: id <- users.id, visits.user_id
SELECT id FROM web.users INTERSECT SELECT user_id FROM web.visits
