"""The views of tables, owners and collections in headless Chromium, and what the sections say, on real lineage."""

from __future__ import annotations

import csv
import io
import json
import random
from importlib.resources import files
from typing import Any

import dlt
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source.lineage_tables.step import LineageStep
from mode_source.models import create_views
from mode_source.page import write_page

from ..conftest import SIZES, duckdb_pipeline, run
from .browser import Browser
from .conftest import NOW, ask, documents, execute

LIVE = "NOT archived"


@pytest.fixture(scope="session")
def twice(tmp_path_factory: pytest.TempPathFactory) -> dlt.Pipeline:
    """A workspace with its real lineage, after two runs with changes in between, and with an owner who left."""
    pipeline = duckdb_pipeline(tmp_path_factory.mktemp("twice"))
    workspace = Workspace.generate(**SIZES)
    with Sandbox(workspace) as sandbox:
        run(pipeline, sandbox)
        dice = random.Random(3)
        for _ in range(12):
            workspace.random_change(dice)
        run(pipeline, sandbox)
    LineageStep(pipeline).run()
    execute(pipeline, "UPDATE members SET state = 'deactivated' WHERE token = (SELECT min(token) FROM members)")
    create_views(pipeline)
    return pipeline


@pytest.fixture(scope="module")
def page(browser: Browser, twice: dlt.Pipeline) -> Browser:
    write_page(twice, browser.folder / "twice.html", NOW)
    return browser


VISIT = """
    const page = await frame('twice.html', 1280), doc = page.document, said = {};
    const sheet = doc.getElementById('sheet');
    for (const [kind, key] of %KEYS%) {
      const hash = '#' + kind + '=' + encodeURIComponent(key);
      sheet.replaceChildren();
      page.location.hash = hash;
      await until(() => sheet.querySelector('h2'));
      const facts = {};
      for (const { children } of sheet.querySelectorAll('.facts div')) {
        facts[children[0].textContent] = children[1].textContent;
      }
      facts.rows = sheet.querySelector('div > .stacked, .stacked:last-of-type').tBodies[0].rows.length;
      facts.columns = {};
      for (const row of sheet.querySelectorAll('.columns tbody tr')) {
        facts.columns[row.cells[0].textContent] = [...row.cells].slice(1).map((cell) => cell.textContent);
      }
      said[kind + ' ' + key] = facts;
    }
    said.links = [...doc.querySelectorAll('.used tbody tr, .groups tbody tr')].map((row) => ({
      hash: row.querySelector('a').hash,
      cells: Object.fromEntries(
        [...row.querySelectorAll('[data-label]')].map((cell) => [cell.dataset.label, cell.textContent])),
    }));
    return said;
"""


@pytest.fixture(scope="module")
def visited(page: Browser, twice: dlt.Pipeline) -> dict[str, Any]:
    """What every view says: of all tables, owners and collections."""
    keys = [["table", f"{platform}:{name}"] for platform, name in ask(twice, "SELECT platform, table_full_name FROM"
                                                                           " table_usage ORDER BY 1, 2")]  # fmt: skip
    for kind, column in (("owner", "owner_username"), ("collection", "collection_token")):
        sql = f"SELECT DISTINCT {column} FROM reports_and_datasets WHERE {column} IS NOT NULL ORDER BY 1"
        keys += [[kind, key] for (key,) in ask(twice, sql)]
    said: dict[str, Any] = page.probe(VISIT.replace("%KEYS%", json.dumps(keys)))
    assert len(said) == len(keys) + 1
    assert not page.console
    return said


def numbers(facts: dict[str, Any], *names: str) -> tuple[int, ...]:
    return tuple(int(facts[name].replace(",", "")) for name in names)


def test_a_table_has_the_numbers_of_the_view(visited: dict[str, Any], twice: dlt.Pipeline) -> None:
    rows = ask(
        twice,
        "SELECT platform, table_full_name, reports, datasets, queries, charts, scheduled, owners,"
        " coalesce(view_count, 0), archived_reports FROM table_usage",
    )
    names = ("Reports", "Datasets", "Queries", "Charts", "Scheduled", "Owners", "Views", "Archived, too")
    for platform, name, *expected in rows:
        assert numbers(visited[f"table {platform}:{name}"], *names) == tuple(expected), (platform, name)
    assert len(rows) > 20


