"""From batches to tables: what dlt loads (`resources`), the history beside it, and the run that does it."""

from ..destination.pipeline import duckdb, make_pipeline
from .packages import connect, finish_pending
from .run import exclusive, load, run

alone = exclusive  # its name until version 0.1

__all__ = ["alone", "connect", "duckdb", "exclusive", "finish_pending", "load", "make_pipeline", "run"]
