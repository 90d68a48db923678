"""dbt exposures, judged by dbt itself."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dlt
import pytest
import yaml

from mode_source import export
from mode_source.catalogs.assets import TableEdge
from mode_source.catalogs.dbt import _safe
from mode_source.catalogs.dbt_manifest import Manifest
from mode_source.errors import UsageError

from .truth import Truth, score

CRM = """
sources:
  - name: crm
    database: analytics
    schema: public
    tables:
      - {name: people, identifier: Customers}
      - {name: folded, identifier: customers}
  - name: loaded
    schema: sales
    tables:
      - {name: raw_orders, identifier: orders}
      - {name: raw_secret, identifier: secret_model}
"""
RAW = """
sources:
  - name: crm
    database: RAW
    schema: PUBLIC
    tables:
      - {name: odd, identifier: odd Name, quoting: {identifier: true}}
"""
OTHER = """
sources:
  - name: crm
    database: other-project
    schema: crm
    tables: [{name: accounts}]
  - {name: cased, schema: sales, tables: [{name: Orders}]}
"""
BUILT = {"model.shop.versioned.v1", "model.shop.versioned.v2", "seed.shop.countries", "snapshot.shop.history"}
# adapter → its sources.yml, and what each case of the truth depends on, by number.
EXPECTED: dict[str, tuple[str, dict[int, set[str]]]] = {
    "postgres": (
        CRM,
        {
            0: {"model.shop.renamed", "source.shop.crm.people"},
            1: {"model.shop.renamed"},
            8: {*BUILT, "source.shop.loaded.raw_secret"},
            -2: {"model.shop.renamed"},  # the report on the dataset
        },
    ),
    "snowflake": (RAW, {2: {"model.shop.renamed", "source.shop.crm.odd"}, 7: {"model.shop.renamed"}, 9: BUILT}),
    "bigquery": (OTHER, {3: {"source.shop.cased.Orders", "source.shop.crm.accounts"}, 10: BUILT}),
}

targets = pytest.mark.targets


def edge(platform: str, *names: str | None) -> TableEdge:
    database, schema, table = names
    return TableEdge(platform, database, schema, str(table), "certain")


def manifest(tmp_path: Path, adapter: str, *relations: str, **more: Any) -> Path:
    """A manifest with a model for each relation, named a, b, c …"""
    nodes = {
        f"model.shop.{name}": {
            "resource_type": "model", "name": name, "package_name": "shop", "relation_name": relation, **more,
        }
        for name, relation in zip("abcdefgh", relations, strict=False)
    }  # fmt: skip
    path = tmp_path / "project" / "target" / "manifest.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    content = {"metadata": {"adapter_type": adapter, "project_name": "shop"}, "nodes": nodes, "sources": {}}
    path.write_text(json.dumps(content))
    return path


# -- by dbt


@targets
@pytest.mark.parametrize("adapter", EXPECTED)
def test_dbt_parses_them_and_resolves_what_each_report_reads(
    stored: dlt.Pipeline, truth: Truth, tmp_path: Path, adapter: str
) -> None:
    from .dbt_project import DbtProject

    sources, expected = EXPECTED[adapter]
    project = DbtProject(tmp_path / "shop", adapter, sources)
    project.parse()
    export(stored, project.exposures, "dbt", manifest=str(project.manifest), with_sources=True, all=True)
    found = project.parse()
    exposures = {entry["meta"]["mode_token"]: entry for entry in found["exposures"].values()}
    wanted = {
        (truth.on_dataset if number == -2 else truth.cases[number]).report: nodes for number, nodes in expected.items()
    }
    if adapter == "postgres":
        wanted |= {token: {"model.shop.renamed"} for token in truth.odd}
    edges = {(token, node) for token, entry in exposures.items() for node in entry["depends_on"]["nodes"]}
    assert score(edges, {(token, node) for token, nodes in wanted.items() for node in nodes}) == (1.0, 1.0)
    assert set(exposures) == {
        token for token, report in truth.workspace.reports.items() if not report.is_dataset and not report.archived
    }
    for token, name in truth.odd.items():  # exact, whatever Jinja and YAML think of it
        assert exposures[token]["label"] == (name or "Untitled report")
        assert exposures[token]["description"] == name
    assert all(entry["type"] == "dashboard" and entry["tags"] == ["mode"] for entry in exposures.values())
    assert all(token in entry["url"] for token, entry in exposures.items())
    listed = project.dbt("ls", "-q", "-s", "tag:mode", "--resource-type", "exposure").split()
    assert len(listed) == len(exposures)
    ours = {entry["name"] for entry in found["sources"].values() if entry["source_name"] == "mode_metadata"}
    assert {"reports", "queries", "query_tables", "runs"} <= ours
    if adapter == "postgres":
        assert set(project.dbt("ls", "-q", "-s", "+exposure:*", "--resource-type", "seed").split()) == {
            "shop.countries"
        }


@targets
def test_another_adapter_needs_the_data_source(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    from .dbt_project import DbtProject

    sources = "sources: [{name: s, database: analytics, schema: sales, tables: [{name: orders}]}]\n"
    project = DbtProject(tmp_path / "shop", "duckdb", sources)
    project.parse()
    with pytest.raises(UsageError, match=r"data_source.*'duckdb'"):
        export(stored, project.exposures, "dbt", manifest=str(project.manifest))
    export(stored, project.exposures, "dbt", manifest=str(project.manifest), data_source="postgresql prod")
    found = project.parse()["exposures"].values()
    reports = {entry["meta"]["mode_token"] for entry in found}
    assert reports == {truth.cases[0].report, truth.cases[1].report, truth.on_dataset.report, *truth.odd}


@targets
def test_protected_models_of_a_package_that_restricts_access(
    stored: dlt.Pipeline, truth: Truth, tmp_path: Path
) -> None:
    """A reference to one keeps the whole project from parsing."""
    from .dbt_project import DbtProject

    package = tmp_path / "warehouse"
    (package / "models").mkdir(parents=True)
    (package / "dbt_project.yml").write_text("name: warehouse\nversion: '1.0'\nprofile: shop\nrestrict-access: true\n")
    (package / "models" / "not_theirs.sql").write_text("select 1 as id")
    project = DbtProject(tmp_path / "shop", "postgres")
    (project.folder / "packages.yml").write_text("packages: [{local: ../warehouse}]\n")
    project.dbt("deps")
    project.parse()
    export(stored, project.exposures, "dbt", manifest=str(project.manifest))
    found = {entry["meta"]["mode_token"]: entry for entry in project.parse()["exposures"].values()}
    assert set(found[truth.cases[8].report]["depends_on"]["nodes"]) == BUILT


@targets
def test_any_text_comes_back_from_jinja() -> None:
    from dbt.parser.schema_renderer import SchemaYamlRenderer

    renderer = SchemaYamlRenderer({}, "exposures")
    for text in ("{{", "}}", "{{ 1 }}", "{% endraw %}{% raw %}", "'\"\\ {{ '\"\\n' }}", "{#", "{{\r\n}}\n", "{{ [1] }}",
                 "{{ None }}", "{{ 'a' }} 🚀 \x00\x7f", "\\u007b{{", "{{ 1 }}" * 200):  # fmt: skip
        assert renderer.render_value(_safe(text)) == text


# -- without dbt


def test_folding(tmp_path: Path) -> None:
    """Names as the adapter writes them in SQL, against names as the platform stores them."""
    for adapter, relation, platform, names, there in [
        ("postgres", '"db"."s"."Orders"', "postgresql", ("db", "s", "Orders"), True),
        ("postgres", '"db"."s"."Orders"', "postgresql", ("db", "s", "orders"), False),
        ("postgres", "db.s.Orders", "postgresql", ("db", "s", "orders"), True),
        ("redshift", '"db"."s"."Orders"', "redshift", ("db", "s", "orders"), True),
        ("snowflake", "db1.sales.orders", "snowflake", ("DB1", "SALES", "ORDERS"), True),
        ("snowflake", 'db1.sales."orders"', "snowflake", ("DB1", "SALES", "ORDERS"), False),
        ("snowflake", 'db1.sales."or""ders"', "snowflake", ("DB1", "SALES", 'or"ders'), True),
        ("bigquery", "`p-1`.`d`.`T`", "bigquery", ("p-1", "d", "T"), True),
        ("bigquery", "`p-1.d.T`", "bigquery", ("p-1", "d", "T"), True),
        ("bigquery", "`p-1`.`d`.`T`", "bigquery", ("p-1", "d", "t"), False),
        ("databricks", "`Main`.`s`.`t`", "databricks", ("main", "s", "t"), True),
        ("mysql", "`Shop`.`Orders`", "mysql", (None, "shop", "orders"), True),
        ("sqlserver", '"DB"."dbo"."Orders"', "sqlserver", ("db", "dbo", "ORDERS"), True),
        ("clickhouse", "`s`.`T`", "clickhouse", (None, "s", "T"), True),
        ("clickhouse", "`s`.`T`", "clickhouse", (None, "s", "t"), False),
        ("postgres", '"db"."s"."t"', "snowflake", ("db", "s", "t"), False),  # another warehouse
        ("postgres", '"db"."s"."t"', "postgresql", ("other", "s", "t"), False),
        ("postgres", '"db"."s"."t"', "postgresql", (None, "s", "t"), True),  # unique, so likely
        ("postgres", '"db"."s"."t"', "postgresql", ("db", None, "t"), False),
    ]:
        found = Manifest.read(manifest(tmp_path, adapter, relation)).resolve(edge(platform, *names))
        assert found == ("ref('shop', 'a')" if there else None), (adapter, relation, names)


def test_a_name_without_database_must_be_unique(tmp_path: Path) -> None:
    found = Manifest.read(manifest(tmp_path, "postgres", '"one"."s"."t"', '"two"."s"."t"'))
    assert found.resolve(edge("postgresql", None, "s", "t")) is None
    assert found.resolve(edge("postgresql", "two", "s", "t")) == "ref('shop', 'b')"


@pytest.mark.parametrize(
    "more",
    [{"access": "private"}, {"config": {"materialized": "ephemeral"}}, {"config": {"enabled": False}},
     {"resource_type": "test"}, {"resource_type": "analysis"}],
)  # fmt: skip
def test_never_what_an_exposure_may_not_refer_to(tmp_path: Path, more: dict[str, Any]) -> None:
    path = manifest(tmp_path, "postgres", '"db"."s"."t"', **more)
    assert Manifest.read(path).resolve(edge("postgresql", "db", "s", "t")) is None


def test_wrong_settings_are_said_in_one_line(stored: dlt.Pipeline, tmp_path: Path) -> None:
    (tmp_path / "none.json").write_text("[]")
    good = str(manifest(tmp_path, "postgres"))
    for options, message in [
        ({}, r"`manifest` is missing.*--manifest.*EXPORT__DBT__MANIFEST"),
        ({"manifest": "nowhere.json"}, "nowhere.json cannot be read"),
        ({"manifest": "none.json"}, "is no manifest"),
        ({"manifest": good, "data_source": "x"}, "names no data source of Mode: 'x'"),
        ({"manifest": good, "certainty": "sure"}, "certainty"),
        ({"manifest": good, "colour": "red"}, "no option 'colour'"),
    ]:
        with pytest.raises(UsageError, match=message):
            export(stored, tmp_path / "out", "dbt", **options)
    assert not (tmp_path / "out" / "mode_exposures.yml").exists()


def test_without_lineage_it_refuses(stored: dlt.Pipeline, tmp_path: Path) -> None:
    from mode_source.catalogs.dbt import DbtOptions, files

    class Bare:
        has_lineage = False

    with pytest.raises(UsageError, match="needs lineage"):
        list(files(Bare(), DbtOptions(manifest="x"), {}))  # type: ignore[arg-type]


def test_only_reports_that_read_the_project(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    """Nothing that changes with every run if asked; archived reports if asked; owners with their address."""
    path = str(manifest(tmp_path, "postgres", '"analytics"."sales"."orders"'))
    export(stored, tmp_path / "out", "dbt", manifest=path, with_usage=False, include_archived=True)
    text = (tmp_path / "out" / "mode_exposures.yml").read_text(encoding="utf-8")
    assert "views" not in text
    assert "last_run_at" not in text
    found = {entry["config"]["meta"]["mode_token"]: entry for entry in yaml.safe_load(text)["exposures"]}
    assert list(found) == sorted(found)
    orders = ("postgresql", "analytics", "sales", "orders")
    expected = {case.report for case in truth.all if not case.dataset and orders in case.tables}
    assert set(found) == {*expected, *truth.odd, truth.archived}
    assert found[truth.archived]["config"]["meta"]["archived"] is True
    for token, entry in found.items():
        person = truth.workspace.members[truth.workspace.reports[token].creator or ""]
        assert entry["owner"] == {"name": person.name, "email": person.email}


def test_no_addresses_if_asked(stored: dlt.Pipeline, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EXPORT__EMAILS", "false")
    monkeypatch.setenv("EXPORT__DBT__MANIFEST", str(manifest(tmp_path, "postgres")))
    monkeypatch.setenv("EXPORT__DBT__ALL", "true")
    export(stored, tmp_path / "out", "dbt")
    text = (tmp_path / "out" / "mode_exposures.yml").read_text(encoding="utf-8")
    assert "name: mode" not in text.replace('name: "mode_', "")
    assert "@" not in text.replace("&b *c !d | > %e @f", "")
