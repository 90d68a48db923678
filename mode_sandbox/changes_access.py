"""Who may see what: permissions of collections and of connections."""

from __future__ import annotations

from .changes_reports import ReportChanges
from .model import Collection, DataSource, Group, Member
from .model_parts import Permission
from .store import change

ACCOUNT, USER_GROUP = "Account", "UserGroup"


class AccessChanges(ReportChanges):
    """What admins allow."""

    @change
    def grant(self, to: Member | Group, on: Collection | DataSource, action: str = "view") -> Permission:
        """A person or a group gets access. No timestamp of a collection or of a connection moves."""
        kind = USER_GROUP if isinstance(to, Group) else ACCOUNT
        token = self.derived_token("permission", on.token, to.token)
        permission = on.permissions[token] = Permission(token, kind, to.token, action)
        who = "group" if kind == USER_GROUP else "member"
        what, entity = ("connection", "workspace_connection") if isinstance(on, DataSource) else ("collection", "space")
        context = {f"{who}_id": to.token, f"{who}_name": to.name, "role": action}
        self.log(f"{what}_{who}_added_with_role", entity, on.token, on.name, **context)
        return permission

    @change
    def revoke(self, permission: Permission) -> str:
        """Access ends."""
        places: list[Collection | DataSource] = [*self.collections.values(), *self.data_sources.values()]
        for place in places:
            if place.permissions.pop(permission.token, None):
                what, entity = (
                    ("connection", "workspace_connection") if isinstance(place, DataSource) else ("collection", "space")
                )
                self.log(f"{what}_permission_removed", entity, place.token, place.name)
        return permission.token

    def _revoke_all(self, accessor: str) -> None:
        places: list[Collection | DataSource] = [*self.collections.values(), *self.data_sources.values()]
        for place in places:
            for permission in [item for item in place.permissions.values() if item.accessor_token == accessor]:
                self.revoke(permission)
