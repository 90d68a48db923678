-- adapter: jdbc:denodo
-- database: db

-- case: select a from vdb.v context('x'='y')
-- tables: vdb.v
-- columns: a <- v.a
select a from vdb.v context('x'='y')
