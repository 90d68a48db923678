"""Everything the product knows about Mode's entities, declared once.

An `Entity` says where its rows come from (path, embed key, paging, parent), what identifies them, which
columns they have and what makes a stored row stale. Resources, dlt schema, comparison, export and the
page on tables are derived from `ENTITIES`: to add an entity, add an entry in `reports`, `runs`, `workspace` or
`access`, name it here, and add a test.

Facts and field lists: docs/mode-api.md#s5, #s6 and #s9.
"""

from __future__ import annotations

from .access import AUDIT_LOGS, COLLECTION_PERMISSIONS, DATA_SOURCE_PERMISSIONS
from .declaration import Column, Entity, Kind
from .reports import CHARTS, DATASETS, QUERIES, REPORT_FILTERS, REPORT_SCHEDULES, REPORT_STATS, REPORTS
from .runs import DATASET_FIELDS, QUERY_RUNS, REPORT_RUNS, REPORT_SUBSCRIPTIONS
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
        REPORT_RUNS,
        QUERY_RUNS,
        REPORT_SUBSCRIPTIONS,
        DATASET_FIELDS,
        COLLECTION_PERMISSIONS,
        DATA_SOURCE_PERMISSIONS,
        AUDIT_LOGS,
    )
}

# `type` of a dataset's row, in whichever listing it appears.
DATASET_TYPE = "DatasetReport"

# What is read for each report or dataset: its children and theirs, parents first.
PER_REPORT = tuple(
    entity
    for entity in ENTITIES.values()
    if entity.parent in (REPORTS.name, DATASETS.name, QUERIES.name, REPORT_RUNS.name)
)

__all__ = [
    "AUDIT_LOGS",
    "CHARTS",
    "COLLECTIONS",
    "COLLECTION_PERMISSIONS",
    "DATASETS",
    "DATASET_FIELDS",
    "DATASET_TYPE",
    "DATA_SOURCES",
    "DATA_SOURCE_PERMISSIONS",
    "DEFINITIONS",
    "ENTITIES",
    "GROUPS",
    "GROUP_MEMBERSHIPS",
    "MEMBERS",
    "PER_REPORT",
    "QUERIES",
    "QUERY_RUNS",
    "REPORTS",
    "REPORT_FILTERS",
    "REPORT_RUNS",
    "REPORT_SCHEDULES",
    "REPORT_STATS",
    "REPORT_SUBSCRIPTIONS",
    "Column",
    "Entity",
    "Kind",
]
