-- adapter: jdbc:redshift
-- database: dev
-- catalog: public.users(id, email, created_at)
-- catalog: public.events(id, user_id, name, payload, at)
-- catalog: mart.daily(day, users, revenue)

-- case: lower case even when quoted
-- tables: dev.mart.daily
-- columns: revenue <- daily.revenue
SELECT "Revenue" FROM "Mart"."Daily"

-- case: cross database
-- tables: other.mart.daily
-- columns: day <- daily.day
SELECT d.day FROM other.mart.daily d

-- case: sortkey and distkey
-- tables: +dev.public.tmp_users, dev.public.users
-- columns: id <- users.id
CREATE TEMP TABLE tmp_users DISTKEY(id) SORTKEY(created_at) AS (SELECT id, created_at FROM users);
SELECT id FROM tmp_users;

-- case: hash temp table
-- tables: +#recent, dev.public.events
-- columns: name <- events.name
SELECT name INTO #recent FROM events;
SELECT name FROM #recent

-- case: super unnest
-- tables: dev.public.events
-- columns: id <- events.id; item <- events.payload
SELECT e.id, i.sku AS item FROM events e, e.payload i

-- case: listagg and getdate
-- tables: dev.public.events
-- columns: user_id <- events.user_id; names <- events.name, events.at; at <- events.at
SELECT user_id, LISTAGG(name, ',') WITHIN GROUP (ORDER BY at) AS names, MAX(at) AS at
FROM events WHERE at > GETDATE() - INTERVAL '1 day' GROUP BY 1

-- case: lateral alias
-- tables: dev.mart.daily
-- columns: r <- daily.revenue; r2 <- daily.revenue
SELECT revenue AS r, r * 2 AS r2 FROM mart.daily

-- case: dateadd and datediff units
-- tables: dev.public.users
-- columns: m <- users.created_at; age <- users.created_at
SELECT DATE_TRUNC('month', created_at) AS m, DATEDIFF(day, created_at, SYSDATE) AS age FROM users

-- case: unload reads
-- tables: dev.public.users
-- columns: id <- users.id
UNLOAD ('SELECT id FROM users') TO 's3://bucket/x' IAM_ROLE 'r';

-- case: cte in insert
-- tables: +dev.mart.daily, dev.public.users, dev.public.events
-- columns:
INSERT INTO mart.daily
WITH u AS (SELECT id FROM users) SELECT e.at, COUNT(*), 0 FROM events e JOIN u ON u.id = e.user_id GROUP BY 1

-- case: left join with unqualified count
-- tables: dev.public.users, dev.public.events
-- columns: email <- users.email; n <- events.id
SELECT u.email, COUNT(e.id) AS n FROM users u LEFT JOIN events e ON u.id = e.user_id GROUP BY u.email

-- case: approximate and pivot-like case
-- tables: dev.public.events
-- columns: d <- events.at; signups <- events.name, events.user_id
SELECT TRUNC(at) AS d, COUNT(DISTINCT CASE WHEN name = 'signup' THEN user_id END) AS signups FROM events GROUP BY 1
