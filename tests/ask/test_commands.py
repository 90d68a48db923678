"""`mode-source lineage` and `mode-source sql`, on both databases, from a machine that knows only the credentials."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest

from mode_sandbox import Sandbox
from mode_source.ask.answer import COLUMNS
from mode_source.ask.connection import Result
from mode_source.ask.output import write
from mode_source.ask.statements import split, whole

from ..models.conftest import copied, of_database
from ..models.tables import LINEAGE, dataset, report

Cli = Callable[..., tuple[int, str, str]]


def column(query: str, of: str, output: str, source: str, **more: Any) -> dict[str, Any]:
    return {"query_token": query, "report_token": of, "output_column": output, "source_database": "DWH",
            "source_schema": "PUBLIC", "source_table": "ORDERS", "source_column": source} | more  # fmt: skip


ROWS: dict[str, Any] = LINEAGE | {
    "reports": [*LINEAGE["reports"], report("r5", name="a\x1b[31m\nb", view_count=0, schedules_count=None)],
    "datasets": [dataset("d1", name="Dataset: Sales", view_count=7)],
    "query_tables": [
        *LINEAGE["query_tables"],
        {"query_token": "q5", "report_token": "r5", "database_name": "DWH", "schema_name": "ORDERS",
         "table_name": "AMOUNT"},
    ],
    "query_columns": [
        column("q1", "r1", "TOTAL", "AMOUNT", certainty="likely"),
        column("q4", "r3", "*", "*", certainty="guess"),
        column("q1", "r1", "COUNTRY", "COUNTRY"),
    ],
    "charts": [{**chart, "title": f"Chart {chart['token']}", "chart_type": "bar", "view": '{"a": [1, null]}'}
               for chart in LINEAGE["charts"]],
    "chart_fields": [{"chart_token": "h1", "query_token": "q1", "usage": "y", "output_column": "TOTAL"}],
}  # fmt: skip


@pytest.fixture(scope="module", params=["duckdb", "postgres"])
def filled(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A dataset with these rows, that nobody has open; the settings that lead to it."""
    with copied(request, tmp_path_factory) as db:
        db.fill(**ROWS)
    settings = {"DESTINATION_TYPE": request.param, "DATASET_NAME": db.pipeline.dataset_name}
    if request.param == "duckdb":
        settings["DESTINATION__DUCKDB__CREDENTIALS"] = str(Path(db.pipeline.pipelines_dir).parent / "mode.duckdb")
    else:
        name = Path(db.pipeline.pipelines_dir).parent.name
        settings["DESTINATION__POSTGRES__CREDENTIALS"] = of_database(request.getfixturevalue("postgres"), name)
    return settings


@pytest.fixture
def ask(filled: dict[str, str], cli: Cli, monkeypatch: pytest.MonkeyPatch) -> Cli:
    for name, value in filled.items():
        monkeypatch.setenv(name, value)
    return cli


def found(ask: Cli, name: str) -> dict[str, Any]:
    code, out, _ = ask("lineage", name, "--json")
    answer: dict[str, Any] = json.loads(out)
    assert code == (0 if answer["found"] else 1)
    return answer


def tokens(answer: dict[str, Any]) -> list[str]:
    return [row["report_token"] for row in answer["dependents"]]


def test_a_table_by_any_of_its_names(ask: Cli) -> None:
    for name in ("public.orders", "DWH.Public.ORDERS", '"DWH"."PUBLIC"."ORDERS"', "`dwh.public`.orders"):
        answer = found(ask, name)
        assert answer["tables"] == ["dwh.public.orders (redshift)", "dwh.public.orders (snowflake)"], name
        assert tokens(answer) == ["r1", "r3", "d1", "old"], name
    assert tokens(found(ask, "redshift:public.orders")) == ["old"]
    assert found(ask, "mysql:public.orders")["found"] is False
    assert set(tokens(found(ask, "orders"))) == {"r1", "r2", "r3", "d1", "old"}
    first = found(ask, "public.orders")["dependents"][0]
    assert first["charts"] == [{"token": f"h{n}", "title": f"Chart h{n}", "chart_type": "bar"} for n in range(3)]
    assert first["certainty"], first["url"] == ("likely", "https://mode/r1")
    assert first["last_run_at"] == "2026-05-01T00:00:00Z"
    assert found(ask, "public.orders")["dependents"][1]["through_datasets"] == "Dataset: Sales"


