"""Several workspaces in one configuration: `[sources.mode.workspaces.NAME]`, each with what is its own.

A section may hold any argument of `mode_source`, and `dataset_name`, `source_id`, `catalog_token` and
`output_directory`. What it does not hold is taken from where it always comes from. They run one after the other, each
with its own client and so at its own rate; one that fails does not stop the others.
"""

from __future__ import annotations

import inspect
import logging
import os
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, get_type_hints

import dlt
from dlt.common.configuration.container import Container
from dlt.common.configuration.exceptions import ConfigValueCannotBeCoercedException
from dlt.common.configuration.providers import ConfigProvider
from dlt.common.configuration.specs.pluggable_run_context import PluggableRunContext
from dlt.common.configuration.utils import deserialize_value
from dlt.common.typing import extract_inner_type

from . import logs
from .destination.pipeline import DATASET
from .errors import GAPS, TIME_LIMIT, ModeSourceError, UsageError
from .job import Outcome, catalog_settings, pipeline_of, sync
from .monitoring import Ended, Monitoring
from .options import CatalogOptions, ExportOptions, LoadOptions, ModeOptions, MonitoringOptions, PipelineOptions
from .settings import LastResort, register
from .source import mode_source

logger = logging.getLogger(__name__)

SECTION = ("sources", "mode", "workspaces")
SECTION_NAME = "[" + ".".join(SECTION)
OWN = ("dataset_name", "source_id", "catalog_token", "output_directory")  # beside the arguments of `mode_source`
# Exit codes from the best to the worst: the one of several runs is the worst of theirs.
SEVERITY = (0, GAPS, TIME_LIMIT, 4, 1, 2, 5)


@dataclass(frozen=True)
class Job:
    """The run of one workspace.

    Attributes:
        name: of its section, or its slug.
        source: arguments of `mode_source`.
        pipeline: where its tables are.
        catalog: where its Catalog files go.
    """

    name: str
    source: dict[str, Any]
    pipeline: PipelineOptions
    catalog: CatalogOptions


def jobs(mode: ModeOptions, pipeline: PipelineOptions, catalog: CatalogOptions | None = None) -> list[Job]:
    """The workspaces that the flags name, or else the configuration.

    Args:
        mode: which workspaces; a key that is given is that of all of them.
        pipeline: where the tables are; a dataset that is given is for one workspace alone.
        catalog: where the Catalog files go.

    Returns:
        One job for each; a single one without a name where dlt's configuration is to say which workspace it is.

    Raises:
        UsageError: it is not clear which ones, or a setting makes no sense.
    """
    register()
    catalog = catalog or CatalogOptions()
    configured = {name: settings_of(name) for name in names()}
    wanted = _wanted(mode, configured)
    general = dlt.config.get("sources.mode.workspace", str)
    others = {general} if general and not _section(general, configured) else set()
    several = len(others | configured.keys()) > 1 or len(wanted) > 1
    if len(wanted) > 1 and pipeline.dataset_name:
        raise UsageError(f"--dataset-name is for one workspace: give {SECTION_NAME}.NAME] a `dataset_name` of its own.")
    found = [
        _job(name, configured.get(name, {}), mode, pipeline, catalog, several=several, alone=len(wanted) == 1)
        for name in wanted
    ]
    return found or [Job("", mode.given(), pipeline, catalog)]


def arguments(job: Job, function: Callable[..., object]) -> dict[str, Any]:
    """Those arguments of a job's source that a function takes, too."""
    taken = inspect.signature(function).parameters
    return {key: value for key, value in job.source.items() if key in taken}


def names() -> list[str]:
    """Names of the sections, those of environment variables included."""
    found: dict[str, None] = {}
    for provider in _providers():
        sections, _ = provider.get_value(SECTION[-1], Any, None, *SECTION[:-1])
        if isinstance(sections, dict):
            found.update(dict.fromkeys(sections))
    prefix = "__".join(SECTION).upper() + "__"
    for variable in sorted(os.environ):
        name, _, key = variable.removeprefix(prefix).partition("__")
        if variable.startswith(prefix) and key:
            known = [other for other in found if other.upper() == name]
            found.update(dict.fromkeys(known or [name.lower()]))
    return list(found)


