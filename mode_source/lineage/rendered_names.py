"""Names of result columns where a platform writes the expression anew: DuckDB, Spark, ClickHouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

_OPERATORS: dict[type[exp.Expr], str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "!=", exp.GT: ">",
    exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.And: "AND", exp.Or: "OR", exp.DPipe: "||", exp.IntDiv: "//",
    exp.Pow: "^", exp.JSONExtract: "->", exp.JSONExtractScalar: "->>",
}  # fmt: skip
_CLICKHOUSE: dict[type[exp.Expr], str] = {
    exp.Add: "plus", exp.Sub: "minus", exp.Mul: "multiply", exp.Div: "divide", exp.Mod: "modulo", exp.EQ: "equals",
    exp.NEQ: "notEquals", exp.GT: "greater", exp.GTE: "greaterOrEquals", exp.LT: "less", exp.LTE: "lessOrEquals",
    exp.And: "and", exp.Or: "or", exp.DPipe: "concat", exp.Like: "like", exp.ILike: "ilike",
}  # fmt: skip
_QUOTED_TYPES = {"DATE", "DOUBLE", "TIMESTAMP WITH TIME ZONE", "JSON", "UUID", "BLOB", "HUGEINT"}  # of DuckDB 1.5
_DUCKDB_TYPES = {"INT": "INTEGER", "REAL": "FLOAT", "TEXT": "VARCHAR", "TIMESTAMPTZ": "TIMESTAMP WITH TIME ZONE"}
_NEGATED: dict[type[exp.Expr], str] = {
    exp.EQ: "!=", exp.NEQ: "=", exp.GT: "<=", exp.GTE: "<", exp.LT: ">=", exp.LTE: ">",
}  # fmt: skip
Render = Callable[[exp.Expr], "str | None"]


def duckdb_name(item: exp.Expr, written: str) -> str:
    """DuckDB's `ToString` of an expression; its text where that is not known."""
    return _duckdb_text(written) or re.sub(r"\s+", " ", written)


def _duckdb_text(text: str) -> str | None:
    """The same for a text by itself."""
    text = text.strip()
    call = _CALL.match(text)
    if call and call[1].lower() not in _SYNTAX:
        end = _closing(text, call.end() - 1)
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
    for part in _split(text):
        direction = re.search(r"\s+(asc|desc)\s*$", part, re.I)
        rendered = _duckdb_text(part[: direction.start()] if direction else part)
        if rendered is None:
            return None
        found.append(rendered + (f" {direction[1].upper()}" if direction else ""))
    return ", ".join(found)


def _closing(text: str, start: int) -> int | None:
    """Where the bracket that opens at `start` is closed: the place after it."""
    depth = 0
    for match in _PIECE.finditer(text, start):
        depth += (match[0] == "(") - (match[0] == ")")
        if not depth:
            return match.end()
    return None


def _split(text: str) -> list[str]:
    """The parts of a text between commas outside of brackets."""
    found, depth, start = [], 0, 0
    for match in _PIECE.finditer(text):
        depth += (match[0] in "([{") - (match[0] in ")]}") if len(match[0]) == 1 else 0
        if match[0] == "," and not depth:
            found.append(text[start : match.start()])
            start = match.end()
    return [part for part in (*found, text[start:]) if part.strip()]


_PIECE = re.compile(r"'(?:[^']|'')*'|\"[^\"]*\"|\w+|\S")
_CALL = re.compile(r"([A-Za-z_]\w*)\s*\(")
_ORDER = re.compile(r"\sorder\s+by\s", re.I)
_ARROW = re.compile(r"(.+?)\s*(->>?)\s*('[^']*')", re.S)
_DISTINCT = re.compile(r"\s*distinct\s", re.I)
_OVER = re.compile(
    r"(?:filter\s*\(\s*where\s+(?P<filter>.+?)\)\s*(?=over|$))?(?:over\s*\((?P<over>.*)\))?", re.I | re.S
)
_WINDOW = re.compile(r"(?:partition\s+by\s+(?P<by>.+?))?\s*(?:order\s+by\s+(?P<order>.+?))?", re.I | re.S)
_SYNTAX = {"cast", "try_cast", "extract", "substring", "trim", "position", "overlay", "exists", "array", "row", "case",
           "not", "in", "interval", "select", "and", "or", "grouping"}  # fmt: skip
