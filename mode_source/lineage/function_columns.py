"""The columns that table functions return, where the platforms' documentation says so.

https://docs.snowflake.com/sql-reference/functions/flatten, …/split_to_table; https://learn.microsoft.com/sql/t-sql/
functions/string-split-transact-sql, …/openjson-transact-sql; https://www.postgresql.org/docs/current/functions-json.html;
https://docs.databricks.com/sql/language-manual/functions/explode, …/posexplode; https://duckdb.org/docs/sql/functions
"""

from __future__ import annotations

_FLATTEN = ("SEQ", "KEY", "PATH", "INDEX", "VALUE", "THIS")
_EVERYWHERE: dict[str, tuple[str, ...]] = {
    "json_each": ("key", "value"), "jsonb_each": ("key", "value"), "json_each_text": ("key", "value"),
    "jsonb_each_text": ("key", "value"), "json_array_elements": ("value",), "jsonb_array_elements": ("value",),
    "json_array_elements_text": ("value",), "jsonb_array_elements_text": ("value",),
    "json_object_keys": ("json_object_keys",), "jsonb_object_keys": ("jsonb_object_keys",),
    "generate_series": ("generate_series",), "regexp_split_to_table": ("regexp_split_to_table",),
    "string_to_table": ("string_to_table",), "range": ("range",),
}  # fmt: skip
_BY_DIALECT: dict[str, dict[str, tuple[str, ...]]] = {
    "snowflake": {
        "flatten": _FLATTEN, "split_to_table": ("SEQ", "INDEX", "VALUE"), "strtok_split_to_table":
        ("SEQ", "INDEX", "VALUE"), "generator": (),
    },
    "tsql": {
        "string_split": ("value",), "openjson": ("key", "value", "type"), "generate_series": ("value",),
        "containstable": ("KEY", "RANK"), "freetexttable": ("KEY", "RANK"),
    },
    "databricks": {"explode": ("col",), "explode_outer": ("col",), "posexplode": ("pos", "col"), "range": ("id",),
                   "posexplode_outer": ("pos", "col"), "stack": ()},
    "spark": {"explode": ("col",), "explode_outer": ("col",), "posexplode": ("pos", "col"), "range": ("id",),
              "posexplode_outer": ("pos", "col")},
    "hive": {"explode": ("col",), "posexplode": ("pos", "val")},
    "clickhouse": {"numbers": ("number",), "zeros": ("zero",), "generate_series": ("generate_series",)},
    "oracle": {"table": ("COLUMN_VALUE",)},
    "duckdb": {"unnest": ("unnest",)}, "postgres": {"unnest": ("unnest",)},
}  # fmt: skip
_ALIAS_IS_COLUMN = {"postgres", "redshift", "duckdb"}  # `generate_series(1, 3) AS n` has the column n


def columns_of_function(name: str, dialect: str, alias: str | None) -> tuple[str, ...]:
    """The columns that a function returns, in order; none where they are unknown.

    Args:
        name: the function's name, folded.
        dialect: sqlglot's name of the platform's dialect.
        alias: what the text calls the function's result.
    """
    name = name.lower()
    known = _BY_DIALECT.get(dialect, {}).get(name)
    if known is None and (dialect in _ALIAS_IS_COLUMN or name not in ("range", "generate_series")):
        known = _EVERYWHERE.get(name)
    if alias and dialect in _ALIAS_IS_COLUMN and (known is None or len(known) == 1) and known != ("value",):
        return (alias,)
    return known or ()
