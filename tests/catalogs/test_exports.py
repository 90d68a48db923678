"""All exports together: the command line, the configuration, the scheduled job, any destination."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import dlt
import pytest
from dlt.common.configuration.container import Container
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext

from mode_sandbox import Sandbox
from mode_source import export, sync
from mode_source.errors import UsageError
from mode_source.exports import FORMATS, options_of, plan
from mode_source.options import EXPORT_FORMATS, CatalogOptions, ExportOptions, LoadOptions

from ..conftest import CREDENTIALS, SOURCE_ID, run
from .truth import Truth

KEY: dict[str, Any] = CREDENTIALS
Cli = Callable[..., tuple[int, str, str]]


@pytest.fixture
def here(stored: dlt.Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, ...]:
    """Flags for the loaded database in the working directory."""
    return ("--pipelines-dir", str(tmp_path / "elsewhere"), "--log-level", "ERROR")


def manifest(tmp_path: Path) -> str:
    path = tmp_path / "manifest.json"
    content = {"metadata": {"adapter_type": "postgres", "project_name": "p"}, "nodes": {}, "sources": {}}
    path.write_text(json.dumps(content))
    return str(path)


def names(directory: Path) -> set[str]:
    """What lies in a directory, without our list and the locks of folders in it."""
    return {path.name for path in directory.iterdir() if not re.search(r"^\.mode-source|mode-source\.lock", path.name)}


# -- the command line


def test_catalog_stays_the_default(cli: Cli, here: tuple[str, ...]) -> None:
    code, out, _ = cli("export", "-o", "out", "--json", *here)
    assert code == 0
    summary = json.loads(out)
    assert summary.keys() == {"files"}
    assert len(summary["files"]) == 6
    assert names(Path("out")) == {Path(path).name for path in summary["files"]}


@pytest.mark.parametrize(
    ("arguments", "files"),
    [
        (("--format", "datahub", "--env", "DEV", "--platform-instance-map", "snowflake=a"), {"mode_datahub.json"}),
        (("--format", "openlineage", "--events", "job"), {"mode_openlineage.ndjson"}),
        (("--format", "sql"), {".gitattributes", "mode.yml", "collections", "definitions"}),
        (("--format", "dbt", "--manifest", "MANIFEST", "--all", "--with-sources"),
         {"mode_exposures.yml", "mode_sources.yml"}),
    ],
)  # fmt: skip
def test_one_format_into_the_directory(
    cli: Cli, here: tuple[str, ...], tmp_path: Path, arguments: tuple[str, ...], files: set[str]
) -> None:
    given = [manifest(tmp_path) if argument == "MANIFEST" else argument for argument in arguments]
    code, out, err = cli("export", "-o", "out", "--json", *given, *here)
    assert code == 0, err
    (counts,) = json.loads(out)["exports"].values()
    assert counts["directory"] == "out"
    assert counts["files"] >= len(files) - 2
    assert names(Path("out")) == files
    code, out, _ = cli("export", "-o", "out", *given, *here)
    assert out.startswith(f"{arguments[1]}: out: ")
    assert "0 changed" in out


def test_several_formats_each_into_its_folder(cli: Cli, here: tuple[str, ...]) -> None:
    code, out, _ = cli("export", "-o", "out", "--format", "catalog", "--format", "sql", "--json", *here)
    assert code == 0
    summary = json.loads(out)
    assert {Path(path).parent for path in summary["files"]} == {Path("out/catalog")}
    assert summary["exports"]["sql"]["directory"] == "out/sql"
    assert names(Path("out")) == {"catalog", "sql"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--format", "dbt"), "`manifest` is missing"),
        (("--format", "atlas"), "'atlas' is not one of"),
        (("--env", "DEV"), "--env is for another format than catalog"),
        (("--format", "datahub", "--platform-instance-map", "x"), "name=value"),
        (("--format", "datahub", "--env", "a,b"), "no environment"),
    ],
)
def test_wrong_usage_is_said_in_one_line(
    cli: Cli, here: tuple[str, ...], arguments: tuple[str, ...], message: str
) -> None:
    code, _, err = cli("export", "-o", "out", *arguments, *here)
    assert code == 2
    assert message in err
    assert len(err.splitlines()) == 1
    assert not Path("out").exists()


# -- configuration and Python


@pytest.fixture
def configured(tmp_path: Path) -> Iterator[None]:
    """A configuration file in the working directory, which dlt otherwise reads once a process."""
    folder = tmp_path / ".dlt"
    folder.mkdir()
    (folder / "config.toml").write_text(
        '[export]\nformats = ["datahub", "openlineage"]\ncertainty = "certain"\ninclude_archived = false\n'
        '[export.datahub]\nenv = "DEV"\ncertainty = "guess"\nwith_users = true\n'
        '[export.datahub.platform_instance_map]\nsnowflake = "prod"\n'
        '[export.openlineage.namespaces]\n"My source." = "snowflake://acme"\n'
    )
    Container()[PluggableRunContext].reload_providers()
    yield
    (folder / "config.toml").unlink()
    Container()[PluggableRunContext].reload_providers()


def test_settings_of_a_format_win_over_those_of_all(configured: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT__OPENLINEAGE__EVENTS", "job")
    datahub, openlineage = plan(Path("out"), ExportOptions(env="QA"))
    assert (datahub.format, datahub.directory) == ("datahub", Path("out/datahub"))
    assert (datahub.options.env, datahub.options.certainty, datahub.options.with_users) == ("QA", "guess", True)
    assert datahub.options.platform_instance_map == {"snowflake": "prod"}
    assert (openlineage.options.certainty, openlineage.options.include_archived) == ("certain", False)
    assert openlineage.options.namespaces == {"My source.": "snowflake://acme"}
    assert openlineage.options.events == "job"
    monkeypatch.setenv("EXPORT__DATAHUB__PLATFORM_INSTANCE_MAP", '{"bigquery": "b"}')
    assert plan(Path("out"), ExportOptions())[0].options.platform_instance_map == {"bigquery": "b"}
    monkeypatch.setenv("EXPORT__FORMATS", "sql")
    assert [planned.format for planned in plan(Path("out"), ExportOptions())] == ["sql"]


def test_one_line_per_format() -> None:
    assert tuple(FORMATS) == EXPORT_FORMATS
    known = {option.name for target in FORMATS.values() for option in fields(target.options)}
    assert {option.name for option in fields(ExportOptions)} - {"formats"} <= known
    for target in FORMATS.values():
        assert target.description.endswith(".")
    with pytest.raises(UsageError, match="no format 'x': choose from catalog, dbt"):
        options_of("x", {})


def test_every_setting_is_documented() -> None:
    text = (Path(__file__).parents[2] / "docs" / "settings.md").read_text(encoding="utf-8")
    shared = {"certainty", "include_archived"}
    for format, target in FORMATS.items():
        for option in fields(target.options):
            name = option.name if option.name in shared else f"{format}.{option.name}"
            assert f"`{name}`" in text or format == "catalog", name


def test_in_python(stored: dlt.Pipeline, tmp_path: Path) -> None:
    assert export(stored, tmp_path / "out", "datahub", env="PROD") == [tmp_path / "out" / "mode_datahub.json"]
    assert len(export(stored, str(tmp_path / "sets"))) == 6


# -- the scheduled job


def test_sync_exports_to_several_and_uploads_catalogs_alone(
    truth: Truth, pipeline: dlt.Pipeline, tmp_path: Path
) -> None:
    with Sandbox(truth.workspace) as sandbox:
        outcome = sync(
            pipeline,
            catalog=CatalogOptions(
                output_directory=str(tmp_path / "out"), token="catalog-token", source_id=SOURCE_ID,
                ingest_url=sandbox.ingest_url,
            ),
            load=LoadOptions(),
            export=ExportOptions(formats=("catalog", "datahub")),
            host=sandbox.url, workspace="acme", requests_per_10s=100_000, **KEY,
        )  # fmt: skip
        assert len(sandbox.uploads) == 6
    assert outcome.exit_code == 0
    assert len(outcome.summary["uploaded"]) == 6
    assert outcome.summary["exports"]["datahub"]["reports"] > 20
    assert names(tmp_path / "out" / "datahub") == {"mode_datahub.json"}


def test_a_wrong_setting_is_said_before_the_first_request(truth: Truth, pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    with Sandbox(truth.workspace) as sandbox:
        with pytest.raises(UsageError, match="manifest"):
            sync(
                pipeline, catalog=CatalogOptions(output_directory=str(tmp_path)),
                export=ExportOptions(formats=("dbt",)), host=sandbox.url, workspace="acme", **KEY,
            )  # fmt: skip
        assert not sandbox.requests


# -- destinations


@pytest.mark.parametrize("destination", ["filesystem", "postgres"])
def test_other_destinations_give_the_same(
    truth: Truth, stored: dlt.Pipeline, tmp_path: Path, destination: str, request: pytest.FixtureRequest
) -> None:
    """PostgreSQL byte for byte; plain files, which cannot merge, without lineage."""
    from mode_source import mode_lineage

    from ..conftest import postgres_pipeline

    if destination == "postgres":
        other = postgres_pipeline(request.getfixturevalue("postgres"), tmp_path / "other", "exports_metadata")
    else:
        bucket = dlt.destinations.filesystem(str(tmp_path / "bucket"), preferred_loader_file_format="parquet")
        other = dlt.pipeline(
            "mode", destination=bucket, dataset_name="mode_metadata", pipelines_dir=str(tmp_path / "other")
        )
    with Sandbox(truth.workspace) as sandbox:
        for pipeline in (other, stored):
            run(pipeline, sandbox)
        if destination == "postgres":
            other.run(mode_lineage())
    formats = ("datahub", "openlineage", "sql") if destination == "postgres" else ("sql",)
    for format in formats:
        for name, pipeline in (("theirs", other), ("ours", stored)):
            export(pipeline, tmp_path / format / name, format)
        ours, theirs = (
            {path.relative_to(root): path.read_bytes() for path in root.rglob("*") if path.is_file()}
            for root in (tmp_path / format / "ours", tmp_path / format / "theirs")
        )
        assert ours == theirs, format
    if destination == "filesystem":
        (path,) = export(other, tmp_path / "bare", "datahub")
        assert b'"dashboardInfo"' in path.read_bytes()
        assert b'"upstreamLineage"' not in path.read_bytes()
        assert export(other, tmp_path / "bare", "openlineage")[0].stat().st_size
        with pytest.raises(UsageError, match="needs lineage"):
            export(other, tmp_path / "bare", "dbt", manifest=manifest(tmp_path))
