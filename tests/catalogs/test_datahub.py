"""The DataHub file, judged by DataHub's own package, and its content by a truth written by hand."""

from __future__ import annotations

import copy
import json
from collections import defaultdict
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox
from mode_source import export
from mode_source.catalogs.datahub import urns
from mode_source.errors import UsageError

from ..conftest import run
from .truth import Table, Truth, score

targets = pytest.mark.targets
Entities = dict[str, dict[str, Any]]  # aspects by URN

# Mode's platform → DataHub's, and how its own ingestion writes names.
PLATFORM = {"postgresql": "postgres"}


def exported(pipeline: dlt.Pipeline, directory: Path, **options: Any) -> list[dict[str, Any]]:
    (path,) = export(pipeline, directory, "datahub", **options)
    assert path.name == "mode_datahub.json"
    content: list[dict[str, Any]] = json.loads(path.read_bytes())
    return content


def entities(proposals: list[dict[str, Any]]) -> Entities:
    found: Entities = defaultdict(dict)
    for proposal in proposals:
        assert proposal["aspectName"] not in found[proposal["entityUrn"]]
        found[proposal["entityUrn"]][proposal["aspectName"]] = proposal["aspect"]["json"]
    return found


@pytest.fixture
def proposals(stored: dlt.Pipeline, tmp_path: Path) -> list[dict[str, Any]]:
    return exported(stored, tmp_path / "out")


def query_urn(truth: Truth, token: str) -> str:
    """Of a query, or of the dataset whose query it is."""
    query = truth.workspace.queries[token]
    id = truth.workspace.reports[truth.dataset].id if query.report_token == truth.dataset else query.id
    return f"urn:li:dataset:(urn:li:dataPlatform:mode,{id},PROD)"


def table_urn(truth: Truth, table: Table) -> str:
    platform, database, schema, name = table
    if platform == "modedatasets":
        return f"urn:li:dataset:(urn:li:dataPlatform:mode,{truth.workspace.reports[name].id},PROD)"
    full = ".".join(part for part in (database, schema, name) if part)
    full = full.lower() if platform == "snowflake" else full
    return f"urn:li:dataset:(urn:li:dataPlatform:{PLATFORM.get(platform, platform)},{full},PROD)"


# -- by DataHub


