-- adapter: jdbc:sqlserver
-- database: db
-- Statements without semicolons, control flow, temporary tables: from Microsoft's documentation of Transact-SQL.

-- case: declare in front of a select
-- tables: db.dbo.ev
-- columns: * <- ev.*
-- uses: filter ev.d
-- verified: documentation
declare @d date = '2024-01-01'
select * from dbo.ev where d > @d

-- case: several declares and a join
-- tables: db.dbo.o, db.dbo.c
-- columns: a <- o.a; n <- c.n
-- uses: join o.cid, join c.id, filter o.d
-- verified: documentation
declare @a int, @b int = 3
declare @c varchar(10) = 'x'
select o.a, c.n from dbo.o o join dbo.c c on c.id = o.cid where o.d = @b

-- case: set nocount on
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
set nocount on
select a from dbo.o

-- case: several set options
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
set ansi_nulls on
set transaction isolation level read uncommitted
set statistics io, time off
select a from dbo.o

-- case: use in front
-- tables: x.dbo.o
-- columns: a <- o.a
-- verified: documentation
use x
select a from o

-- case: print in front
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
print 'from dbo.nothing'
select a from dbo.o

-- case: table variable with columns
-- tables: +@t, db.dbo.o
-- columns: id <- o.a; nm <- o.b
-- verified: documentation
declare @t table (id int, nm varchar(10))
insert into @t select o.a, o.b from dbo.o o
select id, nm from @t

-- case: select into, index, read again
-- tables: +#x, db.dbo.o
-- columns: a <- o.a
-- uses: other o.b
-- verified: documentation
select a, b into #x from dbo.o
create clustered index ix on #x (a)
select a from #x

-- case: drop if object_id
-- tables: +#x, db.dbo.o
-- columns: a <- o.a
-- verified: documentation
if object_id('tempdb..#x') is not null drop table #x
select a into #x from dbo.o
select a from #x

-- case: drop table if exists
-- tables: +#x, db.dbo.o
-- columns: a <- o.a
-- verified: documentation
drop table if exists #x, #y
select a into #x from dbo.o
select a from #x

-- case: try and catch
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
begin try
  select a from dbo.o
end try
begin catch
  select error_number() as n, error_message() as m
end catch

-- case: semicolon in front of with
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
;with c as (select a from dbo.o) select a from c

-- case: with after set
-- tables: db.dbo.o, db.dbo.p
-- columns: a <- o.a; b <- p.b
-- uses: join o.id, join p.id
-- verified: documentation
set nocount on
;with c as (select a, id from dbo.o), e (b, id) as (select b, id from dbo.p)
select c.a, e.b from c join e on e.id = c.id

-- case: create table, insert, insert exec
-- tables: +#t, db.dbo.o
-- columns: a <- o.x
-- uses: other o.y
-- verified: documentation
create table #t (a int, b int)
insert into #t select x, y from dbo.o
insert #t exec dbo.p 1, 'x'
select a from #t

-- case: insert values twice
-- tables: +#t, db.dbo.o
-- columns: a <- o.a
-- verified: documentation
insert into #t (a) values (1)
insert into #t (a) values (2), (3)
select a from dbo.o

-- case: update and select
-- tables: +db.dbo.o, db.dbo.p, db.dbo.q
-- columns: a <- q.a
-- uses: join o.id, join p.id, filter p.c, other p.b
-- verified: documentation
update o set o.a = p.b from dbo.o o join dbo.p p on p.id = o.id where p.c = 1
select a from dbo.q

-- case: delete and select
-- tables: +db.dbo.o, db.dbo.q
-- columns: a <- q.a
-- uses: filter o.b
-- verified: documentation
delete from dbo.o where b = 1
select a from dbo.q

-- case: truncate and select
-- tables: db.dbo.q
-- columns: a <- q.a
-- verified: documentation
truncate table dbo.o
select a from dbo.q

-- case: if exists else
-- tables: db.dbo.flag, db.dbo.o, db.dbo.p
-- columns: b <- p.b
-- uses: filter flag.x, other o.a
-- verified: documentation
if exists (select 1 from dbo.flag where x = 1)
  select a from dbo.o
else
  select b from dbo.p

-- case: while with begin and end
-- tables: +#r, db.dbo.c, db.dbo.o
-- columns: a <- o.a
-- uses: other c.n, filter o.n
-- verified: documentation
declare @i int = 0
while @i < (select max(n) from dbo.c)
begin
  insert into #r select a from dbo.o where n = @i
  set @i = @i + 1
end
select a from #r

-- case: variable filled by a select is no result
-- tables: db.dbo.o, db.dbo.p
-- columns: b <- p.b
-- uses: other o.id, filter p.id
-- verified: documentation
declare @m int
select @m = max(id) from dbo.o
select b from dbo.p where id = @m

-- case: set from a subquery
-- tables: db.dbo.o, db.dbo.p
-- columns: b <- p.b
-- uses: other o.id, filter p.id
-- verified: documentation
declare @m int
set @m = (select max(id) from dbo.o)
select b from dbo.p where id = @m

-- case: cursor
-- tables: db.dbo.o, db.dbo.p
-- columns: b <- p.b
-- uses: other o.a
-- verified: documentation
declare c cursor local fast_forward for select a from dbo.o
open c
fetch next from c into @a
close c
deallocate c
select b from dbo.p

