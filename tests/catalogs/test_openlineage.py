"""OpenLineage events: valid against the published schemas, true, and never dated "now".

The schemas in `openlineage_spec/` are those of github.com/OpenLineage/OpenLineage, `spec/` (Apache-2.0).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox
from mode_source import export
from mode_source.catalogs.assets import DataSource, TableEdge
from mode_source.catalogs.openlineage.naming import name, namespace
from mode_source.errors import UsageError

from ..conftest import run
from .truth import Table, Truth, build, score

SPEC = Path(__file__).parent / "openlineage_spec"
# How each of the truth's tables is named: namespaces from the sandbox's hosts.
NAMESPACES = {
    "postgresql": "postgres://postgresql.example.internal:5439",
    "snowflake": "snowflake://snowflake.example.internal",
    "bigquery": "bigquery",
    "redshift": "redshift://redshift.example.internal:5439",
    "databricks": "unitycatalog://databricks.example.internal",
    "mysql": "mysql://mysql.example.internal:5439",
}
targets = pytest.mark.targets


def exported(pipeline: dlt.Pipeline, directory: Path, **options: Any) -> list[dict[str, Any]]:
    (path,) = export(pipeline, directory, "openlineage", **options)
    assert path.name == "mode_openlineage.ndjson"
    return [json.loads(line) for line in path.read_bytes().splitlines()]


def dataset(table: Table, job_namespace: str) -> tuple[str, str]:
    platform, database, schema, table_name = table
    if platform == "modedatasets":
        return job_namespace, f"datasets/{table_name}"
    return NAMESPACES[platform], ".".join(part for part in (database, schema, table_name) if part)


def whole(events: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The event that says all of each query, by the query's token."""
    return {event["job"]["name"].partition(".")[2]: event for event in events if event.get("eventType") != "START"}


# -- by the schemas


@targets
@pytest.mark.parametrize("events", ["run", "job"])
def test_events_and_facets_are_valid(stored: dlt.Pipeline, truth: Truth, tmp_path: Path, events: str) -> None:
    from jsonschema import Draft202012Validator
    from referencing import Registry, Resource

    schemas = [json.loads(path.read_bytes()) for path in SPEC.rglob("*.json")]
    registry = Registry().with_resources((schema["$id"], Resource.from_contents(schema)) for schema in schemas)

    def check(instance: Any, url: str) -> None:
        validator = Draft202012Validator(
            {"$ref": url}, registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER
        )
        assert not [error.message for error in validator.iter_errors(instance)]

    changed = build().workspace
    changed.delete_report(truth.cases[0].report)
    with Sandbox(changed) as sandbox:
        run(stored, sandbox)
    seen = set()
    for event in exported(stored, tmp_path, events=events):
        check(event, event["schemaURL"])
        check(event, event["schemaURL"].partition("#")[0])  # exactly one kind of event
        holders = [event.get("job"), event.get("dataset"), *event.get("inputs", ()), *event.get("outputs", ())]
        for holder in filter(None, holders):
            for key, content in holder.get("facets", {}).items():
                check(content, content["_schemaURL"])
                seen.add(key)
    assert seen >= {"sql", "jobType", "ownership", "documentation", "mode_report", "dataSource", "schema", "tags"}
    assert ("lifecycleStateChange" in seen) == (events == "job")


# -- lineage


