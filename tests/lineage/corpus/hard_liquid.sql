-- adapter: jdbc:postgresql
-- database: shop
-- definition: wide = select id, region from s.wide {% if full == 'yes' %} join s.more using (id){% endif %}
-- What a parameter decides: from Mode's documentation of Liquid (docs/mode-api.md). A table with ~ is likely, with ? a guess.

-- case: three branches of a table
-- tables: shop.s.t1, shop.s.t2, shop.s.t3
-- certainty: t1~ t2? t3?
-- columns: id <- t1.id, t2.id, t3.id
-- verified: documentation
select id from {% if x == 'a' %}s.t1{% elsif x == 'b' %}s.t2{% else %}s.t3{% endif %}
{% form %}
x:
  type: select
  default: a
  options: [[A, a], [B, b]]
{% endform %}

-- case: optional join that is not taken
-- tables: shop.s.o, shop.s.u
-- certainty: o u?
-- columns: id <- o.id; name <- u.name
-- uses: join o.uid, join u.id
-- verified: documentation
select o.id {% if x == 'b' %}, u.name{% endif %} from s.o o {% if x == 'b' %}left join s.u u on u.id = o.uid{% endif %}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: optional join that is taken
-- tables: shop.s.o, shop.s.u
-- certainty: o u~
-- columns: id <- o.id; name <- u.name
-- uses: join o.uid, join u.id
-- verified: documentation
select o.id {% if x == 'a' %}, u.name{% endif %} from s.o o {% if x == 'a' %}left join s.u u on u.id = o.uid{% endif %}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: case and when
-- tables: shop.s.a, shop.s.b, shop.s.c
-- certainty: a~ b? c?
-- columns: a <- a.a; b <- b.b; c <- c.c
-- verified: documentation
{% case x %}{% when 'a' %}select a from s.a{% when 'b' %}select b from s.b{% else %}select c from s.c{% endcase %}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: unless
-- tables: shop.s.o, shop.s.regions
-- certainty: o regions?
-- columns: id <- o.id
-- uses: filter o.region, filter regions.r
-- verified: documentation
select id from s.o where 1 = 1 {% unless x == 'a' %}and region in (select r from s.regions){% endunless %}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: nested branches
-- tables: shop.s.t, shop.s.w, shop.s.u, shop.s.z
-- certainty: t~ w~ u? z?
-- columns: a <- t.a; b <- z.b
-- verified: documentation
{% if x == 'a' %}select t.a from s.t t{% if y == 1 %} join s.u u on true{% else %} join s.w w on true{% endif %}
{% else %}select b from s.z{% endif %}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: a column that a branch chooses
-- tables: shop.s.t
-- certainty: t
-- columns: v <- t.a, t.b
-- verified: documentation
select {% if x == 'a' %}a{% else %}b{% endif %} as v from s.t
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: assign in a branch
-- tables: shop.s.a, shop.s.b
-- certainty: a~ b?
-- columns: i <- a.i, b.i
-- verified: documentation
{% if x == 'a' %}{% assign t = 's.a' %}{% else %}{% assign t = 's.b' %}{% endif %}select i from {{ t }}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: part of a name
-- tables: shop.s.events_eu
-- certainty: events_eu~
-- columns: id <- events_eu.id
-- verified: documentation
select id from s.events_{{ region }}
{% form %}
region:
  type: text
  default: eu
{% endform %}

-- case: part of a schema
-- tables: shop.prod_eu.events
-- certainty: events~
-- columns: id <- events.id
-- verified: documentation
select id from prod_{{ region }}.events
{% form %}
region:
  type: text
  default: eu
{% endform %}

-- case: a date in a name
-- tables: shop.s.events_202601
-- certainty: events_202601~
-- columns: id <- events_202601.id
-- verified: documentation
select id from s.events_{{ 'now' | date: '%Y%m' }}

-- case: a date in a string says nothing of the table
-- tables: shop.s.events
-- certainty: events
-- columns: id <- events.id
-- uses: filter events.d
-- verified: documentation
select id from s.events where d = '{{ 'now' | date: '%Y-%m-%d' }}'

-- case: a branch in a definition
-- tables: shop.s.wide, shop.s.more
-- certainty: wide more?
-- columns: id <- wide.id, more.id
-- uses: other wide.region, join wide.id, join more.id
-- definitions: wide
-- verified: documentation
select id from {{ @wide as w }}

-- case: a branch around a definition
-- tables: shop.s.o, shop.s.wide, shop.s.more
-- certainty: o~ wide? more?
-- columns: id <- o.id, wide.id, more.id
-- uses: other wide.region, join wide.id, join more.id
-- definitions: wide
-- verified: documentation
select id from {% if x == 'a' %}s.o{% else %}{{ @wide as w }}{% endif %}
{% form %}
x:
  type: text
  default: a
{% endform %}

-- case: a whole query that the defaults leave out
-- tables: shop.s.t
-- certainty: t?
-- columns: a <- t.a
-- verified: documentation
{% if run %}select a from s.t{% endif %}

-- case: a branch that no parameter decides
-- tables: shop.s.t
-- certainty: t
-- columns: a <- t.a
-- verified: documentation
{% if false %}select b from s.never{% endif %}select a from s.t
