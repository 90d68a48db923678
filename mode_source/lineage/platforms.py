"""What differs between the warehouses behind Mode's adapters: dialect, folding of names, default names.

One entry per adapter of docs/mode-api.md#s5-5. An adapter that is not listed is parsed with sqlglot's
generic dialect. Names come out the way the platform's own catalog spells them, as far as the text shows it:

* ``lower`` / ``upper``: unquoted names are folded, quoted ones kept (PostgreSQL, Snowflake, Oracle);
* ``lower-all``: quoted ones are folded too (Redshift, Trino, Hive);
* ``keep``: the platform keeps the spelling of the CREATE statement (BigQuery, MySQL, SQL Server).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from sqlglot.dialects.dialect import Dialect

Fold = Literal["lower", "upper", "lower-all", "keep"]


@dataclass(frozen=True)
class Platform:
    """One kind of warehouse.

    schema: what an unqualified table's schema is by default; None = unknown.
    levels: 3 = database.schema.table; 2 = schema.table, and the connection's database is the schema.
    use: what a plain `USE name` sets.
    backslash: whether a backslash escapes a quote in strings.
    hash_comment, slash_comment: whether # or // start a comment.
    unnest_paths: whether `FROM t, t.items` unnests a column instead of naming a table.
    cased: whether column names are compared with their case.
    dotted: whether a quoted name with dots in it is several names.
    """

    name: str
    dialect: str = ""
    fold: Fold = "lower"
    schema: str | None = None
    database: str | None = None
    levels: int = 3
    use: Literal["database", "schema"] = "schema"
    backslash: bool = False
    hash_comment: bool = False
    slash_comment: bool = False
    unnest_paths: bool = False
    cased: bool = False
    dotted: bool = False
    quote: str = '"'

    def folded(self, name: str, quoted: bool = False) -> str:
        """The name as the platform stores it."""
        if self.fold == "lower-all" or (self.fold == "lower" and not quoted):
            return name.lower()
        return name.upper() if self.fold == "upper" and not quoted else name

    def key(self, name: str, quoted: bool = False) -> str:
        """What two spellings of one name have in common, for CTEs, aliases and columns."""
        return self.folded(name, quoted) if self.fold != "keep" or self.cased else name.casefold()


_PLATFORMS = (
    Platform("athena", "athena", "lower-all", "default", "awsdatacatalog"),
    Platform(
        "bigquery", "bigquery", "keep", backslash=True, hash_comment=True, unnest_paths=True, dotted=True, quote="`"
    ),
    Platform("databricks", "databricks", "lower-all", "default", backslash=True, unnest_paths=True, quote="`"),
    Platform("dbtmetrics"),
    Platform("denodo", levels=2),
    Platform("druid", "druid", "keep", "druid", levels=2, cased=True),
    Platform("hive", "hive", "lower-all", "default", levels=2, backslash=True, quote="`"),
    Platform("impala", "hive", "lower-all", "default", levels=2, backslash=True, unnest_paths=True, quote="`"),
    Platform("mysql", "mysql", "keep", levels=2, backslash=True, hash_comment=True, quote="`"),
    Platform("oracle", "oracle", "upper"),
    Platform("oracleadb", "oracle", "upper"),
    Platform("postgresql", "postgres", "lower", "public"),
    Platform("trino", "trino", "lower-all"),
    Platform("presto", "presto", "lower-all"),
    Platform("clickhouse", "clickhouse", "keep", "default", levels=2, backslash=True, cased=True),
    Platform("redshift", "redshift", "lower-all", "public", unnest_paths=True),
    Platform("snowflake", "snowflake", "upper", "PUBLIC", use="database", backslash=True, slash_comment=True),
    Platform("spark", "spark", "lower-all", "default", backslash=True, unnest_paths=True, quote="`"),
    Platform("sqlserver", "tsql", "keep", "dbo", use="database"),
    Platform("treasuredata", "trino", "lower-all", levels=2),
    Platform("vertica", "postgres", "lower-all", "public"),
    Platform("salesforce", "", "keep", levels=2),
    Platform("dbtsemanticlayer"),
    Platform("looker", "mysql", "keep", levels=2, quote="`"),
    Platform("arrowflightsql", "dremio", "keep"),
    Platform("modedatasets", "duckdb", "keep", levels=2),
    # Not among Mode's adapters today: seen elsewhere, or useful for tests.
    Platform("teradata", "teradata", "keep", levels=2),
    Platform("duckdb", "duckdb", "lower-all", "main", use="database"),
)
PLATFORMS = {platform.name: platform for platform in _PLATFORMS}
MODE_DATASETS = "modedatasets"


def platform_of(adapter: str | None) -> Platform:
    """The platform of an adapter (`jdbc:snowflake`); a generic one for an unknown adapter, or when the data
    source is gone.
    """
    name = (adapter or "").strip().lower()
    name = name.split(":", 1)[1] if name.startswith("jdbc:") else name
    return PLATFORMS.get(name) or Platform(name or "unknown", dotted=True)


@lru_cache(maxsize=64)
def dialect_of(name: str) -> Dialect:
    """sqlglot's dialect; the generic one where this version of sqlglot lacks it."""
    known = Dialect.get(name) if name else None
    return known() if known else Dialect()
