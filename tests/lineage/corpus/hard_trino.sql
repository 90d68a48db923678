-- adapter: jdbc:trino
-- database: hive
-- From Trino's documentation: table arguments, names of results.

-- case: exclude columns
-- tables: hive.orders
-- columns: * <- orders.*
-- verified: documentation
select * from table(exclude_columns(input => table(orders), columns => descriptor(x)))

-- case: table argument with partition and order
-- tables: c.s.t
-- columns:
-- verified: documentation
select a from table(my.f(input => table(c.s.t) partition by x order by y))

-- case: query argument
-- tables: c.s.t
-- columns:
-- uses: other t.a
-- verified: documentation
select * from table(my.f(input => table(select a from c.s.t)))

-- case: query of another system
-- tables:
-- columns:
-- outputs: *
-- verified: documentation
select * from table(mysql.system.query(query => 'select a from t'))

-- case: names of results
-- tables: hive.s.t
-- columns: a <- t.a; _col2 <- t.b; _col3 <- t.c
-- outputs: _col0 | a | _col2 | _col3
-- verified: documentation
select count(*), a, sum(b), cast(c as varchar) from s.t
