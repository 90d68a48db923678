"""SQL the way people write it in Mode: Liquid forms, parameters, definitions, several dialects.

docs/mode-api.md#s6-2 (``raw_query`` = SQL + Liquid), #s5-7 (definitions, ``{{ @name as alias }}``, literal
backslash-n in their source) and docs_discovery_queries.json (the form block).
"""

from __future__ import annotations

import random
from collections.abc import Sequence

# subject -> (schema, table, date column, dimensions, measures)
_FACTS: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("finance", "orders", "ordered_at", ("region", "channel", "currency"), ("amount", "discount")),
    ("finance", "invoices", "issued_at", ("country", "plan"), ("total_cents", "tax_cents")),
    ("growth", "signups", "signed_up_at", ("channel", "device", "country"), ("score",)),
    ("growth", "ad_spend", "spent_on", ("campaign", "network"), ("cost", "clicks")),
    ("product", "sessions", "started_at", ("platform", "app_version"), ("duration_s", "page_views")),
    ("support", "tickets", "opened_at", ("queue", "priority"), ("handle_minutes",)),
    ("supply", "shipments", "shipped_at", ("carrier", "warehouse_code"), ("weight_kg", "freight_cost")),
    ("people", "employees", "hired_at", ("department", "office"), ("salary",)),
)

_FORM = """
{% form %}

start_date:
  type: date
  default: '2026-01-01'

<DIM>:
  type: multiselect
  default: all
  options: [['EMEA', 'emea'], ['APAC', 'apac'], ['Americas', 'amer']]

granularity:
  type: select
  default: month
  options: [day, week, month]

{% endform %}
"""


def table_name(kind: str, schema: str, table: str) -> str:
    """A table's full name in the dialect of a data source."""
    if kind == "bigquery":
        return f"`acme-warehouse.{schema}.{table}`"
    if kind == "snowflake":
        return f"ANALYTICS.{schema.upper()}.{table.upper()}"
    if kind == "databricks":
        return f"main.{schema}.`{table}`"
    if kind == "mysql":
        return f"`{table}`"
    return f'{schema}."{table}"' if kind == "redshift" else f"{schema}.{table}"


def _bucket(kind: str, unit: str, column: str) -> str:
    if kind == "bigquery":
        return f"DATE_TRUNC(DATE({column}), {unit.upper()})"
    if kind == "mysql":
        return f"DATE_FORMAT({column}, '%Y-%m-01')"
    return f"DATE_TRUNC('{unit}', {column})"


