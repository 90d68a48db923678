"""Changes of reports, datasets and what belongs to them, with the timestamps that Mode moves for each.

docs/mode-api.md#s10: a save moves ``edited_at``, ``last_saved_at`` and ``updated_at``; a view moves nothing but
``view_count``; runs are in `changes_runs`. Whether moving, renaming, archiving and schedule or chart edits bump the
report is not known, so ``bump`` chooses.
"""

from __future__ import annotations

from typing import Any

from . import names, sql_texts, vegas
from .changes_runs import RunChanges
from .clock import DAY
from .model import DATASET, REPORT, Chart, Query, Report, ReportFilter, Schedule
from .store import CollectionRef, ReportRef, change, token_of


class ReportChanges(RunChanges):
    """What people do to reports and datasets."""

    def _source_id(self, kind: str | None = None) -> int | None:
        for source in self.data_sources.values():
            if kind is None or source.kind == kind:
                return source.id
        return None

    # -- reports

    @change
    def add_report(
        self,
        space: CollectionRef,
        name: str | None = "New Report",
        *,
        queries: int = 1,
        charts: int = 1,
        **fields: Any,
    ) -> Report:
        """A new report with some queries, each with some charts; ``fields`` set attributes of `Report`."""
        report = Report(
            token=self.new_token(), id=self.new_id("report", 2_934_000), type=REPORT, name=name,
            description=None, space_token=self.collection(space).token, creator=self.owner,
            created_at=self.now_ms, updated_at=self.now_ms + 50, edited_at=self.now_ms,
            last_saved_at=self.now_ms + 11,
        )  # fmt: skip
        for key, value in fields.items():
            setattr(report, key, value)
        self._put_report(report)
        for _ in range(queries):
            query = self.add_query(report, bump=False)
            for _ in range(charts):
                self.add_chart(query, bump=False)
        return report

    @change
    def add_dataset(self, space: CollectionRef, name: str | None = "New Dataset", **fields: Any) -> Report:
        """A new dataset with its one query."""
        kind = next((source.kind for source in self.data_sources.values()), "postgresql")
        report = self.add_report(space, name, queries=0, **{"type": DATASET, **fields})
        text, columns = sql_texts.dataset_text(self.rng, kind)
        self.add_query(report, text, columns=columns, bump=False)
        return report

    @change
    def view_report(self, report: ReportRef, n: int = 1) -> Report:
        """Views: no timestamp moves."""
        target = self.report(report)
        target.view_count += n
        return target

    @change
    def rename_report(self, report: ReportRef, name: str | None = None, *, bump: bool = True) -> Report:
        """A new name (a generated one unless given)."""
        target = self.report(report)
        target.name = f"Renamed {self.version} “{names.report(self.rng)}”"[:64] if name is None else name
        self._save(target, bump)
        return target

    @change
    def edit_report(self, report: ReportRef, *, bump: bool = True, **fields: Any) -> Report:
        """Set any attribute of a report (``description``, ``public``, ``name=None`` …)."""
        target = self.report(report)
        for key, value in fields.items():
            setattr(target, key, value)
        self._save(target, bump)
        return target

    @change
    def move_report(self, report: ReportRef, space: CollectionRef, *, bump: bool = False) -> Report:
        """To another collection; token and id stay (docs/mode-api.md#s10, "Can a report move")."""
        target, goal = self.report(report), self.collection(space)
        self._by_space[target.space_token].pop(target.token)
        self._touch(target.space_token)
        target.space_token = goal.token
        self._by_space.setdefault(goal.token, {})[target.token] = target
        self._settle(target, bump)
        return target

    @change
    def archive_report(self, report: ReportRef, *, bump: bool = False) -> Report:
        """Archived reports stay in listings, archived datasets leave them (docs/mode-api.md#s6, #s6-1)."""
        target = self.report(report)
        target.archived = True
        self._settle(target, bump)
        return target

    @change
    def unarchive_report(self, report: ReportRef, *, bump: bool = False) -> Report:
        """Undo `archive_report`; also for datasets."""
        target = self.report(report)
        target.archived = False
        self._settle(target, bump)
        return target

    @change
    def archive_dataset(self, dataset: ReportRef, *, bump: bool = False) -> Report:
        """The same as `archive_report`: the dataset vanishes from listings, its single GET still answers."""
        return self.archive_report(dataset, bump=bump)

    @change
    def delete_report(self, report: ReportRef) -> str:
        """Gone: 404 everywhere, until `restore_report`."""
        target = self.report(report)
        self._drop_report(target)
        return target.token

    def delete_dataset(self, dataset: ReportRef) -> str:
        """The same as `delete_report`."""
        return self.delete_report(dataset)

    @change
    def restore_report(self, report: ReportRef, *, bump: bool = False) -> Report:
        """A deleted report comes back as it was, in another listed collection if its own is gone."""
        target = self._trash.pop(token_of(report))
        if target.space_token not in self.collections:
            target.space_token = next(space.token for space in self.collections.values() if space.listed)
        self._put_report(target)
        self._settle(target, bump)
        return target

    # -- queries and charts

    @change
    def add_query(
        self, report: ReportRef, raw_query: str | None = None, *, name: str | None = "Query",
        bump: bool = True, data_source: int | None = None, columns: tuple[str, ...] = (),
    ) -> Query:  # fmt: skip
        """A new query; its SQL is generated unless given."""
        target = self.report(report)
        source = self.data_source_by_id(data_source) or next(iter(self.data_sources.values()), None)
        text, generated = sql_texts.query_text(self.rng, source.kind if source else "postgresql")
        query = Query(
            token=self.new_token(), id=self.new_id("query", 10_149_000), report_token=target.token,
            name=f"Query {len(target.queries) + 1}" if name == "Query" else name,
            raw_query=text if raw_query is None else raw_query,
            data_source_id=source.id if source else data_source,
            created_at=self.now_ms, updated_at=self.now_ms + 37, last_run_id=None, creator=target.creator,
            columns=columns or generated,
        )  # fmt: skip
        self._put_query(target, query)
        self._save(target, bump)
        return query

    @change
    def edit_query(
        self,
        report: ReportRef,
        query: str | Query | None = None,
        raw_query: str | None = None,
        *,
        bump: bool = True,
    ) -> Query:
        """Other SQL in a query (the report's first unless named; a comment is added unless SQL is given)."""
        target = self.report(report)
        token = token_of(query) if query is not None else next(iter(target.queries))
        edited = self.queries[token]
        edited.raw_query = f"-- edit {self.version}\n{edited.raw_query}" if raw_query is None else raw_query
        edited.updated_at = self.now_ms + 37
        self._save(target, bump)
        return edited

    @change
    def delete_query(self, query: str | Query, *, bump: bool = True) -> str:
        """A query and its charts are gone."""
        target = self.queries[token_of(query)]
        self._drop_query(target)
        self._save(self.reports[target.report_token], bump)
        return target.token

    @change
    def add_chart(self, query: str | Query, title: str | None = None, *, bump: bool = True) -> Chart:
        """A new chart on a query's columns."""
        parent = self.queries[token_of(query)]
        chart = Chart(
            token=self.new_token(), id=self.new_id("chart", 172_000), query_token=parent.token,
            report_token=parent.report_token,
            title=names.chart_title(self.rng, parent.columns) if title is None else title, description="",
            chart_type=self.rng.choice(vegas.CHART_TYPES), columns=parent.columns, created_at=self.now_ms,
            updated_at=self.now_ms, creator=parent.creator,
        )  # fmt: skip
        parent.charts[chart.token] = self.charts[chart.token] = chart
        self._save(self.reports[parent.report_token], bump)
        return chart

    @change
    def edit_chart(self, chart: str | Chart, title: str | None = None, *, bump: bool = True) -> Chart:
        """Another title (and ``updated_at``) of a chart."""
        target = self.charts[token_of(chart)]
        target.title = f"Edited <{self.version}> & more" if title is None else title
        target.updated_at = self.now_ms + 5
        self._save(self.reports[target.report_token], bump)
        return target

    @change
    def delete_chart(self, chart: str | Chart, *, bump: bool = True) -> str:
        """A chart is gone."""
        target = self.charts.pop(token_of(chart))
        del self.queries[target.query_token].charts[target.token]
        self._save(self.reports[target.report_token], bump)
        return target.token

    # -- schedules and filters

    @change
    def add_schedule(self, report: ReportRef, frequency: str = "daily", *, bump: bool = False) -> Schedule:
        """A new schedule; the report's ``schedules_count`` shows it even without a bump."""
        target = self.report(report)
        schedule = Schedule(
            token=self.new_token(), report_token=target.token, name="Untitled schedule", frequency=frequency,
            hour=self.rng.randrange(24), minute=self.rng.choice((0, 15, 30)),
            day_of_week="Monday,Thursday" if frequency == "weekly" else None, created_at=self.now_ms,
            updated_at=self.now_ms, last_run_at=self.now_ms - DAY,
        )  # fmt: skip
        target.schedules[schedule.token] = self.schedules[schedule.token] = schedule
        self._settle(target, bump)
        return schedule

    @change
    def edit_schedule(self, schedule: str | Schedule, *, bump: bool = False) -> Schedule:
        """Another hour."""
        target = self.schedules[token_of(schedule)]
        target.hour = (target.hour + 1) % 24
        target.updated_at = self.now_ms
        self._settle(self.reports[target.report_token], bump)
        return target

    @change
    def delete_schedule(self, schedule: str | Schedule, *, bump: bool = False) -> str:
        """A schedule is gone."""
        target = self.schedules.pop(token_of(schedule))
        report = self.reports[target.report_token]
        del report.schedules[target.token]
        self._settle(report, bump)
        return target.token

    @change
    def add_filter(self, report: ReportRef, name: str = "Region", *, bump: bool = True) -> ReportFilter:
        """A new report filter."""
        target = self.report(report)
        item = ReportFilter(
            token=self.new_token(), id=self.new_id("filter", 88_000), report_token=target.token, name=name,
            column="region", values=("EMEA", "APAC"), created_at=self.now_ms, updated_at=self.now_ms,
        )  # fmt: skip
        target.filters[item.token] = item
        self._save(target, bump)
        return item
