-- adapter: jdbc:redshift
-- database: db

-- case: select date_trunc('{{ grain }}', d) as d, i from s.t
-- tables: db.s.t
-- columns: d <- t.d; i <- t.i
-- errors: render
select date_trunc('{{ grain }}', d) as d, i from s.t

-- case: select date_trunc({{ grain }}, d) as d2, {{ agg }}(x) as v from s.t
-- tables: db.s.t
-- columns: d2 <- t.d; v <- t.x
-- errors: render
select date_trunc({{ grain }}, d) as d2, {{ agg }}(x) as v from s.t
