"""Names of result columns where a platform writes the expression anew: Spark and ClickHouse."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from .call_texts import CALL, SYNTAX, closing, split_arguments

OPERATORS: dict[type[exp.Expr], str] = {
    exp.Add: "+", exp.Sub: "-", exp.Mul: "*", exp.Div: "/", exp.Mod: "%", exp.EQ: "=", exp.NEQ: "!=", exp.GT: ">",
    exp.GTE: ">=", exp.LT: "<", exp.LTE: "<=", exp.And: "AND", exp.Or: "OR", exp.DPipe: "||", exp.IntDiv: "//",
    exp.Pow: "^", exp.JSONExtract: "->", exp.JSONExtractScalar: "->>",
}  # fmt: skip
_CLICKHOUSE: dict[type[exp.Expr], str] = {
    exp.Add: "plus", exp.Sub: "minus", exp.Mul: "multiply", exp.Div: "divide", exp.Mod: "modulo", exp.EQ: "equals",
    exp.NEQ: "notEquals", exp.GT: "greater", exp.GTE: "greaterOrEquals", exp.LT: "less", exp.LTE: "lessOrEquals",
    exp.And: "and", exp.Or: "or", exp.DPipe: "concat", exp.Like: "like", exp.ILike: "ilike",
}  # fmt: skip
Render = Callable[[exp.Expr], "str | None"]


def spark_name(item: exp.Expr, written: str) -> str:
    """Spark's pretty SQL: columns without their table, strings without quotes; a cast is called like its operand."""
    while isinstance(item, (exp.Cast, exp.Paren)) and isinstance(item.this, (exp.Column, exp.Cast, exp.Paren)):
        item = item.this
    return _spark(item) or _called(written, "spark", _spark) or str(item.sql(dialect="spark", comments=False)).lower()


def _called(text: str, dialect: str, render: Render) -> str | None:
    """A call as the text has it, its arguments rendered."""
    call = CALL.match(text.strip())
    if not call or call[1].lower() in SYNTAX or closing(text.strip(), call.end() - 1) != len(text.strip()):
        return None
    found: list[str] = []
    for part in split_arguments(text.strip()[call.end() : -1]):
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
    if type(node) in OPERATORS:
        sides = all_rendered(_spark, [node.this, node.expression])
        return None if sides is None else f"({sides[0]} {OPERATORS[type(node)]} {sides[1]})"
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
        return case_text(node, _spark, "CASE", "", "")
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
        sides = all_rendered(
            _clickhouse, operands(node) if isinstance(node, exp.Connector) else [node.this, node.expression]
        )
        return None if sides is None else f"{_CLICKHOUSE[type(node)]}({', '.join(sides)})"
    if isinstance(node, exp.Not):
        negated = _clickhouse(node.this)
        return None if negated is None else f"not({negated})"
    if isinstance(node, exp.Cast):
        value = _clickhouse(node.this)
        kind = str(node.args["to"].sql(dialect="clickhouse"))
        return None if value is None else f"CAST({value}, '{kind.removeprefix('Nullable(').removesuffix(')')}')"
    return _function(node, _clickhouse, str, lambda distinct: f"DISTINCT {distinct}")


def operands(node: exp.Expr) -> list[exp.Expr]:
    """The operands of a chain of AND or OR."""
    return list(node.flatten())


def all_rendered(render: Render, nodes: list[exp.Expr]) -> list[str] | None:
    found = [render(node) for node in nodes]
    return None if any(part is None for part in found) else [part for part in found if part is not None]


def case_text(node: exp.Case, render: Render, word: str, left: str, right: str) -> str | None:
    if node.this is not None:
        return None
    pieces = [word]
    for branch in node.args.get("ifs") or ():
        both = all_rendered(render, [branch.this, branch.args["true"]])
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
            values = all_rendered(render, list(argument.expressions))
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
