"""dbt exposures: `mode_exposures.yml`, one for each report that reads what the user's own project builds.

Nothing in the file may ever break the project that it is put into: names are made of tokens, texts that Jinja would
take for its own are written as string expressions, and only nodes that an exposure may refer to are referred to
(`dbt_manifest`).
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from ..entities import ENTITIES, Entity
from ..entities.own_tables import OWN_TABLES, OwnTable
from ..errors import UsageError
from ..settings import one_of
from .assets import CERTAINTIES, Report, TableEdge, good_enough
from .dbt_manifest import Manifest
from .reading import Workspace
from .writing import File
from .yaml_text import Value, block

EXPOSURES = "mode_exposures.yml"
SOURCES = "mode_sources.yml"
HEADER = b"# Written by mode-source: edits are lost with the next export.\nversion: 2\n"
# What Jinja takes for its own, and line ends, which it changes.
JINJA = re.compile(r"{[{%#]|[}%#]}|\r|\n\Z")
PLAIN = re.compile(r"[0-9A-Za-z_]+", re.ASCII)
TYPES = {"id": "text", "bool": "boolean", "json": "json"}


@dataclass(frozen=True)
class DbtOptions:
    """Section `[export.dbt]`.

    Attributes:
        manifest: path of the project's `target/manifest.json`.
        data_source: name of the data source in Mode that the project builds; default: by the kind of database.
        all: also reports that read nothing of the project.
        include_archived: also archived reports.
        certainty: which lineage to believe: `certain`, `likely` or `guess`.
        with_usage: views and the time of the last run, which change every day.
        with_sources: also `mode_sources.yml`, which declares our own tables as a dbt source.
    """

    manifest: str | None = None
    data_source: str | None = None
    all: bool = False
    include_archived: bool = False
    certainty: str = "likely"
    with_usage: bool = True
    with_sources: bool = False

    def __post_init__(self) -> None:
        """Raises UsageError if a setting is missing or makes no sense."""
        one_of("certainty", self.certainty, *CERTAINTIES)
        if not self.manifest:
            raise UsageError(
                "Setting `manifest` is missing: give it as --manifest target/manifest.json, `manifest` under"
                " [export.dbt] of .dlt/config.toml or environment variable EXPORT__DBT__MANIFEST."
            )


def files(workspace: Workspace, options: DbtOptions, counts: Counter[str]) -> Iterator[File]:
    """The files of the export.

    Args:
        workspace: to export.
        options: see `DbtOptions`.
        counts: receives what the summary says.

    Raises:
        UsageError: the manifest is none or is of a kind of database that is not known; or the data source
            does not exist; or there is no lineage.
    """
    if not workspace.has_lineage:
        raise UsageError(
            "The dbt export needs lineage, which this dataset does not have: load into DuckDB or a warehouse."
        )
    sources = [source for source in workspace.data_sources.values() if source.name == options.data_source]
    if options.data_source and not sources:
        raise UsageError(
            f"Setting `data_source` of [export.dbt] names no data source of Mode: {options.data_source!r}."
        )
    manifest = Manifest.read(Path(options.manifest or ""), sources[0].platform.name if sources else None)
    yield EXPOSURES, exposures(workspace, options, manifest, frozenset(source.id for source in sources), counts)
    if options.with_sources:
        yield SOURCES, (HEADER, own_sources(workspace, manifest).encode())


def exposures(
    workspace: Workspace, options: DbtOptions, manifest: Manifest, data_sources: frozenset[str], counts: Counter[str]
) -> Iterator[bytes]:
    """The file of exposures, bit by bit.

    Args:
        workspace: to export.
        options: see `DbtOptions`.
        manifest: of the project.
        data_sources: ids of those that the project builds; empty means by the kind of database.
        counts: receives `reports`, `exposures`, `references` and `unresolved_tables`.
    """
    yield HEADER
    began = False
    for report in workspace.reports("tables"):
        if report.archived and not options.include_archived:
            continue
        counts["reports"] += 1
        references, unresolved = set(), set()
        for edge in _tables(workspace, report, options.certainty, data_sources):
            reference = manifest.resolve(edge)
            if reference:
                references.add(reference)
            else:
                unresolved.add(edge[:4])
        counts["unresolved_tables"] += len(unresolved)
        if not references and not options.all:
            continue
        counts["exposures"] += 1
        counts["references"] += len(references)
        if not began:
            yield b"exposures:\n"
            began = True
        exposure = _exposure(workspace, report, sorted(references), len(unresolved), options)
        yield block([exposure], 2).encode()
    if not began:
        yield b"exposures: []\n"


def own_sources(workspace: Workspace, manifest: Manifest) -> str:
    """Our own tables as a dbt source, from their declarations."""
    tables: list[Value] = []
    declarations: dict[str, Entity | OwnTable] = {**ENTITIES, **OWN_TABLES}
    for name, declared in declarations.items():
        if not workspace.has(name):
            continue
        columns: list[Value] = [
            {
                "name": column.name,
                "description": _safe(column.description),
                "data_type": TYPES.get(column.kind, column.kind),
            }
            for column in declared.columns
        ]
        table: dict[str, Value] = {"name": name, "description": _safe(declared.description)}
        if name == "runs":
            table["config"] = {"loaded_at_field": "ended_at"}
        tables.append({**table, "columns": columns})
    source: Value = {
        "name": "mode_metadata",
        "description": _safe("Metadata of Mode Analytics, loaded by mode-source."),
        "schema": workspace.schema,
        "tables": tables,
    }
    return block({"sources": [source]})


def _tables(workspace: Workspace, report: Report, certainty: str, data_sources: frozenset[str]) -> Iterator[TableEdge]:
    """The warehouse's tables that a report reads; those behind datasets of Mode are among them."""
    for query in report.queries:
        behind = [workspace.sources_of_datasets.get(edge.name, ()) for edge in query.tables if edge.is_dataset]
        if data_sources and data_sources.isdisjoint({query.data_source_id}.union(*behind)):
            continue
        yield from (edge for edge in good_enough(query.tables, certainty) if not edge.is_dataset)


