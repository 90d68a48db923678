"""Others judge the engine: PostgreSQL's parser and DuckDB's say which tables a text reads, PostgreSQL which columns.

A view's dependencies (`pg_depend`) are every column that its query uses anywhere: in the select list, WHERE, ON,
GROUP BY, HAVING, ORDER BY, windows and subqueries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import duckdb
import psycopg2
import pytest

from mode_source.lineage import Lineage

from .corpus_files import Case, cases

TEXTS = [
    case
    for case in cases()
    if case.source.adapter.endswith("postgresql")
    and not {"hard", "definitions", "errors"} & case.headers.keys()
    and "{%" not in case.sql and "{{" not in case.sql
]  # fmt: skip
EXECUTED = [case for case in cases() if case.headers.get("verified") == "executed" and case.file == "hard_postgresql"]


def read(lineage: Lineage) -> set[str]:
    return {table.table_name.lower() for table in lineage.tables if table.role == "read"}


SYSTEM = {"pg_catalog", "information_schema"}  # DuckDB has its own and does not list them


def _id(case: Case) -> str:
    return f"{case.file}: {case.name}"


def relations(node: Any, hidden: frozenset[str] = frozenset()) -> Iterator[str]:
    """The tables of a statement as PostgreSQL's parser gives it, but for names of CTEs and targets."""
    if isinstance(node, list):
        for one in node:
            yield from relations(one, hidden)
    elif isinstance(node, dict):
        clause = node.get("withClause")
        for cte in clause["ctes"] if clause else ():
            name = cte["CommonTableExpr"]["ctename"]
            own = hidden | {name} if clause and clause.get("recursive") else hidden
            yield from relations(cte["CommonTableExpr"]["ctequery"], own)
            hidden |= {name}
        for key, value in node.items():
            if key == "RangeVar":
                if value.get("schemaname") or value["relname"] not in hidden:
                    yield value["relname"].lower()
            elif key not in ("withClause", "intoClause"):
                yield from relations(value, hidden)


@pytest.mark.parametrize("case", TEXTS, ids=_id)
def test_tables_as_postgres_parses_them(case: Case) -> None:
    pglast = pytest.importorskip("pglast")
    try:
        tree = json.loads(pglast.parser.parse_sql_json(case.sql))
    except pglast.parser.ParseError:
        pytest.skip("no text of PostgreSQL's")
    kinds = {kind for statement in tree["stmts"] for kind in statement["stmt"]}
    if kinds != {"SelectStmt"}:
        pytest.skip("not a query alone")
    wanted = set(relations(tree))
    lineage = case.analyse()
    made = {table.table_name.lower() for table in lineage.tables if table.role == "created"}
    assert read(lineage) - made == wanted - made


@pytest.mark.parametrize("case", TEXTS, ids=_id)
def test_tables_as_duckdb_parses_them(case: Case) -> None:
    with duckdb.connect() as connection:
        try:
            found = connection.get_table_names(case.sql)
        except duckdb.Error:
            pytest.skip("no text of DuckDB's")
    lineage = case.analyse()
    if not lineage.output_columns:
        pytest.skip("not a query")
    assert read(lineage) >= {name.lower() for name in found} - {t.table_name.lower() for t in lineage.tables}
    system = {table.table_name.lower() for table in lineage.tables if table.schema_name in SYSTEM}
    assert read(lineage) - system <= {name.lower() for name in found}


@pytest.fixture(scope="module")
def warehouse(postgres: str) -> Iterator[Any]:
    """The tables of the corpus in a database of their own."""
    connection = psycopg2.connect(postgres)
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA IF NOT EXISTS raw")
        for tables in EXECUTED[0].catalog.tables.values():
            for table in tables:
                types = {
                    "amount": "int",
                    "id": "int",
                    "customer_id": "int",
                    "created_at": "timestamp",
                    "at": "timestamp",
                }
                columns = ", ".join(f"{column} {types.get(column, 'text')}" for column in table.columns)
                cursor.execute(f"CREATE TABLE {table.schema}.{table.name} ({columns})")
    yield connection
    connection.close()  # nothing was committed


@pytest.mark.parametrize("case", EXECUTED, ids=_id)
def test_columns_as_postgres_depends_on_them(warehouse: Any, case: Case) -> None:
    """Every column that a view of this text depends on is used in some way, and no other."""
    with warehouse.cursor() as cursor:
        cursor.execute("SAVEPOINT before")
        try:
            statements = case.sql.rstrip().rstrip(";").split(";")
            for setting in statements[:-1]:
                cursor.execute(setting)
            cursor.execute(f"CREATE TEMP VIEW judged AS {statements[-1]}")
            cursor.execute(
                "SELECT DISTINCT c.relname || '.' || a.attname FROM pg_depend AS d"
                " JOIN pg_rewrite AS r ON r.oid = d.objid JOIN pg_class AS c ON c.oid = d.refobjid"
                " JOIN pg_attribute AS a ON a.attrelid = c.oid AND a.attnum = d.refobjsubid"
                " WHERE r.ev_class = 'judged'::regclass AND d.refobjsubid > 0 AND c.relname <> 'judged'"
            )
            wanted = {name for (name,) in cursor.fetchall()}
        finally:
            cursor.execute("ROLLBACK TO SAVEPOINT before")
    lineage = case.analyse(with_catalog=True)
    found = {f"{edge.source_table}.{edge.source_column}" for edge in (*lineage.columns, *lineage.uses)}
    assert {name for name in found if not name.startswith("pg_")} == {n for n in wanted if not n.startswith("pg_")}
