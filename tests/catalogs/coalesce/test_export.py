"""The six Catalog files: exact, sorted, complete or not there at all (docs/catalog-contract.md#files)."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pendulum
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source._version import __version__
from mode_source.catalogs.coalesce.contract import FILES, SUMMARY_KEYS
from mode_source.catalogs.coalesce.export import export, stored_base_url
from mode_source.errors import ExportError, LockedError
from mode_source.load import connect
from mode_source.locks import directory_lock, single_run

from ...conftest import assert_equal, duckdb_pipeline, exported, run
from ...helpers import make_set

NAMES = [
    "He said \"naïve\" 'x'",
    "two\nlines\r\nand a\ttab",
    "🚀 é 日本語 \u2028",
    "\\ {{ liquid }} {% if %}",
    "",
    None,
    "  padded  ",
]
READ_JSON = (
    "read_json of DuckDB guesses types: an empty file has one column `json`, texts that look like moments change"
)


class Loaded:
    """A workspace that was loaded once, for all tests of this file that only export."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.workspace = Workspace.generate(seed=4, reports=8, collections=3, datasets=2, members=4)
        space = next(iter(self.workspace.collections))
        for name in NAMES:
            self.workspace.add_report(space, name, description=name, queries=1)
        self.workspace.add_report(space, "No query", queries=0)
        self.bare = self.workspace.add_report(space, "No creator", creator=None)
        self.pipeline = duckdb_pipeline(folder)
        with Sandbox(self.workspace) as sandbox:
            self.url = sandbox.url
            run(self.pipeline, sandbox)

    def export(self, directory: Path, **given: Any) -> list[Path]:
        return export(self.pipeline, directory, stored_base_url(self.pipeline), **given)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Loaded]:
    folder = tmp_path_factory.mktemp("loaded")
    with pytest.MonkeyPatch.context() as patch:
        for name in [
            name for name in os.environ if name.startswith(("CASTOR_", "SOURCES__", "CATALOG__", "DESTINATION"))
        ]:
            patch.delenv(name)
        patch.setenv("DLT_DATA_DIR", str(folder / "dlt"))
        patch.chdir(folder)
        yield Loaded(folder)


def content(files: list[Path]) -> dict[str, bytes]:
    """Bytes by file name without the prefix; the summary, which holds the time, left out."""
    return {path.name.partition("-")[2]: path.read_bytes() for path in files[:-1]}


# -- what is in them


def test_every_file_is_exact(loaded: Loaded, tmp_path: Path) -> None:
    """Quotes, newlines, emoji, null and empty names, no query, no creator: values and types as Mode sent them."""
    files = loaded.export(tmp_path / "out")
    truth = loaded.workspace.expected_files()
    for path, file in zip(files, FILES, strict=False):
        rows = json.loads(path.read_text(encoding="utf-8"))
        assert rows == truth[file.name], file.name
        assert [list(row) for row in rows] == [list(file.keys)] * len(rows), file.name  # every key, in order
        assert [row["token"] for row in rows] == sorted(row["token"] for row in rows), file.name
    reports = {row["token"]: row for row in truth["report"]}
    assert {row["name"] for row in reports.values()} >= set(NAMES)
    assert reports[loaded.bare.token]["creator"] is None


def test_queries_of_datasets_are_not_in_the_query_file(loaded: Loaded, tmp_path: Path) -> None:
    """They are in the table, but `report_token` must be in the report file."""
    files = content(loaded.export(tmp_path))
    reports = {row["token"] for row in json.loads(files["report.json"])}
    assert {row["report_token"] for row in json.loads(files["query.json"])} <= reports
    datasets = {report.token for report in loaded.workspace.reports.values() if report.is_dataset}
    assert datasets
    assert not datasets & reports
    held = {token for (token,) in loaded.pipeline.dataset()["queries"].select("report_token").fetchall()}
    assert held & datasets


