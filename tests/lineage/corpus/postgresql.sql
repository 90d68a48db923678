-- adapter: jdbc:postgresql
-- database: shop
-- catalog: public.orders(id, customer_id, amount, status, created_at)
-- catalog: public.customers(id, name, region, plan)
-- catalog: public.items(order_id, sku, price, quantity)
-- catalog: public.products(sku, title, category)
-- catalog: sales.refunds(id, order_id, amount)
-- catalog: public.nodes(id, parent_id, label)
-- catalog: public.archive_orders(id, customer_id, amount, status, created_at)

-- case: plain select
-- tables: shop.public.orders
-- columns: id <- orders.id; amount <- orders.amount
SELECT id, amount FROM orders WHERE status = 'paid'

-- case: join with aliases
-- tables: shop.public.orders, shop.public.customers
-- columns: id <- orders.id; customer <- customers.name
SELECT o.id, c.name AS customer
FROM orders o
JOIN customers c ON c.id = o.customer_id

-- case: schema qualified and quoted
-- tables: shop.sales.refunds, shop.Sales.Refunds
-- columns: id <- refunds.id; Amount <- Refunds.Amount
SELECT r.id, q."Amount" FROM SALES.Refunds r JOIN "Sales"."Refunds" q ON q."Id" = r.id

-- case: folding of unquoted names
-- tables: shop.public.orders
-- columns: id <- orders.id; total <- orders.amount
SELECT ID, AMOUNT AS Total FROM ORDERS

-- case: cte shadows a table
-- tables: shop.public.orders
-- columns: id <- orders.id
WITH orders AS (SELECT id FROM orders WHERE amount > 0) SELECT id FROM orders

-- case: cte name only hides within its scope
-- tables: shop.public.orders, shop.public.customers
-- columns: a <- orders.id; b <- customers.id
SELECT x.a, y.b
FROM (WITH customers AS (SELECT id FROM orders) SELECT id AS a FROM customers) x
JOIN (SELECT id AS b FROM customers) y ON x.a = y.b

-- case: cte name with a schema is the table
-- tables: shop.public.orders, shop.sales.refunds
-- columns: amount <- refunds.amount
WITH refunds AS (SELECT id FROM orders) SELECT r.amount FROM sales.refunds r JOIN refunds x ON x.id = r.order_id

-- case: recursive cte
-- tables: shop.public.nodes
-- columns: id <- nodes.id; depth <-
WITH RECURSIVE tree AS (
  SELECT id, 0 AS depth FROM nodes WHERE parent_id IS NULL
  UNION ALL
  SELECT n.id, t.depth + 1 FROM nodes n JOIN tree t ON t.id = n.parent_id
)
SELECT id, depth FROM tree

-- case: recursive cte with a column list
-- tables: shop.public.nodes
-- columns: node <- nodes.id; name <- nodes.label
WITH RECURSIVE tree(node, name) AS (
  SELECT id, label FROM nodes
  UNION
  SELECT n.id, n.label FROM nodes n, tree WHERE n.parent_id = tree.node
)
SELECT * FROM tree

-- case: chain of ctes
-- tables: shop.public.orders, shop.public.customers
-- columns: region <- customers.region; total <- orders.amount
WITH paid AS (SELECT o.customer_id, o.amount FROM orders o WHERE o.status = 'paid'),
     per_customer AS (SELECT customer_id, SUM(amount) AS total FROM paid GROUP BY customer_id)
SELECT c.region, p.total FROM per_customer p JOIN customers c ON c.id = p.customer_id

-- case: select star
-- tables: shop.public.orders
-- columns: * <- orders.*
-- columns with catalog: id <- orders.id; customer_id <- orders.customer_id; amount <- orders.amount; status <- orders.status; created_at <- orders.created_at
SELECT * FROM orders

-- case: star of one side
-- tables: shop.public.orders, shop.public.customers
-- columns: * <- customers.*; amount <- orders.amount
-- columns with catalog: id <- customers.id; name <- customers.name; region <- customers.region; plan <- customers.plan; amount <- orders.amount
SELECT c.*, o.amount FROM orders o JOIN customers c ON c.id = o.customer_id

-- case: column through a star
-- tables: shop.public.orders
-- columns: amount <- orders.amount
WITH recent AS (SELECT * FROM orders WHERE created_at > now() - interval '7 days')
SELECT amount FROM recent

-- case: column through two stars and a window
-- tables: shop.public.orders
-- columns: id <- orders.id; rn <- orders.customer_id, orders.created_at
WITH a AS (SELECT * FROM orders), b AS (
  SELECT a.*, ROW_NUMBER() OVER (PARTITION BY a.customer_id ORDER BY a.created_at DESC) AS rn FROM a
)
SELECT id, rn FROM b WHERE rn = 1

-- case: union all
-- tables: shop.public.orders, shop.public.archive_orders
-- columns: id <- orders.id, archive_orders.id; amount <- orders.amount, archive_orders.amount
SELECT id, amount FROM orders UNION ALL SELECT id, amount FROM archive_orders

