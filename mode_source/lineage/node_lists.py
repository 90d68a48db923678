"""Arguments of sqlglot's nodes as lists."""

from __future__ import annotations

from sqlglot import exp


def as_list(node: exp.Expr, *keys: str) -> list[exp.Expr]:
    """An argument as a list, whatever this version of sqlglot calls it."""
    for key in keys:
        value = node.args.get(key)
        if value:
            return list(value) if isinstance(value, list) else [value]
    return []
