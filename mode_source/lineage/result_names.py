"""What each platform calls a result column that the text gives no name: charts find their fields by it.

Some take the text as it is written, some render the expression anew, some count. Sources, and what was run:

* PostgreSQL: `FigureColname` of src/backend/parser/parse_target.c; run. Redshift, Vertica: the same rules.
* DuckDB (Mode's datasets): `ToString` of its expressions; run.
* MySQL: the text (https://dev.mysql.com/doc/refman/8.4/en/select.html).
* Snowflake: the text in upper case (https://docs.snowflake.com/sql-reference/sql/select).
* Oracle: the text in upper case without blanks (https://docs.oracle.com/en/database/oracle/oracle-database/19/sqlrf).
* Databricks, Spark: `toPrettySQL` (org.apache.spark.sql.catalyst.util); a cast is called like what it casts.
* BigQuery: `f0_`, `f1_` (…/docs/reference/standard-sql/query-syntax#implicit_aliases).
* Trino, Presto, Athena, Treasure Data: `_col0` by position (io.trino.sql.analyzer.RelationType); Hive: `_c0`.
* ClickHouse: the expression with operators as functions (https://clickhouse.com/docs/sql-reference/statements/select).
* SQL Server: no name at all (sys.dm_exec_describe_first_result_set).
* Druid, Dremio: `EXPR$0` by position (Apache Calcite's SqlValidatorUtil.alias); Salesforce: `expr0`.
"""

from __future__ import annotations

import re

from sqlglot import exp

from .duckdb_names import duckdb_name
from .places import deep_span
from .platforms import MODE_DATASETS
from .rendered_names import clickhouse_name, spark_name
from .table_names import Names

_COUNTED = {
    "trino": "_col{position}", "presto": "_col{position}", "athena": "_col{position}",
    "treasuredata": "_col{position}", "hive": "_c{position}", "druid": "EXPR${position}",
    "arrowflightsql": "EXPR${position}", "bigquery": "f{unnamed}_", "salesforce": "expr{unnamed}", "sqlserver": "",
}  # fmt: skip
_POSTGRES = {"postgresql", "redshift", "vertica"}
_TEXT = {"mysql", "snowflake", "oracle", "oracleadb", "teradata", "impala", "looker"}
_TYPES = {
    "INT": "int4", "BIGINT": "int8", "SMALLINT": "int2", "FLOAT": "float4", "DOUBLE": "float8", "DECIMAL": "numeric",
    "BOOLEAN": "bool", "CHAR": "bpchar", "TIMESTAMPTZ": "timestamptz", "TIMESTAMP": "timestamp", "TEXT": "text",
    "VARCHAR": "varchar", "BPCHAR": "bpchar", "TIMETZ": "timetz",
}  # fmt: skip
_SPECIAL = {  # the grammar turns these into calls of other functions
    "trim": "btrim", "char_length": "char_length", "mode": "mode",
}  # fmt: skip
_CALL = re.compile(r"\s*((?:[\w$]+|\"[^\"]+\")(?:\s*\.\s*(?:[\w$]+|\"[^\"]+\"))*)\s*\(")


def is_named(item: exp.Expr) -> bool:
    """Whether the text or a column gives the result column its name."""
    return isinstance(item, (exp.Alias, exp.Aliases, exp.Column, exp.Star, exp.Dot))


