"""The recipes in deploy/, against a small workspace."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from mode_sandbox import Sandbox, Workspace

from ..conftest import SOURCE_ID

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(Workspace.generate(seed=5, reports=10, collections=2, datasets=1, members=3)) as served:
        yield served


@pytest.fixture
def settings(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """The settings as environment variables, which are set."""
    given = {
        "SOURCES__MODE__HOST": sandbox.url,
        "SOURCES__MODE__WORKSPACE": "acme",
        "SOURCES__MODE__TOKEN": "sandbox-token",
        "SOURCES__MODE__SECRET": "sandbox-secret",
        "SOURCES__MODE__REQUESTS_PER_10S": "100000",
        "CATALOG__TOKEN": "catalog-token",
        "CATALOG__SOURCE_ID": SOURCE_ID,
        "CATALOG__INGEST_URL": sandbox.ingest_url,
    }
    for name, value in given.items():
        monkeypatch.setenv(name, value)
    return {**os.environ, **given}
