"""The branches of a Liquid template: where they begin and end, and how to force the ones that the defaults skip.

Each branch of `if`, `unless`, `case` and `for` gets a marker at either end, two characters of Unicode plane 16 that
survive the rendering. They show which parts of the rendered text depend on a parameter, and which branches were
not taken at all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

_FIRST, _LAST = 0x100000, 0x10FFFD
MARKER = re.compile(f"[{chr(_FIRST)}-{chr(_LAST)}]")
MAX_BRANCHES = 2_000  # of one text; beyond it there are no markers
_TAG = re.compile(r"\{%(?P<before>-?)\s*(?P<word>\w+)(?P<rest>[^{}]*?)(?P<after>-?)%\}", re.S)
_OPENING = {"if", "unless", "case", "for", "capture", "raw", "tablerow", "comment"}
_OPAQUE = {"capture", "raw", "comment"}  # text that the template compares, or does not execute
# Conditions that no parameter decides.
_FIXED = re.compile(r"\s*(?:true|false|nil|\w+\s+in\s+\(\d+\.\.\d+\))\s*", re.I)
_NEXT = {"elsif", "elseif", "else", "when"}


@dataclass(frozen=True)
class Branch:
    """One branch. `block` is the number of its block and `choice` its place in it; `parent` is the branch around it.

    `owner` is the definition whose text it stands in, empty for the query's own.
    """

    owner: str
    number: int
    block: int
    choice: int
    parent: Branch | None = None

    @property
    def forced(self) -> dict[tuple[str, int], int]:
        """The choices that lead to it."""
        return {(branch.owner, branch.block): branch.choice for branch in _chain(self)}


Forced = Mapping[tuple[str, int], int]  # (owner, block) to the choice that is taken whatever its condition says


@dataclass
class _Block:
    number: int
    word: str
    parent: Branch | None
    choices: int = 0
    branch: Branch | None = None
    fixed: bool = False


@dataclass
class Marked:
    """A template with markers, and its branches by number."""

    text: str
    branches: list[Branch] = field(default_factory=list)


def mark(text: str, owner: str, forced: Forced) -> Marked:
    """Put markers around the branches of a template, and force the choices in `forced`.

    A template whose blocks do not close comes back as it is, without branches.
    """
    text = MARKER.sub("?", text)
    marked = Marked(text)
    if "{%" not in text:
        return marked
    pieces: list[str] = []
    stack: list[_Block] = []
    blocks = position = 0
    trim = False

    def put(end: int, trim_end: bool) -> None:
        piece = text[position:end]
        piece = piece.lstrip() if trim else piece
        pieces.append(piece.rstrip() if trim_end else piece)

    for match in _TAG.finditer(text):
        word, opaque = match["word"], bool(stack) and any(block.word in _OPAQUE for block in stack)
        ends, opens = word.startswith("end") and word[3:] in _OPENING, word in _OPENING
        if not (ends or opens or (word in _NEXT and stack)):
            continue
        if opaque and not (ends and word[3:] == stack[-1].word) and not opens:
            continue
        put(match.start(), match["before"] == "-")
        trim, position = match["after"] == "-", match.end()
        if opens:
            parent = stack[-1].branch if stack else None
            stack.append(_Block(blocks, word, parent, fixed=bool(_FIXED.fullmatch(match["rest"]))))
            blocks += 1
        elif not stack or (ends and word[3:] != stack[-1].word):
            return Marked(text)
        block = stack[-1]
        plain = opaque or block.word in _OPAQUE or block.word == "tablerow" or block.fixed
        if block.branch is not None:
            pieces.append(_marker(block.branch.number, 1))
            block.branch = None
        pieces.append(match[0] if plain else _tag(match, block, forced.get((owner, block.number))))
        if ends:
            stack.pop()
        elif not plain and word != "case":
            block.branch = Branch(owner, len(marked.branches), block.number, block.choices, block.parent)
            block.choices += 1
            marked.branches.append(block.branch)
            pieces.append(_marker(block.branch.number, 0))
    if stack or len(marked.branches) > MAX_BRANCHES:
        return Marked(text)
    put(len(text), False)
    marked.text = "".join(pieces)
    return marked


def _tag(match: re.Match[str], block: _Block, forced: int | None) -> str:
    """A tag of a block, its condition replaced where a choice is forced."""
    word = match["word"]
    if forced is None or word.startswith("end") or word == "else":
        return match[0]
    taken = forced == block.choices
    if word == "case":
        return f'{{% case "mode_{forced}" %}}'
    if word == "when":
        return f'{{% when "mode_{block.choices}" %}}'
    if word == "for":
        return "{% for mode_item in (1..1) %}" if taken else match[0]  # the loop's own name stays unknown
    return f"{{% {word} {'true' if taken != (word == 'unless') else 'false'} %}}"


def _marker(number: int, end: int) -> str:
    return chr(_FIRST + 2 * number + end)


def without_markers(text: str) -> tuple[str, list[tuple[int, int, int]]]:
    """The text without its markers, and (number of the branch, start, end) of the parts that they enclosed."""
    if not MARKER.search(text):
        return text, []
    pieces: list[str] = []
    found: list[tuple[int, int, int]] = []
    opened: dict[int, int] = {}
    position = length = 0
    for match in MARKER.finditer(text):
        pieces.append(text[position : match.start()])
        length += match.start() - position
        position = match.end()
        number, end = divmod(ord(match[0]) - _FIRST, 2)
        if not end:
            opened[number] = length
        elif number in opened:
            found.append((number, opened.pop(number), length))
    pieces.append(text[position:])
    return "".join(pieces), found


def _chain(branch: Branch | None) -> Iterator[Branch]:
    """A branch and those around it."""
    while branch is not None:
        yield branch
        branch = branch.parent


@dataclass(frozen=True)
class Variant:
    """Choices to force, and the branches that they are for."""

    choices: Forced
    branches: tuple[Branch, ...]


def untaken(
    branches: Mapping[Branch, bool], tried: Collection[Branch] = (), around: Mapping[Branch, Forced] | None = None
) -> Iterator[Variant]:
    """Variants of a template which, one after the other, take every branch that the defaults do not.

    Args:
        branches: all branches and whether they were taken.
        tried: branches that had their variant already.
        around: choices without which a branch is not met at all.
    """
    waiting = [branch for branch, taken in branches.items() if not taken and branch not in tried]
    while waiting:
        forced: dict[tuple[str, int], int] = {}
        chosen: list[Branch] = []
        for branch in list(waiting):
            needed = {**(around or {}).get(branch, {}), **branch.forced}
            if all(forced.get(key, choice) == choice for key, choice in needed.items()):
                forced |= needed
                chosen.append(branch)
                waiting.remove(branch)
        yield Variant(forced, tuple(chosen))
