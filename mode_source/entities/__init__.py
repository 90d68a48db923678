"""Everything the product knows about Mode's entities, declared once.

An `Entity` says where its rows come from (path, embed key, paging, parent), what identifies them, which
columns they have and what makes a stored row stale. Resources, dlt schema, comparison, export and the
page on tables are derived from `ENTITIES`: to add an entity, add an entry in `reports` or `workspace`,
name it here, and add a test.

Facts and field lists: docs/mode-api.md#s5, #s6 and #s9.
"""

from __future__ import annotations

from .declaration import Column, Entity, Kind
from .reports import CHARTS, DATASETS, QUERIES, REPORT_FILTERS, REPORT_SCHEDULES, REPORT_STATS, REPORTS
from .workspace import COLLECTIONS, DATA_SOURCES, DEFINITIONS, GROUP_MEMBERSHIPS, GROUPS, MEMBERS

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        COLLECTIONS,
        DATA_SOURCES,
        REPORTS,
        DATASETS,
        QUERIES,
        CHARTS,
        REPORT_SCHEDULES,
        REPORT_FILTERS,
        REPORT_STATS,
        DEFINITIONS,
        MEMBERS,
        GROUPS,
        GROUP_MEMBERSHIPS,
    )
}

# `type` of a dataset's row, in whichever listing it appears.
DATASET_TYPE = "DatasetReport"

# What is read for each report or dataset: its children and theirs, parents first.
PER_REPORT = tuple(entity for entity in ENTITIES.values() if entity.parent in (REPORTS.name, QUERIES.name))

__all__ = [
    "CHARTS",
    "COLLECTIONS",
    "DATASETS",
    "DATASET_TYPE",
    "DATA_SOURCES",
    "DEFINITIONS",
    "ENTITIES",
    "GROUPS",
    "GROUP_MEMBERSHIPS",
    "MEMBERS",
    "PER_REPORT",
    "QUERIES",
    "REPORTS",
    "REPORT_FILTERS",
    "REPORT_SCHEDULES",
    "REPORT_STATS",
    "Column",
    "Entity",
    "Kind",
]
