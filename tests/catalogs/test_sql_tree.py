"""The tree of SQL files: Mode's bytes, safe paths, and nothing to commit unless somebody edited something."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import dlt
import pytest
import yaml

from mode_sandbox import Sandbox
from mode_source import export
from mode_source.catalogs.sql_tree import named
from mode_source.catalogs.yaml_text import block

from ..conftest import run
from .truth import ODD_NAMES, Truth, build

RESERVED = {"con", "prn", "aux", "nul", *(f"com{n}" for n in range(10)), *(f"lpt{n}" for n in range(10))}


def described(directory: Path, kind: str = "report") -> dict[str, tuple[Path, dict[str, Any]]]:
    """What the YAML files say, with their folders, by token."""
    found = {}
    for path in directory.glob(f"collections/*/*/{kind}.yml"):
        content = yaml.safe_load(path.read_bytes())
        found[content["token"]] = path.parent, content
    return found


def held(directory: Path) -> dict[str, bytes]:
    return {
        path.relative_to(directory).as_posix(): path.read_bytes() for path in directory.rglob("*") if path.is_file()
    }


def git(directory: Path, *arguments: str) -> str:
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": os.devnull, "HOME": str(directory)}
    identity = ("-c", "user.name=t", "-c", "user.email=t@example.com", "-c", "commit.gpgsign=false")
    done = subprocess.run(
        ["git", *identity, *arguments], cwd=directory, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout


def test_every_query_has_exactly_its_bytes(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    export(stored, tmp_path / "out", "sql")
    found = described(tmp_path / "out") | described(tmp_path / "out", "dataset")
    queries = {}
    for folder, content in found.values():
        for query in content["queries"]:
            queries[query["token"]] = (folder / query["file"]).read_bytes()
    assert queries == {token: (query.raw_query or "").encode() for token, query in truth.workspace.queries.items()}
    assert set(found) == set(truth.workspace.reports)
    for token, name in truth.odd.items():
        content = found[token][1]
        assert content["name"] == name
        assert content["description"] == (name or None)
        (query,) = content["queries"]
        assert query["name"] == name
        assert query["charts"][0]["title"] == name
        assert query["data_source"] == "postgresql prod"
    assert found[truth.archived][1]["archived"] is True
    assert sum(len(content["schedules"]) for _, content in found.values()) == 1


def test_texts_with_any_line_end_and_front_matter(stored: dlt.Pipeline, tmp_path: Path) -> None:
    texts = [
        "\ufeffSELECT 1\r\n",
        "---\ntoken: x\n---\nSELECT 1",
        "",
        "{% form %}\n{% endform %}",
        "SELECT '🚀'\r\r\n\t",
    ]
    changed = build().workspace
    report = changed.add_report(next(iter(changed.collections)), "Texts", queries=0)
    tokens = {changed.add_query(report, text, name=f"T{n}").token: text for n, text in enumerate(texts)}
    with Sandbox(changed) as sandbox:
        run(stored, sandbox)
    export(stored, tmp_path / "out", "sql")
    folder, content = described(tmp_path / "out")[report.token]
    assert {query["token"]: (folder / query["file"]).read_bytes().decode() for query in content["queries"]} == tokens
    git(tmp_path / "out", "init", "-q")
    git(tmp_path / "out", "add", "-A")
    git(tmp_path / "out", "commit", "-qm", "one")
    git(tmp_path, "clone", "-q", "-c", "core.autocrlf=true", "out", "clone")
    clone = {path: text for path, text in held(tmp_path / "clone").items() if not path.startswith(".git/")}
    assert clone == {path: text for path, text in held(tmp_path / "out").items() if not path.startswith(".git/")}


def test_paths_are_safe_everywhere(stored: dlt.Pipeline, tmp_path: Path) -> None:
    export(stored, tmp_path / "out", "sql")
    paths = [path for path in held(tmp_path / "out") if not path.startswith(".")]
    assert len({path.casefold() for path in paths}) == len(paths)
    for path in paths:
        assert path.isascii()
        assert len(path) < 200
        for part in path.split("/"):
            assert part.split(".")[0].casefold() not in RESERVED
            assert part not in ("", ".", "..")
            assert not set(part) & set('<>:"\\|?* ')
            assert not part.endswith((".", " "))


@pytest.mark.parametrize(
    ("name", "expected"),
    [("Weekly Revenue", "weekly-revenue-t"), ("Zürich – Café", "zurich-cafe-t"), ("🚀", "untitled-t"),
     (None, "untitled-t"), ("../x", "x-t"), ("x" * 300, "x" * 40 + "-t"), ("con", "con-t"),
     ("a" * 39 + "-b", "a" * 39 + "-t")],
)  # fmt: skip
def test_named(name: str | None, expected: str) -> None:
    assert named(name, "t") == expected
    assert "/" not in named(name, "../t")


def test_nothing_to_commit_after_runs_and_views(stored: dlt.Pipeline, tmp_path: Path) -> None:
    out = tmp_path / "out"
    export(stored, out, "sql")
    before = held(out)
    workspace = build().workspace
    for token in list(workspace.reports)[:5]:
        workspace.run_report(token)
        workspace.view_report(token, 7)
    with Sandbox(workspace) as sandbox:
        run(stored, sandbox)
    export(stored, out, "sql")
    changed = {path for path, text in held(out).items() if before.get(path) != text} | (
        before.keys() - held(out).keys()
    )
    assert not {path for path in changed if path != "mode.yml"}  # the sandbox has another port now
    again = held(out)
    export(stored, out, "sql")
    assert held(out) == again


def test_renamed_moved_removed(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    """In git: a rename, a move, a removal; strangers' files stay."""
    out = tmp_path / "out"
    export(stored, out, "sql")
    git(out, "init", "-q")
    (out / "README.md").write_text("ours")
    git(out, "add", "-A")
    git(out, "commit", "-qm", "one")
    workspace = build().workspace
    renamed, moved, removed = (case.report for case in truth.cases[:3])
    second = list(workspace.collections)[1]
    workspace.rename_report(renamed, "Another name")
    workspace.move_report(moved, second)
    workspace.delete_report(removed)
    with Sandbox(workspace) as sandbox:
        run(stored, sandbox)
    export(stored, out, "sql")
    found = described(out)
    assert found[renamed][0].name == f"another-name-{renamed}"
    assert found[moved][0].parent.name.endswith(second)
    assert removed not in found
    assert (out / "README.md").read_text() == "ours"
    git(out, "add", "-A")
    status = git(out, "diff", "--cached", "--name-status", "-M").splitlines()
    renames = [line for line in status if line.startswith("R100") and line.endswith(".sql")]
    assert {line.rpartition("/")[0].rpartition("-")[2] for line in renames} == {renamed, moved}
    assert {line[0] for line in status if removed in line} == {"D"}


def test_definitions(stored: dlt.Pipeline, tmp_path: Path) -> None:
    workspace = build().workspace
    definition = workspace.add_definition("clean orders", "SELECT *\r\nFROM sales.orders")
    with Sandbox(workspace) as sandbox:
        run(stored, sandbox)
    export(stored, tmp_path / "out", "sql")
    folder = tmp_path / "out" / "definitions"
    (content,) = yaml.safe_load((folder / "definitions.yml").read_bytes())
    assert (content["token"], content["name"]) == (definition.token, "clean orders")
    assert (folder / content["file"]).read_bytes() == b"SELECT *\r\nFROM sales.orders"
    export(stored, tmp_path / "out", "sql", definitions=False, include_archived=False)
    assert not folder.exists()


def test_yaml_is_read_back_by_any_parser() -> None:
    for name in ODD_NAMES:
        value = {"a": name, "b": [{"c": name, "d": [name, name]}, {"e": [], "f": {}, "g": None}], "h": True, "i": 1}
        text = block(value)  # type: ignore[arg-type]
        assert yaml.safe_load(text) == value
        assert yaml.load(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader)) == value
