-- adapter: jdbc:databricks
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

-- case: use catalog c; use schema s; select a from t
-- tables: c.s.t
-- columns: a <- t.a
use catalog c; use schema s; select a from t

-- case: use c.s; select a from t
-- tables: c.s.t
-- columns: a <- t.a
use c.s; select a from t

-- case: select a, e.x from c.s.t lateral view explode(t.items) e as x
-- tables: c.s.t
-- columns: a <- t.a; x <- t.items
select a, e.x from c.s.t lateral view explode(t.items) e as x

-- case: select a, x.y from c.s.t, lateral (select max(z) y from c.s.u where u.
-- tables: c.s.t, c.s.u
-- columns: a <- t.a; y <- u.z
select a, x.y from c.s.t, lateral (select max(z) y from c.s.u where u.id = t.id) x

-- case: select * from delta.`/mnt/x`
-- tables: 
-- columns: 
select * from delta.`/mnt/x`

-- case: select a from parquet.`s3://x/y.parquet`
-- tables: 
-- columns: 
select a from parquet.`s3://x/y.parquet`

-- case: select * except (b) from c.s.t
-- tables: c.s.t
-- columns: * <- t.*
select * except (b) from c.s.t

-- case: select a:b.c::int as d from c.s.t
-- tables: c.s.t
-- columns: d <- t.a
select a:b.c::int as d from c.s.t

-- case: select a from c.s.t version as of 3
-- tables: c.s.t
-- columns: a <- t.a
select a from c.s.t version as of 3

-- case: select a from c.s.t@v3
-- tables: c.s.t
-- columns: a <- t.a
select a from c.s.t@v3

-- case: select a from c.s.t timestamp as of '2020-01-01'
-- tables: c.s.t
-- columns: a <- t.a
select a from c.s.t timestamp as of '2020-01-01'

-- case: select a from `c`.`s`.`t-1` tablesample (10 percent)
-- tables: c.s.t-1
-- columns: a <- t-1.a
select a from `c`.`s`.`t-1` tablesample (10 percent)

-- case: create or replace temp view v as select a from c.s.t; select a from v
-- tables: +db.default.v, c.s.t
-- columns: a <- t.a
create or replace temp view v as select a from c.s.t; select a from v

-- case: cache table x as select a from c.s.t; select a from x
-- tables: +db.default.x, c.s.t
-- columns: a <- t.a
cache table x as select a from c.s.t; select a from x

-- case: select a from range(10), c.s.t
-- tables: c.s.t
-- columns: a <- t.a
select a from range(10), c.s.t

-- case: select * from read_files('/x')
-- tables: 
-- columns: 
select * from read_files('/x')

-- case: select transform(arr, x -> x.y) z, filter(b, q -> q > 1) f from c.s.t
-- tables: c.s.t
-- columns: z <- t.arr; f <- t.b
select transform(arr, x -> x.y) z, filter(b, q -> q > 1) f from c.s.t

-- case: merge into c.s.t as t using (select * from c.s.u) u on t.id = u.id whe
-- tables: +c.s.t, c.s.u
-- columns: 
merge into c.s.t as t using (select * from c.s.u) u on t.id = u.id when matched then update set * when not matched then insert *

-- case: insert overwrite c.s.t select a from c.s.u
-- tables: +c.s.t, c.s.u
-- columns: 
insert overwrite c.s.t select a from c.s.u

-- case: select a from c.s.t pivot (sum(b) for q in ('x' as x, 'y' as y))
-- tables: c.s.t
-- columns: a <- t.a
select a from c.s.t pivot (sum(b) for q in ('x' as x, 'y' as y))

-- case: select a from c.s.t anti join c.s.u on t.x = u.x left semi join c.s.v 
-- tables: c.s.t, c.s.u, c.s.v
-- columns: a <- t.a
select a from c.s.t anti join c.s.u on t.x = u.x left semi join c.s.v using (x)

-- case: select /*+ broadcast(u) */ t.a from c.s.t t join c.s.u u using (id) qu
-- tables: c.s.t, c.s.u
-- columns: a <- t.a
select /*+ broadcast(u) */ t.a from c.s.t t join c.s.u u using (id) qualify row_number() over (order by a)=1

-- case: describe history c.s.t
-- tables: 
-- columns: 
describe history c.s.t

-- case: optimize c.s.t zorder by (a)
-- tables: 
-- columns: 
optimize c.s.t zorder by (a)

-- case: select a from c.s.t cluster by a
-- tables: c.s.t
-- columns: a <- t.a
select a from c.s.t cluster by a
