-- adapter: jdbc:databricks
-- database: main
-- catalog: default.orders(id, customer_id, amount, items, created_at)
-- catalog: crm.leads(id, email)

-- case: default catalog and schema
-- tables: main.default.orders
-- columns: id <- orders.id
SELECT id FROM orders

-- case: three parts with backticks
-- tables: raw.crm.leads
-- columns: email <- leads.email
SELECT l.email FROM raw.crm.`leads` l

-- case: use catalog and schema
-- tables: raw.crm.leads
-- columns: email <- leads.email
USE CATALOG raw;
USE SCHEMA crm;
SELECT email FROM leads

-- case: use a schema alone
-- tables: main.crm.leads
-- columns: email <- leads.email
USE crm;
SELECT email FROM leads

-- case: lateral view explode
-- tables: main.default.orders
-- columns: id <- orders.id; item <- orders.items
SELECT o.id, e.item FROM orders o LATERAL VIEW EXPLODE(o.items) e AS item

-- case: explode in the select list
-- tables: main.default.orders
-- columns: id <- orders.id; item <- orders.items
SELECT id, explode(items) AS item FROM orders

-- case: files are no tables
-- tables: main.default.orders
-- columns: id <- orders.id
SELECT o.id FROM orders o JOIN delta.`/mnt/x` d ON d.id = o.id JOIN read_files('s3://b/x') f ON f.id = o.id

-- case: temp view
-- tables: +main.default.v, main.default.orders
-- columns: amount <- orders.amount
CREATE OR REPLACE TEMPORARY VIEW v AS SELECT * FROM orders;
SELECT amount FROM v

-- case: colon paths and casts
-- tables: main.default.orders
-- columns: sku <- orders.items
SELECT items:sku::string AS sku FROM orders

-- case: semi and anti join
-- tables: main.default.orders, main.crm.leads
-- columns: id <- orders.id
SELECT o.id FROM orders o LEFT ANTI JOIN crm.leads l ON l.id = o.customer_id

-- case: higher order functions
-- tables: main.default.orders
-- columns: doubled <- orders.items
SELECT transform(items, x -> x * 2) AS doubled FROM orders

-- case: qualify and window with name
-- tables: main.default.orders
-- columns: id <- orders.id; rn <- orders.created_at, orders.customer_id
SELECT id, ROW_NUMBER() OVER (PARTITION BY customer_id ORDER BY created_at) AS rn FROM orders QUALIFY rn = 1

-- case: star except
-- tables: main.crm.leads
-- columns: * <- leads.*
-- columns with catalog: id <- leads.id
SELECT * EXCEPT (email) FROM crm.leads

-- case: merge
-- tables: +main.default.orders, main.crm.leads
-- columns:
MERGE INTO orders t USING crm.leads s ON t.id = s.id WHEN MATCHED THEN UPDATE SET * WHEN NOT MATCHED THEN INSERT *

-- case: time travel
-- tables: main.default.orders
-- columns: id <- orders.id
SELECT id FROM orders VERSION AS OF 3