def _exposure(
    workspace: Workspace, report: Report, references: Sequence[str], unresolved: int, options: DbtOptions
) -> dict[str, Value]:
    collection = workspace.collections.get(report.space_token or "")
    meta: dict[str, Value] = {"mode_token": report.token}
    if collection and collection.name:
        meta["collection"] = _safe(collection.name)
    if options.with_usage:
        meta["views"] = report.view_count
        meta["views_90_days"] = report.views_90_days
        meta["last_run_at"] = report.last_run_at.isoformat() if report.last_run_at else None
    frequencies: Sequence[Value] = sorted({_safe(schedule.frequency or "unknown") for schedule in report.schedules})
    meta["schedules"] = len(report.schedules)
    if frequencies:
        meta["frequencies"] = frequencies
    meta["queries"] = len(report.queries)
    meta["charts"] = sum(len(query.charts) for query in report.queries)
    meta["unresolved_tables"] = unresolved
    if report.archived:
        meta["archived"] = True
    exposure: dict[str, Value] = {
        "name": _name(report.token),
        "label": _safe(report.name or "Untitled report"),
        "type": "dashboard",
        "url": _safe(report.web_url or f"{workspace.base_url}/reports/{report.token}"),
    }
    if report.description:
        exposure["description"] = _safe(report.description)
    exposure["depends_on"] = references
    exposure["owner"] = _owner(workspace, report.creator_username)
    exposure["config"] = {"tags": ["mode"], "meta": meta}
    return exposure


def _owner(workspace: Workspace, username: str | None) -> dict[str, Value]:
    person = workspace.people.get(username or "")
    owner: dict[str, Value] = {"name": _safe((person and person.name) or username or "unknown")}
    if person and person.email:
        owner["email"] = _safe(person.email)
    return owner


def _name(token: str) -> str:
    """A name that is stable under renames, unique, and one that dbt takes."""
    if PLAIN.fullmatch(token):
        return f"mode_{token}"
    return f"mode_{blake2b(token.encode(), digest_size=8).hexdigest()}"


def _safe(text: str) -> str:
    """A text that dbt's Jinja gives back as it is."""
    if not JINJA.search(text):
        return text
    return "{{ " + json.dumps(text, ensure_ascii=False) + " }}"
