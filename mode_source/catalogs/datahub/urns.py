"""DataHub's names for things: those of its own connectors, so that ours are the same entities.

Collections, reports, charts and queries as the Mode connector names them; tables of warehouses as the connectors of
those warehouses do.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import md5
from urllib.parse import quote

from ...lineage.platforms import PLATFORMS, Platform

MODE = "urn:li:dataPlatform:mode"
UNKNOWN = "urn:li:corpuser:unknown"
RESERVED = frozenset(",()␟")
# Mode's name of a platform → DataHub's, where they differ.
NAMES = {
    "postgresql": "postgres",
    "sqlserver": "mssql",
    "oracledb": "oracle",
    "oracleadb": "oracle",
    "spark": "databricks",
}


@dataclass(frozen=True)
class Urns:
    """Names, as the settings want them.

    Attributes:
        env: of datasets, such as PROD.
        instances: platform instance by platform, named as in Mode or in DataHub.
        lowercase: whether tables' names are in lower case on every platform; on Snowflake they always are.
    """

    env: str = "PROD"
    instances: Mapping[str, str] = field(default_factory=dict)
    lowercase: bool = False

    def table(self, platform: str, database: str | None, schema: str | None, name: str) -> str:
        """A table of a warehouse; its parts as the platform folds them."""
        kind = PLATFORMS.get(platform) or Platform(platform)
        parts = [database if kind.levels == 3 else None, schema, name]
        full = ".".join(part for part in parts if part)
        if self.lowercase or platform == "snowflake":
            full = full.lower()
        known = NAMES.get(platform, platform)
        instance = self.instances.get(known) or self.instances.get(platform)
        return self._dataset(f"urn:li:dataPlatform:{encoded(known)}", f"{instance}.{full}" if instance else full)

    def query(self, id: str) -> str:
        """A query, or a dataset of Mode, by its numeric id."""
        return self._dataset(MODE, id)

    def _dataset(self, platform: str, name: str) -> str:
        return f"urn:li:dataset:({platform},{encoded(name)},{self.env})"


def container(token: str) -> str:
    """A collection."""
    key = json.dumps({"platform": "mode", "space_token": token}, separators=(",", ":"), sort_keys=True)
    return f"urn:li:container:{md5(key.encode(), usedforsecurity=False).hexdigest()}"


def dashboard(id: str) -> str:
    """A report, by its numeric id."""
    return f"urn:li:dashboard:(mode,{encoded(id)})"


def chart(token: str) -> str:
    """A chart."""
    return f"urn:li:chart:(mode,{encoded(token)})"


def user(name: str | None) -> str:
    """A person."""
    return f"urn:li:corpuser:{encoded(name)}" if name else UNKNOWN


def schema_field(dataset: str, path: str) -> str:
    """A column of a dataset."""
    return f"urn:li:schemaField:({dataset},{encoded(path)})"


def encoded(text: str) -> str:
    """A part of a URN, with the characters encoded that structure it."""
    if RESERVED.isdisjoint(text):
        return text
    return "".join(quote(character) if character in RESERVED else character for character in text)
