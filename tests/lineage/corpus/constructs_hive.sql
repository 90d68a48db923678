-- adapter: jdbc:hive
-- database: db

-- case: use mydb; select a from t
-- tables: mydb.t
-- columns: a <- t.a
use mydb; select a from t

-- case: from s.t insert overwrite table s.u select a
-- tables: +s.u, s.t
-- columns: 
-- errors: parse
from s.t insert overwrite table s.u select a

-- case: insert overwrite directory '/x' select a from s.t
-- tables: s.t
-- columns: 
insert overwrite directory '/x' select a from s.t

-- case: insert overwrite table s.u partition (dt='x') select a from s.t
-- tables: +s.u, s.t
-- columns: 
insert overwrite table s.u partition (dt='x') select a from s.t

-- case: set hive.exec.parallel=true; select a from s.t lateral view outer expl
-- tables: s.t
-- columns: a <- t.a
set hive.exec.parallel=true; select a from s.t lateral view outer explode(split(b, ',')) x as y

-- case: add jar s3://x/y.jar; select a from s.t
-- tables: s.t
-- columns: a <- t.a
-- errors: parse
add jar s3://x/y.jar; select a from s.t

-- case: select get_json_object(j, '$.a') as a, nvl(b, 0) n from s.t where dt =
-- tables: s.t
-- columns: a <- t.j; n <- t.b
select get_json_object(j, '$.a') as a, nvl(b, 0) n from s.t where dt = '${hiveconf:dt}'
