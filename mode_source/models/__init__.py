"""The SQL models: views beside the tables, one file each, that answer what people ask of Mode's metadata.

One text serves DuckDB and PostgreSQL. `create_views` brings a dataset's views to the state of this version; which
version made a view stands in the view's comment, so an unchanged dataset costs one look at the catalog, and what
others have made under the same name is never touched.
"""

from __future__ import annotations

import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property, lru_cache
from graphlib import TopologicalSorter
from hashlib import blake2b
from importlib.resources import files
from typing import Any

import dlt
from dlt.destinations.exceptions import DatabaseException

from ..destination.failures import explained
from ..errors import LockedError

logger = logging.getLogger(__name__)

MARK = "made by mode-source, version "  # in the comment of every view of ours
LONGEST_WAIT = 15_000  # ms for a reader to let go of a view; all who come later wait behind us
LOCK_NOT_AVAILABLE = "55P03"  # PostgreSQL's code for having waited that long

# Every relation of the dataset: name, whether it is a view, comment.
_RELATIONS = {
    "duckdb": (
        "SELECT table_name, false, comment FROM duckdb_tables()"
        " WHERE database_name = current_database() AND schema_name = %s"
        " UNION ALL SELECT view_name, true, comment FROM duckdb_views()"
        " WHERE database_name = current_database() AND schema_name = %s"
    ),
    "postgres": (
        "SELECT c.relname, c.relkind = 'v', obj_description(c.oid, 'pg_class')"
        " FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace"
        " WHERE c.relkind IN ('r', 'p', 'f', 'm', 'v') AND n.nspname = %s"
    ),
}


@dataclass(frozen=True)
class Model:
    """A view: its name, and the text of its file."""

    name: str
    sql: str

    @property
    def question(self) -> str:
        """The first paragraph of the file's comment: the question that the view answers, and the meaning of a row."""
        lines = []
        for line in self.sql.splitlines():
            if not line.startswith("-- "):
                break
            lines.append(line[3:].strip())
        return " ".join(lines)

    @property
    def comment(self) -> str:
        """The comment of the view when it is up to date."""
        return f"{self.question} ({MARK}{blake2b(self.sql.encode(), digest_size=6).hexdigest()})"

    @cached_property
    def needs(self) -> frozenset[str]:
        """Tables and views that it reads. A parser would take longer than all the rest; the tests ask one."""
        read = set(re.findall(r"\b(?:FROM|JOIN)\s+(\w+)\b(?!\s*\()", self.sql))
        return frozenset(read - set(re.findall(r"\b(\w+) AS \(", self.sql)))


@lru_cache
def models() -> dict[str, Model]:
    """Every model by name, in an order in which they can be created."""
    found = {
        path.name[:-4]: Model(path.name[:-4], path.read_text(encoding="utf-8"))
        for path in files(__package__).iterdir()
        if path.name.endswith(".sql")
    }
    order = TopologicalSorter({name: sorted(found[name].needs & found.keys()) for name in sorted(found)})
    return {name: found[name] for name in order.static_order()}


def create_views(pipeline: dlt.Pipeline) -> list[str]:
    """Creates or replaces views that are missing or of another version, drops those that are no longer shipped.

    All in one transaction: readers see the old views, or the new ones. A view whose tables do not exist yet is
    left out, and so is one that the database refuses to replace, with a warning: the next load tries again.

    Args:
        pipeline: which has loaded; the caller holds its lock.

    Returns:
        The views that were created or replaced.

    Raises:
        ModeSourceError: the database does not answer.
    """
    kind = _kind(pipeline)
    if kind not in _RELATIONS:
        logger.info("Views are made on DuckDB and PostgreSQL only: none here (%s).", kind)
        return []
    try:
        with pipeline.sql_client() as client:
            relations = _relations(client, kind)
            wanted = _wanted(relations)
            due = [name for name in wanted if relations.get(name) != (True, models()[name].comment)]
            obsolete = _ours(relations) - set(wanted)
            while due or obsolete:
                failed = _replace(client, kind, due, obsolete, _ours(relations))
                if failed is None:
                    logger.info("Views created or replaced: %s.", ", ".join(due) or "none, only old ones dropped")
                    return due
                obsolete -= {failed}
                in_the_way = {failed, *_dependents(failed)}  # and what cannot change unless these are dropped
                due = [name for name in due if name not in in_the_way and failed not in _dependents(name)]
    except LockedError as error:
        logger.warning("Views stay as they were, the next load tries again: %s.", error)
    except Exception as error:
        raise explained(error, pipeline) from error
    return []


