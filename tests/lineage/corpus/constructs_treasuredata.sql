-- adapter: jdbc:treasuredata
-- database: db

-- case: select td_time_format(time, 'yyyy') y from s.t where td_interval(time,
-- tables: s.t
-- columns: y <- t.time
select td_time_format(time, 'yyyy') y from s.t where td_interval(time, '-1d')
