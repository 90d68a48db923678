"""Branches, budgets, places and reasons: what the corpus does not show."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mode_source.lineage import ColumnEdge, DataSource, Lineage, Query, TableEdge, analyse
from mode_source.lineage.branches import mark, untaken, without_markers
from mode_source.lineage.budget import Budget, Expired
from mode_source.lineage.marks import Mark, Marks, Output
from mode_source.lineage.parse import compiled
from mode_source.lineage.platforms import PLATFORMS
from mode_source.lineage.rewrites import rewritten

POSTGRES = DataSource("1", "jdbc:postgresql", "shop")


def lineage_of(sql: str, source: DataSource = POSTGRES, *, explain: bool = True) -> Lineage:
    return analyse(Query("q", "r", sql, "1"), data_source=source, definitions={}, explain=explain)


def reason(lineage: Lineage, edge: TableEdge | ColumnEdge) -> tuple[int | None, int | None, str]:
    found = lineage.reasons[edge]
    return (found.place.line, found.place.column, found.text) if found.place else (None, None, found.text)


def test_places_and_reasons() -> None:
    sql = "SELECT o.id,\n  name\nFROM s.orders o\nJOIN customers c ON c.id = o.cid\nWHERE o.state = 'x'"
    lineage = lineage_of(sql)
    assert [reason(lineage, table) for table in lineage.tables] == [
        (3, 6, "written out with its schema"),
        (4, 6, "its schema is the platform's default schema"),
    ]
    columns = {(edge.source_column, edge.usage): reason(lineage, edge) for edge in (*lineage.columns, *lineage.uses)}
    assert columns["id", "output"] == (1, 10, "the text ascribes it to the table")
    assert columns["name", "output"][:2] == (2, 3)
    assert columns["state", "filter"] == (5, 9, "the text ascribes it to the table")
    assert columns["cid", "join"][:2] == (4, 30)


def test_places_in_batches() -> None:
    lineage = lineage_of("set nocount on\nselect a\nfrom dbo.t (nolock)", DataSource("1", "jdbc:sqlserver", "db"))
    assert reason(lineage, lineage.tables[0])[:2] == (3, 6)
    assert reason(lineage, lineage.columns[0])[:2] == (2, 8)


def test_errors_have_a_place() -> None:
    (error,) = lineage_of("select a from s.t;\nselect from where from").errors
    assert (error.stage, error.line) == ("parse", 2)


def test_a_guess_says_that_its_branch_is_not_taken() -> None:
    lineage = lineage_of("select a from {% if x %}s.t{% else %}s.u{% endif %}")
    texts = {table.table_name: reason(lineage, table)[2] for table in lineage.tables}
    assert texts == {
        "u": "a parameter chooses the branch that it stands in",
        "t": "In a branch that the parameters' defaults do not take",
    }


def test_no_reasons_unless_asked_for() -> None:
    lineage = lineage_of("select a from s.t", explain=False)
    assert not lineage.reasons
    assert lineage == lineage_of("select a from s.t")


def test_each_use_of_a_column_once() -> None:
    lineage = lineage_of("select t.a from s.t where t.a > 1 and t.a < 5 and t.A <> 3 order by t.a, t.a")
    assert [(edge.usage, edge.source_column) for edge in lineage.uses] == [("filter", "a"), ("order", "a")]
    keys = [(edge.output_column, edge.source_table, edge.source_column, edge.usage) for edge in lineage.uses]
    assert len(keys) == len(set(keys))


def test_branches_that_are_not_taken_get_their_turn() -> None:
    text = "{% if a %}1{% if b %}2{% endif %}{% elsif c %}3{% else %}4{% endif %}{% unless d %}5{% endunless %}"
    branches = mark(text, "", {}).branches
    assert [(branch.block, branch.choice) for branch in branches] == [(0, 0), (1, 0), (0, 1), (0, 2), (2, 0)]
    variants = list(untaken(dict.fromkeys(branches, False)))
    assert [[b.choice for b in variant.branches] for variant in variants] == [[0, 0, 0], [1], [2]]
    assert sorted({b for variant in variants for b in variant.branches}, key=lambda b: b.number) == branches


@pytest.mark.parametrize("text", ["{% if a %}", "{% endif %}", "{% if a %}{% endfor %}", "{% else %}", "no tags"])
def test_blocks_that_do_not_close_have_no_branches(text: str) -> None:
    marked = mark(text, "", {})
    assert (marked.text, marked.branches) == (text, [])


def test_markers_leave_no_trace() -> None:
    marked = mark("a{% if x -%}  b  {%- endif %}c", "", {})
    rendered = marked.text.replace("{% if x -%}", "").replace("{%- endif %}", "")
    assert without_markers(rendered) == ("abc", [(0, 1, 2)])


def test_many_branches_are_read_in_bounded_work() -> None:
    text = "select a from s.t where 1 = 1" + "".join(f"{{% if p{i} %}} and c{i} = 1{{% endif %}}" for i in range(300))
    assert len(lineage_of(text, explain=False).uses) == 300


def test_marks() -> None:
    marks = Marks([Mark(10, 12, "value"), Mark(0, 30, "branch"), Mark(50, 51, "value")])
    assert [bool(marks.at(start, start + 1)) for start in (0, 11, 29, 30, 49, 50, 51)] == [
        True, True, True, False, False, True, False,
    ]  # fmt: skip


def test_output_knows_where_characters_went() -> None:
    out = Output()
    out.add("ab")
    out.add("XXXX", "value")
    out.follows(3)
    out.add("cd")
    assert (out.text(), out.place(1), out.place(3), out.place(5)) == ("abXXXXcd", 1, 6, 8)
    assert out.marks == [Mark(2, 6, "value")]


def test_rewriting_keeps_places() -> None:
    for name, sql in (
        ("sqlserver", "select 'x (nolock)' from t (nolock) join u with (nolock) on 1 = 1"),
        ("oracle", "select q'[it's]' from t partition (p) x"),
        ("bigquery", "select a from [p:d.t], appends(table d.u, null)"),
        ("vertica", "create local temp table x on commit preserve rows as select 1"),
    ):
        changed, _ = rewritten(sql, PLATFORMS[name])
        assert len(changed) == len(sql)
        assert changed != sql
        assert "x (nolock)" in changed or name != "sqlserver"


def test_the_bound_is_work() -> None:
    budget = Budget(seconds=1_000, steps=1_000)
    for _ in range(1_000):
        budget.check()
    with pytest.raises(Expired, match="1000 steps"):
        _use_up(budget)


def _use_up(budget: Budget) -> None:
    for _ in range(256):
        budget.check()


def test_a_long_text_is_read_whole() -> None:
    columns = ",\n".join(f"sum(case when t.c{i} = {i} then t.v{i} end) as s{i}" for i in range(3_000))
    lineage = lineage_of(f"select {columns} from s.t", explain=False)
    assert not lineage.errors
    assert len(lineage.columns) == 6_000


ENV = {**os.environ, "PYTHONHASHSEED": "0"}  # as in the worker processes
SAME = """
import sys
from tests.lineage.corpus_files import cases
from mode_source.lineage.parse import compiled
print(compiled())
for case in cases():
    lineage = case.analyse(with_catalog=True)
    print(ascii((case.file, case.name, lineage.tables, lineage.columns, lineage.uses, lineage.output_columns,
                 [error.stage for error in lineage.errors])))
"""


@pytest.mark.skipif(not compiled(), reason="the compiled sqlglot (extra `fast`) is not installed")
def test_the_compiled_sqlglot_finds_the_same(tmp_path: Path) -> None:
    """The corpus with the compiled modules, and without: their sources lie beside them."""
    import sqlglot

    plain = tmp_path / "plain" / "sqlglot"
    here = Path(sqlglot.__file__).parent
    for source in here.rglob("*.py"):
        target = plain / source.relative_to(here)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(source.read_bytes())
    results = []
    for paths in ([], [str(plain.parent)]):
        start = f"import sys; sys.path[:0] = {paths!r}\n{SAME}"
        ran = subprocess.run([sys.executable, "-c", start], check=True, capture_output=True, text=True, env=ENV)
        results.append(ran.stdout.splitlines())
    assert (results[0][0], results[1][0]) == ("True", "False")
    assert results[0][1:] == results[1][1:]
