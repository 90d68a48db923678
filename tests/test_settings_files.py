"""Files of settings, working folders, locks and modes: what real machines have there."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source import files
from mode_source.destination.pipeline import checked_dataset
from mode_source.errors import LockedError, UsageError
from mode_source.load import exclusive, make_pipeline
from mode_source.locks import directory_lock, single_run

from .conftest import assert_equal, run

ROOT = Path(__file__).resolve().parents[1]


@pytest.fixture
def small() -> Iterator[Sandbox]:
    workspace = Workspace.generate(seed=3, reports=2, collections=1, datasets=1, members=2)
    workspace.rename_report(sorted(workspace.expected_tables()["reports"])[0], "Umsätze 日本 🎉")
    with Sandbox(workspace) as server:
        yield server


class Machine:
    """Runs the command line in processes of its own, with a home and a working directory."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder, self.sandbox = folder, sandbox
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("DLT_", "PIPELINES"))} | {
            "PYTHONPATH": str(ROOT), "HOME": str(folder / "home"), "DLT_DATA_DIR": str(folder / "data"),
            "SOURCES__MODE__HOST": sandbox.url, "SOURCES__MODE__WORKSPACE": "acme",
            "SOURCES__MODE__TOKEN": "sandbox-token", "SOURCES__MODE__SECRET": "sandbox-secret",
            "SOURCES__MODE__REQUESTS_PER_10S": "100000", "SOURCES__MODE__MAX_ATTEMPTS": "2",
        }  # fmt: skip
        (folder / "home").mkdir()

    def run(self, *arguments: str, cwd: str = ".", **env: str | None) -> subprocess.CompletedProcess[str]:
        (self.folder / cwd).mkdir(exist_ok=True)
        given = {name: value for name, value in (self.env | env).items() if value is not None}
        return subprocess.run(
            [sys.executable, "-m", "mode_source", *arguments], cwd=self.folder / cwd, env=given, capture_output=True,
            encoding="utf-8", errors="surrogateescape", check=False,
        )  # fmt: skip


@pytest.fixture
def machine(small: Sandbox, tmp_path: Path) -> Machine:
    folder = tmp_path / "machine"
    folder.mkdir()
    return Machine(small, folder)


def last(done: subprocess.CompletedProcess[str]) -> str:
    return done.stderr.strip().splitlines()[-1]


# -- files of settings


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
def test_files_as_editors_save_them(encoding: str, machine: Machine) -> None:
    """Both files, with Windows line ends."""
    (machine.folder / ".dlt").mkdir()
    config = f'# é\r\n[sources.mode]\r\nhost = "{machine.sandbox.url}/acme"\r\n'
    secrets = '[sources.mode]\r\ntoken = "sandbox-token"\r\nsecret = "sandbox-secret"\r\n'
    (machine.folder / ".dlt/config.toml").write_bytes(config.encode(encoding))
    (machine.folder / ".dlt/secrets.toml").write_bytes(secrets.encode(encoding))
    unset: dict[str, Any] = dict.fromkeys(f"SOURCES__MODE__{name}" for name in ("HOST", "WORKSPACE", "TOKEN", "SECRET"))
    done = machine.run("check", "--json", **unset)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["workspace"] == "acme"
    assert ("secrets.toml" in done.stderr) is (os.name == "posix")  # 0644: a warning


BROKEN = {
    "no end": (b'[catalog]\nkeep = 3\ntoken = "hunter22secret\n', 3),
    "no value": (b"[catalog]\nkeep =\n", 2),
    "twice": (b"[catalog]\nkeep = 1\nzone = 'EU'\nkeep = 2\n", 4 if sys.version_info >= (3, 11) else 0),
    "no bracket": (b"\n\n[catalog\nkeep = 1\n", 3),
    "latin-1": ("[catalog]\nzone = 'é'\n".encode("latin-1"), 2),
    "nul": (b"[catalog]\nkeep = 1\n\xff\xff\n", 3),
}


