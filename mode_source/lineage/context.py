"""What the steps that follow columns need of each other: said here, so that no two modules import each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from sqlglot import exp

from .relations import Origins, Relation
from .scope import Scope
from .table_names import Names
from .uses import Uses

Visible = Mapping[str, Relation]


class Finder(Protocol):
    """Finds what expressions are computed from (`resolve.Resolver`)."""

    def origins(self, expression: exp.Expr, scope: Scope, visible: Visible) -> Origins:
        """All columns that the expression is computed from."""


class Context(Protocol):
    """Builds relations and remembers what the text said so far (`column_edges.Columns`)."""

    names: Names
    evidence: dict[tuple[str, str, str], set[str]]
    variables: dict[str, Relation]
    uses: Uses
    explain: bool
    placeholders: bool
    marked: bool

    @property
    def finder(self) -> Finder:
        """Finds what expressions are computed from."""

    def key(self, name: str) -> str:
        """What two spellings of a column, alias or CTE have in common."""

    def weigh(self) -> None:
        """Note what the text so far says about which table has which column."""

    def query(self, node: exp.Expr, visible: Visible, outer: Scope | None) -> Relation:
        """The relation of a query."""

    def add_source(self, node: exp.Expr, visible: Visible, scope: Scope) -> Relation:
        """Add an entry of FROM to a scope."""
