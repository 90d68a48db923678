"""Who may see what, and who did what (docs/mode-api.md#s5-4, #s5-5 and #s5-8). Off unless selected.

Nobody has shown a row of a permission list, so all of it is kept in one column beside what is documented.
"""

from __future__ import annotations

from .declaration import Column, Entity, json, text, time

_PERMISSION: tuple[Column, ...] = (
    text("accessor_type", "Account (a person) or UserGroup.", "accessor_type|grantee_type"),
    text(
        "accessor_token",
        "The person or the group: a token, or a username.",
        "accessor_token|accessor.token|grantee_token|link:accessor|link:grantee|link:member|link:user_group",
    ),
    text("accessor_id", "Id of the person or group.", "accessor_id|grantee_id"),
    text("action", "view or edit.", "action|role|access_level"),
    json("permission", "All that Mode sends."),
)

COLLECTION_PERMISSIONS = Entity(
    "collection_permissions",
    "Who may do what in collections: one or two requests per collection.",
    "spaces/{space_token}/permissions",
    "permissions",  # not known: any list is taken
    (
        text("token", "Mode's token; a digest of the row where it sends none."),
        text("space_token", "The collection.", "", "collections.token"),
        *_PERMISSION,
    ),
    parent="collections",
    keys=("space_token",),
    paged=True,  # not known either: paging with the guard against repeats is right either way
    moved_by=("default_access_level", "restricted", "space_type"),
    selected=False,
)
DATA_SOURCE_PERMISSIONS = Entity(
    "data_source_permissions",
    "Who may use which connection: one or two requests per data source.",
    "data_sources/{data_source_token}/permissions",
    "permissions",
    (
        text("token", "Mode's token; a digest of the row where it sends none."),
        text("data_source_token", "The data source.", "", "data_sources.token"),
        *_PERMISSION,
    ),
    parent="data_sources",
    keys=("data_source_token",),
    paged=True,
    moved_by=("default_access_level", "public", "updated_at"),
    selected=False,
)
AUDIT_LOGS = Entity(
    "audit_logs",
    "What was done to members, groups, collections and connections. Only ever added to; needs a workspace key.",
    "audit_logs",
    "audit_logs",
    (
        text("token", "Mode's id of the entry.", "id|token"),
        text("action", "What was done, e.g. connection_group_added_with_role."),
        text("description", "The same in words."),
        time("timestamp", "When it was done."),
        text("workspace_username", "Slug of the workspace."),
        text("actor_username", "Who did it.", "actor.username", "members.username"),
        text("actor_token", "Their token.", "actor.user_id", "members.token"),
        text("entity_type", "Kind of what it was done to, e.g. workspace_connection.", "entity.entity_type"),
        text("entity_token", "Its token.", "entity.entity_id"),
        text("entity_name", "Its name.", "entity.entity_name"),
        json("context", "Further facts."),
        json("actor", "Who did it, with address and browser."),
        json("entity", "What it was done to."),
    ),
    selected=False,
    is_event=True,
    append_only=True,
)
