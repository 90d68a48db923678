"""Lineage of Mode's queries: from SQL with Liquid and definitions to the tables and columns it reads.

Pure functions over plain data: no database, no network, no dlt. `analyse` is the way in; the steps are
`liquid`, `forms`, `fill`, `definitions` (Mode's text to plain SQL), `parse`, `names`, `tables`, `columns`
(plain SQL to edges), `fallback` (when there is no tree) and `charts` (fields of a chart).
"""

from .analysis import TIMEOUT, VERSION, Datasets, analyse, by_name
from .catalog import Catalog
from .charts import chart_fields
from .definitions import Definitions
from .liquid import mentions
from .model import (
    Certainty,
    ChartField,
    ColumnEdge,
    DatasetRef,
    DataSource,
    Definition,
    DefinitionEdge,
    Lineage,
    LineageError,
    Query,
    TableEdge,
)  # fmt: skip
from .platforms import PLATFORMS, platform_of

__all__ = [
    "PLATFORMS", "TIMEOUT", "VERSION", "Catalog", "Certainty", "ChartField", "ColumnEdge", "DataSource",
    "DatasetRef", "Datasets", "Definition", "DefinitionEdge", "Definitions", "Lineage", "LineageError", "Query",
    "TableEdge", "analyse", "by_name", "chart_fields", "mentions", "platform_of",
]  # fmt: skip
