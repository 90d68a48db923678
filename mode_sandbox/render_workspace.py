"""Workspace, users, collections, connections, definitions and groups as Mode sends them.

Sources: datahub_verify.json, modesdk_verify.json, datahub_user.json, datahub_spaces.json, modesdk_space.json,
datahub_data_sources.json, datahub_definitions.json, modesdk_membership_lite_row.json; docs/mode-api.md#s5.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from .clock import START, stamp
from .model import Collection, DataSource, Definition, Group, GroupMembership, Member
from .render_reports import creator_links, link, template

if TYPE_CHECKING:
    from .store import Store

Row = dict[str, Any]


def workspace_row(ws: Store) -> Row:
    """``GET /api/{ws}``: public, and ``space_count`` reads 0 whatever there is (docs/mode-api.md#s5-1)."""
    api = f"/api/{ws.slug}"
    return {
        "id": ws.sent_id(ws.account_id),
        "token": ws.workspace_token,
        "username": ws.slug,
        "name": ws.slug.title(),
        "user": False,
        "plan_code": "plus",
        "trial_state": "expired",
        "membership_type": "full",
        "data_source_count": len(ws.data_sources),
        "space_count": 0,
        "created_at": stamp(START - 10**11),
        "_links": {
            "self": link(api),
            "all_spaces": link(f"{api}/collections?filter=all"),
            "custom_spaces": link(f"{api}/collections?filter=custom"),
            "move_to_spaces": link(f"{api}/collections?filter=editable"),
            "memberships": link(f"{api}/memberships"),
            "memberships_lite": link(f"{api}/memberships/lite"),
            "groups": link(f"{api}/groups"),
            "data_sources": link(f"{api}/data_sources"),
            "definitions": link(f"{api}/definitions"),
        },
    }


def verify_row(ws: Store) -> Row:
    """``GET /api/verify`` (modesdk_verify.json)."""
    return {
        "workspace": ws.slug,
        "workspace_token": ws.workspace_token,
        "api_key_scope": ws.quirks.key_scope,
        "_links": {"self": link(f"/api/{ws.slug}/api_keys/{ws.key_token}")},
    }


def api_key_row(ws: Store) -> Row:
    """The href of verify: a ``member`` link for member-scope keys only."""
    links: Row = {"self": link(f"/api/{ws.slug}/api_keys/{ws.key_token}")}
    if ws.quirks.key_scope == "member" and ws.owner:
        links["member"] = link(f"/api/{ws.username(ws.owner)}")
    return {"token_name": "catalog", "_links": links}


def user_row(ws: Store, member: Member) -> Row:
    """``GET /api/{username}``; ``email`` is often absent (docs/mode-api.md#s5-2)."""
    api = f"/api/{member.username}"
    row: Row = {
        "username": member.username,
        "name": member.name,
        "id": ws.sent_id(member.id),
        "token": member.token,
        "email": member.email,
        "dataset_size_limit_mb": 10,
        "query_run_size_limit_mb": 1000,
        "email_verified": True,
        "avatar": {
            "initials": "".join(word[0] for word in member.name.split()[:2]),
            "seed": member.token,
            "color_class": "mode-avatar-color-8",
            "type": "initials",
        },
        "user": True,
        "data_source_count": 0,
        "organizations_count": 1,
        "created_at": stamp(member.created_at),
        "_links": {
            "self": link(api),
            "web": link(f"/{member.username}"),
            "data_sources": link(f"{api}/data_sources"),
            "data_source": template(f"{api}/data_sources{{/id}}"),
            "organizations": link(f"{api}/organizations"),
            "spaces": link(f"{api}/collections"),
            "definitions": link(f"{api}/definitions"),
        },
    }
    if not ws.quirks.user_emails:
        del row["email"]
    return row


def membership_row(ws: Store, member: Member) -> Row:
    """A row of ``/memberships``: no name, no email (docs/mode-api.md#s5-3)."""
    return {
        "admin": member.admin,
        "state": member.state,
        "member_username": member.username,
        "member_token": member.token,
        "activated_at": stamp(member.activated_at),
        "invited": True,
        "managed_by_scim": False,
        "_links": {
            "self": link(f"/api/{ws.slug}/memberships/{member.membership_token}"),
            "user": link(f"/api/{member.username}"),
            "organization": link(f"/api/{ws.slug}"),
            "web_self": link(f"/organizations/{ws.slug}/memberships/{member.membership_token}"),
        },
    }


def lite_row(ws: Store, member: Member) -> Row:
    """A row of ``/memberships/lite`` (modesdk_membership_lite_row.json)."""
    return {
        "email": member.email,
        "name": member.name,
        "username": member.username,
        "member_token": member.token,
        "state": member.state,
        "admin": member.admin,
        "_links": {"user": link(f"/api/{member.username}")},
    }


def space_row(ws: Store, space: Collection, *, alone: bool = False) -> Row:
    """A collection; ``viewable?`` may differ between listing and single GET (docs/mode-api.md#s5-4)."""
    api = f"/api/{ws.slug}/collections/{space.token}"
    joined = ws.owner in space.members
    row: Row = {
        "token": space.token,
        "id": ws.sent_id(space.id),
        "space_type": space.space_type,
        "name": space.name,
        "description": space.description,
        "state": "active",
        "restricted": space.restricted,
        "free_default": True,
        "viewable?": alone or space.default_access_level != "restricted",
        "default_access_level": space.default_access_level,
        "_links": {
            "self": link(api),
            "detail": link(f"{api}/detail"),
            "web": link(f"/{ws.slug}/spaces/{space.token}"),
            "reports": link(f"{api}/reports"),
            **creator_links(ws, space.creator),
            "search_space_permissions": link(f"{api}/permissions/search"),
        },
        "_forms": {"destroy_entitlements": {"method": "delete", "action": f"{api}/permissions"}},
    }
    if joined:
        row["viewed?"] = True
        row["_links"] |= {"space_memberships": link(f"{api}/memberships"), "viewed": link(f"{api}/viewed")}
    return row


def space_membership_row(ws: Store, space: Collection, member: Member) -> Row:
    """A collection membership; ``member_id`` is a username (docs/mode-api.md#quirk-22)."""
    return {
        "token": member.membership_token,
        "member_token": member.token,
        "member_type": "User",
        "member_id": member.username,
        "_links": {"member": link(f"/api/{member.username}")},
    }


def data_source_row(ws: Store, source: DataSource) -> Row:
    """A connection, with the values that must never leave: username, certificate, attributes."""
    api = f"/api/{ws.slug}/data_sources/{source.token}"
    row: Row = {
        "id": ws.sent_id(source.id),
        "name": source.name,
        "description": source.description,
        "token": source.token,
        "adapter": source.adapter,
        "created_at": stamp(source.created_at),
        "updated_at": stamp(source.updated_at),
        "has_expensive_schema_updates": False,
        "public": source.public,
        "asleep": source.asleep,
        "queryable": source.queryable,
        "soft_deleted": source.soft_deleted,
        "display_name": source.display_name,
        "account_id": ws.sent_id(ws.account_id),
        "account_username": ws.slug,
        "organization_token": ws.workspace_token,
        "organization_plan_code": "plus",
        "database": source.database,
        "host": source.host,
        "port": source.port,
        "ssl": True,
        "username": source.username,
        "provider": source.provider,
        "vendor": source.vendor,
        "ldap": False,
        "warehouse": source.warehouse,
        "bridged": False,
        "adapter_version": "42.2.23",
        "custom_attributes": source.attributes,
        "default_access_level": "View",
        "_links": {
            "self": link(api),
            "account": link(f"/api/{ws.slug}"),
            "permissions": link(f"{api}/permissions"),
            "web": link(f"/organizations/{ws.slug}/data_sources/{source.token}"),
            "web_home": link(f"/home/{ws.slug}/data_sources/{source.token}"),
            **creator_links(ws, source.creator),
        },
        "_forms": {"edit": {"method": "patch", "action": api, "content_type": "application/json", "input": {}}},
    }
    if source.certificate:
        row["ssl_trusted_cert"] = source.certificate
    return row


def definition_row(ws: Store, definition: Definition) -> Row:
    """A definition; its edit form shows the definition's own id as ``data_source_id`` (docs/mode-api.md#s2)."""
    api = f"/api/{ws.slug}/definitions/{definition.token}"
    edit = {
        "name": {"type": "text", "value": definition.name},
        "source": {"type": "text", "value": definition.source},
        "data_source_id": {"type": "text", "value": ws.sent_id(definition.id)},
    }
    return {
        "id": ws.sent_id(definition.id),
        "token": definition.token,
        "name": definition.name,
        "description": definition.description,
        "source": definition.source,
        "data_source_id": ws.sent_id(definition.data_source_id),
        "created_at": stamp(definition.created_at),
        "updated_at": stamp(definition.updated_at),
        "last_successful_sync_at": None,
        "last_saved_at": stamp(definition.last_saved_at),
        "_links": {
            "self": link(api),
            "web_edit": link(f"/editor/{ws.slug}/definitions/{definition.token}"),
            **creator_links(ws, definition.creator),
        },
        "_forms": {
            "edit": {"method": "patch", "action": api, "input": {"definition": edit}},
            "destroy": {"method": "delete", "action": api},
        },
    }


def group_row(ws: Store, group: Group) -> Row:
    """A group; id and timestamps are usually absent (docs/mode-api.md#s5-6)."""
    api = f"/api/{ws.slug}/groups/{group.token}"
    return {
        "token": group.token,
        "name": group.name,
        "state": "active",
        "group_type": "custom",
        "managed": group.managed,
        "member_count": len(group.memberships),
        "spaces_count": group.spaces_count,
        "_links": {
            "self": link(api),
            "web": link(f"/organizations/{ws.slug}/groups/{group.token}"),
            **creator_links(ws, group.creator),
            "group_memberships": link(f"{api}/memberships"),
            "membership_by_id": template(f"{api}/memberships?filter=by_user_id&user_id={{user_id}}"),
            "memberships_preview": link(f"{api}/memberships?filter=preview"),
        },
    }


def group_membership_row(ws: Store, membership: GroupMembership) -> Row:
    """A group membership."""
    api = f"/api/{ws.slug}/groups/{membership.group_token}"
    return {
        "token": membership.token,
        "member_token": membership.member_token,
        "created_at": stamp(membership.created_at),
        "_links": {
            "self": link(f"{api}/memberships/{membership.token}"),
            "member": link(f"/api/{ws.username(membership.member_token)}"),
            "user_group": link(api),
        },
    }
