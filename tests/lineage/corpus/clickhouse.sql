-- adapter: jdbc:clickhouse
-- database: analytics
-- catalog: analytics.Events(id, user_id, name, at, tags)
-- catalog: analytics.users(id, email)

-- case: case sensitive names
-- tables: analytics.Events
-- columns: id <- Events.id
SELECT id FROM Events

-- case: final prewhere sample
-- tables: analytics.Events
-- columns: name <- Events.name
SELECT e.name FROM analytics.Events AS e FINAL PREWHERE e.id > 0

-- case: array join
-- tables: analytics.Events
-- columns: id <- Events.id; tag <- Events.tags
SELECT id, tag FROM Events ARRAY JOIN tags AS tag

-- case: table functions
-- tables: analytics.users
-- columns: email <- users.email; number <-
SELECT u.email, n.number FROM users u CROSS JOIN numbers(10) n

-- case: with expression
-- tables: analytics.users
-- columns: email <- users.email
WITH 1 AS one SELECT email FROM users WHERE id = one

-- case: global join and using
-- tables: analytics.Events, analytics.users
-- columns: name <- Events.name; email <- users.email
SELECT e.name, u.email FROM Events AS e GLOBAL ANY LEFT JOIN users AS u ON u.id = e.user_id

-- case: combinators and settings
-- tables: analytics.Events
-- columns: u <- Events.user_id, Events.name; q <- Events.id
SELECT uniqIf(user_id, name = 'x') AS u, quantile(0.9)(id) AS q FROM Events SETTINGS max_threads = 1

-- case: limit by and format
-- tables: analytics.Events
-- columns: user_id <- Events.user_id
SELECT user_id FROM Events ORDER BY at LIMIT 1 BY user_id

-- case: create materialized table
-- tables: +analytics.copy, analytics.Events
-- columns:
CREATE TABLE copy ENGINE = MergeTree ORDER BY id AS SELECT id FROM Events

-- case: alias used in later expression
-- tables: analytics.Events
-- columns: d <- Events.at; next_day <- Events.at
SELECT toDate(at) AS d, d + 1 AS next_day FROM Events
