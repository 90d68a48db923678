"""Fits what Mode sends beyond the declared columns into the columns of a table.

Mode may add a field, change its type from one row to the next, or name it like a column that is there already.
None of that may stop a run or change a value in silence: an undeclared field becomes a column of the type that it
first had, and whatever does not fit stays in `_as_sent`, as Mode sent it, with one warning a run.
"""

from __future__ import annotations

import logging
import math
import re
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pendulum

from .declaration import Column, Entity, Kind

logger = logging.getLogger(__name__)

MOST = 100  # undeclared columns of a table; databases stop at 1,600, and people long before
LONGEST = 60  # characters of a column's name; PostgreSQL has 63
DEEPEST = 100  # levels of nesting; JSON libraries stop at 254, databases at others
RESERVED = {"_as_sent", "_deleted", "_dlt_id", "_dlt_load_id"}
NAME = re.compile(r"[a-z][a-z0-9_]*")
KINDS: tuple[Kind, ...] = ("bool", "bigint", "double", "text", "json")
DESCRIBED = re.compile(r"Field `(.*)` of Mode, undeclared\.", re.DOTALL)

Stored = Mapping[str, tuple[str, str]]  # column → dlt's type and our description


def snake_case(name: str) -> str:
    """A field's name as a column's: `viewCount` → `view_count`."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1_\2", re.sub(r"\W+", "_", name, flags=re.ASCII))
    return re.sub("_+", "_", spaced).strip("_").lower()


@dataclass
class _Undeclared:
    """A column that holds an undeclared field; `field` is empty where nobody knows which."""

    kind: str
    field: str


class Fields:
    """The undeclared columns of all tables in one run; may be used from any thread.

    Args:
        normalise: a field's name as the destination names its column.
        stored: the columns that a table has already.
    """

    def __init__(
        self, normalise: Callable[[str], str] = snake_case, stored: Callable[[str], Stored] = lambda table: {}
    ) -> None:
        self._normalise = normalise
        self._stored = stored
        self._lock = threading.Lock()
        self._columns: dict[str, dict[str, _Undeclared]] = {}  # by table and column
        self._new: dict[str, list[Column]] = {}
        self._warned: set[tuple[str, str]] = set()

    def fit(self, entity: Entity, sent: Mapping[str, Any], as_sent: dict[str, Any]) -> dict[str, Any]:
        """The columns of undeclared fields.

        Args:
            entity: what the row is.
            sent: undeclared fields as Mode sends them, without nulls.
            as_sent: receives what fits no column, under the name that Mode gives it.
        """
        row: dict[str, Any] = {}
        for name, value in sent.items():
            column = self._column(name)
            kind = self._kind(entity, column, name, value)
            if kind and fits(kind, value):
                row[column] = value
                continue
            as_sent[name] = value
            why = f"its column holds {kind}" if kind else "it has no column of its own"
            self.warn(entity, name, f"Field {name!r} of {entity.name} is kept in _as_sent: {why}.")
        return row

    def warn(self, entity: Entity, name: str, message: str) -> None:
        """Logs a warning about a field, once a run."""
        with self._lock:
            known = (entity.name, name) in self._warned
            self._warned.add((entity.name, name))
        if not known:
            logger.warning("%s", message)

    def take_new(self, entity: Entity) -> list[Column]:
        """Columns that the table does not have yet, each once."""
        with self._lock:
            return self._new.pop(entity.name, [])

    def _column(self, field: str) -> str:
        """The name of a field's column; empty if there can be none."""
        try:
            return self._normalise(field)
        except ValueError:
            return ""

    def _kind(self, entity: Entity, column: str, field: str, value: Any) -> str:
        """The type of a field's column, which is made where the table has room for it; empty if it has none."""
        if column in RESERVED or column in _declared(entity) or len(column) > LONGEST or not NAME.fullmatch(column):
            return ""
        with self._lock:
            if entity.name not in self._columns:
                self._columns[entity.name] = {
                    name: _Undeclared(kind, match[1] if (match := DESCRIBED.fullmatch(description)) else "")
                    for name, (kind, description) in self._stored(entity.name).items()
                    if name not in _declared(entity) and name not in RESERVED
                }
            columns = self._columns[entity.name]
            known = columns.get(column)
            if known is None:
                kind = kind_of(value)
                if not kind or len(columns) >= MOST:
                    return ""
                known = columns[column] = _Undeclared(kind, field)
                self._new.setdefault(entity.name, []).append(
                    Column(column, kind, f"Field `{field}` of Mode, undeclared.")
                )
            known.field = known.field or field
            return known.kind if known.field == field else ""


def kind_of(value: Any) -> Kind | None:
    """The type of column that holds a value exactly; None if there is none."""
    for kind in KINDS:
        if fits(kind, value):
            return kind
    return None


def fits(kind: str, value: Any) -> bool:
    """Whether a column of this type (dlt's name) holds a value exactly."""
    match kind:
        case "bool":
            return isinstance(value, bool)
        case "bigint":
            return isinstance(value, int) and not isinstance(value, bool) and -(2**63) <= value < 2**63
        case "double":
            whole = isinstance(value, int) and not isinstance(value, bool) and abs(value) <= 2**53
            return whole or (isinstance(value, float) and math.isfinite(value))
        case "text":
            return isinstance(value, str)
        case "json":
            return isinstance(value, (dict, list)) and carried(value)
        case "timestamp":
            return isinstance(value, str) and _is_moment(value)
    return False


def carried(value: Any) -> bool:
    """Whether JSON libraries and databases carry a nested value: bounded depth, numbers within 64 bits."""
    left = [(value, 1)]
    while left:
        item, depth = left.pop()
        if isinstance(item, (dict, list)):
            if depth > DEEPEST:
                return False
            left += [(inner, depth + 1) for inner in (item.values() if isinstance(item, dict) else item)]
        elif isinstance(item, (int, float)) and not any(fits(kind, item) for kind in ("bool", "bigint", "double")):
            return False
    return True


def _is_moment(value: str) -> bool:
    try:
        return len(value) >= len("2021-12-10T20:55") and isinstance(pendulum.parse(value), pendulum.DateTime)
    except ValueError:
        return False


@cache
def _declared(entity: Entity) -> frozenset[str]:
    return frozenset(column.name for column in entity.columns)