def test_text_is_utf_8_as_it_is(loaded: Loaded, tmp_path: Path) -> None:
    """Text untouched: not escaped to ASCII, one array, parseable by anyone."""
    raw = content(loaded.export(tmp_path))["report.json"]
    assert "🚀 é 日本語".encode() in raw
    assert raw.startswith(b"[")
    assert raw.endswith(b"]\n")


def test_same_state_same_bytes(loaded: Loaded, tmp_path: Path) -> None:
    assert content(loaded.export(tmp_path / "one")) == content(loaded.export(tmp_path / "two"))


def test_summary(loaded: Loaded, tmp_path: Path) -> None:
    """Exactly the keys of the contract, and nothing but the base URL of the connection."""
    path = loaded.export(tmp_path)[-1]
    summary = json.loads(path.read_bytes())
    assert tuple(summary) == SUMMARY_KEYS
    assert summary["connection_identity"] == {"base_url": f"{loaded.url}/acme"}
    assert summary["client_name"] == "ModeAnalytics/API"
    assert summary["version"] == __version__
    executed = pendulum.parse(summary["executed_at"])
    assert isinstance(executed, pendulum.DateTime)
    assert int(executed.timestamp()) == int(path.name.partition("-")[0])


def test_names_and_log_lines(loaded: Loaded, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Six files with one prefix, the summary last, and the lines that people grep for."""
    caplog.set_level(logging.INFO)
    files = loaded.export(tmp_path / "deep" / "er")
    assert [path.name.partition("-")[2] for path in files] == [f"{file.name}.json" for file in FILES] + ["summary.json"]
    assert len({path.name.partition("-")[0] for path in files}) == 1
    assert sorted((tmp_path / "deep" / "er").iterdir()) == sorted(files)
    for line in ("Starting extraction for REPORT...", f"{len(loaded.workspace.members)} rows extracted"):
        assert line in caplog.messages
    for path in files:
        assert f"Wrote output file: {path} ({path.stat().st_size} bytes)" in caplog.messages


def test_from_another_machine(loaded: Loaded, tmp_path: Path) -> None:
    """The tables are all that counts: a fresh working directory exports the same bytes and the same base URL."""
    here = loaded.export(tmp_path / "here")
    loaded.pipeline.drop_pending_packages()
    other = duckdb_pipeline(loaded.folder, "another-machine")
    connect(other)
    there = export(other, tmp_path / "there", stored_base_url(other))
    assert content(here) == content(there)
    assert json.loads(there[-1].read_bytes())["connection_identity"] == {"base_url": f"{loaded.url}/acme"}


# -- edges of a workspace


def test_an_empty_workspace_then_one_without_reports(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """Known failure: an empty workspace crashes the run. Five empty arrays, then collections without reports."""
    workspace = Workspace.empty()
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox)
        assert exported(pipeline, tmp_path) == {file.name: [] for file in FILES}
        workspace.add_collection("Empty")
        workspace.add_data_source()
        workspace.add_member()
        run(pipeline, sandbox)
        assert_equal(pipeline, sandbox, tmp_path)


def test_texts_that_look_like_something_else(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """Values are exactly what Mode sent, also where all of a column look like moments, UUIDs, numbers or JSON."""
    workspace = Workspace.generate(seed=6, reports=4, collections=1, datasets=1, members=2, groups=1)
    for report in workspace.reports.values():
        report.name, report.description = "2021-12-10T20:55:24Z", "12:30"
        for query in report.queries.values():
            query.name, query.raw_query = "00000000-0000-4000-8000-00000000000A", " 2021-12-10 "
    for member in workspace.members.values():
        member.name = "007"
    for source in workspace.data_sources.values():
        source.description, source.database = '{"a": 1, "a": 2}', "true"
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox, "collections", "data_sources", "members", "reports", "queries")
        truth = workspace.expected_files()
        for name, rows in exported(pipeline, tmp_path).items():
            assert rows == truth[name], name


# -- all or nothing


def test_a_killed_export_is_cleared_by_the_next(loaded: Loaded, tmp_path: Path) -> None:
    """What a kill left goes: its folder, and what it had moved without the summary. Nothing else does."""
    whole = make_set(tmp_path, 100)
    killed = make_set(tmp_path, 200)[:3]
    for path in make_set(tmp_path, 200)[3:]:
        path.unlink()
    staging = tmp_path / ".mode-source-200"
    staging.mkdir()
    (staging / "200-member.json").write_text("[")
    late = make_set(tmp_path, 300)  # killed between the summary and the end: the set counts
    (tmp_path / ".mode-source-300").mkdir()
    foreign = [
        tmp_path / name for name in ("400-report.json", "notes.txt", ".hidden", ".mode-source-x", "200-other.json")
    ]
    for path in foreign:
        path.write_text("mine")
    (tmp_path / "folder").mkdir()
    files = loaded.export(tmp_path)
    assert not staging.exists()
    assert not any(path.exists() for path in killed)
    assert set(tmp_path.iterdir()) == {*whole, *late, *foreign, *files, tmp_path / "folder"}


@pytest.mark.parametrize("step", range(1, 9))
def test_a_failing_disk_leaves_nothing(
    step: int, loaded: Loaded, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever write fails: exit with an error, no file of the set, older sets untouched."""
    older = make_set(tmp_path, 100)
    real, calls = os.fsync, iter(range(1, 100))

    def failing(descriptor: int) -> None:
        if next(calls) == step:
            raise OSError(28, "No space left on device")
        real(descriptor)

    monkeypatch.setattr(os, "fsync", failing)
    with pytest.raises(ExportError, match="No space left on device") as caught:
        loaded.export(tmp_path)
    assert caught.value.exit_code == 1
    assert set(tmp_path.iterdir()) == set(older)


def test_a_directory_that_cannot_be_written(loaded: Loaded, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="file"):
        loaded.export(tmp_path / "file")


def test_keep(loaded: Loaded, tmp_path: Path) -> None:
    """Older sets stay unless `keep` says how many; receipts go with their set, other files stay."""
    one, two = make_set(tmp_path, 100), make_set(tmp_path, 200)
    for prefix in (100, 200):
        (tmp_path / f"{prefix}-upload.receipt").write_text("{}")
    foreign = tmp_path / "50-report.json"
    foreign.write_text("[]")
    three = loaded.export(tmp_path)
    assert all(path.exists() for path in (*one, *two, *three))
    four = loaded.export(tmp_path, keep=3)
    assert not any(path.exists() for path in one)
    assert set(tmp_path.iterdir()) == {*two, *three, *four, foreign, tmp_path / "200-upload.receipt"}
    five = loaded.export(tmp_path, keep=1)
    assert set(tmp_path.iterdir()) == {*five, foreign}


def test_a_clock_that_was_set_back(loaded: Loaded, tmp_path: Path) -> None:
    """The set just written is the newest, whatever the clock says: `keep` leaves it, `upload -d` finds it."""
    make_set(tmp_path, 9_999_999_999)
    files = loaded.export(tmp_path, keep=1)
    assert all(path.exists() for path in files)


def test_two_exports_in_the_same_second(loaded: Loaded, tmp_path: Path) -> None:
    """They get prefixes of their own; nothing is overwritten."""
    now = int(pendulum.now("UTC").timestamp())
    taken = {tmp_path / f"{now + second}-summary.json" for second in range(60)}
    for path in taken:
        path.write_text("{}")
    files = [*loaded.export(tmp_path), *loaded.export(tmp_path)]
    assert len(set(files)) == 12
    assert not taken & set(files)
    assert all(path.read_text() == "{}" for path in taken)


def test_a_second_writer_is_told_who_writes(loaded: Loaded, tmp_path: Path) -> None:
    """Known failure: overlapping scheduled runs write into each other."""
    with single_run(directory_lock(tmp_path), "this directory"):
        with pytest.raises(LockedError, match=f"process {os.getpid()}") as caught:
            loaded.export(tmp_path)
        assert caught.value.exit_code == 4
        assert list(tmp_path.iterdir()) == []
    assert len(loaded.export(tmp_path)) == 6
