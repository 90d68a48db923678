"""Size and speed of the HTML page of a large workspace: `python -m tests.benchmarks.page_size [REPORTS] [FOLDER]`.

Three queries and four charts per report, two tables with four columns each per query out of 3,000. Prints how long
the page takes to make, how large it is, and, where there is Chromium, how long it takes to show the table, to search,
to open a report and to open a table.
"""

from __future__ import annotations

import resource
import sys
import tempfile
from pathlib import Path
from time import monotonic

import duckdb

from mode_sandbox import Sandbox, Workspace
from mode_source.lineage_tables.step import LineageStep
from mode_source.load import connect
from mode_source.page import write_page

from ..conftest import duckdb_pipeline, run
from ..page.browser import Browser

FILL = """
INSERT INTO collections BY NAME SELECT 'c' || i AS token, 'Collection ' || i AS name, 'custom' AS space_type,
    'c' || i AS _dlt_id, '1' AS _dlt_load_id FROM range(150) AS t(i);
INSERT INTO members BY NAME SELECT 'm' || i AS token, 'user' || i AS username, 'Person Number ' || i AS name,
    'active' AS state, 'm' || i AS _dlt_id, '1' AS _dlt_load_id FROM range(800) AS t(i);
INSERT INTO data_sources BY NAME SELECT 'd' || i AS token, i::text AS id, 'Warehouse ' || i AS name,
    'jdbc:' || ['snowflake', 'bigquery', 'postgresql', 'redshift'][1 + i % 4] AS adapter,
    'd' || i AS _dlt_id, '1' AS _dlt_load_id FROM range(12) AS t(i);
INSERT INTO reports BY NAME SELECT md5(i::text)[:12] AS token, 'Weekly Revenue by Region, Part ' || i AS name,
    'c' || i % 150 AS space_token, 'user' || i % 820 AS creator_username, (i * 7919) % 5000 AS view_count,
    i % 300 AS runs_count, now() - to_hours(i % 9000) AS last_run_at, now() - to_hours(9000 + i) AS created_at,
    i % 20 = 0 AS archived, 'https://app.mode.com/acme/reports/' || md5(i::text)[:12] AS web_url,
    'r' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n}) AS t(i);
INSERT INTO report_schedules BY NAME SELECT 's' || i AS token, md5((i * 5)::text)[:12] AS report_token,
    'daily' AS frequency, 's' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} // 5) AS t(i);
INSERT INTO queries BY NAME SELECT 'q' || i AS token, md5((i // 3)::text)[:12] AS report_token,
    'Revenue query ' || i % 3 AS name, (i % 13)::text AS data_source_id, 'SELECT 1' AS raw_query,
    'q' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} * 3) AS t(i);
INSERT INTO charts BY NAME SELECT 'h' || i AS token, 'q' || (i * 3 // 4) AS query_token,
    md5((i // 4)::text)[:12] AS report_token, 'Revenue by Region ' || i % 4 AS title, 'bar' AS chart_type,
    'h' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} * 4) AS t(i);
INSERT INTO query_tables BY NAME SELECT 'q' || i // 2 AS query_token, md5((i // 6)::text)[:12] AS report_token,
    'snowflake' AS platform, 'ANALYTICS' AS database_name, 'SCHEMA_' || (i * 31) % 40 AS schema_name,
    'SOME_TABLE_' || (i * 7907) % 3000 AS table_name, 'read' AS role, 'certain' AS certainty,
    't' || i AS _dlt_id, '1' AS _dlt_load_id FROM range({n} * 6) AS t(i);
INSERT INTO query_columns BY NAME SELECT query_token, report_token, 'OUT_' || j AS output_column,
    database_name AS source_database, schema_name AS source_schema, table_name AS source_table,
    'COLUMN_' || j AS source_column, 'certain' AS certainty, _dlt_id || '.' || j AS _dlt_id, '1' AS _dlt_load_id
    FROM query_tables, range(4) AS t(j);
INSERT INTO chart_fields BY NAME SELECT token AS chart_token, query_token, report_token, 'OUT_' || j AS field,
    'y' AS usage, 'OUT_' || j AS output_column, token || '.' || j AS _dlt_id, '1' AS _dlt_load_id
    FROM charts, range(2) AS t(j);
"""
PROBE = """
const said = {}, start = performance.now(), page = await frame('page.html'), doc = page.document;
said['opened, in ms'] = performance.now() - start;
const timed = (name, act) => {
  const from = performance.now();
  act();
  said[name] = performance.now() - from + 0 * doc.body.offsetHeight;
};
const search = doc.getElementById('search');
const type = (text) => { search.value = text; search.dispatchEvent(new page.Event('input')); };
timed('searched the first time', () => type('region some_table_17'));
timed('searched again', () => type('region some_table_170'));
timed('sorted by name', () => { type(''); doc.querySelector('[data-sort=name] button').click(); });
const from = performance.now();
page.location.hash = doc.querySelector('#list tbody a').hash;
await until(() => doc.querySelector('dialog svg'));
said['opened a report'] = performance.now() - from;
const again = performance.now();
page.location.hash = doc.querySelector('.used a').hash;
await until(() => doc.querySelector('dialog .columns'));
said['opened a table with its columns'] = performance.now() - again;
page.location.hash = doc.querySelector('#list tbody a').hash;
await until(() => doc.querySelector('dialog svg'));
said['boxes in its picture'] = doc.querySelectorAll('dialog svg .node').length;
return said;
"""


def main(reports: int, folder: Path) -> None:
    pipeline = duckdb_pipeline(folder)
    with Sandbox(Workspace.empty()) as sandbox:
        run(pipeline, sandbox)
    LineageStep(pipeline).run()  # makes its tables
    with duckdb.connect(str(folder / "mode.duckdb")) as db:
        db.execute("SET search_path = 'mode_metadata'")
        db.execute(FILL.format(n=reports))
    connect(pipeline)
    path = folder / "page.html"
    began = monotonic()
    written = write_page(pipeline, path)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"{reports:,} reports: {written['bytes'] / 1e6:.1f} MB in {monotonic() - began:.1f} s, {memory} MB of memory")
    for name, value in Browser(folder).probe(PROBE).items():
        print(f"  {name}: {value:,.0f}")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        main(int(sys.argv[1]) if len(sys.argv) > 1 else 20_000, Path(sys.argv[2] if len(sys.argv) > 2 else temporary))
