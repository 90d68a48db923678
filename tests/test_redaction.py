"""No spelling of a secret shows, in whatever line, however the logging of the process is set up."""

from __future__ import annotations

import base64
import html
import io
import json
import logging
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from mode_source import logs
from mode_source.api.client import ModeClient
from mode_source.destination.credentials import check_connection_strings, hide_passwords
from mode_source.errors import UsageError

Cli = Callable[..., tuple[int, str, str]]
SECRETS = ["plain-secret-1", 'it\'s "quoted" & <odd>', "100% p@ss/wörd+é", "back\\slash\\n", "tab\there{}x"]
SPELLINGS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "repr": lambda text: repr({"token": text}),
    "repr of bytes": lambda text: repr(text.encode()),
    "repr of repr": lambda text: repr(repr(text)),
    "JSON": lambda text: json.dumps([text]),
    "JSON, other letters": lambda text: json.dumps(text, ensure_ascii=False),
    "JSON in JSON": lambda text: json.dumps({"body": json.dumps({"a": text})}),
    "percent-encoded": lambda text: f"https://x/?t={quote(text, safe='')}",
    "percent-encoded, small letters": lambda text: quote(text, safe="").lower() if text.islower() else quote(text),
    "a form": quote_plus,
    "HTML": html.escape,
    "SQL": lambda text: "'" + text.replace("'", "''") + "'",
}


@pytest.fixture(autouse=True)
def forget(monkeypatch: pytest.MonkeyPatch) -> None:
    """What one test hides, the next one does not know."""
    monkeypatch.setattr(logs, "_secrets", set())
    monkeypatch.setattr(logs, "_spelt", None)


@pytest.mark.parametrize("secret", SECRETS)
@pytest.mark.parametrize("spelling", SPELLINGS)
def test_every_spelling(secret: str, spelling: str) -> None:
    logs.hide([secret])
    shown = logs.redacted(f"before {SPELLINGS[spelling](secret)} after")
    assert logs.STARS in shown
    for letters in (secret[:6], secret[-6:]):
        assert letters not in shown
    assert shown.startswith("before")
    assert shown.endswith("after")


def test_the_pair_in_base64() -> None:
    ModeClient(
        "https://app.mode.com",
        "acme",
        "tk5a81f0c3e9d7",
        "sc77d0b1e6a94f21",
        discovery=("dt-12345", "dk-12345", "ds-12345"),
    )
    for pair in ("tk5a81f0c3e9d7:sc77d0b1e6a94f21", "dt-12345:dk-12345:ds-12345"):
        encoded = base64.b64encode(pair.encode()).decode()
        assert logs.redacted(f"Authorization: Basic {encoded}") == f"Authorization: Basic {logs.STARS}"


@pytest.mark.parametrize("way", ["message", "arguments", "traceback", "broken arguments"])
def test_somebody_elses_handler(way: str) -> None:
    """As a scheduler has it, or a script that copied ours: records are clean when they are made."""
    logs.hide(["plain-secret-1"])
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    logger = logging.getLogger("somebody.else")
    logger.addHandler(handler)
    try:
        match way:
            case "message":
                logger.error("bad plain-secret-1")
            case "arguments":
                logger.error("bad %s %r", "plain-secret-1", ["plain-secret-1"])
            case "traceback":
                try:
                    raise ValueError("plain-secret-1")
                except ValueError:
                    logger.exception("bad")
            case "broken arguments":
                logger.error("bad %d", "plain-secret-1")
    finally:
        logger.removeHandler(handler)
    assert "bad" in stream.getvalue()
    assert "plain-secret-1" not in stream.getvalue()


NAME = "DESTINATION__POSTGRES__CREDENTIALS"
RAW = ["hu@nt-word-1", "100%-word-1", "hunt/word-1", "hunt?word-1", "hunt#word-1", "hu@nt%zz@word-1"]


