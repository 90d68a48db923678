"""What HTTP serves and what `expected_files` and `expected_tables` say are the same, under every quirk."""

from __future__ import annotations

import random
from typing import Any

import pytest

from mode_sandbox import Quirks, Workspace

from .conftest import KEYS, Client, Serve

EXTRA = ("report_runs", "query_runs", "report_subscriptions", "dataset_fields", "collection_permissions")


def extras(client: Client, found: dict[str, set[str]]) -> None:
    """Tokens of what is off unless selected, crawled."""
    found |= {name: set() for name in EXTRA} | {"data_source_permissions": set(), "audit_logs": set()}
    for report in found["reports"] | found["datasets"]:
        runs = client.walk(f"/reports/{report}/runs", "report_runs")
        found["report_runs"] |= {row["token"] for row in runs}
        for run in (row["token"] for row in runs if row["state"] == "failed"):
            rows = client.rows(f"/reports/{report}/runs/{run}/query_runs", "query_runs")
            assert not rows or sum(row["state"] == "failed" and bool(row["error_code"]) for row in rows) == 1
            found["query_runs"] |= {row["token"] for row in rows}
        if report in found["datasets"]:
            rows = client.rows(f"/datasets/{report}/fields", "fields")
            found["dataset_fields"] |= {f"{report}:{row['name']}" for row in rows}
        else:
            rows = client.rows(f"/reports/{report}/subscriptions", "report_subscriptions")
            found["report_subscriptions"] |= {row["token"] for row in rows}
    for space in found["collections"]:
        answer = client.get(f"/spaces/{space}/permissions")
        if answer.status_code != 400:  # a personal one
            rows = answer.json()["_embedded"]["space_permissions"]
            found["collection_permissions"] |= {row["token"] for row in rows}
    for source in found["data_sources"]:
        rows = client.rows(f"/data_sources/{source}/permissions", "permissions")
        found["data_source_permissions"] |= {row["token"] for row in rows}
    client.session.headers["Accept"] = "application/json"
    query = {"start_timestamp": "2000-01-01", "end_timestamp": "2100-01-01"}
    while query:
        body = client.json("/audit_logs", **query)
        found["audit_logs"] |= {row["id"] for row in body["audit_logs"]}
        query = query | {"next_token": body["next_token"]} if "next_token" in body else {}


def tables(client: Client) -> dict[str, set[str]]:
    """Tokens per table, crawled."""
    found: dict[str, set[str]] = {name: set() for name in ("reports", "datasets", "queries", "charts")}
    found |= {name: set() for name in ("report_schedules", "report_filters", "group_memberships")}
    found["collections"] = {row["token"] for row in client.walk("/spaces", "spaces", filter="all")}
    for space in found["collections"]:
        for what in ("reports", "datasets"):
            rows = client.walk(f"/spaces/{space}/{what}", "reports")
            found[what] |= {row["token"] for row in rows if (row["type"] == "DatasetReport") == (what == "datasets")}
    for report in found["reports"] | found["datasets"]:
        for row in client.walk(f"/reports/{report}/schedules", "report_schedules"):
            found["report_schedules"].add(row["token"])
        if report in found["reports"]:
            rows = client.rows(f"/reports/{report}/filters", "report_filters")
            found["report_filters"] |= {row["token"] for row in rows}
        for query in client.rows(f"/reports/{report}/queries", "queries"):
            found["queries"].add(query["token"])
            charts = client.rows(f"/reports/{report}/queries/{query['token']}/charts", "charts")
            found["charts"] |= {row["token"] for row in charts}
    for name in ("data_sources", "definitions"):
        found[name] = {row["token"] for row in client.rows(f"/{name}", name)}
    found["members"] = {row["member_token"] for row in client.rows("/memberships", "memberships")}
    found["groups"] = {row["token"] for row in client.walk("/groups", "groups")}
    for group in found["groups"]:
        rows = client.rows(f"/groups/{group}/memberships", "group_memberships")
        found["group_memberships"] |= {row["token"] for row in rows}
    extras(client, found)
    return found


