"""What the tables can be exported to: one entry of `FORMATS` per target, and one way to call them all.

A new target is one module in `catalogs/` that turns a `Workspace` into files, and one line here.
"""

from __future__ import annotations

import gc
import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import dlt

from .catalogs import datahub, dbt, openlineage, sql_tree
from .catalogs.coalesce.export import export as export_to_coalesce
from .catalogs.coalesce.export import stored_base_url
from .catalogs.reading import Workspace
from .catalogs.writing import File, write
from .destination.dataset import Dataset
from .errors import UsageError
from .load import connect
from .options import ExportOptions
from .settings import register

logger = logging.getLogger(__name__)

CATALOG = "catalog"


@dataclass(frozen=True)
class CatalogFilesOptions:
    """Coalesce Catalog has its own section, `[catalog]`.

    Attributes:
        keep: how many sets to leave in the directory; None leaves all.
    """

    keep: int | None = None


@dataclass(frozen=True)
class Export:
    """A target.

    Attributes:
        description: one sentence.
        options: a dataclass; its fields are the settings of `[export.NAME]`.
        files: from a workspace to the files, with the counts of the summary; None for Catalog, whose files are sets.
    """

    description: str
    options: type
    files: Callable[[Workspace, Any, Counter[str]], Iterator[File]] | None


FORMATS: dict[str, Export] = {
    CATALOG: Export("Coalesce Catalog: the six files that it takes for Mode.", CatalogFilesOptions, None),
    "dbt": Export("dbt: an exposure for each report that reads what your project builds.", dbt.DbtOptions, dbt.files),
    "datahub": Export(
        "DataHub: a metadata file that merges with its own Mode ingestion.", datahub.DataHubOptions, datahub.files
    ),
    "openlineage": Export(
        "OpenLineage: events for Marquez, Google's and Amazon's catalogs and others.",
        openlineage.OpenLineageOptions,
        openlineage.files,
    ),
    "sql": Export("A tree of SQL files for git, one per query.", sql_tree.SqlOptions, sql_tree.files),
}


@dataclass
class Exported:
    """What one export wrote.

    Attributes:
        format: one of `FORMATS`.
        directory: where to.
        files: all of the export, also those that had not changed.
        counts: for the summary.
    """

    format: str
    directory: Path
    files: list[Path]
    counts: dict[str, int] = field(default_factory=dict)

    def line(self) -> str:
        """One line for people."""
        counted = ", ".join(f"{count:,} {name.replace('_', ' ')}" for name, count in self.counts.items())
        return f"{self.format}: {self.directory}: {counted}"


@dataclass(frozen=True)
class Planned:
    """An export whose settings make sense.

    Attributes:
        format: one of `FORMATS`.
        directory: where to.
        options: of the format.
    """

    format: str
    directory: Path
    options: Any

    def write(self, pipeline: dlt.Pipeline, *, wait: bool = False) -> Exported:
        """Writes the files.

        Args:
            pipeline: connected (`load.connect`).
            wait: wait for another export into the same directory instead of failing.

        Raises:
            UsageError: something that a setting names is not fit for it.
            ExportError: something could not be written.
            LockedError: another run writes into the directory.
        """
        base_url, target = stored_base_url(pipeline), FORMATS[self.format]
        if target.files is None:
            files = export_to_coalesce(pipeline, self.directory, base_url, keep=self.options.keep, wait=wait)
            return Exported(self.format, self.directory, files, {"files": len(files)})
        counts: Counter[str] = Counter()
        with Dataset(pipeline) as dataset, rarely_collecting():
            workspace = Workspace(dataset, base_url, emails=setting("emails", bool, self.format) is not False)
            written = write(self.directory, self.format, target.files(workspace, self.options, counts), wait=wait)
        counts.update(files=len(written.files), changed=written.changed, removed_files=written.removed)
        done = Exported(self.format, self.directory, written.files, dict(counts))
        logger.info("Exported to %s", done.line())
        return done


def export(pipeline: dlt.Pipeline, directory: Path | str, format: str = CATALOG, **options: Any) -> list[Path]:
    """Exports the tables of a pipeline.

    Args:
        pipeline: whose tables they are.
        directory: where to; made if it is not there.
        format: one of `FORMATS`.
        options: of the format, see its dataclass; what is not given is taken from `[export.FORMAT]` and `[export]`.
            Besides, `wait`: wait for another export into the same directory instead of failing.

    Returns:
        The files of the export.

    Raises:
        UsageError: there is no such format or option, or a setting makes no sense.
        ExportError: something could not be written.
        LockedError: another run writes into the directory.
    """
    wait = bool(options.pop("wait", False))
    planned = Planned(format, Path(directory), options_of(format, options))
    connect(pipeline)
    return planned.write(pipeline, wait=wait).files


def plan(directory: Path, options: ExportOptions, *, keep: int | None = None) -> list[Planned]:
    """What to write where, before anything is read: one format into the directory, several each into its folder.

    Args:
        directory: where to.
        options: what was given; the rest is taken from `[export]`.
        keep: how many sets of Catalog's files to leave.

    Raises:
        UsageError: there is no such format, or a setting makes no sense.
    """
    register()
    configured: object = options.formats or dlt.config.get("export.formats") or [CATALOG]
    names = configured.split(",") if isinstance(configured, str) else configured
    formats = list(dict.fromkeys(str(name).strip() for name in names)) if isinstance(names, (list, tuple)) else []
    if not formats:
        raise UsageError(f"Setting `formats` of [export] is no list of formats: {configured!r}.")
    given = options.given()
    known = {format: {option.name for option in fields(_target(format).options)} for format in formats}
    for name in given:
        if not any(name in names for names in known.values()):
            flag = name.replace("_", "-")
            raise UsageError(f"Option --{flag} is for another format than {', '.join(formats)}.")
    planned = []
    for format in formats:
        chosen = {name: value for name, value in given.items() if name in known[format]}
        chosen |= {"keep": keep} if format == CATALOG else {}
        place = directory if len(formats) == 1 else directory / format
        planned.append(Planned(format, place, options_of(format, chosen)))
    return planned


def options_of(format: str, given: dict[str, Any]) -> Any:
    """The options of a format: what is given, else what is configured, else the default.

    Raises:
        UsageError: there is no such format or option, or a value makes no sense.
    """
    kind = _target(format).options
    hints = get_type_hints(kind)
    for name in given:
        if name not in hints:
            raise UsageError(f"Format {format} has no option {name!r}: it has {', '.join(hints)}.")
    values = {}
    for option in fields(kind):
        value = given.get(option.name)
        if value is None and format != CATALOG:
            value = setting(option.name, hints[option.name], format)
        if value is not None:
            values[option.name] = value
    return kind(**values)


def _target(format: str) -> Export:
    if format not in FORMATS:
        raise UsageError(f"There is no format {format!r}: choose from {', '.join(FORMATS)}.")
    return FORMATS[format]


@contextmanager
def rarely_collecting() -> Iterator[None]:
    """Looks for garbage less often: there is little, and looking takes a sixth of an export's time."""
    before = gc.get_threshold()
    gc.set_threshold(100_000, 20, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)


def setting(name: str, hint: Any, format: str) -> Any:
    """A setting of `[export.FORMAT]`, else of `[export]`; None if it is in neither."""
    register()
    (kind, *_) = [part for part in get_args(hint) or (hint,) if part is not type(None)]
    plain = dict if get_origin(kind) is Mapping else kind
    for section in (f"export.{format}", "export"):
        value = dlt.config.get(f"{section}.{name}", plain)
        if value is not None:
            return value
    return None
