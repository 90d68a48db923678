-- adapter: jdbc:databricks
-- database: db

-- case: select i from {{ catalog }}.s.t
-- tables: s.t
-- columns: i <- t.i
-- errors: render
select i from {{ catalog }}.s.t
