-- adapter: jdbc:mysql
-- database: db
-- definition: active-customers = select c.id, c.region from core.customers c
-- definition: a = select * from {{ @b as b }}
-- definition: b = select * from {{ @a as a }} join real.t on true
-- definition: emp ty = 
-- definition: semi = select id from core.users; -- done
-- definition: withcte = with x as (select id from raw.base) select * from x
-- definition: lit = select\n id\n from core.lit
-- definition: param = select id from {{ schema_name }}.events where d = '{{ start }}'
-- definition: form = {% form %}\nz:\n  type: text\n  default: core\n{% endform %}\nselect id from {{ z }}.things

-- case: select i from s.t where x = "{{ a }}" # {{ @lit as l }}
-- tables: s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where x = "{{ a }}" # {{ @lit as l }}
