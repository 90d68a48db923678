"""dbt projects to put exposures into, parsed and listed by dbt itself."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

# What a profile needs to parse without connecting.
PROFILES: dict[str, dict[str, Any]] = {
    "duckdb": {"path": ":memory:", "database": "memory", "schema": "main"},
    "postgres": {
        "host": "localhost", "user": "u", "password": "p", "port": 5432, "dbname": "analytics", "schema": "sales",
    },
    "snowflake": {
        "account": "acme", "user": "u", "password": "p", "database": "ANALYTICS", "schema": "SALES", "warehouse": "w",
    },
    "bigquery": {"method": "oauth", "project": "acme-warehouse", "dataset": "sales"},
}  # fmt: skip

MODELS = {
    "duplicate_of_source.sql": "{{ config(schema='x') }} select 1 as id",
    "versioned_v1.sql": "{{ config(alias='versioned_old') }} select 1 as id",
    "versioned_v2.sql": "{{ config(alias='versioned_new') }} select 1 as id",
    "secret_model.sql": "select 1 as id",
    "switched_off.sql": "{{ config(enabled=false) }} select 1 as id",
    "fleeting.sql": "{{ config(materialized='ephemeral') }} select 1 as id",
    "renamed.sql": "{{ config(alias='orders') }} select 1 as id",
}
SCHEMA = """
version: 2
groups:
  - name: g
    owner: {name: somebody}
models:
  - name: secret_model
    config: {access: private, group: g}
  - name: versioned
    latest_version: 2
    versions:
      - v: 1
        defined_in: versioned_v1
      - v: 2
        defined_in: versioned_v2
"""


class DbtProject:
    """A project with models, a seed, a snapshot, versions, disabled, private and ephemeral models.

    Args:
        folder: to make it in.
        adapter: one of `PROFILES`.
        sources: sources.yml, without its first line.
    """

    def __init__(self, folder: Path, adapter: str, sources: str = "", project: str = "") -> None:
        self.folder = folder
        for name in ("models/mode", "seeds", "snapshots"):
            (folder / name).mkdir(parents=True)
        (folder / "dbt_project.yml").write_text(
            "name: shop\nversion: '1.0'\nprofile: shop\nflags: {send_anonymous_usage_stats: false}\n" + project
        )
        output = {"type": adapter, "threads": 1, **PROFILES[adapter]}
        (folder / "profiles.yml").write_text(json.dumps({"shop": {"target": "dev", "outputs": {"dev": output}}}))
        for name, text in MODELS.items():
            (folder / "models" / name).write_text(text)
        (folder / "models" / "schema.yml").write_text(SCHEMA)
        (folder / "models" / "sources.yml").write_text(f"version: 2\n{sources}" if sources else "version: 2\n")
        (folder / "seeds" / "countries.csv").write_text("id,name\n1,x\n")
        (folder / "snapshots" / "history.yml").write_text(
            "snapshots:\n  - name: history\n    relation: ref('countries')\n"
            "    config: {unique_key: id, strategy: check, check_cols: all}\n"
        )

    @property
    def exposures(self) -> Path:
        """Where the export goes."""
        return self.folder / "models" / "mode"

    @property
    def manifest(self) -> Path:
        return self.folder / "target" / "manifest.json"

    def dbt(self, *arguments: str) -> str:
        """Runs dbt; returns its output. Fails the test if dbt does."""
        environment = {
            **os.environ,
            "DO_NOT_TRACK": "1",
            "DBT_PROFILES_DIR": str(self.folder),
            "DBT_VERSION_CHECK": "0",
        }
        done = subprocess.run(
            [sys.executable, "-m", "dbt.cli.main", *arguments],
            cwd=self.folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def parse(self) -> dict[str, Any]:
        """The manifest after parsing everything anew."""
        self.dbt("parse", "--no-partial-parse")
        content: dict[str, Any] = json.loads(self.manifest.read_bytes())
        return content
