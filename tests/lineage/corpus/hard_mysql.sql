-- adapter: jdbc:mysql
-- database: db
-- From MySQL's documentation: names of results, variables, partitions.

-- case: names of results
-- tables: db.t
-- columns: SUM( a ) <- t.a; a+1 <- t.a; cast(a as char) <- t.a
-- outputs: COUNT(*) | SUM( a ) | a+1 | cast(a as char) | x
-- verified: documentation
select COUNT(*), SUM( a ), a+1, cast(a as char), 'x' from t

-- case: partitions
-- tables: db.t
-- columns: a <- t.a
-- uses: filter t.b
-- verified: documentation
select a from t partition (p0, p1) where b = 1

-- case: variable from a query
-- tables: db.t, db.u
-- columns: a <- u.a
-- uses: other t.d, filter u.d
-- verified: documentation
set @d = (select max(d) from t); select a from u where d = @d

-- case: create index is no read
-- tables: db.t
-- columns: b <- t.b
-- verified: documentation
create index ix on u (a); select b from t

-- case: information schema
-- tables: information_schema.columns
-- columns: TABLE_NAME <- columns.TABLE_NAME
-- verified: documentation
select TABLE_NAME from information_schema.columns

-- case: straight uses
-- tables: db.o, db.c
-- columns: n <- c.n
-- uses: join o.cid, join c.id, group c.n, order o.at, filter o.x
-- verified: documentation
select c.n from o join c on c.id = o.cid where o.x = 1 group by c.n order by max(o.at)
