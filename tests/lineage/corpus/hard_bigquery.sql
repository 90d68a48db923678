-- adapter: jdbc:bigquery
-- host: proj
-- From Google's documentation of BigQuery: arrays, legacy SQL, table arguments, scripting, pipes.

-- case: fields of an array in a subquery
-- tables: p.a.events_*
-- columns: event_name <- events_*.event_name; page <- events_*.event_params
-- uses: filter events_*.event_params
-- verified: documentation
select event_name, (select value.string_value from unnest(event_params) where key = 'page') as page from `p.a.events_*`

-- case: fields of an array in from
-- tables: p.a.events_*
-- columns: event_name <- events_*.event_name; key <- events_*.event_params; n <- events_*.event_params
-- uses: filter events_*.event_params
-- verified: documentation
select event_name, key, value.int_value as n from `p.a.events_*`, unnest(event_params) where key = 'x'

-- case: fields of an array with an alias
-- tables: p.a.events_*
-- columns: uid <- events_*.user_pseudo_id; v <- events_*.event_params
-- uses: group events_*.user_pseudo_id
-- verified: documentation
select user_pseudo_id as uid, max(case when ep.key = 'x' then ep.value.string_value end) as v
from `p.a.events_*`, unnest(event_params) as ep group by 1

-- case: items
-- tables: p.a.events_*
-- columns: item_name <- events_*.items; revenue <- events_*.items; d <- events_*.event_date
-- verified: documentation
select event_date as d, item_name, price * quantity as revenue from `p.a.events_*` cross join unnest(items)

-- case: a correlated subquery names the outer table
-- tables: proj.ds.t
-- columns: v <- t.arr
-- uses: filter t.arr, filter t.id
-- verified: documentation
select (select x.v from unnest(t.arr) as x where x.id = t.id) as v from ds.t as t

-- case: legacy name with a project
-- tables: proj-a.ds.t
-- columns: a <- t.a
-- uses: filter t.b
-- verified: documentation
select a from [proj-a:ds.t] where b = 1

-- case: legacy name without a project
-- tables: proj.ds.t
-- columns: a <- t.a
-- verified: documentation
#legacySQL
select a from [ds.t]

-- case: legacy name in a join
-- tables: p.ds.t, p.ds.u
-- columns: a <- t.a; b <- u.b
-- uses: join t.id, join u.id
-- verified: documentation
select x.a, y.b from [p:ds.t] x join [p:ds.u] y on x.id = y.id

-- case: legacy range of dates
-- tables: p.ds.t_*
-- columns: a <- t_*.a
-- verified: documentation
select a from table_date_range([p:ds.t_], timestamp('2024-01-01'), current_timestamp())

-- case: appends
-- tables: proj.ds.t
-- columns: a <- t.a
-- verified: documentation
select a from appends(table ds.t, null, null)

-- case: changes with a filter
-- tables: proj.ds.t
-- columns: a <- t.a
-- uses: filter t.b
-- verified: documentation
select a from changes(table ds.t, null, timestamp_sub(current_timestamp(), interval 601 second)) where b = 1

-- case: prediction on a table
-- tables: proj.ds.t
-- columns:
-- verified: documentation
select * from ml.predict(model ds.m, table ds.t)

-- case: search on two tables
-- tables: proj.ds.t, proj.ds.q
-- columns:
-- verified: documentation
select * from vector_search(table ds.t, 'emb', table ds.q, top_k => 5)

-- case: a table function of one's own
-- tables: proj.ds.t
-- columns:
-- verified: documentation
select * from ds.my_function(table ds.t, 1)

-- case: declare with a default
-- tables: proj.ds.t, proj.ds.u
-- columns: a <- u.a
-- uses: filter t.day, filter u.day
-- verified: documentation
declare d date default (select max(day) from ds.t);
select a from ds.u where day > d

