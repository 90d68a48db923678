-- adapter: jdbc:druid
-- database: db

-- case: select time_floor(__time, 'P1D') d, count(*) c from wiki where __time 
-- tables: db.wiki
-- columns: d <- wiki.__time
select time_floor(__time, 'P1D') d, count(*) c from wiki where __time > current_timestamp - interval '1' day group by 1

-- case: select a from druid."my-source"
-- tables: druid.my-source
-- columns: a <- my-source.a
select a from druid."my-source"
