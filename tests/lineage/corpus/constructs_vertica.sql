-- adapter: jdbc:vertica
-- database: db

-- case: select a from s.t timeseries slice as '1 minute' over (partition by b 
-- tables: db.s.t
-- columns: a <- t.a
-- errors: parse
-- hard: sqlglot does not read TIMESERIES
select a from s.t timeseries slice as '1 minute' over (partition by b order by c)

-- case: select /*+label(x)*/ a, first_value(b ignore nulls) over (partition by
-- tables: db.s.t
-- columns: a <- t.a; f <- t.b, t.c, t.d
-- errors: parse
-- hard: sqlglot does not read LIMIT OVER
select /*+label(x)*/ a, first_value(b ignore nulls) over (partition by c order by d) f from s.t limit 1 over (partition by a order by b)

-- case: at epoch latest select a from s.t
-- tables: db.s.t
-- columns: a <- t.a
at epoch latest select a from s.t

-- case: create local temp table x on commit preserve rows as select a from s.t
-- tables: +db.public.x, db.s.t
-- columns: a <- t.a
create local temp table x on commit preserve rows as select a from s.t; select a from x