def test_a_table_wins_over_a_column_of_that_name(ask: Cli) -> None:
    assert tokens(found(ask, "orders.amount")) == ["r5"]  # schema orders has a table amount
    answer = found(ask, "public.orders.amount")
    assert (answer["tables"], answer["column"]) == (["dwh.public.orders"], "amount")
    assert tokens(answer) == ["r1", "r3"]  # r3 takes all columns
    assert [row["certainty"] for row in answer["dependents"]] == ["likely", "guess"]
    assert [chart["token"] for chart in answer["dependents"][0]["charts"]] == ["h1"]


def test_a_dataset_by_name_or_token(ask: Cli) -> None:
    for name in ("Dataset: Sales", "dataset: sales", "d1"):
        answer = found(ask, name)
        assert tokens(answer) == ["r3"], name
        assert answer["tables"] == ["Mode dataset 'Dataset: Sales'"]


def test_what_is_not_found_is_an_error_and_what_is_like_it(ask: Cli) -> None:
    code, out, err = ask("lineage", "public.odrers")
    assert (code, out) == (1, "")
    assert err.startswith("error: No query is known to read 'public.odrers'. Perhaps: dwh.public.orders")
    assert found(ask, "public.orders.contry")["suggestions"] == ["public.orders.country"]
    assert ask("lineage", "nothing like it")[2] == "error: No query is known to read 'nothing like it'.\n"
    assert found(ask, "o'rders")["dependents"] == []
    assert found(ask, ".")["dependents"] == []
    assert ask("lineage")[0] == 2
    assert ask("lineage", "orders", "--unused")[0] == 2


def test_lineage_for_people(ask: Cli) -> None:
    _, out, _ = ask("lineage", "public.orders")
    lines = out.splitlines()
    assert lines[0] == (
        "public.orders is one of 2 tables: dwh.public.orders (redshift), dwh.public.orders (snowflake)."
    )
    assert lines[1] == (
        "2 reports with 105 views and 1 dataset depend on it, 1 of them scheduled, besides 1 archived report."
    )
    assert re.split(" +", lines[3]) == [
        "report", "owner", "views", "schedule", "charts", "through", "certainty", "platform", "url"
    ]  # fmt: skip
    assert re.split("  +", lines[4]) == [
        "Report r1", "Ada", "100", "yes", "3", "likely", "snowflake", "https://mode/r1"
    ]  # fmt: skip
    assert "Report old (archived)" in lines[7]
    rows = list(csv.DictReader(io.StringIO(ask("lineage", "orders", "--format", "csv")[1])))
    assert list(rows[0]) == COLUMNS
    assert {row["owner"] for row in rows} == {"Ada", "zed (left)", ""}
    assert len(rows) == len({row["url"] for row in rows})
    assert ask("lineage", "orders", "--csv")[1] == ask("lineage", "orders", "--format", "csv")[1]
    assert "a\\x1b[31m\\nb" in ask("lineage", "orders.amount")[1]  # no name of Mode's reaches the terminal raw


def test_several_names_and_a_gate_for_pull_requests(ask: Cli) -> None:
    code, out, _ = ask("lineage", "public.orders", "orders.amount", "--json")
    assert code == 0
    assert [answer["asked"] for answer in json.loads(out)] == ["public.orders", "orders.amount"]
    code, out, err = ask("lineage", "public.orders", "nowhere", "--format", "csv")
    assert (code, "nowhere" in err) == (1, True)
    assert {row["asked"] for row in csv.DictReader(io.StringIO(out))} == {"public.orders"}
    code, _, err = ask("lineage", "public.orders", "nowhere", "--fail-if-used")
    assert (code, err.splitlines()[-1]) == (7, "In use: public.orders.")
    assert ask("lineage", "redshift:public.orders", "nowhere", "--fail-if-used")[0] == 0  # archived ones do not count


def test_tables_that_nothing_reads(ask: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "catalog.csv").write_text(
        "database,schema,table,column\nDWH,PUBLIC,ORDERS,id\nDWH,PUBLIC,Idle,id\nDWH,PUBLIC,Idle,name\n,,elsewhere,x\n"
        "other,public,orders,id\n"
    )
    code, _, err = ask("lineage", "--unused")
    assert (code, "column_catalog" in err) == (2, True)
    monkeypatch.setenv("SOURCES__MODE__COLUMN_CATALOG", "./catalog.csv")
    assert ask("lineage", "--unused", "--format", "csv")[:2] == (
        0, "table,columns,only_by\nDWH.PUBLIC.Idle,2,\nelsewhere,1,\n"  # a query may mean other.public.orders
    )  # fmt: skip


