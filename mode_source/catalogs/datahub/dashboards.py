"""Collections, reports, charts and people as DataHub's containers, dashboards, charts and users."""

from __future__ import annotations

from datetime import datetime, time, timezone

from ..assets import Chart, Collection, Person, Query, Report
from ..reading import Workspace
from . import urns
from .queries import Queries, schema_field
from .stamps import NOBODY, Aspect, milliseconds, removed, stamp, stamps, sub_types, texts, workspace_path

# Mode's types of charts → DataHub's, as DataHub's connector has them.
TYPES = {
    "table": "TABLE",
    "pivotTable": "TABLE",
    "vegasPivotTable": "TABLE",
    "bar": "BAR",
    "stackedBar": "BAR",
    "stackedBar100": "BAR",
    "hBar": "BAR",
    "hStackedBar": "BAR",
    "hStackedBar100": "BAR",
    "line": "LINE",
    "area": "AREA",
    "totalArea": "AREA",
    "pie": "PIE",
    "donut": "PIE",
    "scatter": "SCATTER",
    "histogram": "HISTOGRAM",
    "bigNumber": "TEXT",
    "bigValue": "TEXT",
}
USAGES = {"x": "X", "y": "Y", "x2": "X2", "y2": "Y2", "value": "Metrics", "filter": "Filters", "column": "Columns"}


