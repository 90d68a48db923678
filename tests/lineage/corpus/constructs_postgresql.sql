-- adapter: jdbc:postgresql
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

-- case: set search_path to sales, public; select a from t
-- tables: db.sales.t
-- columns: a <- t.a
set search_path to sales, public; select a from t

-- case: select a.region from {{ @active-customers as a }}
-- tables: db.core.customers
-- columns: region <- customers.region
-- definitions: active-customers
select a.region from {{ @active-customers as a }}

-- case: select * from {{ @a as x }}
-- tables: db.real.t
-- columns: * <- t.*
-- definitions: a, b
-- errors: recursion
select * from {{ @a as x }}

-- case: select u.id from {{ @semi as u }} join {{@withcte as w}} on u.id = w.i
-- tables: db.core.users, db.raw.base
-- columns: id <- users.id
-- definitions: semi, withcte
select u.id from {{ @semi as u }} join {{@withcte as w}} on u.id = w.id

-- case: with q as {{ @active-customers }} select region from q
-- tables: db.core.customers
-- columns: region <- customers.region
-- definitions: active-customers
with q as {{ @active-customers }} select region from q

-- case: with q as ({{ @active-customers }}) select region from q
-- tables: db.core.customers
-- columns: region <- customers.region
-- definitions: active-customers
with q as ({{ @active-customers }}) select region from q

-- case: with q as (select * from {{ @active-customers }}) select region from q
-- tables: db.core.customers
-- columns: region <- customers.region
-- definitions: active-customers
with q as (select * from {{ @active-customers }}) select region from q

-- case: select id from {{ @lit as l }}
-- tables: db.core.lit
-- columns: id <- lit.id
-- definitions: lit
select id from {{ @lit as l }}

-- case: select id from {{ @missing-def as l }} join s.t using (id)
-- tables: db.s.t
-- columns: id <- t.id
-- definitions: !missing-def
-- errors: render
select id from {{ @missing-def as l }} join s.t using (id)

-- case: select id from s.t -- {{ @active-customers as a }} /* {{ @lit as l }} 
-- tables: db.s.t
-- columns: id <- t.id
-- definitions: semi
select id from s.t -- {{ @active-customers as a }}
/* {{ @lit as l }} */ where x = '{{ @semi }}'

