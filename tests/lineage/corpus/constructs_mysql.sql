-- adapter: jdbc:mysql
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

-- case: use other; select a from t
-- tables: other.t
-- columns: a <- t.a
use other; select a from t

-- case: select `a b`, `c` from `my-db`.`my table` -- x # from z
-- tables: my-db.my table
-- columns: a b <- my table.a b; c <- my table.c
select `a b`, `c` from `my-db`.`my table` -- x
 # from z

-- case: select a from t1 straight_join t2 on t1.x=t2.x
-- tables: db.t1, db.t2
-- columns: a <- t1.a
select a from t1 straight_join t2 on t1.x=t2.x

-- case: replace into s.x select a from s.t
-- tables: +s.x, s.t
-- columns: 
replace into s.x select a from s.t

-- case: select @r := @r + 1 as rn, a from s.t, (select @r := 0) v
-- tables: s.t
-- columns: a <- t.a
select @r := @r + 1 as rn, a from s.t, (select @r := 0) v

-- case: set @d = '2020'; select a from s.t where d = @d
-- tables: s.t
-- columns: a <- t.a
set @d = '2020'; select a from s.t where d = @d

-- case: select a from s.t use index (i) where b regexp 'from x'
-- tables: s.t
-- columns: a <- t.a
select a from s.t use index (i) where b regexp 'from x'

-- case: select group_concat(distinct a order by b separator ', ') as g from s.
-- tables: s.t
-- columns: g <- t.a, t.b
select group_concat(distinct a order by b separator ', ') as g from s.t

-- case: update s.t join s.u on t.id=u.id set t.a = u.a
-- tables: +s.t, s.u
-- columns: 
update s.t join s.u on t.id=u.id set t.a = u.a

-- case: delete t from s.t as t join s.u u on u.id = t.id
-- tables: +s.t, s.u
-- columns: 
delete t from s.t as t join s.u u on u.id = t.id

-- case: select a from s.t partition (p0, p1)
-- tables: s.t
-- columns: a <- t.a
select a from s.t partition (p0, p1)

-- case: select j.a from s.t, json_table(t.d, '$[*]' columns (a int path '$.a')
-- tables: s.t
-- columns: a <- t.d
select j.a from s.t, json_table(t.d, '$[*]' columns (a int path '$.a')) j

-- case: select "from x.y" as q, a from s.t
-- tables: s.t
-- columns: a <- t.a
select "from x.y" as q, a from s.t

-- case: with recursive c as (select 1 n union all select n+1 from c) select n 
-- tables: s.t
-- columns: 
with recursive c as (select 1 n union all select n+1 from c) select n from c join s.t
