"""Mode's metadata as Dagster assets (dagster-dlt): one per table, with its columns and descriptions.

    pip install "mode-source" dagster dagster-dlt dagster-webserver
    dagster dev -f deploy/dagster/mode_source_assets.py

Settings come from .dlt or the environment. Nothing of Dagster's own state is needed to be incremental.
"""

from collections.abc import Iterator

import dlt
from dagster import (
    AssetExecutionContext,
    AssetSpec,
    Definitions,
    MaterializeResult,
    ScheduleDefinition,
    TableColumn,
    TableSchema,
    define_asset_job,
)
from dagster_dlt import DagsterDltResource, DagsterDltTranslator, dlt_assets
from dagster_dlt.translator import DltResourceTranslatorData
from dlt.extract import DltResource

from mode_source import exclusive, mode_source
from mode_source.entities import ENTITIES
from mode_source.load import make_pipeline

pipeline = make_pipeline()  # destination and dataset as dlt's configuration names them


def columns_of(resource: DltResource) -> TableSchema:
    """The columns of a table, as they are declared."""
    hints = resource.compute_table_schema()["columns"]
    return TableSchema(
        [
            TableColumn(str(name), str(hint.get("data_type")), hint.get("description"))
            for name, hint in hints.items()
            if not name.startswith("_")
        ]
    )


class Tables(DagsterDltTranslator):
    """Names each asset like its table, and describes it."""

    def get_asset_spec(self, data: DltResourceTranslatorData) -> AssetSpec:
        entity = ENTITIES[data.resource.name]
        return (
            super()
            .get_asset_spec(data)
            .replace_attributes(key=["mode", entity.name], description=entity.description, deps=[], group_name="mode")
            .merge_attributes(metadata={"dagster/column_schema": columns_of(data.resource)})
        )


def source() -> dlt.sources.DltSource:
    """The source of one run; it reads its settings when it is made."""
    return mode_source()


@dlt_assets(
    # Only its tables are looked at here, so that the definitions load without any secret.
    dlt_source=mode_source(workspace="any", token="none", secret="none"),
    dlt_pipeline=pipeline,
    name="mode",
    dagster_dlt_translator=Tables(),
)
def mode_assets(context: AssetExecutionContext, dlt_resource: DagsterDltResource) -> Iterator[MaterializeResult]:
    """Loads what changed in Mode; of a selection of assets, only these tables."""
    specs = {spec.key: spec for spec in context.assets_def.specs}
    with exclusive(pipeline):
        for result in dlt_resource.run(context=context, dlt_source=source()):
            # dagster-dlt knows the columns without their descriptions.
            schema = specs[result.asset_key].metadata["dagster/column_schema"]
            yield MaterializeResult(
                asset_key=result.asset_key, metadata={**(result.metadata or {}), "dagster/column_schema": schema}
            )


defs = Definitions(
    assets=[mode_assets],
    resources={"dlt_resource": DagsterDltResource()},
    schedules=[ScheduleDefinition(job=define_asset_job("mode_hourly", [mode_assets]), cron_schedule="17 * * * *")],
)
