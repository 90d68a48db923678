"""What the page says, from real tables on DuckDB and PostgreSQL, and what it says where tables are missing."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.errors import ExportError
from mode_source.load import connect
from mode_source.models import create_views
from mode_source.page import write_page
from mode_source.page.charts import bars
from mode_source.page.documents import embedded
from mode_source.page.listing import web_address

from ..conftest import duckdb_pipeline, postgres_pipeline, run
from .conftest import NOW, ask, documents, execute

Write = Callable[[dlt.Pipeline], str]


@pytest.fixture
def changed(small_duckdb: dlt.Pipeline, tmp_path: Path) -> dlt.Pipeline:
    """A copy of the small workspace for a test to change."""
    database = Path(str(small_duckdb.pipelines_dir)).parent / "mode.duckdb"
    shutil.copy(database, tmp_path / "mode.duckdb")
    pipeline = duckdb_pipeline(tmp_path)
    connect(pipeline)
    return pipeline


class Text(HTMLParser):
    """A page as a browser without scripts reads it: words, elements, attributes."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self._silent = False
        self.feed(page)

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attributes)))
        self._silent = tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self._silent = False

    def handle_data(self, data: str) -> None:
        if not self._silent and data.strip():
            self.words.append(" ".join(data.split()))

    def __str__(self) -> str:
        return " ".join(self.words)


@pytest.mark.parametrize("database", ["small_duckdb", "small_postgres"])
def test_the_page_shows_what_the_tables_hold(database: str, request: pytest.FixtureRequest, write: Write) -> None:
    pipeline = request.getfixturevalue(database)
    page = write(pipeline)
    text = str(Text(page))
    for label, table in (("Reports", "reports"), ("Queries", "queries"), ("Charts", "charts"), ("Members", "members")):
        ((count,),) = ask(pipeline, f"SELECT count(*) FROM {table}")
        assert re.search(rf"{label} {count}\b", text), label
    assert "Not known" not in text
    assert "Made by mode-source" in text
    assert "2 Jun 2026, 08:30 UTC" in text
    rows, pictures = documents(page)
    token, name, owner, table = ask(
        pipeline,
        "SELECT r.token, r.name, m.name, lower(concat_ws('.', t.database_name, t.schema_name, t.table_name))"
        " FROM reports r JOIN query_tables t ON t.report_token = r.token JOIN members m ON m.username ="
        " r.creator_username WHERE r.name IS NOT NULL AND t.role = 'read' AND t.platform <> 'modedatasets'"
        " ORDER BY r.token LIMIT 1",
    )[0]
    row = next(row for row in rows["rows"] if row[0] == token)
    assert row[1] == name
    assert rows["owners"][row[3]][1] == owner
    assert table in [rows["tables"][position][1] for position in row[10]]
    assert (
        rows["prefixes"][row[11]] + token == ask(pipeline, f"SELECT web_url FROM reports WHERE token = '{token}'")[0][0]
    )
    queries = ask(pipeline, f"SELECT name FROM queries WHERE report_token = '{token}' ORDER BY name")
    assert [query[0] for query in pictures["reports"][token]] == [name for (name,) in queries]


def test_both_databases_give_the_same_reports_and_pictures(
    small_duckdb: dlt.Pipeline, small_postgres: dlt.Pipeline, write: Write
) -> None:
    assert documents(write(small_duckdb)) == documents(write(small_postgres))


def test_the_same_tables_give_the_same_page(small_duckdb: dlt.Pipeline, write: Write) -> None:
    assert write(small_duckdb) == write(small_duckdb)


def test_nothing_but_the_page_itself_is_loaded_or_run(small_duckdb: dlt.Pipeline, write: Write) -> None:
    page = write(small_duckdb)
    elements = Text(page).elements
    policy = next(attributes["content"] for _, attributes in elements if "http-equiv" in attributes) or ""
    assert policy.startswith("default-src 'none'; ")
    for name in ("script", "style"):
        inline = re.findall(rf"<{name}>(.*?)</{name}>", page, re.DOTALL)
        assert len(inline) == 1
        digest = base64.b64encode(hashlib.sha256(inline[0].encode()).digest()).decode()
        assert f"{name}-src 'sha256-{digest}'" in policy
    assert not any(name == "src" or name == "style" or name.startswith("on") for _, held in elements for name in held)
    assert {tag for tag, _ in elements}.isdisjoint({"link", "img", "iframe", "object", "embed", "base"})
    assert not re.search(r"@import|url\(|innerHTML|insertAdjacent|document\.write|eval\(", page)


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror="alert(1)">',
    "</script><script>alert(1)</script>",
    "line\u2028separator\u2029paragraph & <!-- -->",
    "{{ 7 * 7 }} {% raw %} ' onload='alert(1)",
]


