"""Tables on terminals of every width: what is shown, how wide, and that nothing is ever wider than the terminal."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mode_source.ask.grid import GAP, NARROWEST, Heading, laid_out, records, table
from mode_source.ask.terminal import Terminal, terminal_of
from mode_source.ask.text import clamped, folded, padded, shown, width

WIDTHS = (20, 40, 80, 100, 120, 200)
NAMES = ["token", "name", "view_count", "collection_name", "url"]
HEADINGS = [Heading(name, name == "view_count", name == "url") for name in NAMES]
ROWS = [
    [f"f9ec8fab5e5{n}", text, str(n * 1000), "Acme Community", f"https://app.mode.com/acme/reports/f9ec8fab5e5{n}"]
    for n, text in enumerate(["Revenue", "日本語のレポート", "דוח מכירות", "👩‍👩‍👧 family 🇩🇪", "x" * 300, ""])
]


@pytest.mark.parametrize("columns", WIDTHS)
@pytest.mark.parametrize("links", [True, False])
def test_no_line_is_wider_than_the_terminal(columns: int, links: bool) -> None:
    for lines in (table(HEADINGS, ROWS, Terminal(columns, links=links)), records(HEADINGS, ROWS, Terminal(columns))):
        assert max(map(wide, lines)) <= columns


@given(
    st.lists(st.tuples(st.text("ab_", min_size=1, max_size=30), st.booleans()), min_size=1, max_size=12),
    st.integers(20, 200),
    st.data(),
)
def test_any_table(names: list[tuple[str, bool]], columns: int, data: st.DataObject) -> None:
    headings = [Heading(name, right) for name, right in names]
    cell = st.none() | st.text(st.characters(exclude_categories=["C", "Z"]), max_size=40)
    rows = data.draw(st.lists(st.lists(cell, min_size=len(headings), max_size=len(headings)), max_size=5))
    assert all(wide(line) <= columns for line in table(headings, rows, Terminal(columns)))
    layout = laid_out(headings, rows, Terminal(columns), "null")
    for at, given_width in zip(layout.shown, layout.widths, strict=True):
        needed = max([width(headings[at].name), *(width("null" if row[at] is None else row[at] or "") for row in rows)])
        assert given_width >= min(needed, NARROWEST)
        assert given_width >= width(headings[at].name)  # no heading is cut


def wide(line: str) -> int:
    from .screen import plain

    return width(plain(line))


def test_headings_are_whole_and_numbers_stand_at_the_right() -> None:
    lines = table(HEADINGS, ROWS, Terminal(100))
    assert lines[0].split() == ["token", "name", "view_count", "collection_name"]  # half an address is nothing
    assert lines[-1] == "(1 column left out: url)"
    place = width(lines[0][: lines[0].index("view_count")]) + len("view_count")
    for line, row in zip(lines[2:], ROWS, strict=False):
        before = line[: line.index(" " + str(row[2]) + GAP) + 1 + len(str(row[2]))]
        assert width(before) == place


def test_the_middle_is_left_out_and_counted() -> None:
    headings = [Heading(f"column_number_{n}") for n in range(30)]
    lines = table(headings, [[f"value {n}" for n in range(30)]] * 5, Terminal(80))
    assert lines[0].startswith("column_number_0")
    assert lines[0].endswith("column_number_29")
    assert " … " in lines[0]
    assert "left out of 30" in lines[-1]
    few = table(headings, [[f"value {n}" for n in range(30)]] * 2, Terminal(80))
    assert few[1].split("  ")[0] == "column_number_0"  # a record each
    assert len(few) == 62


def test_piped_is_complete() -> None:
    lines = table(HEADINGS, ROWS, Terminal())
    assert len(lines) == 1 + len(ROWS)
    assert all(str(cell) in line for line, row in zip(lines[1:], ROWS, strict=True) for cell in row)


def test_an_address_becomes_a_link_where_the_terminal_can() -> None:
    headings = [Heading("report", target=1), Heading("url", address=True)]
    [_, _, line] = table(headings, [["Revenue", "https://mode/r1"]], Terminal(80, links=True))
    assert line == "\x1b]8;;https://mode/r1\x1b\\Revenue\x1b]8;;\x1b\\"
    [_, _, line] = table(headings, [["Revenue", "https://mode/r1"]], Terminal(80))
    assert line == "Revenue  https://mode/r1"
    [_, _, line] = table(headings, [["Revenue", "file:///etc/passwd"]], Terminal(80, links=True))
    assert line == "Revenue"
    [*_, url] = records(headings, [["Revenue", "https://mode/" + "r" * 60]], Terminal(80))
    assert url == "  https://mode/" + "r" * 60


@pytest.mark.parametrize(
    ("text", "limit", "cut"),
    [
        ("Revenue", 7, "Revenue"), ("Revenue", 4, "Rev…"), ("日本語", 6, "日本語"), ("日本語", 5, "日本…"),
        ("日本語", 4, "日…"), ("👩‍👩‍👧👩‍👩‍👧", 3, "👩‍👩‍👧…"), ("e\u0301e\u0301e\u0301", 2, "e\u0301…"), ("a", 0, ""),
    ],
)  # fmt: skip
def test_cut_to_a_width(text: str, limit: int, cut: str) -> None:
    assert clamped(text, limit) == cut
    assert width(clamped(text, limit)) <= limit
    assert width(padded(cut, 10, right=True)) == 10


def test_texts_steer_no_terminal() -> None:
    assert shown("a\x1b[31m\nb\u202ec") == "a\\x1b[31m\\nb\\u202ec"
    assert shown("👩‍👩‍👧 ❤️ שלום") == "👩‍👩‍👧 ❤️ שלום"
    assert folded("one two three", 8) == "one two\nthree\n"


class Tty:
    def isatty(self) -> bool:
        return True

    def fileno(self) -> int:
        raise OSError


def test_what_a_terminal_can() -> None:
    def of(**environment: str) -> Terminal:
        return terminal_of(Tty(), {"TERM": "xterm-256color", **environment})  # type: ignore[arg-type]

    assert (of().styled, of().links) == (True, False)
    assert (of(NO_COLOR="1").styled, of(TERM="dumb", TERM_PROGRAM="vscode")) == (False, Terminal(80, 24))
    assert of(TERM_PROGRAM="iTerm.app").links
    assert not of(TERM_PROGRAM="iTerm.app", TMUX="1").links
    assert of(FORCE_HYPERLINK="1").links
    assert not of(VTE_VERSION="4000").links
