"""README and docs/ and the code say the same: whatever there is is documented, and whatever is documented is there."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import dlt
import duckdb
import pytest

from mode_sandbox import Sandbox, Workspace
from mode_source import errors, mode_source
from mode_source.cli import cli
from mode_source.models import models
from mode_source.options import MonitoringOptions
from mode_source.settings import CASTOR_NAMES, DLT_DEFAULTS, CatalogSettings

from .conftest import CREDENTIALS
from .docs_pages import DOCS, PART, ROOT, load_everything, maker, said, write_parts

PAGES = sorted([*ROOT.glob("*.md"), *DOCS.rglob("*.md")])
NAMES = [str(page.relative_to(ROOT)) for page in PAGES]
FACTS = {"mode-api.md", "catalog-contract.md", "dlt-notes.md"}  # of others, not of this package
NO_SETTINGS = {"accept_removals", "full_refresh", "log"}  # arguments of `mode_source` that no configuration gives


class Block(NamedTuple):
    """A fenced block of a page, and the reason why it is not run, if it says one."""

    page: str
    line: int
    language: str
    text: str
    reason: str


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


def written(name: str) -> str:
    """What people wrote of a page: without its generated parts."""
    return PART.sub("", text_of(name))


def blocks(language: str) -> list[Block]:
    fence = re.compile(r"(?:^<!-- not run: ([^>]+) -->\n)?^```(\w*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
    return [
        Block(name, text.count("\n", 0, match.start()) + 1, match[2], match[3], match[1] or "")
        for name in NAMES
        for text in [text_of(name)]
        for match in fence.finditer(text)
        if match[2] == language
    ]


def rows(text: str, head: str) -> list[list[str]]:
    """The cells of the tables whose head begins so."""
    found = []
    for table in re.findall(r"(?:^\|.*\n)+", text, re.MULTILINE):
        lines = table.splitlines()
        if lines[0].startswith(head):
            found += [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines[2:]]
    return found


def code_in(text: str) -> list[str]:
    return re.findall(r"`([^`]+)`", text)


@pytest.fixture(scope="module")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dlt.Pipeline]:
    """A database with every table and view."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("docs")
        patch.setenv("DLT_DATA_DIR", str(folder / "dlt"))
        yield load_everything(folder)


# -- README, links, generated parts


def test_readme_is_an_invitation() -> None:
    lines = text_of("README.md").splitlines()
    assert len(lines) <= 200
    commands = [line for line in lines if line.startswith("python3 -m venv")]
    assert len(commands) == 2  # .ci/run takes the second
    assert commands[1].endswith(".venv/bin/python -m pytest -q -n 2")


@pytest.mark.parametrize("name", NAMES)
def test_links_resolve(name: str) -> None:
    text = re.sub(r"```.*?```|`[^`]*`", "", text_of(name), flags=re.DOTALL)
    broken = []
    for target in re.findall(r"\]\(([^)\s]+)\)", text):
        if target.startswith(("https://", "http://", "mailto:")):
            continue
        path, _, anchor = target.partition("#")
        page = (ROOT / name).parent / path if path else ROOT / name
        if not page.exists() or (anchor and anchor not in anchors(page)):
            broken.append(target)
    assert broken == []


def anchors(page: Path) -> set[str]:
    """Explicit anchors, and those that headings get."""
    text = page.read_text(encoding="utf-8")
    headings = re.findall(r"^#+ (.*)$", re.sub(r"```.*?```", "", text, flags=re.DOTALL), re.MULTILINE)
    slugs = {re.sub(r"[^\w\- ]", "", heading.lower()).strip().replace(" ", "-") for heading in headings}
    return slugs | set(re.findall(r'<a id="([^"]+)"', text))


def test_every_page_is_in_the_site_and_on_its_first_page() -> None:
    pages = {page.name for page in DOCS.glob("*.md")} - {"index.md"}
    assert set(re.findall(r": ([\w-]+\.md)$", text_of("mkdocs.yml"), re.MULTILINE)) - {"index.md"} == pages
    assert set(re.findall(r"\(([\w-]+\.md)\)", text_of("docs/index.md"))) == pages
    assert set(re.findall(r"\(docs/([\w-]+\.md)", text_of("README.md"))) == pages


def test_generated_parts_are_up_to_date(documented: dlt.Pipeline) -> None:
    make = maker(documented)
    stale = [name for name in NAMES if write_parts(text_of(name), make) != text_of(name)]
    assert stale == [], "run `python -m tests.docs_pages`"


