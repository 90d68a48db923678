"""What changed since the last run: `changes`, `removed_assets`, `report_stats_daily`, in the same package.

All of it follows from rows that a run reads anyway, compared with what is stored: no request is made for it.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import orjson
import pendulum

from ..destination.snapshot import Snapshot
from ..entities import REPORTS, Entity
from ..entities.own_tables import CHANGES, READS, REMOVED_ASSETS, REPORT_STATS_DAILY, OwnTable
from ..entities.rows import Row, exported
from ..extract.context import Batch
from ..runlog import RunLog


class History:
    """Derives the rows of the side tables from batches.

    Args:
        snapshot: what the destination holds.
        log: of the run; its start dates every row.
    """

    def __init__(self, snapshot: Snapshot, log: RunLog) -> None:
        self._snapshot = snapshot
        self._now = log.started_at

    def rows(self, batch: Batch, fresh: list[Row]) -> Iterator[tuple[OwnTable, list[Row]]]:
        """Side tables and the rows to load into them.

        Args:
            batch: what was read.
            fresh: those of its rows that are to be loaded.
        """
        entity = batch.entity
        if batch.notes:
            yield READS, batch.notes
        if entity.append_only:
            return
        index = self._snapshot.index(entity)
        added = [row for row in fresh if row["token"] not in index]
        changed = [row for row in fresh if row["token"] in index and index[row["token"]].digest != row["_dlt_id"]]
        before = self._snapshot.rows(entity, [row["token"] for row in changed] + batch.gone)
        changes = [self._change(entity, row, "added") for row in added]
        for row in changed:
            columns = changed_columns(entity, before.get(row["token"], {}), row)
            if columns:
                changes.append(self._change(entity, row, "changed", ",".join(columns)))
        gone = [(token, before.get(token, {})) for token in batch.gone]
        changes += [self._change(entity, {**row, "token": token}, "removed") for token, row in gone]
        if changes and not entity.is_event:
            yield CHANGES, changes
        removed = [self._removed(entity, token, row) for token, row in gone]
        back = {row["token"] for row in added if (entity.name, row["token"]) in self._snapshot.removed()}
        removed += [{"entity": entity.name, "token": token, "_deleted": True} for token in back]
        if removed:
            yield REMOVED_ASSETS, removed
        if entity is REPORTS:
            stats = list(self._stats(batch))
            if stats:
                yield REPORT_STATS_DAILY, stats

    def _change(self, entity: Entity, row: Row, change: str, columns: str | None = None) -> Row:
        return {
            "changed_at": self._now,
            "entity": entity.name,
            "token": row["token"],
            "name": _name(row),
            "change": change,
            "columns": columns,
        }

    def _removed(self, entity: Entity, token: str, row: Row) -> Row:
        kinds = {column.name: column.kind for column in entity.columns}
        last = {name: _plain(kinds.get(name, ""), value) for name, value in row.items() if value is not None}
        return {
            "entity": entity.name,
            "token": token,
            "name": _name(row),
            "removed_at": self._now,
            "last_row": {"token": token, **last},
        }

    def _stats(self, batch: Batch) -> Iterator[Row]:
        today = self._now.date()
        stored = self._snapshot.stats_of(today)
        for row in batch.rows:
            counts = (row.get("view_count"), row.get("runs_count"))
            if row["token"] not in stored or stored[row["token"]] != counts:
                yield {"report_token": row["token"], "day": today, "view_count": counts[0], "runs_count": counts[1]}


def changed_columns(entity: Entity, before: Row, after: Row) -> list[str]:
    """Names of the columns in which two rows differ, dlt's and ours left out."""
    kinds = {column.name: column.kind for column in entity.columns}
    names = sorted((before.keys() | after.keys()) - {"_dlt_id", "_as_sent", "_deleted"})
    return [
        name
        for name in names
        if _plain(kinds.get(name, ""), before.get(name)) != _plain(kinds.get(name, ""), after.get(name))
    ]


def _name(row: Row) -> str | None:
    name = row.get("name") or row.get("title") or row.get("username")
    return str(name) if name else None


def _plain(kind: str, value: Any) -> Any:
    """A value as JSON has it, the same for a row from Mode and a row from any destination."""
    if isinstance(value, datetime):
        return exported("timestamp", value)
    if kind == "timestamp" and isinstance(value, str):
        return exported("timestamp", pendulum.parse(value))
    if kind != "text" and kind != "id" and isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return orjson.loads(value)  # DuckDB gives JSON columns as text, PostgreSQL as objects
        except ValueError:
            return value
    return value
