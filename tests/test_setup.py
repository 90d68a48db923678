"""`init` and `completion`: what is asked and written, on a real terminal; what is never overwritten."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import tomlkit

from mode_sandbox import Sandbox, Workspace
from mode_source import logs
from mode_source.errors import UsageError
from mode_source.setup import parse_workspace
from mode_source.toml_files import Change, apply, conflicts

from .terminal import on_terminal

Cli = Callable[..., tuple[int, str, str]]
ROOT = Path(__file__).resolve().parents[1]
SECRETS = Path(".dlt/secrets.toml")
CONFIG = Path(".dlt/config.toml")


@pytest.fixture(autouse=True)
def nothing_hidden_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(logs, "_secrets", set())


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Workspace.generate(seed=8, reports=3, collections=1, datasets=1, members=2)) as served:
        yield served


def flags(sandbox: Sandbox, **given: str) -> list[str]:
    values = {"-w": f"{sandbox.url}/acme/reports/1", "-t": "sandbox-token", "-s": "sandbox-secret", **given}
    return [part for pair in values.items() for part in pair]


@pytest.mark.parametrize(
    ("text", "host", "workspace"),
    [
        ("acme", None, "acme"),
        ("  acme-corp \n", None, "acme-corp"),
        ("https://app.mode.com/acme", "https://app.mode.com", "acme"),
        ("https://app.mode.com/acme/reports/3f0c9?x=1#y", "https://app.mode.com", "acme"),
        ("app.mode.com/editor/acme/reports/3f0c9", "https://app.mode.com", "acme"),
        ("https://app.mode.com/api/acme/spaces", "https://app.mode.com", "acme"),
        ("http://127.0.0.1:8123/acme/", "http://127.0.0.1:8123", "acme"),
    ],
)
def test_a_pasted_url_will_do(text: str, host: str | None, workspace: str) -> None:
    assert parse_workspace(text) == (host, workspace)


@pytest.mark.parametrize("text", ["", "https://app.mode.com/", "https://app.mode.com/editor", "two words", "a\x1b[2J"])
def test_what_names_no_workspace(text: str) -> None:
    with pytest.raises(UsageError, match="names no workspace"):
        parse_workspace(text)


def test_flags_alone(sandbox: Sandbox, cli: Cli) -> None:
    """Writes both files, the secrets for nobody else's eyes; a load then needs no flag."""
    catalog = ("-o", "files", "--catalog-token", "catalog-token", "--source-id", "0000-1")
    code, out, err = cli("init", "--no-input", *flags(sandbox), *catalog, "--json")
    assert code == 0, err
    assert json.loads(out) == {
        "workspace": "acme",
        "files": [str(CONFIG), str(SECRETS), ".gitignore"],
        "checked": True,
    }
    assert "sandbox-secret" not in out + err
    config = tomlkit.parse(CONFIG.read_text()).unwrap()
    assert config == {
        "sources": {"mode": {"workspace": "acme", "host": sandbox.url}},
        "catalog": {"output_directory": "files", "source_id": "0000-1"},
    }
    secrets = tomlkit.parse(SECRETS.read_text()).unwrap()
    assert secrets == {
        "sources": {"mode": {"token": "sandbox-token", "secret": "sandbox-secret"}},
        "catalog": {"token": "catalog-token"},
    }
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600
    assert Path(".gitignore").read_text() == "/.dlt/secrets.toml\n"
    # Another process, as dlt keeps what it has read of .dlt.
    again = subprocess.run(
        [sys.executable, "-m", "mode_source", "load", "--progress", "none"],
        env={**os.environ, "PYTHONPATH": str(ROOT), "SOURCES__MODE__REQUESTS_PER_10S": "100000"},
        capture_output=True,
        text=True,
    )
    assert again.returncode == 0, again.stderr


def test_what_is_missing_or_refused_writes_nothing(sandbox: Sandbox, cli: Cli) -> None:
    code, _, err = cli("init", "--no-input", "-w", "acme")
    assert (code, "`token` is missing" in err) == (2, True)
    code, _, err = cli("init", "--no-input", *flags(sandbox, **{"-s": "wrong-secret"}))
    assert code == 5, err
    assert "wrong-secret" not in err
    assert not Path(".dlt").exists()
    assert not Path(".gitignore").exists()


