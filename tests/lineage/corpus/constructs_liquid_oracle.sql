-- adapter: jdbc:oracle
-- database: db

-- case: select i from s.t where d = to_date('{{ d }}', 'YYYY-MM-DD') and rownu
-- tables: DB.S.T
-- columns: I <- T.I
-- errors: render
select i from s.t where d = to_date('{{ d }}', 'YYYY-MM-DD') and rownum < {{ n }}
