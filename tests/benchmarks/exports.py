"""What each export costs on a large workspace: `python -m tests.benchmarks.exports [REPORTS] [FOLDER]`.

Three queries of 1.2 kB and three charts per report, two tables and six columns per query, a dbt project of 3,000
models. Each export is the command in a fresh process, from start to end; the second one finds nothing changed.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from time import monotonic

import duckdb

from mode_sandbox import Sandbox, Workspace
from mode_source import mode_lineage

from ..conftest import duckdb_pipeline, run

FORMATS = ("catalog", "dbt", "datahub", "openlineage", "sql")
TABLES = 3000

FILL = """
INSERT INTO collections BY NAME SELECT md5('c' || i)[:12] AS token, 'Collection ' || i AS name,
    'custom' AS space_type, 'c' || i AS _dlt_id, '1' AS _dlt_load_id FROM range(150) AS t(i);
INSERT INTO members BY NAME SELECT md5('m' || i)[:12] AS token, 'user' || i AS username, 'Person Number ' || i AS name,
    'user' || i || '@acme.com' AS email, 'active' AS state, 'm' || i AS _dlt_id, '1' AS _dlt_load_id
    FROM range(800) AS t(i);
INSERT INTO data_sources BY NAME SELECT md5('d' || i)[:12] AS token, i::text AS id, 'Warehouse ' || i AS name,
    'jdbc:' || ['snowflake', 'bigquery', 'postgresql', 'redshift'][1 + i % 4] AS adapter, 'dwh.acme.com' AS host,
    'd' || i AS _dlt_id, '1' AS _dlt_load_id FROM range(12) AS t(i);
INSERT INTO reports BY NAME SELECT md5(i::text)[:12] AS token, (3000000 + i)::text AS id,
    'Weekly Revenue by Region, Part ' || i AS name, repeat('What it is about. ', 6) AS description,
    md5('c' || i % 150)[:12] AS space_token, 'user' || i % 820 AS creator_username, (i * 7919) % 5000 AS view_count,
    now() - to_hours(i % 9000) AS last_run_at, now() - to_hours(i % 9000) AS last_successfully_run_at,
    now() - to_hours(9000 + i) AS created_at, now() - to_hours(i % 9000) AS updated_at, i % 20 = 0 AS archived,
    'r' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n}) AS t(i);
INSERT INTO report_stats_daily BY NAME SELECT report_token, day, view_count, '1' AS _dlt_load_id,
    'x' || report_token || day AS _dlt_id FROM (SELECT token AS report_token, CAST(now() AS date) - d::integer AS day,
    view_count FROM reports, range(0, 30, 10) AS t(d));
INSERT INTO report_schedules BY NAME SELECT md5('s' || i)[:12] AS token, md5((i * 5)::text)[:12] AS report_token,
    'daily' AS frequency, 's' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} // 5) AS t(i);
INSERT INTO queries BY NAME SELECT md5('q' || i)[:12] AS token, (9000000 + i)::text AS id,
    md5((i // 3)::text)[:12] AS report_token, 'Revenue query ' || i % 3 AS name, (i % 13)::text AS data_source_id,
    'SELECT ' || i || repeat(', some_column AS another_name', 40) AS raw_query, (3535000000 + i)::text AS last_run_id,
    now() AS created_at, now() AS updated_at, 'q' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} * 3) AS t(i);
INSERT INTO charts BY NAME SELECT md5('h' || i)[:12] AS token, md5('q' || i)[:12] AS query_token,
    md5((i // 3)::text)[:12] AS report_token, 'Revenue by Region ' || i % 4 AS title, 'bar' AS chart_type,
    'h' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} * 3) AS t(i);
