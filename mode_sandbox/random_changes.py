"""One random change at a time, for property tests and for a demo workspace that lives.

Only changes that Mode's listings show are made (docs/mode-api.md#s9, #s10): an edit of a child always bumps
its report, moves stay among listed collections. Unseen changes must be asked for by name (``bump=False``).
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, TypeVar

from .model import Collection, DataSource, Group, Member, Report, columns_of
from .runs import ERRORS

if TYPE_CHECKING:
    from .changes_workspace import WorkspaceChanges

T = TypeVar("T")
Action = Callable[["WorkspaceChanges", random.Random], str | None]


def apply(ws: WorkspaceChanges, rng: random.Random, more: bool = False) -> str:
    """Draw changes until one is possible, make it and say what it was; ``more`` draws from `_MORE`, too."""
    actions, weights = zip(*_ACTIONS, *(_MORE if more else ()), strict=True)
    for _ in range(50):
        said: str | None = rng.choices(actions, weights)[0](ws, rng)
        if said is not None:
            return said
    space = ws.add_collection()
    return f"added collection {space.token}"


def _one(rng: random.Random, things: Iterable[T]) -> T | None:
    found = list(things)
    return rng.choice(found) if found else None


def _report(ws: WorkspaceChanges, rng: random.Random, *, datasets: bool = False) -> Report | None:
    return _one(
        rng,
        (report for report in ws.reports.values() if report.is_dataset == datasets and ws.is_listed(report)),
    )


def _space(ws: WorkspaceChanges, rng: random.Random) -> Collection | None:
    return _one(rng, (space for space in ws.collections.values() if space.listed))


def _custom(ws: WorkspaceChanges, rng: random.Random) -> Collection | None:
    return _one(rng, (space for space in ws.collections.values() if space.listed and space.space_type == "custom"))


def _edit_query(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng, datasets=rng.random() < 0.1)
    query = _one(rng, report.queries) if report else None
    if report is None or query is None:
        return None
    ws.edit_query(report, query)
    return f"edited query {query} of {report.token}"


def _add_query(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng)
    return f"added query {ws.add_query(report).token} to {report.token}" if report else None


def _delete_query(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng)
    query = _one(rng, report.queries) if report else None
    return f"deleted query {ws.delete_query(query)}" if query else None


def _chart(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng)
    query = _one(rng, report.queries.values()) if report else None
    if query is None:
        return None
    chart = _one(rng, query.charts)
    if chart is None or rng.random() < 0.4:
        return f"added chart {ws.add_chart(query).token} to query {query.token}"
    if rng.random() < 0.5:
        return f"deleted chart {ws.delete_chart(chart)}"
    return f"edited chart {ws.edit_chart(chart).token}"


def _run(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng, datasets=rng.random() < 0.1)
    return f"ran {ws.run_report(report).token}" if report else None


def _view(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng)
    return f"viewed {ws.view_report(report, 1 + rng.randrange(20)).token}" if report else None


def _rename(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng, datasets=rng.random() < 0.1)
    return f"renamed {ws.rename_report(report, bump=rng.random() < 0.5).token}" if report else None


def _move(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report, space = _report(ws, rng, datasets=rng.random() < 0.1), _space(ws, rng)
    if report is None or space is None or space.token == report.space_token:
        return None
    ws.move_report(report, space, bump=rng.random() < 0.5)
    return f"moved {report.token} to {space.token}"


def _archive(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _one(rng, (report for report in ws.reports.values() if ws.collections[report.space_token].listed))
    if report is None:
        return None
    bump = rng.random() < 0.5
    if report.archived:
        ws.unarchive_report(report, bump=bump)
        return f"unarchived {report.token}"
    ws.archive_report(report, bump=bump)
    return f"archived {report.token}"


def _delete(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng, datasets=rng.random() < 0.1)
    return f"deleted {ws.delete_report(report)}" if report else None


def _restore(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    token = _one(rng, ws._trash)
    if token is None or not any(space.listed for space in ws.collections.values()):
        return None
    return f"restored {ws.restore_report(token).token}"


def _add(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    space = _space(ws, rng)
    if space is None:
        return None
    if rng.random() < 0.2:
        return f"added dataset {ws.add_dataset(space).token} to {space.token}"
    return f"added report {ws.add_report(space, queries=rng.randrange(3)).token} to {space.token}"


def _collections(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    draw, space = rng.random(), _custom(ws, rng)
    if draw < 0.4 or space is None:
        return f"added collection {ws.add_collection().token}"
    if draw < 0.7:
        return f"renamed collection {ws.rename_collection(space).token}"
    if draw < 0.85:
        return f"emptied collection {space.token} of {len(ws.empty_collection(space))}"
    return f"deleted collection {space.token} with {len(ws.delete_collection(space))}"


def _schedule(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    schedule = _one(rng, (token for token, s in ws.schedules.items() if ws.is_listed(ws.reports[s.report_token])))
    if schedule is None or rng.random() < 0.4:
        report = _report(ws, rng)
        return f"added schedule {ws.add_schedule(report, bump=True).token} to {report.token}" if report else None
    if rng.random() < 0.5:
        return f"edited schedule {ws.edit_schedule(schedule, bump=True).token}"
    return f"deleted schedule {ws.delete_schedule(schedule, bump=True)}"


def _definition(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    definition = _one(rng, ws.definitions)
    if definition is None or rng.random() < 0.4:
        return f"added definition {ws.add_definition().token}"
    if rng.random() < 0.6:
        return f"edited definition {ws.edit_definition(definition).token}"
    return f"deleted definition {ws.delete_definition(definition)}"


def _people(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    draw = rng.random()
    member = _one(rng, (token for token in ws.members if token != ws.owner))
    group = _one(rng, ws.groups)
    if draw < 0.25 or member is None:
        return f"added member {ws.add_member().username}"
    if draw < 0.4:
        return f"removed member {ws.remove_member(member)}"
    if draw < 0.6:
        return f"renamed member {ws.rename_member(member).username}"
    if draw < 0.7 or group is None:
        return f"added group {ws.add_group(members=2).token}"
    if draw < 0.75:
        return f"removed group {ws.remove_group(group)}"
    membership = _one(rng, ws.groups[group].memberships)
    if membership is not None and draw < 0.87:
        return f"removed group membership {ws.remove_group_member(membership)}"
    return f"added group membership {ws.add_group_member(group, member).token}"


def _data_source(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    source = _one(rng, ws.data_sources)
    if source is None or len(ws.data_sources) < 3 or rng.random() < 0.5:
        return f"added data source {ws.add_data_source(f'Warehouse {ws.version}').token}"
    return f"deleted data source {ws.delete_data_source(source)}"


def _fail(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    report = _report(ws, rng, datasets=rng.random() < 0.2)
    if report is None:
        return None
    return f"failed {ws.fail_run(report, scheduled=rng.random() < 0.5, error=rng.choice(ERRORS)).token}"


def _unfinished(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    running = [
        report
        for report in ws.reports.values()
        if ws.is_listed(report) and any(run.finished is None for run in report.newer_runs)
    ]
    if running and rng.random() < 0.6:
        error = rng.choice((None, *ERRORS))
        return f"finished {ws.finish_run(rng.choice(running), error=error).token}"
    report = _report(ws, rng)
    return f"started {ws.start_run(report).token}" if report else None


def _subscription(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    schedule = _one(rng, (s for s in ws.schedules.values() if ws.is_listed(ws.reports[s.report_token])))
    if schedule is None:
        return None
    subscription = _one(rng, schedule.subscriptions.values())
    if subscription is None or rng.random() < 0.5:
        return f"subscribed {ws.subscribe(schedule).token} to {schedule.token}"
    return f"unsubscribed {ws.unsubscribe(subscription)}"


def _field(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    dataset = _report(ws, rng, datasets=True)
    columns = columns_of(dataset) if dataset else ()
    if dataset is None or not dataset.queries:
        return None
    if columns and rng.random() < 0.5:
        return f"described {ws.describe_field(dataset, rng.choice(columns), f'Meaning {ws.version}').name}"
    ws.set_columns(dataset, *columns[1:], f"column_{ws.version}")
    return f"changed the columns of {dataset.token}"


def _permission(ws: WorkspaceChanges, rng: random.Random) -> str | None:
    spaces = [space for space in ws.collections.values() if space.listed]
    places: list[Collection | DataSource] = [*spaces, *ws.data_sources.values()]
    people: list[Member | Group] = [*ws.members.values(), *ws.groups.values()]
    place, to = _one(rng, places), _one(rng, people)
    if place is None or to is None:
        return None
    permission = _one(rng, place.permissions.values())
    if permission is None or rng.random() < 0.5:
        return f"granted {ws.grant(to, place).token} on {place.token}"
    return f"revoked {ws.revoke(permission)}"


_ACTIONS: tuple[tuple[Action, float], ...] = (
    (_edit_query, 14), (_add_query, 6), (_delete_query, 5), (_chart, 9), (_run, 12), (_view, 10),
    (_rename, 7), (_move, 8), (_archive, 7), (_delete, 6), (_restore, 5), (_add, 8),
    (_collections, 4), (_schedule, 5),
    (_definition, 4), (_people, 7), (_data_source, 2),
)  # fmt: skip
# Of what only some ask for: drawn only on request, so that a seed goes on to mean the same changes.
_MORE: tuple[tuple[Action, float], ...] = (
    (_fail, 14), (_unfinished, 14), (_subscription, 8), (_field, 8), (_permission, 8),
)  # fmt: skip
