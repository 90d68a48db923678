-- adapter: jdbc:bigquery
-- database: default
-- host: proj-x
-- definition: active-customers = select c.id, c.region from core.customers c
-- definition: a = select * from {{ @b as b }}
-- definition: b = select * from {{ @a as a }} join real.t on true
-- definition: emp ty = 
-- definition: semi = select id from core.users; -- done
-- definition: withcte = with x as (select id from raw.base) select * from x
-- definition: lit = select\n id\n from core.lit
-- definition: param = select id from {{ schema_name }}.events where d = '{{ start }}'
-- definition: form = {% form %}\nz:\n  type: text\n  default: core\n{% endform %}\nselect id from {{ z }}.things

-- case: select a from `p.d.t`
-- tables: p.d.t
-- columns: a <- t.a
select a from `p.d.t`

-- case: select a from d.t
-- tables: proj-x.d.t
-- columns: a <- t.a
select a from d.t

-- case: select a from my-proj.d.t
-- tables: my-proj.d.t
-- columns: a <- t.a
select a from my-proj.d.t

-- case: select a from `my-proj`.d.t
-- tables: my-proj.d.t
-- columns: a <- t.a
select a from `my-proj`.d.t

-- case: select a from `d.events_*` where _table_suffix between '1' and '2'
-- tables: proj-x.d.events_*
-- columns: a <- events_*.a
select a from `d.events_*` where _table_suffix between '1' and '2'

-- case: select e.a, item from d.t e, e.items as item
-- tables: proj-x.d.t
-- columns: a <- t.a; item <- t.items
select e.a, item from d.t e, e.items as item

-- case: select e.a, x.b from d.t e cross join unnest(e.items) x
-- tables: proj-x.d.t
-- columns: a <- t.a; b <- t.items
select e.a, x.b from d.t e cross join unnest(e.items) x

-- case: select a from d.t, unnest(arr) as v with offset as o
-- tables: proj-x.d.t
-- columns: a <- t.a
select a from d.t, unnest(arr) as v with offset as o

-- case: select * from d.INFORMATION_SCHEMA.TABLES
-- tables: proj-x.INFORMATION_SCHEMA.TABLES
-- columns: * <- TABLES.*
select * from d.INFORMATION_SCHEMA.TABLES

-- case: select a from `region-us`.INFORMATION_SCHEMA.JOBS
-- tables: proj-x.INFORMATION_SCHEMA.JOBS
-- columns: a <- JOBS.a
select a from `region-us`.INFORMATION_SCHEMA.JOBS

-- case: select * except(b), c as d from d.t
-- tables: proj-x.d.t
-- columns: * <- t.*; d <- t.c
select * except(b), c as d from d.t

-- case: #standardSQL select a from d.t -- from x.y # from z.w
-- tables: proj-x.d.t
-- columns: a <- t.a
#standardSQL
select a from d.t -- from x.y
# from z.w

-- case: DECLARE x INT64 DEFAULT 5; SET x = (select max(a) from d.u); select a 
-- tables: proj-x.d.t, proj-x.d.u
-- columns: a <- t.a
DECLARE x INT64 DEFAULT 5; SET x = (select max(a) from d.u); select a from d.t where b = x

-- case: create temp function f(x int64) as (x+1); select f(a) as b from d.t
-- tables: proj-x.d.t
-- columns: b <- t.a
create temp function f(x int64) as (x+1); select f(a) as b from d.t

-- case: select 'from x.y' as s, "from z.w" as u from d.t
-- tables: proj-x.d.t
-- columns: 
select 'from x.y' as s, "from z.w" as u from d.t

-- case: merge d.t using d.s on t.id = s.id when matched then update set a = s.
-- tables: +proj-x.d.t, proj-x.d.s
-- columns: 
merge d.t using d.s on t.id = s.id when matched then update set a = s.a when not matched then insert (id) values (s.id)

-- case: select a, row_number() over (partition by b order by c) rn from d.t qu
-- tables: proj-x.d.t
-- columns: a <- t.a; rn <- t.b, t.c
select a, row_number() over (partition by b order by c) rn from d.t qualify rn = 1

-- case: select * from d.t pivot(sum(a) for q in ('x','y'))
-- tables: proj-x.d.t
-- columns: * <- t.*; x <- t.a, t.q; y <- t.a, t.q
select * from d.t pivot(sum(a) for q in ('x','y'))

-- case: with recursive r as (select 1 as n union all select n+1 from r where n
-- tables: 
-- columns: 
with recursive r as (select 1 as n union all select n+1 from r where n < 3) select n from r

-- case: select a from `p`.`d`.`t` for system_time as of timestamp_sub(current_
-- tables: p.d.t
-- columns: a <- t.a
select a from `p`.`d`.`t` for system_time as of timestamp_sub(current_timestamp(), interval 1 hour)

-- case: begin select a from d.t; exception when error then select 1; end
-- tables: proj-x.d.t
-- columns: 
begin
 select a from d.t;
exception when error then select 1;
end

-- case: if (select count(*) from d.u) > 0 then select a from d.t; end if
-- tables: proj-x.d.t, proj-x.d.u
-- columns: a <- t.a
if (select count(*) from d.u) > 0 then select a from d.t; end if

-- case: select a from ml.predict(model d.m, (select * from d.t))
-- tables: proj-x.d.t
-- columns: 
select a from ml.predict(model d.m, (select * from d.t))

-- case: from d.t |> where a > 1 |> select a
-- tables: proj-x.d.t
-- columns: a <- t.a
from d.t |> where a > 1 |> select a

-- case: execute immediate 'select 1 from x.y'
-- tables: proj-x.x.y
-- columns: 
execute immediate 'select 1 from x.y'

-- case: select struct(a, b as c) as s, [a, b] as arr from d.t
-- tables: proj-x.d.t
-- columns: s <- t.a, t.b; arr <- t.a, t.b
select struct(a, b as c) as s, [a, b] as arr from d.t

-- case: export data options(uri='gs://x/*.csv', format='CSV') as select a from
-- tables: proj-x.d.t
-- columns: 
export data options(uri='gs://x/*.csv', format='CSV') as select a from d.t

-- case: select a from {{ @active-customers as a-b }} join d.t on true
-- tables: proj-x.core.customers, proj-x.d.t
-- columns: a <- t.a
-- definitions: active-customers
select a from {{ @active-customers as a-b }} join d.t on true
