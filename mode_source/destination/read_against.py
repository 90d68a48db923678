"""Which state of the tables a load package was read against.

A package that waits on this machine lacks the rows that were stored already. It is of use only as long as they are.
"""

from __future__ import annotations

import dlt
from dlt.destinations.exceptions import DatabaseUndefinedRelation

from .append_only import appends


def note_state(pipeline: dlt.Pipeline) -> None:
    """Remembers the state of the tables that the next package is read against."""
    pipeline.set_local_state_val("read_against", _state(pipeline))


def moved_on(pipeline: dlt.Pipeline) -> bool:
    """Whether the tables are no longer those that the packages on this machine were read against.

    Somebody may have dropped the dataset, or restored an older one, since: rows that were not loaded, as they were
    there already, would then be missing, while the notes in the package say that they were read.
    """
    try:
        return bool(pipeline.get_local_state_val("read_against") != _state(pipeline))
    except KeyError:
        return False  # a package of version 0.1, which did not remember


def _state(pipeline: dlt.Pipeline) -> str:
    """How many packages the tables hold, and which was the last; those that wait on this machine do not count."""
    if appends(pipeline):
        return "files"  # nothing there is ever missing: every version of a row is kept
    waiting = {*pipeline.list_extracted_load_packages(), *pipeline.list_normalized_load_packages()}
    try:
        with pipeline.sql_client() as client:
            table = client.make_qualified_table_name("_dlt_loads")
            rows = client.execute_sql(f"SELECT load_id FROM {table} WHERE status = 0") or ()
    except DatabaseUndefinedRelation:
        return "empty"
    loaded = sorted({str(row[0]) for row in rows} - waiting)
    return f"{len(loaded)} {loaded[-1]}" if loaded else "empty"