def test_lineage_is_the_truth(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    events = whole(exported(stored, tmp_path))
    tables, columns = set(), set()
    for case in truth.all:
        event = events[case.token]
        tables |= {(case.token, item["namespace"], item["name"]) for item in event["inputs"]}
        (output,) = event["outputs"]
        fields = output["facets"].get("columnLineage", {}).get("fields", {})
        columns |= {
            (case.token, column, item["namespace"], item["name"], item["field"])
            for column, found in fields.items()
            for item in found["inputFields"]
        }
    space = events[truth.cases[0].token]["job"]["namespace"]
    assert score(tables, {(case.token, *dataset(table, space)) for case in truth.all for table in case.tables}) == (
        1,
        1,
    )
    true_columns = {
        (case.token, output, *dataset(table, space), column)
        for case in truth.all
        for output, table, column in case.columns
    }
    assert score(columns, true_columns) == (1, 1)


@pytest.mark.parametrize(
    ("adapter", "host", "port", "expected"),
    [
        ("jdbc:postgresql", "db.acme.com", None, "postgres://db.acme.com:5432"),
        ("jdbc:mysql", "db.acme.com", 3307, "mysql://db.acme.com:3307"),
        ("jdbc:redshift", "dwh.abc123.us-east-1.redshift.amazonaws.com", 5439, "redshift://dwh.us-east-1:5439"),
        ("jdbc:redshift", "dwh.acme.com", 5439, "redshift://dwh.acme.com:5439"),
        ("jdbc:snowflake", "acme-prod.snowflakecomputing.com", 443, "snowflake://acme-prod"),
        ("jdbc:snowflake", "xy123.eu-west-1.aws.snowflakecomputing.com", None, "snowflake://xy123.eu-west-1.aws"),
        ("jdbc:bigquery", "acme-project", None, "bigquery"),
        ("jdbc:databricks", "dbc-1.cloud.databricks.com", 443, "unitycatalog://dbc-1.cloud.databricks.com"),
        ("jdbc:athena", "athena.eu-west-1.amazonaws.com", 443, "awsathena://athena.eu-west-1.amazonaws.com"),
        ("jdbc:sqlserver", "ms.acme.com", None, "mssql://ms.acme.com:1433"),
        ("jdbc:trino", "trino.acme.com", 8080, "trino://trino.acme.com:8080"),
        ("jdbc:postgresql", None, None, None),
    ],
)
def test_namespaces(adapter: str, host: str | None, port: int | None, expected: str | None) -> None:
    source = DataSource("t", "1", "Prod", adapter, host, port, "db")
    assert namespace(source, {}) == expected
    assert namespace(source, {"Prod": "acme://x"}) == "acme://x"


def test_names_of_two_levels() -> None:
    assert name(TableEdge("mysql", "ignored", "shop", "orders", "certain")) == "shop.orders"
    assert name(TableEdge("snowflake", "DB", "S", "T", "certain")) == "DB.S.T"
    assert name(TableEdge("postgresql", None, "s", "t", "certain")) == "s.t"


# -- what is said


def test_a_run_is_two_events_with_the_time_of_the_report(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    case = truth.cases[0]
    events = [event for event in exported(stored, tmp_path) if event["job"]["name"] == f"{case.report}.{case.token}"]
    assert [event["eventType"] for event in events] == ["START", "COMPLETE"]
    start, complete = events
    assert start["run"] == complete["run"]
    assert start["eventTime"] == complete["eventTime"]
    assert complete["eventTime"].endswith("Z")
    facets = complete["job"]["facets"]
    assert facets["sql"]["query"] == case.sql
    assert facets["sql"]["dialect"] == "postgresql"
    assert facets["mode_report"]["charts"][0]["title"] == "Chart & <0>"
    assert complete["job"]["namespace"].startswith("mode://127.0.0.1:")
    assert complete["job"]["namespace"].endswith("/acme")
    (output,) = complete["outputs"]
    assert output["name"] == f"queries/{case.token}"
    assert [field["name"] for field in output["facets"]["schema"]["fields"]] == ["id", "customer", "total"]
    stars = whole(exported(stored, tmp_path))[truth.cases[7].token]["outputs"][0]["facets"]
    assert "schema" not in stars  # columns that nobody can list
    assert "columnLineage" not in stars


def test_a_query_that_never_ran_and_a_failed_run(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    with stored.sql_client() as client:
        client.execute_sql(
            "UPDATE reports SET last_run_token = 'other', last_run_at = '2026-11-20 12:00:00+00' WHERE token = %s",
            truth.cases[0].report,
        )
    events = whole(exported(stored, tmp_path))
    never = events[next(iter(truth.workspace.reports[next(iter(truth.odd))].queries))]
    assert "eventType" not in never
    assert never["schemaURL"].endswith("JobEvent")
    failed = events[truth.cases[0].token]
    assert (failed["eventType"], failed["eventTime"]) == ("FAIL", "2026-11-20T12:00:00.000Z")


def test_odd_names_are_exact(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    events = {event["job"]["name"].partition(".")[0]: event for event in exported(stored, tmp_path)}
    for token, odd in truth.odd.items():
        (query,) = truth.workspace.reports[token].queries.values()
        facets = events[token]["job"]["facets"]
        assert facets["mode_report"]["name"] == odd
        assert facets["sql"]["query"] == query.raw_query


def test_options(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    events = exported(
        stored, tmp_path, events="job", job_namespace="mine", namespaces={"snowflake prod": "snowflake://acme-prod"},
        include_archived=False,
    )  # fmt: skip
    assert {event["job"]["namespace"] for event in events} == {"mine"}
    assert not any("run" in event for event in events)
    found = whole(events)[truth.cases[2].token]["inputs"]
    assert {item["namespace"] for item in found} == {"snowflake://acme-prod"}
    assert not any(event["job"]["name"].startswith(truth.archived) for event in events)
    with pytest.raises(UsageError, match="`events` is 'all'"):
        exported(stored, tmp_path, events="all")


def test_sorted_and_the_same_bytes_again(stored: dlt.Pipeline, tmp_path: Path) -> None:
    one = export(stored, tmp_path / "one", "openlineage")[0].read_bytes()
    assert export(stored, tmp_path / "two", "openlineage")[0].read_bytes() == one
    names = [json.loads(line)["job"]["name"] for line in one.splitlines()]
    assert names == sorted(names)


def test_what_is_gone_is_dropped_with_job_events(stored: dlt.Pipeline, truth: Truth, tmp_path: Path) -> None:
    workspace = build().workspace
    workspace.delete_dataset(truth.dataset)
    with Sandbox(workspace) as sandbox:
        run(stored, sandbox)
    dropped = [event["dataset"] for event in exported(stored, tmp_path, events="job") if "dataset" in event]
    assert f"datasets/{truth.dataset}" in {item["name"] for item in dropped}
    assert not any("dataset" in event for event in exported(stored, tmp_path))