_QUOTED = {"nullif", "left", "right", "replace", "mode", "glob"}


def _duckdb(node: exp.Expr, text: str) -> str | None:
    def inner(child: exp.Expr) -> str | None:
        start = child.meta.get("start") if isinstance(child, exp.Func) else None
        call = _CALL.match(text, start) if start is not None else None
        if call and call[1].lower() not in _SYNTAX:
            end = _closing(text, call.end() - 1)
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
        sides = _all(inner, [node.this, node.expression])
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
    if type(node) in _OPERATORS:
        sides = _all(inner, _flat(node) if isinstance(node, exp.Connector) else [node.this, node.expression])
        return None if sides is None else "(" + f" {_OPERATORS[type(node)]} ".join(sides) + ")"
    if isinstance(node, (exp.Like, exp.ILike)):
        sides = _all(inner, [node.this, node.expression])
        return None if sides is None else f"({sides[0]} {'~~' if isinstance(node, exp.Like) else '~~*'} {sides[1]})"
    if isinstance(node, exp.Not):
        child = node.this
        if isinstance(child, exp.Is) and isinstance(child.expression, exp.Null):
            tested = inner(child.this)
            return None if tested is None else f"({tested} IS NOT NULL)"
        while isinstance(child, exp.Paren):
            child = child.this
        if type(child) in _NEGATED:
            sides = _all(inner, [child.this, child.expression])
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
        values = _all(inner, [node.this, *node.expressions])
        return None if values is None else f"({values[0]} IN ({', '.join(values[1:])}))"
    if isinstance(node, exp.Between):
        three = _all(inner, [node.this, node.args["low"], node.args["high"]])
        return None if three is None else f"({three[0]} BETWEEN {three[1]} AND {three[2]})"
    if isinstance(node, (exp.Cast, exp.TryCast)):
        value, word = inner(node.this), "TRY_CAST" if isinstance(node, exp.TryCast) else "CAST"
        return None if value is None else f"{word}({value} AS {_type(node)})"
    if isinstance(node, exp.Coalesce):
        values = _all(inner, [node.this, *node.expressions])
        return None if values is None else f"COALESCE({', '.join(values)})"
    if isinstance(node, exp.Case):
        return _case(node, inner, "CASE ", "(", ")")
    if isinstance(node, (exp.CurrentDate, exp.CurrentTimestamp)):
        return node.key.replace("current", "current_")
    return None


def spark_name(item: exp.Expr, written: str) -> str:
    """Spark's pretty SQL: columns without their table, strings without quotes; a cast is called like its operand."""
    while isinstance(item, (exp.Cast, exp.Paren)) and isinstance(item.this, (exp.Column, exp.Cast, exp.Paren)):
        item = item.this
    return _spark(item) or _called(written, "spark", _spark) or str(item.sql(dialect="spark", comments=False)).lower()


def _called(text: str, dialect: str, render: Render) -> str | None:
    """A call as the text has it, its arguments rendered."""
    call = _CALL.match(text.strip())
    if not call or call[1].lower() in _SYNTAX or _closing(text.strip(), call.end() - 1) != len(text.strip()):
        return None
    found: list[str] = []
    for part in _split(text.strip()[call.end() : -1]):
        try:
            rendered = _called(part, dialect, render) or render(sqlglot.parse_one(part, read=dialect))
        except SqlglotError:
            return None
        if rendered is None:
            return None
        found.append(rendered)
    return f"{call[1]}({', '.join(found)})"


def _spark(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Paren):
        return _spark(node.this)
    if isinstance(node, exp.Column):
        return node.name
    if isinstance(node, exp.Literal):
        return str(node.this)
    if isinstance(node, exp.Null):
        return "NULL"
    if isinstance(node, exp.Boolean):
        return str(node.this).lower()
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return "count(1)"
    if type(node) in _OPERATORS:
        sides = _all(_spark, [node.this, node.expression])
        return None if sides is None else f"({sides[0]} {_OPERATORS[type(node)]} {sides[1]})"
    if isinstance(node, exp.Not):
        negated = _spark(node.this)
        return None if negated is None else f"(NOT {negated})"
    if isinstance(node, exp.Is) and isinstance(node.expression, exp.Null):
        tested = _spark(node.this)
        return None if tested is None else f"({tested} IS NULL)"
    if isinstance(node, exp.Cast):
        value = _spark(node.this)
        return None if value is None else f"CAST({value} AS {str(node.args['to'].sql(dialect='spark')).upper()})"
    if isinstance(node, exp.Case):
        return _case(node, _spark, "CASE", "", "")
    return _function(node, _spark, str.lower, lambda distinct: f"DISTINCT {distinct}")


