"""Names of datasets by OpenLineage's naming rules (its docs/spec/naming.md): a namespace per connection, and a name.

Hosts come from Mode's data sources. Where others know a warehouse by another host, a setting overrides the namespace.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from ...lineage.platforms import PLATFORMS
from ..assets import DataSource, TableEdge

PORTS = {"postgresql": 5432, "redshift": 5439, "mysql": 3306, "sqlserver": 1433, "oracle": 1521}
# Mode's name of a platform → the scheme of its namespaces, where they differ.
SCHEMES = {
    "postgresql": "postgres",
    "sqlserver": "mssql",
    "oracleadb": "oracle",
    "databricks": "unitycatalog",
    "athena": "awsathena",
}
REDSHIFT = re.compile(r"([\w-]+)\.[\w-]+\.([\w-]+)\.redshift(?:-serverless)?\.amazonaws\.com(?:\.cn)?", re.IGNORECASE)
ATHENA = re.compile(r"\bathena\.([\w-]+)\.amazonaws\.com", re.IGNORECASE)
SNOWFLAKE = re.compile(r"\.snowflakecomputing\.(?:com|cn)$", re.IGNORECASE)


def _with_port(source: DataSource, scheme: str, host: str) -> str:
    port = source.port or PORTS.get(source.platform.name)
    return f"{scheme}://{host}:{port}" if port else f"{scheme}://{host}"


def _redshift(source: DataSource, scheme: str, host: str) -> str:
    found = REDSHIFT.fullmatch(host)
    return _with_port(source, scheme, f"{found[1]}.{found[2]}" if found else host)


def _athena(source: DataSource, scheme: str, host: str) -> str:
    found = ATHENA.search(host)
    return f"{scheme}://athena.{found[1]}.amazonaws.com" if found else f"{scheme}://{host}"


def _without_port(source: DataSource, scheme: str, host: str) -> str:
    return f"{scheme}://{host}"


SPECIAL: dict[str, Callable[[DataSource, str, str], str]] = {
    "redshift": _redshift,
    "athena": _athena,
    "databricks": _without_port,
    "snowflake": lambda source, scheme, host: f"{scheme}://{SNOWFLAKE.sub('', host)}",
}


def namespace(source: DataSource, overrides: Mapping[str, str]) -> str | None:
    """The namespace of a data source's tables; None if its host is not known.

    Args:
        source: of Mode.
        overrides: namespaces by the name of the data source.
    """
    if source.name in overrides:
        return overrides[source.name or ""]
    platform = source.platform.name
    if platform == "bigquery":
        return "bigquery"
    host = (source.host or "").strip().removeprefix("https://").removeprefix("http://").rstrip("/")
    if not host:
        return None
    return SPECIAL.get(platform, _with_port)(source, SCHEMES.get(platform, platform), host)


def name(edge: TableEdge) -> str:
    """The name of a table within its namespace, in the platform's own case."""
    platform = PLATFORMS.get(edge.platform)
    database = edge.database if platform is None or platform.levels == 3 else None
    return ".".join(part for part in (database, edge.schema, edge.name) if part)
