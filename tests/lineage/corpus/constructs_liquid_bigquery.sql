-- adapter: jdbc:bigquery
-- database: default
-- host: proj-x

-- case: select i from `p.d.t_{{ day }}` form day: type: text default: '2024010
-- tables: p.d.t_20240101
-- columns: i <- t_20240101.i
select i from `p.d.t_{{ day }}`
{% form %}
day:
  type: text
  default: '20240101'
{% endform %}

-- case: select i from `p.d.t_*` where _table_suffix = '{{ day }}'
-- tables: p.d.t_*
-- columns: i <- t_*.i
-- errors: render
select i from `p.d.t_*` where _table_suffix = '{{ day }}'