@pytest.mark.parametrize("password", RAW)
@pytest.mark.parametrize("place", ["variable", "file"])
def test_a_password_that_a_url_cannot_carry(password: str, place: str, cli: Cli, tmp_path: Path) -> None:
    """Exit 2, the variable's name, what to do, and no part of the password; before anybody is asked."""
    url = f"postgresql://me:{password}@127.0.0.1:1/db"
    env = {"HOME": str(tmp_path), "DLT_DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    if place == "variable":
        env[NAME] = url
    else:
        (tmp_path / ".dlt").mkdir()
        (tmp_path / ".dlt/secrets.toml").write_text(f'[destination.postgres]\ncredentials = "{url}"\n')
    done = subprocess.run(
        [sys.executable, "-m", "mode_source", "sql", "SELECT 1", "--destination", "postgres", "--log-level", "DEBUG"],
        env=env, cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2, done.stderr
    line = done.stderr.strip().splitlines()[-1]
    assert (NAME if place == "variable" else "destination.postgres.credentials") in line
    assert "percent-encode" in line
    assert "word-1" not in done.stderr
    assert password[:4] not in line


FINE = [
    "postgresql://me:pa%40ss@h/db", "postgresql://h/db?user=a@b", "postgresql://me@h/db", "postgresql://h:5432/db",
    "postgresql://me:pw@h:5432/db?options=-c%20x=a@b", "postgresql:///db", "postgresql://me@corp.com:pw@h/db",
    "postgresql://me:a:b@h/db",
]  # fmt: skip


@pytest.mark.parametrize("url", FINE)
def test_connection_strings_that_are_fine(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, url)
    check_connection_strings("postgres")


def test_other_destinations_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgresql://me:p@ss@h/db")
    check_connection_strings("duckdb")
    with pytest.raises(UsageError):
        check_connection_strings("postgres")


CONFIGURED = {
    "DESTINATION__POSTGRES__CREDENTIALS": "postgresql://me:pa%40ss-word@h/db",
    "DESTINATION__POSTGRES__CREDENTIALS__PASSWORD": "pa@ss-word",
    "DESTINATION__DUCKDB__CREDENTIALS": "md:db?motherduck_token=pa@ss-word",
    "DESTINATION__BIGQUERY__CREDENTIALS": json.dumps({"private_key": "pa@ss-word", "client_email": "me@x"}),
    "DESTINATION__SNOWFLAKE__CREDENTIALS__PRIVATE_KEY_PASSPHRASE": "pa@ss-word",
    "DESTINATION__FILESYSTEM__CREDENTIALS__AWS_SECRET_ACCESS_KEY": "pa@ss-word",
    "MODE__DESTINATION__POSTGRES__CREDENTIALS": "postgresql://me:pa%40ss-word@h/db",
}


@pytest.mark.parametrize("name", CONFIGURED)
def test_passwords_of_destinations(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, CONFIGURED[name])
    hide_passwords()
    for line in ('FATAL: "pa@ss-word" of me', "postgresql://me:pa%40ss-word@h/db", f"{CONFIGURED[name]!r}"):
        assert "ss-word" not in logs.redacted(line), line
    assert logs.redacted("destination duckdb, database db, host h") == "destination duckdb, database db, host h"


def test_short_passwords_in_connection_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(NAME, "postgresql://me:pw1@h/db")
    hide_passwords()
    assert "pw1" not in logs.redacted("connecting to postgresql://me:pw1@h/db")


def test_what_is_cut_is_clean_first() -> None:
    """A line that is cut at some length does not end in half a secret."""
    from mode_source.destination.failures import first_line

    logs.hide(["0123456789" * 40])
    assert "0123456789" not in first_line(ValueError("x" * 250 + "0123456789" * 40))


def test_a_database_that_refuses(postgres: str, tmp_path: Path) -> None:
    """Wrong database, closed port, unknown host: tracebacks at DEBUG and all, and no password."""
    password = "hunter22%40secret%25"
    env = {"HOME": str(tmp_path), "DLT_DATA_DIR": str(tmp_path), "PYTHONPATH": str(Path(__file__).parents[1])}
    socket = postgres.partition("?host=")[2]
    for place in (f"localhost/nosuch?host={socket}", "127.0.0.1:1/db", "no-such-host.invalid/db"):
        done = subprocess.run(
            [sys.executable, "-m", "mode_source", "export", "-o", "out", "--destination", "postgres",
             "--log-level", "DEBUG"],
            env=env | {NAME: f"postgresql://postgres:{password}@{place}"}, cwd=tmp_path, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 1, done.stderr
        assert "Traceback" in done.stderr
        for shown in ("hunter22", "secret%", "@secret"):
            assert shown not in done.stderr
        assert "hunter22" not in "".join(path.read_text("latin-1") for path in tmp_path.rglob("*") if path.is_file())
