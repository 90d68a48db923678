-- adapter: jdbc:sqlserver
-- database: db

-- case: select i from [s].[t] where d = '{{ d }}' GO form d: type: date defaul
-- tables: db.s.t
-- columns: i <- t.i
select i from [s].[t] where d = '{{ d }}'
GO
{% form %}
d:
 type: date
 default: 2020-01-01
{% endform %}
