"""Reads the corpus: one `.sql` file per dialect, cases separated by `-- case:` lines.

The head of a file says `-- adapter:`, `-- database:`, `-- host:`, and any number of
`-- catalog: schema.table(column, ...)` and `-- definition: name = SQL`. A case begins with its headers:

    -- case: a name
    -- tables: database.schema.table, +database.schema.created_table
    -- columns: output <- table.column, table.column; constant <-
    -- columns with catalog: only where they differ
    -- definitions: name, !missing_name
    -- errors: stage, stage
    -- uses: filter table.column, join table.column (all that are not output, where the line is there)
    -- outputs: the names of the result's columns in order, separated by | (where the line is there)
    -- certainty: table, likely~, guess? (where the line is there)
    -- verified: documentation or executed
    -- hard: why this case may fail (it is counted, but its misses do not fail the test)

and goes on with the SQL as it stands in Mode.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from mode_source.lineage import ColumnCatalog, DataSource, Definition, Lineage, Query, analyse

FOLDER = Path(__file__).parent / "corpus"
Pair = tuple[str, str]


@dataclass
class Case:
    file: str
    name: str
    sql: str
    source: DataSource
    catalog: ColumnCatalog
    definitions: dict[str, Definition]
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def hard(self) -> bool:
        return "hard" in self.headers

    @property
    def tables(self) -> set[str]:
        return {part.strip() for part in self.headers.get("tables", "").split(",") if part.strip()}

    def columns(self, with_catalog: bool) -> set[Pair]:
        text = self.headers.get("columns with catalog") if with_catalog else None
        text = self.headers.get("columns", "") if text is None else text
        found = set()
        for part in text.split(";"):
            output, _, sources = part.partition("<-")
            found |= {(output.strip(), source.strip()) for source in sources.split(",") if source.strip()}
        return found

    def analyse(self, with_catalog: bool = False) -> Lineage:
        query = Query("q", "r", self.sql, self.source.id)
        catalog = self.catalog if with_catalog else None
        return analyse(query, data_source=self.source, definitions=self.definitions, catalog=catalog)


def found_tables(lineage: Lineage) -> set[str]:
    return {
        ("+" if e.role == "created" else "") + ".".join(p for p in (e.database_name, e.schema_name, e.table_name) if p)
        for e in lineage.tables
    }


def found_columns(lineage: Lineage) -> set[Pair]:
    return {(e.output_column or "", f"{e.source_table}.{e.source_column}") for e in lineage.columns}


def found_uses(lineage: Lineage) -> set[str]:
    return {f"{edge.usage} {edge.source_table}.{edge.source_column}" for edge in lineage.uses}


def found_certainties(lineage: Lineage) -> set[str]:
    signs = {"certain": "", "likely": "~", "guess": "?"}
    return {edge.table_name + signs[edge.certainty] for edge in lineage.tables}


def cases() -> list[Case]:
    return [case for path in sorted(FOLDER.glob("*.sql")) for case in _read(path)]


def _read(path: Path) -> Iterator[Case]:
    head, *parts = re.split(r"^-- case:", path.read_text(encoding="utf-8"), flags=re.M)
    settings: dict[str, list[str]] = {}
    for key, value in re.findall(r"^-- (\w+): *(.*)$", head, flags=re.M):
        settings.setdefault(key, []).append(value.strip())
    source = DataSource(
        "1",
        settings["adapter"][0],
        settings.get("database", [None])[0],
        settings.get("host", [None])[0],
    )
    rows = []
    for entry in settings.get("catalog", ()):
        table, _, columns = entry.rstrip(")").partition("(")
        schema, _, name = table.rpartition(".")
        rows += [(None, schema or None, name, column.strip()) for column in columns.split(",")]
    definitions = {}
    for number, entry in enumerate(settings.get("definition", ())):
        name, _, sql = entry.partition("=")
        definitions[name.strip()] = Definition(name.strip(), f"d{number}", sql.strip())
    for part in parts:
        lines = part.split("\n")
        headers = {}
        position = 1
        while position < len(lines):
            match = re.match(
                r"^-- (tables|columns|columns with catalog|definitions|errors|hard|uses|outputs|certainty|verified)"
                r":(.*)$",
                lines[position],
            )
            if not match:
                break
            headers[match[1]] = match[2].strip()
            position += 1
        sql = "\n".join(lines[position:]).strip() + "\n"
        yield Case(path.stem, lines[0].strip(), sql, source, ColumnCatalog.build(rows), definitions, headers)
