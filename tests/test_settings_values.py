"""What people paste into settings: stripped where that helps, refused with the setting's name where it does not."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.catalogs.coalesce.upload import Target
from mode_source.errors import UsageError
from mode_source.values import header_value, place, tidy

from .conftest import SOURCE_ID
from .helpers import make_set

Cli = Callable[..., tuple[int, str, str]]
DEFAULT = "https://app.mode.com"
AROUND = [
    "{}\n",
    " {} ",
    "\ufeff{}",
    "{}\r\n",
    "\u200b{}\u200b",
    "\u00a0{}\t",
    "\u2060{}\u3164",
    "\u00ad{}\u200e",
    "\x1f{}\x85",
]


@pytest.fixture
def small() -> Iterator[Sandbox]:
    with Sandbox(Workspace.generate(seed=3, reports=2, collections=1, datasets=1, members=2)) as server:
        yield server


@pytest.fixture
def configured(small: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Sandbox:
    settings = {
        "SOURCES__MODE__HOST": small.url, "SOURCES__MODE__WORKSPACE": "acme", "SOURCES__MODE__TOKEN": "sandbox-token",
        "SOURCES__MODE__SECRET": "sandbox-secret", "SOURCES__MODE__REQUESTS_PER_10S": "100000",
        "CATALOG__TOKEN": "catalog-token", "CATALOG__SOURCE_ID": SOURCE_ID, "CATALOG__INGEST_URL": small.ingest_url,
    }  # fmt: skip
    for name, value in settings.items():
        monkeypatch.setenv(name, value)
    return small


@pytest.mark.parametrize("around", AROUND, ids=ascii)
def test_what_does_not_show_is_taken_off(around: str) -> None:
    assert tidy(around.format("a b")) == "a b"
    assert header_value("`token`", around.format("ab-cd_é")) == "ab-cd_é"


@pytest.mark.parametrize("around", AROUND[:5], ids=ascii)
def test_every_credential_and_name(around: str, configured: Sandbox, cli: Cli, tmp_path: Path) -> None:
    """Given as flags, to Mode and to Catalog."""
    mode = ["-w", around.format("acme"), "-t", around.format("sandbox-token"), "-s", around.format("sandbox-secret")]
    code, _, err = cli("check", "-H", around.format(configured.url), *mode)
    assert (code, "error" in err) == (0, False), err
    make_set(tmp_path / "set", 1)
    given = ["-k", around.format("catalog-token"), "-s", around.format(SOURCE_ID)]
    code, _, err = cli(
        "upload", *given, "--ingest-url", around.format(configured.ingest_url), "-d", str(tmp_path / "set")
    )
    assert code == 0, err
    assert len(configured.uploads) == 6


BAD = [
    *(f"abcdefgh{character}ijklmnop" for character in ("\n", "\x00", "\u201c", "\u200b", "\x7f")),
    "日本語日本語",
]


@pytest.mark.parametrize("value", BAD, ids=ascii)
@pytest.mark.parametrize(
    ("setting", "command"),
    [
        ("token", ["check", "-t"]),
        ("secret", ["load", "-s"]),
        ("token", ["upload", "-d", "set", "-k"]),
        ("token", ["sync", "-o", "out", "--catalog-token"]),
        ("discovery_access_key", ["check"]),
    ],
)
def test_what_cannot_be_a_header(
    setting: str, command: list[str], value: str, configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Exit 2, one line with the setting's name and nothing of the value; nobody is asked."""
    make_set(Path("set"), 1)
    if setting.startswith("discovery"):
        if "\x00" in value:
            return  # no environment can hold it
        for name in ("TOKEN", "ACCESS_KEY", "ACCESS_SECRET"):
            monkeypatch.setenv(f"SOURCES__MODE__DISCOVERY_{name}", value if name == "ACCESS_KEY" else "d-value")
        code, out, err = cli(*command, "--log-level", "DEBUG")
    else:
        code, out, err = cli(*command, value, "--log-level", "DEBUG")
    assert code == 2, err
    assert f"`{setting}`" in err.strip().splitlines()[-1]
    assert not {"abcdefgh", "ijklmnop", "日本語"} & {part for part in (value[:8], value[-8:]) if part in out + err}
    assert configured.requests == []
    assert configured.uploads == []


@pytest.mark.parametrize("value", ["", "  ", "\ufeff", "\n"], ids=ascii)
def test_an_empty_credential(value: str) -> None:
    with pytest.raises(UsageError, match=r"`token` of \[catalog\] is empty"):
        Target(token=value, source_id=SOURCE_ID)


PLACES = [
    ("https://app.mode.com/acme", "", ("https://app.mode.com", "acme")),
    (DEFAULT, "https://app.mode.com/acme", ("https://app.mode.com", "acme")),
    (DEFAULT, "app.mode.com/acme/", ("https://app.mode.com", "acme")),
    (DEFAULT, "https://app.mode.com/acme/reports/0123456789ab", ("https://app.mode.com", "acme")),
    (DEFAULT, "https://app.mode.com/editor/acme/reports/0123456789ab", ("https://app.mode.com", "acme")),
    (DEFAULT, "https://app.mode.com/api/acme/spaces?x=y#z", ("https://app.mode.com", "acme")),
    (DEFAULT, "https://mode.acme.com:8443/acme", ("https://mode.acme.com:8443", "acme")),
    (DEFAULT, "localhost:8123/acme", ("http://localhost:8123", "acme")),
    (DEFAULT, "/acme/", (DEFAULT, "acme")),
    (DEFAULT, "acme/reports", (DEFAULT, "acme")),
    (DEFAULT, "acme", (DEFAULT, "acme")),
    ("http://127.0.0.1:1", "https://app.mode.com/acme", ("http://127.0.0.1:1", "acme")),
    ("https://app.mode.com/other", "acme", ("https://app.mode.com", "acme")),
    ("https://app.mode.com/api", "acme", ("https://app.mode.com", "acme")),
    ("app.mode.com/api/acme", "", ("https://app.mode.com", "acme")),
    ("https://app.mode.com", "", ("https://app.mode.com", "")),
]


@pytest.mark.parametrize(("host", "workspace", "expected"), PLACES)
def test_a_url_names_host_and_workspace(host: str, workspace: str, expected: tuple[str, str]) -> None:
    assert place(host, workspace, DEFAULT) == expected


@pytest.mark.parametrize(
    "url", ["https://?x/y", "http://[x/acme", "https://user:hunter22@app.mode.com/acme", "ftp://a.b/acme"]
)
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(UsageError, match="`workspace` is not a host") as caught:
        place(DEFAULT, url, DEFAULT)
    assert "hunter22" not in str(caught.value)


@pytest.mark.parametrize("given", ["flag -H", "flag -w", "variable", "castor"])
def test_a_url_anywhere(given: str, configured: Sandbox, cli: Cli, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the URL is given, and both are understood."""
    url = f"{configured.url}/acme/reports/0123456789ab"
    monkeypatch.delenv("SOURCES__MODE__HOST")
    monkeypatch.delenv("SOURCES__MODE__WORKSPACE")
    flags: list[str] = []
    match given:
        case "flag -H":
            flags = ["-H", url]
        case "flag -w":
            flags = ["-w", url]
        case "variable":
            monkeypatch.setenv("SOURCES__MODE__HOST", url)
        case "castor":
            monkeypatch.setenv("CASTOR_MODE_ANALYTICS_HOST", url)
    code, out, err = cli("check", "--json", *flags)
    assert code == 0, err
    assert json.loads(out)["workspace"] == "acme"
