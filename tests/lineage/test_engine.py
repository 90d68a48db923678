"""What the corpus cannot say: bounds, threads, datasets, certainty, adapters, and that nothing ever
raises."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mode_source.lineage import (
    PLATFORMS,
    ColumnCatalog,
    DatasetRef,
    DataSource,
    Definition,
    Lineage,
    Query,
    analyse,
    platform_of,
)  # fmt: skip
from tests.lineage.corpus_files import cases, found_tables

# The adapters of docs/mode-api.md#s5-5.
ADAPTERS = [
    "athena", "bigquery", "databricks", "dbtmetrics", "denodo", "druid", "hive", "impala", "mysql",
    "oracle", "oracleadb", "postgresql", "trino", "presto", "clickhouse", "redshift", "snowflake",
    "spark", "sqlserver", "treasuredata", "vertica", "salesforce", "dbtsemanticlayer", "looker",
    "arrowflightsql", "modedatasets",
]  # fmt: skip
POSTGRES = DataSource("1", "jdbc:postgresql", "shop")


def lineage_of(sql: str, source: DataSource | None = POSTGRES, **more: object) -> Lineage:
    definitions = more.pop("definitions", {})
    return analyse(Query("q", "r", sql, "1"), data_source=source, definitions=definitions, **more)  # type: ignore[arg-type]


def test_all_adapters_are_mapped() -> None:
    assert len(ADAPTERS) == 26
    assert set(ADAPTERS) <= set(PLATFORMS)
    for adapter in ADAPTERS:
        lineage = lineage_of(
            "SELECT a.id FROM s.t a JOIN s.u b ON a.id = b.id", DataSource("1", "jdbc:" + adapter, "db")
        )
        assert not lineage.errors
        assert len(lineage.tables) == 2
        assert lineage.platform == adapter


def test_unknown_adapter_and_no_data_source() -> None:
    assert platform_of("jdbc:new").name == "new"
    assert platform_of(None).name == "unknown"
    assert [t.table_name for t in lineage_of("select a from T", None).tables] == ["t"]


def test_empty_text() -> None:
    empty = analyse(Query("q", "r", None, None), data_source=None, definitions={})
    assert (empty.tables, empty.columns, empty.errors) == ((), (), ())


@pytest.mark.parametrize(
    ("sql", "certainty"),
    [
        ("select a from sales.t", "certain"),
        ("select a from t", "likely"),
        ("set search_path to sales; select a from t", "certain"),
        ("select )( from sales.t where ((", "guess"),
        ("{% form %}\nt:\n  type: text\n  default: sales.t\n{% endform %}select a from {{ t }}", "likely"),
        ("select a from {{ nowhere }}.t", "guess"),
    ],
)
def test_certainty_of_tables(sql: str, certainty: str) -> None:
    assert [t.certainty for t in lineage_of(sql).tables] == [certainty]


@pytest.mark.parametrize(
    ("sql", "certainty"),
    [
        ("select t.a from sales.t", "certain"),
        ("select a from sales.t", "likely"),
        ("select order_id from sales.orders, sales.users", "guess"),
    ],
)
def test_certainty_of_columns(sql: str, certainty: str) -> None:
    assert [c.certainty for c in lineage_of(sql).columns] == [certainty]


def test_catalog_makes_columns_certain() -> None:
    catalog = ColumnCatalog.build([("shop", "public", "t", "a"), ("shop", "public", "u", "b")])
    lineage = lineage_of("select a, b from t, u", catalog=catalog)
    assert [(c.source_table, c.certainty) for c in lineage.columns] == [("t", "certain"), ("u", "certain")]
    assert {t.certainty for t in lineage.tables} == {"certain"}


def test_catalog_finds_the_schema_of_a_bare_name() -> None:
    catalog = ColumnCatalog.build([("shop", "sales", "refunds", "id")])
    assert [t.schema_name for t in lineage_of("select id from refunds", catalog=catalog).tables] == ["sales"]


def test_datasets_run_through() -> None:
    own = lineage_of("select id, amt as amount from raw.orders")
    dataset = DatasetRef("d5e7a1b2c3d4", "My Data", own)
    source = DataSource("9", "jdbc:modedatasets")
    lineage = lineage_of('select amount * 2 as twice from "My Data"', source, datasets={"My Data": dataset})
    assert {(t.platform, t.table_name) for t in lineage.tables} == {
        ("modedatasets", "d5e7a1b2c3d4"), ("postgresql", "orders"),
    }  # fmt: skip
    assert [(c.output_column, c.source_table, c.source_column) for c in lineage.columns] == [("twice", "orders", "amt")]
    by_token = lineage_of("select * from d5e7a1b2c3d4", source, datasets={"My Data": dataset})
    assert {c.source_column for c in by_token.columns} == {"id", "amt"}


def test_unknown_dataset_keeps_its_name() -> None:
    lineage = lineage_of('select * from "Gone"', DataSource("9", "jdbc:modedatasets"))
    assert [(t.platform, t.table_name) for t in lineage.tables] == [("modedatasets", "Gone")]


PATHOLOGICAL = {
    "comments": "/*" * 20_000 + "{{ x }}",
    "outputs": "{{ " * 5_000,
    "liquid comments": "{% comment %}" * 20_000,
    "commas": "(, b " * 20_000,
    "doubling definitions": "{{ @twice as a }} " * 500,
    "brackets": "select " + "(" * 4_000 + "1" + ")" * 4_000 + " from s.t",
    "subqueries": "select * from (" * 40 + "select 1 from s.t" + ") x" * 40,
    "case": "select " + "case when a then " * 300 + "1" + " end" * 300 + " from s.t",
    "not": "select " + "not " * 3_000 + "a from s.t",
    "doubling": "with c0 as (select * from s.t)"
    + "".join(f", c{i} as (select * from c{i - 1} union all select * from c{i - 1})" for i in range(1, 50))
    + " select a from c49",
    "unclosed": "select a from s.t where x = '" + "y" * 50_000,
    "liquid loop": "select {% for i in (1..99999999) %}1,{% endfor %} 1 from s.t",
}


@pytest.mark.parametrize("name", PATHOLOGICAL)
def test_pathological_texts_end(name: str) -> None:
    assert lineage_of(PATHOLOGICAL[name]) is not None


def test_the_deadline_is_reported_and_tables_are_still_found() -> None:
    sql = " union all ".join(f"select a from s.t{i}" for i in range(2_000))
    lineage = lineage_of(sql, timeout=0.01)
    assert "timeout" in {error.stage for error in lineage.errors}
    assert len(lineage.tables) == 2_000
    assert {t.certainty for t in lineage.tables} == {"guess"}


def test_deep_nesting_is_reported() -> None:
    lineage = lineage_of(PATHOLOGICAL["brackets"])
    assert [error.stage for error in lineage.errors] == ["recursion"]
    assert [t.table_name for t in lineage.tables] == ["t"]


def test_from_any_thread() -> None:
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lineage_of, [case.sql for case in cases()][:40] + list(PATHOLOGICAL.values())))
    assert all(isinstance(result, Lineage) for result in results)
    assert threading.active_count() >= 1


TPC = [case for case in cases() if case.file in ("tpch", "tpcds") and not case.name.startswith("q15 with a view")]


@pytest.mark.parametrize("adapter", ["jdbc:postgresql", "jdbc:redshift", "jdbc:databricks", "jdbc:trino"])
def test_tpc_texts_wrapped_in_liquid_and_definitions(adapter: str) -> None:
    """The texts as definitions, in forms and branches: the same tables, in every dialect."""
    source = DataSource("1", adapter, "db")
    for case in TPC:
        plain = {name.rsplit(".", 1)[1] for name in case.tables}
        definition = {"the-text": Definition("the-text", "d", case.sql.replace("\n", "\\n"))}
        wrapped = (
            "{%- form -%}\nx:\n  type: multiselect\n  default: all\n  options: [a, b]\n{%- endform -%}\n"
            "{% if x contains 'a' %}SELECT w.* FROM {{ @the-text as w }}"
            "{% else %}SELECT 1 FROM other_table{% endif %}\n"
            "-- {{ @old as o }}\nWHERE '{{ y }}' IN ({{ x }}) LIMIT {{ n }}"
        )
        lineage = lineage_of(wrapped, source, definitions=definition)
        found = {t.table_name.lower() for t in lineage.tables if t.certainty != "guess"}
        assert found == plain, (case.name, lineage.errors)
        assert [t.table_name.lower() for t in lineage.tables if t.certainty == "guess"] == ["other_table"]
        assert {error.stage for error in lineage.errors} == {"render"}


def test_tpc_tables_are_found_without_a_parser() -> None:
    """Texts that nothing can parse still give all their tables: here the parser is given no time."""
    for case in TPC:
        query = Query("q", "r", case.sql, "1")
        lineage = analyse(query, data_source=case.source, definitions={}, timeout=0)
        assert found_tables(lineage) == case.tables, case.name
        assert {t.certainty for t in lineage.tables} == {"guess"}


@pytest.mark.parametrize("setting", ["USE {{ p }}", "USE {{ p }}.x", "SET search_path TO {{ p }}"])
def test_an_undefined_parameter_sets_no_names(setting: str) -> None:
    lineage = lineage_of(setting + "; select a from t", DataSource("1", "jdbc:redshift", "dev"))
    assert found_tables(lineage) == {"dev.public.t"}


def test_same_text_same_lineage() -> None:
    for case in cases():
        assert case.analyse() == case.analyse()


FRAGMENTS = st.sampled_from(
    [
        "select",
        "from",
        "join",
        "with x as (",
        ")",
        "(",
        ",",
        "*",
        "{{ p }}",
        "{% if p %}",
        "{% endif %}",
        "{{ @d as e }}",
        "{% form %}",
        "{% endform %}",
        "p:\n type: text\n default: 1",
        "'",
        '"',
        "`",
        "--",
        "/*",
        "*/",
        ";",
        "t",
        "a.b",
        "on",
        "union all",
        "where",
        "1",
        "{% for i in p %}",
        "{% endfor %}",
        "{{",
        "}}",
        "{%",
        "%}",
        "$$",
        "insert into",
        "use",
        "create table",
        "as",
        "case when",
        "end",
        "lateral",
        "unnest(",
        "\\n",
        "#",
        "@",
        "\x00",
        "\U000f0000",
        "é",
        "go\n",
    ]
)
SOURCES = st.sampled_from([DataSource("1", "jdbc:" + adapter, "db", "host") for adapter in ADAPTERS])
DEFINITIONS = {
    "d": Definition("d", "t", "select * from {{ @d as d }} join {{ q }}"),
    "e": Definition("e", "u", None),
}


@settings(max_examples=150, deadline=None)
@given(st.lists(FRAGMENTS, max_size=25).map(" ".join), SOURCES)
def test_never_raises_on_fragments(sql: str, source: DataSource) -> None:
    lineage = lineage_of(sql, source, definitions=DEFINITIONS)
    assert not any("mode_placeholder" in t.table_name.lower() for t in lineage.tables)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200), SOURCES)
def test_never_raises_on_any_text(sql: str, source: DataSource) -> None:
    assert isinstance(lineage_of(sql, source, definitions=DEFINITIONS), Lineage)


NAMES = st.from_regex(r"[a-z][a-z0-9_-]{2,12}[a-z0-9]", fullmatch=True).map(lambda name: "zz_" + name)


@settings(max_examples=80, deadline=None)
@given(NAMES, NAMES, NAMES, SOURCES)
def test_definitions_and_parameters_never_become_tables(
    known: str, missing: str, parameter: str, source: DataSource
) -> None:
    sql = (
        f"select r.id, a.x, {{{{ {parameter} }}}} from s.real r join {{{{ @{known} as a }}}} on a.id = r.id "
        f"join {{{{ @{missing}x as b }}}} on b.id = r.id join {{{{ {parameter} }}}} c on 1 = 1 "
        f"where r.x in ({{{{ {parameter} }}}}) and r.y = '{{{{ {parameter} }}}}'"
    )
    definitions = {known: Definition(known, "t", "select id, x from s.inner")}
    lineage = lineage_of(sql, source, definitions=definitions)
    inside = {"inner"}
    assert {t.table_name.lower() for t in lineage.tables} <= {"real"} | inside
    assert "real" in {t.table_name.lower() for t in lineage.tables}


def test_found_tables_has_no_definition_names() -> None:
    definitions = {"clean-orders": Definition("clean-orders", "t", "select 1 as one")}
    assert found_tables(lineage_of("select * from {{ @clean-orders }}", definitions=definitions)) == set()
