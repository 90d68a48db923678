-- adapter: jdbc:sqlserver
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

-- case: use other go select a from t
-- tables: other.dbo.t
-- columns: a <- t.a
use other
go
select a from t

-- case: USE [My DB]; SELECT a FROM [dbo].[T 1]
-- tables: My DB.dbo.T 1
-- columns: a <- T 1.a
USE [My DB];
SELECT a FROM [dbo].[T 1]

-- case: select top (10) a from [db2]..[t] with (nolock)
-- tables: db2.dbo.t
-- columns: a <- t.a
select top (10) a from [db2]..[t] with (nolock)

-- case: select a into #x from s.t; select a from #x
-- tables: +#x, db.s.t
-- columns: a <- t.a
select a into #x from s.t; select a from #x

-- case: with x as (select a from s.t) select a from x option (maxrecursion 0)
-- tables: db.s.t
-- columns: a <- t.a
with x as (select a from s.t) select a from x option (maxrecursion 0)

-- case: select t.a, x.b from s.t t cross apply (select top 1 b from s.u u wher
-- tables: db.s.t, db.s.u
-- columns: a <- t.a; b <- u.b
select t.a, x.b from s.t t cross apply (select top 1 b from s.u u where u.id = t.id order by c) x

-- case: select t.a, v.value from s.t t outer apply string_split(t.tags, ',') v
-- tables: db.s.t
-- columns: a <- t.a; value <- t.tags
select t.a, v.value from s.t t outer apply string_split(t.tags, ',') v

-- case: declare @d date = (select max(d) from s.u); select a from s.t where d 
-- tables: db.s.t, db.s.u
-- columns: a <- t.a
declare @d date = (select max(d) from s.u); select a from s.t where d = @d

-- case: declare @t table (id int); insert into @t select id from s.t; select i
-- tables: +@t, db.s.t
-- columns: id <- t.id
declare @t table (id int); insert into @t select id from s.t; select id from @t

-- case: if object_id('tempdb..#x') is not null drop table #x; select a into #x
-- tables: +#x, db.s.t
-- columns: a <- t.a
if object_id('tempdb..#x') is not null drop table #x; select a into #x from s.t; select a from #x

-- case: set nocount on; select a from s.t
-- tables: db.s.t
-- columns: a <- t.a
set nocount on; select a from s.t

-- case: select a from srv.db3.s.t
-- tables: db3.s.t
-- columns: a <- t.a
select a from srv.db3.s.t

-- case: select [a b] as [c d], b = x + y from s.t
-- tables: db.s.t
-- columns: c d <- t.a b; b <- t.x, t.y
select [a b] as [c d], b = x + y from s.t

-- case: select * from (select a, q from s.t) p pivot (sum(a) for q in ([1],[2]
-- tables: db.s.t
-- columns: 1 <- t.a, t.q; 2 <- t.a, t.q
select * from (select a, q from s.t) p pivot (sum(a) for q in ([1],[2])) as pv

-- case: exec sp_x @a = 'from x.y'
-- tables: 
-- columns: 
exec sp_x @a = 'from x.y'

-- case: select a from openjson(@j) with (a int '$.a')
-- tables: 
-- columns: 
select a from openjson(@j) with (a int '$.a')

-- case: select iif(a > 1, b, c) as x, convert(date, d) as y, try_cast(e as int
-- tables: db.s.t
-- columns: x <- t.a, t.b, t.c; y <- t.d; z <- t.e
select iif(a > 1, b, c) as x, convert(date, d) as y, try_cast(e as int) as z from s.t

-- case: select a from s.t for xml path('')
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t for xml path('')

-- case: select a from s.t for json auto
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t for json auto

-- case: begin tran; update x set a = 1 from s.t x; commit
-- tables: +db.s.t
-- columns: 
begin tran; update x set a = 1 from s.t x; commit

-- case: select a from s.t union all select b from s.u order by 1 offset 5 rows
-- tables: db.s.t, db.s.u
-- columns: a <- t.a, u.b
select a from s.t union all select b from s.u order by 1 offset 5 rows fetch next 5 rows only

-- case: while 1=1 begin select a from s.t end
-- tables: db.s.t
-- columns: a <- t.a
while 1=1 begin select a from s.t end

-- case: select a from s.t for system_time as of '2020-01-01'
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t for system_time as of '2020-01-01'

-- case: SELECT a FROM s.t GO SELECT b FROM s.u GO
-- tables: db.s.t, db.s.u
-- columns: b <- u.b
SELECT a FROM s.t
GO
SELECT b FROM s.u
GO

-- case: select a from openquery(linked, 'select x from y.z')
-- tables: 
-- columns: 
select a from openquery(linked, 'select x from y.z')
