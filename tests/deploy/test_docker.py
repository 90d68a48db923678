"""The image: built and run where Docker is; elsewhere its steps, one by one, and what they make on a read-only root."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from mode_sandbox import Sandbox

from .conftest import DEPLOY

pytestmark = pytest.mark.deploy

ROOT = DEPLOY.parent
USER = "10001"


def docker_answers() -> bool:
    return (
        shutil.which("docker") is not None and subprocess.run(["docker", "info"], capture_output=True).returncode == 0
    )


def instructions() -> list[tuple[str, str]]:
    text = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", (DEPLOY / "Dockerfile").read_text(), flags=re.MULTILINE))
    return [(name, rest) for name, _, rest in (line.partition(" ") for line in text.splitlines()) if name]


@pytest.mark.skipif(not docker_answers(), reason="there is no Docker")
def test_image(sandbox: Sandbox, settings: dict[str, str]) -> None:
    tag = f"mode-source-test-{os.getpid()}"
    subprocess.run(["docker", "build", "-t", tag, "-f", str(DEPLOY / "Dockerfile"), str(ROOT)], check=True)
    flags = [f"--env={name}={value}" for name, value in settings.items() if name.startswith(("SOURCES", "CATALOG"))]
    run = ["docker", "run", "--rm", "--init", "--read-only", "--network=host", "-v", f"{tag}:/data", *flags, tag]
    try:
        assert subprocess.run(run).returncode == 0
        first = len(sandbox.requests)
        assert subprocess.run(run).returncode == 0
        assert len(sandbox.requests) - first < first
    finally:
        subprocess.run(["docker", "volume", "rm", tag])
        subprocess.run(["docker", "image", "rm", tag])


@pytest.fixture
def place() -> Iterator[Path]:
    """A folder that any user may read: pytest's own are for one alone."""
    with tempfile.TemporaryDirectory(prefix="image", dir="/tmp") as name:
        Path(name).chmod(0o755)
        yield Path(name)


def test_steps(place: Path, sandbox: Sandbox, settings: dict[str, str]) -> None:
    """Its steps make a command that works as another user, who may write to the volume and nowhere else."""
    moved = {path: str(place / path.strip("/")) for path in ("/opt/mode-source", "/build", "/data")}

    def here(text: str) -> str:
        return re.sub("|".join(moved), lambda match: moved[match[0]], text)

    environment: dict[str, str] = {}
    for name, rest in instructions():
        if name == "COPY" and "--from" not in rest:
            *sources, target = shlex.split(here(rest))
            Path(moved["/build"]).mkdir(exist_ok=True)
            for source in sources:
                copy = shutil.copytree if (ROOT / source).is_dir() else shutil.copy
                copy(ROOT / source, target if (ROOT / source).is_dir() else moved["/build"])
        elif name == "RUN":
            path = "/usr/bin:/bin:/usr/sbin:/sbin"  # a Python that any user may run
            done = subprocess.run(["sh", "-ec", here(rest)], env={"PATH": path}, capture_output=True, text=True)
            assert done.returncode == 0, (rest, done.stdout, done.stderr)
        elif name == "ENV":
            environment |= {key: value for part in shlex.split(here(rest)) for key, _, value in [part.partition("=")]}
    environment["PATH"] = environment["PATH"].replace("$PATH", "/usr/bin:/bin")
    entry = dict(instructions())
    command = [*re.findall(r'"(.*?)"', entry["ENTRYPOINT"]), *re.findall(r'"(.*?)"', entry["CMD"])]
    script = f"mount --bind {moved['/data']} {moved['/data']} && mount -o remount,ro,bind / && cd {moved['/data']}"
    script += f" && exec setpriv --reuid {USER} --regid {USER} --clear-groups {shlex.join(command)}"
    given = {name: value for name, value in settings.items() if name.startswith(("SOURCES", "CATALOG"))}
    counts: list[int] = []
    for _ in range(2):
        before = len(sandbox.requests)
        done = subprocess.run(
            ["unshare", "--mount", "sh", "-ec", script], env={**given, **environment}, capture_output=True, text=True
        )
        if "Operation not permitted" in done.stderr and not counts:
            pytest.skip("this machine lets nobody mount")
        assert done.returncode == 0, done.stderr
        counts.append(len(sandbox.requests) - before)
    assert counts[1] < counts[0] / 2
    written = Path(moved["/data"])
    assert {"mode.duckdb", "catalog", "pipelines"} <= {path.name for path in written.iterdir()}
    assert {path.stat().st_uid for path in written.rglob("*")} == {int(USER)}
    assert sandbox.uploads
