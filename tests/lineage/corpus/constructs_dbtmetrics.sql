-- adapter: jdbc:dbtmetrics
-- database: db

-- case: select * from {{ metrics.calculate(metric('m'), grain='day') }}
-- tables: 
-- columns: 
-- errors: render
select * from {{ metrics.calculate(metric('m'), grain='day') }}
