"""Files of an export: whole or not at all, only ours replaced or removed, untouched if nothing changed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mode_source.catalogs.writing import File, write
from mode_source.errors import ExportError, LockedError
from mode_source.locks import directory_lock, single_run


def files(**content: str) -> Iterator[File]:
    for name, text in content.items():
        yield name.replace("__", "/").replace("_", "."), (text.encode(),)


def held(directory: Path) -> dict[str, str]:
    """What lies in a directory, by path, without our list."""
    return {
        path.relative_to(directory).as_posix(): path.read_text()
        for path in directory.rglob("*")
        if path.is_file() and not path.name.startswith(".mode-source")
    }


def test_only_our_own_earlier_files_are_replaced_or_removed(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / ".git").mkdir()
    (tmp_path / ".git" / "HEAD").write_text("ref")
    (tmp_path / "a" / "stranger.sql").write_text("theirs")
    first = write(tmp_path, "sql", files(a__one_sql="1", b__c__two_sql="2", three_sql="3"))
    assert (first.changed, first.removed, first.bytes) == (3, 0, 3)
    second = write(tmp_path, "sql", files(a__one_sql="1", three_sql="4"))
    assert (second.changed, second.removed) == (1, 1)
    assert held(tmp_path) == {".git/HEAD": "ref", "a/stranger.sql": "theirs", "a/one.sql": "1", "three.sql": "4"}
    assert not (tmp_path / "b").exists()  # nothing is left in it
    assert second.files == [tmp_path / "a" / "one.sql", tmp_path / "three.sql"]


def test_nothing_is_touched_if_nothing_changed(tmp_path: Path) -> None:
    write(tmp_path, "sql", files(a__one_sql="1", two_sql="2"))
    before = {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()}
    again = write(tmp_path, "sql", files(a__one_sql="1", two_sql="2"))
    assert again.changed == again.removed == 0
    assert {path: path.stat().st_mtime_ns for path in tmp_path.rglob("*") if path.is_file()} == before


def test_formats_in_one_directory_leave_each_other_alone(tmp_path: Path) -> None:
    write(tmp_path, "one", files(a_txt="1"))
    write(tmp_path, "two", files(b_txt="2"))
    write(tmp_path, "one", files(c_txt="3"))
    assert held(tmp_path) == {"b.txt": "2", "c.txt": "3"}


def test_a_failure_leaves_everything_as_it_was(tmp_path: Path) -> None:
    def failing() -> Iterator[File]:
        yield "a.txt", (b"new",)
        raise RuntimeError("no")

    write(tmp_path, "one", files(a_txt="old", b_txt="too"))
    with pytest.raises(RuntimeError, match="no"):
        write(tmp_path, "one", failing())
    assert held(tmp_path) == {"a.txt": "old", "b.txt": "too"}
    assert not list(tmp_path.glob("*.new"))


def test_a_killed_export_is_cleared_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed while it moved: what it had moved is known as ours."""
    moved: list[Path] = []
    replace = os.replace

    def killed(source: Path, target: Path) -> None:
        if len(moved) == 2:  # the list, and one file
            raise KeyboardInterrupt
        moved.append(target)
        replace(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", killed)
        with pytest.raises(KeyboardInterrupt):
            write(tmp_path, "one", files(a_txt="1", b_txt="2"))
    assert held(tmp_path) == {"a.txt": "1"}
    write(tmp_path, "one", files(c_txt="3"))
    assert held(tmp_path) == {"c.txt": "3"}


def test_a_list_that_somebody_edited_reaches_nothing_outside(tmp_path: Path) -> None:
    outside = tmp_path / "outside.txt"
    outside.write_text("theirs")
    directory = tmp_path / "out"
    write(directory, "one", files(a_txt="1"))
    (directory / "link").symlink_to(tmp_path)
    (directory / ".mode-source-one").write_text(f"../outside.txt\n{outside}\nlink/outside.txt\na.txt\n")
    write(directory, "one", files(b_txt="2"))
    assert outside.read_text() == "theirs"
    assert held(directory).keys() >= {"b.txt"}
    assert not (directory / "a.txt").exists()


def test_two_at_a_time(tmp_path: Path) -> None:
    with single_run(directory_lock(tmp_path), "it"), pytest.raises(LockedError):
        write(tmp_path, "one", files(a_txt="1"))


def test_a_directory_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ExportError, match="failed"):
        write(tmp_path / "file", "one", files(a_txt="1"))
