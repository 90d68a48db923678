-- adapter: jdbc:clickhouse
-- database: db

-- case: use stats; select a from t
-- tables: stats.t
-- columns: a <- t.a
use stats; select a from t

-- case: select a, tag from s.t final array join tags as tag prewhere x = 1 set
-- tables: s.t
-- columns: a <- t.a; tag <- t.tags
select a, tag from s.t final array join tags as tag prewhere x = 1 settings max_threads=1

-- case: select a from s.t global any left join s.u using id
-- tables: s.t, s.u
-- columns: a <- t.a
select a from s.t global any left join s.u using id

-- case: select a from numbers(10), s.t
-- tables: s.t
-- columns: a <- t.a
select a from numbers(10), s.t

-- case: with (select max(d) from s.u) as m select a from s.t where d = m forma
-- tables: s.t, s.u
-- columns: a <- t.a
with (select max(d) from s.u) as m select a from s.t where d = m format JSON

-- case: with toDate('2020-01-01') as d0 select a, d0 from s.t
-- tables: s.t
-- columns: a <- t.a
with toDate('2020-01-01') as d0 select a, d0 from s.t

-- case: select a from remote('h', s.t)
-- tables: s.t
-- columns: a <- t.a
select a from remote('h', s.t)

-- case: select a from s3('https://x', 'CSV')
-- tables: 
-- columns: 
select a from s3('https://x', 'CSV')

-- case: select argMax(a, b) x, countIf(c > 1) y, a as q, q + 1 as r from s.t l
-- tables: s.t
-- columns: x <- t.a, t.b; y <- t.c; q <- t.a; r <- t.a
select argMax(a, b) x, countIf(c > 1) y, a as q, q + 1 as r from s.t limit 1 by a

-- case: select * from merge('s', '^t')
-- tables: 
-- columns: 
select * from merge('s', '^t')

-- case: select a from cluster('c', s, t)
-- tables: s.t
-- columns: a <- t.a
select a from cluster('c', s, t)

-- case: select dictGet('s.dict', 'x', id) as v from s.t
-- tables: s.t, s.dict
-- columns: v <- t.id
select dictGet('s.dict', 'x', id) as v from s.t

-- case: insert into s.u select a from s.t
-- tables: +s.u, s.t
-- columns: 
insert into s.u select a from s.t

-- case: select a from s.t sample 0.1 offset 0.5
-- tables: s.t
-- columns: a <- t.a
select a from s.t sample 0.1 offset 0.5

-- case: select a from s.t asof join s.u on t.id = u.id and t.ts >= u.ts
-- tables: s.t, s.u
-- columns: a <- t.a
select a from s.t asof join s.u on t.id = u.id and t.ts >= u.ts
