"""A small client and a full crawl, written independently of the product, to hold the sandbox to its word."""

from __future__ import annotations

import base64
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import requests

from mode_sandbox import Sandbox, Workspace

Row = dict[str, Any]
KEYS = {
    "datasource": "id token name host display_name description database provider vendor adapter created_at"
    " public queryable",
    "collection": "id token space_type name description state default_access_level creator",
    "report": "id token name description type archived space_token public created_at updated_at published_at"
    " edited_at is_embedded query_count chart_count view_count creator",
    "query": "id token name data_source_id raw_query report_token",
    "member": "id token username name email created_at",
}


class Client:
    """One session against one sandbox."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self.session = requests.Session()
        self.session.trust_env = False
        self.session.auth = (sandbox.token, sandbox.secret)
        self.session.headers["Accept"] = "application/hal+json"
        self.ws = f"/api/{sandbox.workspace.slug}"

    def get(self, path: str, **params: Any) -> requests.Response:
        url = self.sandbox.url + (self.ws + path if not path.startswith(("/api", "/batch")) else path)
        return self.session.get(url, params=params, timeout=10)

    def json(self, path: str, **params: Any) -> Any:
        answer = self.get(path, **params)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def rows(self, path: str, key: str, **params: Any) -> list[Row]:
        found = self.json(path, **params)["_embedded"].get(key, [])
        assert isinstance(found, list)
        return found

    def walk(self, path: str, key: str, **params: Any) -> list[Row]:
        """All pages, until one brings nothing new."""
        found: dict[str, Row] = {}
        page = 1
        while True:
            before = len(found)
            for row in self.rows(path, key, page=page, **params):
                found.setdefault(row["token"], row)
            if len(found) == before:
                return list(found.values())
            page += 1

    def batch(self, what: str, **params: Any) -> requests.Response:
        triple = ":".join(self.sandbox.discovery or ())
        headers = {"Authorization": "Bearer " + base64.b64encode(triple.encode()).decode()}
        url = f"{self.sandbox.url}/batch/{self.sandbox.workspace.slug}/{what}"
        return requests.get(url, params=params, headers=headers, timeout=10)

    def crawl(self) -> dict[str, list[Row]]:
        """The five Catalog files, read over HTTP the slow and thorough way."""
        spaces = self.walk("/spaces", "spaces", filter="all")
        reports: dict[str, Row] = {}
        for space in spaces:
            for row in self.walk(f"/spaces/{space['token']}/reports", "reports"):
                if row["type"] == "Report":
                    reports[row["token"]] = row
        queries = [
            {**row, "report_token": token}
            for token in reports
            for row in self.rows(f"/reports/{token}/queries", "queries")
        ]
        members: list[Row] = []
        lite = self.get("/memberships/lite")
        if lite.status_code == 200:
            listed = [(row["username"], row["email"]) for row in lite.json()["_embedded"]["memberships"]]
        else:
            listed = [(row["member_username"], None) for row in self.rows("/memberships", "memberships")]
        for username, email in listed:
            user = self.json(f"/api/{username}")
            members.append({**user, "email": user.get("email", email)})
        raw = {
            "datasource": self.rows("/data_sources", "data_sources"),
            "collection": spaces,
            "report": list(reports.values()),
            "query": queries,
            "member": members,
        }
        return {name: [self._flat(name, row) for row in _sorted(rows)] for name, rows in raw.items()}

    @staticmethod
    def _flat(name: str, row: Row) -> Row:
        flat = {key: row.get(key) for key in KEYS[name].split()}
        if "creator" in flat:
            href = row["_links"].get("creator", {}).get("href")
            flat["creator"] = href.rsplit("/", 1)[1] if href else None
        return flat


def _sorted(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=lambda row: str(row["token"]))


Serve = Callable[..., Client]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start sandboxes that end with the test: ``serve(workspace, quirks=...)`` gives a client."""
    running: list[Sandbox] = []

    def start(workspace: Workspace | None = None, **options: Any) -> Client:
        sandbox = Sandbox(workspace or Workspace.generate(reports=40, collections=5, datasets=3), **options).start()
        running.append(sandbox)
        return Client(sandbox)

    yield start
    for sandbox in running:
        sandbox.stop()
