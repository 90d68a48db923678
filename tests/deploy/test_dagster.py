"""Dagster: an asset per table with columns and descriptions; materialised twice, the second time incremental."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from mode_sandbox import Sandbox
from mode_source.entities import ENTITIES

from .conftest import DEPLOY

pytestmark = pytest.mark.deploy

dagster = pytest.importorskip("dagster")
pytest.importorskip("dagster_dlt")


def definitions() -> ModuleType:
    spec = importlib.util.spec_from_file_location("mode_source_assets", DEPLOY / "dagster" / "mode_source_assets.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_definitions_need_no_settings() -> None:
    module = definitions()
    specs = {spec.key.path[-1]: spec for spec in module.mode_assets.specs}
    assert specs.keys() == {entity.name for entity in ENTITIES.values() if entity.selected and entity.api == "api"}
    for name, spec in specs.items():
        assert spec.description == ENTITIES[name].description
        columns = spec.metadata["dagster/column_schema"].columns
        assert [column.name for column in columns if column.description] == [
            column.name for column in ENTITIES[name].columns
        ]
    dagster.Definitions.validate_loadable(module.defs)


def test_twice(sandbox: Sandbox, settings: dict[str, str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each time with an instance and a working folder that know of nothing before."""
    counts: list[int] = []
    for attempt in ("one", "two"):
        monkeypatch.setenv("PIPELINES_DIR", str(tmp_path / attempt))
        module = definitions()
        before = len(sandbox.requests)
        result = dagster.materialize(
            [module.mode_assets],
            resources={"dlt_resource": module.DagsterDltResource()},
            instance=dagster.DagsterInstance.ephemeral(),
        )
        assert result.success
        counts.append(len(sandbox.requests) - before)
        (reports,) = [
            event for event in result.asset_materializations_for_node("mode") if event.asset_key.path[-1] == "reports"
        ]
        columns = reports.metadata["dagster/column_schema"].value.columns
        assert {column.name: column.description for column in columns}["name"]
    assert counts[1] < counts[0] / 2