@pytest.mark.parametrize("name", ["CONTRIBUTING.md", "docs/architecture.md"])
def test_paths_that_are_named_are_there(name: str) -> None:
    text = re.sub(r"```.*?```", "", text_of(name), flags=re.DOTALL)
    named = [code for code in code_in(text) if re.fullmatch(r"[a-z_/]+(/|\.py|\.sql)", code)]
    missing = [path for path in named if not any((ROOT / place / path).exists() for place in ("", "mode_source"))]
    assert missing == []
    assert named


# -- commands, exit codes, settings, messages


def test_commands_of_the_readme() -> None:
    listed = [code_in(cells[0])[0].split()[1] for cells in rows(text_of("README.md"), "| Command |")]
    assert sorted(listed) == sorted(cli.commands)


@pytest.mark.parametrize("name", [name for name in NAMES if Path(name).name not in FACTS | {"CHANGELOG.md"}])
def test_what_is_called_is_there(name: str) -> None:
    """Each `mode-source COMMAND --option` of a page, in blocks and in the text."""
    unknown = []
    for line in re.findall(r"(?<![\w./-])(?:\.venv/bin/)?mode-source ([a-z]\w*[^`\n|&;#<]*)", written(name)):
        command, *rest = line.split()
        if command not in cli.commands:
            unknown.append(line)
            continue
        known = {flag for option in cli.commands[command].params for flag in option.opts} | {"-h", "--help"}
        unknown += [f"{command} {word}" for word in rest if re.fullmatch(r"--?[a-z][\w-]*", word) and word not in known]
    assert unknown == []


def test_no_option_is_made_up() -> None:
    known = {flag for command in cli.commands.values() for option in command.params for flag in option.opts}
    known |= {"--help", "--version", "--strict", "--location"}  # of click, MkDocs and dlt
    known |= {"--rm", "--init", "--read-only", "--tmpfs", "--env-file", "--now"}  # of Docker and systemd
    for name in NAMES:
        if Path(name).name not in FACTS:
            named = {word for text in code_in(written(name)) for word in re.findall(r"(?<!\S)--[a-z][\w-]+", text)}
            assert named <= known, name


EXIT_CODES = {
    0, 3, errors.TIME_LIMIT, 130, 143, errors.IN_USE,
    *(kind.exit_code for _, kind in inspect.getmembers(errors, inspect.isclass)
      if issubclass(kind, errors.ModeSourceError)),
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "left_out"), [("README.md", set()), ("docs/interface.md", set()), ("docs/scheduling.md", {130, 143, 7})]
)
def test_exit_codes(name: str, left_out: set[int]) -> None:
    assert {int(cells[0]) for cells in rows(text_of(name), "| Exit code |")} == EXIT_CODES - left_out


def settings() -> dict[str, dict[str, Any]]:
    """Every setting with its default, by section."""
    arguments = inspect.signature(mode_source).parameters.values()
    mode = {argument.name: argument.default for argument in arguments if argument.name not in NO_SETTINGS}
    catalog = {name: getattr(CatalogSettings(), name) for name in CatalogSettings.__dataclass_fields__}
    catalog = {name: value for name, value in catalog.items() if not name.startswith("_")}
    monitoring = dict.fromkeys(vars(MonitoringOptions()))
    return {
        "sources.mode": mode | {"column_catalog": None, "file_mode": "private"},
        "catalog": catalog,
        "monitoring": monitoring,
    }


@pytest.mark.parametrize("section", ["sources.mode", "catalog", "monitoring"])
def test_settings(section: str) -> None:
    """Name, environment variable, CASTOR_ name and default of each."""
    text = text_of("docs/settings.md")
    start = text.index(f"Section `[{section}]`")
    listed = {}
    for cells in rows(text[start : text.index("\n## ", start)], "| Setting |"):
        listed[code_in(cells[0])[0]] = cells
    expected = settings()[section]
    assert sorted(listed) == sorted(expected)
    short = section.removeprefix("sources.")
    for name, default in expected.items():
        _, variable, castor, shown, _ = listed[name]
        assert variable == f"`{section.replace('.', '__').upper()}__{name.upper()}`"
        assert castor.strip("`") == CASTOR_NAMES.get(short, {}).get(name, "")
        if isinstance(default, bool):
            assert shown == f"`{str(default).lower()}`", name
        elif isinstance(default, (int, float)):
            assert shown == f"`{default:g}`", name
        elif isinstance(default, str) and shown != "required":  # dlt marks those with a string of its own
            assert shown == f"`{default}`", name


