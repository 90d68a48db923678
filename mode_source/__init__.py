"""A dlt source for the metadata of a Mode Analytics workspace.

    import dlt
    from mode_source import mode_source

    pipeline = dlt.pipeline("mode", destination="duckdb", dataset_name="mode_metadata")
    pipeline.run(mode_source(workspace="acme"))

What stands in `__all__` is the public interface; everything else may change from one version to the next.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._version import __version__

# Public name → the module that holds it. dlt takes half a second to import, which `mode-source --help` need not wait
# for: a name is imported when it is asked for.
_HOMES = {
    "create_views": ".models",
    "drop_views": ".models",
    "duckdb": ".load",
    "exclusive": ".load",
    "export": ".exports",
    "mode_lineage": ".lineage_tables",
    "mode_source": ".source",
    "sync": ".job",
}

__all__ = [
    "__version__",
    "create_views",
    "drop_views",
    "duckdb",
    "exclusive",
    "export",
    "mode_lineage",
    "mode_source",
    "sync",
]

if TYPE_CHECKING:
    from .exports import export as export
    from .job import sync as sync
    from .lineage_tables import mode_lineage as mode_lineage
    from .load import duckdb as duckdb
    from .load import exclusive as exclusive
    from .models import create_views as create_views
    from .models import drop_views as drop_views
    from .source import mode_source as mode_source


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name], __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