INSERT INTO query_tables BY NAME SELECT md5('q' || i // 2)[:12] AS query_token,
    md5((i // 6)::text)[:12] AS report_token, 'snowflake' AS platform, 'ANALYTICS' AS database_name,
    'SCHEMA_' || (i * 31) % 40 AS schema_name, 'SOME_TABLE_' || (i * 7907) % {tables} AS table_name, 'read' AS role,
    'certain' AS certainty, 't' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} * 6) AS t(i);
INSERT INTO query_columns BY NAME SELECT query_token, report_token, 'OUTPUT_' || c AS output_column,
    database_name AS source_database, schema_name AS source_schema, table_name AS source_table,
    'COLUMN_' || c AS source_column, 'certain' AS certainty, _dlt_id || c AS _dlt_id, '1' AS _dlt_load_id
    FROM query_tables, range(3) AS t(c) WHERE report_token IN (SELECT token FROM reports);
INSERT INTO lineage_state BY NAME SELECT token, 'query' AS kind,
    '["OUTPUT_0", "OUTPUT_1", "OUTPUT_2"]' AS output_columns,
    'l' || token AS _dlt_id, '1' AS _dlt_load_id FROM queries WHERE token NOT IN (SELECT token FROM lineage_state);
INSERT INTO chart_fields BY NAME SELECT token AS chart_token, query_token, report_token, 'OUTPUT_' || c AS field,
    ['x', 'y', 'y'][c + 1] AS usage, 'OUTPUT_' || c AS output_column, 'f' || token || c AS _dlt_id,
    '1' AS _dlt_load_id FROM charts, range(3) AS t(c);
"""


def fill(folder: Path, reports: int) -> None:
    """Makes a database with so many reports, and the manifest of a dbt project that builds its tables."""
    pipeline = duckdb_pipeline(folder)
    with Sandbox(Workspace.generate(seed=1, reports=2, collections=1, datasets=1, members=2)) as sandbox:
        run(pipeline, sandbox)
    pipeline.run(mode_lineage())
    with duckdb.connect(str(folder / "mode.duckdb")) as connection:
        connection.execute(f"USE {pipeline.dataset_name}")
        connection.execute(FILL.format(n=reports, tables=TABLES))
    nodes = {
        f"model.shop.table_{n}_{m}": {
            "resource_type": "model", "package_name": "shop", "name": f"table_{n}_{m}",
            "relation_name": f"ANALYTICS.SCHEMA_{m}.SOME_TABLE_{n}",
        }
        for n in range(TABLES)
        for m in (n % 40, (n + 1) % 40)
    }  # fmt: skip
    content = {"metadata": {"adapter_type": "snowflake", "project_name": "shop"}, "nodes": nodes, "sources": {}}
    (folder / "manifest.json").write_text(json.dumps(content))


def measured(folder: Path, format: str) -> tuple[float, float, float]:
    """Wall and CPU seconds, and the most memory in MB."""
    command = [sys.executable, "-m", "mode_source", "export", "-o", f"out/{format}", "--format", format]
    command += ["--pipelines-dir", "pipelines", "--log-level", "ERROR"]
    command += ["--manifest", "manifest.json"] if format == "dbt" else []
    began = monotonic()
    with subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL, env=environment()) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{format} ended with exit code {process.returncode}")
    return monotonic() - began, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024 / 1e6


def environment() -> dict[str, str]:
    """That of the benchmark, with this repository first."""
    return {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}


def main(reports: int, folder: Path) -> None:
    """Prints one line per export."""
    if not (folder / "manifest.json").exists():  # in a process of its own: what it holds would count as the exports'
        with ProcessPoolExecutor(1) as pool:
            pool.submit(fill, folder, reports).result()
    print("| Export | Wall | CPU | Peak | Again: CPU | Files | Size |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    for format in FORMATS:
        wall, cpu, peak = measured(folder, format)
        _, again, _ = measured(folder, format)
        files = [path for path in (folder / "out" / format).rglob("*") if path.is_file()]
        size = sum(path.stat().st_size for path in files) / 1e6
        cost = f"{wall:.1f} s | {cpu:.1f} s | {peak:.0f} MB | {again:.1f} s"
        print(f"| {format} | {cost} | {len(files):,} | {size:,.0f} MB |", flush=True)


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(
            int(sys.argv[1]) if len(sys.argv) > 1 else 20_000,
            Path(sys.argv[2]) if len(sys.argv) > 2 else Path(temporary),
        )
