-- adapter: jdbc:presto
-- database: db

-- case: use web; select a from t
-- tables: db.web.t
-- columns: a <- t.a
use web; select a from t

-- case: select a from s.t order by 1 limit all
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t order by 1 limit all
