"""Lineage as tables: which queries must be analysed again, the analysis in worker processes, and the loading.

`plan` decides (pure), `stored` reads what the destination holds, `workers` and `worker` run `mode_source.lineage`
within bounds of time and memory, `analysis` puts them together into rows, `schema` declares the tables,
`column_catalog` reads that setting, `source` is the dlt source and `step` what the job runs after each load.
"""

from .source import mode_lineage

__all__ = ["mode_lineage"]
