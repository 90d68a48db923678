"""From Mode's Liquid to text with holes: control flow is executed, every output and definition leaves a hole.

A hole is one character of Unicode plane 15 in the text. What has to stand there depends on the SQL around it
(a string, a name, a list, a comment), which is known only when the control flow is gone: `fill.py` decides.
Liquid itself is python-liquid's; what is ours is Mode's: forms, `{{ @definition as alias }}`, and never
failing.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from liquid import Environment, Mode
from liquid.filter import with_context

from .branches import MARKER, Branch, Forced, mark, without_markers
from .forms import parse_form

FIRST, LAST = 0xF0000, 0xFFFFD
HOLE = re.compile(f"[{chr(FIRST)}-{chr(LAST)}]")
# "now" in a template: fixed, so that the same text always gives the same lineage.
NOW = datetime.datetime(2026, 1, 1, 12)

_COMMENT = re.compile(r"\{%-?\s*(end)?comment\s*-?%\}")
_FORM = re.compile(r"\{%-?\s*form\b[^%]*%\}(.*?)(?:\{%-?\s*endform\s*-?%\}|\Z)", re.S)
_OUTPUT = re.compile(r"\{\{(-?)((?:[^{}]|\{(?!\{)|\}(?!\})){0,5000}?)(-?)\}\}")
_MENTION = re.compile(r"\{\{-?\s*(@[^{}]{1,500}?)-?\}\}")
_TAG = re.compile(r"\{%-?\s*(\w+)[^{}]*?-?%\}", re.S)
_PLAIN_NAME = re.compile(r"[A-Za-z_]\w*")
_HOLE_TAG = re.compile(r"\{\{ ([A-Za-z_]\w*) \| mode_hole: (\d+) \}\}")
_BLOCKS = {"if", "unless", "case", "for", "capture", "tablerow", "raw"}
_DEFINITION = re.compile(
    r"^@\s*(?P<name>\"[^\"]+\"|[^|]+?)(?:\s+as\s+(?P<alias>\"[^\"]+\"|`[^`]+`|[^|]+?))?\s*(?:\|.*)?$",
    re.S | re.I,
)
_PATH = r"(?:[\w-]+\??(?:\s*\.\s*[\w-]+\??|\[[^\]\[]*\])*|'[^']*'|\"[^\"]*\")"
_EXPRESSION = re.compile(rf"^\s*{_PATH}\s*(?:\|[^{{}}]*)?$", re.S)


@dataclass(frozen=True)
class Hole:
    """A place in the text: a definition, or the value of an expression (None = unknown, list = several)."""

    source: str
    definition: str | None = None
    alias: str | None = None
    value: str | tuple[str, ...] | None = None
    declared: bool = False


@dataclass
class Rendered:
    """Text whose holes are indices into `holes`; `problems` are sentences.

    `branches` are all branches of the template, `taken` the parts of the text that came from one: (branch, start, end).
    """

    text: str
    holes: list[Hole] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    branches: list[Branch] = field(default_factory=list)
    taken: list[tuple[Branch, int, int]] = field(default_factory=list)

    def add(self, hole: Hole) -> str:
        """Register a hole and return the character that stands for it."""
        if len(self.holes) > LAST - FIRST:
            return ""
        self.holes.append(hole)
        return chr(FIRST + len(self.holes) - 1)


Values = Mapping[str, "str | list[str] | None"]


def split_forms(text: str) -> tuple[str, dict[str, str | list[str] | None]]:
    """The text without its forms, and the parameters' values (None = declared, but without a default)."""
    values: dict[str, str | list[str] | None] = {}
    text = _without_comments(text)
    for match in _FORM.finditer(text):
        for parameter in parse_form(_plain(match[1])):
            if values.get(parameter.name) is None:
                values[parameter.name] = parameter.value
    return _FORM.sub("\n", text), values


def mentions(text: str) -> list[str]:
    """The definitions that a text names, each once: at least those that it uses. A scan in linear time."""
    found = (_DEFINITION.match(match[1].strip()) for match in _MENTION.finditer(text))
    return sorted({match["name"].strip(' "') for match in found if match})


def _without_comments(text: str) -> str:
    """Without what stands between ``{% comment %}`` and ``{% endcomment %}``."""
    pieces, position, opened = [], 0, -1
    for match in _COMMENT.finditer(text):
        if match[1] is None:
            opened = match.start() if opened < 0 else opened
        elif opened >= 0:
            pieces.append(text[position:opened])
            position, opened = match.end(), -1
    return " ".join([*pieces, text[position:]])


