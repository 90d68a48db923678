"""A dlt source for the metadata of a Mode Analytics workspace.

import dlt
from mode_source import mode_source

pipeline = dlt.pipeline("mode", destination="duckdb", dataset_name="mode_metadata")
pipeline.run(mode_source(workspace="acme"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"
__all__ = ["__version__", "mode_lineage", "mode_source"]

if TYPE_CHECKING:
    from .lineage_tables.source import mode_lineage as mode_lineage
    from .source import mode_source as mode_source


def __getattr__(name: str) -> Any:
    # dlt takes half a second to import: `mode-source --help` should not wait for it.
    if name == "mode_source":
        from .source import mode_source

        return mode_source
    if name == "mode_lineage":
        from .lineage_tables.source import mode_lineage

        return mode_lineage
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
