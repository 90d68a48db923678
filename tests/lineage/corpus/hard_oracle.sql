-- adapter: jdbc:oracle
-- database: DB
-- From Oracle's SQL Language Reference: partitions, system views, names of results.

-- case: partition and alias
-- tables: DB.S.T
-- columns: A <- T.A
-- uses: filter T.B
-- verified: documentation
select x.a from s.t partition (p1) x where x.b = 1

-- case: subpartition
-- tables: DB.S.T
-- columns: A <- T.A
-- verified: documentation
select a from s.t subpartition (sp2)

-- case: partition for a value, in a join
-- tables: DB.S.T, DB.S.U
-- columns: A <- T.A; B <- U.B
-- uses: join T.ID, join U.ID
-- verified: documentation
select x.a, y.b from s.t partition for (date '2024-01-01') x join s.u partition (p2) y on y.id = x.id

-- case: partition by stays a window
-- tables: DB.S.T
-- columns: R <- T.A, T.B
-- uses: window T.A, window T.B
-- verified: documentation
select row_number() over (partition by a order by b) r from s.t

-- case: containers
-- tables: DB.S.T
-- columns: A <- T.A
-- verified: documentation
select a from containers(s.t)

-- case: system views
-- tables: DB.SYS.ALL_TABLES, DB.SYS.V$SESSION, DB.SYS.USER_TAB_COLUMNS
-- columns: OWNER <- ALL_TABLES.OWNER; SID <- V$SESSION.SID; COLUMN_NAME <- USER_TAB_COLUMNS.COLUMN_NAME
-- verified: documentation
select a.owner, s.sid, u.column_name from all_tables a cross join v$session s cross join user_tab_columns u

-- case: a table whose name begins like a system view
-- tables: DB.USER_EVENTS
-- columns: A <- USER_EVENTS.A
-- verified: documentation
select a from user_events

-- case: names of results
-- tables: DB.S.T
-- columns: SUM(AMOUNT) <- T.AMOUNT; A+1 <- T.A
-- outputs: COUNT(*) | SUM(AMOUNT) | A+1
-- verified: documentation
select count(*), sum( amount ), a + 1 from s.t
