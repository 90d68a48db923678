"""Reading tables where nothing is ever merged: files in a bucket or folder.

dlt appends to a plain filesystem destination, whatever the write disposition (docs/dlt-notes.md#s4-2). A
token's latest row is then its current one, and a row marked `_deleted` says that there is none.
"""

from __future__ import annotations

import dlt


def appends(pipeline: dlt.Pipeline) -> bool:
    """Whether the pipeline's destination can only append."""
    return pipeline.destination is not None and pipeline.destination.destination_type.endswith(".filesystem")


def current(pipeline: dlt.Pipeline, table: str, *keys: str) -> str:
    """The SQL after FROM that reads the current rows of a table.

    Args:
        pipeline: whose destination it is in.
        table: its name.
        keys: columns that identify a row; none where rows are only ever added.
    """
    if not (keys and appends(pipeline)):
        return table
    numbered = (
        f"SELECT *, ROW_NUMBER() OVER (PARTITION BY {', '.join(keys)} ORDER BY _dlt_load_id DESC) AS _nth FROM {table}"
    )
    return f"(SELECT * FROM ({numbered}) AS numbered WHERE _nth = 1 AND _deleted IS NULL)"
