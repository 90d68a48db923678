-- adapter: jdbc:snowflake
-- database: analytics
-- catalog: PUBLIC.ORDERS(ID, CUSTOMER_ID, AMOUNT, ITEMS, CREATED_AT)
-- catalog: PUBLIC.CUSTOMERS(ID, NAME, REGION)
-- catalog: CRM.LEADS(ID, EMAIL, SCORE)

-- case: upper case folding
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID; TOTAL <- ORDERS.AMOUNT
select id, amount as total from orders

-- case: quoted stays
-- tables: ANALYTICS.PUBLIC.orders
-- columns: MixedCase <- orders.MixedCase
select "MixedCase" from "orders"

-- case: three parts
-- tables: RAW.CRM.LEADS
-- columns: EMAIL <- LEADS.EMAIL
select l.email from raw.crm.leads l

-- case: use warehouse and role are no database
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID
USE WAREHOUSE reporting_wh;
USE ROLE analyst;
USE SECONDARY ROLES ALL;
select id from orders;

-- case: use database and schema
-- tables: RAW.CRM.LEADS
-- columns: ID <- LEADS.ID
use database raw; use schema crm;
select id from leads

-- case: use with two parts
-- tables: RAW.CRM.LEADS
-- columns: ID <- LEADS.ID
use raw.crm;
select id from leads

-- case: use changes between statements
-- tables: ANALYTICS.PUBLIC.ORDERS, ANALYTICS.CRM.LEADS
-- columns: SCORE <- LEADS.SCORE
select id from orders;
use schema crm;
select score from leads;

-- case: flatten and semi structured paths
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID; SKU <- ORDERS.ITEMS; QTY <- ORDERS.ITEMS
select o.id, f.value:sku::string as sku, value:qty::int as qty
from orders o, lateral flatten(input => o.items) f

-- case: table(flatten())
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: V <- ORDERS.ITEMS
select f.value as v from orders o, table(flatten(o.items)) f

-- case: qualify
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID; CUSTOMER_ID <- ORDERS.CUSTOMER_ID
select id, customer_id from orders qualify row_number() over (partition by customer_id order by created_at desc) = 1

-- case: lateral alias
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: NET <- ORDERS.AMOUNT; GROSS <- ORDERS.AMOUNT
select o.amount / 1.2 as net, net * 1.2 as gross from orders o, (select 1 as one) x

-- case: star exclude and rename
-- tables: ANALYTICS.PUBLIC.CUSTOMERS
-- columns: * <- CUSTOMERS.*; TITLE <- CUSTOMERS.NAME
-- columns with catalog: ID <- CUSTOMERS.ID; TITLE <- CUSTOMERS.NAME
select * exclude (region) rename (name as title) from customers

-- case: create table as and read
-- tables: +ANALYTICS.PUBLIC.TMP_ORDERS, ANALYTICS.PUBLIC.ORDERS
-- columns: AMOUNT <- ORDERS.AMOUNT
create or replace temporary table tmp_orders as select * from orders where amount > 0;
select amount from tmp_orders

-- case: clone
-- tables: +ANALYTICS.PUBLIC.COPY1, ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID
create table copy1 clone orders;
select id from copy1

-- case: stages and result scans are no tables
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID
select o.id from orders o
join @my_stage/file.csv s on s.$1 = o.id
join table(result_scan(last_query_id())) r on true

-- case: generator
-- tables:
-- columns: N <-
select row_number() over (order by seq4()) as n from table(generator(rowcount => 10))

-- case: time travel and sampling
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID
select id from orders at(offset => -60) sample (10)

-- case: pivot
-- tables: ANALYTICS.PUBLIC.CUSTOMERS
-- columns: NAME <- CUSTOMERS.NAME; 'EMEA' <- CUSTOMERS.ID, CUSTOMERS.REGION
select * from (select id, name, region from customers) pivot (count(id) for region in ('EMEA'))

-- case: window function in a cte
-- tables: ANALYTICS.PUBLIC.ORDERS, ANALYTICS.PUBLIC.CUSTOMERS
-- columns: NAME <- CUSTOMERS.NAME; RUNNING <- ORDERS.AMOUNT, ORDERS.CUSTOMER_ID, ORDERS.CREATED_AT
with r as (
  select o.customer_id, sum(o.amount) over (partition by o.customer_id order by o.created_at) as running from orders o
)
select c.name, r.running from r join customers c on c.id = r.customer_id

-- case: slash comment
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID
// from nowhere
select id from orders // join nothing

-- case: insert overwrite and multi part target
-- tables: +RAW.CRM.LEADS, ANALYTICS.PUBLIC.CUSTOMERS
-- columns:
insert overwrite into raw.crm.leads select id, name, 1 from customers

-- case: iff and decode and dateadd units
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: D <- ORDERS.CREATED_AT; X <- ORDERS.AMOUNT
select dateadd(day, 1, created_at) as d, iff(amount > 0, amount, 0) as x from orders

-- case: identifier function
-- tables: RAW.CRM.LEADS
-- columns: ID <- LEADS.ID
select id from identifier('raw.crm.leads')

-- case: recursive without the word
-- tables: ANALYTICS.PUBLIC.ORDERS
-- columns: ID <- ORDERS.ID
with tree as (select id from orders union all select o.id from orders o join tree t on t.id = o.customer_id) select id from tree