def poison(pipeline: dlt.Pipeline) -> None:
    """Hostile names wherever a name can stand, and links that are none."""
    name = HOSTILE[1]
    gap = {"entity": "queries", "token": "x", "name": HOSTILE[1], "reason": HOSTILE[0]}
    execute(
        pipeline,
        *(f"UPDATE {table} SET name = '{name}'" for table in ("collections", "members", "data_sources", "datasets")),
        f"UPDATE charts SET title = '{name}'",
        *(
            f"UPDATE {table} SET name = '{text.replace(chr(39), chr(39) * 2)}'"
            f" WHERE strpos('{of}', substr(token, 1, 1)) > 0"
            for table in ("reports", "queries")
            for text, of in zip(HOSTILE, ("012", "345", "678", "9ab", "cdef"), strict=True)
        ),
        f"UPDATE query_tables SET table_name = '{name}' WHERE platform <> 'modedatasets'",
        f"UPDATE report_schedules SET frequency = '{name}'",
        "UPDATE reports SET web_url = 'javascript:alert(1)//' || token WHERE substr(token, 1, 1) < '8'",
        f"UPDATE runs SET outcome = 'gaps', gap_count = 1, gaps = '{json.dumps([gap])}'",
        f"UPDATE lineage_errors SET reason = '{name}', stage = '{HOSTILE[0]}'",
    )  # fmt: skip


def test_names_from_mode_are_text_everywhere(changed: dlt.Pipeline, write: Write) -> None:
    plain = Text(write(changed)).elements
    poison(changed)
    page = write(changed)
    poisoned = Text(page)
    assert {tag for tag, _ in poisoned.elements} <= {tag for tag, _ in plain} | {"a", "wbr"}
    assert sum(tag == "script" for tag, _ in poisoned.elements) == 4
    assert not any(name.startswith("on") for _, held in poisoned.elements for name in held)
    links = [held["href"] or "" for tag, held in poisoned.elements if tag == "a"]
    assert all(link.startswith(("#", "http://127.0.0.1")) for link in links)
    assert HOSTILE[1] in str(poisoned)
    assert HOSTILE[0] in str(poisoned)
    assert "\u2028" not in page.partition("data-rows")[2]
    assert "javascript:" not in page
    rows, _ = documents(page)
    assert {row[1] for row in rows["rows"]} <= {*HOSTILE, "Untitled"}


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://app.mode.com/acme/reports/1", "https://app.mode.com/acme/reports/1"),
        ("http://localhost/x", "http://localhost/x"),
        ("javascript:alert(1)", ""),
        ("JavaScript:alert(1)", ""),
        ("data:text/html,x", ""),
        ("//app.mode.com/x", ""),
        ("https:app.mode.com", ""),
        ("java\nscript:alert(1)", ""),
        ("http://[broken", ""),
        ("", ""),
        (None, ""),
    ],
)
def test_only_web_addresses_become_links(text: str | None, address: str) -> None:
    assert web_address(text) == address


def test_embedded_json_holds_nothing_that_ends_a_script() -> None:
    assert embedded("</script>&\u2028\u2029") == '"\\u003c/script\\u003e\\u0026\\u2028\\u2029"'


HEADINGS = {
    "stale": "Stale",
    "dead_source": "On a data source that is gone",
    "ownerless": "Without an owner",
    "failed": "Last run did not succeed",
    "unread": "Could not be read",
}


