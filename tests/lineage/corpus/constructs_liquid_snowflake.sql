-- adapter: jdbc:snowflake
-- database: db

-- case: use schema {{ s }}; select i from t
-- tables: DB.PUBLIC.T
-- columns: I <- T.I
-- errors: render
use schema {{ s }}; select i from t

-- case: use database {{ d }}; form d: type: text default: prod {% endform %} s
-- tables: PROD.S.T
-- columns: I <- T.I
use database {{ d }};
{% form %}
d:
  type: text
  default: prod
{% endform %}
select i from s.t

-- case: select i from {{ db_ }}.{{ sc }}.{{ tb }}
-- tables: 
-- columns: 
-- errors: render
select i from {{ db_ }}.{{ sc }}.{{ tb }}
