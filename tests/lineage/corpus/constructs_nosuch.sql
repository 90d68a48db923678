-- adapter: jdbc:nosuch
-- database: db

-- case: select a from s.t
-- tables: db.s.t
-- columns: a <- t.a
select a from s.t
