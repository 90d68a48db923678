"""Every command in a pseudo-terminal: no line is longer than the terminal, no heading is broken, some data is shown."""

from __future__ import annotations

import fcntl
import os
import pty
import shutil
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.ask.text import width
from mode_source.cli import cli as commands
from mode_source.cli import main
from mode_source.lineage_tables.step import LineageStep
from mode_source.models import create_views

from ..conftest import SIZES, duckdb_pipeline, run
from .screen import LINK, on_screen, plain

WIDTHS = (80, 100, 120, 200)
KINDS: dict[str, dict[str, str]] = {"plain": {}, "NO_COLOR": {"NO_COLOR": "1"}, "dumb": {"TERM": "dumb"}}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small workspace with lineage and views, in which names are of all kinds."""
    folder = tmp_path_factory.mktemp("screens")
    pipeline = duckdb_pipeline(folder)
    with Sandbox(Workspace.generate(**SIZES)) as sandbox:
        run(pipeline, sandbox)
    LineageStep(pipeline).run()
    create_views(pipeline)
    with pipeline.sql_client() as client:
        client.execute_sql(
            "UPDATE reports SET name = CASE substr(token, 1, 1) WHEN '0' THEN '売上高レポート 日本語 非常に長い名前'"
            " WHEN '1' THEN '👩‍👩‍👧 family 🇩🇪 report' WHEN '2' THEN 'דוח מכירות חודשי' ELSE name END"
        )
    return folder / "mode.duckdb"


@pytest.fixture
def here(database: Path, tmp_path: Path) -> Path:
    shutil.copy(database, tmp_path / "mode.duckdb")
    return tmp_path


@contextmanager
def terminal(columns: int, monkeypatch: pytest.MonkeyPatch, environment: Mapping[str, str]) -> Iterator[list[str]]:
    """Standard output and error are a pseudo-terminal of this process; gives what a person saw, once it is over."""
    ours, theirs = pty.openpty()
    fcntl.ioctl(theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 5000, columns, 0, 0))
    seen: list[str] = []
    parts: list[bytes] = []

    def read() -> None:
        with suppress(OSError):
            while part := os.read(ours, 65536):
                parts.append(part)

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    out = os.fdopen(theirs, "w", encoding="utf-8")
    with monkeypatch.context() as patch:
        patch.setenv("TERM", "xterm-256color")
        patch.delenv("NO_COLOR", raising=False)
        patch.setenv("COLUMNS", "")
        for name, value in environment.items():
            patch.setenv(name, value)
        patch.setattr(sys, "stdout", out)
        patch.setattr(sys, "stderr", out)
        try:
            yield seen
        finally:
            out.close()
            reader.join(10)
            os.close(ours)
    seen += b"".join(parts).decode().replace("\r\n", "\n").splitlines()


ASKED: list[tuple[list[str], list[str]]] = [  # arguments, and words that must be there whole
    (["lineage", "finance.orders"], ["report", "owner", "views"]),
    (["sql", "SELECT * FROM reports"], ["token", "name"]),
    (["sql", "SELECT * FROM reports LIMIT 2"], ["view_count", "web_url"]),
    (["sql", "SELECT * FROM reports_overview ORDER BY view_count DESC"], ["report_token", "report_name"]),
    (["sql", "SELECT table_full_name, reports, view_count FROM table_usage ORDER BY reports DESC LIMIT 5"],
     ["table_full_name", "reports", "view_count"]),
    (["sql", ".tables"], ["name", "kind", "about", "reports_using_table"]),
    (["sql", ".schema reports"], ["column", "type", "about"]),
    (["lineage", "finance.orders.amount"], ["report", "owner"]),
    (["status"], ["Complete:", "Rows:"]),
]  # fmt: skip


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("kind", KINDS)
def test_answers_fit(here: Path, columns: int, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for arguments, words in ASKED:
        with terminal(columns, monkeypatch, KINDS[kind]) as lines:
            assert main(arguments) == 0
        assert len(lines) > 3
        shown = [plain(line) for line in lines]
        assert max(map(width, shown)) <= columns, arguments
        assert set(words) <= {word for line in shown for word in line.split()}, arguments
        if kind != "plain":
            assert not any("\x1b" in line for line in lines)


@pytest.mark.parametrize("columns", WIDTHS)
def test_help_fits_and_teaches(
    columns: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(columns))
    for name in [None, *commands.commands]:
        assert main([*([name] if name else []), "--help"]) == 0
        out = capsys.readouterr().out
        assert max(map(len, out.splitlines())) <= columns, name
        assert "..." not in out.replace("]...", "").replace("COMMAND [ARGS]...", ""), name  # nothing is cut
        if name:
            options = [option for option in commands.commands[name].params if not getattr(option, "hidden", False)]
            for option in options:
                assert option.opts[0] in out or option.metavar or option.param_type_name == "argument", (name, option)


def test_help_ends_with_examples_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    main(["lineage", "--help"])
    out = capsys.readouterr().out
    assert out.index("What to find out:") < out.index("Output:") < out.index("Examples:") < out.index("Exit codes:")
    assert "--fail-if-used orders customers" in out
    main(["-V"])
    assert capsys.readouterr().out.startswith("mode-source, version ")


def test_examples_are_commands_that_exist() -> None:
    from mode_source.commands.help import EXAMPLES

    for name, examples in EXAMPLES.items():
        for call, _ in examples:
            words = call.split()
            assert words[words.index("mode-source") + 1] == name
            words = words[words.index("mode-source") :]
            known = {flag for option in commands.commands[name].params for flag in option.opts}
            assert {word for word in words if word.startswith("-")} <= known, call


def test_help_needs_no_dlt() -> None:
    script = "import sys; from mode_source.cli import main; main(['load', '-h']); print(*sys.modules, file=sys.stderr)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment, check=True)
    assert {"dlt", "duckdb", "sqlglot", "rich", "prompt_toolkit"}.isdisjoint(done.stderr.split())


def test_links_where_the_terminal_can(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with terminal(100, monkeypatch, {"FORCE_HYPERLINK": "1"}) as lines:
        main(["lineage", "finance.orders"])
    addresses = {address for line in lines for address in LINK.findall(line) if address}
    assert addresses
    assert all(address.startswith("http") and "/reports/" in address for address in addresses)
    assert not any("url" in plain(line).split() for line in lines)


def test_piped_is_complete(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["sql", "SELECT * FROM reports"])
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 41
    assert "web_url" in lines[0]
    assert not any("\x1b" in line or "…" in line for line in lines)


def test_a_real_terminal_and_a_pager(here: Path, tmp_path: Path) -> None:
    environment = {"PAGER": "cat -n", "DLT_DATA_DIR": str(tmp_path / "dlt")}
    code, seen = on_screen(["sql", "SELECT * FROM reports"], 80, 20, environment)
    lines = plain(seen).splitlines()
    assert (code, lines[0].split()[:2], lines[-1].split()[0]) == (0, ["1", "token"], str(len(lines)))
    assert len(lines) > 40


def test_sandbox_ports_are_said_in_one_line(cli: Any) -> None:
    import socket

    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        code, _, err = cli("sandbox", "--port", str(port))
    assert (code, len(err.splitlines()), str(port) in err) == (1, 1, True)
    assert cli("sandbox", "--port", "99999")[0] == 2


def test_commands_that_read_leave_no_database(cli: Any, tmp_path: Path) -> None:
    for arguments in (["report"], ["export", "-o", "x"], ["sql", "SELECT 1"], ["lineage", "orders"]):
        code, _, err = cli(*arguments, "--pipelines-dir", str(tmp_path / "p"))
        assert (code, "holds nothing of Mode yet" in err) == (1, True), arguments
    assert not (tmp_path / "mode.duckdb").exists()


def test_reading_beside_another_reader(here: Path, cli: Any, tmp_path: Path) -> None:
    script = "import duckdb; c = duckdb.connect('mode.duckdb', read_only=True); print(1, flush=True); input()"
    holder = subprocess.Popen([sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        for arguments in (["report"], ["export", "-o", "x"]):
            code, _, err = cli(*arguments, "--pipelines-dir", str(tmp_path / "p"))
            assert code == 0, err
    finally:
        holder.communicate(b"\n")


def test_lineage_tells_the_truth(here: Path, cli: Any) -> None:
    """Dependents, charts and counts for every table, computed anew from what queries read and charts show."""
    import json

    import duckdb

    with duckdb.connect(str(here / "mode.duckdb"), read_only=True) as database:
        database.execute("USE mode_metadata")
        edges = database.execute(
            "SELECT platform, lower(concat_ws('.', database_name, schema_name, table_name)), report_token, query_token"
            " FROM query_tables WHERE role = 'read'"
        ).fetchall()
        charts = dict(database.execute("SELECT query_token, list(token) FROM charts GROUP BY 1").fetchall())
        archived = {token for (token,) in database.execute("SELECT token FROM reports WHERE archived").fetchall()}
    names = sorted({f"{platform}:{name}" for platform, name, _, _ in edges})
    code, out, err = cli("lineage", *names, "--json")
    assert code == 0, err
    answers = json.loads(out)
    assert len(answers) == len(names) > 20
    for name, answer in zip(names, answers, strict=True):
        truth: dict[str, set[str]] = {}
        for platform, table, report, query in edges:
            if f"{platform}:{table}" == name or (
                # A name stands for every table that ends with it.
                platform == name.partition(":")[0] and table.endswith("." + name.partition(":")[2])
            ):
                truth.setdefault(report, set()).add(query)
        found = {row["report_token"]: row for row in answer["dependents"]}
        assert len(found) == len(answer["dependents"])  # one row for each
        assert found.keys() == truth.keys(), name
        for report, queries in truth.items():
            own = {chart for query in queries for chart in charts.get(query, [])}
            assert {chart["token"] for chart in found[report]["charts"]} == own
            assert (found[report]["queries"], found[report]["chart_count"]) == (len(queries), len(own))
            assert found[report]["archived"] == (report in archived)
