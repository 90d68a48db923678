-- adapter: jdbc:clickhouse
-- database: db
-- From ClickHouse's documentation: table functions, dictionaries, IN, names of results.

-- case: cluster with a dotted name
-- tables: s.t
-- columns: a <- t.a
-- verified: documentation
select a from cluster('c', s.t)

-- case: all replicas with strings
-- tables: system.query_log
-- columns: query <- query_log.query
-- uses: filter query_log.type
-- verified: documentation
select query from clusterAllReplicas('c', 'system', 'query_log') where type = 2

-- case: remote with database and table
-- tables: s.t, db.y
-- columns: a <- t.a
-- uses: join t.id, join y.id
-- verified: documentation
select x.a from remote('h:9000', s, t) as x join y on x.id = y.id

-- case: secure remote with credentials
-- tables: s.t
-- columns: a <- t.a
-- verified: documentation
select a from remoteSecure('h', s.t, 'user', 'secret')

-- case: value of a dictionary
-- tables: db.t, s.d
-- columns: v <- t.id
-- verified: documentation
select dictGet('s.d', 'x', id) as v from t

-- case: dictionary in where
-- tables: db.t, db.d2
-- columns: a <- t.a
-- uses: filter t.id
-- verified: documentation
select a from t where dictHas('d2', id)

-- case: dictionary as a table
-- tables: s.d
-- columns: a <- d.a
-- verified: documentation
select a from dictionary('s.d')

-- case: join table
-- tables: db.t, s.j
-- columns: x <- t.id
-- verified: documentation
select joinGet('s.j', 'v', id) as x from t

-- case: in a table
-- tables: db.t, s.ids
-- columns: a <- t.a
-- uses: filter t.id
-- verified: documentation
select a from t where id in s.ids

-- case: not in a table of the default database
-- tables: db.t, db.ids
-- columns: a <- t.a
-- uses: filter t.id, filter t.b
-- verified: documentation
select a from t where (id, b) not in ids

-- case: in a cte
-- tables: db.t, db.q
-- columns: a <- t.a
-- uses: filter t.id, other q.id
-- verified: documentation
with ids as (select id from q) select a from t where id in ids

-- case: view
-- tables: s.t
-- columns: a <- t.a
-- verified: documentation
select v.a from view(select a from s.t) as v

-- case: names of results
-- tables: db.t
-- columns: sum(b) <- t.b; plus(a, 1) <- t.a; toDate(ts) <- t.ts; if(equals(a, 1), 2, 3) <- t.a
-- outputs: count() | sum(b) | plus(a, 1) | toDate(ts) | if(equals(a, 1), 2, 3)
-- verified: documentation
select count(*), sum(b), a + 1, toDate(ts), if(a = 1, 2, 3) from t