-- case: union by position
-- tables: shop.public.orders, shop.sales.refunds
-- columns: id <- orders.id, refunds.order_id; value <- orders.amount, refunds.amount
SELECT id, amount AS value FROM orders UNION SELECT order_id, -amount FROM sales.refunds

-- case: except keeps the left side
-- tables: shop.public.orders, shop.sales.refunds
-- columns: id <- orders.id
SELECT id FROM orders EXCEPT SELECT order_id FROM sales.refunds

-- case: union of stars in a subquery
-- tables: shop.public.orders, shop.public.archive_orders
-- columns: status <- orders.status, archive_orders.status; n <- 
SELECT u.status, COUNT(*) AS n FROM (SELECT * FROM orders UNION ALL SELECT * FROM archive_orders) u GROUP BY 1

-- case: correlated scalar subquery
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name; last_order <- orders.created_at
SELECT c.name, (SELECT MAX(o.created_at) FROM orders o WHERE o.customer_id = c.id) AS last_order FROM customers c

-- case: exists and in
-- tables: shop.public.customers, shop.public.orders, shop.sales.refunds
-- columns: name <- customers.name
SELECT name FROM customers c
WHERE EXISTS (SELECT 1 FROM orders o WHERE o.customer_id = c.id)
  AND c.id NOT IN (SELECT order_id FROM sales.refunds)

-- case: lateral subquery
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name; amount <- orders.amount
SELECT c.name, l.amount FROM customers c
CROSS JOIN LATERAL (SELECT o.amount FROM orders o WHERE o.customer_id = c.id ORDER BY o.created_at LIMIT 1) l

-- case: unnest and generate_series are no tables
-- tables: shop.public.orders
-- columns: day <-; id <- orders.id
SELECT d.day, o.id
FROM generate_series('2026-01-01'::date, '2026-02-01'::date, '1 day') AS d(day)
LEFT JOIN orders o ON o.created_at::date = d.day
CROSS JOIN unnest(ARRAY[1, 2]) AS u(n)

-- case: values
-- tables: shop.public.orders
-- columns: label <-; amount <- orders.amount
SELECT v.label, o.amount FROM (VALUES (1, 'a'), (2, 'b')) AS v(id, label) JOIN orders o ON o.id = v.id

-- case: temp table created and read
-- tables: +shop.public.tmp_orders, shop.public.orders
-- columns: region <- orders.status; total <- orders.amount
CREATE TEMP TABLE tmp_orders AS SELECT status AS region, amount FROM orders;
SELECT region, SUM(amount) AS total FROM tmp_orders GROUP BY region;

-- case: create view and read it
-- tables: +shop.public.paid, shop.public.orders
-- columns: id <- orders.id
DROP VIEW IF EXISTS paid;
CREATE OR REPLACE VIEW paid AS SELECT id FROM orders WHERE status = 'paid';
SELECT p.id FROM paid p

-- case: table filled by insert
-- tables: +shop.public.tmp, shop.public.orders
-- columns: a <- orders.id; b <- orders.amount
CREATE TEMPORARY TABLE tmp (a int, b numeric);
INSERT INTO tmp (a, b) SELECT id, amount FROM orders;
SELECT a, b FROM tmp

-- case: insert update delete merge
-- tables: +shop.public.orders, shop.public.archive_orders, +shop.public.customers, shop.sales.refunds, +shop.public.items, +shop.public.products, shop.public.nodes
-- columns:
INSERT INTO orders SELECT * FROM archive_orders;
UPDATE customers SET plan = 'x' FROM sales.refunds r WHERE r.id = customers.id;
DELETE FROM items WHERE price < 0;
MERGE INTO products p USING nodes n ON p.sku = n.label WHEN MATCHED THEN UPDATE SET title = n.label;

-- case: select into
-- tables: +shop.public.copy_of_orders, shop.public.orders
-- columns:
SELECT * INTO copy_of_orders FROM orders

-- case: several selects, the last one counts
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name
SELECT id FROM orders;
SELECT name FROM customers;

-- case: search_path
-- tables: shop.sales.refunds
-- columns: amount <- refunds.amount
SET search_path TO sales, public;
SELECT amount FROM refunds

-- case: comments and strings that look like sql
-- tables: shop.public.orders
-- columns: id <- orders.id; note <-
-- select * from commented_out
SELECT id, 'select x from string_table' AS note /* join block_comment */
FROM orders -- join line_comment
WHERE status <> 'from other_table; drop table z' AND $$from dollar_table$$ <> ''

-- case: using merges the column
-- tables: shop.public.items, shop.public.products
-- columns: sku <- items.sku, products.sku; category <- products.category; price <- items.price
SELECT sku, p.category, i.price FROM items i JOIN products p USING (sku)

-- case: unqualified columns of two tables
-- tables: shop.public.items, shop.public.products
-- columns: category <- products.category; revenue <- items.price, items.quantity
-- hard: without a catalog nothing says whose columns these are
SELECT category, SUM(price * quantity) AS revenue FROM items, products WHERE items.sku = products.sku GROUP BY 1