def test_lists_agree_with_the_views(changed: dlt.Pipeline, write: Write) -> None:
    execute(
        changed,
        "UPDATE members SET state = 'deactivated' WHERE token = (SELECT min(token) FROM members)",
        "UPDATE data_sources SET soft_deleted = TRUE WHERE id = (SELECT min(data_source_id) FROM queries)",
        "UPDATE reports SET last_run_token = 'failed', last_run_at = now()"
        " WHERE token = (SELECT min(token) FROM reports)",
        "INSERT INTO reads (entity, token, error, _dlt_id, _dlt_load_id)"
        " SELECT 'other', max(token), 'it said no', 'x', '1' FROM reports",
    )
    create_views(changed)
    page = write(changed)
    rows, _ = documents(page)
    live = ask(changed, "SELECT count(*) FROM reports WHERE NOT archived")[0][0]
    bits = {name: 1 << number for number, name in enumerate(rows["flags"])}
    for flag, sql in {
        "stale": "SELECT report_token FROM stale_reports",
        "dead_source": "SELECT report_token FROM queries_on_dead_sources WHERE kind = 'report' AND NOT archived",
        "ownerless": "SELECT report_token FROM orphaned_ownership WHERE kind = 'report' AND NOT archived",
        "failed": "SELECT report_token FROM reports_overview WHERE NOT last_run_succeeded AND NOT archived",
        "scheduled": "SELECT report_token FROM reports_overview WHERE schedule_count > 0",
        "archived": "SELECT token FROM reports WHERE archived",
        "unread": "SELECT max(token) FROM reports",
    }.items():
        expected = {token for (token,) in ask(changed, sql)}
        assert {row[0] for row in rows["rows"] if row[9] & bits[flag]} == expected, flag
        assert expected, flag
        if flag in HEADINGS:
            assert f"{len(expected)} {HEADINGS[flag]}" in str(Text(page))
            assert f"{100 * len(expected) / live:.0f} % of the live reports." in str(Text(page))
    assert "it said no" in page
    table, reports = ask(changed, "SELECT table_full_name, reports FROM table_usage WHERE platform <> 'modedatasets'"
                                  " ORDER BY reports DESC, queries DESC, table_full_name LIMIT 1")[0]  # fmt: skip
    assert re.search(rf"Views {re.escape(table.replace('.', '. '))} \w+ {reports} ", str(Text(page)))


def test_pictures_route_datasets_and_tell_how_sure(changed: dlt.Pipeline, write: Write) -> None:
    (query, report), = ask(changed, "SELECT query_token, report_token FROM query_tables WHERE platform ="
                                    " 'modedatasets' ORDER BY 1 LIMIT 1")  # fmt: skip
    dataset = ask(
        changed, f"SELECT min(table_name) FROM query_tables WHERE query_token = '{query}' AND platform = 'modedatasets'"
    )[0][0]
    execute(
        changed,
        f"UPDATE query_tables SET certainty = 'guess' WHERE query_token = '{query}' AND platform <> 'modedatasets'",
        "INSERT INTO query_tables (query_token, report_token, platform, table_name, role, certainty, _dlt_id,"
        " _dlt_load_id)"
        f" VALUES ('{query}', '{report}', 'snowflake', 'TMP_X', 'created', 'likely', 'x', '1')",
        f"INSERT INTO lineage_errors (query_token, report_token, stage, reason, _dlt_id, _dlt_load_id)"
        f" VALUES ('{query}', '{report}', 'parse', 'a word too many', 'x', '1')",
    )  # fmt: skip
    page = write(changed)
    rows, pictures = documents(page)
    (name,), = ask(changed, f"SELECT name FROM queries WHERE token = '{query}'")  # fmt: skip
    (dataset_name,), = ask(changed, f"SELECT name FROM datasets WHERE token = '{dataset}'")  # fmt: skip
    drawn = next(drawn for drawn in pictures["reports"][report] if drawn[0] == name)
    position = rows["tables"].index(["modedatasets", dataset, dataset_name])
    behind = ask(
        changed,
        f"SELECT count(DISTINCT table_name) FROM query_tables WHERE report_token = '{dataset}' AND role = 'read'",
    )
    assert position in drawn[2]
    assert len(pictures["datasets"][str(position)]) == behind[0][0] > 0
    made = rows["tables"].index(["snowflake", "tmp_x", "tmp_x"])
    assert [made, 1, 1] in drawn[2]
    guessed = [edge[0] for edge in drawn[2] if isinstance(edge, list) and edge[1] == 2]
    assert set(guessed) == set(pictures["datasets"][str(position)])
    assert drawn[4] == "parse"
    assert "a word too many" in str(Text(page))
    assert made not in next(row for row in rows["rows"] if row[0] == report)[10]  # it is not read


def test_views_gained_need_two_days(changed: dlt.Pipeline, write: Write) -> None:
    assert "Live reports by the month of their last run" in write(changed)
    execute(
        changed,
        "INSERT INTO report_stats_daily (report_token, day, view_count, runs_count, _dlt_id, _dlt_load_id) SELECT"
        " report_token, day - 3, view_count - 5, runs_count - 2, 'x' || report_token, '1' FROM report_stats_daily",
    )
    gained = 5 * ask(changed, "SELECT count(*) FROM report_stats_daily WHERE view_count IS NOT NULL")[0][0] // 2
    text = str(Text(write(changed)))
    assert f"{gained:,} views more" in text
    assert "on 1 recorded day." in text


