"""What the tables can be exported to: one entry of `FORMATS` per target, and one way to call them all.

A new target is one module in `catalogs/` that turns a `Workspace` into files, and one line here.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

import dlt

from .catalogs import datahub, dbt, openlineage, sql_tree
from .catalogs.assets import CERTAINTIES
from .catalogs.coalesce.export import export as export_to_coalesce
from .catalogs.coalesce.export import stored_base_url
from .catalogs.reading import Workspace
from .catalogs.writing import File, write
from .destination.dataset import Dataset
from .errors import UsageError
from .load import connect
from .settings import one_of, register

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
    return export_to(pipeline, Path(directory), format, options, wait=wait).files


def export_to(
    pipeline: dlt.Pipeline, directory: Path, format: str, given: dict[str, Any], *, wait: bool = False
) -> Exported:
    """As `export`, with the counts."""
    chosen = options_of(format, given)
    target = FORMATS[format]
    connect(pipeline)
    base_url = stored_base_url(pipeline)
    if target.files is None:
        files = export_to_coalesce(pipeline, directory, base_url, keep=chosen.keep, wait=wait)
        return Exported(format, directory, files, {"files": len(files)})
    counts: Counter[str] = Counter()
    with Dataset(pipeline) as dataset:
        workspace = Workspace(dataset, base_url, emails=setting("emails", bool, format) is not False)
        written = write(directory, format, target.files(workspace, chosen, counts), wait=wait)
    counts.update(files=len(written.files), changed=written.changed, removed=written.removed)
    done = Exported(format, directory, written.files, dict(counts))
    logger.info("Exported to %s", done.line())
    return done


def options_of(format: str, given: dict[str, Any]) -> Any:
    """The options of a format: what is given, else what is configured, else the default.

    Raises:
        UsageError: there is no such format or option, or a value makes no sense.
    """
    if format not in FORMATS:
        raise UsageError(f"There is no format {format!r}: choose from {', '.join(FORMATS)}.")
    kind = FORMATS[format].options
    hints = get_type_hints(kind)
    unknown = [name for name in given if name not in hints]
    if unknown:
        raise UsageError(f"Format {format} has no option {unknown[0]!r}: it has {', '.join(hints)}.")
    values = {}
    for option in fields(kind):
        value = given.get(option.name)
        if value is None and format != CATALOG:
            value = setting(option.name, hints[option.name], format)
        if value is not None:
            values[option.name] = value
    chosen = kind(**values)
    if "certainty" in values:
        one_of("certainty", chosen.certainty, *CERTAINTIES)
    return chosen


def setting(name: str, hint: Any, format: str) -> Any:
    """A setting of `[export.FORMAT]`, else of `[export]`; None if it is in neither."""
    register()
    plain = next((kind for kind in (bool, int, dict, list) if kind is hint or str(hint).startswith(kind.__name__)), str)
    for section in (f"export.{format}", "export"):
        value = dlt.config.get(f"{section}.{name}", plain)
        if value is not None:
            return value
    return None


def folders(directory: Path, formats: list[str]) -> list[tuple[str, Path]]:
    """Where each format goes: into the directory, or each into a folder of its own if there are several."""
    for format in formats:
        if format not in FORMATS:
            raise UsageError(f"There is no format {format!r}: choose from {', '.join(FORMATS)}.")
    chosen = list(dict.fromkeys(formats)) or [CATALOG]
    return [(format, directory if len(chosen) == 1 else directory / format) for format in chosen]