def test_settings_of_dlt() -> None:
    text = text_of("docs/settings.md")
    for section, values in DLT_DEFAULTS.items():
        for name in values:
            assert name in text or (section, name) == ("extract", "workers")


# Put together from parts, or said by click.
SAID_ELSEWHERE = (
    "Loading failed; the next run goes on from here (destination):",
    "No such command. Did you mean one of",
    "Another run (process, since) works on pipeline",
    "queries of could not be read: for",
    "the list of groups could not be read: for: not there, or not visible to this key.",
)


def words(message: str) -> set[str]:
    """The words of a message that do not vary: no quoted values, no paths, no numbers."""
    return set(re.findall(r"(?<![\w/])[A-Za-z][a-z]+(?![\w/])", re.sub(r"`[^`]*`|'[^']*'(?!\w)", " ", message)))


def test_messages_that_are_explained_are_said() -> None:
    """Each message of the hand-written table fits one that is said."""
    known = [words(text) for text in [*SAID_ELSEWHERE, *(text for _, text in said())]]
    unknown = [
        (code, told)
        for code, message, _ in rows(written("docs/troubleshooting.md"), "| Code |")
        for told in [double or single for double, single in re.findall(r"``(.+?)``|`([^`]+)`", message)]
        if not any(words(told) <= each for each in known)
    ]
    assert unknown == []


# -- tables, columns, views


def test_tables(documented: dlt.Pipeline) -> None:
    tables = set(documented.default_schema.data_table_names())
    text = text_of("docs/tables.md")
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == tables
    listed = {code_in(cells[0])[0] for cells in rows(text, "| Table |")} | {
        code_in(cells[0])[0] for cells in rows(text_of("docs/lineage.md"), "| Table |")
    }
    assert listed == tables
    joins = re.findall(r"^    (\w+) \S+ (\w+) : ", text, re.MULTILINE)
    assert joins
    assert {name for pair in joins for name in pair} <= tables


def test_columns_of_lineage(documented: dlt.Pipeline) -> None:
    values = {"read", "created"}
    for table, _, listed in rows(text_of("docs/lineage.md"), "| Table |"):
        declared = {name for name in documented.default_schema.tables[table.strip("`")]["columns"] if name[0] != "_"}
        assert set(code_in(listed)) - values == declared, table


def test_views() -> None:
    text = text_of("docs/views.md")
    assert {code_in(cells[0])[0] for cells in rows(text, "| View |")} == set(models())
    assert set(re.findall(r"^### (\w+)$", text, re.MULTILINE)) == set(models())


# -- what stands in blocks runs


def test_sql(documented: dlt.Pipeline) -> None:
    """Each statement of each page, on DuckDB."""
    found = [block for block in blocks("sql") if not block.reason]
    database = Path(documented.pipelines_dir).parent / "mode.duckdb"
    with closing(duckdb.connect(str(database), read_only=True)) as connection:
        connection.execute("SET search_path = 'mode_metadata'")
        for block in found:
            assert connection.execute(block.text).description, (block.page, block.line)
    assert len(found) >= 13


@pytest.mark.parametrize("name", sorted({block.page for block in blocks("python") if not block.reason}))
def test_python(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks of a page one after the other, as a reader would run them, against the sandbox."""
    monkeypatch.setenv("CATALOG__OUTPUT_DIRECTORY", str(tmp_path / "catalog"))
    with Sandbox(Workspace.generate(reports=3, collections=2, datasets=1, members=2)) as sandbox:
        given = {"host": sandbox.url, "workspace": "acme", "requests_per_10s": "100000", **CREDENTIALS}
        for setting, value in given.items():
            monkeypatch.setenv(f"SOURCES__MODE__{setting.upper()}", value)
        namespace: dict[str, Any] = {}
        for block in blocks("python"):
            if block.page == name and not block.reason:
                exec(compile(block.text, f"{name}:{block.line}", "exec"), namespace)
    assert (tmp_path / "mode.duckdb").is_file()


def test_few_blocks_are_not_run() -> None:
    assert len([block for block in [*blocks("python"), *blocks("sql")] if block.reason]) <= 3