class Dashboards:
    """Makes their aspects.

    Args:
        workspace: that they are in.
        queries: the same for queries.
        by_email: whether people go by their e-mail address, if it is known, instead of their username.
        owners: `upsert`, `patch` or `none`.
        deprecate: whether archived reports are marked as deprecated.
    """

    def __init__(self, workspace: Workspace, queries: Queries, *, by_email: bool, owners: str, deprecate: bool) -> None:
        self._workspace, self._queries = workspace, queries
        self._by_email, self._owners, self._deprecate = by_email, owners, deprecate

    def path_of(self, report: Report) -> list[dict[str, str]]:
        """Where a report or dataset lies: workspace and, if it is known, collection."""
        path = workspace_path(self._workspace.slug)
        if report.space_token in self._workspace.collections:
            urn = urns.container(report.space_token or "")
            path.append({"id": urn, "urn": urn})
        return path

    def person(self, username: str | None) -> str:
        """A person's URN."""
        known = self._workspace.people.get(username or "")
        if self._by_email and known and known.email:
            return urns.user(known.email)
        return urns.user(username)

    def owners_of(self, creator: str | None) -> tuple[dict[str, Aspect], dict[str, Aspect]]:
        """Aspect `ownership`: to replace, and to patch."""
        if not creator or self._owners == "none":
            return {}, {}
        owner = {"owner": self.person(creator), "type": "DATAOWNER"}
        if self._owners == "upsert":
            return {"ownership": {"owners": [owner], "ownerTypes": {}, "lastModified": NOBODY}}, {}
        patch = {
            "arrayPrimaryKeys": {"owners": ["owner", "type", "typeUrn", "attribution␟source"]},
            "patch": [{"op": "add", "path": f"/owners/{owner['owner']}/DATAOWNER//", "value": owner}],
        }
        return {}, {"ownership": patch}

    def of_collection(self, collection: Collection) -> dict[str, Aspect]:
        """The aspects of a collection."""
        properties: Aspect = {
            "customProperties": texts(
                platform="mode",
                space_token=collection.token,
                space_type=collection.space_type,
                default_access_level=collection.default_access_level,
            ),
            "name": collection.name or "Untitled",
            "externalUrl": f"{self._workspace.base_url}/spaces/{collection.token}",
        }
        if collection.description:
            properties["description"] = collection.description
        return {
            "containerProperties": properties,
            "subTypes": sub_types("Collection"),
            "dataPlatformInstance": {"platform": urns.MODE},
            "browsePathsV2": {"path": workspace_path(self._workspace.slug)},
            "status": removed(False),
        }

    def of_report(self, report: Report, path: list[dict[str, str]]) -> dict[str, Aspect]:
        """The aspects of a report; the path is where it lies."""
        url = f"{self._workspace.base_url}/reports/{report.token}"
        aspects: dict[str, Aspect] = {
            "dashboardInfo": self._info(report, url),
            "subTypes": sub_types("Report"),
            "browsePathsV2": {"path": path},
            "embed": {"renderUrl": f"{url}/embed"},
            "status": removed(False),
        }
        if len(path) > 1:
            aspects["container"] = {"container": path[1]["urn"]}
        if self._workspace.stats_day and report.view_count is not None:
            # A day, not this moment: the same state said again replaces itself.
            midnight = datetime.combine(self._workspace.stats_day, time(), timezone.utc)
            aspects["dashboardUsageStatistics"] = {
                "timestampMillis": milliseconds(midnight),
                "partitionSpec": {"partition": "FULL_TABLE_SNAPSHOT", "type": "FULL_TABLE"},
                "viewsCount": report.view_count,
            }
        if report.archived and self._deprecate:
            aspects["deprecation"] = {"deprecated": True, "note": "Archived in Mode", "actor": urns.UNKNOWN}
        return aspects

    def of_chart(
        self, chart: Chart, number: int, query: Query, report: Report, path: list[dict[str, str]]
    ) -> dict[str, Aspect]:
        """The aspects of a chart.

        Args:
            chart: the chart.
            number: among those of its query, for one without a title.
            query: whose result it shows.
            report: that it is in.
            path: where it lies; its last step is the query.
        """
        query_urn = path[-1]["urn"]
        info: Aspect = {
            "customProperties": self._shown(chart),
            "title": chart.title or f"Chart {number}",
            "description": chart.description or "",
            "lastModified": stamps(self._stamp(chart.created_at, chart), self._stamp(chart.updated_at, chart)),
            "chartUrl": f"{self._workspace.base_url}/reports/{report.token}/viz/{chart.token}",
            "inputs": [{"string": query_urn}],
            "inputEdges": [],
        }
        if chart.chart_type in TYPES:
            info["type"] = TYPES[chart.chart_type]
        if report.last_run_at:
            info["lastRefreshed"] = milliseconds(report.last_run_at)
        aspects: dict[str, Aspect] = {
            "chartInfo": info,
            "subTypes": sub_types("Chart"),
            "browsePathsV2": {"path": path},
            "status": removed(False),
        }
        if query.raw_query:
            aspects["chartQuery"] = {"rawQuery": query.raw_query, "type": "SQL"}
        columns = self._queries.columns(query)
        shown = sorted({columns[field.output] for field in chart.fields if field.output in columns})
        if shown:
            aspects["inputFields"] = {
                "fields": [
                    {"schemaFieldUrn": urns.schema_field(query_urn, name), "schemaField": schema_field(name)}
                    for name in shown
                ]
            }
        return aspects

    def of_person(self, person: Person) -> dict[str, Aspect]:
        """The aspects of a member."""
        info: Aspect = {"customProperties": {}, "active": person.state == "active", "system": False}
        if person.name:
            info |= {"displayName": person.name, "fullName": person.name}
        if person.email:
            info["email"] = person.email
        return {"corpUserInfo": info, "status": removed(False)}

    def _info(self, report: Report, url: str) -> Aspect:
        read = {edge.name for query in report.queries for edge in query.tables if edge.is_dataset}
        datasets = {self._queries.dataset(token) for token in {*report.imported, *read}}
        frequencies = sorted({schedule.frequency for schedule in report.schedules if schedule.frequency})
        next_runs = [schedule.next_scheduled_run for schedule in report.schedules if schedule.next_scheduled_run]
        info: Aspect = {
            "customProperties": texts(
                token=report.token,
                archived=bool(report.archived),
                schedules=len(report.schedules),
                frequencies=", ".join(frequencies),
                next_run=min(next_runs, default=None),
                queries=len(report.queries),
                charts=sum(len(query.charts) for query in report.queries),
                public=report.public,
                embedded=report.is_embedded,
            ),
            "title": report.name or "",
            "description": report.description or "",
            "charts": sorted(urns.chart(chart.token) for query in report.queries if query.id for chart in query.charts),
            "datasets": sorted(urn for urn in datasets if urn),
            "dashboards": [],
            "lastModified": stamps(
                self._stamp(report.created_at, report), stamp(report.last_saved_at or report.edited_at)
            ),
            "dashboardUrl": url,
        }
        if report.last_run_at:
            info["lastRefreshed"] = milliseconds(report.last_run_at)
        return info

    def _stamp(self, moment: datetime | None, made: Report | Chart) -> Aspect:
        return {"time": milliseconds(moment), "actor": self.person(made.creator_username)}

    @staticmethod
    def _shown(chart: Chart) -> dict[str, str]:
        """What a chart shows where, as properties."""
        properties = texts(ChartType=chart.chart_type)
        by_usage: dict[str, list[str]] = {}
        for field in chart.fields:
            usage = field.usage or "other"
            by_usage.setdefault(USAGES.get(usage, usage.capitalize()), []).append(field.name)
        return properties | {usage: ", ".join(sorted(set(names))) for usage, names in sorted(by_usage.items())}
