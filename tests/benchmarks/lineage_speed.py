"""How long the whole lineage step takes: reading, analysis, loading into DuckDB.

    python tests/benchmarks/lineage_speed.py [--queries 2000] [--heavy] [--catalog] [--slow]

Loads a sandbox of about as many queries and brings its lineage up to date: a first run, an unchanged run, a run after
one definition changed. `--heavy` puts longer texts in their place (CTEs, joins, windows, Liquid, definitions; 33 to
67 lines); `--catalog` gives the columns of some of their tables. `--slow` tries texts that are made to be slow.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from pathlib import Path

import dlt
import duckdb

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_source
from mode_source.lineage import DataSource, Query
from mode_source.lineage_tables.step import LineageStep
from mode_source.lineage_tables.worker import Context
from mode_source.lineage_tables.workers import Workers

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


ACTIVE = "SELECT id, region, plan\\nFROM core.customers\\nWHERE status = 'active'"


def loaded(folder: Path, queries: int) -> dlt.Pipeline:
    """A pipeline with the tables of a sandbox."""
    path = folder / "mode.duckdb"
    pipeline = dlt.pipeline(
        "mode",
        destination=dlt.destinations.duckdb(str(path), preferred_loader_file_format="parquet"),
        dataset_name="mode_metadata",
        pipelines_dir=str(folder / "pipelines"),
    )
    workspace = Workspace.generate(seed=5, reports=int(queries / 2.5), collections=20, datasets=20)
    with Sandbox(workspace) as sandbox:
        pipeline.run(
            mode_source(
                workspace=workspace.slug,
                host=sandbox.url,
                token="sandbox-token",
                secret="sandbox-secret",
                requests_per_10s=100_000,
            )
        )
    return pipeline


def make_heavy(path: Path) -> None:
    rng = random.Random(7)
    with duckdb.connect(str(path)) as db:
        db.execute("USE mode_metadata")
        first = "WHERE token = (SELECT MIN(token) FROM definitions)"
        db.execute(f"UPDATE definitions SET name = 'active-customers', source = ? {first}", [ACTIVE])
        tokens = [token for (token,) in db.execute("SELECT token FROM queries ORDER BY token").fetchall()]
        db.execute("CREATE TEMP TABLE texts (token TEXT, sql TEXT)")
        db.execute("INSERT INTO texts SELECT UNNEST(?), UNNEST(?)", [tokens, [text(rng) for _ in tokens]])
        db.execute("UPDATE queries SET raw_query = texts.sql FROM texts WHERE texts.token = queries.token")


def measured(pipeline: dlt.Pipeline, what: str) -> None:
    began = time.perf_counter()
    step = LineageStep(pipeline)
    log = step.run()
    took = time.perf_counter() - began
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{what}: {took:.2f} s; {step.line()} {memory} MB.")
    assert log.failed is None


def slow() -> None:
    source = DataSource("1", "jdbc:postgresql", "shop")
    with Workers(Context()) as workers:
        for name, sql in SLOW.items():
            began = time.perf_counter()
            [(_, lineage)] = workers.run([(name, (Query("q", "r", sql, "1"), source))], 1)
            why = "; ".join(error.stage for error in lineage.errors) or "no errors"
            print(f"{name}: {time.perf_counter() - began:.2f} s, {len(lineage.tables)} tables, {why}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--queries", type=int, default=2_000)
    parser.add_argument("--heavy", action="store_true")
    parser.add_argument("--catalog", action="store_true")
    parser.add_argument("--slow", action="store_true")
    arguments = parser.parse_args()
    if arguments.slow:
        slow()
        return
    with tempfile.TemporaryDirectory() as name:
        pipeline = loaded(Path(name), arguments.queries)
        path = Path(name) / "mode.duckdb"
        if arguments.heavy:
            make_heavy(path)
        if arguments.catalog:
            rows = [f"raw,{t},{c}" for t in ("orders", "events") for c in ("id", "customer_id", "created_at", "m1")]
            (Path(name) / "columns.csv").write_text("\n".join(["schema,table,column", *rows]))
            os.environ["SOURCES__MODE__COLUMN_CATALOG"] = str(Path(name) / "columns.csv")
        measured(pipeline, "first run")
        measured(pipeline, "unchanged")
        with duckdb.connect(str(path)) as db:
            names = "('active-customers', 'regions')"
            db.execute(f"UPDATE mode_metadata.definitions SET source = source || ' ' WHERE name IN {names}")
        measured(pipeline, "a definition changed")


if __name__ == "__main__":
    main()
