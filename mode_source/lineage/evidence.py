"""Which columns a text itself ascribes to which table: what `o.customer_id` says about orders.

Where a column is written without its table, this is what tells the tables in FROM apart (`relations.prefer`).
"""

from __future__ import annotations

from sqlglot import exp

from .budget import Budget
from .table_edges import alias_key, source_alias, sources_of
from .table_names import Names

UNQUALIFIED = ("", "", "")  # among the tables: columns of which the text does not say whose they are
_LEAVES = {type(None), str, bool, exp.Identifier, exp.Literal, exp.Var, exp.DataType, exp.TableAlias}


def note_evidence(tree: exp.Expr, names: Names, budget: Budget, evidence: dict[tuple[str, str, str], set[str]]) -> None:
    """Which columns the text itself ascribes to which table (`o.customer_id`, or the only table in FROM)."""
    stack: list[tuple[exp.Expr, dict[str, set[str]], set[str] | None]] = [(tree, {}, None)]
    while stack:
        node, aliases, only = stack.pop()
        budget.check()
        if isinstance(node, exp.Column):
            table, this = node.args.get("table"), node.this
            if isinstance(this, exp.Identifier):
                known = aliases.get(alias_key(table, names)) if table is not None else only
                if known is not None:
                    known.add(alias_key(this, names))
                elif table is None:
                    evidence.setdefault(UNQUALIFIED, set()).add(alias_key(this, names))
            continue
        if isinstance(node, exp.Select):
            sources = sources_of(node)
            aliases = dict(aliases)
            for source in sources:
                name = names.resolve(source) if isinstance(source, exp.Table) else None
                if name:
                    aliases[source_alias(source, names)] = evidence.setdefault(name.key, set())
                else:
                    aliases.pop(source_alias(source, names) if isinstance(source, exp.Table) else "", None)
            alone = len(sources) == 1 and isinstance(sources[0], exp.Table)
            only = aliases.get(source_alias(sources[0], names)) if alone else None
        for value in node.args.values():
            for child in value if value.__class__ is list else (value,):
                if child.__class__ not in _LEAVES and hasattr(child, "args"):
                    stack.append((child, aliases, only))
