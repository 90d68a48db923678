"""Mode's ``{% form %}`` blocks: YAML as people write it, to the default values of the parameters.

Read line by line, because the YAML is often not YAML: tabs, no space after the colon, properties that are
not indented, a default that sits below `options`, quotes that do not close.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_PROPERTIES = {
    "type", "input_type", "default", "defaults", "options", "option", "labels", "values", "label",
    "value", "description",
    "required", "placeholder", "order", "hidden", "title", "help", "format", "dropdown", "min", "max", "name",
}  # fmt: skip
_LINE = re.compile(r"^(?P<indent>\s*)(?P<dash>-\s+)?(?P<key>'[^']+'|\"[^\"]+\"|[A-Za-z_][\w .-]*?)\s*:(?P<value>.*)$")
_PAIR = re.compile(r"(\w+)\s*:\s*(\[.*?\]|'[^']*'|\"[^\"]*\"|[^,{}]+)")
_MULTI = {"multiselect", "multi_select", "multi-select", "multi"}


@dataclass
class Parameter:
    """One parameter of a form; `value` is what a run without input would use, None = nothing is known."""

    name: str
    kind: str = "text"
    default: object = None
    options: object = None
    labels: dict[str, str] = field(default_factory=dict)

    @property
    def value(self) -> str | list[str] | None:
        """The value that a run without input uses: one, several, or None if nothing is known."""
        if self.kind in _MULTI:
            return self._several()
        value = self.default
        if isinstance(value, list):
            value = next((v for v in _flat(value) if v), None)
        if value is None and self.kind == "select":
            value = next(iter(self._choices()), None)
        return value if isinstance(value, str) and value else None

    def _several(self) -> list[str] | None:
        choices = self._choices()
        value = self.default
        if isinstance(value, str) and value.lower() == "all":
            return choices or [value]
        if isinstance(value, str):
            return [part.strip() for part in value.split(",")] if value else choices[:1] or None
        return _flat(value) or choices[:1] or None

    def _choices(self) -> list[str]:
        """The values of fixed options: `[a, b]` or `[[label, value], ...]`; none when a query
        supplies them.
        """
        found = []
        for option in self.options if isinstance(self.options, list) else ():
            found += (_flat(option) or [""])[-1:] if isinstance(option, list) else [str(option)]
        return [choice for choice in found if choice]


def parse_form(body: str) -> list[Parameter]:
    """The parameters that the text between ``{% form %}`` and ``{% endform %}`` declares.

    Example:
        >>> parse_form("state:\\n  type: select\\n  default: 'GA'")[0].value
        'GA'
    """
    lines = _logical_lines(body)
    found: list[Parameter] = []
    base: int | None = None
    block: list[object] | None = None
    for position, line in enumerate(lines):
        match = _LINE.match(line)
        item = re.match(r"^\s*-\s*(.+)$", line)
        if item and block is not None and not (match and not match["dash"]):
            block.append(_scalar_or_list(item[1]))
            continue
        if not match or match["dash"]:
            continue
        key, indent, value = match["key"].strip("'\" "), len(match["indent"]), match["value"].strip()
        block = None
        deeper = position + 1 < len(lines) and _indent(lines[position + 1]) > indent
        if (
            not value
            and (key.lower() not in _PROPERTIES or (deeper and (base is None or indent <= base)))
            and (base is None or indent <= base or not found)
        ):
            base = indent if base is None else min(base, indent)
            found.append(Parameter(key))
        elif value.startswith("{") and key.lower() not in _PROPERTIES:
            found.append(Parameter(key))
            for name, inner in _PAIR.findall(value):
                _set(found[-1], name.lower(), inner.strip())
        elif found:
            block = _set(found[-1], key.lower(), value)
    return found


def _set(parameter: Parameter, key: str, value: str) -> list[object] | None:
    """Note one property; returns the list that following `- item` lines belong to."""
    parsed: object = _scalar_or_list(value) if value else None
    block: list[object] = []
    if key in ("type", "input_type"):
        parameter.kind = str(parsed or "text").strip().lower()
    elif key in ("default", "defaults"):
        parameter.default = parsed if value else block
    elif key in ("options", "option"):
        parameter.options = parsed if value else block
    else:
        return None
    return None if value else block


def _logical_lines(body: str) -> list[str]:
    """Lines without comments; a bracket that stays open takes the next lines in."""
    lines: list[str] = []
    pending = ""
    for line in body.replace("\t", "  ").splitlines():
        line = re.sub(r"(^|\s)#(?![^'\"]*['\"]\s*$).*$", "", line)
        if not line.strip():
            continue
        pending = f"{pending} {line.strip()}" if pending else line
        if pending.count("[") > pending.count("]") and len(pending) < 20_000:
            continue
        lines.append(pending)
        pending = ""
    return [*lines, pending] if pending else lines


def _indent(line: str) -> int:
    return len(line) - len(line.lstrip())


def _scalar_or_list(text: str) -> object:
    text = text.strip()
    if text.startswith("["):
        return _list(re.findall(r"\[|\]|'(?:[^']|'')*'|\"[^\"]*\"|[^\[\],]+", text))
    if len(text) > 1 and text[0] == text[-1] and text[0] in "'\"":
        return text[1:-1].replace("''", "'")
    return None if text.lower() in ("null", "~") else text.strip("'\"") if text[:1] in "'\"" else text


def _list(pieces: list[str]) -> list[object]:
    """A flow list, nested or not, closed or not."""
    stack: list[list[object]] = [[]]
    for piece in pieces:
        if piece == "[" and len(stack) < 20:
            stack.append([])
            stack[-2].append(stack[-1])
        elif piece == "]" and len(stack) > 1:
            stack.pop()
        elif piece.strip(" \n[]"):
            stack[-1].append(_scalar_or_list(piece.strip(" \n[]")))
    first = stack[0][0] if stack[0] else []
    return first if isinstance(first, list) else stack[0]


def _flat(value: object) -> list[str]:
    if isinstance(value, list):
        return [text for part in value for text in _flat(part)]
    return [] if value is None else [str(value)]
