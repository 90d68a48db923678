"""Unit files, manifests and the workflow are what their programs take, and name only what there is."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from mode_source.cli import cli

from .conftest import DEPLOY

PROGRAM = "/opt/mode-source/bin/mode-source"
MODE_SOURCE = Path(sys.executable).with_name("mode-source")


def command_lines() -> list[tuple[str, list[str]]]:
    """Each call of `mode-source` in the recipes, by file."""
    found = []
    for path in sorted(DEPLOY.rglob("*.*")):
        if path.is_file() and path.suffix in (".service", ".yml"):
            for line in re.findall(r"mode-source ((?:sync|load|export|upload)\b[^|\n]*)", path.read_text()):
                found.append((path.name, shlex.split(line)))
    manifest = (DEPLOY / "kubernetes" / "cronjob.yaml").read_text()
    (arguments,) = re.findall(r"args: \[(.*)\]", manifest)
    found.append(("cronjob.yaml", [part.strip(' "') for part in arguments.split(",")]))
    dag = (DEPLOY / "airflow" / "mode_source_dag.py").read_text()
    for call in re.findall(r"^ +mode_source\((.*)\)$", dag, re.MULTILINE):
        found.append(("mode_source_dag.py", [part.strip(' "') for part in call.split(",")]))
    return found


def test_commands_and_options_are_there() -> None:
    lines = command_lines()
    assert {name for name, _ in lines} == {
        "mode-source.service",
        "mode-source.yml",
        "cronjob.yaml",
        "mode_source_dag.py",
    }
    for name, (command, *rest) in lines:
        known = {flag for option in cli.commands[command].params for flag in option.opts}
        assert {word for word in rest if word.startswith("-")} <= known, name


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="there is no systemd-analyze")
def test_systemd(tmp_path: Path) -> None:
    """Verified with a program that is there; its exposure is what `systemd-analyze security` calls OK."""
    for unit in ("mode-source.service", "mode-source.timer"):
        text = (DEPLOY / "systemd" / unit).read_text()
        (tmp_path / unit).write_text(text.replace(PROGRAM, str(MODE_SOURCE)))
    units = [str(tmp_path / "mode-source.service"), str(tmp_path / "mode-source.timer")]
    done = subprocess.run(["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True)
    ours = [line for line in done.stderr.splitlines() if "mode-source" in line]
    assert (done.returncode, ours) == (0, [])
    level = ["systemd-analyze", "security", "--offline=true", "--threshold=30", "--no-pager", units[0]]
    done = subprocess.run(level, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout
    calendar = re.search(r"OnCalendar=(.*)", (DEPLOY / "systemd" / "mode-source.timer").read_text())
    assert calendar
    assert subprocess.run(["systemd-analyze", "calendar", calendar[1]], capture_output=True).returncode == 0


def manifests() -> list[dict[str, Any]]:
    yaml = pytest.importorskip("yaml")
    return list(yaml.safe_load_all((DEPLOY / "kubernetes" / "cronjob.yaml").read_text()))


def test_kubernetes() -> None:
    """The manifests fit the schemas of the API, unknown fields refused."""
    validate = pytest.importorskip("kubernetes_validate")
    for manifest in manifests():
        validate.validate(manifest, "1.31", strict=True)
    with pytest.raises(validate.ValidationError):
        validate.validate({**manifests()[1], "spec": {"schedule": 3}}, "1.31", strict=True)


def test_kubernetes_and_docker_agree() -> None:
    """Not root, a root file system that is only read, and all that is written below the one volume."""
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    pod = manifests()[1]["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    assert pod["securityContext"]["runAsNonRoot"]
    assert f"USER {pod['securityContext']['runAsUser']}:{pod['securityContext']['runAsGroup']}" in dockerfile
    assert container["securityContext"]["readOnlyRootFilesystem"]
    assert re.findall(r"^VOLUME (.*)$", dockerfile, re.MULTILINE) == ["/data"]
    assert "/data" in [mount["mountPath"] for mount in container["volumeMounts"]]
    written = re.findall(r"(?:HOME|_DIR|CREDENTIALS|DIRECTORY)=(\S+)", dockerfile)
    assert len(written) == 5
    assert all(path.startswith("/data") for path in written)


def test_github_workflow() -> None:
    pytest.importorskip("check_jsonschema")
    path = DEPLOY / "github" / "mode-source.yml"
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", "vendor.github-workflows", str(path)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (3, 0), (1, 1), (5, 5)])
def test_exit_codes_of_the_workflow(code: int, ends: int, tmp_path: Path) -> None:
    """Its script turns gaps into a warning and nothing else into a success."""
    text = (DEPLOY / "github" / "mode-source.yml").read_text()
    (script,) = re.findall(r"run: \|\n((?: {10}.*\n)+)", text)
    (tmp_path / "mode-source").write_text(f"#!/bin/sh\nexit {code}\n")
    (tmp_path / "mode-source").chmod(0o755)
    shell = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]  # as GitHub runs it
    assert subprocess.run(shell, env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, capture_output=True).returncode == ends
