-- adapter: jdbc:postgresql
-- database: shop
-- catalog: public.orders(id, customer_id, amount, status, region, created_at)
-- catalog: public.customers(id, name, region, plan)
-- catalog: raw.events(id, user_id, name, at)
-- Uses of columns, RETURNING, system catalogs, names of results. PostgreSQL itself checks the uses of those that say
-- executed (test_oracles.py).

-- case: where only
-- tables: shop.public.orders
-- columns: id <- orders.id
-- uses: filter orders.status
-- verified: executed
select o.id from orders o where o.status = 'paid'

-- case: output and filter
-- tables: shop.public.orders
-- columns: amount <- orders.amount
-- uses: filter orders.amount
-- verified: executed
select o.amount from orders o where o.amount > 10

-- case: join on
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name
-- uses: join orders.customer_id, join customers.id
-- verified: executed
select c.name from orders o join customers c on c.id = o.customer_id

-- case: join with a condition on one side
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name
-- uses: join orders.customer_id, join customers.id, join orders.status
-- verified: executed
select c.name from customers c left join orders o on c.id = o.customer_id and o.status = 'paid'

-- case: join using
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name
-- uses: join orders.region, join customers.region
-- verified: executed
select c.name from orders o join customers c using (region)

-- case: comma join
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name
-- uses: filter orders.customer_id, filter customers.id
-- verified: executed
select c.name from orders o, customers c where c.id = o.customer_id

-- case: group by a column that is not given out
-- tables: shop.public.orders
-- columns: n <- orders.amount
-- uses: group orders.region
-- verified: executed
select sum(amount) as n from orders group by region

-- case: group by a number
-- tables: shop.public.orders
-- columns: region <- orders.region; n <-
-- uses: group orders.region
-- verified: executed
select region, count(*) as n from orders group by 1

-- case: group by an alias
-- tables: shop.public.orders
-- columns: day <- orders.created_at; n <-
-- uses: group orders.created_at
-- verified: executed
select date_trunc('day', created_at) as day, count(*) as n from orders group by day

-- case: having
-- tables: shop.public.orders
-- columns: region <- orders.region
-- uses: group orders.region, filter orders.amount
-- verified: executed
select region from orders group by region having sum(amount) > 10

-- case: order by a column that is not given out
-- tables: shop.public.orders
-- columns: id <- orders.id
-- uses: order orders.created_at
-- verified: executed
select id from orders order by created_at desc

-- case: order by an alias
-- tables: shop.public.orders
-- columns: x <- orders.amount
-- uses: order orders.amount
-- verified: executed
select amount * 2 as x from orders order by x

-- case: order by a number
-- tables: shop.public.orders
-- columns: id <- orders.id; amount <- orders.amount
-- uses: order orders.amount
-- verified: executed
select id, amount from orders order by 2 desc

-- case: window in a select list
-- tables: shop.public.orders
-- columns: id <- orders.id; r <- orders.region, orders.created_at
-- uses: window orders.region, window orders.created_at
-- verified: executed
select id, row_number() over (partition by region order by created_at) as r from orders

-- case: named window
-- tables: shop.public.orders
-- columns: s <- orders.amount, orders.region
-- uses: window orders.region
-- verified: executed
select sum(amount) over w as s from orders window w as (partition by region)

-- case: exists
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name
-- uses: filter orders.customer_id, filter customers.id, filter orders.status
-- verified: executed
select c.name from customers c where exists (select 1 from orders o where o.customer_id = c.id and o.status = 'x')

-- case: in a subquery
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name
-- uses: filter customers.id, filter orders.customer_id, filter orders.amount
-- verified: executed
select c.name from customers c where c.id in (select o.customer_id from orders o where o.amount > 5)

-- case: scalar subquery in the select list
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name; m <- orders.amount
-- uses: filter orders.customer_id, filter customers.id
-- verified: executed
select c.name, (select max(o.amount) from orders o where o.customer_id = c.id) as m from customers c

-- case: filter in a cte
-- tables: shop.public.orders
-- columns: id <- orders.id
-- uses: filter orders.status
-- verified: executed
with paid as (select id from orders where status = 'paid') select id from paid

-- case: filter on what a cte computes
-- tables: shop.public.orders
-- columns: region <- orders.region
-- uses: group orders.region, filter orders.amount
-- verified: executed
with t as (select region, sum(amount) as total from orders group by region) select region from t where total > 5

-- case: a column of a cte that nobody reads
-- tables: shop.public.orders
-- columns: id <- orders.id
-- uses: other orders.amount
-- verified: documentation
with t as (select id, amount from orders) select id from t

-- case: join of an event table
-- tables: shop.public.orders, shop.raw.events
-- columns: id <- orders.id
-- uses: join orders.id, join events.name, filter orders.region, filter orders.status
-- verified: executed
select o.id from orders o join raw.events e on lower(e.name) = o.id::text
where case when o.region = 'x' then o.status else 'y' end = 'y'

