"""What a statement returns, and what it leaves behind for the next one: tables that the text makes itself.

`CREATE TABLE x AS`, `INSERT INTO x`, `SELECT ... INTO x`: columns read from x later in the
text come from where x got them.
"""

from __future__ import annotations

from sqlglot import exp

from .column_edges import Columns
from .evidence import note_evidence
from .relations import NONE, Derived, Either, Relation, Scope
from .table_edges import intos, temporary
from .table_names import Names, with_of
from .usages import note_statement


def result_of(columns: Columns, tree: exp.Expr) -> Relation | None:
    """The relation that a statement returns; a CREATE ... AS is remembered and returns nothing."""
    if isinstance(tree, exp.Query):
        note_evidence(tree, columns.names, columns.budget, columns.evidence)
        relation = columns.query(tree, {}, None)
        targets = intos(tree)
        for target in targets:
            _remember(columns, target, relation)
        return None if targets else relation
    if isinstance(tree, exp.Declare):
        _declare(columns, tree)
        return None
    if isinstance(tree, (exp.Create, exp.Insert, exp.Cache)):
        note_evidence(tree, columns.names, columns.budget, columns.evidence)
        target, listed = tree.this, None
        if isinstance(target, exp.Schema):
            listed = [_name(columns.names, column) for column in target.expressions]
            target = target.this
        query = tree.args.get("expression")
        if isinstance(target, exp.Table):
            relation = Derived([(name, NONE) for name in listed or ()], columns.key)
            if isinstance(query, exp.Query):
                clause = with_of(tree)
                relation = columns.query(query, columns.ctes(clause, {}, None) if clause is not None else {}, None)
                relation = columns.renamed(relation, listed)
            clone = tree.args.get("clone")
            if clone is not None and isinstance(clone.this, exp.Table):
                relation = columns.table(clone.this, {}, Scope())
            _remember(columns, target, relation, isinstance(tree, exp.Insert))
    elif isinstance(tree, (exp.Update, exp.Delete, exp.Merge)):
        clause = with_of(tree)
        note_statement(columns, tree, columns.ctes(clause, {}, None) if clause is not None else {})
    else:
        _note_queries(columns, tree)
    return None


def _note_queries(columns: Columns, tree: exp.Expr) -> None:
    """What the queries inside of any other statement use: `SET @d = (SELECT …)`."""
    stack = [tree]
    while stack:
        node = stack.pop()
        if isinstance(node, exp.Query):
            columns.query(node, {}, None)
        else:
            stack += [child for child in node.iter_expressions() if not isinstance(child, exp.Table)]


def _declare(columns: Columns, tree: exp.Expr) -> None:
    """`DECLARE @t TABLE (…)` makes a table; `DECLARE @d date = (SELECT …)` reads some."""
    for item in tree.expressions:
        kind, value = item.args.get("kind"), item.args.get("default")
        if isinstance(kind, exp.Schema):
            listed = [_name(columns.names, column) for column in kind.expressions]
            for variable in item.this if isinstance(item.this, list) else [item.this]:
                name = temporary(exp.Table(this=variable))
                if name is not None:
                    columns.made[name.key] = Derived([(column, NONE) for column in listed], columns.key)
        elif isinstance(value, exp.Expression):
            columns.uses.mention(columns.resolver.origins(value, Scope(), {}))


def _name(names: Names, column: exp.Expr) -> str:
    node = column.this if isinstance(column, exp.ColumnDef) else column
    return names.column(node if isinstance(node, exp.Identifier) else exp.to_identifier(column.name or "?"))


def _remember(columns: Columns, target: exp.Expr, relation: Relation, more: bool = False) -> None:
    name = columns.names.resolve(target) or temporary(target)
    if name is None:
        return
    key = name.key
    if more and key not in columns.made and name.table[0] not in "@#":
        return  # INSERT into a table that exists: what it held before is unknown
    if more and key in columns.made and columns.made[key].listing():
        before = columns.made[key]
        labels = [label for label, _ in before.listing()]
        relation = columns.renamed(relation, labels) if "*" not in labels else relation
        relation = Either([before, relation], columns.key)
    columns.made[key] = relation
