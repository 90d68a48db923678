"""A query as OpenLineage's job, inputs and output, with their facets."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from ..._version import __version__
from ..assets import CERTAINTIES, ColumnEdge, Query, Report, TableEdge, good_enough
from ..reading import Workspace
from .naming import name, namespace

PRODUCER = f"https://pypi.org/project/mode-source/{__version__}/"
SPEC = "https://openlineage.io/spec"
CORE = f"{SPEC}/2-0-2/OpenLineage.json"
NAMELESS = re.compile(r"_col_?\d+", re.IGNORECASE)  # what an expression without an alias is called
LINK = re.compile(r"https?://[!-~]+")
# How a column decides about rows without being given out → OpenLineage's word for it.
INDIRECT = {"filter": "FILTER", "join": "JOIN", "group": "GROUP_BY", "order": "SORT", "window": "WINDOW"}

Facet = dict[str, Any]
Dataset = tuple[str, str]


def facet(path: str, **content: object) -> Facet:
    """A facet, with its schema."""
    return {"_producer": PRODUCER, "_schemaURL": f"{SPEC}/{path}.json#/$defs/{path.rpartition('/')[2]}", **content}


def iso(moment: datetime) -> str:
    """A moment in UTC, to the millisecond."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


class Facets:
    """Makes the parts of events that do not depend on the kind of event.

    Args:
        workspace: to export.
        job_namespace: of jobs and of their results.
        namespaces: overrides, by name of the data source.
        certainty: which lineage to believe.
        counts: receives `table_edges`, and `unnamed_tables` of data sources whose host is not known.
    """

    def __init__(
        self,
        workspace: Workspace,
        job_namespace: str,
        namespaces: Mapping[str, str],
        certainty: str,
        counts: Counter[str],
    ) -> None:
        self._workspace, self._job_namespace, self._counts = workspace, job_namespace, counts
        self._certainty = certainty
        self._accepted = CERTAINTIES[: CERTAINTIES.index(certainty) + 1]
        self._namespaces = {id: namespace(source, namespaces) for id, source in workspace.data_sources.items()}

    def body(self, query: Query, report: Report) -> dict[str, Any]:
        """Job, inputs and outputs of a query."""
        tables: dict[tuple[str | None, str | None, str], Dataset] = {}
        for edge in good_enough(query.tables, self._certainty):
            named = self._dataset(edge, query)
            if named:
                tables[edge[1:4]] = named
            else:
                self._counts["unnamed_tables"] += 1
        inputs = sorted(set(tables.values()))
        self._counts["table_edges"] += len(inputs)
        return {
            "job": {
                "namespace": self._job_namespace,
                "name": f"{report.token}.{query.token}",
                "facets": self._of_job(query, report),
            },
            "inputs": [{"namespace": space, "name": table} for space, table in inputs],
            "outputs": [self._output(query, report, tables)],
        }

    def _dataset(self, edge: TableEdge, query: Query) -> Dataset | None:
        if edge.is_dataset:
            return self._job_namespace, f"datasets/{edge.name}"
        sources = [query.data_source_id or ""]
        for other in query.tables:  # a table behind a dataset of Mode is in the dataset's data source
            if other.is_dataset:
                sources += sorted(self._workspace.sources_of_datasets.get(other.name, ()))
        for id in sources:
            source = self._workspace.data_sources.get(id)
            space = self._namespaces.get(id)
            if source and space and source.platform.name == edge.platform:
                return space, name(edge)
        return None

    def _of_job(self, query: Query, report: Report) -> dict[str, Facet]:
        source = self._workspace.data_sources.get(query.data_source_id or "")
        facets = {
            "jobType": facet(
                "facets/2-0-4/JobTypeJobFacet", processingType="BATCH", integration="MODE", jobType="QUERY"
            ),
            "mode_report": self._mode_report(query, report),
        }
        if query.raw_query is not None:
            sql: Facet = {"query": query.raw_query}
            if source:
                sql["dialect"] = source.platform.name
            facets["sql"] = facet("facets/1-1-0/SQLJobFacet", **sql)
        if report.creator_username:
            owners = [{"name": f"user:{report.creator_username}", "type": "CREATOR"}]
            facets["ownership"] = facet("facets/1-0-1/OwnershipJobFacet", owners=owners)
        title = " / ".join(part for part in (report.name, query.name) if part)
        described = "\n\n".join(part for part in (title, report.description) if part)
        if described:
            facets["documentation"] = facet(
                "facets/1-1-0/DocumentationJobFacet", description=described, contentType="text/plain"
            )
        if report.github_link and LINK.fullmatch(report.github_link):
            facets["sourceCodeLocation"] = facet(
                "facets/1-1-0/SourceCodeLocationJobFacet", type="git", url=report.github_link
            )
        tags = [{"key": key, "value": value, "source": "MODE"} for key, value in self._tags(report)]
        if tags:
            facets["tags"] = facet("facets/1-0-0/TagsJobFacet", tags=tags)
        return facets

    def _tags(self, report: Report) -> list[tuple[str, str]]:
        collection = self._workspace.collections.get(report.space_token or "")
        found = [("archived", "true")] if report.archived else []
        found += [("collection", collection.name)] if collection and collection.name else []
        found += [("scheduled", "true")] if report.schedules else []
        return found

    def _mode_report(self, query: Query, report: Report) -> Facet:
        charts = [
            {
                "token": chart.token,
                "title": chart.title,
                "type": chart.chart_type,
                "fields": [{"name": field.name, "usage": field.usage} for field in chart.fields],
            }
            for chart in query.charts
        ]
        return {
            "_producer": PRODUCER,
            "_schemaURL": f"{CORE}#/$defs/JobFacet",  # of our own, with nothing beyond the base
            "name": report.name,
            "url": self._url(report),
            "views": report.view_count,
            "charts": charts,
        }

    def _output(
        self, query: Query, report: Report, tables: dict[tuple[str | None, str | None, str], Dataset]
    ) -> dict[str, Any]:
        url = self._url(report) if report.is_dataset else f"{self._url(report)}/details/queries/{query.token}"
        title = (report.name if report.is_dataset else query.name) or query.token
        facets = {"dataSource": facet("facets/1-0-1/DatasourceDatasetFacet", name=title, uri=url)}
        columns = [column for column in query.outputs if column and column != "*" and not NAMELESS.fullmatch(column)]
        columns = list(dict.fromkeys(columns))
        if columns:
            facets["schema"] = facet("facets/1-2-0/SchemaDatasetFacet", fields=[{"name": column} for column in columns])
        lineage = self._column_lineage(query, columns, tables)
        if lineage:
            facets["columnLineage"] = facet("facets/1-2-0/ColumnLineageDatasetFacet", **lineage)
        named = f"datasets/{report.token}" if report.is_dataset else f"queries/{query.token}"
        return {"namespace": self._job_namespace, "name": named, "facets": facets}

    def _column_lineage(
        self, query: Query, columns: list[str], tables: dict[tuple[str | None, str | None, str], Dataset]
    ) -> Facet:
        computed: dict[str, set[tuple[str, str, str]]] = {}
        indirect: set[tuple[str, str, str, str]] = set()
        for edge in query.columns_used:
            source = tables.get((edge.database, edge.schema, edge.table))
            if source is None or edge.column == "*" or edge.certainty not in self._accepted:
                continue
            if edge.usage == "output":
                if edge.output in columns:
                    computed.setdefault(edge.output, set()).add((*source, edge.column))
            else:
                indirect.add((*source, edge.column, _subtype(edge)))
        found: Facet = {}
        if computed or indirect:
            found["fields"] = {
                output: {"inputFields": [_input_field(*source) for source in sorted(computed[output])]}
                for output in sorted(computed)
            }
        if indirect:
            found["dataset"] = [
                {**_input_field(*source), "transformations": [{"type": "INDIRECT", **_named(subtype)}]}
                for *source, subtype in sorted(indirect)
            ]
        return found

    def _url(self, report: Report) -> str:
        kind = "datasets" if report.is_dataset else "reports"
        return f"{self._workspace.base_url}/{kind}/{report.token}"


def _subtype(edge: ColumnEdge) -> str:
    return INDIRECT.get(edge.usage, "")


def _named(subtype: str) -> dict[str, str]:
    return {"subtype": subtype} if subtype else {}


def _input_field(space: str, table: str, column: str) -> dict[str, str]:
    return {"namespace": space, "name": table, "field": column}
