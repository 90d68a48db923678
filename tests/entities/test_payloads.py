"""Recorded payloads of real workspaces, through the source into DuckDB: every row lands with its values."""

from __future__ import annotations

import html
import json
from collections import defaultdict
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

import dlt

from mode_source import mode_source
from mode_source.entities import ENTITIES
from mode_source.entities.rows import last_segment
from mode_source.load import load
from mode_source.runlog import RunLog

from ..conftest import CREDENTIALS, EVERYTHING, exported
from ..helpers import PAYLOADS, Answer, Asked, TinyServer, json_answer

Row = dict[str, Any]


def recorded(name: str) -> Any:
    return json.loads((PAYLOADS / f"{name}.json").read_text(encoding="utf-8"))


def embedded(name: str, key: str) -> list[Row]:
    rows: list[Row] = recorded(name)["_embedded"][key]
    return rows


class Recorded:
    """A workspace made of the recordings: lists by path, one page each."""

    def __init__(self) -> None:
        self.lists: dict[str, tuple[str, list[Row]]] = {}
        self.singles: dict[str, Row] = {}
        self.rows: dict[str, list[Row]] = defaultdict(list)
        spaces = [*embedded("datahub_spaces", "spaces"), recorded("modesdk_space"), recorded("docs_collection")]
        reports = [*embedded("datahub_reports_by_collection", "reports"), recorded("modesdk_report")]
        datasets = embedded("datahub_datasets_by_collection", "reports")
        queries = [*embedded("datahub_queries", "queries"), recorded("docs_query") | {"created_at": None}]
        charts = [*embedded("datahub_charts", "charts"), recorded("modesdk_chart"), recorded("docs_chart")]
        user, lite = recorded("datahub_user"), recorded("modesdk_membership_lite_row")
        members = [lite, {"member_token": user["token"], "username": user["username"], "state": "active"}]
        self.add("collections", "spaces", "spaces", spaces)
        for space in spaces:
            token = space["token"]
            own = [row for row in reports if row.get("space_token") == token]
            self.add("reports", f"spaces/{token}/reports", "reports", own)
            shared = [row for row in datasets if row.get("space_token") == token]
            self.add("datasets", f"spaces/{token}/datasets", "reports", shared)
        first = spaces[0]["token"]
        listed = {space["token"] for space in spaces}
        strays = [row for row in reports if row["space_token"] not in listed]
        self.lists[f"spaces/{first}/reports"][1].extend(strays)
        self.rows["reports"] += strays
        others = [row for row in datasets if row["space_token"] not in listed]
        self.lists[f"spaces/{first}/datasets"][1].extend(others)
        self.rows["datasets"] += others
        report, dataset = reports[0]["token"], datasets[0]["token"]
        self.add("queries", f"reports/{report}/queries", "queries", queries)
        self.add("queries", f"reports/{dataset}/queries", "queries", embedded("datahub_dataset_queries", "queries"))
        self.add("charts", f"reports/{report}/queries/{queries[0]['token']}/charts", "charts", charts)
        schedule = recorded("modesdk_report_schedule")
        self.add("report_schedules", f"reports/{report}/schedules", "report_schedules", [schedule])
        run = recorded("modesdk_report_run")
        failed = run | {"token": "5e6f70819203", "state": "failed"}
        self.add("report_runs", f"reports/{report}/runs", "report_runs", [run, failed])
        failure = f"reports/{report}/runs/{failed['token']}/query_runs"
        self.add("query_runs", failure, "query_runs", [recorded("modesdk_query_run_failed")])
        entry = recorded("docs_audit_log_entry")
        self.singles["/api/acme/audit_logs"] = {"audit_logs": [entry]}
        self.rows["audit_logs"].append(entry | {"token": entry["id"]})
        source = embedded("datahub_data_sources", "data_sources")[0]["token"]
        self.lists[f"data_sources/{source}/permissions"] = ("grants", [recorded("docs_permission_grant_legacy")])
        for row in datasets:
            self.lists[f"datasets/{row['token']}/fields"] = ("fields", [])
        self.add("data_sources", "data_sources", "data_sources", embedded("datahub_data_sources", "data_sources"))
        self.add("definitions", "definitions", "definitions", embedded("datahub_definitions", "definitions"))
        self.add("groups", "groups", "groups", embedded("modesdk_groups_misleading_next_page", "groups"))
        self.add("group_memberships", "groups/g1/memberships", "group_memberships", [{"token": "gm1"}])
        self.lists["memberships/lite"] = ("memberships", members)
        self.rows["members"] = [lite | {"token": lite["member_token"]}, user]
        self.singles[f"/api/{user['username']}"] = user
        self.singles["/api/verify"] = recorded("datahub_verify")
        for row in [*reports, *datasets]:  # what the counts say must not keep us from asking
            there = int(row["token"] in (report, dataset))
            row.update(query_count=there, chart_count=there, schedules_count=int(row["token"] == report))
            row.update(runs_count=2 * int(row["token"] == report))

    def add(self, entity: str, path: str, key: str, rows: list[Row]) -> None:
        self.lists[path] = (key, rows)
        self.rows[entity] += rows

    def answer(self, asked: Asked) -> Answer:
        if asked.path in self.singles:
            return json_answer(self.singles[asked.path])
        path = asked.path.removeprefix("/api/acme/")
        if int(asked.query.get("page", "1")) > 1:
            return json_answer(recorded("datahub_final_page"))
        if path in self.lists:
            key, rows = self.lists[path]
            return json_answer({"_links": {}, "_embedded": {key: rows}})
        if path.endswith(("/queries", "/charts", "/schedules", "/memberships", "/filters", "/subscriptions")):
            return json_answer(recorded("datahub_final_page"))
        return Answer(json.dumps(recorded("docs_error_body")).encode(), 404)