-- case: select id from s.t where x in ({% for v in list %}'{{ v }}'{% unless f
-- tables: db.s.t
-- columns: id <- t.id
select id from s.t where x in ({% for v in list %}'{{ v }}'{% unless forloop.last %},{% endunless %}{% endfor %})

-- case: select id from s.{% if x == 'a' %}t{% else %}u{% endif %}
-- tables: db.s.u, db.s.t
-- columns: id <- u.id, t.id
select id from s.{% if x == 'a' %}t{% else %}u{% endif %}

-- case: {% assign tbl = 's.t' %}select id from {{ tbl }}
-- tables: db.s.t
-- columns: id <- t.id
{% assign tbl = 's.t' %}select id from {{ tbl }}

-- case: select id from {{ p }}.t
-- tables: db.t
-- columns: id <- t.id
-- errors: render
select id from {{ p }}.t

-- case: form sch: type: select default: sales options: [[a, sales],[b, hr]] {%
-- tables: db.sales.t
-- columns: id <- t.id
{% form %}
sch:
  type: select
  default: sales
  options: [[a, sales],[b, hr]]
{% endform %}
select id from {{ sch }}.t

-- case: select {{ dims }} , sum(x) as s from s.t group by {{ dims }}
-- tables: db.s.t
-- columns: s <- t.x
-- errors: render
select {{ dims }} , sum(x) as s from s.t group by {{ dims }}

-- case: select {% if g == 'day' %}d{% elsif g == 'week' %}w{% else %}m{% endif
-- tables: db.s.t
-- columns: b <- t.m, t.d, t.w
select {% if g == 'day' %}d{% elsif g == 'week' %}w{% else %}m{% endif %} as b from s.t where 1=1 {% if r %} and r = '{{ r }}'{% endif %}

-- case: select id from s.t limit {{ n }} offset {{ m | default: 10 }}
-- tables: db.s.t
-- columns: id <- t.id
-- errors: render
select id from s.t limit {{ n }} offset {{ m | default: 10 }}

-- case: select id from s.t where d >= '{{ start | date: "%Y-%m-%d" }}'::date -
-- tables: db.s.t
-- columns: id <- t.id
-- errors: render
select id from s.t where d >= '{{ start | date: "%Y-%m-%d" }}'::date - interval '{{ n }} days'

-- case: {% comment %} select * from x.y {% endcomment %} select id from s.t {%
-- tables: db.s.t
-- columns: id <- t.id
{% comment %} select * from x.y {% endcomment %} select id from s.t {% raw %}{% endraw %}

-- case: {%- case g -%}{%- when 'a' -%}select 1 from x.a{%- else -%}select id f
-- tables: db.s.t, db.x.a
-- columns: id <- t.id
{%- case g -%}{%- when 'a' -%}select 1 from x.a{%- else -%}select id from s.t{%- endcase -%}

-- case: select id from s.t where name = 'from x.y; join z.w'
-- tables: db.s.t
-- columns: id <- t.id
select id from s.t where name = 'from x.y; join z.w'

-- case: select id from {{ @form as f }}
-- tables: db.core.things
-- columns: id <- things.id
-- definitions: form
select id from {{ @form as f }}

-- case: {% for i in (1..3) %}select id from s.t{{ i }}{% unless forloop.last %
-- tables: db.s.t1, db.s.t2, db.s.t3
-- columns: id <- t1.id, t2.id, t3.id
{% for i in (1..3) %}select id from s.t{{ i }}{% unless forloop.last %} union all {% endunless %}{% endfor %}

-- case: select * from ({{ @active-customers }}) x join {{ @active-customers as
-- tables: db.core.customers
-- columns: id <- customers.id; region <- customers.region
-- definitions: active-customers
select * from ({{ @active-customers }}) x join {{ @active-customers as y }} on x.id=y.id

-- case: {{ @active-customers }}
-- tables: db.core.customers
-- columns: id <- customers.id; region <- customers.region
-- definitions: active-customers
{{ @active-customers }}

-- case: {{ @active-customers as x }}
-- tables: db.core.customers
-- columns: id <- customers.id; region <- customers.region
-- definitions: active-customers
{{ @active-customers as x }}

-- case: {{@active-customers}} union all select 1, 'x'
-- tables: db.core.customers
-- columns: id <- customers.id; region <- customers.region
-- definitions: active-customers
{{@active-customers}} union all select 1, 'x'

-- case: select id from s.t where id in {{ @active-customers }}
-- tables: db.core.customers, db.s.t
-- columns: id <- t.id
-- definitions: active-customers
select id from s.t where id in {{ @active-customers }}

-- case: select id from s.t where id in (select id from {{ @active-customers as
-- tables: db.core.customers, db.s.t
-- columns: id <- t.id
-- definitions: active-customers
select id from s.t where id in (select id from {{ @active-customers as ac }})

-- case: form start_date: type: date default: {{ 'now' | date: '%s' | minus: 86
-- tables: db.s.t
-- columns: id <- t.id
{% form %}

start_date:
    type: date
    default: {{ 'now' | date: '%s' | minus: 86400 | date: '%Y-%m-%d' }}

{% endform %}
select id from s.t where d > '{{ start_date }}'

-- case: select id from s.t where {{ col }} = 1 and s in ({{ vals }})
-- tables: db.s.t
-- columns: id <- t.id
-- errors: render
select id from s.t where {{ col }} = 1 and s in ({{ vals }})

-- case: select id from s.t {{ join_clause }} where x
-- tables: db.s.t
-- columns: id <- t.id
-- errors: render
select id from s.t {{ join_clause }} where x

-- case: select case when '{{x}}' = 'a' then a else b end as c from s.t
-- tables: db.s.t
-- columns: c <- t.a, t.b
-- errors: render
select case when '{{x}}' = 'a' then a else b end as c from s.t

-- case: select id as "{{ label }}" from s.t
-- tables: db.s.t
-- columns: 
-- errors: render
select id as "{{ label }}" from s.t

-- case: select t.{{ metric }} from s.t t
-- tables: db.s.t
-- columns: 
-- errors: render
select t.{{ metric }} from s.t t

-- case: select * from s.t_{{ suffix }}
-- tables: 
-- columns: 
-- errors: render
select * from s.t_{{ suffix }}

-- case: select o.id, l.total from sales.orders o left join lateral (select sum
-- tables: db.sales.items, db.sales.orders
-- columns: id <- orders.id; total <- items.x
select o.id, l.total from sales.orders o left join lateral (select sum(i.x) total from sales.items i where i.oid = o.id) l on true

-- case: select x.a, x.b from s.t, jsonb_to_recordset(t.j) as x(a int, b text)
-- tables: db.s.t
-- columns: a <- t.j; b <- t.j
select x.a, x.b from s.t, jsonb_to_recordset(t.j) as x(a int, b text)

-- case: select g from generate_series(1,10) g
-- tables: 
-- columns: 
select g from generate_series(1,10) g

-- case: select d::date from generate_series('2020-01-01', now(), '1 day') d
-- tables: 
-- columns: 
select d::date from generate_series('2020-01-01', now(), '1 day') d

-- case: select u from s.t, unnest(t.arr) with ordinality as x(u, n)
-- tables: db.s.t
-- columns: u <- t.arr
select u from s.t, unnest(t.arr) with ordinality as x(u, n)

-- case: with moved as (delete from s.a returning *) insert into s.b select * f
-- tables: +db.s.a, +db.s.b
-- columns: 
with moved as (delete from s.a returning *) insert into s.b select * from moved

-- case: insert into s.b (x) select y from s.a returning x
-- tables: +db.s.b, db.s.a
-- columns: 
insert into s.b (x) select y from s.a returning x

-- case: update s.t set a = u.b from s.u u where u.id = t.id
-- tables: +db.s.t, db.s.u
-- columns: 
update s.t set a = u.b from s.u u where u.id = t.id

-- case: create temp table tmp as select id from s.t; create index on tmp(id); 
-- tables: +db.public.tmp, db.s.t
-- columns: id <- t.id
create temp table tmp as select id from s.t; create index on tmp(id); analyze tmp; select id from tmp

-- case: create temp table tmp (id int); insert into tmp select id from s.t; se
-- tables: +db.public.tmp, db.s.t
-- columns: id <- t.id
create temp table tmp (id int); insert into tmp select id from s.t; select id from tmp

-- case: select id into temp tmp from s.t; select id from tmp
-- tables: +db.public.tmp, db.s.t
-- columns: id <- t.id
select id into temp tmp from s.t; select id from tmp

-- case: drop table if exists tmp; create temporary table tmp as (select id fro
-- tables: +db.public.tmp, db.s.t
-- columns: id <- t.id
drop table if exists tmp; create temporary table tmp as (select id from s.t); select * from tmp; drop table tmp

-- case: explain analyze select id from s.t
-- tables: db.s.t
-- columns: id <- t.id
explain analyze select id from s.t

-- case: values (1,2),(3,4)
-- tables: 
-- columns: 
values (1,2),(3,4)

-- case: table s.t
-- tables: db.s.t
-- columns: * <- t.*
table s.t

-- case: select (select max(x) from s.u where u.id=t.id) as m, t.a from s.t
-- tables: db.s.t, db.s.u
-- columns: m <- u.x; a <- t.a
select (select max(x) from s.u where u.id=t.id) as m, t.a from s.t

-- case: select a from only s.t
-- tables: db.s.t
-- columns: a <- t.a
select a from only s.t

-- case: select $$from x.y$$ as z, E'it\'s from q.w' as e from s.t
-- tables: db.s.t
-- columns: 
select $$from x.y$$ as z, E'it\'s from q.w' as e from s.t

-- case: select count(*) filter (where a > 1) as n, array_agg(b order by c) as 
-- tables: db.s.t
-- columns: n <- t.a; bs <- t.b, t.c
select count(*) filter (where a > 1) as n, array_agg(b order by c) as bs from s.t

-- case: select distinct on (a) a, b from s.t order by a, b
-- tables: db.s.t
-- columns: a <- t.a; b <- t.b
select distinct on (a) a, b from s.t order by a, b

-- case: select a from s.t tablesample system (10)
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t tablesample system (10)

-- case: select a from s.t union select b from s.u except select c from s.v
-- tables: db.s.t, db.s.u, db.s.v
-- columns: a <- t.a, u.b
select a from s.t union select b from s.u except select c from s.v

-- case: with recursive tree as (select id, parent from s.nodes where parent is
-- tables: db.s.nodes
-- columns: id <- nodes.id
with recursive tree as (select id, parent from s.nodes where parent is null union all select n.id, n.parent from s.nodes n join tree t on n.parent = t.id) select id from tree

-- case: select "A", a from "S"."T"
-- tables: db.S.T
-- columns: A <- T.A; a <- T.a
select "A", a from "S"."T"

-- case: select extract(year from created_at) as y, trim(both 'x' from n) as n2
-- tables: db.s.t
-- columns: y <- t.created_at; n2 <- t.n; s <- t.n; p <- t.n
select extract(year from created_at) as y, trim(both 'x' from n) as n2, substring(n from 1 for 3) as s, position('a' in n) as p from s.t

-- case: select a is distinct from b as x from s.t
-- tables: db.s.t
-- columns: x <- t.a, t.b
select a is distinct from b as x from s.t

-- case: select t.a, u.* from s.t cross join (select b, c from s.u) u
-- tables: db.s.t, db.s.u
-- columns: a <- t.a; b <- u.b; c <- u.c
select t.a, u.* from s.t cross join (select b, c from s.u) u

-- case: select a from s.t natural join s.u
-- tables: db.s.t, db.s.u
-- columns: a <- t.a
select a from s.t natural join s.u

-- case: select id, sum(x) over w as sx from s.t window w as (partition by g or
-- tables: db.s.t
-- columns: id <- t.id; sx <- t.x, t.g, t.d
-- hard: what a named window is made of counts like an inline one, and is not followed
select id, sum(x) over w as sx from s.t window w as (partition by g order by d)

-- case: select r.* from crosstab('select a,b,c from x.y') as r(a text, b int)
-- tables: 
-- columns: 
select r.* from crosstab('select a,b,c from x.y') as r(a text, b int)

-- case: select dblink('from x.y')
-- tables: 
-- columns: 
select dblink('from x.y')

-- case: select o.id from public.orders o, public.customers c where o.cid = c.i
-- tables: db.public.customers, db.public.orders
-- columns: id <- orders.id
select o.id from public.orders o, public.customers c where o.cid = c.id

-- case: SELECT id FROM s.t; ; ;
-- tables: db.s.t
-- columns: id <- t.id
SELECT id FROM s.t; ; ;

-- case: select id from (s.t join s.u using (id)) where x
-- tables: db.s.t, db.s.u
-- columns: id <- t.id, u.id
select id from (s.t join s.u using (id)) where x

-- case: select json_agg(t) from s.t t
-- tables: db.s.t
-- columns: json_agg <- t.t
select json_agg(t) from s.t t

-- case: select row_to_json(x) as j from (select a,b from s.t) x
-- tables: db.s.t
-- columns: j <- t.a, t.b
select row_to_json(x) as j from (select a,b from s.t) x

-- case: select a from s.t for update of t skip locked
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t for update of t skip locked

-- case: select a from s.t order by (select max(z) from s.q) limit (select n fr
-- tables: db.s.cfg, db.s.q, db.s.t
-- columns: a <- t.a
select a from s.t order by (select max(z) from s.q) limit (select n from s.cfg)

-- case: with a as materialized (select x from s.t), b as not materialized (sel
-- tables: db.s.t
-- columns: x <- t.x
with a as materialized (select x from s.t), b as not materialized (select x from a) select x from b

-- case: select coalesce(a, b) c from s.t full outer join s.u on t.id = u.id
-- tables: db.s.t, db.s.u
-- columns: c <- t.a, t.b
select coalesce(a, b) c from s.t full outer join s.u on t.id = u.id

-- case: select xmltable.* from s.t, xmltable('/r' passing data columns a int p
-- tables: db.s.t
-- columns: 
select xmltable.* from s.t, xmltable('/r' passing data columns a int path 'a')

-- case: do $$ begin perform 1 from x.y; end $$; select a from s.t
-- tables: db.s.t
-- columns: a <- t.a
-- errors: parse
do $$ begin perform 1 from x.y; end $$; select a from s.t

-- case: copy (select a from s.t) to stdout
-- tables: db.s.t
-- columns: 
copy (select a from s.t) to stdout

-- case: merge into s.t using s.u on t.id=u.id when matched then delete
-- tables: +db.s.t, db.s.u
-- columns: 
merge into s.t using s.u on t.id=u.id when matched then delete

-- case: select a from s.t where (b, c) in (select d, e from s.u)
-- tables: db.s.t, db.s.u
-- columns: a <- t.a
select a from s.t where (b, c) in (select d, e from s.u)

-- case: select a from s.t where x = any(array(select y from s.u))
-- tables: db.s.t, db.s.u
-- columns: a <- t.a
select a from s.t where x = any(array(select y from s.u))

-- case: select 1 as one, 'a--b' as x, '/* from k.l */' as y from s.t /* nested
-- tables: db.s.t
-- columns: 
select 1 as one, 'a--b' as x, '/* from k.l */' as y from s.t /* nested /* from a.b */ from c.d */

-- case: select a from s.t where x = '{% if y %}from a.b{% endif %}'
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t where x = '{% if y %}from a.b{% endif %}'

-- case: SELECT a FROM s.t WHERE x = $1 AND y = :name AND z = ? AND w = %(p)s
-- tables: db.s.t
-- columns: a <- t.a
SELECT a FROM s.t WHERE x = $1 AND y = :name AND z = ? AND w = %(p)s

-- case: select a from s.t where d > '{{ start }}' form start: type: date defau
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t where d > '{{ start }}' 

{% form %}

start:
  type: date
  default: '2020-01-01'
{% endform %}

{% form %}
b:
  type: multiselect
  default: [a,b]
  options: [a,b,c]
{% endform %}

-- case: with base as (select * from s.t), base2 as (select * from base) select
-- tables: db.s.t
-- columns: * <- t.*
with base as (select * from s.t), base2 as (select * from base) select base2.* from base2

-- case: with s as (select a from s.t) select a from s
-- tables: db.s.t
-- columns: a <- t.a
with s as (select a from s.t) select a from s

-- case: with t as (select a from t) select a from t
-- tables: db.public.t
-- columns: a <- t.a
with t as (select a from t) select a from t

-- case: select a from public.t union all select b from (with t as (select b fr
-- tables: db.public.t, db.s.u
-- columns: a <- t.a, u.b
select a from public.t union all select b from (with t as (select b from s.u) select b from t) q

-- case: select count(*) from s.t; select sum(x) total from s.u
-- tables: db.s.t, db.s.u
-- columns: total <- u.x
select count(*) from s.t; select sum(x) total from s.u

-- case: begin; select a from s.t; commit;
-- tables: db.s.t
-- columns: a <- t.a
begin; select a from s.t; commit;

-- case: select a from s.t ; -- the end
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t
;
-- the end

-- case: select now()
-- tables: 
-- columns: 
select now()

-- case: call s.proc(1)
-- tables: 
-- columns: 
call s.proc(1)

-- case: grant select on s.t to x
-- tables: 
-- columns: 
grant select on s.t to x

-- case: drop table s.t
-- tables: 
-- columns: 
drop table s.t

-- case: alter table s.t add column x int
-- tables: 
-- columns: 
alter table s.t add column x int

-- case: create view s.v as select a from s.t
-- tables: +db.s.v, db.s.t
-- columns: 
create view s.v as select a from s.t

-- case: create table s.n (like s.t including all)
-- tables: +db.s.n, db.s.t
-- columns: 
create table s.n (like s.t including all)

-- case: select a from s.t where x in (select {{ c }} from {{ tbl }})
-- tables: db.s.t
-- columns: a <- t.a
-- errors: render
select a from s.t where x in (select {{ c }} from {{ tbl }})

-- case: select a, from s.t where
-- tables: db.s.t
-- columns: 
-- errors: parse
select a, from s.t where

-- case: slect a from s.t
-- tables: db.s.t
-- columns: 
-- errors: parse
slect a from s.t

-- case: select a from s.t where (b = 1
-- tables: db.s.t
-- columns: 
-- errors: parse
select a from s.t where (b = 1

-- case: select a from s.t t join (select id from s.u) u on t.id = u.id,, s.w
-- tables: db.s.t, db.s.u, db.s.w
-- columns: a <- t.a
select a from s.t t join (select id from s.u) u on t.id = u.id,, s.w
