"""The lineage tables as dlt loads them; `entities.own_tables` declares what they hold.

Rows of a query (or chart) are replaced together: a mark with `_deleted` removes what the table holds of it, the
new rows follow in the same package. Hence `merge_key` alone (docs/dlt-notes.md#s2-2).
"""

from __future__ import annotations

from dlt.extract import DltResource

from ..destination.schema import columns_of_table
from ..entities import own_tables

QUERY_TABLES = own_tables.QUERY_TABLES.name
QUERY_COLUMNS = own_tables.QUERY_COLUMNS.name
QUERY_DEFINITIONS = own_tables.QUERY_DEFINITIONS.name
CHART_FIELDS = own_tables.CHART_FIELDS.name
ERRORS = own_tables.LINEAGE_ERRORS.name
STATE = own_tables.LINEAGE_STATE.name
TABLES = tuple(table.name for table in own_tables.LINEAGE_TABLES)
OF_QUERIES = (QUERY_TABLES, QUERY_COLUMNS, QUERY_DEFINITIONS, ERRORS)


def declare(resource: DltResource) -> DltResource:
    """Makes a bare resource load the tables, each under its name."""
    for table in own_tables.LINEAGE_TABLES:
        resource.apply_hints(
            table_name=table.name,
            write_disposition="merge",
            merge_key=table.key,
            columns=columns_of_table(table),
            create_table_variant=True,
        )
    return resource
