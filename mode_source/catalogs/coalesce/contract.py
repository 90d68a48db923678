"""What Coalesce Catalog accepts for Mode: files, keys, their order. See docs/catalog-contract.md#files."""

from __future__ import annotations

from dataclasses import dataclass

CLIENT_NAME = "ModeAnalytics/API"


@dataclass(frozen=True)
class CatalogFile:
    """One of the files of a set.

    Args:
        name: `{ts}-{name}.json`.
        table: where the rows come from.
        keys: in the order of the contract; `creator` is our column `creator_username`.
        child, of: only rows whose column `child` is the token of a row of table `of`.
    """

    name: str
    table: str
    keys: tuple[str, ...]
    child: str = ""
    of: str = ""

    def column(self, key: str) -> str:
        return "creator_username" if key == "creator" else key


FILES = (
    CatalogFile(
        "datasource",
        "data_sources",
        (
            "id", "token", "name", "host", "display_name", "description", "database",
            "provider", "vendor", "adapter", "created_at", "public", "queryable",
        ),
    ),
    CatalogFile(
        "collection",
        "collections",
        ("id", "token", "space_type", "name", "description", "state", "default_access_level", "creator"),
    ),
    CatalogFile(
        "report",
        "reports",
        (
            "id", "token", "name", "description", "type", "archived", "space_token", "public", "created_at",
            "updated_at", "published_at", "edited_at", "is_embedded", "query_count", "chart_count",
            "view_count", "creator",
        ),
    ),
    CatalogFile(
        "query",
        "queries",
        ("id", "token", "name", "data_source_id", "raw_query", "report_token"),
        child="report_token",
        of="reports",  # not those of datasets
    ),
    CatalogFile("member", "members", ("id", "token", "username", "name", "email", "created_at")),
)  # fmt: skip

SUMMARY = "summary"
SUMMARY_KEYS = ("python_version", "version", "executed_at", "connection_identity", "client_name")
