"""From a table's name as written to the platform's full name: defaults, `USE`, `search_path`, folding,
catalog.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

from sqlglot import exp

from .holes import PLACEHOLDER
from .marks import Marks
from .places import span_of
from .platforms import MODE_DATASETS, Platform
from .records import Certainty, DataSource
from .system_tables import system_schema
from .warehouse import ColumnCatalog, WarehouseTable

_USE = re.compile(
    r"^\s*use\s+(?:(?P<kind>database|schema|warehouse|catalog|secondary\s+roles?|role|namespace)\s+)?"
    r"(?P<name>[^;]+?)\s*;?\s*$",
    re.I | re.S,
)
_PATH = re.compile(
    r"^\s*(?:set\s+(?:session\s+|local\s+)?(?:search_path|current_schema|schema)\b\s*(?:to\b|=)?|"
    r"alter\s+session\s+set\s+current_schema\s*=|set\s+schema\b)\s*(?P<name>[^;]+?)\s*;?\s*$",
    re.I | re.S,
)
_PART = re.compile(r"\"((?:[^\"]|\"\")+)\"|`([^`]+)`|\[([^\]]+)\]|([\w$-]+)")
PSEUDO = {"dual", "sysdummy1"}
_FILE = re.compile(r"[/\\*]|\.(?:csv|tsv|parquet|json|jsonl|ndjson|txt|xlsx|orc|avro)(?:\.gz)?$", re.I)
_FILE_FORMATS = {"delta", "parquet", "csv", "json", "orc", "avro", "text", "binaryfile"}
FROM_VALUE = "a parameter's value is part of the name"
FROM_BRANCH = "a parameter chooses the branch that it stands in"
RANK: dict[Certainty, int] = {"guess": 0, "likely": 1, "certain": 2}


def least(*certainties: Certainty) -> Certainty:
    """The weakest of several certainties."""
    return min(certainties, key=RANK.__getitem__)


@dataclass(frozen=True)
class TableName:
    """A table's full name, how sure the name is, and what the catalog knows of it.

    `cased` says whether names that differ in case are different tables, `why` what its certainty rests on, `place`
    where in the text it stands.
    """

    database: str | None
    schema: str | None
    table: str
    certainty: Certainty = "certain"
    cased: bool = field(default=False, compare=False)
    known: WarehouseTable | None = field(default=None, compare=False)
    why: str = field(default="", compare=False)
    place: int | None = field(default=None, compare=False)

    @cached_property
    def key(self) -> tuple[str, str, str]:
        """What two spellings of one table have in common."""
        parts = self.database or "", self.schema or "", self.table
        return parts if self.cased else (parts[0].casefold(), parts[1].casefold(), parts[2].casefold())


@dataclass
class Names:
    """The names in force while a text is read from top to bottom."""

    platform: Platform
    catalog: ColumnCatalog | None
    database: str | None = None
    schema: str | None = None
    assumed: bool = True  # the schema is only the platform's default
    from_parameters: frozenset[str] = frozenset()
    marks: Marks = field(default_factory=Marks)
    base: int = 0  # of the statement in hand: what to add to the positions of its nodes
    set_by: str = "the platform's default schema"

    @classmethod
    def of(
        cls, platform: Platform, source: DataSource | None, catalog: ColumnCatalog | None, names: frozenset[str]
    ) -> Names:
        """The names in force at the beginning of a text, from the connection and the platform."""
        found = cls(platform, catalog, platform.database, platform.schema, True, names)
        database = (source.database if source else None) or None
        if platform.name == "bigquery":  # docs/mode-api.md#quirk-14: the project is in host
            host = (source.host if source else None) or ""
            found.database = host if re.fullmatch(r"[\w.:-]+", host) and "googleapis" not in host else None
            found.database = found.database or (database if database != "default" else None)
        elif platform.name == MODE_DATASETS:
            found.assumed = False
        elif database and (platform.levels == 2 or platform.name == "athena"):
            found.schema, found.assumed = platform.folded(database), False
            found.set_by = "the connection's database"
        elif database:
            found.database = platform.folded(database) if platform.fold != "lower" else database
        return found

    def statement(self, text: str, before: Callable[[], None] = lambda: None) -> bool:
        """Whether the statement only sets names (`USE …`, `SET search_path …`); they are in force from here.

        Args:
            text: the statement.
            before: is called while the old names are still in force.
        """
        if len(text) > 1_000 or not (_USE.match(text) or _PATH.match(text)):
            return False
        before()
        match = _USE.match(text)
        if match:
            kind = re.sub(r"\s+", " ", (match["kind"] or "").lower())
            parts = [] if PLACEHOLDER in match["name"].lower() else self._parts(match["name"])
            if kind in ("warehouse", "role") or kind.startswith("secondary") or not parts:
                return True
            if len(parts) > 1:
                self.database, self.schema, self.assumed = parts[-2], parts[-1], False
                self.set_by = "set by a statement before it"
            elif kind in ("schema", "namespace") or self.platform.levels == 2:
                self.schema, self.assumed, self.set_by = parts[0], False, "set by a statement before it"
            elif (
                kind == "catalog"
                or self.platform.use == "database"
                or (kind == "database" and self.platform.schema == "PUBLIC")
            ):
                self.database, self.schema, self.assumed = parts[0], self.platform.schema, True
            else:
                self.schema, self.assumed, self.set_by = parts[0], False, "set by a statement before it"
            return True
        match = _PATH.match(text)
        if match:
            first = match["name"].split(",")[0].strip().strip("'")
            parts = self._parts(first)
            if parts and parts[-1] not in ("$user", "default") and PLACEHOLDER not in first.lower():
                self.schema, self.assumed, self.set_by = parts[-1], False, "set by a statement before it"
            return True
        return False

    def _parts(self, text: str) -> list[str]:
        return [
            self.platform.folded(match[1] or match[2] or match[3] or match[4], not match[4])
            for match in _PART.finditer(text)
        ]

    def resolve(self, node: exp.Expr) -> TableName | None:
        """The full name of a sqlglot table; None for what is no table (functions, files,
        placeholders, pseudo-tables).
        """
        parts: list[tuple[str, bool]] = []
        identifiers = _identifiers(node)
        for part in identifiers:
            if not isinstance(part, exp.Identifier):
                if part == "":  # SQL Server: db..table
                    parts.append(("", False))
                    continue
                return None
            name = part.name
            if part.args.get("temporary"):
                name = "#" + name
            elif part.args.get("global_") or part.args.get("global"):
                name = "##" + name
            parts.append((name, bool(part.args.get("quoted"))))
        found = self.full(parts)
        return found and self._placed(found, span_of(identifiers))

    def _placed(self, name: TableName, span: tuple[int, int] | None) -> TableName:
        """The name with its place in the text; less certain where a parameter put it there."""
        if span is None:
            return name
        start, end = span[0] + self.base, span[1] + self.base
        mark = self.marks.at(start, end)
        if mark is None:
            return replace(name, place=start)
        why = FROM_VALUE if mark.kind == "value" else FROM_BRANCH
        sure = name.certainty == "certain"
        return replace(name, place=start, certainty=least(name.certainty, "likely"), why=why if sure else name.why)

    def marked(self, node: exp.Expr) -> str:
        """Why a column named by this node is only likely: what a parameter decided; empty if none did."""
        span = span_of((node,))
        mark = self.marks.at(span[0] + self.base, span[1] + self.base) if span else None
        return "" if mark is None else FROM_VALUE if mark.kind == "value" else FROM_BRANCH

    def place(self, node: exp.Expr) -> int | None:
        """Where in the text a node stands."""
        span = span_of((node,))
        return span[0] + self.base if span else None

    def full(self, parts: list[tuple[str, bool]]) -> TableName | None:
        """The full name of (name, quoted) parts, the table last."""
        if not parts:
            return None
        if self.platform.name == MODE_DATASETS:  # names that people chose: spaces, dots, slashes, anything
            name = parts[-1][0]
            return TableName(None, None, name) if name and PLACEHOLDER not in name.lower() else None
        if self.platform.dotted:
            parts = [(piece, quoted) for name, quoted in parts for piece in name.split(".") if piece]
            if len(parts) > 2 and parts[-2][0].upper() == "INFORMATION_SCHEMA" and self.platform.name == "bigquery":
                parts = parts[:-3] + parts[-2:]  # the part before it is a region or a dataset, not a project
        table, quoted = parts[-1]
        if not table or PLACEHOLDER in table.lower() or table[0] in "@#$" or table.lower() in PSEUDO:
            return None
        if len(parts) == 1 and quoted and _FILE.search(table) and self.platform.name != "bigquery":
            return None
        if self.platform.dialect == "oracle" and "@" in table and not quoted:  # a table of another database
            table, link = table.split("@", 1)
            parts = [(link, False), *(parts[-2:-1] or [(self.schema or "", True)]), (table, False)]
        if len(parts) == 2 and parts[0][0].lower() in _FILE_FORMATS and _FILE.search(table):
            return None
        certainty: Certainty = "certain"
        outer: list[str | None] = []
        for name, is_quoted in parts[-3:-1]:
            unknown = PLACEHOLDER in name.lower()
            certainty = "guess" if unknown else certainty
            outer.append(None if unknown else self.platform.folded(name, is_quoted) or None)
        if self.from_parameters and certainty == "certain":
            words = {word for name, _ in parts for word in re.findall(r"[\w$-]+", name.casefold())}
            certainty = "likely" if words & self.from_parameters else certainty
        schema = outer[-1] if outer else None
        database = outer[-2] if len(outer) > 1 else None
        assumed = False
        why = "" if certainty == "certain" else FROM_VALUE
        if schema is None and certainty != "guess":
            schema, assumed = self.schema, self.assumed
            why = why or ("" if schema is None else f"its schema is {self.set_by}")
            system = system_schema(table, self.platform) if not quoted or self.platform.fold != "upper" else None
            if system:
                schema, assumed, why = system, False, why or "a system table"
        why = why or "written out with its schema"
        if database is None and (len(outer) < 2 or PLACEHOLDER not in parts[-3][0].lower()):
            database = self.database if self.platform.levels == 3 else None
        name = self.platform.folded(table, quoted)
        exact = quoted and self.platform.fold in ("lower", "upper")
        cased = self.platform.cased or self.platform.fold in ("lower", "upper") or self.platform.name == "bigquery"
        known = self.catalog and self.catalog.find(database, schema, name, schema_assumed=assumed, exact=exact)
        if known:
            spelled = self._spelled(known, name, exact)
            why = "the column catalog knows it" if certainty == "certain" else why
            return TableName(
                spelled.database or database, spelled.schema or schema, spelled.name, certainty, cased, spelled, why
            )
        return TableName(database, schema, name, least(certainty, "likely") if assumed else certainty, cased, None, why)

    def _spelled(self, known: WarehouseTable, name: str, exact: bool) -> WarehouseTable:
        """The catalog's table; on a platform that folds names up, a catalog in lower case is one that folded them."""
        if exact or self.platform.fold != "upper" or known.name == name or known.name != name.lower():
            return known
        parts = (known.name, known.schema or "", *known.columns)
        if any(part != part.lower() for part in parts):
            return known
        up = str.upper
        return WarehouseTable(
            known.database and (up(known.database) if known.database.islower() else known.database),
            known.schema and up(known.schema), up(known.name), tuple(map(up, known.columns)),
        )  # fmt: skip

    def columns(self, name: TableName) -> tuple[str, ...] | None:
        """The table's columns, as the catalog knows them."""
        return name.known.columns if name.known else None

    def column(self, name: exp.Expr) -> str:
        """A column's name as the platform stores it."""
        return self.platform.folded(name.name, bool(name.args.get("quoted")))


