"""The dlt source of the lineage tables.

pipeline.run(mode_source())
pipeline.run(mode_lineage())
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from time import monotonic
from typing import Any

import dlt
from dlt.extract import DltResource

from ..settings import register
from . import column_catalog as catalogs
from .analysis import Analysis, LineageLog
from .rows import Rows
from .schema import declare
from .stored import Stored

register()


@dlt.source(name="mode", section="mode", max_table_nesting=0)
def mode_lineage(
    column_catalog: str | None = None, full_refresh: bool = False, log: LineageLog | None = None
) -> Iterable[DltResource]:
    """The lineage of the queries and charts that an earlier `mode_source` loaded with the same pipeline.

    Loads `query_tables`, `query_columns`, `query_definitions`, `chart_fields` and `lineage_errors`; run again,
    only what changed. The destination must be able to merge: plain files are not.

    Args:
        column_catalog: where the warehouse's columns stand: `schema.table` in the destination, a query on it,
            or a CSV file, with columns database, schema, table, column.
        full_refresh: analyse everything again.
        log: receives counts; a new one if not given.

    Raises:
        UsageError: while it runs, as the cause of dlt's `PipelineStepFailed`: `column_catalog` makes no sense.
    """
    counts = log or LineageLog()

    def found() -> Iterator[Rows]:
        with analysis_of(dlt.current.pipeline(), column_catalog, counts, everything=full_refresh) as analysis:
            yield from analysis.rows()

    yield lineage_resource(found)


@contextmanager
def analysis_of(
    pipeline: dlt.Pipeline, column_catalog: str | None, log: LineageLog, **given: Any
) -> Iterator[Analysis]:
    """An analysis of a pipeline's tables, with their connection open; `log` gets its duration."""
    began = monotonic()
    catalog = catalogs.read(column_catalog, pipeline) if column_catalog else None
    with Stored(pipeline) as stored:
        yield Analysis(stored, catalog, log, **given)
    log.seconds = monotonic() - began


def lineage_resource(found: Callable[[], Iterable[Rows]]) -> DltResource:
    """The resource that loads the tables from what `found` returns when dlt gets there."""

    def lineage() -> Iterator[Any]:
        for rows in found():
            for table, some in rows.items():
                yield dlt.mark.with_table_name(some or dlt.mark.materialize_table_schema(), table)

    return declare(dlt.resource(lineage, name="lineage"))
