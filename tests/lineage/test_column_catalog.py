"""The setting `column_catalog`: a table, a query or a file; and what is said when it is wrong."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from mode_source.errors import UsageError
from mode_source.lineage_tables import column_catalog

from ..conftest import duckdb_pipeline
from .place import Place

ROWS = [
    ("shop", "sales", "orders", "id", 1),
    ("shop", "sales", "orders", "total", 2),
    ("shop", "core", "plans", "p", 1),
]
CSV = "table_schema;table_name;column_name\n" + "\n".join(f"{row[1]};{row[2]};{row[3]}" for row in ROWS)


@pytest.fixture
def warehouse(place: Place, tmp_path: Path) -> Place:
    """The template with a catalog of the warehouse beside it, in every form."""
    place.sql(
        "CREATE SCHEMA admin",
        'CREATE TABLE admin.columns_of ("database" TEXT, "schema" TEXT, "table" TEXT, "column" TEXT, position INT)',
        *(f"INSERT INTO admin.columns_of VALUES {row}" for row in reversed(ROWS)),
        "CREATE SCHEMA sales", "CREATE TABLE sales.orders (id INT, total INT)",
    )  # fmt: skip
    (tmp_path / "columns.csv").write_text(CSV)
    return place


FORMS = [
    "admin.columns_of",
    "select table_catalog, table_schema, table_name, column_name from information_schema.columns"
    " where table_schema = 'sales' union all select 'shop', 'core', 'plans', 'p';",
    "columns.csv",
]


@pytest.mark.parametrize("setting", FORMS)
def test_forms(warehouse: Place, setting: str) -> None:
    catalog = column_catalog.read(setting, warehouse.pipeline)
    found = catalog.find(None, "sales", "orders")
    assert found is not None
    assert found.columns == ("id", "total")


def test_it_settles_stars(warehouse: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCES__MODE__COLUMN_CATALOG", "admin.columns_of")
    warehouse.sql(
        "UPDATE queries SET raw_query = 'select *, p from sales.orders, core.plans', _dlt_id = 'y'"
        " WHERE token = 'plain'"
    )
    warehouse.run()  # `plain`, and what reads tables of the catalog
    columns = "SELECT output_column, source_table, source_column FROM query_columns WHERE query_token = 'plain'"
    assert warehouse.rows(columns) == [
        ("id", "orders", "id"), ("p", "plans", "p"), ("total", "orders", "total")
    ]  # fmt: skip
    assert warehouse.run().queries == 0
    warehouse.sql("UPDATE admin.columns_of SET \"column\" = 'q' WHERE \"table\" = 'plans'")
    assert warehouse.run().queries == 2  # plain, and deep by the definition `nested`
    monkeypatch.delenv("SOURCES__MODE__COLUMN_CATALOG")
    assert warehouse.run().queries == 5  # those and what reads orders: the others never saw the catalog


WRONG = [
    ("no_such.table_there", "no_such.table_there"),
    ("mode_metadata.queries", "no column table"),
    ("select 1 as nothing", "the query has no column table"),
    ("select from", "the query cannot be read"),
    ("absent.csv", "absent.csv"),
    ("wrong.csv", "has no column table"),
    ("what is this?", "what is this?"),
]


@pytest.mark.parametrize(("setting", "says"), WRONG)
def test_wrong_settings(warehouse: Place, tmp_path: Path, setting: str, says: str) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n")
    with pytest.raises(UsageError) as caught:
        column_catalog.check(setting, warehouse.pipeline)
    assert says in str(caught.value)
    assert "column_catalog" in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_destination_that_is_new(tmp_path: Path) -> None:
    pipeline = duckdb_pipeline(tmp_path)
    with pytest.raises(UsageError, match="column_catalog"):
        column_catalog.check("admin.columns", pipeline)
    column_catalog.check("select 'a' as \"table\", 'b' as \"column\"", pipeline)


def test_the_command_line_ends_with_2(
    cli: Callable[..., tuple[int, str, str]], monkeypatch: pytest.MonkeyPatch, warehouse: Place
) -> None:
    monkeypatch.setenv("SOURCES__MODE__COLUMN_CATALOG", "absent.csv")
    code, out, err = cli("load", "-w", "acme", "-t", "x", "-s", "y", "-H", "http://127.0.0.1:9", "--progress", "none")
    assert (code, out) == (2, "")
    assert err.strip().splitlines()[-1].startswith("error: Setting `column_catalog`")