def settings_of(name: str) -> dict[str, Any]:
    """What the section of a workspace holds.

    Raises:
        UsageError: a setting is unknown, or not of its type.
    """
    hints = get_type_hints(inspect.unwrap(mode_source))
    allowed = [key for key in hints if key not in ("full_refresh", "log", "return", "since")] + list(OWN)
    found: dict[str, Any] = {}
    for provider in _providers():
        section, _ = provider.get_value(name, Any, None, *SECTION)
        unknown = [key for key in section if key not in allowed] if isinstance(section, dict) else []
        if unknown:
            raise UsageError(f"Setting `{unknown[0]}` of {SECTION_NAME}.{name}] is unknown: {', '.join(allowed)}.")
        for key in allowed:
            value, _ = provider.get_value(key, Any, None, *SECTION, name)
            if value is None or key in found:
                continue
            try:
                found[key] = deserialize_value(key, value, extract_inner_type(hints[key])) if key in hints else value
            except ConfigValueCannotBeCoercedException:
                raise UsageError(f"Setting `{key}` of {SECTION_NAME}.{name}] is not of its type: correct it.") from None
    logs.hide([str(found[key]) for key in found if key.endswith(("token", "secret", "_key"))])
    return found


def sync_all(
    chosen: Sequence[Job],
    load: LoadOptions,
    *,
    export: ExportOptions | None,
    uploads: bool,
    monitoring: MonitoringOptions | None = None,
) -> Outcome:
    """Runs one workspace after the other.

    Args:
        chosen: see `jobs`.
        load: how much to load, of each.
        export: what to export to; None exports nothing.
        uploads: send Catalog's files, where Catalog's token and source id are configured.
        monitoring: whom to tell: of each run, and the healthcheck only if all went well.

    Returns:
        What each did, and the worst exit code.

    Raises:
        UsageError: two of them have one Catalog source id.
        ModeSourceError: what failed, if there is only one.
    """
    monitoring = monitoring or MonitoringOptions()
    if len(chosen) == 1:
        return _sync(chosen[0], load, export, uploads, monitoring)
    if uploads:
        _check_source_ids(chosen)
    each = replace(monitoring, healthcheck_url="")
    summaries: dict[str, Any] = {}
    texts = []
    for job in chosen:
        logger.info("Workspace %s.", job.name)
        try:
            outcome = _sync(job, load, export, uploads, each)
            summaries[job.name] = {**outcome.summary, "exit_code": outcome.exit_code}
            texts.append(f"Workspace {job.name}\n{outcome.text}")
        except ModeSourceError as error:
            logger.error("Workspace %s: %s", job.name, error)
            summaries[job.name] = {"error": logs.redacted(str(error)), "exit_code": error.exit_code}
            texts.append(f"Workspace {job.name}\nFailed: {error}")
    codes = {name: int(summary["exit_code"]) for name, summary in summaries.items()}
    exit_code = worst(codes.values())
    texts.append("Exit codes: " + ", ".join(f"{name} {code}" for name, code in codes.items()) + ".")
    summary = {"workspaces": summaries}
    last = replace(monitoring, notify_url="", metrics="")
    Monitoring(last).tell(Ended(", ".join(summaries), exit_code, summary))
    return Outcome(summary, "\n\n".join(texts), exit_code)


def _sync(
    job: Job, load: LoadOptions, export: ExportOptions | None, uploads: bool, monitoring: MonitoringOptions
) -> Outcome:
    return sync(
        pipeline_of(job.pipeline),
        catalog=job.catalog,
        load=load,
        export=export,
        exports=export is not None,
        uploads=uploads,
        wait=job.pipeline.wait,
        monitoring=monitoring,
        **job.source,
    )


