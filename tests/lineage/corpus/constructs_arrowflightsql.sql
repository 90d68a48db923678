-- adapter: jdbc:arrowflightsql
-- database: db

-- case: select a from "space"."folder"."t"
-- tables: space.folder.t
-- columns: a <- t.a
select a from "space"."folder"."t"