QUIRKS: list[dict[str, Any]] = [
    {},
    {"past_end": "missing", "creators": "sometimes"},
    {"past_end": "repeat", "creators": "never", "user_emails": False},
    {"memberships": "refused", "user_emails": False, "missing_counts": True},
    {"lite": "refused", "user_emails": False, "counts_as_strings": True},
    {"absolute_hrefs": True, "datasets_in_report_listing": True, "filters": "error"},
    {"page_size": 7, "listing_order": "updated", "key_scope": "member"},
]


@pytest.mark.parametrize("quirks", QUIRKS, ids=lambda quirks: ",".join(quirks) or "default")
def test_files_equal_the_crawl(serve: Serve, quirks: dict[str, Any]) -> None:
    ids: Any = "string" if len(quirks) == 2 else "number"
    ws = Workspace.generate(seed=3, reports=70, collections=6, datasets=4, ids=ids)
    client = serve(ws, quirks=Quirks(**quirks))
    assert client.crawl() == ws.expected_files(client.sandbox.url, workspace_slug="acme")


def test_key_order_and_sorting() -> None:
    for name, rows in Workspace.generate().expected_files().items():
        assert [row["token"] for row in rows] == sorted(row["token"] for row in rows)
        assert all(list(row) == KEYS[name].split() for row in rows)


def test_an_empty_workspace(serve: Serve) -> None:
    ws = Workspace.empty()
    client = serve(ws)
    assert client.crawl() == ws.expected_files() == {name: [] for name in KEYS}
    assert tables(client) == ws.expected_tables()


def test_tables_equal_the_crawl(serve: Serve) -> None:
    ws = Workspace.generate(seed=5, reports=50, collections=6, datasets=5, groups=23)
    ws.archive_dataset(next(report for report in ws.reports.values() if report.is_dataset))
    for _ in range(35):
        ws.add_schedule(next(iter(ws.reports)))
    assert tables(serve(ws)) == ws.expected_tables()


def test_the_sizes_are_those_asked_for() -> None:
    ws = Workspace.generate(reports=120, collections=9, datasets=7, members=11, data_sources=5, groups=2)
    sizes = {name: len(tokens) for name, tokens in ws.expected_tables().items()}
    wanted = {"reports": 120, "collections": 9, "datasets": 7, "members": 11, "data_sources": 5, "groups": 2}
    assert {name: sizes[name] for name in wanted} == wanted
    assert len(ws.collections) == 12  # other people's personal collections come on top


def test_generation_is_deterministic() -> None:
    first, second = (Workspace.generate(seed=11, reports=60) for _ in range(2))
    assert first.expected_files() == second.expected_files()
    assert first.expected_files() != Workspace.generate(seed=12, reports=60).expected_files()


@pytest.mark.parametrize("seed", range(3))
def test_random_changes_keep_truth_and_http_equal(serve: Serve, seed: int) -> None:
    ws = Workspace.generate(seed=seed, reports=40, collections=5, datasets=4, groups=2)
    twin = Workspace.generate(seed=seed, reports=40, collections=5, datasets=4, groups=2)
    rng, same = random.Random(seed), random.Random(seed)
    said = [ws.random_change(rng, more=bool(seed)) for _ in range(150)]
    assert said == [twin.random_change(same, more=bool(seed)) for _ in range(150)]
    client = serve(ws)
    assert client.crawl() == ws.expected_files() == twin.expected_files()
    assert tables(client) == ws.expected_tables()


def test_the_awkward_shapes_are_there() -> None:
    files = Workspace.generate().expected_files()
    names = [row["name"] for row in files["report"]]
    assert None in names
    assert any(name and "\n" in name and '"' in name and "🚀" in name for name in names)
    assert any(row["description"] is None for row in files["report"])
    assert any(row["archived"] for row in files["report"])
    assert any(row["query_count"] == 0 and row["chart_count"] == 0 for row in files["report"])
    assert any(row["query_count"] > 0 and row["chart_count"] == 0 for row in files["report"])
    sources = {row["id"] for row in files["datasource"]}
    assert any(
        row["data_source_id"] not in sources for row in Workspace.generate(reports=2000).expected_files()["query"]
    )
    assert {row["space_type"] for row in files["collection"]} == {"community", "custom", "private"}
    sql = "\n".join(row["raw_query"] for row in files["query"])
    assert all(text in sql for text in ("{% form %}", "{{ @", "{% for ", "WITH ", "{%- form -%}", "UNION ALL"))
    assert any("\\n" in definition.source for definition in Workspace.generate().definitions.values())