-- case: union is one statement
-- tables: db.dbo.o, db.dbo.p, db.dbo.q
-- columns: c <- q.c
-- uses: other o.a, other p.b
-- verified: documentation
select a from dbo.o
union all
select b from dbo.p
select c from dbo.q

-- case: offset and fetch are one statement
-- tables: db.dbo.o, db.dbo.q
-- columns: c <- q.c
-- uses: order o.a
-- verified: documentation
select a from dbo.o order by a offset 5 rows fetch next 10 rows only
select c from dbo.q

-- case: case and end inside
-- tables: db.dbo.o, db.dbo.q
-- columns: c <- q.c
-- uses: other o.a, filter o.b
-- verified: documentation
select case when a = 1 then b else 0 end as v from dbo.o where case b when 1 then 2 end = 2
select c from dbo.q

-- case: go between batches
-- tables: +db.dbo.v, db.dbo.o
-- columns: a <- o.a
-- verified: documentation
create view dbo.v as select a from dbo.o
go
select a from dbo.v
go 2

-- case: execute a procedure
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
exec dbo.refresh_all @x = 1, @y = 'from dbo.z'
select a from dbo.o

-- case: execute a literal
-- tables: db.dbo.z
-- columns: a <- z.a
-- uses: filter z.b
-- verified: documentation
exec sp_executesql N'select a from dbo.z where b = ''x''', N'@p int', @p = 1

-- case: execute what is put together
-- tables: db.dbo.o
-- columns: a <- o.a
-- errors: parse
-- verified: documentation
declare @sql nvarchar(max)
set @sql = N'select a from ' + @t
exec (@sql)
select a from dbo.o

-- case: merge keeps its branches
-- tables: +db.dbo.t, db.dbo.s, db.dbo.q
-- columns: c <- q.c
-- uses: join t.id, join s.id, other s.id, other s.v
-- verified: documentation
merge dbo.t as t using dbo.s as s on t.id = s.id
when matched then update set v = s.v
when not matched by target then insert (id, v) values (s.id, s.v)
when not matched by source then delete;
select c from dbo.q

-- case: transaction
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
begin tran
select a from dbo.o
commit tran

-- case: raiserror and waitfor
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
raiserror('x', 10, 1) with nowait
waitfor delay '00:00:01'
select a from dbo.o

-- case: alter table and dbcc
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
alter table #x add c int
alter table #x drop column d
dbcc freeproccache
select a from dbo.o

-- case: option and grouping at the end
-- tables: db.dbo.o, db.dbo.q
-- columns: c <- q.c
-- uses: group o.a
-- verified: documentation
select a, count(*) as n from dbo.o group by a with rollup option (maxdop 1, recompile)
select c from dbo.q

-- case: grant in front
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
grant select, insert on dbo.o to public
select a from dbo.o

-- case: hint without with
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
select a from dbo.o (nolock)

-- case: hint and alias
-- tables: db.dbo.o
-- columns: a <- o.a
-- uses: filter o.b
-- verified: documentation
select x.a from dbo.o (nolock) x where x.b = 1

-- case: alias and hint
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
select x.a from dbo.o as x (nolock)

-- case: hints in joins with brackets
-- tables: db.dbo.o, db.dbo.p, db.dbo.q
-- columns: a <- o.a; b <- p.b
-- uses: join o.id, join p.id, join q.id
-- verified: documentation
select o.a, p.b from [dbo].[o] (nolock) o join dbo.p p (readpast, updlock) on p.id = o.id
left join dbo.q as q with(nolock, index(ix_q)) on q.id = o.id

-- case: hint in a comma list
-- tables: db.dbo.o, db.dbo.p
-- columns: a <- o.a; b <- p.b
-- uses: filter o.id, filter p.id
-- verified: documentation
select o.a, p.b from dbo.o o (nolock), dbo.p p (nolock) where o.id = p.id

-- case: hint in a subquery and a string that looks like one
-- tables: db.dbo.o, db.dbo.p
-- columns: a <- o.a
-- uses: filter o.id, filter p.id, filter p.n
-- verified: documentation
select a from dbo.o where id in (select id from dbo.p (nolock) where n = 'x (nolock)')

-- case: index hints of old
-- tables: db.dbo.o
-- columns: a <- o.a
-- verified: documentation
select a from dbo.o (index = ix_a) where 1 = 1

-- case: system tables
-- tables: db.sys.sysobjects, db.sys.columns, db.INFORMATION_SCHEMA.TABLES
-- columns: name <- sysobjects.name; cn <- columns.name
-- uses: join sysobjects.id, join columns.object_id, filter sysobjects.name, filter TABLES.TABLE_NAME
-- verified: documentation
select o.name, c.name as cn from sysobjects o join sys.columns c on c.object_id = o.id
where o.name in (select t.TABLE_NAME from INFORMATION_SCHEMA.TABLES t)

-- case: changetable
-- tables: db.dbo.t
-- columns: id <- t.id
-- verified: documentation
select c.id from changetable(changes dbo.t, 1) as c

-- case: containstable
-- tables: db.dbo.t
-- columns: a <- t.a
-- uses: join t.id
-- verified: documentation
select t.a from dbo.t t join containstable(dbo.t, *, 'x') k on k.[key] = t.id

-- case: names of results
-- tables: db.dbo.o
-- columns: a <- o.a
-- outputs: a | | 
-- verified: documentation
select a, count(*), getdate() from dbo.o

-- case: create index alone is no read
-- tables:
-- columns:
-- verified: documentation
create unique nonclustered index ix on dbo.o (a) include (b)
