"""How long the lineage of many queries takes, on one core.

    python tests/benchmarks/lineage_speed.py [--queries 2000] [--catalog]

Writes typical queries (CTEs, joins, windows, Liquid, definitions; 20 to 60 lines) in several dialects and
prints queries per second, the slowest query, and how long texts made to be slow take.
"""

from __future__ import annotations

import argparse
import random
import time

from mode_source.lineage import Catalog, DataSource, Definition, Query, analyse

SOURCES = {
    "1": DataSource("1", "jdbc:postgresql", "shop"),
    "2": DataSource("2", "jdbc:snowflake", "ANALYTICS"),
    "3": DataSource("3", "jdbc:bigquery", "default", "acme-warehouse"),
    "4": DataSource("4", "jdbc:redshift", "dev"),
    "5": DataSource("5", "jdbc:databricks", "main"),
}
DEFINITIONS = {
    "active-customers": Definition(
        "active-customers", "d1", "SELECT id, region, plan\\nFROM core.customers\\nWHERE status = 'active'"
    )
}
FORM = """
{% form %}
start_date:
  type: date
  default: '2026-01-01'
region:
  type: multiselect
  default: all
  options: [['EMEA', 'emea'], ['APAC', 'apac']]
{% endform %}
"""


def text(rng: random.Random) -> str:
    """One query of 20 to 60 lines."""
    facts = rng.sample(["orders", "invoices", "events", "sessions", "tickets", "shipments"], 3)
    kept = rng.randrange(1, 4)  # CTEs
    parts = []
    for position, fact in enumerate(facts[:kept]):
        measures = ",\n         ".join(
            f"SUM({fact[0]}.m{n} * 1.{n}) AS {fact}_m{n}" for n in range(rng.randrange(1, 4))
        )
        parts.append(
            f"step_{position} AS (\n  SELECT {fact[0]}.customer_id,\n"
            f"         DATE_TRUNC('month', {fact[0]}.created_at) AS month,\n"
            f"         {measures},\n"
            f"         COUNT(DISTINCT CASE WHEN {fact[0]}.state = 'done' THEN {fact[0]}.id END) AS n_{fact}\n"
            f"  FROM raw.{fact} {fact[0]}\n  LEFT JOIN raw.regions r ON r.id = {fact[0]}.region_id\n"
            f"  WHERE {fact[0]}.created_at >= '{{{{ start_date }}}}'\n    AND r.code IN ({{{{ region }}}})\n"
            f"    -- and {fact[0]}.test = false\n  GROUP BY 1, 2\n)"
        )
    return (
        "WITH " + ",\n".join(parts) + ",\nranked AS (\n  SELECT s.*, ROW_NUMBER() OVER (PARTITION BY s.customer_id"
        " ORDER BY s.month DESC) AS rn\n  FROM step_0 s\n)\n"
        f"SELECT a.region, r.month, COALESCE(SUM(r.n_{facts[0]}), 0) AS total"
        + (f",\n       MAX(b.n_{facts[1]}) AS most" if kept > 1 else "")
        + (f",\n       AVG(c.n_{facts[2]}) AS average" if kept > 2 else "")
        + "\nFROM ranked r\nJOIN {{ @active-customers as a }} ON a.id = r.customer_id\n"
        + ("LEFT JOIN step_1 b ON b.customer_id = r.customer_id AND b.month = r.month\n" if kept > 1 else "")
        + ("LEFT JOIN step_2 c ON c.customer_id = r.customer_id\n" if kept > 2 else "")
        + "WHERE r.rn = 1{% if region contains 'emea' %} AND a.plan <> 'free'{% endif %}\n"
        f"GROUP BY 1, 2\nHAVING SUM(r.n_{facts[0]}) > {rng.randrange(100)}\nORDER BY 3 DESC;\n" + FORM
    )


SLOW = {
    "nested brackets": "select " + "(" * 50 + "1" + ")" * 50 + " from t",
    "deeply nested brackets": "select " + "(" * 5_000 + "1" + ")" * 5_000 + " from t",
    "nested subqueries": "select * from (" * 50 + "select 1 from t" + ") x" * 50,
    "long OR": "select a from t where " + " or ".join(f"x = {i}" for i in range(10_000)),
    "many unions": " union all ".join(f"select a from t{i}" for i in range(2_000)),
    "long IN list": "select a from t where x in (" + ",".join(map(str, range(50_000))) + ")",
    "doubling CTEs": "with c0 as (select * from t)"
    + "".join(f", c{i} as (select * from c{i - 1} union all select * from c{i - 1})" for i in range(1, 60))
    + " select a from c59",
    "endless loop": "select {% for i in (1..999999) %}{% for j in (1..999999) %}1,{% endfor %}{% endfor %} 1",
    "nested case": "select " + "case when a then " * 300 + "1" + " end" * 300 + " from t",
    "many NOTs": "select " + "not " * 3_000 + "a from t",
    "broken and long": "select a from t where (" * 2_000,
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--catalog", action="store_true")
    arguments = parser.parse_args()
    rng = random.Random(7)
    texts = [(str(1 + i % 5), text(rng)) for i in range(arguments.queries)]
    lines = [sql.count("\n") for _, sql in texts]
    rows = [(None, "raw", t, c) for t in ("orders", "events") for c in ("id", "customer_id", "created_at", "m1")]
    catalog = Catalog.build(rows) if arguments.catalog else None
    slowest = 0.0
    errors = columns = 0
    started = time.process_time()
    for number, (source, sql) in enumerate(texts):
        before = time.process_time()
        lineage = analyse(
            Query(str(number), "r", sql, source),
            data_source=SOURCES[source],
            definitions=DEFINITIONS,
            catalog=catalog,
        )
        slowest = max(slowest, time.process_time() - before)
        errors += len(lineage.errors)
        columns += len(lineage.columns)
    took = time.process_time() - started
    print(f"{len(texts)} queries of {min(lines)} to {max(lines)} lines: {took:.1f} s, {len(texts) / took:.0f} a second")
    print(f"slowest {slowest * 1000:.0f} ms, {errors} errors, {columns} column edges")
    for name, sql in SLOW.items():
        before = time.perf_counter()
        lineage = analyse(Query("q", "r", sql, "1"), data_source=SOURCES["1"], definitions={})
        seconds = time.perf_counter() - before
        why = "; ".join(error.stage for error in lineage.errors) or "no errors"
        print(f"{name}: {seconds:.2f} s, {len(lineage.tables)} tables, {why}")


if __name__ == "__main__":
    main()
