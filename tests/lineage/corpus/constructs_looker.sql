-- adapter: jdbc:looker
-- database: db

-- case: select `a.b` from `model`.`explore`
-- tables: model.explore
-- columns: a.b <- explore.a.b
select `a.b` from `model`.`explore`