-- case: for in
-- tables: proj.ds.t, proj.ds.u
-- columns: id <- t.id; n <- u.n
-- uses: filter u.x, filter t.nm
-- verified: documentation
for r in (select id, nm from ds.t) do
  select r.id, n from ds.u where x = r.nm;
end for;

-- case: if then elseif else
-- tables: proj.ds.t, proj.ds.u, proj.ds.v, proj.ds.w
-- columns: c <- w.c
-- uses: other u.a, other v.b, filter t.x
-- verified: documentation
if exists (select 1 from ds.t where x = 1) then
  select a from ds.u;
elseif false then
  select b from ds.v;
else
  select c from ds.w;
end if;

-- case: while and set
-- tables: proj.ds.t, proj.ds.u
-- columns: b <- u.b
-- uses: filter t.a, filter u.a
-- verified: documentation
declare x int64 default 0;
while x < 10 do
  set x = (select max(a) from ds.t);
end while;
select b from ds.u where a = x

-- case: block with a temporary table
-- tables: +proj.x, proj.ds.t
-- columns: a <- t.a
-- verified: documentation
begin
  create temp table x as select a from ds.t;
  select a from x;
end;

-- case: execute immediate that is put together
-- tables: proj.ds.t
-- columns: a <- t.a
-- errors: parse
-- verified: documentation
execute immediate format('select * from %s', name);
select a from ds.t

-- case: pipe with aggregate
-- tables: proj.ds.t
-- columns: c <- t.c; s <- t.b
-- uses: filter t.a, group t.c, order t.b
-- verified: documentation
from ds.t |> where a > 1 |> aggregate sum(b) as s group by c |> order by s

-- case: pipe with extend, set, drop, rename
-- tables: proj.ds.t
-- columns: g <- t.f; c <- t.a, t.b
-- verified: documentation
from ds.t |> extend a + b as c |> set d = 1 |> drop e |> rename f as g |> select g, c

-- case: pipe with a join
-- tables: proj.ds.t, proj.ds.u
-- columns: a <- t.a
-- uses: join t.id, join u.id
-- verified: documentation
from ds.t as t |> join ds.u as u on t.id = u.id |> select t.a

-- case: pipe with an alias and a union
-- tables: proj.ds.t, proj.ds.u
-- columns: a <- t.a, u.c; b <- t.b, u.d
-- verified: documentation
from ds.t |> as x |> select x.a, b |> union all (select c, d from ds.u)

-- case: pipe after a query
-- tables: proj.ds.t
-- columns: a <- t.a
-- uses: filter t.a
-- verified: documentation
select a from ds.t |> where a = 1 |> limit 5

-- case: struct through a subquery
-- tables: proj.ds.t
-- columns: f <- t.x
-- uses: other t.y
-- verified: documentation
select s.f from (select struct(x as f, y as g) as s from ds.t)

-- case: struct through a cte
-- tables: proj.ds.t
-- columns: f <- t.x; g <- t.y
-- uses: other t.id
-- verified: documentation
with c as (select id, struct(x as f, y as g) as s from ds.t) select c.s.f, s.g from c

-- case: create model is no table
-- tables: proj.ds.t
-- columns:
-- uses: other t.x
-- verified: documentation
create or replace model ds.m options (model_type = 'linear_reg') as select x from ds.t

-- case: search index is no read
-- tables:
-- columns:
-- verified: documentation
create search index ix on ds.t (all columns)

-- case: unnamed results
-- tables: proj.ds.t
-- columns: a <- t.a; f1_ <- t.b; f2_ <- t.c; d <- t.d
-- outputs: f0_ | a | f1_ | f2_ | d
-- verified: documentation
select count(*), a, sum(b), cast(c as string), (d) from ds.t

-- case: information schema in one pair of quotes
-- tables: p.INFORMATION_SCHEMA.COLUMNS
-- columns: column_name <- COLUMNS.column_name
-- verified: documentation
select column_name from `p.d.INFORMATION_SCHEMA.COLUMNS`