-- case: unqualified, shown elsewhere in the text
-- tables: shop.public.orders, shop.public.customers
-- columns: region <- customers.region; total <- orders.amount
SELECT region, SUM(amount) AS total FROM orders o JOIN customers c ON c.id = o.customer_id
WHERE o.amount > 0 AND c.region IS NOT NULL GROUP BY region

-- case: unqualified, a derived table has it
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name; total <- orders.amount
SELECT name, total FROM customers c JOIN (SELECT customer_id, SUM(amount) AS total FROM orders GROUP BY 1) t ON t.customer_id = c.id

-- case: expression over several columns
-- tables: shop.public.items
-- columns: line <- items.price, items.quantity; bucket <- items.price; constant <-
SELECT i.price * i.quantity AS line, CASE WHEN i.price > 10 THEN 'high' ELSE 'low' END AS bucket, 1 AS constant FROM items i

-- case: filter and within group
-- tables: shop.public.orders
-- columns: paid <- orders.amount, orders.status; med <- orders.amount
SELECT SUM(amount) FILTER (WHERE status = 'paid') AS paid, percentile_cont(0.5) WITHIN GROUP (ORDER BY amount) AS med FROM orders

-- case: distinct on and json
-- tables: shop.public.orders
-- columns: customer_id <- orders.customer_id; source <- orders.status
SELECT DISTINCT ON (customer_id) customer_id, status::jsonb ->> 'source' AS source FROM orders ORDER BY customer_id, created_at DESC

-- case: extract from is no table
-- tables: shop.public.orders
-- columns: y <- orders.created_at; s <- orders.status; d <- orders.amount
SELECT EXTRACT(YEAR FROM created_at) AS y, SUBSTRING(status FROM 1 FOR 2) AS s, amount IS DISTINCT FROM 0 AS d FROM orders

-- case: parenthesised join
-- tables: shop.public.orders, shop.public.customers, shop.public.items
-- columns: name <- customers.name; sku <- items.sku
SELECT c.name, i.sku FROM customers c LEFT JOIN (orders o JOIN items i ON i.order_id = o.id) ON o.customer_id = c.id

-- case: whole row
-- tables: shop.public.orders
-- columns: j <- orders.*
-- columns with catalog: j <- orders.id, orders.customer_id, orders.amount, orders.status, orders.created_at
SELECT row_to_json(o) AS j FROM orders o

-- case: broken statement beside a good one
-- tables: shop.public.orders, shop.public.customers
-- columns: id <- orders.id
-- errors: parse
SELECT FROM WHERE customers JOIN ON;
SELECT a b c d FROM customers WHERE ((;
SELECT id FROM orders

-- case: nothing but comments
-- tables:
-- columns:
-- nothing here: select * from t

-- case: select without from
-- tables:
-- columns: a <-
SELECT 1 AS a

-- case: grouping sets and rollup
-- tables: shop.public.customers
-- columns: region <- customers.region; plan <- customers.plan; n <-
SELECT region, plan, COUNT(*) AS n FROM customers GROUP BY ROLLUP (region, plan)

-- case: nested ctes with the same name
-- tables: shop.public.orders, shop.public.customers
-- columns: id <- orders.id; n <- customers.id
WITH t AS (SELECT id FROM orders)
SELECT t.id, (WITH t AS (SELECT id FROM customers) SELECT COUNT(t.id) FROM t) AS n FROM t

-- case: table functions with arguments from a table
-- tables: shop.public.orders
-- columns: id <- orders.id; tag <- orders.status
SELECT o.id, tag FROM orders o, regexp_split_to_table(o.status, ',') AS tag

-- case: information schema
-- tables: shop.information_schema.columns
-- columns: table_name <- columns.table_name
SELECT table_name FROM information_schema.columns

-- case: joins in brackets in brackets
-- tables: shop.public.orders, shop.public.customers, shop.public.items
-- columns: amount <- orders.amount; name <- customers.name
SELECT q.amount, q.name FROM ((SELECT o.id, o.amount, o.customer_id FROM orders o) x JOIN (customers c JOIN items i ON i.order_id = c.id) ON c.id = x.customer_id) AS q

-- case: everything of a join in brackets
-- tables: shop.public.customers, shop.public.nodes
-- columns: * <- customers.*, nodes.*
-- columns with catalog: id <- customers.id, nodes.id; name <- customers.name; region <- customers.region; plan <- customers.plan; parent_id <- nodes.parent_id; label <- nodes.label
SELECT * FROM ((SELECT * FROM customers) INNER JOIN nodes USING (id))

-- case: natural join
-- tables: shop.public.customers, shop.public.nodes
-- columns: label <- customers.label
-- columns with catalog: id <- customers.id, nodes.id; label <- nodes.label
-- hard: without a catalog nobody can tell
SELECT id, label FROM customers NATURAL JOIN nodes
