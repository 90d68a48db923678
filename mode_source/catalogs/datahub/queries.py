"""Queries and Mode's datasets as DataHub's datasets, with their columns and their lineage."""

from __future__ import annotations

import re
from collections import defaultdict

from ..assets import CERTAINTIES, ColumnEdge, Query, Report, TableEdge, good_enough
from ..reading import Workspace
from . import urns
from .stamps import NOBODY, Aspect, milliseconds, removed, sub_types, texts

CONFIDENCE = {"certain": 1.0, "likely": 0.8, "guess": 0.4}
NAMELESS = re.compile(r"_col_?\d+", re.IGNORECASE)  # what an expression without an alias is called
NO_TYPE: Aspect = {"type": {"com.linkedin.schema.NullType": {}}}


class Queries:
    """Makes their aspects.

    Args:
        workspace: that they are in.
        names: how they and the tables that they read are named.
        certainty: which lineage to believe.
    """

    def __init__(self, workspace: Workspace, names: urns.Urns, certainty: str) -> None:
        self._workspace, self.urns, self._certainty = workspace, names, certainty
        self._accepted = CERTAINTIES[: CERTAINTIES.index(certainty) + 1]

    def aspects(self, urn: str, query: Query, report: Report, path: list[dict[str, str]]) -> dict[str, Aspect]:
        """The aspects of a query, or of a dataset of Mode.

        Args:
            urn: of the query or dataset.
            query: the query, or that of the dataset.
            report: the report or dataset.
            path: where it lies.
        """
        found = {
            "datasetProperties": self._properties(query, report),
            "subTypes": sub_types("Dataset" if report.is_dataset else "Query"),
            "browsePathsV2": {"path": path},
            "status": removed(False),
        }
        if query.raw_query:
            found["viewProperties"] = {"materialized": False, "viewLogic": query.raw_query, "viewLanguage": "SQL"}
        if report.is_dataset and report.space_token in self._workspace.collections:
            found["container"] = {"container": urns.container(report.space_token or "")}
        columns = self.columns(query)
        if columns:
            found["schemaMetadata"] = {
                "schemaName": "mode_dataset" if report.is_dataset else "mode_query",
                "platform": urns.MODE,
                "version": 0,
                "created": NOBODY,
                "lastModified": NOBODY,
                "hash": "",
                "platformSchema": {"com.linkedin.schema.OtherSchema": {"rawSchema": ""}},
                "fields": [schema_field(name) for name in columns.values()],
            }
        lineage = self._lineage(urn, query, columns)
        if lineage is not None:
            found["upstreamLineage"] = lineage
        return found

    def columns(self, query: Query) -> dict[str, str]:
        """Columns of the result that have a name: as lineage spells them, and as DataHub does."""
        lower = self._platform(query) == "snowflake"
        found: dict[str, str] = {}
        for name in query.outputs:
            path = name.lower() if lower else name
            if name and name != "*" and not NAMELESS.fullmatch(name) and path not in found.values():
                found[name] = path
        return found

    def dataset(self, token: str) -> str | None:
        """The URN of one of Mode's datasets; None if there is no such dataset."""
        id, _ = self._workspace.dataset_names.get(token, (None, None))
        return self.urns.query(id) if id else None

    def _properties(self, query: Query, report: Report) -> Aspect:
        base, named = self._workspace.base_url, report if report.is_dataset else query
        properties: Aspect = {
            "customProperties": texts(
                id=query.id,
                token=query.token,
                report_token=report.token,
                created_at=query.created_at,
                updated_at=query.updated_at,
                last_run_id=query.last_run_id,
                data_source_id=query.data_source_id,
                explorations_count=query.explorations_count or None,
                report_imports_count=query.report_imports_count or None,
                dbt_metric_id=query.dbt_metric_id,
            ),
            "externalUrl": f"{base}/datasets/{report.token}"
            if report.is_dataset
            else f"{base}/reports/{report.token}/details/queries/{query.token}",
            "tags": [],
        }
        if named.name:
            properties["name"] = named.name
        if report.is_dataset and report.description:
            properties["description"] = report.description
        for name, moment in (("created", named.created_at), ("lastModified", named.updated_at)):
            if moment:
                properties[name] = {"time": milliseconds(moment), "actor": urns.user(named.creator_username)}
        return properties

    def _lineage(self, urn: str, query: Query, columns: dict[str, str]) -> Aspect | None:
        """None if nothing is known: an empty aspect would take away what others have found."""
        found = [self._upstream(edge) for edge in good_enough(query.tables, self._certainty)]
        tables = {table for table in found if table}
        if not tables and (not query.analysed or query.failed or query.tables):
            return None
        platforms = {edge[1:4]: edge.platform for edge in query.tables}
        sources: dict[str, set[str]] = defaultdict(set)
        doubt: dict[str, int] = defaultdict(int)
        for edge in query.columns_used:
            column = self._source(edge, query, platforms, tables)
            if column and edge.output in columns:
                sources[edge.output].add(column)
                doubt[edge.output] = max(doubt[edge.output], CERTAINTIES.index(edge.certainty))
        lineage: Aspect = {
            "upstreams": [{"auditStamp": NOBODY, "dataset": table, "type": "TRANSFORMED"} for table in sorted(tables)]
        }
        if sources:
            lineage["fineGrainedLineages"] = [
                {
                    "upstreamType": "FIELD_SET",
                    "upstreams": sorted(sources[output]),
                    "downstreamType": "FIELD",
                    "downstreams": [urns.schema_field(urn, columns[output])],
                    "confidenceScore": CONFIDENCE[CERTAINTIES[doubt[output]]],
                }
                for output in sorted(sources)
            ]
        return lineage

    def _source(
        self,
        edge: ColumnEdge,
        query: Query,
        platforms: dict[tuple[str | None, str | None, str], str],
        tables: set[str],
    ) -> str | None:
        if edge.output is None or edge.usage != "output" or edge.column == "*":
            return None
        if edge.certainty not in self._accepted:
            return None
        platform = platforms.get((edge.database, edge.schema, edge.table)) or self._platform(query)
        table = self._upstream(TableEdge(platform, edge.database, edge.schema, edge.table, edge.certainty))
        if table is None or table not in tables:
            return None
        return urns.schema_field(table, edge.column.lower() if platform == "snowflake" else edge.column)

    def _upstream(self, edge: TableEdge) -> str | None:
        if edge.is_dataset:
            return self.dataset(edge.name)
        return self.urns.table(edge.platform, edge.database, edge.schema, edge.name)

    def _platform(self, query: Query) -> str:
        source = self._workspace.data_sources.get(query.data_source_id or "")
        return source.platform.name if source else ""


def schema_field(path: str) -> Aspect:
    """A column whose type nobody knows."""
    return {
        "fieldPath": path,
        "nullable": False,
        "type": NO_TYPE,
        "nativeDataType": "",
        "recursive": False,
        "isPartOfKey": False,
    }
