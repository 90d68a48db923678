"""Every row of the pagination table (docs/mode-api.md#s4), and the filters of docs/mode-api.md#s6."""

from __future__ import annotations

from typing import Any

import pytest

from mode_sandbox import Quirks, Workspace

from .conftest import Client, Serve


def big(**sizes: Any) -> Workspace:
    """One collection with 65 reports and 35 datasets."""
    return Workspace.generate(**{"reports": 65, "datasets": 35, "collections": 1, "members": 40, "groups": 45, **sizes})


def space_of(client: Client) -> str:
    return next(iter(client.sandbox.workspace.collections))


def test_spaces_page_only_when_asked(serve: Serve) -> None:
    client = serve(Workspace.generate(reports=3, collections=35))
    everything = client.json("/spaces", filter="all")
    assert len(everything["_embedded"]["spaces"]) == 35
    assert "pagination" not in everything
    first = client.json("/spaces", filter="all", page=1)
    assert first["pagination"] == {
        "page": 1,
        "per_page": 30,
        "count": 30,
        "total_pages": 2,
        "total_count": 35,
    }
    second = client.json(first["_links"]["next_page"]["href"])
    assert second["pagination"]["count"] == 5
    assert "next_page" not in second["_links"]
    assert client.json("/spaces", filter="all", per_page=1000)["pagination"]["per_page"] == 30  # clamped
    assert client.json("/spaces", filter="all", per_page=4, page=2)["pagination"]["total_pages"] == 9


def test_filter_of_spaces(serve: Serve) -> None:
    ws = Workspace.generate(reports=3)
    client = serve(ws)

    def listed(**params: Any) -> set[str]:
        return {row["token"] for row in client.rows("/spaces", "spaces", **params)}

    everything = listed(filter="all")
    assert everything == ws.expected_tables()["collections"]
    mine = {space.token for space in ws.collections.values() if ws.owner in space.members}
    assert mine < everything
    assert listed() == listed(filter="mine") == listed(filter="ALL") == listed(filter="nonsense") == mine
    kinds = {ws.collections[token].space_type for token in listed(filter="custom")}
    assert kinds == {"custom", "community"}


