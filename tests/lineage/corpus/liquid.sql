-- adapter: jdbc:postgresql
-- database: shop
-- catalog: public.orders(id, customer_id, amount, status, region, created_at)
-- catalog: public.customers(id, name, region, plan)
-- catalog: raw.events(id, user_id, name)
-- definition: active_customers = SELECT id, name, region FROM customers WHERE plan <> 'free'
-- definition: clean-orders = SELECT\n\tid,\n\tcustomer_id,\n\tamount\nFROM\n\torders\nWHERE amount > 0;
-- definition: orders_with_customer = SELECT o.*, c.name\nfrom {{ @clean-orders as o }}\nJOIN {{@active_customers as c}} ON c.id = o.customer_id
-- definition: loop_a = select * from {{ @loop_b as b }}
-- definition: loop_b = select * from {{ @loop_a as a }}
-- definition: uses_missing = select o.id, m.x from orders o join {{ @gone as m }} on m.id = o.id
-- definition: with_parameter = select id, amount from orders where region = '{{ region }}' limit {{ n }}
-- definition: with_cte = with t as (select id, amount from orders) select id, sum(amount) as total from t group by 1 -- end

-- case: form with a date
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE created_at >= '{{ start_date }}'
{% form %}

start_date:
  type: date
  default: 2026-01-01

{% endform %}

-- case: form with whitespace control before the query
-- tables: shop.public.orders
-- columns: amount <- orders.amount
{%- form -%}
region:
    type: select
    default: emea
    options: [['EMEA', 'emea'], ['APAC', 'apac']]
{%- endform -%}
SELECT amount FROM orders WHERE region = '{{ region }}'

-- case: several forms
-- tables: shop.public.orders
-- columns: id <- orders.id
{% form %}
a:
  type: text
  default: 1
{% endform %}
SELECT id FROM orders WHERE id > {{ a }} AND id < {{ b }}
{% form %}
b:
  type: text
  default: 2
{% endform %}

-- case: multiselect in a list
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE region IN ({{ regions }})
{% form %}
regions:
  type: multiselect
  default: ['emea', 'apac']
  options: ['emea', 'apac', 'amer']
{% endform %}

-- case: multiselect of a query's values
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE region IN ({{ regions }})
{% form %}
regions:
  type: multiselect
  default: all
  options:
    labels: region
    values: region
{% endform %}

-- case: for over a multiselect
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE region IN ({% for r in regions %}'{{ r }}'{% unless forloop.last %}, {% endunless %}{% endfor %})
{% form %}
regions:
  type: multiselect
  default: [a, b, c]
{% endform %}

-- case: join filter inside quotes
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE region IN ('{{ regions | join: "','" }}')
{% form %}
regions: {type: multiselect, default: [a, b]}
{% endform %}

-- case: if takes the default's branch
-- tables: shop.public.orders, shop.public.yearly
-- columns: bucket <- orders.created_at, orders.id, yearly.created_at; n <-
SELECT {% if grain == 'week' %}date_trunc('week', o.created_at){% elsif grain == 'month' %}date_trunc('month', o.created_at){% else %}o.id{% endif %} AS bucket, COUNT(*) AS n
FROM {% if grain == 'year' %}yearly{% else %}orders{% endif %} o GROUP BY 1
{% form %}
grain:
  type: select
  default: month
  options: [day, week, month]
{% endform %}

-- case: case and assign
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name; id <- orders.id
{% assign t = 'customers' %}{% case kind %}{% when 'a' %}SELECT id FROM orders{% else %}SELECT name FROM {{ t }}{% endcase %}

-- case: a parameter that is a table
-- tables: shop.raw.events
-- columns: name <- events.name
SELECT e.name FROM {{ source }} e
{% form %}
source:
  type: text
  default: raw.events
{% endform %}

-- case: a parameter that is part of a name
-- tables: shop.raw.events
-- columns: name <- events.name
SELECT e.name FROM {{ schema }}.events e
{% form %}
schema:
  type: text
  default: raw
{% endform %}

-- case: undefined table
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT o.id FROM orders o JOIN {{ nothing }} n ON n.id = o.id

-- case: undefined schema
-- tables: shop.events
-- columns: name <- events.name
-- errors: render
-- hard: whether a table without its schema is worth an edge is a matter of taste: it is a guess
SELECT e.name FROM {{ schema }}.events e