def test_settings_that_are_there_stay(sandbox: Sandbox, cli: Cli) -> None:
    """Nothing is replaced without --force; comments and other settings stay with it."""
    CONFIG.parent.mkdir()
    CONFIG.write_text('# ours\n[sources.mode]\nworkspace = "globex"  # the old one\nmax_workers = 3\n')
    SECRETS.write_text('[sources.mode]\ntoken = "old"\n')
    SECRETS.chmod(0o644)
    before = CONFIG.read_text(), SECRETS.read_text()
    code, _, err = cli("init", "--no-input", "--no-check", *flags(sandbox))
    assert (code, "`workspace`" in err, "--force" in err) == (2, True, True)
    assert (CONFIG.read_text(), SECRETS.read_text()) == before
    code, _, err = cli("init", "--no-input", "--no-check", "--force", "--destination", "postgres", *flags(sandbox))
    assert code == 0, err
    text = CONFIG.read_text()
    for line in ("# ours", 'workspace = "acme"  # the old one', "max_workers = 3"):
        assert line in text
    assert tomlkit.parse(text)["destination_type"] == "postgres"
    assert stat.S_IMODE(SECRETS.stat().st_mode) == 0o600
    code, out, _ = cli("init", "--no-input", "--no-check", "--destination", "postgres", *flags(sandbox), "--json")
    assert (code, json.loads(out)["files"]) == (0, [])  # nothing new, nothing written


def test_a_file_that_is_no_toml(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text("[sources.mode\n")
    with pytest.raises(UsageError, match="is not TOML"):
        conflicts(path, [Change((), "a", "b")])
    with pytest.raises(UsageError, match="is not TOML"):
        apply(path, [Change((), "a", "b")], 0o600)


# -- at a terminal


def test_questions_and_answers(sandbox: Sandbox, tmp_path: Path) -> None:
    """A URL that names nothing and a wrong secret are asked for again; secrets are never shown."""
    answers = [
        ("Workspace", "https://app.mode.com/"),
        ("Workspace", f"{sandbox.url}/acme/reports/1"),
        ("Token", "sandbox-token"),
        ("Secret", "wrong-secret"),
        ("Try another key?", "y"),
        ("Token", "sandbox-token"),
        ("Secret", "sandbox-secret"),
        ("Upload to Coalesce Catalog?", "y"),
        ("Directory", ""),
        ("Catalog's token", "catalog-token"),
        ("Source id", "0000-1"),
        ("Zone", "US"),
        ("Destination", ""),
    ]
    code, shown = on_terminal(tmp_path, answers, "init")
    assert code == 0, shown
    assert "Credentials work" in shown
    assert "mode-source sync" in shown
    for secret in ("sandbox-secret", "wrong-secret", "catalog-token"):
        assert secret not in shown
    config = tomlkit.parse((tmp_path / CONFIG).read_text()).unwrap()
    assert config["catalog"] == {"output_directory": "catalog", "source_id": "0000-1", "zone": "US"}
    secrets = tomlkit.parse((tmp_path / SECRETS).read_text()).unwrap()
    assert secrets["sources"]["mode"]["secret"] == "sandbox-secret"


def test_no_means_no(sandbox: Sandbox, tmp_path: Path) -> None:
    (tmp_path / ".dlt").mkdir()
    (tmp_path / CONFIG).write_text('[sources.mode]\nworkspace = "globex"\n')
    answers = [("Upload", "n"), ("Destination", ""), ("Replace?", "n")]
    code, shown = on_terminal(tmp_path, answers, "init", "--no-check", *flags(sandbox))
    assert (code, "Nothing was written." in shown) == (1, True)
    assert (tmp_path / CONFIG).read_text() == '[sources.mode]\nworkspace = "globex"\n'
    assert not (tmp_path / SECRETS).exists()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_completion(shell: str, cli: Cli) -> None:
    code, out, err = cli("completion", shell)
    assert code == 0, err
    assert "_MODE_SOURCE_COMPLETE" in out


def test_completion_completes(tmp_path: Path) -> None:
    """What bash would be told for `mode-source st<TAB>`."""
    environment = {"COMP_WORDS": "mode-source compl", "COMP_CWORD": "1", "_MODE_SOURCE_COMPLETE": "bash_complete"}
    done = subprocess.run(
        [sys.executable, "-m", "mode_source"],
        env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
        capture_output=True,
        text=True,
    )
    assert done.stdout.split() == ["plain,completion"]
