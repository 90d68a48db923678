"""Facts are cited as `docs/PAGE.md#ANCHOR`: each citation in code, tests and docs leads to an anchor of that page."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PLACES = ("mode_source", "mode_sandbox", "pipelines", "tests", "docs", ".dlt")
KINDS = (".py", ".md", ".toml", ".sql")
# `docs/mode-api.md#s6, #s6-1`: a page and one or more anchors of it.
CITATION = re.compile(r"docs/([\w-]+)\.md(#[\w-]+(?:(?:, | and | to )#[\w-]+)*)?")


def texts() -> Iterator[tuple[str, str]]:
    """Every text that people wrote here, by path."""
    paths = [path for place in PLACES for path in (ROOT / place).rglob("*")]
    for path in [*paths, *ROOT.glob("*.md")]:
        if path.suffix in KINDS and path != Path(__file__):
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")


@cache
def anchors(page: str) -> list[str]:
    """The anchors of a page; empty where there is no such page."""
    path = ROOT / "docs" / f"{page}.md"
    return re.findall(r'<a id="([^"]+)"></a>', path.read_text(encoding="utf-8")) if path.is_file() else []


def test_every_citation_resolves() -> None:
    cited = [
        (name, page, anchor)
        for name, text in texts()
        for page, listed in CITATION.findall(text)
        for anchor in re.findall(r"#([\w-]+)", listed) or [""]
    ]
    broken = [
        (name, page, anchor)
        for name, page, anchor in cited
        if not (ROOT / "docs" / f"{page}.md").is_file() or (anchor and anchor not in anchors(page))
    ]
    assert broken == []
    assert len(cited) > 100


@pytest.mark.parametrize("page", ["mode-api", "catalog-contract", "dlt-notes"])
def test_anchors_are_unique(page: str) -> None:
    assert len(anchors(page)) == len(set(anchors(page))) > 4