def test_sql_in_three_formats(ask: Cli) -> None:
    sql = (
        "SELECT report_name AS name, CAST(NULL AS text) AS nothing, '' AS empty, 'a,\"b\"' AS quoted,"
        " view_count AS n, archived AS flag, last_run_at AS at, CAST(last_run_at AS date) AS day,"
        " CAST(12345678901234567890.5 AS decimal(30, 2)) AS exact FROM reports_overview WHERE report_token = 'r1'"
    )
    assert json.loads(ask("sql", sql, "--format", "json")[1]) == [
        {"name": "Report r1", "nothing": None, "empty": "", "quoted": 'a,"b"', "n": 100, "flag": False,
         "at": "2026-05-01T00:00:00Z", "day": "2026-05-01", "exact": 12345678901234567890.50}
    ]  # fmt: skip
    assert '"exact":12345678901234567890.50' in ask("sql", sql, "--format", "json")[1]
    assert ask("sql", sql, "--format", "csv")[1] == (
        "name,nothing,empty,quoted,n,flag,at,day,exact\n"
        'Report r1,,"","a,""b""",100,false,2026-05-01T00:00:00Z,2026-05-01,12345678901234567890.50\n'
    )
    header, row = ask("sql", sql)[1].splitlines()
    assert header.split() == ["name", "nothing", "empty", "quoted", "n", "flag", "at", "day", "exact"]
    assert row.split()[:5] == ["Report", "r1", "null", 'a,"b"', "100"]
    assert ask("sql", "SELECT count(*) AS n FROM reports WHERE name LIKE '%r1'", "--format", "csv")[1] == "n\n1\n"
    wide = "SELECT report_name, 1 AS a, 2 AS a FROM reports_overview WHERE report_token = 'r5'"
    assert "a\\x1b[31m\\nb" in ask("sql", wide)[1]
    assert json.loads(ask("sql", wide, "--format", "json")[1]) == [{"report_name": "a\x1b[31m\nb", "a": 1, "a_3": 2}]


def test_json_columns_are_json(ask: Cli) -> None:
    _, out, _ = ask("sql", "SELECT \"view\" FROM charts WHERE token = 'h0'", "--format", "json")
    assert json.loads(out) == [{"view": {"a": [1, None]}}]
    assert ask("sql", "SELECT 1 AS one FROM charts WHERE false", "--format", "json")[1] == "[]\n"
    assert ask("sql", "SELECT 1 AS one FROM charts WHERE false", "--format", "csv")[1] == "one\n"


def test_what_is_piped_is_complete(ask: Cli) -> None:
    """Also a table, and over several pages."""
    sql = "SELECT i FROM generate_series(1, 4500) AS s(i) ORDER BY i"
    code, out, err = ask("sql", sql)
    assert (code, len(out.splitlines()), err) == (0, 4501, "")
    assert "x" * 500 in ask("sql", "SELECT repeat('x', 500) AS long")[1]
    assert ask("sql", sql, "--format", "csv")[1].splitlines() == ["i", *map(str, range(1, 4501))]
    assert len(json.loads(ask("sql", sql, "--format", "json")[1])) == 4500


def test_sql_only_reads(ask: Cli) -> None:
    for sql in (
        "DELETE FROM reports",
        "DROP VIEW table_usage",
        "CREATE TABLE mine (a int)",
        "COMMIT; DELETE FROM reports",
        "WITH gone AS (DELETE FROM reports RETURNING token) SELECT * FROM gone",
    ):
        code, _, err = ask("sql", sql)
        assert (code, err.startswith("error: ")) == (1, True), sql
    assert ask("sql", "SELECT count(*) AS n FROM reports", "--format", "csv")[1] == "n\n5\n"


def test_errors_of_the_database_are_whole(ask: Cli) -> None:
    code, out, err = ask("sql", "SELECT 1 AS one;\nSELECT nope\nFROM reports;\nSELECT 2 AS two", "--format", "csv")
    assert (code, out) == (1, "one\n1\n")
    line, caret = [line for line in err.splitlines() if not line.startswith("HINT")][-2:]
    assert line[caret.index("^") :] == "nope"
    assert ask("sql", "SELECT 'open")[0] == 1
    assert ask("sql", "SELECT 1 / CAST(token AS int) FROM reports", "--format", "csv")[0] == 1
    assert ask("sql", "/* nothing */")[:2] == (0, "")


