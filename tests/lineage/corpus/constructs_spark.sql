-- adapter: jdbc:spark
-- database: db

-- case: select a, b from s.t distribute by a sort by b
-- tables: db.s.t
-- columns: a <- t.a; b <- t.b
select a, b from s.t distribute by a sort by b
