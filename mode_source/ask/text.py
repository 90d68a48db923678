"""Text as a terminal shows it: how wide it is, cut to a width, and without anything that would steer the terminal."""

from __future__ import annotations

import wcwidth

ELLIPSIS = "…"
# Invisible, but part of writing: joiners of letters and of emoji, marks of direction, and the tags of flags.
_KEPT = {0x200C, 0x200D, 0x200E, 0x200F, *range(0xE0020, 0xE0080)}


def shown(text: str) -> str:
    """The text with control characters spelt out, so that none reaches the terminal; one line."""
    if text.isprintable():
        return text
    return "".join(sign if sign.isprintable() or ord(sign) in _KEPT else repr(sign)[1:-1] for sign in text)


def width(text: str) -> int:
    """Columns of a terminal that a text without control characters takes."""
    return len(text) if text.isascii() else wcwidth.width(text, control_codes="ignore")


def clamped(text: str, limit: int) -> str:
    """The text if it fits into so many columns, else its beginning and an ellipsis."""
    if width(text) <= limit:
        return text
    if limit < 1:
        return ""
    if text.isascii():
        return text[: limit - 1] + ELLIPSIS
    taken, used = [], 0
    for grapheme in wcwidth.iter_graphemes(text):  # a joined emoji is never cut apart
        used += width(grapheme)
        if used > limit - 1:
            break
        taken.append(grapheme)
    return "".join(taken) + ELLIPSIS


def padded(text: str, columns: int, *, right: bool = False) -> str:
    """The text filled up with spaces, at its right end or, if `right`, at its left."""
    fill = " " * (columns - width(text))
    return fill + text if right else text + fill


def folded(text: str, columns: int | None, *, indent: str = "", whole: bool = False) -> str:
    """A paragraph over as many lines as it takes, broken between words; each ends with a line feed.

    Args:
        text: the paragraph.
        columns: width of a line; None is any.
        indent: stands in front of each line but the first.
        whole: leave a word that is longer than a line, such as a path, in one piece.
    """
    if columns is None or width(text) <= columns:
        return text + "\n"
    lines = wcwidth.wrap(
        text, columns, break_on_hyphens=False, subsequent_indent=indent, break_long_words=not whole
    ) or [""]
    return "".join(f"{line.rstrip()}\n" for line in lines)
