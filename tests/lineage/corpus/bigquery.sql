-- adapter: jdbc:bigquery
-- database: default
-- host: acme-warehouse
-- catalog: core.orders(id, customer_id, amount, items, created_at)
-- catalog: core.customers(id, name, address)
-- catalog: web.events_20260101(event_name, user_id, params)

-- case: dataset and table
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id
SELECT id FROM core.orders

-- case: one pair of backticks
-- tables: other-project.core.orders
-- columns: id <- orders.id
SELECT id FROM `other-project.core.orders`

-- case: three pairs of backticks
-- tables: other-project.core.orders
-- columns: id <- orders.id
SELECT id FROM `other-project`.`core`.`orders`

-- case: dash without backticks
-- tables: other-project.core.orders
-- columns: id <- orders.id
SELECT o.id FROM other-project.core.orders AS o

-- case: case sensitive tables
-- tables: acme-warehouse.core.Orders, acme-warehouse.core.customers
-- columns: Id <- Orders.Id; Name <- customers.Name
-- columns with catalog: Id <- orders.id; Name <- customers.name
-- hard: with a catalog that spells the table differently, the catalog's spelling is taken
SELECT o.Id, c.Name FROM core.Orders o JOIN core.customers c ON c.id = o.customer_id

-- case: wildcard table
-- tables: acme-warehouse.web.events_*
-- columns: event_name <- events_*.event_name; suffix <- events_*._TABLE_SUFFIX
SELECT event_name, _TABLE_SUFFIX AS suffix FROM `web.events_*` WHERE _TABLE_SUFFIX BETWEEN '20260101' AND '20260131'

-- case: unnest with alias and offset
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id; sku <- orders.items; pos <- orders.items
SELECT o.id, item.sku, pos FROM core.orders o, UNNEST(o.items) AS item WITH OFFSET AS pos

-- case: implicit unnest
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id; sku <- orders.items
SELECT o.id, i.sku FROM core.orders o, o.items i

-- case: correlated subquery over an array
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id; first_sku <- orders.items
SELECT id, (SELECT i.sku FROM UNNEST(items) i LIMIT 1) AS first_sku FROM core.orders

-- case: struct fields
-- tables: acme-warehouse.core.customers
-- columns: city <- customers.address; zip <- customers.address
SELECT address.city, c.address.zip FROM core.customers c

-- case: star except and replace
-- tables: acme-warehouse.core.customers
-- columns: * <- customers.*; name <- customers.name
-- columns with catalog: id <- customers.id; name <- customers.name
SELECT * EXCEPT (address) REPLACE (UPPER(name) AS name) FROM core.customers

-- case: hash comment and double quoted string
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id; s <-
# from nowhere
SELECT id, "from string_table" AS s FROM core.orders

-- case: declare and scripting
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id
DECLARE d DATE DEFAULT '2026-01-01';
SET d = CURRENT_DATE();
SELECT id FROM core.orders WHERE created_at > d

-- case: with offset of a string split
-- tables:
-- columns: part <-
SELECT part FROM UNNEST(SPLIT('a,b', ',')) AS part

-- case: struct and array_agg
-- tables: acme-warehouse.core.orders
-- columns: customer_id <- orders.customer_id; lines <- orders.id, orders.amount
SELECT customer_id, ARRAY_AGG(STRUCT(id, amount) ORDER BY amount LIMIT 3) AS lines FROM core.orders GROUP BY 1

-- case: create or replace table
-- tables: +acme-warehouse.tmp.t1, acme-warehouse.core.orders
-- columns: id <- orders.id
CREATE OR REPLACE TABLE tmp.t1 AS SELECT id FROM core.orders;
SELECT id FROM tmp.t1

-- case: temp table without dataset
-- tables: +acme-warehouse.t2, acme-warehouse.core.orders
-- columns: n <- orders.id
CREATE TEMP TABLE t2 AS SELECT id FROM core.orders;
SELECT COUNT(id) AS n FROM t2

-- case: temp function
-- tables: acme-warehouse.core.orders
-- columns: x <- orders.amount
CREATE TEMP FUNCTION plus(x INT64) AS (x + 1);
SELECT plus(amount) AS x FROM core.orders

-- case: safe date functions with units
-- tables: acme-warehouse.core.orders
-- columns: m <- orders.created_at; age <- orders.created_at
SELECT DATE_TRUNC(DATE(created_at), MONTH) AS m, DATE_DIFF(CURRENT_DATE(), DATE(created_at), DAY) AS age FROM core.orders

-- case: qualify and window
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id
SELECT id FROM core.orders WHERE TRUE QUALIFY ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY created_at) = 1

-- case: pivot with alias
-- tables: acme-warehouse.core.orders
-- columns: customer_id <- orders.customer_id; q1 <- orders.amount, orders.created_at
SELECT p.customer_id, p.q1 FROM (SELECT customer_id, amount, created_at FROM core.orders) PIVOT (SUM(amount) FOR created_at IN ('2026' AS q1)) p

-- case: unpivot
-- tables: acme-warehouse.core.orders
-- columns: id <- orders.id; what <- orders.amount, orders.customer_id; val <- orders.amount, orders.customer_id
SELECT id, what, val FROM core.orders UNPIVOT (val FOR what IN (amount, customer_id))

-- case: select as struct and array subquery
-- tables: acme-warehouse.core.orders, acme-warehouse.core.customers
-- columns: name <- customers.name; orders <- orders.id, orders.amount
SELECT c.name, ARRAY(SELECT AS STRUCT o.id, o.amount FROM core.orders o WHERE o.customer_id = c.id) AS orders FROM core.customers c

-- case: information schema of a region
-- tables: acme-warehouse.INFORMATION_SCHEMA.TABLES
-- columns: table_name <- TABLES.table_name
SELECT table_name FROM `region-us`.INFORMATION_SCHEMA.TABLES