def test_the_columns_of_a_table_have_the_numbers_of_the_view(visited: dict[str, Any], twice: dlt.Pipeline) -> None:
    """Names that occur on one platform only: the view knows none."""
    sql = f"""
        SELECT platform, u.table_full_name, u.column_name, reports, datasets, views FROM (
            SELECT table_full_name, column_name, count(*) FILTER (WHERE kind = 'report') AS reports,
                count(*) FILTER (WHERE kind = 'dataset') AS datasets,
                coalesce(sum(view_count) FILTER (WHERE kind = 'report'), 0) AS views
            FROM reports_using_column WHERE {LIVE} GROUP BY 1, 2
        ) AS u JOIN (
            SELECT table_full_name, min(platform) AS platform FROM table_usage GROUP BY 1 HAVING count(*) = 1
        ) AS t ON t.table_full_name = u.table_full_name
    """
    found = ask(twice, sql)
    for platform, table, column, reports, datasets, views in found:
        shown = visited[f"table {platform}:{table}"]["columns"]
        cells = shown["all columns, by *" if column == "*" else column]
        assert (cells[0], cells[1], cells[4].replace(",", "")) == (str(reports), str(datasets), str(views)), column
    assert len(found) > 20


@pytest.mark.parametrize(("kind", "column"), [("owner", "owner_username"), ("collection", "collection_token")])
def test_owners_and_collections(kind: str, column: str, visited: dict[str, Any], twice: dlt.Pipeline) -> None:
    rows = ask(
        twice,
        f"SELECT r.{column}, count(*) FILTER (WHERE kind = 'report' AND {LIVE}),"
        f" count(*) FILTER (WHERE kind = 'dataset' AND {LIVE}),"
        f" coalesce(sum(r.view_count) FILTER (WHERE kind = 'report' AND {LIVE}), 0),"
        f" count(*) FILTER (WHERE r.schedule_count > 0 AND {LIVE}), count(s.report_token),"
        " count(*) FILTER (WHERE archived) FROM reports_and_datasets AS r"
        f" LEFT JOIN stale_reports AS s ON s.report_token = r.report_token WHERE r.{column} IS NOT NULL GROUP BY 1",
    )
    names = ("Reports", "Datasets", "Views", "Scheduled", "Stale", "Archived, too")
    for key, *expected in rows:
        facts = visited[f"{kind} {key}"]
        assert numbers(facts, *names) == tuple(map(int, expected)), key
        assert facts["rows"] == min(50, expected[0] + expected[1] + expected[-1])
    assert rows


def test_every_row_has_the_numbers_of_the_view_that_it_leads_to(visited: dict[str, Any]) -> None:
    from urllib.parse import unquote

    kinds = set()
    for link in visited["links"]:
        kind, _, key = unquote(link["hash"][1:]).partition("=")
        view = visited[f"{kind} {key}"]
        for name, number in link["cells"].items():
            if name != "Platform":
                assert number == view[name], (kind, key, name)
        kinds.add(kind)
    assert kinds == {"table", "owner", "collection"}


def test_what_changed_is_that_of_the_last_run(page: Browser, twice: dlt.Pipeline) -> None:
    text = (page.folder / "twice.html").read_text(encoding="utf-8")
    section = text.partition('id="changes"')[2].partition("</section>")[0]
    for entity, label in (("reports", "Reports"), ("queries", "Queries")):
        counts = dict(ask(
            twice,
            f"SELECT change, count(*) FROM changes WHERE entity = '{entity}'"
            " AND changed_at = (SELECT max(started_at) FROM runs) GROUP BY 1",
        ))  # fmt: skip
        row = section.partition(f">{label}<")[2].partition("</tr>")[0]
        for change, sign in (("added", "+"), ("changed", "~"), ("removed", "−")):
            assert (f"{sign}{counts[change]}" in row) if change in counts else (sign not in row), (label, change)
    assert section.count("<li>") == min(
        12, ask(twice, "SELECT count(*) FROM changes WHERE entity = 'reports' AND changed_at >"
                       " (SELECT min(started_at) FROM runs)")[0][0]
    )  # fmt: skip


def test_csv_of_what_is_filtered(page: Browser, twice: dlt.Pipeline) -> None:
    text, found = page.probe("""
        const page = await frame('twice.html#show=live&sort=name'), doc = page.document;
        let blob; page.URL.createObjectURL = (given) => { blob = given; return '#'; };
        doc.getElementById('csv').click();
        return [await blob.text(), doc.getElementById('found').textContent];
    """)
    rows = list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))
    live = ask(twice, f"SELECT report_token, view_count, url FROM reports_overview WHERE {LIVE}")
    assert {(row["token"], int(row["views"]), row["url"]) for row in rows} == {(t, v or 0, u) for t, v, u in live}
    assert found.startswith(f"{len(live)} of")