def query_text(rng: random.Random, kind: str, definitions: Sequence[str] = ()) -> tuple[str, tuple[str, ...]]:
    """One query for a data source of this kind, and the names of its output columns."""
    schema, table, at, dims, measures = _FACTS[rng.randrange(len(_FACTS))]
    dim, measure = rng.choice(dims), rng.choice(measures)
    full, month = table_name(kind, schema, table), _bucket(kind, "month", "t." + at)
    bucket = f"{at[:-3]}_month" if at.endswith("_at") else f"{at}_month"
    columns: tuple[str, ...] = (bucket, dim, f"total_{measure}")
    shape = rng.randrange(9)
    number = rng.randrange(10_000)
    select = f"{month} AS {columns[0]},\n       t.{dim},\n       SUM(t.{measure}) AS {columns[2]}"
    if shape == 0:
        text = f"SELECT {select}\nFROM {full} t\nWHERE t.{measure} > {number}\nGROUP BY 1, 2\nORDER BY 1"
    elif shape == 1:
        customers = table_name(kind, "core", "customers")
        text = (
            f'-- {table} per {dim}; don\'t use "raw.{table}" here\n'
            f"WITH recent AS (\n  SELECT * FROM {full}"
            f" WHERE {at} >= '2025-01-01' AND {measure} <> {number}\n),\n"
            f"ranked AS (\n  SELECT t.*, ROW_NUMBER() OVER (PARTITION BY {dim} ORDER BY {at} DESC) AS rn"
            f" FROM recent t\n)\n"
            f"SELECT {select}\nFROM ranked t\nJOIN {customers} c ON c.id = t.customer_id\n"
            f"WHERE t.rn = 1 /* newest only */\nGROUP BY 1, 2;\n"
        )
    elif shape == 2:
        text = (
            f"SELECT {select}\nFROM {full} t\nWHERE t.{at} >= '{{{{ start_date }}}}'\n"
            f"  AND t.{dim} IN ({{{{ {dim} }}}})\n  AND t.id > {number}\nGROUP BY 1, 2\n" + _FORM.replace("<DIM>", dim)
        )
    elif shape == 3:
        week, day = _bucket(kind, "week", "t." + at), _bucket(kind, "day", "t." + at)
        text = (
            f"SELECT {{% if granularity == 'week' %}}{week}"
            f"{{% elsif granularity == 'day' %}}{day}{{% else %}}"
            f"{month}{{% endif %}} AS {columns[0]},\n       t.{dim}, SUM(t.{measure}) AS {columns[2]}\n"
            f"FROM {full} t\nWHERE t.{dim} IN ({{% for v in {dim} %}}'{{{{ v }}}}'"
            f"{{% unless forloop.last %}}, {{% endunless %}}{{% endfor %}})"
            f" OR t.id = {number}\nGROUP BY 1, 2\n" + _FORM.replace("{% form %}", "{%- form -%}").replace("<DIM>", dim)
        )
    elif shape == 4 and definitions:
        name = rng.choice(definitions)
        text = (
            f"SELECT {select.replace('t.' + dim, 'd.' + dim)}\nFROM {full} t\n"
            f"LEFT JOIN {{{{ @{name} as d }}}} ON d.id = t.customer_id AND d.id <> {number}\nGROUP BY 1, 2"
        )
    elif shape == 5:
        other = table_name(kind, schema, f"{table}_archive")
        text = (
            f"SELECT {select}\nFROM (\n  SELECT * FROM {full}\n  UNION ALL\n  SELECT * FROM {other}\n) t\n"
            f"WHERE t.{dim} NOT LIKE '%from test.{table}%' AND t.id > {number}\nGROUP BY 1, 2"
        )
    elif shape == 6:
        columns = (dim, f"n_{table}")
        text = (
            f"\tSELECT\r\n\t\t{dim},\r\n\t\tCOUNT(*) AS n_{table}\r\n\tFROM {full}\r\n"
            f"\tWHERE {dim} = 'Zürich — “{number}” 🚀'\r\n\tGROUP BY {dim}\r\n"
        )
    elif shape == 7:
        temp = f"tmp_{table}_{number}"
        prefix = "USE WAREHOUSE REPORTING_WH;\n" if kind == "snowflake" else ""
        text = (
            f"{prefix}CREATE TEMPORARY TABLE {temp} AS\nSELECT * FROM {full} WHERE {measure} IS NOT NULL;\n\n"
            f"SELECT {select}\nFROM {temp} t\nGROUP BY 1, 2;"
        )
    else:
        columns = (dim, at, measure)
        text = (
            f"SELECT {dim}, {at}, {measure}\nFROM {full}\n"
            f"WHERE {at} > '{{{{ start_date | default: '2026-01-01' }}}}'"
            f"\n{{% comment %}} ticket {number} {{% endcomment %}}\nLIMIT 1000"
        )
    return text, columns


def dataset_text(rng: random.Random, kind: str) -> tuple[str, tuple[str, ...]]:
    """The single query of a dataset: a plain table read, like datahub_dataset_queries.json."""
    schema, table, at, dims, measures = _FACTS[rng.randrange(len(_FACTS))]
    columns = ("id", at, *dims, *measures)
    full = table_name(kind, schema, table)
    listing = ",\n\t\t".join(columns)
    return f"-- Returns all rows from {full}\n  SELECT \n\t\t{listing}\n FROM {full};\n", columns


def on_dataset_text(dataset_name: str) -> str:
    """A query of a report on a dataset (adapter ``jdbc:modedatasets``)."""
    quoted = dataset_name.replace('"', '""')
    return f'SELECT * FROM "{quoted}"'


DEFINITION_NAMES = (
    "active_customers", "clean-orders", "fiscal_calendar", "regions", "paid_invoices", "internal-users",
    "orders_with_region", "mrr_base",
)  # fmt: skip


def definition_name(position: int) -> str:
    """The n-th definition's name (dashes occur)."""
    name = DEFINITION_NAMES[position % len(DEFINITION_NAMES)]
    return name if position < len(DEFINITION_NAMES) else f"{name}_{position // len(DEFINITION_NAMES) + 1}"


def definition_source(rng: random.Random, kind: str, names: Sequence[str]) -> str:
    r"""A definition's SQL; every third one nests another, every second one holds literal ``\n`` sequences."""
    schema, table, at, dims, _ = _FACTS[rng.randrange(len(_FACTS))]
    full = table_name(kind, schema, table)
    if names and rng.random() < 0.34:
        text = (
            f"SELECT base.*, {dims[0]} AS segment\nFROM {{{{ @{rng.choice(names)} as base }}}}\n"
            f"\tJOIN {full} x ON x.id = base.id"
        )
    else:
        text = f"SELECT\n\tid,\n\t{dims[0]},\n\t{at}\nFROM {full}\nWHERE {at} IS NOT NULL"
    if rng.random() < 0.5:
        text = text.replace("\n", "\\n").replace("\t", "\\t")
    return text
