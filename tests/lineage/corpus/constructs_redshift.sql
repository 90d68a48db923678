-- adapter: jdbc:redshift
-- database: db

-- case: set search_path = 'sales'; select a from t
-- tables: db.sales.t
-- columns: a <- t.a
set search_path = 'sales'; select a from t

-- case: unload ('select a from s.t where b = ''x''') to 's3://b' iam_role 'r'
-- tables: db.s.t
-- columns: a <- t.a
unload ('select a from s.t where b = ''x''') to 's3://b' iam_role 'r'

-- case: create temp table #tmp as select a from s.t; select a from #tmp
-- tables: +#tmp, db.s.t
-- columns: a <- t.a
create temp table #tmp as select a from s.t; select a from #tmp

-- case: select top 10 a from s.t
-- tables: db.s.t
-- columns: a <- t.a
select top 10 a from s.t

-- case: select p.a, i.b from s.t p, p.items i
-- tables: db.s.t
-- columns: a <- t.a; b <- t.items
select p.a, i.b from s.t p, p.items i

-- case: create table if not exists s.n distkey(a) sortkey(b) as select a, b fr
-- tables: +db.s.n, db.s.t
-- columns: 
create table if not exists s.n distkey(a) sortkey(b) as select a, b from s.t

-- case: select a, listagg(b, ',') within group (order by c) over (partition by
-- tables: db.s.t
-- columns: a <- t.a; l <- t.a, t.b, t.c
select a, listagg(b, ',') within group (order by c) over (partition by a) as l from s.t qualify row_number() over (partition by a order by b) = 1

-- case: select * from ext.s.t approximate
-- tables: ext.s.t
-- columns: * <- t.*
select * from ext.s.t approximate

-- case: select approximate count(distinct a) as n from s.t
-- tables: db.s.t
-- columns: n <- t.a
select approximate count(distinct a) as n from s.t

-- case: select getdate() as g, dateadd(day, -1, d) as y, datediff(month, a, b)
-- tables: db.s.t
-- columns: y <- t.d; m <- t.a, t.b
select getdate() as g, dateadd(day, -1, d) as y, datediff(month, a, b) as m from s.t

-- case: insert into s.x (select a from s.t)
-- tables: +db.s.x, db.s.t
-- columns: 
insert into s.x (select a from s.t)

-- case: vacuum s.t; analyze s.t; select a from S."T"
-- tables: db.s.t
-- columns: a <- t.a
vacuum s.t; analyze s.t; select a from S."T"

-- case: select a from s.t where b like '%from x.y%' and c ilike any (array['fr
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t where b like '%from x.y%' and c ilike any (array['from q.w'])
