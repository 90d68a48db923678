-- adapter: jdbc:something_new
-- database: db
-- catalog: s.orders(id, amount)

-- case: unknown adapter is parsed as generic SQL
-- tables: db.s.orders
-- columns: id <- orders.id
SELECT o.id FROM s.orders o

-- case: generic text with backticks
-- tables: db.s.orders
-- columns: id <- orders.id
SELECT o.`id` FROM `s`.`orders` o

-- case: no schema known
-- tables: db.orders
-- columns: amount <- orders.amount
-- columns with catalog: amount <- orders.amount
-- hard: with the catalog the schema is known as well
SELECT amount FROM orders

-- case: not SQL at all
-- tables:
-- columns:
-- errors: parse
hello world, how are you?

-- case: words of a broken text
-- tables: db.s.orders, db.s.refunds
-- columns:
-- errors: parse
SELECT )( FROM s.orders o JOIN s.refunds r ON ((( r.id = o.id