def worst(codes: Iterable[int]) -> int:
    """The worst of several exit codes."""
    return max(codes, key=lambda code: SEVERITY.index(code) if code in SEVERITY else len(SEVERITY))


def _wanted(mode: ModeOptions, configured: dict[str, dict[str, Any]]) -> list[str]:
    """Names of the workspaces; none where nothing says which one."""
    asked = list(dict.fromkeys(mode.workspaces or ([mode.workspace] if mode.workspace else [])))
    if mode.all_workspaces:
        if asked:
            raise UsageError("Give either --all-workspaces or -w, not both.")
        if not configured:
            raise UsageError(f"--all-workspaces: there is no section {SECTION_NAME}.NAME] in .dlt/config.toml.")
        return list(configured)
    if not asked:
        general = dlt.config.get("sources.mode.workspace", str)
        if general is None and len(configured) > 1:
            raise UsageError(
                f"Several workspaces are configured ({', '.join(configured)}): name one with -w, or give"
                " --all-workspaces."
            )
        asked = [general] if general else list(configured)
        if asked and asked[0] not in configured and not _section(asked[0], configured):
            return []  # as ever: one workspace, in [sources.mode]
    return [_section(name, configured) or name for name in asked]


def _section(workspace: str, configured: dict[str, dict[str, Any]]) -> str | None:
    """The section of a workspace, by its name or its slug."""
    if workspace in configured:
        return workspace
    return next((name for name, found in configured.items() if found.get("workspace") == workspace), None)


def _job(
    name: str,
    settings: dict[str, Any],
    mode: ModeOptions,
    pipeline: PipelineOptions,
    catalog: CatalogOptions,
    *,
    several: bool,
    alone: bool,
) -> Job:
    """A job with what is its own.

    Args:
        name: of its section, or its slug.
        settings: what the section holds.
        mode, pipeline, catalog: the flags.
        several: there is more than one workspace, so they must not share a dataset or a folder.
        alone: it is the only one of this command.
    """
    own = {key: settings[key] for key in OWN if key in settings}
    source = {"workspace": name, **{key: value for key, value in settings.items() if key not in OWN}}
    source |= {key: value for key, value in mode.given().items() if key != "workspace"}
    dataset = pipeline.dataset_name or own.get("dataset_name")
    folder = pipeline.pipelines_dir
    directory = catalog.output_directory if alone else None
    directory = directory or own.get("output_directory")
    if several:
        dataset = dataset or f"{dlt.config.get('dataset_name') or DATASET}_{name}"
        folder = folder or dlt.config.get("pipelines_dir")
        folder = str(Path(folder) / name) if folder else None  # by default each dataset has one of its own
        base = catalog.output_directory or catalog_settings().output_directory
        directory = directory or (str(Path(base) / name) if base else None)
    return Job(
        name,
        source,
        replace(pipeline, dataset_name=dataset, pipelines_dir=folder),
        replace(
            catalog,
            output_directory=directory or catalog.output_directory,
            source_id=catalog.source_id or own.get("source_id"),
            token=catalog.token or own.get("catalog_token"),
        ),
    )


def _check_source_ids(chosen: Sequence[Job]) -> None:
    seen: dict[str, str] = {}
    for job in chosen:
        source_id = catalog_settings(job.catalog).source_id
        if source_id and source_id in seen:
            raise UsageError(
                f"Workspaces {seen[source_id]} and {job.name} have the same `source_id` of Catalog: each needs its own,"
                f" under {SECTION_NAME}.NAME]."
            )
        if source_id:
            seen[source_id] = job.name


def _providers() -> list[ConfigProvider]:
    """dlt's providers in their order, without the last resort, whose values are of no workspace in particular."""
    providers = Container()[PluggableRunContext].providers.providers
    return [provider for provider in providers if not isinstance(provider, LastResort)]