@pytest.mark.parametrize(("what", "total"), [("reports", 65), ("datasets", 35)])
def test_reports_and_datasets(serve: Serve, what: str, total: int) -> None:
    client = serve(big())
    path = f"/spaces/{space_of(client)}/{what}"
    first = client.json(path, per_page=1000)
    assert len(first["_embedded"]["reports"]) == 30
    assert set(first) == {"_links", "_embedded"}
    assert set(first["_links"]) == {"self"}
    assert first["_links"]["self"]["href"].endswith("/reports")
    assert len(client.rows(path, "reports", page=total // 30 + 1)) == total % 30
    assert len(client.walk(path, "reports")) == total


@pytest.mark.parametrize(("past_end", "embedded"), [("empty", {"reports": []}), ("missing", {})])
def test_past_the_end(serve: Serve, past_end: Any, embedded: dict[str, Any]) -> None:
    client = serve(big(), quirks=Quirks(past_end=past_end))
    space = space_of(client)
    assert client.json(f"/spaces/{space}/reports", page=4)["_embedded"] == embedded
    assert client.json("/spaces", page=9, filter="all")["_embedded"] == ({"spaces": []} if embedded else {})
    empty = client.sandbox.workspace.add_collection()
    assert client.json(f"/spaces/{empty.token}/reports")["_embedded"] == embedded


def test_past_the_end_repeats(serve: Serve) -> None:
    client = serve(big(), quirks=Quirks(past_end="repeat", volatile=False))
    for path, key, last in (
        (f"/spaces/{space_of(client)}/reports", "reports", 3),
        ("/spaces?filter=all", "spaces", 1),
    ):
        assert client.rows(path, key, page=last + 5) == client.rows(path, key, page=last) != []
    empty = client.sandbox.workspace.add_collection()
    assert client.rows(f"/spaces/{empty.token}/reports", "reports", page=2) == []


def test_lists_without_pages_repeat(serve: Serve) -> None:
    ws = big(data_sources=40, definitions=33)
    report = next(report for report in ws.reports.values() if report.queries)
    for _ in range(40):
        ws.add_chart(ws.add_query(report, bump=False), bump=False)
    query = next(iter(report.queries))
    for _ in range(40):
        ws.add_chart(query, bump=False)
    group = next(iter(ws.groups))
    client = serve(ws)
    for path, key, total in (
        ("/data_sources", "data_sources", 40),
        ("/definitions", "definitions", 33),
        (f"/reports/{report.token}/queries", "queries", report.query_count),
        (f"/reports/{report.token}/queries/{query}/charts", "charts", len(ws.queries[query].charts)),
        ("/memberships", "memberships", 40),
        ("/memberships/lite", "memberships", 40),
        (f"/groups/{group}/memberships", "group_memberships", len(ws.groups[group].memberships)),
    ):
        first = client.rows(path, key)
        assert len(first) == total
        assert client.rows(path, key, page=7, per_page=2) == first


def test_groups(serve: Serve) -> None:
    client = serve(big())
    pages = [client.json("/groups", page=page, per_page=1000) for page in (1, 2, 3)]
    assert [len(page["_embedded"]["groups"]) for page in pages] == [20, 20, 5]
    assert pages[2]["pagination"] == {
        "page": 3,
        "per_page": 20,
        "count": 5,
        "total_pages": 3,
        "total_count": 45,
    }
    dead = pages[2]["_links"]["next_page"]["href"]  # on the last page too, and leading nowhere
    assert client.get(dead).status_code == 404


def test_schedules(serve: Serve) -> None:
    ws = big()
    for kind in (False, True):
        report = next(r for r in ws.reports.values() if r.is_dataset is kind)
        while len(report.schedules) < 32:
            ws.add_schedule(report)
    client = serve(ws)
    for word, kind in (("reports", False), ("datasets", True)):
        report = next(r for r in ws.reports.values() if r.is_dataset is kind)
        path = f"/{word}/{report.token}/schedules"
        pages = [client.rows(path, "report_schedules", page=page) for page in (1, 2, 3)]
        assert [len(page) for page in pages] == [30, 2, 0]
        assert isinstance(pages[0][0]["hour"], str)
        assert isinstance(pages[0][0]["cron_hour"], int)


def test_runs(serve: Serve) -> None:
    ws = big()
    report = next(report for report in ws.reports.values() if report.queries and not report.is_dataset)
    while report.runs_count < 40:
        ws.run_report(report)
    client = serve(ws)
    path = f"/reports/{report.token}/runs"
    first = client.json(path, per_page=100)
    assert first["pagination"]["per_page"] == 30
    assert first["pagination"]["total_count"] == report.runs_count
    rows = first["_embedded"]["report_runs"]
    assert rows == sorted(rows, key=lambda row: row["created_at"], reverse=True)
    assert rows[0]["token"] == client.json(f"/reports/{report.token}")["last_successful_run_token"]
    assert client.get(path, filter="created_at.gt.2020-01-01T00:00:00Z").status_code == 500
    assert client.json(f"{path}/{rows[3]['token']}") == rows[3]
    assert len(client.rows(f"{path}/{rows[0]['token']}/query_runs", "query_runs")) == report.query_count


def test_failed_and_unfinished_runs(serve: Serve) -> None:
    """The report's own row tells of a failure only by what does not move."""
    ws = big()
    report = next(report for report in ws.reports.values() if report.queries and not report.is_dataset)
    ws.run_report(report)
    client = serve(ws)
    path = f"/reports/{report.token}"
    good = client.json(path)
    ws.fail_run(report, error=("SqlUndefinedTable", "no such table"))
    failed = client.json(path)
    assert failed["last_run_at"] > good["last_run_at"]
    assert failed["updated_at"] > good["updated_at"]
    same = ("last_successfully_run_at", "last_successful_run_token", "edited_at", "last_saved_at")
    assert [failed[name] for name in same] == [good[name] for name in same]
    assert failed["_links"]["last_run"] != good["_links"]["last_run"]
    run = client.rows(f"{path}/runs", "report_runs")[0]
    assert (run["state"], run["report_has_failures_since_last_success"]) == ("failed", True)
    ran = client.rows(f"{path}/runs/{run['token']}/query_runs", "query_runs")
    assert [(row["state"], row.get("error_code")) for row in ran if "error_code" in row] == [
        ("failed", "SqlUndefinedTable")
    ]
    ws.start_run(report)
    started = client.json(path)
    assert started["updated_at"] == failed["updated_at"]
    assert (started["runs_count"], started["last_run_at"] > failed["last_run_at"]) == (failed["runs_count"] + 1, True)
    run = client.rows(f"{path}/runs", "report_runs")[0]
    assert (run["state"], run["completed_at"]) == ("enqueued", None)
    ws.delete_query(next(iter(report.queries)))  # an edit does not change what ran before
    assert client.rows(f"{path}/runs/{run['token']}/query_runs", "query_runs")
    ws.finish_run(report)
    assert client.rows(f"{path}/runs", "report_runs")[0]["state"] == "succeeded"
    assert client.json(path)["last_successful_run_token"] == run["token"]


def test_generated_workspaces_have_broken_reports() -> None:
    reports = [report for report in Workspace.generate().reports.values() if report.older_failures]
    assert len(reports) > 3


def test_reports_of_a_data_source_repeat_per_query(serve: Serve) -> None:
    ws = Workspace.generate(reports=40, datasets=6, data_sources=1, collections=3)
    source = next(iter(ws.data_sources.values()))
    client = serve(ws)
    path, tokens, page = f"/data_sources/{source.token}/reports", [], 1
    while rows := client.rows(path, "reports", page=page):
        tokens += [row["token"] for row in rows]
        page += 1
    listed = [r for r in ws.reports.values() if ws.is_listed(r) and not r.is_dataset]
    wanted = {r.token: sum(q.data_source_id == source.id for q in r.queries.values()) for r in listed}
    assert {token: tokens.count(token) for token in tokens} == {t: n for t, n in wanted.items() if n}
    datasets = client.rows(f"/data_sources/{source.token}/datasets", "reports")
    assert {row["type"] for row in datasets} == {"DatasetReport"}


def test_filters_honoured(serve: Serve) -> None:
    client = serve(big())
    path = f"/spaces/{space_of(client)}/reports"
    stamps = sorted(row["updated_at"] for row in client.walk(path, "reports"))
    since = {"filter": f"updated_at.gt.{stamps[40]}", "order": "asc", "order_by": "updated_at"}
    assert [row["updated_at"] for row in client.walk(path, "reports", **since)] == stamps[41:]
    assert client.rows(path, "reports", filter="updated_at.gt.2999-01-01T00:00:00Z") == []
    assert len(client.rows(path, "reports", filter="all")) == 30
    newest = client.rows(path, "reports", order="desc", order_by="updated_at")
    assert newest[0]["updated_at"] == stamps[-1]


@pytest.mark.parametrize(("filters", "status"), [("ignored", 200), ("error", 500)])
def test_filters_not_honoured(serve: Serve, filters: Any, status: int) -> None:
    client = serve(big(), quirks=Quirks(filters=filters))
    for what in ("reports", "datasets"):
        path = f"/spaces/{space_of(client)}/{what}"
        answer = client.get(path, filter="updated_at.gt.2999-01-01T00:00:00Z", order="asc", order_by="updated_at")
        assert answer.status_code == status
        if status == 200:
            assert len(answer.json()["_embedded"]["reports"]) == 30


def test_listing_order(serve: Serve) -> None:
    ws = big()
    client = serve(ws, quirks=Quirks(listing_order="updated"))
    path = f"/spaces/{space_of(client)}/reports"
    last = client.walk(path, "reports")[-1]["token"]
    ws.run_report(last)
    assert client.rows(path, "reports")[0]["token"] == last


def test_runs_of_a_dataset_honour_per_page(serve: Serve) -> None:
    ws = big()
    dataset = next(report for report in ws.reports.values() if report.is_dataset)
    while dataset.runs_count < 40:
        ws.run_report(dataset)
    page = serve(ws).json(f"/datasets/{dataset.token}/runs", per_page=100)
    assert len(page["_embedded"]["report_runs"]) == dataset.runs_count == page["pagination"]["count"]