-- case: undefined part of a table's name
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT o.id FROM orders o JOIN events_{{ year }} e ON e.id = o.id

-- case: undefined in every place
-- tables: shop.public.orders
-- columns: id <- orders.id; label <- 
-- errors: render
SELECT id, '{{ label }}' AS label FROM orders
WHERE amount > {{ low }} AND region IN ({{ regions }}) AND created_at > now() - interval '{{ days }} days' AND {{ condition }}
GROUP BY {{ dimension }} LIMIT {{ n }}

-- case: undefined clause at the end
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT id FROM orders WHERE amount > 0 {{ more_conditions }} ORDER BY 1

-- case: declared without a default
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT id FROM orders WHERE id = {{ order_id }} AND region = '{{ region }}'
{% form %}
order_id:
  type: text
  description: which one?
region:
  type: text
{% endform %}

-- case: a value that needs quotes but has none
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE region = {{ region }} AND amount > 0
{% form %}
region:
  type: text
  default: New York (NY
{% endform %}

-- case: relative date from Liquid
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE created_at >= '{{ d }}'
{% form %}
d:
  type: date
  default: {{ 'now' | date: '%s' | minus: 111600 | date: '%Y-%m-%d' }}
  description: the day before
{% endform %}

-- case: unknown filter
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT id FROM orders WHERE region = '{{ 'EMEA' | shout | downcase }}' AND id = {{ foo | bar: 1, 'x' }}

-- case: filters with defaults
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders WHERE created_at > '{{ since | default: '2026-01-01' }}' AND region = '{{ 'x' | upcase }}'

-- case: comment tags
-- tables: shop.public.orders
-- columns: id <- orders.id
SELECT id FROM orders {% comment %} JOIN {{ @gone as g }} ON 1=1 {{ undefined }} {% endcomment %} WHERE id > 0

-- case: liquid in sql comments
-- tables: shop.public.orders
-- columns: id <- orders.id
-- plain comment: {{ undefined }} and {{ @active_customers as old }}
SELECT id /* {{ @gone as g }} */ FROM orders

-- case: liquid that does not close
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT id FROM orders WHERE 1 = 1 {% if region %} AND region = 'x'

-- case: liquid lookalikes in a string
-- tables: shop.public.orders
-- columns: id <- orders.id
-- errors: render
SELECT id FROM orders WHERE status LIKE '{%' OR status = '{}'

-- case: sloppy form
-- tables: shop.raw.events
-- columns: name <- events.name
SELECT name FROM {{ source }} WHERE id > {{ low }} AND name IN ({{ names }})
{% form %}
source:
type: text
default:raw.events
low:
	type: text
	default:   "5"   # five
names:
  type: multiselect
  options:
    - a
    - b
  default:
    - a
{% endform %}

-- case: definition
-- tables: shop.public.customers
-- columns: name <- customers.name; region <- customers.region
-- definitions: active_customers
SELECT c.name, c.region FROM {{ @active_customers as c }}

-- case: definition with a dash and much space
-- tables: shop.public.orders
-- columns: amount <- orders.amount
-- definitions: clean-orders
SELECT o.amount FROM {{     @clean-orders
    as    o   }} WHERE o.amount > 1

-- case: nested definitions
-- tables: shop.public.orders, shop.public.customers
-- columns: amount <- orders.amount; name <- customers.name
-- definitions: orders_with_customer, clean-orders, active_customers
SELECT x.amount, x.name FROM {{ @orders_with_customer as x }}

-- case: star through nested definitions
-- tables: shop.public.orders, shop.public.customers
-- columns: id <- orders.id; customer_id <- orders.customer_id; amount <- orders.amount; name <- customers.name
-- definitions: orders_with_customer, clean-orders, active_customers
SELECT * FROM {{@orders_with_customer as x}}

-- case: definition used twice
-- tables: shop.public.customers
-- columns: a <- customers.name; b <- customers.name
-- definitions: active_customers
SELECT x.name AS a, y.name AS b FROM {{ @active_customers as x }} JOIN {{ @active_customers as y }} ON x.region = y.region

-- case: definition without an alias
-- tables: shop.public.customers
-- columns: name <- customers.name
-- definitions: active_customers
SELECT name FROM {{ @active_customers }} WHERE region = 'x'

-- case: definition with its alias outside
-- tables: shop.public.customers, shop.public.orders
-- columns: name <- customers.name; amount <- orders.amount
-- definitions: active_customers, clean-orders
SELECT c.name, o.amount FROM {{ @active_customers }} c JOIN {{ @clean-orders }} AS o ON o.customer_id = c.id

-- case: missing definition
-- tables: shop.public.orders
-- columns: id <- orders.id
-- definitions: !no_such_thing
-- errors: render
SELECT o.id, x.y FROM orders o LEFT JOIN {{ @no_such_thing as x }} ON x.id = o.id

-- case: circular definitions
-- tables: shop.public.orders
-- columns: id <- orders.id
-- definitions: loop_a, loop_b
-- errors: recursion
SELECT o.id, l.x FROM orders o JOIN {{ @loop_a as l }} ON l.id = o.id

-- case: definition that uses a missing one
-- tables: shop.public.orders
-- columns: id <- orders.id
-- definitions: uses_missing, !gone
-- errors: render
SELECT u.id, u.x FROM {{ @uses_missing as u }}

-- case: definition with parameters
-- tables: shop.public.orders
-- columns: amount <- orders.amount
-- definitions: with_parameter
SELECT p.amount FROM {{ @with_parameter as p }}
{% form %}
region:
  type: text
  default: emea
n:
  type: text
  default: 10
{% endform %}

-- case: definition with a cte and a comment at its end
-- tables: shop.public.orders
-- columns: total <- orders.amount
-- definitions: with_cte
SELECT w.total FROM {{ @with_cte as w }} JOIN {{ @with_cte as v }} ON v.id = w.id

-- case: definition as the body of a cte
-- tables: shop.public.customers
-- columns: name <- customers.name
-- definitions: active_customers
WITH c AS ({{ @active_customers }}) SELECT name FROM c

-- case: definition in a cte and in a union
-- tables: shop.public.customers, shop.public.orders
-- columns: id <- customers.id, orders.id
-- definitions: active_customers, clean-orders
WITH c AS (SELECT * FROM {{ @active_customers as a }})
SELECT id FROM c UNION ALL SELECT id FROM {{ @clean-orders as o }}

-- case: definition name that is also a table
-- tables: shop.public.orders, shop.public.customers
-- columns: id <- orders.id; name <- customers.name
-- definitions: active_customers
SELECT o.id, orders.name FROM orders o JOIN {{ @active_customers as orders }} ON orders.id = o.customer_id

-- case: definition in a branch that is not taken
-- tables: shop.public.orders, shop.public.customers
-- columns: id <- orders.id, customers.id
-- definitions: active_customers
SELECT id FROM {% if wide == 'yes' %}{{ @active_customers as c }}{% else %}orders{% endif %}
{% form %}
wide:
  type: select
  default: no
  options: [yes, no]
{% endform %}

-- case: whitespace control around an output
-- tables: shop.raw.events
-- columns: name <- events.name
SELECT name FROM raw. {{- t }} WHERE id = 1
{% form %}
t:
  type: text
  default: events
{% endform %}

-- case: quotes inside a value
-- tables: shop.public.customers
-- columns: id <- customers.id
SELECT id FROM customers WHERE name = '{{ who }}'
{% form %}
who:
  type: text
  default: "O'Brien"
{% endform %}

-- case: a value that is SQL
-- tables: shop.public.customers
-- columns: id <- customers.id
SELECT id FROM customers WHERE {{ filter }}
{% form %}
filter:
  type: select
  default: plan = 'free'
  options: [['Free', "plan = 'free'"], ['All', '1=1']]
{% endform %}

-- case: a parameter in the select list
-- tables: shop.public.customers
-- columns: region <- customers.region; n <-
SELECT {{ dimension }}, COUNT(*) AS n FROM customers GROUP BY {{ dimension }}
{% form %}
dimension:
  type: select
  default: region
  options: [region, plan]
{% endform %}

-- case: jinja of a semantic layer
-- tables:
-- columns:
-- errors: render
SELECT * FROM {{ semantic_layer.query(metrics=['revenue'], group_by=['metric_time']) }}