def test_columns_on_demand_and_mode_from_the_list(page: Browser, twice: dlt.Pipeline) -> None:
    (token, count), = ask(
        twice,
        "SELECT f.report_token, count(DISTINCT f.chart_token) FROM chart_fields f JOIN query_columns c ON c.query_token"
        " = f.query_token AND lower(c.output_column) = lower(f.output_column) GROUP BY 1 ORDER BY 2 DESC, 1 LIMIT 1",
    )  # fmt: skip
    said = page.probe(
        """
        const page = await frame('twice.html#report=%TOKEN%'), doc = page.document, said = {};
        const details = [...doc.querySelectorAll('dialog details')].pop();
        details.open = true;
        await until(() => details.querySelector('table'));
        said.charts = [...details.querySelectorAll('tbody tr')].map((row) => row.cells[3].textContent);
        said.sources = details.querySelectorAll('td a[href^="#table="]').length;
        said.boxes = [...doc.querySelectorAll('dialog svg .table .of')].map((text) => text.textContent);
        said.out = [...doc.querySelectorAll('#list .out')].map((link) => link.href);
        return said;
    """.replace("%TOKEN%", token)
    )
    assert len({chart for cell in said["charts"] for chart in cell.split(", ") if chart != "none"}) >= 1
    assert count
    assert said["sources"]
    assert said["boxes"]
    assert all(said["boxes"])
    assert len(said["out"]) == ask(twice, "SELECT count(*) FROM reports")[0][0]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing(page: Browser, twice: dlt.Pipeline, scheme: str) -> None:
    (page.folder / "axe.min.js").write_text(files("axe_core_python").joinpath("axe.min.js").read_text("utf-8"))
    (report,), (username,) = ask(
        twice, "SELECT min(report_token) FROM query_tables UNION ALL SELECT min(creator_username) FROM reports"
    )
    [[table]] = ask(
        twice, "SELECT platform || ':' || table_full_name FROM table_usage ORDER BY reports DESC, 1 LIMIT 1"
    )
    places = [(width, "") for width in (390, 1024, 1440)]
    places += [(390, f"#report={report}"), (1024, f"#owner={username}"), (1440, f"#table={table}")]
    dark, found = page.probe(
        """
        const found = [], source = await (await fetch('axe.min.js')).text();
        for (const [width, hash] of %PLACES%) {
          const page = await frame('twice.html?' + width + hash, width), doc = page.document;
          for (const details of doc.querySelectorAll('details')) details.open = true;
          await new Promise((done) => setTimeout(done, 50));
          page.eval(source);
          const { violations } = await page.axe.run(doc, { resultTypes: ['violations'] });
          for (const one of violations) found.push([width, hash, one.id, one.help, one.nodes[0].html.slice(0, 200)]);
          page.frameElement.remove();
        }
        return [matchMedia('(prefers-color-scheme: dark)').matches, found];
        """.replace("%PLACES%", json.dumps(places)),
        scheme=scheme,
        without_policy=["twice.html"],
    )
    assert dark == (scheme == "dark")
    assert found == []


def test_paper_has_all_rows(page: Browser) -> None:
    data = documents((page.folder / "twice.html").read_text(encoding="utf-8"))[0]
    shown = page.probe("""
        const page = await frame('twice.html'), doc = page.document;
        page.dispatchEvent(new page.Event('beforeprint'));
        return doc.querySelectorAll('#list tbody tr').length;
    """)
    assert shown == len(data["rows"])


def test_search_stays_in_reach(page: Browser) -> None:
    said = page.probe("""
        const said = [];
        for (const width of [390, 1440]) {
          const page = await frame('twice.html', width), doc = page.document, search = doc.getElementById('search');
          const first = search.getBoundingClientRect().bottom;
          page.scrollTo(0, 4000);
          await new Promise((done) => setTimeout(done, 50));
          said.push([first, search.getBoundingClientRect().top, search.getBoundingClientRect().bottom]);
        }
        return said;
    """)
    for first, top, bottom in said:
        assert first < 400
        assert 0 <= top < bottom < 120
