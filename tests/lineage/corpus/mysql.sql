-- adapter: jdbc:mysql
-- database: shop
-- catalog: shop.Orders(id, customer_id, amount)
-- catalog: shop.customers(id, name)
-- catalog: crm.leads(id, email)

-- case: backticks
-- tables: shop.Orders, crm.leads
-- columns: id <- Orders.id; email <- leads.email
SELECT o.`id`, l.email FROM `Orders` o JOIN `crm`.`leads` l ON l.id = o.customer_id

-- case: use database
-- tables: crm.leads
-- columns: email <- leads.email
USE crm;
SELECT email FROM leads

-- case: double quotes are strings
-- tables: shop.customers
-- columns: name <- customers.name; s <-
SELECT name, "from x" AS s FROM customers WHERE name <> "join y"

-- case: hash comment
-- tables: shop.customers
-- columns: name <- customers.name
# select * from nothing
SELECT name FROM customers # join nobody

-- case: straight join and index hint
-- tables: shop.Orders, shop.customers
-- columns: name <- customers.name
SELECT c.name FROM Orders o USE INDEX (ix) STRAIGHT_JOIN customers c ON c.id = o.customer_id

-- case: update with join
-- tables: +shop.Orders, shop.customers
-- columns:
UPDATE Orders o JOIN customers c ON c.id = o.customer_id SET o.amount = 0 WHERE c.name = 'x'

-- case: delete with join
-- tables: +shop.Orders, shop.customers
-- columns:
DELETE o FROM Orders o JOIN customers c ON c.id = o.customer_id WHERE c.name = 'x'

-- case: replace into
-- tables: +shop.customers, crm.leads
-- columns:
REPLACE INTO customers SELECT id, email FROM crm.leads

-- case: group_concat and date_format
-- tables: shop.Orders
-- columns: m <- Orders.amount; ids <- Orders.id
SELECT DATE_FORMAT(amount, '%Y-%m-01') AS m, GROUP_CONCAT(DISTINCT id ORDER BY id SEPARATOR ',') AS ids FROM Orders GROUP BY 1

-- case: limit with offset and variables
-- tables: shop.Orders
-- columns: id <- Orders.id
SET @x := 1;
SELECT id FROM Orders WHERE amount > @x LIMIT 10, 20

-- case: variables in the select list
-- tables: shop.Orders
-- columns: id <- Orders.id; rn <-
SELECT o.id, @rn := @rn + 1 AS rn FROM Orders o, (SELECT @rn := 0) r

-- case: temporary table
-- tables: +shop.tmp, shop.Orders
-- columns: id <- Orders.id
DROP TEMPORARY TABLE IF EXISTS tmp;
CREATE TEMPORARY TABLE tmp AS SELECT id FROM Orders;
SELECT id FROM tmp

-- case: json_table is no table
-- tables: shop.customers
-- columns: name <- customers.name
SELECT c.name FROM customers c, JSON_TABLE(c.name, '$[*]' COLUMNS (x INT PATH '$.x')) AS jt

-- case: dual
-- tables:
-- columns: a <-
SELECT 1 AS a FROM DUAL

-- case: union in parentheses
-- tables: shop.Orders, crm.leads
-- columns: id <- Orders.id, leads.id
(SELECT id FROM Orders LIMIT 5) UNION ALL (SELECT id FROM crm.leads LIMIT 5) ORDER BY 1
