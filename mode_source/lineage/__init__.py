"""Lineage of Mode's queries: from SQL with Liquid and definitions to the tables and columns it reads.

Pure functions over plain data: no database, no network, no dlt. `analyse` is the way in; the steps are
`liquid`, `forms`, `holes`, `definitions` (from Mode's text to plain SQL), `parse`, `table_names`, `table_edges`,
`column_edges` (from plain SQL to edges), `fallback` (where there is no tree) and `charts` (fields of a chart).
"""

from .charts import chart_fields
from .definitions import Definitions
from .engine import TIMEOUT, VERSION, Datasets, analyse, by_name
from .liquid import mentions
from .platforms import PLATFORMS, platform_of
from .records import (
    Certainty,
    ChartField,
    ColumnEdge,
    DatasetRef,
    DataSource,
    Definition,
    DefinitionEdge,
    Lineage,
    LineageError,
    Place,
    Query,
    Reason,
    TableEdge,
    Usage,
)  # fmt: skip
from .warehouse import ColumnCatalog

Catalog = ColumnCatalog  # its name up to version 1.0, which scripts may use

__all__ = [
    "PLATFORMS", "TIMEOUT", "VERSION", "Catalog", "Certainty", "ChartField", "ColumnCatalog", "ColumnEdge",
    "DataSource", "DatasetRef", "Datasets", "Definition", "DefinitionEdge", "Definitions", "Lineage", "LineageError",
    "Place", "Query", "Reason", "TableEdge", "Usage", "analyse", "by_name", "chart_fields", "mentions", "platform_of",
]  # fmt: skip
