"""Loads the metadata of a Mode workspace into DuckDB; run again, it fetches what changed.

    pip install mode-source
    export SOURCES__MODE__WORKSPACE=acme SOURCES__MODE__TOKEN=… SOURCES__MODE__SECRET=…
    python pipelines/mode_to_duckdb.py

Settings may as well stand in .dlt/config.toml and .dlt/secrets.toml. The tables are in `mode.duckdb`, schema
`mode_metadata`. For another warehouse name its destination: make_pipeline("snowflake", …).
"""

import logging
import sys

from mode_source import mode_lineage, mode_source
from mode_source.ending import exit_code
from mode_source.load import alone, finish_pending, make_pipeline
from mode_source.models import create_views

logging.basicConfig(level="INFO", format="%(levelname)s - %(message)s")  # secrets are hidden from any handler


def main() -> None:
    # dlt.pipeline("mode", destination=duckdb(), …), with a working folder that no job for another target shares
    pipeline = make_pipeline("duckdb", "mode_metadata", progress="log")
    with alone(pipeline):  # overlapping runs of a scheduler do not meet
        finish_pending(pipeline)  # what a run that was killed had read already
        print(pipeline.run(mode_source()))
        print(pipeline.run(mode_lineage()))  # which tables and columns each query reads
        create_views(pipeline)  # reports_overview, table_usage and others, for people to ask

    # A part of it:  pipeline.run(mode_source().with_resources("reports", "queries"))
    # Without personal collections:  mode_source(collection_filter="custom")
    print(pipeline.dataset().row_counts().fetchall())


if __name__ == "__main__":
    sys.exit(exit_code(main))
