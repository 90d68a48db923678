-- adapter: jdbc:impala
-- database: db

-- case: select a from s.t t, t.arr x
-- tables: s.t
-- columns: a <- t.a
select a from s.t t, t.arr x

-- case: select straight_join a from s.t join [shuffle] s.u on t.id=u.id
-- tables: s.t, s.u
-- columns: a <- t.a
select straight_join a from s.t join [shuffle] s.u on t.id=u.id

-- case: refresh s.t; invalidate metadata s.t; select a from s.t
-- tables: s.t
-- columns: a <- t.a
-- errors: parse
refresh s.t; invalidate metadata s.t; select a from s.t

-- case: compute stats s.t
-- tables: 
-- columns: 
-- errors: parse
compute stats s.t
