"""A dbt project's manifest: which node stands for a table of the warehouse, and how an exposure refers to it.

Refused on purpose, as one such reference keeps a whole project from parsing: ephemeral and private models, and
protected ones of a package that restricts access to them. Disabled nodes are not among a manifest's `nodes`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from ..errors import UsageError
from ..lineage.platforms import PLATFORMS, Platform
from .assets import TableEdge

# dbt's name of an adapter → ours of the platforms that it builds.
ADAPTERS = {
    "postgres": ("postgresql",),
    "snowflake": ("snowflake",),
    "bigquery": ("bigquery",),
    "redshift": ("redshift",),
    "databricks": ("databricks", "spark"),
    "spark": ("spark", "databricks", "hive"),
    "trino": ("trino", "presto"),
    "starburst": ("trino", "presto"),
    "athena": ("athena",),
    "clickhouse": ("clickhouse",),
    "mysql": ("mysql",),
    "sqlserver": ("sqlserver",),
    "synapse": ("sqlserver",),
    "fabric": ("sqlserver",),
    "oracle": ("oracle", "oracleadb"),
    "vertica": ("vertica",),
    "teradata": ("teradata",),
    "hive": ("hive",),
    "impala": ("impala",),
}
BUILT = ("model", "seed", "snapshot")
PART = re.compile(r'"((?:[^"]|"")*)"|`((?:[^`]|``)*)`|\[((?:[^\]]|\]\])*)\]|([^."`\[\]]+)')
PACKAGE = re.compile(r"^name:\s*['\"]?(\w+)", re.MULTILINE)
RESTRICTS = re.compile(r"^restrict-access:\s*['\"]?(?:true|yes|on)\b", re.MULTILINE | re.IGNORECASE)
Key = tuple[str | None, str, str]


@dataclass(frozen=True)
class Node:
    """What an exposure can depend on.

    Attributes:
        reference: as an exposure writes it.
        rank: of two nodes on one table, the lower one counts.
    """

    reference: str
    rank: tuple[bool, bool, str]


class Manifest:
    """The tables of a project.

    Args:
        content: of `manifest.json`.
        platforms: ours of the databases that the project builds in.
        restricting: packages whose protected models only they may refer to.
    """

    def __init__(self, content: dict[str, Any], platforms: tuple[str, ...], restricting: frozenset[str]) -> None:
        self._platforms = platforms
        self._platform = PLATFORMS.get(platforms[0]) or Platform(platforms[0])
        self._by_key: dict[Key, Node] = {}
        self._by_name: dict[tuple[str, str], set[Key]] = {}
        project = str(content["metadata"].get("project_name") or "")
        for unique_id, entry, reference in _referable(content, restricting):
            node = Node(reference, (reference.startswith("source"), entry.get("package_name") != project, unique_id))
            key = self._key(*_relation(entry, self._platform))
            if key is None:
                continue
            known = self._by_key.get(key)
            if known is None or node.rank < known.rank:
                self._by_key[key] = node
            self._by_name.setdefault(key[1:], set()).add(key)

    @classmethod
    def read(cls, path: Path, platform: str | None = None) -> Manifest:
        """Reads a manifest.

        Args:
            path: of `target/manifest.json`.
            platform: ours of the database that the project builds in; None means that of the project's adapter.

        Raises:
            UsageError: it is no manifest, or the adapter is not known.
        """
        try:
            content = orjson.loads(path.read_bytes())
            metadata = content["metadata"]
            content["nodes"], content["sources"]
        except OSError as error:
            raise UsageError(f"Setting `manifest` of [export.dbt]: {path} cannot be read: {error.strerror}.") from error
        except (ValueError, KeyError, TypeError):
            raise UsageError(f"Setting `manifest` of [export.dbt]: {path} is no manifest of dbt.") from None
        adapter = str(metadata.get("adapter_type") or "")
        platforms = (platform,) if platform else ADAPTERS.get(adapter)
        if platforms is None:
            raise UsageError(
                f"Setting `data_source` of [export.dbt] (--data-source) is missing: dbt's adapter {adapter!r} is none"
                " of Mode's, so name the data source in Mode that the project builds."
            )
        return cls(content, platforms, _restricting(path))

    def resolve(self, edge: TableEdge) -> str | None:
        """The reference to a table; None if the project does not have it, or that is not sure."""
        if edge.platform not in self._platforms or not edge.schema:
            return None
        key = self._key((edge.database, True), (edge.schema, True), (edge.name, True))
        if key is None:
            return None
        if key in self._by_key:
            return self._by_key[key].reference
        found = self._by_name.get(key[1:], set())
        if key[0] is not None:  # a node whose database dbt does not tell, or none
            found = {other for other in found if other[0] is None}
        return self._by_key[next(iter(found))].reference if len(found) == 1 else None

    def _key(self, database: _Part, schema: _Part, name: _Part) -> Key | None:
        folded = [self._folded(part) for part in (database, schema, name)]
        if not folded[1] or not folded[2]:
            return None
        return (folded[0] if self._platform.levels == 3 else None), folded[1], folded[2]

    def _folded(self, part: _Part) -> str | None:
        text, quoted = part
        if not text:
            return None
        if self._platform.fold == "keep" and not self._platform.cased and self._platform.name != "bigquery":
            return text.casefold()  # compared without case there
        return self._platform.folded(text, quoted)


_Part = tuple[str | None, bool]


def _relation(entry: dict[str, Any], platform: Platform) -> tuple[_Part, _Part, _Part]:
    """Database, schema and name of a node, each with whether it is quoted, as dbt writes it in SQL."""
    parts: list[_Part] = []
    for match in PART.finditer(str(entry.get("relation_name") or "")):
        quoted = match[4] is None
        text = match[1] if match[1] is not None else match[2] if match[2] is not None else match[3]
        found = text.replace('""', '"').replace("``", "`") if quoted else match[4].strip()
        parts += [(piece, quoted) for piece in (found.split(".") if platform.dotted and quoted else [found])]
    if len(parts) == 2:
        parts.insert(0, (None, False))
    if len(parts) != 3:
        name = entry.get("identifier") or entry.get("alias") or entry.get("name")
        parts = [(entry.get("database"), False), (entry.get("schema"), False), (name, False)]
    return parts[0], parts[1], parts[2]


def _referable(content: dict[str, Any], restricting: frozenset[str]) -> Iterator[tuple[str, dict[str, Any], str]]:
    """Unique id, entry and reference of each node that an exposure of the project may refer to."""
    project = content["metadata"].get("project_name")
    for unique_id, entry in content["nodes"].items():
        config = entry.get("config") or {}
        if entry.get("resource_type") not in BUILT or config.get("materialized") == "ephemeral":
            continue
        access = entry.get("access") or config.get("access")
        package = entry.get("package_name")
        if access == "private" or config.get("enabled") is False:
            continue
        if access == "protected" and package != project and package in restricting:
            continue
        version = entry.get("version")
        versioned = "" if version is None else f", v={_literal(version)}"
        yield unique_id, entry, f"ref({_literal(package)}, {_literal(entry['name'])}{versioned})"
    for unique_id, entry in content["sources"].items():
        if (entry.get("config") or {}).get("enabled") is not False:
            yield unique_id, entry, f"source({_literal(entry['source_name'])}, {_literal(entry['name'])})"


def _literal(value: object) -> str:
    """A literal of Jinja."""
    if isinstance(value, (int, float)):
        return repr(value)
    text = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{text}'"


def _restricting(manifest: Path) -> frozenset[str]:
    """Packages that restrict access to their models: the manifest does not say, their project files do."""
    found = set()
    for path in manifest.absolute().parent.parent.glob("*/*/dbt_project.yml"):
        text = path.read_text(encoding="utf-8", errors="replace")
        if (name := PACKAGE.search(text)) and RESTRICTS.search(text):
            found.add(name[1])
    return frozenset(found)
