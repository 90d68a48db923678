"""What a source finds out from dlt while it runs: its state, what is selected, what was reset."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import dlt
from dlt.extract import DltResource

from ..api.client import ModeClient
from ..entities import DATASETS, ENTITIES, REPORTS
from ..errors import UsageError
from ..extract.context import Context
from ..settings import moment


@dlt.source(name="mode", section="mode", max_table_nesting=0)
def later_source(resources: list[DltResource]) -> list[DltResource]:
    """A part of the same source, with the same schema and state."""
    return resources


def note_workspace(client: ModeClient) -> None:
    """Keeps the workspace in dlt's state: for the export's summary, and so that no other one replaces its rows.

    Raises:
        UsageError: the dataset holds another workspace.
    """
    state = dlt.current.source_state()
    if state.setdefault("workspace", client.workspace) != client.workspace:
        raise UsageError(
            f"The dataset holds workspace {state['workspace']!r}, and {client.workspace!r} would replace it:"
            " give it a dataset of its own with --dataset-name or `dataset_name`."
        )
    state["base_url"] = f"{client.host}/{client.workspace}"


def take_initial_value(context: Context) -> None:
    """Takes a `dlt.sources.incremental` that the user applied to `reports` or `datasets` as `since`.

    dlt filters the rows by itself; what it cannot know is that nothing may be removed then, and that the
    children of older reports need not be read.
    """
    for entity in (REPORTS, DATASETS):
        hint: Any = dlt.current.source().resources[entity.name].incremental
        initial = getattr(getattr(hint, "incremental", hint), "initial_value", None)
        if initial is not None:
            context.scope = replace(context.scope, since=moment("initial_value", initial))


def selected() -> set[str]:
    """Names of the resources that this run loads."""
    return set(dlt.current.source().selected_resources)


def note_resets(context: Context) -> None:
    """Finds the tables that `refresh=` of dlt resets in this run: what they still show says nothing.

    dlt drops a resource's state with its data, so a mark in the state that is missing means: a first load, a
    reset, or a state that was lost. In each of these cases everything is read and loaded.
    """
    if not context.snapshot.active:
        return
    for name in selected() & ENTITIES.keys():
        state = dlt.current.resource_state(name)
        if not state.get("loaded"):
            context.untrusted.add(name)
            state["loaded"] = True