def drop_views(pipeline: dlt.Pipeline) -> list[str]:
    """Drops the views; the next `create_views` brings them back.

    For what PostgreSQL refuses while a view reads a table: dlt's `refresh="drop_sources"` and `"drop_resources"`,
    `dlt pipeline mode drop`, or dropping a table or column by hand.

    Args:
        pipeline: whose dataset it is.

    Returns:
        The views that were dropped.

    Raises:
        ModeSourceError: the database does not answer, or a view of the user's own reads one of them.
    """
    kind = _kind(pipeline)
    if kind not in _RELATIONS:
        return []
    try:
        with pipeline.sql_client() as client:
            names = _last_first(_ours(_relations(client, kind)))
            with client.begin_transaction():
                for name in names:
                    client.execute_sql(f"DROP VIEW {client.make_qualified_table_name(name)}")
    except Exception as error:
        raise explained(error, pipeline) from error
    return names


def _kind(pipeline: dlt.Pipeline) -> str:
    return pipeline.destination.destination_type.rpartition(".")[2] if pipeline.destination else "no destination"


def _relations(client: Any, kind: str) -> dict[str, tuple[bool, str]]:
    sql = _RELATIONS[kind]
    rows = client.execute_sql(sql, *[client.dataset_name] * sql.count("%s"))
    return {name: (is_view, comment or "") for name, is_view, comment in rows}


def _ours(relations: dict[str, tuple[bool, str]]) -> set[str]:
    return {name for name, (is_view, comment) in relations.items() if is_view and MARK in comment}


def _wanted(relations: dict[str, tuple[bool, str]]) -> list[str]:
    """The views that there should be, in order: those whose tables exist."""
    ours = _ours(relations)
    there = relations.keys() - ours
    wanted: list[str] = []
    for name, model in models().items():
        missing = model.needs - there - set(wanted)
        if name in there:
            logger.warning("View %s was not created: the dataset has another object of that name.", name)
        elif missing:
            logger.debug("View %s waits for %s.", name, ", ".join(sorted(missing)))
        else:
            wanted.append(name)
    return wanted


def _replace(client: Any, kind: str, due: list[str], obsolete: set[str], ours: set[str]) -> str | None:
    """Does it in one transaction; returns the name of the view at which it failed, with nothing changed."""
    # PostgreSQL replaces a view, and keeps who may read it, only if the columns stay; else it must be dropped, and
    # what reads it before it.
    behind = {other for name in due for other in _dependents(name)}
    for drop in (obsolete, obsolete | {*due, *behind} & ours):
        name = ""
        try:
            with client.begin_transaction():
                if kind == "postgres":
                    client.execute_sql(f"SET LOCAL lock_timeout = {LONGEST_WAIT}")
                for name in _last_first(drop):
                    client.execute_sql(f"DROP VIEW {client.make_qualified_table_name(name)}")
                for name, model in models().items():
                    if name in due or name in drop - obsolete:
                        view, comment = client.make_qualified_table_name(name), model.comment.replace("'", "''")
                        client.execute_sql(f"CREATE OR REPLACE VIEW {view} AS\n{model.sql}")
                        client.execute_sql(f"COMMENT ON VIEW {view} IS '{comment}'")
            return None
        except DatabaseException as error:
            if getattr(error.dbapi_exception, "pgcode", None) == LOCK_NOT_AVAILABLE:
                raise LockedError(f"a reader keeps a transaction on {name} open") from error
            if not name:
                raise
            reason = " ".join(str(error).split())[:300]
            logger.debug("View %s: %s", name, reason)
    logger.warning("View %s stays as it is, the next load tries again: %s", name, reason)
    return name


def _dependents(name: str) -> set[str]:
    """Models that read a model, or read one that does."""
    found: set[str] = {name}
    for model in models().values():  # in order, so once is enough
        if model.needs & found:
            found.add(model.name)
    return found - {name}


def _last_first(names: Iterable[str]) -> list[str]:
    """Readers before the views that they read; views that are no longer shipped first of all."""
    order = list(models())
    return sorted(names, key=lambda name: -order.index(name) if name in order else -len(order))