def in_table(kind: str, sent: Any) -> Any:
    """What the table holds for a value that Mode sent."""
    if sent is None:
        return None
    match kind:
        case "id" | "text":
            return str(sent)
        case "timestamp":
            try:
                return datetime.fromisoformat(sent.replace("Z", "+00:00")).astimezone(timezone.utc)
            except ValueError:
                return None  # a placeholder of the documentation
        case "double":
            return float(sent)
    return sent


def test_every_recorded_row_lands_with_its_values(pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """Recordings of 2021 to 2026: number and string ids, missing fields, elided parts."""
    world = Recorded()
    with TinyServer(world.answer) as tiny:
        log = RunLog()
        given: dict[str, Any] = {"requests_per_10s": 100_000, "max_attempts": 2, **CREDENTIALS}
        source = mode_source("acme", host=tiny.url, log=log, resources=EVERYTHING, **given)
        load(pipeline, source, log)
        assert {asked.method for asked in tiny.asked} == {"GET"}
    # The recordings count rows that they do not hold, which is a gap as it should be.
    assert [str(gap) for gap in log.gaps if "are not believed to be all" not in str(gap)] == []
    assert_values(world, pipeline)
    assert_objects(world, pipeline)
    assert_permission(pipeline)
    assert_exported(world, pipeline, tmp_path)


def assert_values(world: Recorded, pipeline: dlt.Pipeline) -> None:
    """Every declared column holds what was sent."""
    checked = 0
    for name, payloads in world.rows.items():
        entity = ENTITIES[name]
        names = [column.name for column in entity.columns]
        held = {
            row[names.index("token")]: dict(zip(names, row, strict=True))
            for row in pipeline.dataset()[name].select(*names).fetchall()
        }
        assert set(held) == {payload["token"] for payload in payloads}, name
        for payload in payloads:
            row = held[payload["token"]]
            for column in entity.columns:
                if column.source not in payload or column.name in entity.keys or column.kind == "json":
                    continue
                found, sent = row[column.name], in_table(column.kind, payload[column.source])
                assert found == sent, (name, payload["token"], column.name)
                checked += 1
            creator = ((payload.get("_links") or {}).get("creator") or {}).get("href")
            if "creator_username" in names:
                assert row["creator_username"] == last_segment(creator), (name, payload["token"])
    assert checked > 200
    titles = [payload["view_vegas"].get("title", "") for payload in world.rows["charts"] if payload.get("view_vegas")]
    stored = {title for (title,) in pipeline.dataset()["charts"].select("title").fetchall()}
    assert {html.unescape(title) for title in titles if title} <= stored


def assert_objects(world: Recorded, pipeline: dlt.Pipeline) -> None:
    """JSON columns hold the object that Mode sent, not the union of all objects of the file."""
    for name, payloads in world.rows.items():
        for column in [column for column in ENTITIES[name].columns if column.kind == "json"]:
            held = dict(pipeline.dataset()[name].select("token", column.name).fetchall())
            for payload in payloads:
                sent, found = payload.get(column.source), held[payload["token"]]
                found = json.loads(found) if isinstance(found, str) else found
                if column.name != "custom_attributes":
                    assert found == sent, (name, payload["token"], column.name)


def assert_permission(pipeline: dlt.Pipeline) -> None:
    """Nobody knows what a permission looks like: an older form of it is told apart and kept whole."""
    sent = recorded("docs_permission_grant_legacy")
    columns = ("accessor_type", "accessor_token", "accessor_id", "permission")
    [(*known, whole)] = pipeline.dataset()["data_source_permissions"].select(*columns).fetchall()
    assert known == [sent["grantee_type"], sent["grantee_token"], str(sent["grantee_id"])]
    assert (json.loads(whole) if isinstance(whole, str) else whole) == sent


def assert_exported(world: Recorded, pipeline: dlt.Pipeline, tmp_path: Path) -> None:
    """The files hold what was sent, types included."""
    files = exported(pipeline, tmp_path / "out")
    for file, entity_name in (("datasource", "data_sources"), ("collection", "collections"), ("report", "reports")):
        by_token = {payload["token"]: payload for payload in world.rows[entity_name]}
        for line in files[file]:
            payload = by_token[line["token"]]
            for key, value in line.items():
                if key not in ("creator",) and not (key == "space_token" and key not in payload):
                    assert value == payload.get(key), (file, key)
                    assert type(value) is type(payload.get(key)), (file, key)
    sent = {row["token"]: row for row in world.rows["queries"]}
    of_reports = {row["token"] for row in world.rows["reports"]}
    assert {line["report_token"] for line in files["query"]} <= of_reports
    for line in files["query"]:
        payload = sent[line["token"]]
        assert [line[key] for key in ("id", "name", "data_source_id", "raw_query")] == [
            payload.get(key) for key in ("id", "name", "data_source_id", "raw_query")
        ]