class ResultNames:
    """Names of result columns; `text` is the statement in hand, to which the positions of its nodes refer."""

    def __init__(self, names: Names) -> None:
        self.names = names
        self.text = ""
        self._items: list[tuple[int, int]] | None = None

    def of(self, item: exp.Expr, position: int, unnamed: int) -> str:
        """The name of a select list's item.

        Args:
            item: the item.
            position: its place in the list, from 0.
            unnamed: how many before it have no name.
        """
        platform = self.names.platform
        if isinstance(item, exp.Alias):
            alias = item.args["alias"]
            if not isinstance(alias, exp.Identifier) or (alias.args.get("quoted") and platform.name != "redshift"):
                return str(item.alias)
            return self.names.column(alias)
        inner = item
        while isinstance(inner, exp.Paren):
            inner = inner.this
        plain = _last_identifier(inner)
        if plain is not None and (inner is item or platform.name not in _TEXT):
            return self.names.column(plain)
        if platform.name == "salesforce" and not isinstance(inner, exp.Func):
            return f"_col{position}"
        if platform.name in _COUNTED:
            return _COUNTED[platform.name].format(position=position, unnamed=unnamed)
        if platform.name in _POSTGRES:
            return self._postgres(item)[0] or "?column?"
        if platform.name in ("databricks", "spark"):
            return spark_name(item, self._written(item))
        if platform.name == "clickhouse":
            return clickhouse_name(item, self._written(item))
        if platform.name in (MODE_DATASETS, "duckdb"):
            return duckdb_name(item, self._written(item))
        if platform.name in _TEXT:
            return self._as_written(item)
        return f"_col{position}"

    def begin(self, text: str) -> None:
        """Take another statement in hand."""
        self.text, self._items = text, None

    def word_at(self, node: exp.Expr) -> str:
        """The function's name as the text has it, in lower case."""
        start = node.meta.get("start")
        found = re.compile(r"[\w$]+").match(self.text, start) if start is not None else None
        named = str(node.this) if isinstance(node, exp.Anonymous) else str(node.key)
        return (found[0] if found else named).lower()

    def _written(self, item: exp.Expr) -> str:
        """The item as the text has it; as sqlglot writes it where the text does not show it."""
        span = deep_span(item)
        if span is not None:
            if self._items is None:
                self._items = select_items(self.text)
            around = [(end - start, start, end) for start, end in self._items if start <= span[0] and span[1] <= end]
            if around:
                _, start, end = min(around)
                return self.text[start:end].strip()
        return str(item.sql(dialect=self.names.platform.dialect, comments=False))

    def _as_written(self, item: exp.Expr) -> str:
        """The text of an item, as platforms spell it that take names from it."""
        name = self.names.platform.name
        text = self._written(item)
        if name == "snowflake":
            return text.upper()
        if name.startswith("oracle"):
            return re.sub(r"\s+", "", text).upper()
        if name == "impala":
            return re.sub(r"\s+", " ", text).lower()
        if isinstance(item, exp.Literal) and item.is_string and name == "mysql":
            return str(item.this)
        return text

    def _postgres(self, node: exp.Expr | None) -> tuple[str, int]:
        """A name, and how good it is: 2 = a name proper, 1 = only what is left, 0 = none."""
        if node is None:
            return "", 0
        plain = _last_identifier(node)
        if plain is not None:
            return self.names.column(plain), 2
        if isinstance(node, (exp.Paren, exp.Collate, exp.Bracket, exp.Filter, exp.Window, exp.WithinGroup)):
            if isinstance(node, exp.Window) and not isinstance(node.this, exp.Column):
                return self._call(node.this)
            return self._postgres(node.this)
        if isinstance(node, exp.IgnoreNulls):
            return self._postgres(node.this)
        if isinstance(node, exp.Alias):
            return self.of(node, 0, 0), 2
        if isinstance(node, exp.Subquery):
            query = node.this
            first = query.selects[0] if isinstance(query, exp.Query) and query.selects else None
            return (self.of(first, 0, 0), 2) if isinstance(first, exp.Alias) else self._postgres(first)
        if isinstance(node, exp.Exists):
            return "exists", 2
        if isinstance(node, exp.Case):
            name, strength = self._postgres(node.args.get("default"))
            return (name, strength) if strength > 1 else ("case", 1)
        if isinstance(node, exp.Array):
            return "array", 2
        if isinstance(node, exp.Interval):
            return "interval", 1
        if isinstance(node, exp.Tuple):
            return "row", 2
        if isinstance(node, exp.AtTimeZone):
            return "timezone", 2
        if isinstance(node, exp.Cast):
            name, strength = self._postgres(node.this)
            return (name, strength) if strength > 1 else (self._type(node), 1)
        if isinstance(node, (exp.Binary, exp.Unary, exp.Between, exp.In, exp.Literal, exp.Null, exp.Parameter)):
            start = node.meta.get("start")
            return self._call(node) if start is not None and _CALL.match(self.text, start) else ("", 0)
        return self._call(node) if isinstance(node, exp.Func) else ("", 0)

    def _call(self, node: exp.Expr) -> tuple[str, int]:
        """The function that is called, by the word in the text."""
        span = node.meta.get("start")
        match = _CALL.match(self.text, span) if span is not None else None
        word = match[1].split(".")[-1].strip().strip('"').lower() if match else None
        if word is None and span is not None:  # current_date and the like have no brackets
            bare = re.compile(r"\w+").match(self.text, span)
            word = bare[0].lower() if bare else None
        if word is None:
            written = re.match(r"\w+", node.sql(dialect=self.names.platform.dialect))
            word = written[0].lower() if written else ""
        if word == "trim" and isinstance(node, exp.Trim):
            position = str(node.args.get("position") or "").upper()
            word = {"LEADING": "ltrim", "TRAILING": "rtrim"}.get(position, "btrim")
        if word == "extract" and self.names.platform.name != "postgresql":
            word = "date_part"
        if word == "cast" or not word:
            return "", 0
        return word, 2

    def _type(self, node: exp.Expr) -> str:
        """The name of the type in a cast."""
        kind = node.args.get("to")
        name = str(getattr(kind, "this", "")).rsplit(".", 1)[-1]
        written = str(kind.sql(dialect="postgres")).lower() if kind is not None else ""
        return _TYPES.get(name) or re.split(r"[\s(\[]", written)[0] or "?column?"


def _last_identifier(node: exp.Expr) -> exp.Identifier | None:
    """The last part of a column's name."""
    if isinstance(node, exp.Column) and isinstance(node.this, exp.Identifier):
        return node.this
    if isinstance(node, exp.Dot) and isinstance(node.expression, exp.Identifier):
        return node.expression
    return None


_TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|`[^`]*`|--[^\n]*|/\*.*?\*/|\w+|\S", re.S)
_ENDS = {
    "from", "into", "where", "group", "order", "having", "limit", "union", "except", "intersect", "qualify", "window",
    "fetch", "offset", "minus", "bulk",
}  # fmt: skip


def select_items(text: str) -> list[tuple[int, int]]:
    """(start, end) of every item of every select list in a text."""
    found: list[tuple[int, int]] = []
    opened: list[tuple[int, int]] = []  # depth of the SELECT, start of its current item
    depth = 0
    for match in _TOKEN.finditer(text):
        word = match[0].lower()
        if word == "select":
            opened.append((depth, match.end()))
        elif word == "(":
            depth += 1
        elif opened and (word == ")" or word == ";") and opened[-1][0] == depth:
            found.append((opened.pop()[1], match.start()))
        elif opened and opened[-1][0] == depth:
            if word in ("distinct", "all") and not text[opened[-1][1] : match.start()].strip():
                opened[-1] = depth, match.end()
            elif word == ",":
                found.append((opened[-1][1], match.start()))
                opened[-1] = depth, match.end()
            elif word in _ENDS:
                found.append((opened.pop()[1], match.start()))
        depth -= word == ")"
    return [*found, *((start, len(text)) for _, start in opened)]
