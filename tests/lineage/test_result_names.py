"""What results without a name are called: PostgreSQL and DuckDB are asked, and must say the same as the engine."""

from __future__ import annotations

import duckdb
import psycopg2
import pytest

from mode_source.lineage import DataSource, Query, analyse
from mode_source.lineage.result_names import select_items

TABLE = "CREATE TABLE t (a int, b int, c int, s text, d timestamp, j json, arr int[])"
BOTH = [
    "count(*)", "count(a)", "count(distinct a)", "sum(a)", "a + b", "a + b * 2", "a::text", "cast(a as bigint)", "'x'",
    "1", "1.5", "null", "(a)", "((a + b))", "-a", "not (a = 1)", "a = 1", "a <> 1", "a is null", "a is not null",
    "a in (1, 2)", "a between 1 and 2", "s like 'x%'", "a = 1 and b = 2", "a = 1 or b = 2 or c = 3",
    "case when a = 1 then b else c end", "case when a = 1 then 2 end", "case when a = 1 then 2 else 3 end",
    "coalesce(a, b)", "coalesce(sum(a), 0)", "nullif(a, b)", "greatest(a, b)", "now()", "upper(s)", "substr(s, 1, 2)",
    "ltrim(s)", "s || 'x'", "concat(s, 'x')", "length(s)", "round(avg(a), 2)", "count(*) filter (where a = 1)",
    "row_number() over (order by a)", "sum(a) over (partition by b)", "rank() over (partition by b order by c desc)",
    "string_agg(s, ',')", "array_agg(a order by b)", "date_trunc('month', d)", "a % 2", "sqrt(a)", "abs(-a)",
    "lower(s)::text", "replace(s, 'a', 'b')", "left(s, 2)", "split_part(s, ',', 1)", "bool_or(a = 1)", "sum(a) / 2",
    "max(d)::date", "'2024-01-01'::date", "date '2024-01-01'", "1::bigint", "extract(year from d)", "t.a", "sum(t.a)",
    "lag(a) over (order by b)", "first_value(a) over (order by b)", "trim(s)", "d - interval '1 day'", "j->>'x'",
]  # fmt: skip
POSTGRES = [
    *BOTH, "(select max(b) from t)", "(select 1)", "exists (select 1)", "array[1, 2]", "array(select a from t)",
    "row(a, b)", "current_date", "current_timestamp", "current_user", "interval '1 day'", "to_char(d, 'YYYY')",
    "substring(s from 1 for 2)", "trim(leading 'x' from s)", "position('a' in s)", "arr[1]", "d at time zone 'utc'",
    "percentile_cont(0.5) within group (order by a)", "(j->>'x')::int", "round(a::numeric, 2)", "true",
    "cast(a as varchar(10))", "'x'::varchar", "1::float", "'1'::decimal(10,2)", "a ^ 2", "(t).a", "unnest(arr)",
    "generate_series(1, 2)", "s collate \"C\"", "a is distinct from b", "(array[1, 2])[1]", "s ~ 'x'", "mod(a, 2)",
    "power(a, 2)", "initcap(s)", "(select a as q from t limit 1)", "\"a\"", "overlay(s placing 'x' from 1)",
]  # fmt: skip


def named(adapter: str, form: str) -> list[str]:
    query = Query("q", "r", f"select {form} from t", "1")
    lineage = analyse(query, data_source=DataSource("1", adapter, "db"), definitions={})
    assert not lineage.errors
    return list(lineage.output_columns)


def test_postgres(postgres: str) -> None:
    wrong = {}
    connection = psycopg2.connect(postgres)
    with connection.cursor() as cursor:
        cursor.execute(TABLE)
        for form in POSTGRES:
            cursor.execute(f"SELECT {form} FROM t")
            wanted = [column[0] for column in cursor.description]
            if named("jdbc:postgresql", form) != wanted:
                wrong[form] = (wanted, named("jdbc:postgresql", form))
    connection.close()
    assert not wrong


def test_duckdb() -> None:
    """Mode's datasets run in DuckDB."""
    wrong = {}
    with duckdb.connect() as connection:
        connection.execute(TABLE)
        for form in BOTH:
            wanted = [column[0] for column in connection.execute(f"SELECT {form} FROM t").description or ()]
            if named("modedatasets", form) != wanted:
                wrong[form] = (wanted, named("modedatasets", form))
    assert not wrong


@pytest.mark.parametrize(
    ("text", "items"),
    [
        ("select a, f(b, c) from t", ["a", "f(b, c)"]),
        ("select distinct a+1 , (select max(b), 2 from u) from t", ["max(b)", "2", "a+1", "(select max(b), 2 from u)"]),
        ("select 'a, b', \"c, d\" -- e, f\n from t", ["'a, b'", '"c, d" -- e, f']),
        ("select extract(year from d) union select 1", ["extract(year from d)", "1"]),
    ],
)
def test_items_of_select_lists(text: str, items: list[str]) -> None:
    assert sorted(text[start:end].strip() for start, end in select_items(text)) == sorted(items)
