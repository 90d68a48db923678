"""A workspace over six kinds of warehouses whose lineage is written down by hand, and names that break things."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from typing import Any

from mode_sandbox import Workspace

PLATFORMS = ("postgresql", "snowflake", "bigquery", "redshift", "databricks", "mysql")

Table = tuple[str, str | None, str | None, str]  # platform, database, schema, table
Column = tuple[str, Table, str]  # output column, table, its column

ODD_NAMES = (
    "He said \"naïve\" 'x'",
    "{{ 4 + 4 }} {% form %} {# no #}",
    "{% raw %} inside {% endraw %} and after {% endraw %}",
    "half }} closed %} #}",
    "two\nlines\r\nand a\ttab\rand more\n",
    "🚀 é 日本語 \u2028 \x85 \ufeff",
    "x" * 300,
    "../../etc/passwd",
    "con",
    "NUL.txt",
    "Sales",
    "sales",
    "SALES ",
    "- a: &b *c !d | > %e @f `g`",
    "null",
    "2026-01-01",
    "[1, 2]",
    "{{ '123' }}",
    "back\\slash \\n \\u0041",
    "<script>alert(1)</script> &amp; %20",
    "\x07bell \x1b[31mred",
    "",
)


@dataclass
class Case:
    """A query, and what it reads."""

    kind: str
    sql: str
    tables: set[Table]
    columns: set[Column]
    token: str = ""
    report: str = ""
    dataset: str = ""


def cases() -> list[Case]:
    """The truth, written by hand from the texts."""
    pg_orders = ("postgresql", "analytics", "sales", "orders")
    pg_people = ("postgresql", "analytics", "public", "Customers")
    sf_orders, sf_odd = ("snowflake", "ANALYTICS", "SALES", "ORDERS"), ("snowflake", "RAW", "PUBLIC", "odd Name")
    bq_orders = ("bigquery", "acme-warehouse", "sales", "Orders")
    bq_other = ("bigquery", "other-project", "crm", "accounts")
    rs_orders, rs_items = ("redshift", "analytics", "sales", "orders"), ("redshift", "analytics", "public", "items")
    db_orders, db_users = ("databricks", "main", "sales", "orders"), ("databricks", "main", "core", "users")
    my_orders, my_users = ("mysql", None, "sales", "orders"), ("mysql", None, "analytics", "users")
    return [
        Case(
            "postgresql",
            'SELECT o.id, c."Name" AS customer, SUM(o.amount) AS total\nFROM sales.orders o\n'
            'JOIN "Customers" c ON c.id = o.customer_id\nGROUP BY 1, 2',
            {pg_orders, pg_people},
            {("id", pg_orders, "id"), ("customer", pg_people, "Name"), ("total", pg_orders, "amount")},
        ),
        Case(
            "postgresql",
            "WITH recent AS (SELECT id, amount FROM sales.Orders WHERE created_at > '{{ start }}')\n"
            "SELECT r.id AS order_id, r.amount * 2 AS doubled FROM recent r\n"
            "{% form %}\nstart:\n  type: date\n{% endform %}",
            {pg_orders},
            {("order_id", pg_orders, "id"), ("doubled", pg_orders, "amount")},
        ),
        Case(
            "snowflake",
            'SELECT o.ID, n."some Column" AS "Mixed" FROM sales.orders o JOIN RAW.PUBLIC."odd Name" n ON n.id = o.id',
            {sf_orders, sf_odd},
            {("ID", sf_orders, "ID"), ("Mixed", sf_odd, "some Column")},
        ),
        Case(
            "bigquery",
            "SELECT o.id, a.owner AS account_owner FROM sales.Orders AS o\n"
            "JOIN `other-project.crm.accounts` AS a ON a.id = o.account_id",
            {bq_orders, bq_other},
            {("id", bq_orders, "id"), ("account_owner", bq_other, "owner")},
        ),
        Case(
            "redshift",
            'SELECT o."Id", MAX(i.Price) AS top FROM Sales.ORDERS o JOIN items i ON i.item_id = o.item_id GROUP BY 1',
            {rs_orders, rs_items},
            {("id", rs_orders, "id"), ("top", rs_items, "price")},
        ),
        Case(
            "databricks",
            "SELECT u.`name` AS who, COUNT(o.id) AS orders FROM main.sales.orders o\n"
            "LEFT JOIN main.core.users u ON u.id = o.user_id GROUP BY u.`name`",
            {db_orders, db_users},
            {("who", db_users, "name"), ("orders", db_orders, "id")},
        ),
        Case(
            "mysql",
            "SELECT o.id, u.`name` AS who FROM `sales`.orders o JOIN users u ON u.id = o.user_id",
            {my_orders, my_users},
            {("id", my_orders, "id"), ("who", my_users, "name")},
        ),
        Case(
            "snowflake",
            "SELECT * FROM sales.orders",
            {sf_orders},
            set(),  # columns that nobody can list without a catalog
        ),
        *(_shop(kind, database) for kind, database in SHOPS.items()),
    ]


# What the dbt projects of the tests build, and what they do not, in three warehouses.
SHOPS = {"postgresql": "analytics", "snowflake": "ANALYTICS", "bigquery": "acme-warehouse"}
SHOP_TABLES = (
    "versioned_old", "versioned_new", "secret_model", "switched_off", "fleeting", "countries", "history", "not_theirs",
)  # fmt: skip


def _shop(kind: str, database: str) -> Case:
    listed = " CROSS JOIN ".join(f"sales.{name}" for name in SHOP_TABLES)
    names = [f"sales.{name}".upper() if kind == "snowflake" else f"sales.{name}" for name in SHOP_TABLES]
    tables = {(kind, database, *name.split(".")) for name in names}
    return Case(kind, f"SELECT 1 AS one FROM {listed}", tables, set())  # type: ignore[arg-type]


@dataclass
class Truth:
    """The workspace, and what is true of it."""

    workspace: Workspace
    cases: list[Case]
    odd: dict[str, str]  # names by token of their report
    dataset: str  # token of the dataset
    on_dataset: Case
    archived: str

    @property
    def all(self) -> list[Case]:
        """All queries with a known lineage, that of the dataset and the one that reads it included."""
        return [*self.cases, self.on_dataset]


def build() -> Truth:
    """Makes the workspace, the same each time."""
    workspace = Workspace.generate(
        seed=3, reports=0, collections=3, datasets=0, members=4, data_sources=0, definitions=0, groups=1
    )
    sources = {kind: workspace.add_data_source(f"{kind} prod", kind) for kind in (*PLATFORMS, "modedatasets")}
    sources["bigquery"].host, sources["bigquery"].database = "acme-warehouse", "default"
    sources["databricks"].database = "main"
    for name in ("host", "database", "port"):
        setattr(sources["modedatasets"], name, None)
    for source in list(workspace.data_sources.values()):
        if source not in sources.values():
            workspace.delete_data_source(source)
    for token in list(workspace.reports):
        workspace.delete_report(token)
    space = next(iter(workspace.collections))
    known = cases()
    for number, case in enumerate(known):
        report = workspace.add_report(space, f"Case {number}: {case.kind}", queries=0)
        columns = tuple(sorted(output for output, _, _ in case.columns))
        query = workspace.add_query(
            report, case.sql, name=f"Query {number}", data_source=sources[case.kind].id, columns=columns
        )
        workspace.add_chart(query, f"Chart & <{number}>")
        workspace.run_report(report)
        case.token, case.report = query.token, report.token
    dataset = workspace.add_dataset(space, "Orders & people")
    inner = next(iter(dataset.queries.values()))
    workspace.edit_query(dataset, inner, "SELECT id, amount FROM sales.orders")
    inner.data_source_id = sources["postgresql"].id
    pg_orders = known[0].tables & known[1].tables
    (orders,) = pg_orders
    known.append(
        Case(
            "postgresql",
            inner.raw_query or "",
            {orders},
            {("id", orders, "id"), ("amount", orders, "amount")},
            inner.token,
            dataset.token,
            dataset.token,
        )
    )
    report = workspace.add_report(space, "On a dataset", queries=0, imported_datasets=(dataset.token,))
    query = workspace.add_query(
        report, 'SELECT d.amount AS amount FROM "Orders & people" d', data_source=sources["modedatasets"].id,
        columns=("amount",),
    )  # fmt: skip
    itself: Table = ("modedatasets", None, None, dataset.token)  # and the table behind it
    on_dataset = Case(
        "modedatasets", query.raw_query or "", {itself, orders}, {("amount", orders, "amount")},
        query.token, report.token,
    )  # fmt: skip
    odd = {}
    for name in ODD_NAMES:
        report = workspace.add_report(space, name, description=name or None, queries=0)
        query = workspace.add_query(
            report, f"SELECT id FROM sales.orders -- {name}".replace("\n", " ").replace("\r", " "), name=name,
            data_source=sources["postgresql"].id, columns=("id",),
        )  # fmt: skip
        workspace.add_chart(query, name)
        odd[report.token] = name
    archived = workspace.add_report(space, "Archived", queries=0)
    workspace.add_query(archived, "SELECT id FROM sales.orders", data_source=sources["postgresql"].id, columns=("id",))
    workspace.archive_report(archived)
    workspace.add_schedule(next(iter(workspace.reports.values())))
    return Truth(workspace, known, odd, dataset.token, on_dataset, archived.token)


def score(found: Set[Any], truth: Set[Any]) -> tuple[float, float]:
    """Precision and recall."""
    hits = len(found & truth)
    return (hits / len(found) if found else 1.0), (hits / len(truth) if truth else 1.0)