@pytest.mark.parametrize("name", BROKEN)
@pytest.mark.parametrize("file", ["config.toml", "secrets.toml"])
def test_broken_files(name: str, file: str, machine: Machine) -> None:
    """Exit 2, with path and line, and nothing of the values; whichever command meets it first."""
    content, line = BROKEN[name]
    (machine.folder / ".dlt").mkdir()
    (machine.folder / ".dlt" / file).write_bytes(content)
    command = ["load"] if file == "config.toml" else ["upload", "-d", "x"]
    done = machine.run(*command)
    assert done.returncode == 2, done.stderr
    assert f".dlt/{file}{f', line {line}' if line else ''}" in last(done)
    assert "hunter22" not in done.stderr
    assert machine.sandbox.requests == []


def test_all_that_is_missing_in_one_line(machine: Machine) -> None:
    """Mode's settings, the output directory and the destination's."""
    unset: dict[str, Any] = dict.fromkeys(f"SOURCES__MODE__{name}" for name in ("WORKSPACE", "TOKEN", "SECRET"))
    done = machine.run("sync", "--destination", "postgres", **unset)
    assert done.returncode == 2
    for name in ("workspace", "token", "secret", "output_directory", "database"):
        assert f"`{name}`" in last(done), name
    done = machine.run("load", **unset)
    assert done.returncode == 2
    for name in ("SOURCES__MODE__WORKSPACE", "SOURCES__MODE__TOKEN", "SOURCES__MODE__SECRET", "flag -w", "flag -t"):
        assert name in last(done), name
    assert "output_directory" not in last(done)
    assert machine.sandbox.requests == []


@pytest.mark.parametrize("name", ["  ", "\n", "!!!", "___", "🎉", "pg_catalog", "Information_Schema", "a\x00b", "a\nb"])
def test_a_dataset_name_that_is_none(name: str) -> None:
    with pytest.raises(UsageError, match="`dataset_name`"):
        make_pipeline(dataset_name=name)


@pytest.mark.parametrize("name", ["mode", " mode\n", "Mode Meta", "a.b", "x" * 80, "_1"])
def test_other_dataset_names(name: str) -> None:
    assert checked_dataset(name) == name.strip()


