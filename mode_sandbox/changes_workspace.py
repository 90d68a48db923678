"""Changes of everything that is not a report: collections, connections, definitions, people and groups."""

from __future__ import annotations

from typing import Any

from . import names, sql_texts
from .changes_access import AccessChanges
from .clock import DAY
from .model import Collection, DataSource, Definition, Group, GroupMembership, Member
from .store import CollectionRef, change, token_of


class WorkspaceChanges(AccessChanges):
    """What admins and members do to the workspace."""

    # -- collections

    @change
    def add_collection(
        self,
        name: str | None = "New Collection",
        *,
        space_type: str = "custom",
        listed: bool = True,
        **fields: Any,
    ) -> Collection:
        """A new collection, the key's owner a member of it."""
        collection = Collection(
            token=self.new_token(), id=self.new_id("collection", 1_905_000), space_type=space_type, name=name,
            description=None, default_access_level="edit", creator=self.owner,
            members={self.owner} if self.owner and listed else set(), listed=listed,
        )  # fmt: skip
        for key, value in fields.items():
            setattr(collection, key, value)
        self.collections[collection.token] = collection
        self.log("collection_created", "space", collection.token, collection.name)
        return collection

    @change
    def rename_collection(self, space: CollectionRef, name: str | None = None) -> Collection:
        """Another name; collections have no timestamp that could tell (docs/mode-api.md#s5-4)."""
        target = self.collection(space)
        target.name = f"Renamed collection {self.version}" if name is None else name
        return target

    @change
    def delete_collection(self, space: CollectionRef) -> list[str]:
        """A collection goes with all that is in it; the tokens of its reports are returned."""
        gone = self.empty_collection(space)
        target = self.collection(space)
        del self.collections[target.token]
        self._by_space.pop(target.token, None)
        self.log("collection_deleted", "space", target.token, target.name)
        return gone

    @change
    def empty_collection(self, space: CollectionRef) -> list[str]:
        """All reports and datasets of a collection are deleted."""
        reports = self.in_space(self.collection(space).token)
        for report in reports:
            self._drop_report(report)
        return [report.token for report in reports]

    @change
    def hide_collection(self, space: CollectionRef, status: int = 404) -> Collection:
        """From now on its listings answer 404 or 403; it stays in ``/spaces``, its reports live."""
        target = self.collection(space)
        target.refusal = status
        return target

    @change
    def show_collection(self, space: CollectionRef) -> Collection:
        """Undo `hide_collection`."""
        target = self.collection(space)
        target.refusal = None
        return target

    # -- data sources and definitions

    @change
    def add_data_source(self, name: str = "Warehouse", kind: str = "postgresql", **fields: Any) -> DataSource:
        """A new connection, with a certificate and attributes that must never leave Mode."""
        token = self.new_token()
        source = DataSource(
            token=token, id=self.new_id("data_source", 34_000), name=name, display_name=name,
            description=None, adapter=f"jdbc:{kind}", vendor=kind, provider="default",
            host=f"{kind}.example.internal",
            database="default" if kind == "bigquery" else "analytics", port=5439, username=f"svc_mode_{kind}",
            warehouse="REPORTING_WH" if kind == "snowflake" else None, created_at=self.now_ms,
            updated_at=self.now_ms, creator=self.owner,
            certificate=f"-----BEGIN CERTIFICATE-----\nSANDBOX{token}\n-----END CERTIFICATE-----",
            attributes={"instance_name": "", "private_key": f"sandbox-private-key-{token}"},
        )  # fmt: skip
        for key, value in fields.items():
            setattr(source, key, value)
        self.data_sources[token] = source
        self.log("connection_created", "workspace_connection", token, name)
        return source

    @change
    def delete_data_source(self, data_source: str | DataSource, *, soft: bool = False) -> str:
        """Gone from the listing (or flagged ``soft_deleted``); queries keep its id (docs/mode-api.md#s5-5)."""
        target = self.data_sources[token_of(data_source)]
        if soft:
            target.soft_deleted, target.queryable, target.updated_at = True, False, self.now_ms
        else:
            del self.data_sources[target.token]
            self.deleted_data_sources[target.id] = target
        self.log("connection_deleted", "workspace_connection", target.token, target.name)
        return target.token

    @change
    def add_definition(self, name: str | None = None, source: str | None = None, **fields: Any) -> Definition:
        """A new definition."""
        base = next(iter(self.data_sources.values()), None)
        kind = base.kind if base else "postgresql"
        known = [definition.name for definition in self.definitions.values()]
        definition = Definition(
            token=self.new_token(), id=self.new_id("definition", 40_000),
            name=name or sql_texts.definition_name(len(self._tokens)), description=None,
            source=sql_texts.definition_source(self.rng, kind, known) if source is None else source,
            data_source_id=base.id if base else None, created_at=self.now_ms, updated_at=self.now_ms,
            last_saved_at=self.now_ms + 50, creator=self.owner,
        )  # fmt: skip
        for key, value in fields.items():
            setattr(definition, key, value)
        self.definitions[definition.token] = definition
        return definition

    @change
    def edit_definition(self, definition: str | Definition, source: str | None = None) -> Definition:
        """Other SQL in a definition."""
        target = self.definitions[token_of(definition)]
        target.source = f"{target.source}\n-- edit {self.version}" if source is None else source
        target.updated_at, target.last_saved_at = self.now_ms, self.now_ms + 50
        return target

    @change
    def delete_definition(self, definition: str | Definition) -> str:
        """A definition is gone; queries may still name it."""
        return self.definitions.pop(token_of(definition)).token

    # -- people

    @change
    def add_member(self, name: str | None = None, username: str | None = None, **fields: Any) -> Member:
        """A new member with a user record; the first one owns the API key."""
        number = self.new_id("user", 745_000)
        generated, handle = names.person(len(self.members) + len(self.removed_members))
        handle = username or handle
        member = Member(
            token=self.new_token(), id=number, username=handle, name=name or generated,
            email=f"{handle}@example.com", created_at=self.now_ms - 30 * DAY, activated_at=self.now_ms,
            admin=self.owner is None, membership_id=self.new_id("membership", 12_000),
            membership_token=self.new_token(),
        )  # fmt: skip
        for key, value in fields.items():
            setattr(member, key, value)
        self.members[member.token] = member
        self.owner = self.owner or member.token
        self.log("member_added", "user", member.token, member.name)
        return member

    @change
    def remove_member(self, member: str | Member) -> str:
        """Gone from memberships and groups, the user record 404; creator links stay (docs/mode-api.md#s5-2)."""
        target = self.members.pop(token_of(member))
        self.removed_members[target.token] = target
        for membership in [m for m in self.group_memberships.values() if m.member_token == target.token]:
            self.remove_group_member(membership)
        self._revoke_all(target.token)
        self.log("member_removed", "user", target.token, target.name)
        return target.token

    @change
    def rename_member(self, member: str | Member, name: str | None = None, username: str | None = None) -> Member:
        """Another display name and, if given, another username: every creator link then follows."""
        target = self.members[token_of(member)]
        target.name = f"{target.name.split(' (')[0]} ({self.version})" if name is None else name
        target.username = username or target.username
        return target

    @change
    def add_group(self, name: str | None = None, members: int = 0) -> Group:
        """A new group with the first ``members`` members."""
        group = Group(
            token=self.new_token(), name=name or f"Group {len(self.groups) + 1}", creator=self.owner,
            spaces_count=self.rng.randrange(5),
        )  # fmt: skip
        self.groups[group.token] = group
        self.log("group_created", "user_group", group.token, group.name)
        for member in list(self.members)[:members]:
            self.add_group_member(group, member)
        return group

    @change
    def remove_group(self, group: str | Group) -> str:
        """A group goes with its memberships."""
        target = self.groups.pop(token_of(group))
        for membership in target.memberships:
            self.group_memberships.pop(membership, None)
        self._revoke_all(target.token)
        self.log("group_deleted", "user_group", target.token, target.name)
        return target.token

    @change
    def add_group_member(self, group: str | Group, member: str | Member) -> GroupMembership:
        """A member joins a group."""
        target = self.groups[token_of(group)]
        membership = GroupMembership(self.new_token(), target.token, token_of(member), self.now_ms)
        target.memberships[membership.token] = self.group_memberships[membership.token] = membership
        self.log("group_member_added", "user_group", target.token, target.name, member_id=membership.member_token)
        return membership

    @change
    def remove_group_member(self, membership: str | GroupMembership) -> str:
        """A group membership ends."""
        target = self.group_memberships.pop(token_of(membership))
        group = self.groups[target.group_token]
        group.memberships.pop(target.token, None)
        self.log("group_member_removed", "user_group", group.token, group.name, member_id=target.member_token)
        return target.token
