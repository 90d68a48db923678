-- adapter: jdbc:databricks
-- database: c
-- From Databricks' documentation: change data feed, streams, names of results.

-- case: table changes
-- tables: c.s.t
-- columns: * <- t.*
-- verified: documentation
select * from table_changes('c.s.t', 1)

-- case: table changes between versions, with an alias
-- tables: c.s.t
-- columns: a <- t.a; _change_type <- t._change_type
-- uses: filter t._commit_version
-- verified: documentation
select tc.a, tc._change_type from table_changes('s.t', 1, 9) tc where tc._commit_version = 3

-- case: stream with brackets
-- tables: c.s.t
-- columns: a <- t.a
-- verified: documentation
select a from stream(c.s.t)

-- case: stream without brackets
-- tables: c.s.t
-- columns: a <- t.a
-- verified: documentation
select x.a from stream c.s.t as x

-- case: identifier
-- tables: c.s.t
-- columns: a <- t.a
-- verified: documentation
select a from identifier('c.s.t')

-- case: everything of files
-- tables:
-- columns:
-- outputs: *
-- verified: documentation
select * from read_files('/x')

-- case: refresh and optimize are no reads
-- tables: c.s.t
-- columns: a <- t.a
-- verified: documentation
refresh table c.s.u; optimize c.s.v zorder by (x); select a from c.s.t

-- case: names of results
-- tables: c.s.o
-- columns: sum(amount) <- o.amount; a <- o.a; (a + 1) <- o.a; upper(b) <- o.b; count(DISTINCT a) <- o.a; date_trunc(month, ts) <- o.ts
-- outputs: count(1) | sum(amount) | a | (a + 1) | upper(b) | count(DISTINCT a) | date_trunc(month, ts)
-- verified: documentation
select count(*), sum(o.amount), cast(a as date), a + 1, upper(b), count(distinct a), date_trunc('month', ts) from c.s.o o
