"""A tree of SQL files for git: what people write in Mode, as they wrote it.

Each query is one file with exactly Mode's bytes. What else people edit stands in YAML beside it; what changes with
every run or view does not, so that a nightly commit is empty unless somebody edited something. Paths end with a token:
unique and safe on every file system, and a rename in Mode is a rename in git.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import blake2b

from .assets import Chart, Collection, Definition, Query, Report, Schedule
from .reading import Workspace
from .writing import File
from .yaml_text import Value, block

FORMAT = 1  # of the tree
LONGEST = 40  # characters of a name in a path
ATTRIBUTES = b"* -text\n"  # git must not touch line ends
TOKEN = re.compile(r"[0-9A-Za-z_]+", re.ASCII)
OTHER = re.compile(r"[^0-9a-z]+")


@dataclass(frozen=True)
class SqlOptions:
    """Section `[export.sql]`.

    Attributes:
        definitions: also the definitions.
        include_archived: also archived reports.
    """

    definitions: bool = True
    include_archived: bool = True


def files(workspace: Workspace, options: SqlOptions, counts: Counter[str]) -> Iterator[File]:
    """The files of the tree.

    Args:
        workspace: to export.
        options: see `SqlOptions`.
        counts: receives what the summary says.
    """
    yield ".gitattributes", (ATTRIBUTES,)
    yield "mode.yml", _yaml({"format": FORMAT, "host": workspace.host, "workspace": workspace.slug})
    for collection in workspace.collections.values():
        counts["collections"] += 1
        yield f"{_folder(workspace, collection.token)}/collection.yml", _yaml(_of_collection(collection))
    for report in workspace.assets("none"):
        if report.archived and not options.include_archived:
            continue
        counts["datasets" if report.is_dataset else "reports"] += 1
        folder = f"{_folder(workspace, report.space_token)}/{named(report.name, report.token)}"
        described = "dataset.yml" if report.is_dataset else "report.yml"
        yield f"{folder}/{described}", _yaml(_of_report(workspace, report))
        for query in report.queries:
            if query.raw_query is not None:
                counts["queries"] += 1
                yield f"{folder}/{_file(query)}", (query.raw_query.encode(),)
    if options.definitions:
        definitions = workspace.definitions()
        counts["definitions"] = len(definitions)
        yield "definitions/definitions.yml", _yaml([_of_definition(workspace, item) for item in definitions])
        for definition in definitions:
            if definition.source is not None:
                yield f"definitions/{named(definition.name, definition.token)}.sql", (definition.source.encode(),)


def named(name: str | None, token: str) -> str:
    """A part of a path: what is left of a name in ASCII, and the token."""
    plain = unicodedata.normalize("NFKD", name or "").encode("ascii", "ignore").decode().lower()
    slug = OTHER.sub("-", plain).strip("-")[:LONGEST].rstrip("-") or "untitled"
    safe = token if TOKEN.fullmatch(token) else blake2b(token.encode(), digest_size=8).hexdigest()
    return f"{slug}-{safe}"


def _folder(workspace: Workspace, token: str | None) -> str:
    collection = workspace.collections.get(token or "")
    return f"collections/{named(collection.name if collection else None, token or 'unknown')}"


def _file(query: Query) -> str:
    return f"{named(query.name, query.token)}.sql"


def _yaml(value: Value) -> tuple[bytes]:
    return (block(value).encode(),)


def _of_collection(collection: Collection) -> Value:
    return {
        "token": collection.token,
        "name": collection.name,
        "description": collection.description,
        "type": collection.space_type,
        "default_access_level": collection.default_access_level,
        "owner": collection.creator_username,
    }


def _of_report(workspace: Workspace, report: Report) -> Value:
    return {
        "token": report.token,
        "name": report.name,
        "description": report.description,
        "url": report.web_url or f"{workspace.base_url}/reports/{report.token}",
        "owner": report.creator_username,
        "archived": bool(report.archived),
        "schedules": [_of_schedule(schedule) for schedule in report.schedules],
        "queries": [_of_query(workspace, query) for query in report.queries],
    }


def _of_query(workspace: Workspace, query: Query) -> Value:
    return {
        "token": query.token,
        "name": query.name,
        "file": _file(query) if query.raw_query is not None else None,
        "data_source": _data_source(workspace, query.data_source_id),
        "charts": [_of_chart(chart) for chart in query.charts],
    }


def _of_chart(chart: Chart) -> Value:
    return {"token": chart.token, "title": chart.title, "type": chart.chart_type}


def _of_schedule(schedule: Schedule) -> Value:
    settings: dict[str, Value] = {
        "token": schedule.token,
        "name": schedule.name,
        "frequency": schedule.frequency,
        "day_of_month": schedule.day_of_month,
        "day_of_week": schedule.day_of_week,
        "hour": schedule.cron_hour,
        "minute": schedule.cron_minute,
        "time_zone": schedule.time_zone,
    }
    return {name: value for name, value in settings.items() if value is not None}


def _of_definition(workspace: Workspace, definition: Definition) -> Value:
    return {
        "token": definition.token,
        "name": definition.name,
        "description": definition.description,
        "file": f"{named(definition.name, definition.token)}.sql" if definition.source is not None else None,
        "data_source": _data_source(workspace, definition.data_source_id),
        "owner": definition.creator_username,
    }


def _data_source(workspace: Workspace, id: str | None) -> str | None:
    source = workspace.data_sources.get(id or "")
    return source.name if source and source.name else id
