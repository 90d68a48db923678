"""A small workspace with lineage, loaded once per database; and pages written from it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.lineage_tables.source import lineage_resource
from mode_source.load import connect
from mode_source.page import write_page

from ..conftest import SIZES, duckdb_pipeline, postgres_pipeline, run
from ..session import Shared
from .browser import browser

__all__ = ["browser"]

NOW = datetime(2026, 6, 2, 8, 30, tzinfo=timezone.utc)


def load_small(pipeline: dlt.Pipeline) -> dlt.Pipeline:
    """The workspace of `SIZES`, with lineage made up from the queries' tokens, as its analysis takes its time."""
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        run(pipeline, sandbox)
    add_lineage(pipeline)
    return pipeline


def add_lineage(pipeline: dlt.Pipeline) -> None:
    """A table or two per query; where the SQL names a dataset, that and the tables behind it; some errors."""
    datasets = {name: token for token, name in ask(pipeline, "SELECT token, name FROM datasets")}
    queries = ask(pipeline, "SELECT token, report_token, raw_query FROM queries ORDER BY token")

    def tables(token: str) -> list[dict[str, str]]:
        at = {"platform": "snowflake", "database_name": "ANALYTICS", "schema_name": "CORE"}
        found = [{**at, "table_name": f"ORDERS_{token[0].upper()}", "certainty": "certain"}]
        return found + [{**at, "table_name": "CUSTOMERS", "certainty": "likely"}] * (token[0] in "0123")

    behind = {
        of: [edge for token, report, _ in queries if report == of for edge in tables(token)] for of in datasets.values()
    }
    edges: list[dict[str, Any]] = []
    for token, report, text in queries:
        dataset = next((of for name, of in datasets.items() if name and f'"{name}"' in text), None)
        found = tables(token)
        if dataset:
            itself = {"platform": "modedatasets", "table_name": dataset, "certainty": "certain"}
            found = [itself, *behind[dataset]]
        edges += [{"query_token": token, "report_token": report, "role": "read", **edge} for edge in found]
    errors = [
        {"query_token": token, "report_token": report, "stage": "parse", "reason": "Not SQL."}
        for token, report, _ in queries
        if token[0] == "f"
    ]
    pipeline.run(lineage_resource(lambda: [{"query_tables": edges, "lineage_errors": errors}]))


@pytest.fixture(scope="session")
def small_duckdb(
    first_load: tuple[Path, int], shared: Shared, tmp_path_factory: pytest.TempPathFactory
) -> dlt.Pipeline:
    """A copy of each worker's own, as no two can have a file open. Only read by tests."""

    def build(folder: Path) -> None:
        shutil.copy(first_load[0], folder)
        pipeline = duckdb_pipeline(folder)
        connect(pipeline)
        add_lineage(pipeline)

    made, _ = shared.make("page", build)
    folder = tmp_path_factory.mktemp("page")
    shutil.copy(made / "mode.duckdb", folder)
    pipeline = duckdb_pipeline(folder)
    connect(pipeline)
    return pipeline


@pytest.fixture(scope="session")
def small_postgres(postgres: str, shared: Shared, tmp_path_factory: pytest.TempPathFactory) -> dlt.Pipeline:
    """Only read by tests."""

    def build(folder: Path) -> None:
        load_small(postgres_pipeline(postgres, folder, "page"))

    shared.make("page_postgres", build)
    pipeline = postgres_pipeline(postgres, tmp_path_factory.mktemp("page"), "page")
    connect(pipeline)
    return pipeline


@pytest.fixture
def write(tmp_path: Path) -> Callable[[dlt.Pipeline], str]:
    """Writes a page, returns its text."""

    def page(pipeline: dlt.Pipeline) -> str:
        write_page(pipeline, tmp_path / "page.html", NOW)
        return (tmp_path / "page.html").read_text(encoding="utf-8")

    return page


def documents(page: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first two JSON texts in a page: the rows, those of datasets apart from the others, and the pictures."""
    found = [
        json.loads(page.partition(f'id="data-{name}">')[2].partition("</script>")[0]) for name in ("rows", "pictures")
    ]
    dataset = 1 << found[0]["flags"].index("dataset")
    found[0]["everything"] = found[0]["rows"]
    found[0]["rows"] = [row for row in found[0]["rows"] if not row[9] & dataset]
    return found[0], found[1]


def execute(pipeline: dlt.Pipeline, *statements: str) -> None:
    """Changes the tables behind a pipeline."""
    with pipeline.sql_client() as client:
        for statement in statements:
            client.execute_sql(statement)


def ask(pipeline: dlt.Pipeline, sql: str) -> list[tuple[Any, ...]]:
    """All rows of one statement."""
    with pipeline.sql_client() as client:
        return [tuple(row) for row in client.execute_sql(sql) or []]
