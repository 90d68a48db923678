"""Facts are cited as `docs/PAGE.md#ANCHOR`: each citation in code, tests and docs leads to a page and an anchor there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
# `docs/mode-api.md#s6, #s6-1`: a page and one or more anchors of it.
CITATION = re.compile(r"docs/([\w-]+)\.md(#[\w-]+(?:(?:, | and | to )#[\w-]+)*)?")


@cache
def anchors(page: str) -> set[str]:
    return set(re.findall(r'<a id="([^"]+)"></a>', (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")))


def texts() -> Iterator[tuple[str, str]]:
    """Every text file that people wrote here, by path; without git, as in a source archive, all that is there."""
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True)
    paths = listed.stdout.splitlines() if listed.returncode == 0 else [str(p.relative_to(ROOT)) for p in ROOT.rglob("*")]
    for name in paths:
        if (name.endswith((".py", ".md", ".toml", ".sql", ".yml", ".yaml"))) and (ROOT / name).is_file():
            yield name, (ROOT / name).read_text(encoding="utf-8")


def test_every_citation_resolves() -> None:
    found = 0
    broken = []
    for name, text in texts():
        for page, listed in CITATION.findall(text):
            if Path(name).name == "test_citations.py":
                continue
            found += 1
            if not (ROOT / "docs" / f"{page}.md").is_file():
                broken.append((name, f"docs/{page}.md"))
                continue
            broken += [(name, f"docs/{page}.md#{a}") for a in re.findall(r"#([\w-]+)", listed) if a not in anchors(page)]
    assert broken == []
    assert found > 100


@pytest.mark.parametrize("page", ["mode-api", "catalog-contract", "dlt-notes"])
def test_anchors_are_unique(page: str) -> None:
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert len(re.findall(r'<a id="', text)) == len(anchors(page)) > 4
