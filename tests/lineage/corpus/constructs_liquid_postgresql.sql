-- adapter: jdbc:postgresql
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

-- case: {% assign x = 'a,b' | split: ',' %}{% for t in x %}select i from s.{{ 
-- tables: db.s.a, db.s.b
-- columns: i <- a.i, b.i
{% assign x = 'a,b' | split: ',' %}{% for t in x %}select i from s.{{ t }} {% unless forloop.last %}union all {% endunless %}{% endfor %}

-- case: {% capture tbl %}s.t{% endcapture %}select i from {{ tbl }}
-- tables: db.s.t
-- columns: i <- t.i
{% capture tbl %}s.t{% endcapture %}select i from {{ tbl }}

-- case: select i from s.t where x = '{{ a | append: "z" }}' and y in ({{ b | j
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where x = '{{ a | append: "z" }}' and y in ({{ b | join: ',' }})

-- case: {%form%} a: type: text default: t {%endform%}select i from s.{{a}}
-- tables: db.s.t
-- columns: i <- t.i
{%form%}
a:
  type: text
  default: t
{%endform%}select i from s.{{a}}

-- case: select i from s.t {%- form -%} a: type: text {%- endform -%}
-- tables: db.s.t
-- columns: i <- t.i
select i from s.t
{%- form -%}
a:
  type: text
{%- endform -%}

-- case: select i from {% if env == 'prod' %}prod.t{% else %}dev.t{% endif %} f
-- tables: db.prod.t, db.dev.t
-- columns: i <- t.i
select i from {% if env == 'prod' %}prod.t{% else %}dev.t{% endif %}
{% form %}
env:
  type: select
  default: prod
  options: [prod, dev]
{% endform %}

-- case: select i from s.t {% if m contains 'a' or m contains 'b' %} join s.u u
-- tables: db.s.t, db.s.u
-- columns: i <- t.i, u.i
select i from s.t {% if m contains 'a' or m contains 'b' %} join s.u using (i) {% endif %}
{% form %}
m:
  type: multiselect
  default: all
  options: [a, b]
{% endform %}

-- case: select i from s.t where d between '{{ start_date }}'::date and '{{ end
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where d between '{{ start_date }}'::date and '{{ end_date }}'::date + interval '1 day'

-- case: select i from s.t where d >= {{ start_date }} and e = {{ 'now' | date:
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where d >= {{ start_date }} and e = {{ 'now' | date: '%Y' }}

-- case: select i from s.t where {% if a != blank %} x = '{{ a }}' {% else %} t
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where {% if a != blank %} x = '{{ a }}' {% else %} true {% endif %} and y

-- case: select i from s.t where 1=1 {% unless all_regions == 'yes' %}and regio
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where 1=1
{% unless all_regions == 'yes' %}and region in ({{ regions }}){% endunless %}

-- case: select {{ col_list | default: 'a, b' }} from s.t
-- tables: db.s.t
-- columns: a <- t.a; b <- t.b
select {{ col_list | default: 'a, b' }} from s.t

-- case: {% for c in cols %}select {{c}} from s.x{{c}};{% endfor %} select i fr
-- tables: db.s.t
-- columns: i <- t.i
{% for c in cols %}select {{c}} from s.x{{c}};{% endfor %} select i from s.t

-- case: select '{{ @active-customers as a }}' as z, i from s.t
-- tables: db.s.t
-- columns: i <- t.i
-- definitions: active-customers
select '{{ @active-customers as a }}' as z, i from s.t

-- case: select a.id, b.id as bid from {{@active-customers as a}} join {{ @lit 
-- tables: db.core.customers, db.core.lit
-- columns: id <- customers.id; bid <- lit.id
-- definitions: active-customers, lit
select a.id, b.id as bid from {{@active-customers as a}} join {{ @lit  AS  b }} on a.id=b.id

-- case: select * from {{ @active-customers as a }} where a.id in (select id fr
-- tables: db.core.customers, db.raw.base
-- columns: id <- customers.id; region <- customers.region
-- definitions: active-customers, withcte
select * from {{ @active-customers as a }} where a.id in (select id from {{ @withcte }})

-- case: with c as (select * from {{ @active-customers as x }}) , d as {{ @lit 
-- tables: db.core.customers, db.core.lit
-- columns: region <- customers.region; id <- lit.id
-- definitions: active-customers, lit
with c as (select * from {{ @active-customers as x }}) , d as {{ @lit }} select c.region, d.id from c, d

-- case: select i from s.t where id not in {{ @lit }} group by {{ g }} having c
-- tables: db.core.lit, db.s.t
-- columns: i <- t.i
-- definitions: lit
-- errors: render
select i from s.t where id not in {{ @lit }} group by {{ g }} having count(*) > {{ n }} order by {{ o }} {{ dir }} limit {{ l }}

-- case: select i from s."{{ t }}"
-- tables: 
-- columns: 
-- errors: render
select i from s."{{ t }}"

-- case: select i from s.t_{{ year }}_x form year: type: text default: 2024 {% 
-- tables: db.s.t_2024_x
-- columns: i <- t_2024_x.i
select i from s.t_{{ year }}_x
{% form %}
year:
  type: text
  default: 2024
{% endform %}

-- case: select i from s.t where x in ('{{ a | replace: ",", "','" }}')
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where x in ('{{ a | replace: ",", "','" }}')

-- case: select i from s.t where x = {{ a.b.c }} and y = {{ a['b'] }} and z = {
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where x = {{ a.b.c }} and y = {{ a['b'] }} and z = {{ a[0] }}

-- case: select i from s.t {# not liquid #} where x
-- tables: db.s.t
-- columns: i <- t.i
select i from s.t {# not liquid #} where x

-- case: select i from s.t where x like '%{{ q }}%' and y ~ '^{{ r }}$' and j @
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where x like '%{{ q }}%' and y ~ '^{{ r }}$' and j @> '{"a": 1}'

-- case: select i from s.t where j = '{{{ x }}}' or k = '{}' or l = '{% raw %}{
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t where j = '{{{ x }}}' or k = '{}' or l = '{% raw %}{{ y }}{% endraw %}'

-- case: {% if false %}select a from s.never{% endif %}select i from s.t
-- tables: db.s.t
-- columns: i <- t.i
{% if false %}select a from s.never{% endif %}select i from s.t

-- case: {% include 'x' %}select i from s.t
-- tables: db.s.t
-- columns: i <- t.i
{% include 'x' %}select i from s.t

-- case: select i from s.t {% endif %}
-- tables: db.s.t
-- columns: i <- t.i
-- errors: render
select i from s.t {% endif %}

-- case: select i from s.t where d = '{{ d
-- tables: db.s.t
-- columns: 
-- errors: parse, render
select i from s.t where d = '{{ d

-- case: {% liquid assign x = 's.t' %}select i from {{ x }}
-- tables: db.s.t
-- columns: i <- t.i
{% liquid assign x = 's.t' %}select i from {{ x }}

-- case: {% cycle 'a','b' %} select i from s.t
-- tables: db.s.t
-- columns: 
-- errors: parse
{% cycle 'a','b' %} select i from s.t

-- case: select i from {{ @missing }} , s.t
-- tables: db.s.t
-- columns: i <- t.i
-- definitions: !missing
-- errors: render
select i from {{ @missing }} , s.t

-- case: select i from s.t where exists (select 1 from {{ @a as z }} where z.i 
-- tables: db.real.t, db.s.t
-- columns: i <- t.i
-- definitions: a, b
-- errors: recursion
select i from s.t where exists (select 1 from {{ @a as z }} where z.i = t.i)
