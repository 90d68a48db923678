-- adapter: jdbc:trino
-- database: db

-- case: use hive.web; select a from t
-- tables: hive.web.t
-- columns: a <- t.a
use hive.web; select a from t

-- case: select a, x from hive.s.t cross join unnest(arr) as u(x)
-- tables: hive.s.t
-- columns: a <- t.a; x <- t.arr
select a, x from hive.s.t cross join unnest(arr) as u(x)

-- case: select a, k, v from hive.s.t cross join unnest(m) as u(k, v)
-- tables: hive.s.t
-- columns: a <- t.a; k <- t.m; v <- t.m
select a, k, v from hive.s.t cross join unnest(m) as u(k, v)

-- case: with recursive t(n) as (values (1) union all select n+1 from t where n
-- tables: 
-- columns: 
with recursive t(n) as (values (1) union all select n+1 from t where n < 5) select n from t

-- case: select approx_distinct(a) n, map_agg(b, c) m, transform(arr, x -> x + 
-- tables: hive.s.t
-- columns: n <- t.a; m <- t.b, t.c; r <- t.arr
select approx_distinct(a) n, map_agg(b, c) m, transform(arr, x -> x + 1) r from hive.s.t

-- case: select try(cast(a as bigint)) b, json_extract_scalar(j, '$.x') c, date
-- tables: hive.s.t
-- columns: b <- t.a; c <- t.j; f <- t.d, t.e
select try(cast(a as bigint)) b, json_extract_scalar(j, '$.x') c, date_diff('day', d, e) f from hive.s.t

-- case: select * from table(sequence(1, 10))
-- tables: 
-- columns: 
select * from table(sequence(1, 10))

-- case: select a from hive.s."t$partitions"
-- tables: hive.s.t$partitions
-- columns: a <- t$partitions.a
select a from hive.s."t$partitions"

-- case: select a from hive.s.t for version as of 123
-- tables: hive.s.t
-- columns: a <- t.a
select a from hive.s.t for version as of 123

-- case: create table hive.s.n with (format='parquet') as select a from hive.s.
-- tables: +hive.s.n, hive.s.t
-- columns: 
create table hive.s.n with (format='parquet') as select a from hive.s.t

-- case: select a from hive.s.t match_recognize (partition by x order by y meas
-- tables: hive.s.t
-- columns: a <- t.a
select a from hive.s.t match_recognize (partition by x order by y measures a.z as q pattern (a) define a as true)

-- case: select grouping(a), a, sum(b) s from hive.s.t group by grouping sets (
-- tables: hive.s.t
-- columns: _col0 <- t.a; a <- t.a; s <- t.b
select grouping(a), a, sum(b) s from hive.s.t group by grouping sets ((a), ())

-- case: select if(a > 1, b) c, coalesce(d, e) f from hive.s.t
-- tables: hive.s.t
-- columns: c <- t.a, t.b; f <- t.d, t.e
select if(a > 1, b) c, coalesce(d, e) f from hive.s.t
