"""Runs that succeed, fail or have not ended, and what else hangs on schedules and datasets.

docs/mode-api.md#s10: a run moves ``updated_at`` 17 ms after it finished and each query's 37 ms after; ``last_run_at``
is when the last one started, ``last_successfully_run_at`` when the last good one finished.
"""

from __future__ import annotations

from .model import Report, Schedule
from .model_parts import FieldDescription, Ran, Run, Subscription
from .runs import ENQUEUED, ERRORS, FAILED, SUCCEEDED
from .store import ReportRef, Store, change, token_of


def ran_now(report: Report) -> tuple[Ran, ...]:
    """The queries of a report as a run finds them."""
    return tuple(
        Ran(query.token, query.name, query.created_at, query.data_source_id, query.raw_query)
        for query in report.queries.values()
    )


class RunChanges(Store):
    """What happens by itself, and who is told."""

    def _save(self, report: Report, bump: bool = True) -> None:
        """A save in the editor: 11 ms to ``last_saved_at``, 50 ms to ``updated_at`` (docs/mode-api.md#s10)."""
        if bump:
            report.edited_at = self.now_ms
            report.last_saved_at = self.now_ms + 11
            report.updated_at = self.now_ms + 50
        self._touch(report.space_token)

    def _settle(self, report: Report, bump: bool) -> None:
        """A change outside the editor: ``updated_at`` only."""
        if bump:
            report.updated_at = self.now_ms + 50
        self._touch(report.space_token)

    # -- runs

    @change
    def run_report(self, report: ReportRef, *, scheduled: bool = False) -> Report:
        """A run that succeeds."""
        target = self.start_run(report, scheduled=scheduled)
        return self._end(target, target.newer_runs[-1], None)

    @change
    def fail_run(self, report: ReportRef, *, scheduled: bool = False, error: tuple[str, str] = ERRORS[0]) -> Report:
        """A run that fails, with a code and a message for its first query."""
        target = self.start_run(report, scheduled=scheduled)
        return self._end(target, target.newer_runs[-1], error)

    @change
    def start_run(self, report: ReportRef, *, scheduled: bool = False) -> Report:
        """A run that has not ended: until `finish_run`, only ``last_run_at`` and ``runs_count`` tell of it."""
        target = self.report(report)
        schedule = next(iter(target.schedules), None) if scheduled else None
        target.newer_runs.append(Run(self.now_ms, None, ENQUEUED, ran_now(target), schedule))
        target.last_run_at = self.now_ms
        if scheduled:
            for item in target.schedules.values():
                item.last_run_at = self.now_ms
        self._touch(target.space_token)
        return target

    @change
    def finish_run(self, report: ReportRef, *, error: tuple[str, str] | None = None) -> Report:
        """The oldest run that has not ended ends, well unless there is an error."""
        target = self.report(report)
        return self._end(target, next(run for run in target.newer_runs if run.finished is None), error)

    def _end(self, target: Report, run: Run, error: tuple[str, str] | None) -> Report:
        run.finished = self.now_ms + target.runtime_ms
        run.state, run.error = (FAILED, error) if error else (SUCCEEDED, None)
        if not error:
            target.last_successfully_run_at = run.finished
        target.updated_at = run.finished + 17
        for query in target.queries.values():
            query.updated_at = run.finished + 37
            query.last_run_id = self.new_run_id()
        self._touch(target.space_token)
        return target

    # -- subscriptions and descriptions of fields

    @change
    def subscribe(self, schedule: str | Schedule, subscribers: int = 2, *, csv: bool = False) -> Subscription:
        """A new subscription of a schedule, which the schedule's ``subscriber_count`` shows."""
        target = self.schedules[token_of(schedule)]
        token = self.derived_token("subscription", target.token, len(target.subscriptions))
        subscription = Subscription(token, target.token, subscribers, csv)
        target.subscriptions[token] = subscription
        target.updated_at = self.now_ms
        self._settle(self.reports[target.report_token], bump=True)
        return subscription

    @change
    def unsubscribe(self, subscription: Subscription) -> str:
        """A subscription ends."""
        target = self.schedules[subscription.schedule_token]
        del target.subscriptions[subscription.token]
        target.updated_at = self.now_ms
        self._settle(self.reports[target.report_token], bump=True)
        return subscription.token

    @change
    def describe_field(self, dataset: ReportRef, name: str, text: str = "What it <b>means</b>") -> FieldDescription:
        """A description of a dataset's column, or another one."""
        target = self.report(dataset)
        found = target.field_descriptions.get(name)
        if found is None:
            token = self.derived_token("field", target.token, name)
            found = target.field_descriptions[name] = FieldDescription(token, name, text, self.now_ms, self.now_ms)
        found.text, found.updated_at = text, self.now_ms
        self._save(target)
        return found

    @change
    def set_columns(self, dataset: ReportRef, *columns: str) -> Report:
        """The dataset's query gives other columns."""
        target = self.report(dataset)
        query = next(iter(target.queries.values()))
        query.columns = columns
        query.raw_query = f"SELECT {', '.join(columns)} FROM finance.orders"
        query.updated_at = self.now_ms + 37
        self._save(target)
        return target
