"""The page in headless Chromium: search, sorting, pictures, widths, printing, and that hostile names stay text."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import dlt
import pytest

from mode_source.load import connect
from mode_source.page import write_page

from ..conftest import duckdb_pipeline
from .browser import Browser
from .conftest import NOW, documents
from .test_page import HOSTILE, poison

Page = tuple[Browser, dict[str, Any]]


@pytest.fixture(scope="module")
def plain(browser: Browser, small_duckdb: dlt.Pipeline) -> Page:
    """The page of the small workspace, and its first document."""
    write_page(small_duckdb, browser.folder / "plain.html", NOW)
    return browser, documents((browser.folder / "plain.html").read_text(encoding="utf-8"))[0]


@pytest.fixture(scope="module")
def hostile(browser: Browser, small_duckdb: dlt.Pipeline, tmp_path_factory: pytest.TempPathFactory) -> Page:
    """The page of the same workspace with hostile names."""
    folder = tmp_path_factory.mktemp("hostile")
    shutil.copy(Path(small_duckdb.pipelines_dir).parent / "mode.duckdb", folder)
    pipeline = duckdb_pipeline(folder)
    connect(pipeline)
    poison(pipeline)
    write_page(pipeline, browser.folder / "hostile.html", NOW)
    return browser, documents((browser.folder / "hostile.html").read_text(encoding="utf-8"))[0]


def test_search_filter_sort_and_pictures(plain: Page) -> None:
    browser, data = plain
    said = browser.probe("""
        const page = await frame('plain.html'), doc = page.document, said = {};
        const names = () => [...doc.querySelectorAll('#list tbody th a.name')].map((link) => link.textContent);
        const search = doc.getElementById('search'), show = doc.getElementById('show');
        const set = (field, value) => {
          field.value = value;
          field.dispatchEvent(new page.Event(field === show ? 'change' : 'input'));
        };
        said.all = names();
        set(search, 'WEEKLY'); said.weekly = names(); said.hash = page.location.hash;
        said.found = doc.getElementById('found').textContent;
        set(search, 'customers'); said.customers = names();
        set(search, 'nothing at all'); said.none = doc.getElementById('found').textContent;
        set(search, ''); set(show, 'archived'); said.archived = names();
        set(show, ''); doc.querySelector('[data-sort=name] button').click(); said.sorted = names();
        said.order = doc.querySelector('[data-sort=name]').getAttribute('aria-sort');
        const shared = await frame('plain.html#q=weekly&sort=name');
        said.shared = [...shared.document.querySelectorAll('#list tbody th a.name')].map((link) => link.textContent);
        const sheet = doc.getElementById('sheet');
        const link = [...doc.querySelectorAll('#list tbody a')].find((link) => link.hash.includes('%TOKEN%'));
        link.click(); await until(() => sheet.open);
        said.title = sheet.querySelector('h2').textContent;
        said.heads = [...sheet.querySelectorAll('svg .head')].map((head) => head.textContent);
        said.nodes = [...sheet.querySelectorAll('svg .node title')].map((title) => title.textContent);
        said.edges = sheet.querySelectorAll('svg .edge').length;
        said.mode = sheet.querySelector('a.open').href;
        sheet.querySelector('svg .query').dispatchEvent(new page.PointerEvent('pointerenter'));
        said.lit = sheet.querySelectorAll('svg .edge.on').length;
        sheet.querySelector('.close').click(); await until(() => !page.location.hash.includes('report'));
        said.closed = page.location.hash;
        page.location.hash = '#report=%TOKEN%'; await until(() => sheet.open);
        page.history.back(); await until(() => !sheet.open);
        set(search, 'core.customers'); said.hits = doc.getElementById('hits').textContent;
        return said;
    """.replace("%TOKEN%", report := with_dataset(data)))  # fmt: skip
    names = [row[1] for row in data["rows"]]
    assert said["all"] == names
    weekly = [name for name in names if "weekly" in name.casefold()]
    # A schedule may be weekly, too.
    assert set(weekly) <= set(said["weekly"])
    assert 0 < len(said["weekly"]) < len(names)
    assert said["hash"] == "#q=WEEKLY"
    assert said["found"] == f"{len(said['weekly'])} of {len(names)} reports"
    assert said["customers"] == [r[1] for r in data["rows"] if "customers" in str(tables_of(data, r)).casefold()]
    assert said["none"] == "No report matches."
    assert said["archived"] == [row[1] for row in data["rows"] if row[9] & 1]
    assert sorted(said["sorted"]) == sorted(names)
    assert said["sorted"] != names
    assert said["order"] == "ascending"
    assert said["shared"] == [name for name in said["sorted"] if name in said["weekly"]]
    row = next(row for row in data["rows"] if row[0] == report)
    assert said["title"] == row[1]
    assert said["heads"] in (["Tables", "Datasets", "Queries", "Charts"], ["Tables", "Datasets", "Queries", "Report"])
    assert {name for _, _, name in tables_of(data, row)} <= {title.partition(" · ")[0] for title in said["nodes"]}
    assert said["edges"] >= said["lit"] > 0
    assert said["mode"].endswith(report)
    assert said["closed"] == "#sort=name"
    assert "table snowflake analytics.core.customers" in said["hits"]
    assert not browser.console


def test_a_file_opened_from_disk_shows_what_its_hash_says(plain: Page) -> None:
    browser, data = plain
    report = with_dataset(data)
    document = browser.run(f"plain.html#show=scheduled&report={report}", "--dump-dom")
    scheduled = sum(bool(row[9] & 2) for row in data["rows"])
    assert f"{scheduled} of {len(data['rows'])} reports" in document
    assert re.search(r'<dialog id="sheet"[^>]*\bopen\b', document)
    assert '<p id="failure" role="alert" hidden="">' in document
    assert document.count('<tr><th scope="row"><a class="name" href="#show=scheduled&amp;report=') == scheduled
    assert not browser.console


def test_hostile_names_stay_text(hostile: Page) -> None:
    browser, data = hostile
    tokens = [row[0] for row in data["rows"] if row[10]]
    said = browser.probe("""
        const page = await frame('hostile.html'), doc = page.document, said = { alerts: [], refused: [] };
        page.alert = (text) => said.alerts.push(text);
        doc.addEventListener('securitypolicyviolation', (event) => said.refused.push(event.violatedDirective));
        said.names = [...doc.querySelectorAll('#list tbody th a.name')].map((link) => link.textContent);
        said.links = [];
        for (const token of %TOKENS%) {
          page.location.hash = '#report=' + token;
          await until(() => doc.querySelector('dialog svg:not(.seen)'));
          doc.querySelector('dialog svg').classList.add('seen');
          said.links.push(...[...doc.querySelectorAll('dialog a')].map((link) => link.getAttribute('href')));
        }
        for (const details of doc.querySelectorAll('details')) details.open = true;
        said.elements = doc.querySelectorAll('img, iframe, script:not([type]), [onerror], [onload]').length;
        said.failure = doc.getElementById('failure').hidden;
        said.links.push(...[...doc.querySelectorAll('a[href]')].map((link) => link.getAttribute('href')));
        return said;
    """.replace("%TOKENS%", str(tokens)))  # fmt: skip
    assert set(said["names"]) <= {*HOSTILE, "Untitled"}
    assert said["elements"] == 1  # the page's own script
    assert (said["alerts"], said["refused"], said["failure"]) == ([], [], True)
    assert all(re.match(r"#|https?://", link or "#") for link in said["links"])
    assert not browser.console


@pytest.mark.parametrize("which", ["plain", "hostile"])
def test_nothing_is_wider_than_a_phone(which: str, request: pytest.FixtureRequest) -> None:
    browser, data = request.getfixturevalue(which)
    report = with_dataset(data)
    said = browser.probe("""
        const said = {};
        for (const width of [390, 820, 1024, 1440]) {
          const page = await frame('%NAME%.html', width), doc = page.document;
          for (const details of doc.querySelectorAll('details')) details.open = true;
          said['page ' + width] = doc.documentElement.scrollWidth - width;
          page.location.hash = '#report=%TOKEN%';
          await until(() => doc.querySelector('dialog svg'));
          const sheet = doc.querySelector('dialog');
          said['sheet ' + width] = sheet.scrollWidth - sheet.clientWidth;
        }
        return said;
    """.replace("%NAME%", which).replace("%TOKEN%", report))  # fmt: skip
    assert {name: over for name, over in said.items() if over > 0} == {}


def test_it_prints(plain: Page) -> None:
    browser, data = plain
    sizes = []
    for page in ("plain.html", f"plain.html#report={with_dataset(data)}"):
        browser.run(page, "--no-pdf-header-footer", f"--print-to-pdf={browser.folder / 'page.pdf'}")
        pdf = (browser.folder / "page.pdf").read_bytes()
        assert pdf.startswith(b"%PDF")
        sizes.append(len(re.findall(rb"/Type ?/Page\b", pdf)))
    assert sizes[0] > sizes[1] > 0  # an open report is printed alone


def with_dataset(data: dict[str, Any]) -> str:
    """The report with most tables among those that use a dataset."""
    rows = [row for row in data["rows"] if any(of == "modedatasets" for of, _, _ in tables_of(data, row))]
    return str(max(rows, key=lambda row: len(row[10]))[0])


def tables_of(data: dict[str, Any], row: list[Any]) -> list[list[str]]:
    return [data["tables"][position] for position in row[10] or []]