def test_a_failed_last_run_is_said_and_does_not_count_as_a_reading(changed: dlt.Pipeline, write: Write) -> None:
    execute(
        changed,
        "INSERT INTO runs (started_at, ended_at, outcome, error, _dlt_id, _dlt_load_id)"
        " VALUES (TIMESTAMPTZ '2031-01-05T00:00:00Z', NULL, 'failed', 'Mode <b>went</b> away.', 'x', '1')",
    )
    text = str(Text(write(changed)))
    assert "The last run failed: Mode <b>went</b> away." in text
    assert "Read from Mode on 5 Jan 2031" not in text


def test_without_lineage_the_rest_is_there(loaded: dlt.Pipeline, write: Write) -> None:
    page = write(loaded)
    text = str(Text(page))
    assert "Not known: table query_tables was not loaded." in text
    assert "Not known: tables query_tables, lineage_errors were not loaded." in text
    rows, pictures = documents(page)
    assert len(rows["rows"]) == 40
    assert not rows["tables"]
    assert any(query[3] for queries in pictures["reports"].values() for query in queries)


@pytest.mark.parametrize("database", ["duckdb", "postgres"])
def test_a_partial_load_gives_an_honest_page(
    database: str, request: pytest.FixtureRequest, sandbox: Sandbox, tmp_path: Path, write: Write
) -> None:
    if database == "duckdb":
        pipeline = duckdb_pipeline(tmp_path)
    else:
        pipeline = postgres_pipeline(request.getfixturevalue("postgres"), tmp_path, "partial")
    run(pipeline, sandbox, "collections", "groups")
    text = str(Text(write(pipeline)))
    assert "Collections" in text
    assert "Not loaded: data_sources, reports," in text
    assert "Not known: no table reports was loaded." in text
    assert "Not known: table reports was not loaded." in text
    run(pipeline, sandbox, "reports")
    text = str(Text(write(pipeline)))
    assert "Not known: no table queries, data_sources was loaded." in text
    assert "Not known: no table members was loaded." in text


def test_an_empty_workspace(tmp_path: Path, write: Write) -> None:
    pipeline = duckdb_pipeline(tmp_path)
    with Sandbox(Workspace.empty()) as sandbox:
        run(pipeline, sandbox)
    text = str(Text(write(pipeline)))
    assert "There are no reports." in text


def test_files_in_a_folder_work_as_far_as_they_go(sandbox: Sandbox, tmp_path: Path, write: Write) -> None:
    pipeline = dlt.pipeline(
        "mode",
        destination=dlt.destinations.filesystem(str(tmp_path / "files"), preferred_loader_file_format="parquet"),
        dataset_name="mode_metadata", pipelines_dir=str(tmp_path / "pipelines"),
    )  # fmt: skip
    run(pipeline, sandbox)
    sandbox.workspace.rename_report(min(sandbox.workspace.expected_tables()["reports"]), "Renamed since")
    run(pipeline, sandbox)
    rows, _ = documents(write(pipeline))
    assert len(rows["rows"]) == 40
    assert "Renamed since" in {row[1] for row in rows["rows"]}


def test_the_command(cli: Any, small_duckdb: dlt.Pipeline, tmp_path: Path) -> None:
    code, out, err = cli("report", "-o", "x.html", "--pipelines-dir", str(tmp_path / "p"))
    assert (code, out) == (1, "")
    assert "holds nothing of Mode yet" in err
    assert not Path("x.html").exists()
    shutil.copy(Path(str(small_duckdb.pipelines_dir)).parent / "mode.duckdb", tmp_path / "mode.duckdb")
    code, out, _ = cli("report", "-o", "new/x.html", "--pipelines-dir", str(tmp_path / "p"))
    size = Path("new/x.html").stat().st_size
    assert (code, out) == (0, f"new/x.html ({size:,} bytes)\n")
    code, out, _ = cli("report", "--pipelines-dir", str(tmp_path / "p"), "--json")
    assert code == 0
    assert '"file": "mode.html"' in out
    assert '"missing": []' in out
    assert [path.name for path in Path("new").iterdir()] == ["x.html"]


def test_a_page_that_cannot_be_written_leaves_nothing(small_duckdb: dlt.Pipeline, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    with pytest.raises(ExportError, match="could not be written"):
        write_page(small_duckdb, tmp_path / "there", NOW)
    assert not [path for path in tmp_path.iterdir() if path.suffix == ".part"]


def test_bars() -> None:
    laid_out = bars([("a", "", 4, 1), ("b", "", 0, 0)], height=100)
    first, second = laid_out.bars
    assert (first.top, first.height, first.light_top, first.light_height) == (25, 75, 0, 25)
    assert (second.height, second.light_height) == (0, 0)
    assert first.x + first.width < second.x
    assert not bars([]).bars