def test_home_in_every_path(machine: Machine) -> None:
    """`~` as .dlt and cron have it, with no shell to expand it."""
    (machine.folder / "home/db").mkdir()
    done = machine.run(
        "extract", CATALOG__OUTPUT_DIRECTORY="~/catalog", PIPELINES_DIR="~/work",
        DESTINATION__DUCKDB__CREDENTIALS="~/db/mode.duckdb",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    home = machine.folder / "home"
    assert {path.name for path in home.iterdir()} >= {"catalog", "work", "db"}
    assert (home / "db/mode.duckdb").is_file()
    assert not list(machine.folder.rglob("~"))


# -- working folders and locks


def test_targets_and_working_folders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Other files, datasets, hosts and databases: other folders; the same ones from anywhere, as anyone: the same."""
    url = "postgresql://{}@db.example.com/{}"
    made = [make_pipeline(), make_pipeline(dataset_name="other")]
    for name in ("warehouse", "marts"):
        monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", url.format("me:pw", name))
        made.append(make_pipeline("postgres"))
    for bucket in ("lake", "s3://bucket/lake"):
        monkeypatch.setenv("DESTINATION__FILESYSTEM__BUCKET_URL", bucket)
        made.append(make_pipeline("filesystem"))
    (tmp_path / "elsewhere").mkdir()
    monkeypatch.chdir(tmp_path / "elsewhere")
    made.append(make_pipeline())
    assert len({pipeline.working_dir for pipeline in made}) == len(made)

    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", "../mode.duckdb")
    assert make_pipeline().working_dir == made[0].working_dir
    os.symlink(tmp_path, tmp_path / "link")
    monkeypatch.setenv("DESTINATION__DUCKDB__CREDENTIALS", str(tmp_path / "link" / "mode.duckdb"))
    assert make_pipeline().working_dir == made[0].working_dir
    monkeypatch.setenv("DESTINATION__POSTGRES__CREDENTIALS", url.format("you:wp", "marts"))
    assert make_pipeline("postgres").working_dir == made[3].working_dir
    monkeypatch.setenv("PIPELINES_DIR", "mine")
    assert make_pipeline().pipelines_dir == str(tmp_path / "elsewhere" / "mine")


def test_locks_go_with_the_target(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Unrelated jobs run side by side; the same target is locked also from another folder, and by hand."""
    first = make_pipeline()
    by_hand = dlt.pipeline(
        "mode", destination=dlt.destinations.duckdb("mode.duckdb"), dataset_name="mode_metadata", pipelines_dir="mine"
    )
    with exclusive(first):
        with exclusive(make_pipeline(dataset_name="other")):
            pass
        with pytest.raises(LockedError, match=r"lock /.*mode\.lock"), exclusive(by_hand):
            pass
        with pytest.raises(LockedError, match="--wait"), exclusive(make_pipeline(pipelines_dir="third")):
            pass
    with exclusive(by_hand):
        pass


def test_jobs_in_two_directories(machine: Machine) -> None:
    """As one user, root too: neither knows of the other; on the same file, the second is told who is there."""
    one, two = machine.run("load", cwd="one"), machine.run("load", cwd="two")
    assert (one.returncode, two.returncode) == (0, 0), one.stderr + two.stderr
    folders = list((machine.folder / "data/mode_source").iterdir())
    assert len(folders) == 2
    shared = str(machine.folder / "one" / "mode.duckdb")
    lock = next(folder / "mode.lock" for folder in folders if "one" in (folder / "mode/state.json").read_text())
    with single_run(lock, "the target"):
        done = machine.run("load", cwd="two", DESTINATION__DUCKDB__CREDENTIALS=shared)
        assert done.returncode == 4, done.stderr
        assert str(lock) in last(done)
        assert machine.run("load", cwd="two").returncode == 0


@pytest.mark.parametrize("kind", ["file", "folder", "missing folder"])
def test_a_lock_that_cannot_be_made(kind: str, tmp_path: Path) -> None:
    (tmp_path / "there").write_text("")
    path = tmp_path / {"file": "there/x.lock", "folder": "as", "missing folder": "there/a/b.lock"}[kind]
    if kind == "folder":
        path.mkdir()
    with pytest.raises(UsageError, match=str(path)), single_run(path, "this"):
        pass


def test_the_lock_of_a_directory_is_beside_it(tmp_path: Path) -> None:
    """Not in the shared temporary directory, where it would belong to whoever came first."""
    assert directory_lock(tmp_path / "out").parent == tmp_path
    assert directory_lock(tmp_path / "out") == directory_lock(tmp_path / "in" / ".." / "out")
    assert directory_lock(tmp_path / "out") != directory_lock(tmp_path / "in")
    assert directory_lock(Path("/")).name == ".mode-source.lock"


# -- a damaged working folder


def damage(path: Path, kind: str) -> None:
    """What a full disk, a crash or an editor leaves of a file."""
    content = path.read_bytes()
    left = {"empty": b"", "half": content[: len(content) // 2], "garbage": b"\x00\xff{", "list": b"[]"}
    path.write_bytes(left[kind])


@pytest.mark.parametrize(
    ("which", "kind"),
    [
        ("state.json", "empty"),
        ("state.json", "half"),
        ("schemas/*", "garbage"),
        ("schemas/*", "list"),
        ("**/*.json", "half"),
    ],
)
def test_a_damaged_working_folder_is_cleared(kind: str, which: str, small: Sandbox, tmp_path: Path) -> None:
    """And the run goes on: no more requests than an unchanged one, and the tables are exact."""
    pipeline = make_pipeline()
    run(pipeline, small)
    before = run(pipeline, small).requests
    folder = Path(pipeline.working_dir)
    damaged = [path for path in folder.glob(which) if path.is_file()]
    for path in damaged:
        damage(path, kind)
    assert damaged
    pipeline = make_pipeline()
    assert run(pipeline, small).requests == before
    assert_equal(pipeline, small, tmp_path / "out")


@pytest.mark.parametrize("left", ["file", "empty folder", "only a package"])
def test_a_half_written_working_folder(left: str, small: Sandbox, tmp_path: Path) -> None:
    folder = Path(make_pipeline().working_dir)
    run(make_pipeline(), small)
    for path in sorted(folder.rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    if left == "file":
        folder.rmdir()
        folder.write_text("x")
    elif left == "only a package":
        (folder / "normalize" / "1700000000.0" / "new_jobs").mkdir(parents=True)
        (folder / "load" / "normalized" / "1700000000.0" / "new_jobs").mkdir(parents=True)
    pipeline = make_pipeline()
    run(pipeline, small)
    assert_equal(pipeline, small, tmp_path / "out")


# -- who may read what is written


def modes(folder: Path) -> dict[str, int]:
    found = [path for path in folder.rglob("*") if path.name not in ("home", "one")]
    return {str(path.relative_to(folder)): stat.S_IMODE(path.stat().st_mode) for path in found}


@pytest.mark.skipif(os.name != "posix", reason="no such modes")
@pytest.mark.parametrize(
    ("setting", "file", "folder"),
    [(None, 0o600, 0o700), ("group", 0o640, 0o750), ("shared", 0o644, 0o755)],
)
def test_modes(setting: str | None, file: int, folder: int, machine: Machine, tmp_path: Path) -> None:
    """Database, dlt's files, exports, receipts, page and locks; with whatever umask the job is started."""
    os.umask(0)
    try:
        given = {} if setting is None else {"SOURCES__MODE__FILE_MODE": setting}
        upload = {
            "CATALOG__TOKEN": "catalog-token", "CATALOG__SOURCE_ID": "00000000-0000-4000-8000-000000000001",
            "CATALOG__INGEST_URL": machine.sandbox.ingest_url,
        }  # fmt: skip
        done = machine.run("sync", "-o", "made/catalog", **given, **upload)
        assert done.returncode == 0, done.stderr
        done = machine.run("report", "-o", "page/mode.html", **given)
        assert done.returncode == 0, done.stderr
    finally:
        os.umask(0o022)
    found = modes(machine.folder)
    assert {"mode.duckdb", "page/mode.html"} <= found.keys()
    assert any(name.endswith(".receipt") for name in found)
    wrong = {
        name: oct(mode) for name, mode in found.items()
        if mode != (folder if (machine.folder / name).is_dir() else file)
    }  # fmt: skip
    assert wrong == {}


@pytest.mark.parametrize("value", ["0600", "everyone", "Private"])
def test_a_file_mode_that_is_none(value: str, machine: Machine) -> None:
    done = machine.run("load", SOURCES__MODE__FILE_MODE=value)
    assert done.returncode == 2
    assert "`file_mode`" in last(done)


def test_the_umask_is_put_back() -> None:
    os.umask(0o022)
    with files.made(), files.made():
        pass
    assert os.umask(0o022) == 0o022


# -- terminals


@pytest.mark.parametrize(
    "env",
    [
        {"PYTHONIOENCODING": "ascii"},
        {"PYTHONIOENCODING": "cp1252"},
        {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"},
    ],
    ids=["ascii", "cp1252", "C"],
)
def test_names_on_any_terminal(env: dict[str, str], machine: Machine) -> None:
    """Tables, CSV, JSON and pages with names that the terminal does not know."""
    done = machine.run("extract", "-o", "out", **env)
    assert done.returncode == 0, done.stderr
    for form in ("table", "csv", "json"):
        done = machine.run("sql", "--format", form, "SELECT name FROM reports ORDER BY name", **env)
        assert done.returncode == 0, done.stderr
        if form == "json":
            names: list[Any] = [row["name"] for row in json.loads(done.stdout)]
            assert "Umsätze 日本 🎉" in names or "Ums" in done.stdout
    assert machine.run("report", "-o", "page.html", **env).returncode == 0
    done = machine.run("check", "-w", "größe🎉", **env)
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
