-- adapter: jdbc:athena
-- database: db

-- case: select "a b" from "my-db"."t-1"
-- tables: awsdatacatalog.my-db.t-1
-- columns: a b <- t-1.a b
select "a b" from "my-db"."t-1"

-- case: select a from t
-- tables: awsdatacatalog.db.t
-- columns: a <- t.a
select a from t

-- case: select a from awsdatacatalog.s.t where dt between date '2020-01-01' an
-- tables: awsdatacatalog.s.t
-- columns: a <- t.a
select a from awsdatacatalog.s.t where dt between date '2020-01-01' and date_add('day', -1, current_date)

-- case: select a from s.t tablesample bernoulli(10)
-- tables: awsdatacatalog.s.t
-- columns: a <- t.a
select a from s.t tablesample bernoulli(10)

-- case: unload (select a from s.t) to 's3://x' with (format='PARQUET')
-- tables: awsdatacatalog.s.t
-- columns: 
-- errors: parse
unload (select a from s.t) to 's3://x' with (format='PARQUET')