def _identifiers(table: exp.Expr) -> list[exp.Expr | str]:
    """The parts of a table's name, outermost first."""
    this = table.this
    if isinstance(this, exp.Final):  # ClickHouse: FROM t FINAL
        return _identifiers(this.this) if isinstance(this.this, exp.Table) else [this.this]
    if type(this).__name__ == "DynamicIdentifier" or (
        isinstance(this, exp.Anonymous) and str(this.this).upper() == "IDENTIFIER" and this.expressions
    ):  # Snowflake: FROM IDENTIFIER('a.b')
        text = this.this if isinstance(this.this, exp.Literal) else (this.expressions or [None])[0]
        named = text.name if isinstance(text, exp.Literal) else ""
        return [exp.to_identifier(part, quoted=False) for part in named.split(".")] if named else [this]
    inner: list[exp.Expr | str] = []
    while isinstance(this, exp.Dot):
        inner.insert(0, this.expression)
        this = this.this
    inner.insert(0, this)
    outer = [table.args.get("catalog"), table.args.get("db")]
    return [part for part in outer if part is not None] + inner


def with_of(node: exp.Expr) -> exp.Expr | None:
    """The WITH clause of a node (its key changed in sqlglot 28)."""
    return node.args.get("with_") or node.args.get("with")


def from_of(node: exp.Expr) -> exp.Expr | None:
    """The FROM clause of a node (its key changed in sqlglot 28)."""
    return node.args.get("from_") or node.args.get("from")
