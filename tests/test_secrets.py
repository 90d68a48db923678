"""No secret in any log, file or database, and no connection but to Mode, Catalog and the destination."""

from __future__ import annotations

import base64
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from mode_sandbox import Fault, Sandbox, Workspace

from .conftest import SOURCE_ID

ROOT = Path(__file__).resolve().parents[1]
TOKEN, SECRET, CATALOG_TOKEN = "tk5a81f0c3e9d7", "sc77d0b1e6a94f21", "ct90e2b7aa13c5d8"
BASIC = base64.b64encode(f"{TOKEN}:{SECRET}".encode()).decode()
# What the sandbox sends that must never be kept, beside the credentials (docs/mode-api.md#s2).
PATTERNS = re.compile(
    rb"BEGIN CERTIFICATE|sandbox-private-key|X-Amz-Signature|X-Amz-Expires|fl\.[0-9a-f]{32}"
    + b"".join(b"|" + secret.encode() for secret in (SECRET, CATALOG_TOKEN, BASIC, TOKEN))
)

# Runs the command line; writes down every connection and every name that is looked up.
LAUNCHER = """
import sys
log = open(sys.argv[1], "a", buffering=1)
def audit(event, arguments):
    if event == "socket.connect":
        log.write(f"connect {arguments[1]!r}\\n")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        log.write(f"resolve {arguments[0]!r}\\n")
sys.addaudithook(audit)
from mode_source.cli import main
sys.exit(main(sys.argv[2:]))
"""


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    workspace = Workspace.generate(seed=9, reports=4, collections=2, datasets=1, members=3)
    with Sandbox(workspace, token=TOKEN, secret=SECRET, catalog_token=CATALOG_TOKEN) as served:
        yield served


class Child:
    """A command in a process of its own, in a directory that holds all it may write."""

    def __init__(self, sandbox: Sandbox, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.connections = folder / "connections.txt"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith(("DLT_", "HOME"))} | {
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder / "home"),
            "DLT_DATA_DIR": str(self.folder / "dlt"),
            "TMPDIR": str(self.folder),
            "ENABLE_RUNTIME_TRACE": "true",  # as where no test runs: what dlt writes there is looked at, too
            "CASTOR_MODE_ANALYTICS_HOST": sandbox.url,
            "CASTOR_MODE_ANALYTICS_WORKSPACE": "acme",
            "CASTOR_MODE_ANALYTICS_TOKEN": TOKEN,
            "SOURCES__MODE__SECRET": SECRET,
            "CASTOR_UPLOADER_TOKEN": CATALOG_TOKEN,
            "CATALOG__SOURCE_ID": SOURCE_ID,
            "CATALOG__INGEST_URL": sandbox.ingest_url,
            "SOURCES__MODE__MAX_ATTEMPTS": "2",
            "SOURCES__MODE__REQUESTS_PER_10S": "100000",
        }
        (self.folder / "home").mkdir()

    def run(self, *arguments: str, env: dict[str, str] | None = None) -> subprocess.CompletedProcess[bytes]:
        return subprocess.run(
            [sys.executable, "-c", LAUNCHER, str(self.connections), *arguments, "--log-level", "DEBUG"],
            cwd=self.folder, env=self.env | (env or {}), capture_output=True,
        )  # fmt: skip

    def places(self) -> set[str]:
        """Where it connected to, and what it looked up."""
        return set(self.connections.read_text().splitlines()) if self.connections.exists() else set()


def found_in(content: bytes) -> list[bytes]:
    return PATTERNS.findall(content)


def leaks(folder: Path) -> dict[str, list[bytes]]:
    """Files that hold a secret."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    return {str(path.relative_to(folder)): found for path in files if (found := found_in(path.read_bytes()))}


def test_a_whole_sync(sandbox: Sandbox, tmp_path: Path) -> None:
    """At log level DEBUG: output, log, files, dlt's directory and every value in DuckDB hold no secret."""
    child = Child(sandbox, tmp_path)
    done = child.run("sync", "-o", "catalog", "--json")
    assert done.returncode == 0, done.stderr.decode()
    assert len(json.loads(done.stdout)["uploaded"]) == 6
    served = {request.path for request in sandbox.requests}
    assert any(path.endswith("/data_sources") for path in served)  # certificates and keys were sent
    assert found_in(done.stdout) == []
    assert found_in(done.stderr) == []
    assert b"DEBUG" in done.stderr
    assert leaks(child.folder) == {}

    port = sandbox.url.rpartition(":")[2]
    assert child.places() <= {f"connect ('127.0.0.1', {port})", "resolve '127.0.0.1'"}
    assert f"connect ('127.0.0.1', {port})" in child.places()

    # DuckDB compresses: what a search of the file may miss, a search of the values finds.
    with duckdb.connect(str(child.folder / "mode.duckdb"), read_only=True) as database:
        tables = database.execute("SELECT table_schema, table_name FROM information_schema.tables").fetchall()
        assert len(tables) > 10
        for schema, name in tables:
            relation = database.execute(f'SELECT * FROM "{schema}"."{name}"')
            assert not {"ssl_trusted_cert", "web_preview_image", "flamingo_signature"} & {
                column[0] for column in relation.description or ()
            }
            assert found_in(repr(relation.fetchall()).encode()) == [], name

    for upload in sandbox.uploads:
        assert found_in(upload.content) == [], upload.filename
        assert b"svc_mode" not in upload.content  # usernames of connections never leave
    modes = {request.method for request in sandbox.requests if request.path.startswith("/api/")}
    assert modes == {"GET"}


@pytest.mark.parametrize(
    ("fault", "env", "code"),
    [
        (None, {"SOURCES__MODE__SECRET": SECRET + "x"}, 5),
        (Fault("/spaces$", "html", times=None), {}, 1),
    ],
    ids=["refused", "not Mode"],
)
def test_failures_at_debug_level(
    fault: Fault | None, env: dict[str, str], code: int, sandbox: Sandbox, tmp_path: Path
) -> None:
    """A traceback may be long, but neither it nor what dlt writes down about the failure holds a secret."""
    if fault:
        sandbox.add_fault(fault)
    child = Child(sandbox, tmp_path)
    done = child.run("load", env=env)
    assert done.returncode == code, done.stderr.decode()
    assert b"Traceback" in done.stderr
    assert found_in(done.stdout + done.stderr) == []
    assert leaks(child.folder) == {}


def test_secrets_on_the_command_line(sandbox: Sandbox, tmp_path: Path) -> None:
    """Given as flags, also when the command fails: not repeated anywhere."""
    child = Child(sandbox, tmp_path)
    env = {"CASTOR_MODE_ANALYTICS_TOKEN": "", "SOURCES__MODE__SECRET": "", "CASTOR_UPLOADER_TOKEN": ""}
    done = child.run("check", "-t", TOKEN, "-s", SECRET, "-w", f"acme-{SECRET}", env=env)
    assert done.returncode != 0
    assert found_in(done.stdout + done.stderr) == []
    done = child.run("upload", "-k", CATALOG_TOKEN, "-d", f"nowhere-{CATALOG_TOKEN}", env=env)
    assert done.returncode == 1
    assert found_in(done.stdout + done.stderr) == []