@targets
def test_datahub_reads_the_file_and_every_aspect_is_valid(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    """Read, checked and written again by its classes, each proposal is what it was: no field is unknown or missing."""
    from datahub.emitter.mcp import MetadataChangeProposalWrapper

    options = {"with_users": True, "deprecate_archived": True}
    proposals = exported(stored, tmp_path / "out", **options)
    for proposal in proposals:
        read = MetadataChangeProposalWrapper.from_obj(copy.deepcopy(proposal))  # it changes its argument
        assert isinstance(read, MetadataChangeProposalWrapper)
        assert read.validate(), proposal
        assert read.to_obj(simplified_structure=True) == proposal
    assert {"corpUserInfo", "deprecation"} <= {proposal["aspectName"] for proposal in proposals}


@targets
@pytest.mark.parametrize("owners", ["upsert", "patch", "none"])
def test_datahub_ingests_it(stored: dlt.Pipeline, tmp_path: Path, owners: str) -> None:
    from datahub.ingestion.run.pipeline import Pipeline

    proposals = exported(stored, tmp_path / "out", owners=owners)
    target = tmp_path / "ingested.json"
    done = Pipeline.create(
        {
            "source": {"type": "file", "config": {"path": str(tmp_path / "out" / "mode_datahub.json")}},
            "sink": {"type": "file", "config": {"filename": str(target)}},
        }
    )
    done.run()
    done.raise_from_status()
    found = {(entry["entityUrn"], entry["aspectName"]) for entry in json.loads(target.read_bytes())}
    assert found >= {(entry["entityUrn"], entry["aspectName"]) for entry in proposals}
    kinds = {entry["changeType"] for entry in proposals if entry["aspectName"] == "ownership"}
    assert kinds == {"upsert": {"UPSERT"}, "patch": {"PATCH"}, "none": set()}[owners]


@targets
def test_names_are_those_that_datahub_makes() -> None:
    from datahub.emitter import mce_builder as datahub
    from datahub.emitter.mcp_builder import ContainerKey

    class SpaceKey(ContainerKey):  # type: ignore[misc]  # as its Mode connector declares it
        space_token: str

    for name in ("a.b.c", "we,ird(x) é%", 'q"uote', "🚀", "a␟b"):
        ours = urns.Urns(instances={"postgresql": "prod"}).table("postgresql", None, None, name)
        assert ours == datahub.make_dataset_urn_with_platform_instance("postgres", name, "prod", "PROD")
        assert urns.schema_field(ours, name) == datahub.make_schema_field_urn(ours, name)
        assert urns.user(name) == datahub.make_user_urn(name)
        assert urns.chart(name) == datahub.make_chart_urn("mode", name)
        assert urns.dashboard(name) == datahub.make_dashboard_urn("mode", name)
    assert urns.container("4fab164f1513") == SpaceKey(platform="mode", space_token="4fab164f1513").as_urn()


# -- lineage


def test_lineage_is_the_truth(proposals: list[dict[str, Any]], truth: Truth) -> None:
    found = entities(proposals)
    urns_of = {query_urn(truth, case.token): case for case in truth.all}
    tables, columns = set(), set()
    for urn in urns_of:
        lineage = found[urn].get("upstreamLineage", {})
        tables |= {(urn, upstream["dataset"]) for upstream in lineage.get("upstreams", ())}
        for fine in lineage.get("fineGrainedLineages", ()):
            assert fine["confidenceScore"] in (1.0, 0.8)
            (output,) = fine["downstreams"]
            columns |= {(output, source) for source in fine["upstreams"]}
    true_tables = {(urn, table_urn(truth, table)) for urn, case in urns_of.items() for table in case.tables}
    assert score(tables, true_tables) == (1.0, 1.0)
    true_columns = {
        (
            f"urn:li:schemaField:({urn},{output.lower() if case.kind == 'snowflake' else output})",
            f"urn:li:schemaField:({table_urn(truth, table)},{column.lower() if case.kind == 'snowflake' else column})",
        )
        for urn, case in urns_of.items()
        for output, table, column in case.columns
    }
    assert score(columns, true_columns) == (1.0, 1.0)


def test_platform_instances_environment_and_lower_case(stored: dlt.Pipeline, tmp_path: Path) -> None:
    text = json.dumps(
        exported(
            stored, tmp_path, env="DEV", lowercase_urns=True,
            platform_instance_map={"snowflake": "acme", "postgresql": "pg", "mysql": "my"},
        )
    )  # fmt: skip
    for name in ("snowflake,acme.analytics.sales.orders", "postgres,pg.analytics.public.customers", "mysql,my.sales."):
        assert f"urn:li:dataPlatform:{name}" in text
    assert ",PROD)" not in text


# -- what is said of each thing


def test_required_aspects(proposals: list[dict[str, Any]], truth: Truth) -> None:
    found = entities(proposals)
    kinds = {proposal["entityUrn"]: proposal["entityType"] for proposal in proposals}
    always = {
        "container": {"containerProperties", "subTypes", "status", "dataPlatformInstance", "browsePathsV2"},
        "dashboard": {
            "dashboardInfo", "ownership", "container", "subTypes", "browsePathsV2", "embed", "status",
            "dashboardUsageStatistics",
        },
        "chart": {"chartInfo", "chartQuery", "subTypes", "browsePathsV2", "status"},
        "dataset": {"datasetProperties", "viewProperties", "subTypes", "browsePathsV2", "status", "schemaMetadata"},
    }  # fmt: skip
    without_columns = {query_urn(truth, case.token) for case in truth.cases if case.sql.startswith("SELECT *")}
    for urn, aspects in found.items():
        wanted = always[kinds[urn]] - ({"schemaMetadata"} if urn in without_columns else set())
        assert aspects.keys() >= wanted, urn
    theirs = {"globalTags", "glossaryTerms", "domains", "editableDatasetProperties", "editableDashboardProperties",
              "operation", "queryProperties", "browsePaths"}  # fmt: skip
    assert not theirs & {proposal["aspectName"] for proposal in proposals}
    reports = [report for report in truth.workspace.reports.values() if not report.is_dataset]
    assert sum(kind == "dashboard" for kind in kinds.values()) == len(reports)
    assert sum(kind == "chart" for kind in kinds.values()) == len(truth.workspace.charts)
    assert sum(kind == "container" for kind in kinds.values()) == sum(
        space.listed for space in truth.workspace.collections.values()
    )


def test_names_are_exact(proposals: list[dict[str, Any]], truth: Truth) -> None:
    found = entities(proposals)
    for token, name in truth.odd.items():
        report = truth.workspace.reports[token]
        info = found[urns.dashboard(str(report.id))]["dashboardInfo"]
        assert (info["title"], info["description"]) == (name, name)
        (query,) = report.queries.values()
        assert found[query_urn(truth, query.token)]["datasetProperties"].get("name", "") == name
        assert found[query_urn(truth, query.token)]["viewProperties"]["viewLogic"] == query.raw_query
        (chart,) = query.charts.values()
        assert info["charts"] == [urns.chart(chart.token)]
        assert found[urns.chart(chart.token)]["chartInfo"]["title"] == (name or "Chart 0")


def test_a_report_in_detail(proposals: list[dict[str, Any]], truth: Truth) -> None:
    found = entities(proposals)
    case = truth.cases[0]
    report = truth.workspace.reports[case.report]
    aspects = found[urns.dashboard(str(report.id))]
    info = aspects["dashboardInfo"]
    assert info["dashboardUrl"].endswith(f"/acme/reports/{case.report}")
    assert info["customProperties"]["token"] == case.report
    assert info["customProperties"]["archived"] == "false"
    assert info["lastRefreshed"] == report.last_run_at
    assert info["lastModified"]["created"]["time"] == report.created_at
    assert aspects["ownership"]["owners"][0]["type"] == "DATAOWNER"
    assert aspects["dashboardUsageStatistics"]["timestampMillis"] % 86_400_000 == 0
    container = urns.container(report.space_token)
    assert aspects["container"] == {"container": container}
    assert aspects["browsePathsV2"] == {"path": [{"id": "acme"}, {"id": container, "urn": container}]}
    chart = next(iter(truth.workspace.queries[case.token].charts.values()))
    said = found[urns.chart(chart.token)]
    assert said["chartInfo"]["title"] == "Chart & <0>"
    assert said["chartInfo"]["inputs"] == [{"string": query_urn(truth, case.token)}]
    assert {field["schemaField"]["fieldPath"] for field in said["inputFields"]["fields"]} <= {"id", "customer", "total"}
    scheduled = [
        aspect["dashboardInfo"]["customProperties"] for aspect in found.values()
        if aspect.get("dashboardInfo", {}).get("customProperties", {}).get("schedules") == "1"
    ]  # fmt: skip
    assert [properties["frequencies"] for properties in scheduled] == ["daily"]
    reader = found[urns.dashboard(str(truth.workspace.reports[truth.on_dataset.report].id))]["dashboardInfo"]
    assert reader["datasets"] == [table_urn(truth, ("modedatasets", None, None, truth.dataset))]
    archived = found[urns.dashboard(str(truth.workspace.reports[truth.archived].id))]
    assert archived["dashboardInfo"]["customProperties"]["archived"] == "true"
    assert "deprecation" not in archived


def test_owners_by_address_or_none(stored: dlt.Pipeline, tmp_path: Path) -> None:
    by_email = entities(exported(stored, tmp_path / "one", owner="email"))
    owners = {
        owner["owner"] for aspects in by_email.values() for owner in aspects.get("ownership", {}).get("owners", ())
    }
    assert owners
    assert all("@" in owner for owner in owners)
    assert not any(
        "ownership" in aspects for aspects in entities(exported(stored, tmp_path / "two", owners="none")).values()
    )
    with pytest.raises(UsageError, match="`owners` is 'all'"):
        exported(stored, tmp_path / "three", owners="all")


# -- again


def test_sorted_and_the_same_bytes_again(stored: dlt.Pipeline, tmp_path: Path) -> None:
    one = export(stored, tmp_path / "one", "datahub")[0].read_bytes()
    assert export(stored, tmp_path / "two", "datahub")[0].read_bytes() == one
    keys = [(entry["entityUrn"], entry["aspectName"]) for entry in json.loads(one)]
    assert keys == sorted(keys)


def test_removed_renamed_and_moved(stored: dlt.Pipeline, tmp_path: Path) -> None:
    """What is gone is said to be removed, again and again; what was renamed or moved stays the same entity."""
    from .truth import build

    changed = build()
    workspace = changed.workspace
    gone, renamed = (workspace.reports[case.report] for case in changed.cases[:2])
    query = workspace.queries[changed.cases[2].token]
    chart = next(iter(query.charts.values()))
    second = list(workspace.collections)[1]
    workspace.delete_report(gone)
    workspace.rename_report(renamed, "New name")
    workspace.move_report(renamed, second)
    workspace.delete_query(query)
    with Sandbox(workspace) as sandbox:
        run(stored, sandbox)
    found = entities(exported(stored, tmp_path / "out"))
    removed = {urn for urn, aspects in found.items() if aspects["status"]["removed"]}
    lost = [*gone.queries.values(), query]
    charts = {urns.chart(item.token) for lost_query in lost for item in lost_query.charts.values()}
    assert urns.chart(chart.token) in charts
    assert removed == {
        urns.dashboard(str(gone.id)),
        *(f"urn:li:dataset:(urn:li:dataPlatform:mode,{item.id},PROD)" for item in lost),
        *charts,
    }
    assert all(found[urn].keys() == {"status"} for urn in removed)
    moved = found[urns.dashboard(str(renamed.id))]
    assert moved["dashboardInfo"]["title"] == "New name"
    assert moved["container"] == {"container": urns.container(second)}


def test_without_lineage_nothing_is_said_of_it(truth: Truth, tmp_path: Path, pipeline: dlt.Pipeline) -> None:
    """An empty aspect would take away what is there."""
    with Sandbox(truth.workspace) as sandbox:
        run(pipeline, sandbox)
    names = {entry["aspectName"] for entry in exported(pipeline, tmp_path / "out")}
    assert "datasetProperties" in names
    assert not names & {"upstreamLineage", "schemaMetadata", "inputFields"}