-- case: distinct on
-- tables: shop.public.orders
-- columns: id <- orders.id
-- uses: group orders.customer_id, order orders.customer_id, order orders.created_at
-- verified: executed
select distinct on (customer_id) id from orders order by customer_id, created_at desc

-- case: union with an order
-- tables: shop.public.orders, shop.public.customers
-- columns: r <- orders.region, customers.region
-- uses: filter orders.amount, order orders.region, order customers.region
-- verified: executed
select region as r from orders where amount > 1 union select region from customers order by r

-- case: aggregate with a filter
-- tables: shop.public.orders
-- columns: n <- orders.status
-- verified: documentation
select count(*) filter (where status = 'paid') as n from orders

-- case: lateral
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name; amount <- orders.amount
-- uses: filter orders.customer_id, filter customers.id, order orders.created_at
-- verified: executed
select c.name, l.amount from customers c
cross join lateral (select o.amount from orders o where o.customer_id = c.id order by o.created_at desc limit 1) l

-- case: grouping sets
-- tables: shop.public.orders
-- columns: s <- orders.amount
-- uses: group orders.region, group orders.status
-- verified: executed
select sum(amount) as s from orders group by grouping sets ((region), (status))

-- case: natural join
-- tables: shop.public.orders, shop.public.customers
-- columns: name <- customers.name
-- uses: join orders.id, join customers.id, join orders.region, join customers.region
-- verified: documentation
select name from orders natural join customers

-- case: update
-- tables: +shop.public.orders, shop.public.customers
-- columns:
-- uses: filter customers.id, filter orders.customer_id, other customers.region
-- verified: documentation
update orders set region = c.region from customers c where c.id = orders.customer_id

-- case: insert returning in a cte
-- tables: +shop.public.orders
-- columns: id <- orders.id
-- verified: documentation
with x as (insert into orders (amount) values (1) returning id, amount) select id from x

-- case: update returning in a cte
-- tables: +shop.public.orders, shop.public.customers
-- columns: id <- orders.id; name <- customers.name
-- uses: filter customers.id, filter orders.customer_id, other customers.region
-- verified: documentation
with x as (
  update orders o set region = c.region from customers c where c.id = o.customer_id returning o.id, c.name
) select id, name from x

-- case: delete returning everything in a cte
-- tables: +shop.public.orders
-- columns: id <- orders.id
-- uses: filter orders.status
-- verified: documentation
with gone as (delete from orders where status = 'x' returning *) select id from gone

-- case: system catalogs
-- tables: shop.pg_catalog.pg_class, shop.pg_catalog.pg_namespace
-- columns: relname <- pg_class.relname
-- uses: join pg_namespace.oid, join pg_class.relnamespace, filter pg_namespace.nspname
-- verified: executed
select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = 'public'

-- case: statistics and information schema
-- tables: shop.pg_catalog.pg_stat_activity, shop.information_schema.tables
-- columns: pid <- pg_stat_activity.pid
-- uses: filter pg_stat_activity.query, filter tables.table_name
-- verified: documentation
select a.pid from pg_stat_activity a where a.query in (select t.table_name from information_schema.tables t)

-- case: a table of an extension is no system catalog
-- tables: shop.public.pg_stat_statements
-- columns: query <- pg_stat_statements.query
-- verified: documentation
select query from pg_stat_statements

-- case: a schema hides no system catalog
-- tables: shop.pg_catalog.pg_tables, shop.raw.events
-- columns: tablename <- pg_tables.tablename
-- verified: executed
set search_path to raw; select t.tablename from pg_tables t cross join events

-- case: everything of generate_series
-- tables:
-- columns:
-- outputs: g
-- verified: executed
select * from generate_series(1, 10) g

-- case: everything of a function of one's own
-- tables:
-- columns:
-- outputs: *
-- verified: documentation
select * from my_function(1)

-- case: everything of jsonb_each
-- tables: shop.raw.events
-- columns: key <- events.name; value <- events.name
-- outputs: key | value
-- verified: executed
select j.* from raw.events e cross join lateral jsonb_each(to_jsonb(e.name)) j

-- case: create index is no read
-- tables:
-- columns:
-- verified: documentation
create index concurrently ix on orders (id)

-- case: refresh is no read
-- tables: shop.public.orders
-- columns: id <- orders.id
-- verified: documentation
refresh materialized view concurrently mv; select id from orders

-- case: names of results
-- tables: shop.public.orders
-- columns: sum <- orders.amount; ?column? <- orders.amount; amount <- orders.amount; date_trunc <- orders.created_at; region <- orders.region, orders.status
-- outputs: count | sum | ?column? | amount | date_trunc | now | case | region | coalesce | text
-- verified: executed
select count(*), sum(amount), amount + 1, amount::text, date_trunc('day', created_at), now(),
       case when true then 1 else 2 end, case when status = 'x' then status else region end, coalesce(1, 2), '1'::text
from orders group by amount, created_at, status, region
