-- adapter: jdbc:snowflake
-- database: db
-- definition: active-customers = select c.id, c.region from core.customers c
-- definition: a = select * from {{ @b as b }}
-- definition: b = select * from {{ @a as a }} join real.t on true
-- definition: emp ty = 
-- definition: semi = select id from core.users; -- done
-- definition: withcte = with x as (select id from raw.base) select * from x
-- definition: lit = select\n id\n from core.lit
-- definition: param = select id from {{ schema_name }}.events where d = '{{ start }}'
-- definition: form = {% form %}\nz:\n  type: text\n  default: core\n{% endform %}\nselect id from {{ z }}.things

-- case: USE WAREHOUSE wh; USE ROLE analyst; USE DATABASE prod; USE SCHEMA sale
-- tables: PROD.SALES.ORDERS
-- columns: A <- ORDERS.A
USE WAREHOUSE wh; USE ROLE analyst; USE DATABASE prod; USE SCHEMA sales; select a from orders

-- case: use prod.sales; select a from orders
-- tables: PROD.SALES.ORDERS
-- columns: A <- ORDERS.A
use prod.sales; select a from orders

-- case: use secondary roles all; select a from orders
-- tables: DB.PUBLIC.ORDERS
-- columns: A <- ORDERS.A
use secondary roles all; select a from orders

-- case: use role accountadmin; use warehouse compute_wh; select * from a.b.c
-- tables: A.B.C
-- columns: * <- C.*
use role accountadmin;
use warehouse compute_wh;
select * from a.b.c

-- case: use database "MixedCase"; select a from s.t
-- tables: MixedCase.S.T
-- columns: A <- T.A
use database "MixedCase"; select a from s.t

-- case: select f.value:name::string as n from raw.events e, lateral flatten(in
-- tables: DB.RAW.EVENTS
-- columns: N <- EVENTS.PAYLOAD
select f.value:name::string as n from raw.events e, lateral flatten(input => e.payload:items) f

-- case: select $1 as a, $2 as b from @my_stage/file.csv
-- tables: 
-- columns: 
select $1 as a, $2 as b from @my_stage/file.csv

-- case: select a from table(generator(rowcount => 10)) , s.t
-- tables: DB.S.T
-- columns: A <- T.A
select a from table(generator(rowcount => 10)) , s.t

-- case: select * from table(result_scan(last_query_id()))
-- tables: 
-- columns: 
select * from table(result_scan(last_query_id()))

-- case: create or replace temporary table tmp as select a from s.t; select a f
-- tables: +DB.PUBLIC.TMP, DB.S.T
-- columns: A <- T.A
create or replace temporary table tmp as select a from s.t; select a from tmp

-- case: select a from s.t at(offset => -60*5) x
-- tables: DB.S.T
-- columns: A <- T.A
select a from s.t at(offset => -60*5) x

-- case: select a from s.t sample (10)
-- tables: DB.S.T
-- columns: A <- T.A
select a from s.t sample (10)

-- case: select "Order Id" as oid, "camelCol" from s."camelTable"
-- tables: DB.S.camelTable
-- columns: OID <- camelTable.Order Id; camelCol <- camelTable.camelCol
select "Order Id" as oid, "camelCol" from s."camelTable"

-- case: select t.* exclude (b) rename (c as d) from s.t
-- tables: DB.S.T
-- columns: * <- T.*; D <- T.C
select t.* exclude (b) rename (c as d) from s.t

-- case: select * from s.t match_recognize (partition by a order by b measures 
-- tables: DB.S.T
-- columns: * <- T.*; FC <- T.C
select * from s.t match_recognize (partition by a order by b measures first(c) as fc pattern (x+) define x as c > 1)

-- case: with a as (select 1 x) select * from a // from foo.bar
-- tables: 
-- columns: 
with a as (select 1 x) select * from a // from foo.bar

-- case: select * from s.t unpivot(v for m in (jan, feb))
-- tables: DB.S.T
-- columns: * <- T.*; V <- T.FEB, T.JAN; M <- T.FEB, T.JAN
select * from s.t unpivot(v for m in (jan, feb))

-- case: insert into s.target (a) select a from s.src
-- tables: +DB.S.TARGET, DB.S.SRC
-- columns: 
insert into s.target (a) select a from s.src

-- case: copy into s.t from @stage
-- tables: +DB.S.T
-- columns: 
copy into s.t from @stage

-- case: select a from s.t asof join s.u match_condition (t.x >= u.x) on t.id =
-- tables: DB.S.T, DB.S.U
-- columns: A <- T.A
select a from s.t asof join s.u match_condition (t.x >= u.x) on t.id = u.id

-- case: set x = (select max(d) from s.u); select a from s.t where d = $x
-- tables: DB.S.T, DB.S.U
-- columns: A <- T.A
set x = (select max(d) from s.u); select a from s.t where d = $x

-- case: execute immediate $$ begin select 1 from x.y; end $$
-- tables: DB.X.Y
-- columns: 
execute immediate $$ begin select 1 from x.y; end $$

-- case: show tables; select a from s.t
-- tables: DB.S.T
-- columns: A <- T.A
show tables; select a from s.t

-- case: describe table s.t
-- tables: 
-- columns: 
describe table s.t

-- case: delete from s.t using s.u where t.id = u.id
-- tables: +DB.S.T, DB.S.U
-- columns: 
delete from s.t using s.u where t.id = u.id

-- case: select a from s.t where b in (select c from s.u) and exists (select 1 
-- tables: DB.S.T, DB.S.U, DB.S.V
-- columns: A <- T.A
select a from s.t where b in (select c from s.u) and exists (select 1 from s.v v where v.id = t.id)

-- case: select parse_json(x):a.b[0]::int as v from s.t
-- tables: DB.S.T
-- columns: V <- T.X
select parse_json(x):a.b[0]::int as v from s.t

-- case: select a from identifier('s.t')
-- tables: DB.S.T
-- columns: A <- T.A
select a from identifier('s.t')

-- case: with t as (select a from s.t) select a from t
-- tables: DB.S.T
-- columns: A <- T.A
with t as (select a from s.t) select a from t

-- case: select listagg(distinct a, ',') within group (order by b) as l from s.
-- tables: DB.S.T
-- columns: L <- T.A, T.B
select listagg(distinct a, ',') within group (order by b) as l from s.t

-- case: select a from {{ @active-customers as "Act Cust" }} join s.t
-- tables: DB.CORE.CUSTOMERS, DB.S.T
-- columns: A <- T.A
-- definitions: active-customers
select a from {{ @active-customers as "Act Cust" }} join s.t
