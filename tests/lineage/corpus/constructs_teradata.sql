-- adapter: jdbc:teradata
-- database: db

-- case: sel top 10 a from db1.t qualify row_number() over (order by b) = 1
-- tables: db1.t
-- columns: a <- t.a
sel top 10 a from db1.t qualify row_number() over (order by b) = 1

-- case: locking row for access select a from db1.t
-- tables: db1.t
-- columns: a <- t.a
locking row for access select a from db1.t

-- case: create volatile table vt as (select a from db1.t) with data on commit 
-- tables: +db.vt, db1.t
-- columns: a <- t.a
create volatile table vt as (select a from db1.t) with data on commit preserve rows; select a from vt
