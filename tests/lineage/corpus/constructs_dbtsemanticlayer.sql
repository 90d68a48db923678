-- adapter: jdbc:dbtsemanticlayer
-- database: db

-- case: select * from {{ semantic_layer.query(metrics=['m'], group_by=['d']) }
-- tables: 
-- columns: 
-- errors: render
select * from {{ semantic_layer.query(metrics=['m'], group_by=['d']) }}
