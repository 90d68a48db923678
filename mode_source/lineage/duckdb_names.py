"""Names of result columns as DuckDB writes them: an expression's `ToString`, in which Mode's datasets run."""

from __future__ import annotations

import re

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .call_texts import CALL, SYNTAX, closing, split_arguments
from .rendered_names import OPERATORS, all_rendered, case_text, operands

_QUOTED_TYPES = {"DATE", "DOUBLE", "TIMESTAMP WITH TIME ZONE", "JSON", "UUID", "BLOB", "HUGEINT"}  # of DuckDB 1.5
_DUCKDB_TYPES = {"INT": "INTEGER", "REAL": "FLOAT", "TEXT": "VARCHAR", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
_NEGATED: dict[type[exp.Expr], str] = {
    exp.EQ: "!=", exp.NEQ: "=", exp.GT: "<=", exp.GTE: "<", exp.LT: ">=", exp.LTE: ">",
}  # fmt: skip


def duckdb_name(item: exp.Expr, written: str) -> str:
    """DuckDB's `ToString` of an expression; its text where that is not known."""
    return _duckdb_text(written) or re.sub(r"\s+", " ", written)


def _duckdb_text(text: str) -> str | None:
    """The same for a text by itself."""
    text = text.strip()
    call = CALL.match(text)
    if call and call[1].lower() not in SYNTAX:
        end = closing(text, call.end() - 1)
        if end is not None:
            called = _duckdb_call(call[1], text[call.end() : end - 1])
            rest = text[end:].strip()
            if called is None or not rest:
                return called
            window = _OVER.fullmatch(rest)
            if window:
                return _duckdb_window(called, window["filter"], window["over"])
    try:
        return _duckdb(sqlglot.parse_one(text, read="duckdb"), text)
    except SqlglotError:
        return None


def _duckdb_call(name: str, inside: str) -> str | None:
    """`name(argument, …)`, its arguments rendered."""
    name = name.lower()
    if inside.strip() == "*":
        return "count_star()" if name == "count" else None
    order = _ORDER.search(inside)
    if order:
        inside, ordered = inside[: order.start()], _duckdb_list(inside[order.end() :])
    else:
        ordered = ""
    distinct = _DISTINCT.match(inside)
    arguments = _duckdb_list(inside[distinct.end() :] if distinct else inside)
    if arguments is None or ordered is None:
        return None
    shown = "COALESCE" if name == "coalesce" else f'"{name}"' if name in _QUOTED else name
    return f"{shown}({'DISTINCT ' if distinct else ''}{arguments}{' ORDER BY ' + ordered if ordered else ''})"


def _duckdb_window(called: str, condition: str | None, over: str | None) -> str | None:
    """`f(x) FILTER (WHERE …) OVER (PARTITION BY … ORDER BY …)`."""
    if condition is not None:
        rendered = _duckdb_text(condition)
        if rendered is None:
            return None
        called += f" FILTER (WHERE {rendered})"
    if over is None:
        return called
    parts = _WINDOW.fullmatch(over.strip())
    if parts is None:
        return None
    by, order = (_duckdb_list(parts[group] or "") for group in ("by", "order"))
    if by is None or order is None:
        return None
    pieces = [f"PARTITION BY {by}" if by else "", f"ORDER BY {order}" if order else ""]
    return f"{called} OVER ({' '.join(filter(None, pieces))})"


def _duckdb_list(text: str) -> str | None:
    """Expressions separated by commas; `DESC` stays behind its own."""
    found: list[str] = []
    for part in split_arguments(text):
        direction = re.search(r"\s+(asc|desc)\s*$", part, re.I)
        rendered = _duckdb_text(part[: direction.start()] if direction else part)
        if rendered is None:
            return None
        found.append(rendered + (f" {direction[1].upper()}" if direction else ""))
    return ", ".join(found)


_ORDER = re.compile(r"\sorder\s+by\s", re.I)
_ARROW = re.compile(r"(.+?)\s*(->>?)\s*('[^']*')", re.S)
_DISTINCT = re.compile(r"\s*distinct\s", re.I)
_OVER = re.compile(
    r"(?:filter\s*\(\s*where\s+(?P<filter>.+?)\)\s*(?=over|$))?(?:over\s*\((?P<over>.*)\))?", re.I | re.S
)
_WINDOW = re.compile(r"(?:partition\s+by\s+(?P<by>.+?))?\s*(?:order\s+by\s+(?P<order>.+?))?", re.I | re.S)
_QUOTED = {"nullif", "left", "right", "replace", "mode", "glob"}


def _duckdb(node: exp.Expr, text: str) -> str | None:
    def inner(child: exp.Expr) -> str | None:
        start = child.meta.get("start") if isinstance(child, exp.Func) else None
        call = CALL.match(text, start) if start is not None else None
        if call and call[1].lower() not in SYNTAX:
            end = closing(text, call.end() - 1)
            if end is not None and not isinstance(child, (exp.Window, exp.Filter)):
                return _duckdb_call(call[1], text[call.end() : end - 1])
        return _duckdb(child, text)

    if isinstance(node, exp.Subquery):
        return None
    if isinstance(node, exp.Interval) and isinstance(node.this, exp.Literal):
        unit = f" {node.unit.name.lower()}" if node.unit is not None else ""
        return f"CAST('{node.this.name}{unit}' AS INTERVAL)"
    if isinstance(node, exp.Extract):
        value = inner(node.expression)
        return None if value is None else f"main.date_part('{node.this.name.lower()}', {value})"
    if isinstance(node, (exp.JSONExtract, exp.JSONExtractScalar)):
        arrow = _ARROW.fullmatch(text)
        value = _duckdb_text(arrow[1]) if arrow else None
        return f"({value} {arrow[2]} {arrow[3]})" if arrow and value else None
    if isinstance(node, exp.NullSafeNEQ):
        sides = all_rendered(inner, [node.this, node.expression])
        return None if sides is None else f"({sides[0]} IS DISTINCT FROM {sides[1]})"
    if isinstance(node, exp.Trim) and node.args.get("expression") is None and not node.args.get("position"):
        value = inner(node.this)
        return None if value is None else f'main."trim"({value})'
    if isinstance(node, exp.Paren):
        return inner(node.this)
    if isinstance(node, exp.Column):
        return ".".join(_identifier(part) for part in node.parts)
    if isinstance(node, exp.Literal):
        return f"'{node.this}'" if node.is_string else str(node.this)
    if isinstance(node, exp.Null):
        return "NULL"
    if isinstance(node, exp.Boolean):
        return f"CAST('{'t' if node.this else 'f'}' AS BOOLEAN)"
    if type(node) in OPERATORS:
        sides = all_rendered(inner, operands(node) if isinstance(node, exp.Connector) else [node.this, node.expression])
        return None if sides is None else "(" + f" {OPERATORS[type(node)]} ".join(sides) + ")"
    if isinstance(node, (exp.Like, exp.ILike)):
        sides = all_rendered(inner, [node.this, node.expression])
        return None if sides is None else f"({sides[0]} {'~~' if isinstance(node, exp.Like) else '~~*'} {sides[1]})"
    if isinstance(node, exp.Not):
        child = node.this
        if isinstance(child, exp.Is) and isinstance(child.expression, exp.Null):
            tested = inner(child.this)
            return None if tested is None else f"({tested} IS NOT NULL)"
        while isinstance(child, exp.Paren):
            child = child.this
        if type(child) in _NEGATED:
            sides = all_rendered(inner, [child.this, child.expression])
            return None if sides is None else f"({sides[0]} {_NEGATED[type(child)]} {sides[1]})"
        negated = inner(child)
        return None if negated is None or isinstance(child, exp.In) else f"(NOT {negated})"
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        tested = inner(node.this)
        return None if tested is None else f"({tested} IS NULL)"
    if isinstance(node, exp.Neg):
        negated = inner(node.this)
        return None if negated is None else f"-{negated}" if isinstance(node.this, exp.Literal) else f"-({negated})"
    if isinstance(node, exp.In) and node.expressions:
        values = all_rendered(inner, [node.this, *node.expressions])
        return None if values is None else f"({values[0]} IN ({', '.join(values[1:])}))"
    if isinstance(node, exp.Between):
        three = all_rendered(inner, [node.this, node.args["low"], node.args["high"]])
        return None if three is None else f"({three[0]} BETWEEN {three[1]} AND {three[2]})"
    if isinstance(node, (exp.Cast, exp.TryCast)):
        value, word = inner(node.this), "TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"
        return None if value is None else f"{word}({value} AS {_type(node)})"
    if isinstance(node, exp.Coalesce):
        values = all_rendered(inner, [node.this, *node.expressions])
        return None if values is None else f"COALESCE({', '.join(values)})"
    if isinstance(node, exp.Case):
        return case_text(node, inner, "CASE ", "(", ")")
    if isinstance(node, (exp.CurrentDate, exp.CurrentTimestamp)):
        return node.key.replace("current", "current_")
    return None


def _identifier(part: exp.Expr) -> str:
    name = part.name
    return name if re.fullmatch(r"[a-z_][a-z0-9_]*|[A-Za-z_]\w*", name) else f'"{name}"'


def _type(node: exp.Expr) -> str:
    kind = node.args["to"]
    name = str(kind.sql(dialect="duckdb"))
    if name.startswith(("DECIMAL(18, 3)",)) and not kind.expressions:
        return "DECIMAL"
    name = _DUCKDB_TYPES.get(name, name)
    return f'"{name}"' if name in _QUOTED_TYPES else name