def clickhouse_name(item: exp.Expr, written: str) -> str:
    """ClickHouse's name: operators as functions, `count()` for `count(*)`; the text where that is not known."""
    return _clickhouse(item) or _called(written, "clickhouse", _clickhouse) or re.sub(r"\s+", " ", written)


def _clickhouse(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Paren):
        return _clickhouse(node.this)
    if isinstance(node, exp.Column):
        return ".".join(part.name for part in node.parts)
    if isinstance(node, exp.Literal):
        return f"'{node.this}'" if node.is_string else str(node.this)
    if isinstance(node, exp.Null):
        return "NULL"
    if isinstance(node, exp.Count) and isinstance(node.this, exp.Star):
        return "count()"
    if type(node) in _CLICKHOUSE:
        sides = _all(_clickhouse, _flat(node) if isinstance(node, exp.Connector) else [node.this, node.expression])
        return None if sides is None else f"{_CLICKHOUSE[type(node)]}({', '.join(sides)})"
    if isinstance(node, exp.Not):
        negated = _clickhouse(node.this)
        return None if negated is None else f"not({negated})"
    if isinstance(node, exp.Cast):
        value = _clickhouse(node.this)
        kind = str(node.args["to"].sql(dialect="clickhouse"))
        return None if value is None else f"CAST({value}, '{kind.removeprefix('Nullable(').removesuffix(')')}')"
    return _function(node, _clickhouse, str, lambda distinct: f"DISTINCT {distinct}")


def _flat(node: exp.Expr) -> list[exp.Expr]:
    """The operands of a chain of AND or OR."""
    return list(node.flatten())


def _all(render: Render, nodes: list[exp.Expr]) -> list[str] | None:
    found = [render(node) for node in nodes]
    return None if any(part is None for part in found) else [part for part in found if part is not None]


def _case(node: exp.Case, render: Render, word: str, left: str, right: str) -> str | None:
    if node.this is not None:
        return None
    pieces = [word]
    for branch in node.args.get("ifs") or ():
        both = _all(render, [branch.this, branch.args["true"]])
        if both is None:
            return None
        pieces.append(f"WHEN {left}{both[0]}{right} THEN {left}{both[1]}{right}")
    default = node.args.get("default")
    last = render(default) if default is not None else "NULL" if left else ""
    if last is None:
        return None
    return " ".join([*pieces, *([f"ELSE {last}"] if last else []), "END"])


def _function(
    node: exp.Expr, render: Render, spell: Callable[[str], str], distinct: Callable[[str], str]
) -> str | None:
    """`name(argument, …)`; None for what is no plain call."""
    if not isinstance(node, exp.Func) or isinstance(node, (exp.Window, exp.Filter, exp.Cast, exp.Interval)):
        return None
    if isinstance(node, exp.Anonymous):
        name, arguments = str(node.this), list(node.expressions)
    else:
        if type(node).__name__ not in _PLAIN:
            return None
        name = node.meta.get("name") or node.sql_name()
        arguments = []
        for value in node.args.values():
            arguments += [v for v in (value if isinstance(value, list) else [value]) if hasattr(v, "args")]
    pieces: list[str] = []
    for argument in arguments:
        if isinstance(argument, exp.Distinct):
            values = _all(render, list(argument.expressions))
            piece = distinct(", ".join(values)) if values is not None else None
        else:
            piece = render(argument)
        if piece is None:
            return None
        pieces.append(piece)
    return f"{spell(str(name))}({', '.join(pieces)})"


_PLAIN = {
    "Sum", "Avg", "Min", "Max", "Count", "Round", "Abs", "Upper", "Lower", "Length", "Floor", "Ceil", "Sqrt", "Ln",
    "Exp", "Median", "Stddev", "Variance", "Nullif", "Greatest", "Least", "AnyValue", "First", "Last", "Concat",
    "Coalesce", "Replace", "Quantile", "ArgMax", "ArgMin", "Year", "Month", "Day", "RowNumber", "Rank",
}  # fmt: skip


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
