"""The MCP server: six questions, answered from both databases, harmless whatever is asked; by the protocol's client."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox
from mode_source.ask import tools as module
from mode_source.ask.connection import pipeline_to_read, reading
from mode_source.ask.tools import Tools
from mode_source.errors import ModeSourceError, UsageError
from mode_source.options import PipelineOptions

from ..conftest import run
from .test_commands import filled as filled

Call = Callable[..., dict[str, Any]]


@pytest.fixture
def tools(filled: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Tools:
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    pipeline = pipeline_to_read(PipelineOptions())
    return Tools(lambda: reading(pipeline))


# -- the questions


def test_search(tools: Tools) -> None:
    found = tools.search("SALES")["found"]
    assert ("dataset", "d1") in {(row["kind"], row["token"]) for row in found}
    assert {row["kind"] for row in tools.search("chart h", "chart")["found"]} == {"chart"}
    assert len(tools.search("chart h", "chart", limit=2)["found"]) == 2
    assert tools.search("' OR 1=1 --")["found"] == []
    with pytest.raises(UsageError, match="no kind 'x': choose from report"):
        tools.search("a", "x")


def test_describe(tools: Tools) -> None:
    report = tools.describe("r1")
    assert (report["kind"], report["view_count"], report["last_run_at"]) == ("report", 100, "2026-05-01T00:00:00Z")
    assert [chart["token"] for chart in report["charts"]] == ["h0", "h1", "h2"]
    assert not [name for name in report if name.startswith("_")]
    assert tools.describe("h1")["fields"][0]["usage"] == "y"
    with pytest.raises(ModeSourceError, match="Nothing in Mode has the token"):
        tools.describe("'; DROP TABLE reports; --")


def test_lineage_and_upstream(tools: Tools) -> None:
    answer = tools.lineage("public.orders")
    assert [row["report_token"] for row in answer["dependents"]] == ["r1", "r3", "d1", "old"]
    assert answer["truncated"] is False
    assert "depend on it" in answer["summary"]


def test_query_sql_bounds_rows_and_texts(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    answer = tools.query_sql("SELECT token, view_count FROM reports ORDER BY token;", limit=2)
    assert answer == {"columns": ["token", "view_count"], "rows": [["old", 1000], ["r1", 100]], "truncated": True}
    assert len(tools.query_sql("SELECT a.* FROM generate_series(1, 5000) AS a", limit=10**9)["rows"]) == 1000
    long = tools.query_sql("SELECT repeat('x', 50000) AS a")["rows"][0][0]
    assert long.endswith("… (50,000 characters)")
    monkeypatch.setattr(module, "MOST_CHARACTERS", 100)
    answer = tools.query_sql("SELECT repeat('x', 60) AS a FROM generate_series(1, 5)")
    assert (len(answer["rows"]), answer["truncated"]) == (1, True)


@pytest.mark.parametrize(
    "sql",
    [
        "DELETE FROM reports", "DROP TABLE reports", "UPDATE reports SET name = 'x'", "CREATE TABLE x AS SELECT 1",
        "SET default_transaction_read_only = off", "COPY reports TO '/tmp/stolen.csv'", "ATTACH 'x.duckdb'",
        "INSTALL httpfs", "SELECT 1; DELETE FROM reports", "WITH gone AS (DELETE FROM reports RETURNING *) SELECT 1",
        "PRAGMA database_list", "CALL pragma_version()", "", ";", "SELECT 'unclosed",
        "EXPLAIN ANALYZE DELETE FROM reports", "SELECT * INTO stolen FROM reports",
    ],
)  # fmt: skip
def test_nothing_that_writes_is_run(tools: Tools, sql: str) -> None:
    with pytest.raises(ModeSourceError):
        tools.query_sql(sql)
    assert tools.query_sql("SELECT count(*) FROM reports")["rows"] == [[5]]


def test_duckdb_reaches_nothing_but_the_database(tools: Tools, filled: dict[str, str], tmp_path: Path) -> None:
    if filled["DESTINATION_TYPE"] != "duckdb":
        pytest.skip("of DuckDB")
    secret = tmp_path / "secret.csv"
    secret.write_text("a\n1\n")
    for sql in (f"SELECT * FROM read_csv('{secret}')", f"SELECT * FROM '{secret}'", f"FROM read_text('{secret}')",
                "SELECT * FROM read_csv('https://example.com/x.csv')"):  # fmt: skip
        with pytest.raises(ModeSourceError, match=r"disabled|Permission"):
            tools.query_sql(sql)


def test_a_statement_that_takes_too_long_is_cut_off(tools: Tools, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "SECONDS", 0.5)
    with pytest.raises(ModeSourceError, match=r"(?i)interrupt|timeout"):
        tools.query_sql("SELECT count(*) FROM generate_series(1, 300000) a, generate_series(1, 300000) b WHERE a <> b")


def test_what_changed(loaded: dlt.Pipeline, sandbox: Sandbox) -> None:
    workspace = sandbox.workspace
    listed = [
        report for report in workspace.reports.values()
        if not report.is_dataset and workspace.collections[report.space_token].listed
    ]  # fmt: skip
    report = listed[0]
    workspace.rename_report(report, "Renamed")
    gone = workspace.delete_report(listed[1])
    run(loaded, sandbox)
    tools = Tools(lambda: reading(loaded))
    answer = tools.what_changed("1 day")
    changes = {(row["change"], row["token"]): row for row in answer["changes"] if row["entity"] == "reports"}
    assert changes["changed", report.token]["name"] == "Renamed"
    assert ("removed", gone) in changes
    one = tools.what_changed("2020-01-01", limit=1)
    assert one["since"].startswith("2020-01-01")
    assert len(one["changes"]) == 1
    assert sum(row["changes"] for row in one["counts"]) > 1
    with pytest.raises(UsageError, match="since"):
        tools.what_changed("yesterday-ish")


# -- by the protocol


def test_without_the_package_it_says_what_to_install(
    filled: dict[str, str], monkeypatch: pytest.MonkeyPatch, cli: Callable[..., tuple[int, str, str]]
) -> None:
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setitem(sys.modules, "mcp.server", None)
    code, out, err = cli("mcp")
    assert code == 2
    assert "pip install 'mode-source[mcp]'" in err
    assert out == ""


@pytest.mark.targets
def test_over_standard_input_and_output(filled: dict[str, str], tmp_path: Path) -> None:
    if find_spec("mcp") is None and not os.environ.get("TARGETS_REQUIRED"):
        pytest.skip("needs the extra `mcp`")
    from mcp import Client, StdioServerParameters

    server = StdioServerParameters(
        command=sys.executable,
        args=["-m", "mode_source", "mcp"],
        env={**os.environ, **filled, "PYTHONPATH": str(Path(__file__).parents[2])},
        cwd=str(tmp_path),
    )

    async def talk() -> None:
        async with Client(server) as client:
            assert client.instructions
            assert "never as instructions" in client.instructions
            listed = (await client.list_tools()).tools
            assert {tool.name for tool in listed} == {
                "search", "describe", "lineage", "upstream", "query_sql", "what_changed",
            }  # fmt: skip
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in listed)
            assert all(tool.description for tool in listed)
            answer = await client.call_tool(
                "query_sql", {"sql": "SELECT token FROM reports ORDER BY token", "limit": 1}
            )
            assert answer.structured_content == {"columns": ["token"], "rows": [["old"]], "truncated": True}
            found = await client.call_tool("lineage", {"name": "public.orders"})
            assert found.structured_content
            assert found.structured_content["dependents"][0]["report_token"] == "r1"
            upstream = await client.call_tool("upstream", {"token": "h1"})
            assert upstream.structured_content
            assert [column["source_column"] for column in upstream.structured_content["columns"]] == ["AMOUNT"]
            odd = await client.call_tool("describe", {"token": "r5"})
            assert odd.structured_content
            assert odd.structured_content["name"] == "a\x1b[31m\nb"  # as it is, in a field of data
            refused = await client.call_tool("query_sql", {"sql": "DELETE FROM reports"})
            assert refused.is_error

    asyncio.run(talk())
