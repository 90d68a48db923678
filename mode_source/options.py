"""What the command line hands on: typed, and without dlt, which `--help` need not wait for.

None means "not given": dlt's configuration decides.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ModeOptions:
    """Which workspace, and with which key.

    Attributes:
        host: where Mode is.
        workspace: slug of the workspace.
        token: the API token (key id).
        secret: the API token's secret.
        workspaces: several of them, instead of `workspace`.
        all_workspaces: all that the configuration has a section for.
    """

    host: str | None = None
    workspace: str | None = None
    token: str | None = None
    secret: str | None = None
    workspaces: Sequence[str] = ()
    all_workspaces: bool = False

    def given(self) -> dict[str, Any]:
        """The arguments of `mode_source` that were given."""
        values = {"host": self.host, "workspace": self.workspace, "token": self.token, "secret": self.secret}
        return {name: value for name, value in values.items() if value is not None}


@dataclass(frozen=True)
class PipelineOptions:
    """Which tables, and what to do while another run works on them.

    Attributes:
        destination: name of a dlt destination.
        dataset_name: dataset (schema) of the tables.
        pipelines_dir: where dlt keeps its working files.
        wait: wait for another run to end instead of failing.
    """

    destination: str | None = None
    dataset_name: str | None = None
    pipelines_dir: str | None = None
    wait: bool = False


@dataclass(frozen=True)
class LoadOptions:
    """How much to load.

    Attributes:
        since: only reports and datasets updated since this date; removes nothing.
        resources: only these tables; empty means the default ones.
        full_refresh: read everything again.
        time_limit: after which to stop reading, such as `50 minutes`.
        accept_removals: believe Mode's lists, however many rows they lack.
        progress: `auto`, `log` or `none`.
    """

    since: str | None = None
    resources: Sequence[str] = ()
    full_refresh: bool = False
    accept_removals: bool = False
    time_limit: str | None = None
    progress: str = "none"


@dataclass(frozen=True)
class CatalogOptions:
    """Where the Catalog files go; the names are those of section `[catalog]`.

    Attributes:
        output_directory: directory of the files.
        keep: how many sets to leave there; None leaves all.
        token: Catalog's API token.
        source_id: UUID that Catalog gave for this Mode workspace.
        zone: `EU` or `US`.
        ingest_url: overrides the zone's ingest endpoint.
        file_type: `VIZ`, `WAREHOUSE`, `QUALITY` or `DBT`.
    """

    output_directory: str | None = None
    keep: int | None = None
    token: str | None = None
    source_id: str | None = None
    zone: str | None = None
    ingest_url: str | None = None
    file_type: str | None = None

    def given(self) -> dict[str, Any]:
        """The settings that were given."""
        return {name: value for name, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class MonitoringOptions:
    """Whom to tell how a run ended; the names are those of section `[monitoring]`.

    Attributes:
        notify_url: gets a POST of the summary when a run failed or left gaps.
        healthcheck_url: gets a GET when a run did all it should.
        metrics: an OpenMetrics file for the node exporter.
    """

    notify_url: str | None = None
    healthcheck_url: str | None = None
    metrics: str | None = None

    def given(self) -> dict[str, Any]:
        """The settings that were given."""
        return {name: value for name, value in vars(self).items() if value is not None}


EXPORT_FORMATS = ("catalog", "dbt", "datahub", "openlineage", "sql")


@dataclass(frozen=True)
class ExportOptions:
    """What to export the tables to; the names are those of sections `[export]` and `[export.FORMAT]`.

    Attributes:
        formats: of `EXPORT_FORMATS`; empty means those of the configuration, else Catalog's.
        certainty: which lineage to believe: `certain`, `likely` or `guess`.
        include_archived: also archived reports.
        manifest: dbt: path of the project's `target/manifest.json`.
        data_source: dbt: name of the data source in Mode that the project builds.
        all: dbt: also reports that read nothing of the project.
        with_usage: dbt: views and the time of the last run.
        with_sources: dbt: declare our own tables as a source, too.
        env: DataHub: environment of datasets.
        platform_instance_map: DataHub: platform instance by platform.
        events: OpenLineage: `run` or `job`.
    """

    formats: Sequence[str] = ()
    certainty: str | None = None
    include_archived: bool | None = None
    manifest: str | None = None
    data_source: str | None = None
    all: bool | None = None
    with_usage: bool | None = None
    with_sources: bool | None = None
    env: str | None = None
    platform_instance_map: Mapping[str, str] | None = None
    events: str | None = None

    def given(self) -> dict[str, Any]:
        """The settings of formats that were given."""
        return {name: value for name, value in vars(self).items() if value is not None and name != "formats"}