def test_statements_from_standard_input(ask: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (
        "-- first\nSELECT token\nFROM reports\nWHERE token = 'r1;';\n.tables\nSET timezone = 'UTC'; SELECT 7 AS seven"
    )
    monkeypatch.setattr(sys, "stdin", io.StringIO(text))
    code, out, _ = ask("sql", "--format", "csv")
    lines = out.splitlines()
    assert (code, lines[0], lines[-2:]) == (0, "token", ["seven", "7"])
    assert "table_usage,view,Which tables are used most?" in lines
    assert 'reports,table,"Reports, archived ones included."' in lines
    assert not [line for line in lines if line.startswith("_dlt")]
    _, out, _ = ask("sql", ".schema reports", "--format", "csv")
    assert "archived,boolean,Archived reports stay listed." in out.splitlines()
    assert ask("sql", ".schema nowhere")[0] == 1
    assert ask("sql", ".nonsense")[0] == 1


@pytest.mark.parametrize("filled", ["duckdb"], indirect=True)
def test_a_prompt(filled: dict[str, str], tmp_path: Path) -> None:
    """On a terminal: statements over several lines, an error that ends nothing, history in the home directory."""
    main, terminal = pty.openpty()
    environment = {
        **os.environ,
        **filled,
        "HOME": str(tmp_path),
        "TERM": "dumb",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    process = subprocess.Popen(
        [sys.executable, "-m", "mode_source", "sql"], stdin=terminal, stdout=terminal, stderr=terminal, env=environment
    )
    os.close(terminal)

    def until(text: str) -> str:
        seen = ""
        while text not in seen:
            seen += os.read(main, 4096).decode()
        return seen

    def type_in(line: str) -> None:
        os.write(main, f"{line}\n".encode())

    assert "read-only" in until("mode> ")
    type_in("SELECT count(*) AS many")
    until("...> ")
    type_in("FROM reports_overview;")
    assert "5" in until("mode> ").split()
    type_in("SELECT nope FROM reports;")
    assert "error: " in until("mode> ")
    type_in(".help")
    assert ".schema NAME" in until("mode> ")
    type_in(".quit")
    assert process.wait(20) == 0
    os.close(main)
    assert "reports_overview" in (tmp_path / ".mode_source_history").read_text()


def test_after_a_load_there_is_something_to_ask(cli: Cli, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """From the load to the answer, by command line alone."""
    given = ("-H", sandbox.url, "-w", "acme", "-t", "sandbox-token", "-s", "sandbox-secret", "--progress", "none")
    monkeypatch.setenv("SOURCES__MODE__REQUESTS_PER_10S", "100000")
    assert cli("load", *given)[0] == 0
    [row] = json.loads(cli("sql", "SELECT * FROM table_usage ORDER BY reports DESC LIMIT 1", "--format", "json")[1])
    _, out, _ = cli("lineage", row["table_full_name"], "--json")
    reports = {
        found["report_token"] for found in json.loads(out)["dependents"]
        if any((use["platform"], use["table_full_name"]) == (row["platform"], row["table_full_name"])
               for use in found["uses"]) and found["kind"] == "report" and not found["archived"]
    }  # fmt: skip
    assert len(reports) == row["reports"] > 0
    assert all("/reports/" in found["url"] for found in json.loads(out)["dependents"] if found["kind"] == "report")
    [used] = json.loads(cli("sql", _FILTERING, "--format", "json")[1])
    _, out, _ = cli("lineage", used["column_full_name"], "--json")
    [row] = [row for row in json.loads(out)["dependents"] if row["report_token"] == used["report_token"]]
    assert used["usage"] in {use["usage"] for use in row["uses"]}
    [query] = json.loads(cli("sql", _EXPLAINED, "--format", "json")[1])
    code, out, _ = cli("lineage", "--explain", query["query_token"], "--json")
    explained = json.loads(out)
    stored = json.loads(cli("sql", _EDGES.format(query["query_token"]), "--format", "json")[1])
    assert code == 0
    assert len(explained["columns"]) == stored[0]["n"]
    assert all(edge["line"] and edge["reason"] for edge in explained["tables"])
    code, out, _ = cli("lineage", "--explain", query["query_token"])
    assert (code, out.startswith(f"Query {query['query_token']} of ")) == (0, True)
    assert "    1 | " in out
    assert "(certain: " in out
    assert cli("lineage", "--explain", "no'such")[0::2] == (1, 'error: No query has the token "no\'such".\n')
    assert cli("lineage")[0] == cli("lineage", "orders", "--explain", "q")[0] == 2


_FILTERING = "SELECT * FROM reports_using_column WHERE usage = 'filter' ORDER BY column_full_name, report_token LIMIT 1"
_EXPLAINED = (
    "SELECT q.query_token FROM query_columns AS q JOIN data_sources AS d ON d.adapter = 'jdbc:snowflake'"
    " JOIN queries AS t ON t.token = q.query_token AND t.data_source_id = d.id WHERE q.usage = 'filter'"
    " AND q.certainty = 'certain' ORDER BY 1 LIMIT 1"
)
_EDGES = "SELECT count(*) AS n FROM query_columns WHERE query_token = '{}'"


def test_nothing_loaded_yet(cli: Cli, tmp_path: Path, postgres: str, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing = "holds nothing of Mode yet: run `mode-source load` first."
    assert nothing in cli("sql", "SELECT 1")[2]
    assert not (tmp_path / "mode.duckdb").exists()
    duckdb.connect("mode.duckdb").close()
    assert nothing in cli("lineage", "orders")[2]
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", postgres)
    code, _, err = cli("sql", "SELECT 1", "--destination", "postgres", "--dataset-name", "nowhere")
    assert (code, nothing in err) == (1, True)
    assert not list((tmp_path / "dlt").rglob("state.json"))  # nor is a pipeline noted on this machine


def test_no_lineage_yet(cli: Cli, first_load: tuple[Path, int], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(first_load[0]))
    code, _, err = cli("lineage", "orders")
    assert (code, err) == (1, "error: Dataset 'mode_metadata' has no lineage yet: run `mode-source load` first.\n")


def test_other_destinations_are_refused(cli: Cli, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", str(tmp_path / "lake"))
    code, _, err = cli("sql", "SELECT 1", "--destination", "filesystem")
    assert (code, err) == (
        2, "error: This works on DuckDB and PostgreSQL; the destination (--destination) is filesystem.\n"
    )  # fmt: skip


def test_a_database_that_is_being_written(
    cli: Cli, first_load: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 4 at once; with --wait, the answer when the other process is done."""
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(first_load[0]))
    script = f"import duckdb; c = duckdb.connect({str(first_load[0])!r}); print(1, flush=True); input()"
    holder = subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    )  # fmt: skip
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdout.readline()
    code, _, err = cli("sql", "SELECT 1 AS one", "--format", "csv")
    assert (code, "Another program has the database open" in err) == (4, True)
    waiting = subprocess.Popen(
        [sys.executable, "-m", "mode_source", "sql", "SELECT 1 AS one", "--format", "csv", "--wait"],
        stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}, text=True,
    )  # fmt: skip
    holder.communicate(b"\n")
    assert waiting.communicate(timeout=30)[0] == "one\n1\n"


def test_where_statements_end() -> None:
    cases: dict[str, list[str]] = {
        "select 1": ["select 1"],
        "select 1; select ';' ; -- x;": ["select 1", "select ';'"],
        "/* ; */ select 1;;": ["/* ; */ select 1"],
        "select $$a;b$$; select 2": ["select $$a;b$$", "select 2"],
        "select 1\n;\n.tables\nselect 'é🚀';": ["select 1", ".tables", "select 'é🚀'"],
        "select 'open": ["select 'open"],
        "-- nothing": [],
        "": [],
    }
    for text, statements in cases.items():
        assert list(whole(text.splitlines())) == statements, text
    assert split("select 1") == ([], "select 1")


def test_a_reader_that_goes_away(tmp_path: Path, first_load: tuple[Path, int]) -> None:
    """`mode-source sql … | head -1` ends quietly."""
    environment = {**os.environ, "DESTINATION__DUCKDB__CREDENTIALS": str(first_load[0]),
                   "PYTHONPATH": os.pathsep.join(sys.path)}  # fmt: skip
    sql = "SELECT i FROM generate_series(1, 200000) AS s(i)"
    process = subprocess.Popen(
        [sys.executable, "-m", "mode_source", "sql", sql, "--format", "csv"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stderr is not None
    assert process.stdout.readline() == b"i\n"
    process.stdout.close()
    assert process.stderr.read() == b""
    process.wait(20)


def test_strange_values() -> None:
    from datetime import time, timedelta
    from decimal import Decimal
    from uuid import UUID

    values = [2**70, Decimal("1E+3"), Decimal("NaN"), float("inf"), b"\x00a", time(1, 2), timedelta(days=1),
              UUID(int=1), {"k": [Decimal("1.10")]}]  # fmt: skip
    names = [f"c{n}" for n in range(len(values))]
    result = Result(names, [False] * len(names), [False] * len(names), iter([tuple(values)]))
    out = io.StringIO()
    write(result, "json", out)
    assert "1180591620717411303424" in out.getvalue()
    [row] = json.loads(out.getvalue())
    assert (row["c1"], row["c2"], row["c3"], row["c4"], row["c8"]) == (1000, None, None, "\\x0061", {"k": [1.1]})