def render(text: str, values: Values, owner: str = "", forced: Forced | None = None) -> Rendered:
    """Execute the Liquid of a text whose forms are gone. Never fails: what cannot be rendered is a problem.

    Args:
        text: the template.
        values: the parameters' values.
        owner: the definition whose text it is; empty for a query.
        forced: choices that are taken whatever their condition says.
    """
    out = Rendered(HOLE.sub("?", text))
    expressions: list[str] = []

    def hole(match: re.Match[str]) -> str:
        trim, body, trim_after = match.groups()
        body = body.strip()
        definition = _DEFINITION.match(body)
        if definition:
            name, alias = definition["name"].strip(' "'), (definition["alias"] or "").strip() or None
            return out.add(Hole(body, definition=name, alias=alias))
        if not _EXPRESSION.match(body):
            return out.add(Hole(body))
        expressions.append(body)
        return f"{{{{{trim} {body} | mode_hole: {len(expressions) - 1} {trim_after}}}}}"

    if "{{" not in text and "{%" not in text:
        return out
    branched = mark(out.text, owner, forced or {})
    out.branches = branched.branches
    marked = _OUTPUT.sub(hole, branched.text)
    opened = [word for word in _TAG.findall(marked) if word.removeprefix("end") in _BLOCKS]
    if sum(-1 if word.startswith("end") else 1 for word in opened):
        out.problems.append("A Liquid block is opened and not closed, or closed and not opened.")
    known = {name: value for name, value in values.items() if value is not None}
    holes = Holes(out, expressions, values)
    if "{%" not in marked and all(_PLAIN_NAME.fullmatch(expression) for expression in expressions):
        # Nothing but values of parameters: Liquid would do no more, and take its time.
        plain = _HOLE_TAG.sub(lambda match: holes.take(known.get(match[1]), int(match[2])), marked)
        if "{{" not in plain:
            out.text = plain
            return out
    try:
        out.text = _environment().from_string(marked).render(mode_holes=holes, **_safe_names(known))
    except Exception as error:  # the library raises many kinds, and no text may stop the run
        out.problems.append(f"Liquid could not be rendered: {_one_line(error)}.")
        out.text = _without_tags(marked, holes, known)
    out.text, taken = without_markers(out.text)
    out.taken = [(out.branches[number], start, end) for number, start, end in taken if number < len(out.branches)]
    return out


class Holes:
    """Hands out a hole for each value that the template prints."""

    def __init__(self, out: Rendered, expressions: list[str], values: Values) -> None:
        self.out, self.expressions, self.values = out, expressions, values

    def __liquid__(self) -> str:
        return ""

    def take(self, value: object, index: int) -> str:
        """The character of a new hole with the value of expression number `index`."""
        if isinstance(value, str) and (HOLE.search(value) or MARKER.search(value)):
            return value  # text that was captured, with its own holes
        source = self.expressions[index] if 0 <= index < len(self.expressions) else "?"
        root = re.split(r"[\s.|\[]", source, maxsplit=1)[0]
        kept: str | tuple[str, ...] | None
        if isinstance(value, (list, tuple)):
            kept = tuple(str(part) for part in value) or None
        else:
            kept = str(value) or None if isinstance(value, (str, int, float)) else None
        return self.out.add(Hole(source, value=kept, declared=root in self.values))


@with_context
def _hole(value: object, index: object = 0, *, context: Any) -> str:
    holes = context.resolve("mode_holes")
    return holes.take(value, index) if isinstance(holes, Holes) and isinstance(index, int) else ""


class _Environment(Environment):
    loop_iteration_limit = 20_000
    local_namespace_limit = 5_000_000
    output_stream_limit = 4_000_000


@lru_cache(maxsize=1)
def _environment() -> Environment:
    environment = _Environment(tolerance=Mode.LAX, strict_filters=False)
    date: Callable[..., object] = environment.filters["date"]

    def fixed_date(value: object, form: object = "%Y-%m-%d", *, environment: Environment) -> object:
        return date(NOW if value in ("now", "today") else value, form, environment=environment)

    fixed_date.with_environment = True  # type: ignore[attr-defined]
    environment.filters["date"] = fixed_date
    environment.filters["mode_hole"] = _hole
    return environment


def _plain(text: str) -> str:
    """Liquid inside a form (`default: {{ 'now' | date: '%Y-%m-%d' }}`), rendered."""
    if "{{" not in text and "{%" not in text:
        return text
    try:
        return _environment().from_string(text).render()
    except Exception:  # as in render
        return _TAG.sub("", re.sub(r"\{\{.*?\}\}", "", text, flags=re.S))


def _without_tags(text: str, holes: Holes, values: Mapping[str, object]) -> str:
    """What is left when Liquid gives up: tags dropped, the first branch of each `if`, plain names filled
    in.
    """
    text = re.sub(
        r"\{%-?\s*(?:else|elsif|elseif)\b[^{}]*?%\}(?:(?!\{%-?\s*(?:if|unless|case)\b).){0,3000}?(?=\{%-?\s*end(?:if|unless|case)\b)",
        "",
        text,
        flags=re.S,
    )

    def value(match: re.Match[str]) -> str:
        index = int(match[2])
        return holes.take(values.get(match[1].split("|")[0].strip()), index)

    text = _TAG.sub(" ", text)
    text = re.sub(r"\{\{-? (.{0,5000}?) \| mode_hole: (\d+) -?\}\}", value, text, flags=re.S)
    return re.sub(r"\{%[^{}']*?%\}", " ", text)


def _safe_names(values: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in values.items() if name not in ("self", "mode_holes")}


def _one_line(error: BaseException) -> str:
    text = HOLE.sub("?", str(error)).split(" -> ")[0]
    return " ".join(text.split())[:200].rstrip(".") or type(error).__name__
