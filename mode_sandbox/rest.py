"""The REST API: credentials, then one function per family of paths (docs/mode-api.md#s1 to #s6)."""

from __future__ import annotations

import base64
import hmac
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from . import paging, render_access, render_workspace, rest_reports
from .model import Collection
from .model_parts import Permission
from .wire import HAL, JSON, Headers, Refusal, Response, absolute, reply

if TYPE_CHECKING:
    from .workspace import Workspace

Row = dict[str, Any]
Query = dict[str, str]


class Rest:
    """Answers ``GET /api/...`` for one workspace and one key."""

    def __init__(self, ws: Workspace, token: str, secret: str) -> None:
        """The workspace and the only accepted credential."""
        self.ws = ws
        self._credential = "Basic " + base64.b64encode(f"{token}:{secret}".encode()).decode()

    def answer(self, path: str, query: Query, headers: Headers, base: str) -> Response:
        """The answer to a GET; refusals come as `Refusal`."""
        parts = [unquote(part) for part in path.split("/")[2:]]
        with self.ws.lock:
            if parts == [self.ws.slug]:  # public (docs/mode-api.md#s5-1)
                value: Row = render_workspace.workspace_row(self.ws)
            elif parts == [self.ws.slug, "audit_logs"]:
                return self._audit_logs(query, headers)
            else:
                self._authorise(headers)
                value = self._route(parts, query)
            if self.ws.quirks.absolute_hrefs:
                value = absolute(value, base)
            return reply(value, HAL)

    def _authorise(self, headers: Headers) -> None:
        given = str(headers.get("authorization", ""))
        if not hmac.compare_digest(given.encode(), self._credential.encode()):
            raise Refusal(401, "missing or invalid credentials")

    def _route(self, parts: list[str], query: Query) -> Row:
        ws = self.ws
        match parts:
            case ["verify"]:
                return render_workspace.verify_row(ws)
            case ["account"]:
                raise Refusal(400, "unsupported for use with Api Keys")
            case [username]:
                for member in ws.members.values():
                    if member.username == username:
                        return render_workspace.user_row(ws, member)
                raise Refusal(404, "account not found")
            case [slug, *_] if slug != ws.slug:
                raise Refusal(404, "workspace not found")
            case [_, "api_keys", ws.key_token]:
                return render_workspace.api_key_row(ws)
            case [_, "spaces" | "collections", *rest]:
                return self._spaces(rest, query)
            case [_, "reports" | "datasets" as kind, *rest]:
                return rest_reports.route(ws, kind, rest, query)
            case [_, "data_sources", *rest]:
                return self._data_sources(rest, query)
            case [_, "definitions", *rest]:
                return self._definitions(rest, query)
            case [_, "memberships", *rest]:
                return self._memberships(rest)
            case [_, "groups", *rest]:
                return self._groups(rest, query)
        raise Refusal(404, "request path not recognized")

    # -- collections

    def _spaces(self, rest: list[str], query: Query) -> Row:
        ws, href = self.ws, f"/api/{self.ws.slug}/collections"
        if not rest:
            rows = self._visible(query.get("filter"))
            if "page" not in query and "per_page" not in query:  # paged only when asked (docs/mode-api.md#s4)
                return paging.embed(href, "spaces", [render_workspace.space_row(ws, space) for space in rows])
            size = min(paging.number(query, "per_page", ws.quirks.page_size), ws.quirks.page_size)
            return paging.counted(
                href,
                "spaces",
                rows,
                query,
                size,
                ws.quirks.past_end,
                lambda row: render_workspace.space_row(ws, row),
            )
        space = ws.collections.get(rest[0])
        if space is None or not space.listed:
            raise Refusal(404, "space not found")
        match rest[1:]:
            case []:
                return render_workspace.space_row(ws, space, alone=True)
            case ["reports" | "datasets" as what]:
                if space.refusal is not None:
                    raise Refusal(space.refusal, "forbidden" if space.refusal == 403 else "space not found")
                return rest_reports.listing(ws, ws.listing(space.token, what), f"{href}/{space.token}/reports", query)
            case ["memberships"]:
                if space.space_type == "private":
                    raise Refusal(400, "Invalid space")
                people = [ws.members[token] for token in sorted(space.members) if token in ws.members]
                found = [render_workspace.space_membership_row(ws, space, member) for member in people]
                return paging.embed(f"{href}/{space.token}/memberships", "space_memberships", found)
            case ["permissions"]:
                if space.space_type == "private":
                    raise Refusal(400, "Invalid space")
                return self._permissions(f"{href}/{space.token}", "space_permissions", space.permissions)
        raise Refusal(404, "request path not recognized")

    def _visible(self, wanted: str | None) -> list[Collection]:
        """``filter`` of the collection list; an unknown word gives what no filter gives (docs/mode-api.md#s5-4)."""
        listed = [space for space in self.ws.collections.values() if space.listed]
        if wanted == "all":
            return listed
        if wanted == "custom":
            return [space for space in listed if space.space_type != "private"]
        return [space for space in listed if self.ws.owner in space.members]

    def _permissions(self, place: str, key: str, permissions: dict[str, Permission]) -> Row:
        if self.ws.quirks.permissions == "missing":
            raise Refusal(404, "request path not recognized")
        if self.ws.quirks.permissions == "refused":
            raise Refusal(400, "bad request")
        rows = [render_access.permission_row(self.ws, item, place) for item in permissions.values()]
        return paging.embed(f"{place}/permissions", key, rows)

    # -- data sources, definitions

    def _data_sources(self, rest: list[str], query: Query) -> Row:
        ws, href = self.ws, f"/api/{self.ws.slug}/data_sources"
        if not rest:  # page-less: page and per_page are ignored (docs/mode-api.md#s4)
            rows = [render_workspace.data_source_row(ws, source) for source in ws.data_sources.values()]
            return paging.embed(href, "data_sources", rows)
        source = ws.data_sources.get(rest[0])
        if source is None:
            raise Refusal(404, "data source not found")
        match rest[1:]:
            case []:
                return render_workspace.data_source_row(ws, source)
            case ["permissions"]:
                return self._permissions(f"{href}/{source.token}", "permissions", source.permissions)
            case ["reports" | "datasets" as what]:
                return rest_reports.by_source(ws, source, what, query)
        raise Refusal(404, "request path not recognized")

    def _definitions(self, rest: list[str], query: Query) -> Row:
        ws, href = self.ws, f"/api/{self.ws.slug}/definitions"
        if rest:
            definition = ws.definitions.get(rest[0])
            if definition is None or len(rest) > 1:
                raise Refusal(404, "definition not found")
            return render_workspace.definition_row(ws, definition)
        found = list(ws.definitions.values())
        if query.get("filter") == "by_tokens":  # either parameter alone: nothing, or ignored (docs/mode-api.md#s5-7)
            wanted = query.get("tokens", "").split(",")
            found = [definition for definition in found if definition.token in wanted]
        return paging.embed(href, "definitions", [render_workspace.definition_row(ws, item) for item in found])

    # -- people

    def _memberships(self, rest: list[str]) -> Row:
        ws, href = self.ws, f"/api/{self.ws.slug}/memberships"
        refused = ws.quirks.memberships == "refused" or ws.quirks.key_scope == "member"
        if not rest and not refused:
            rows = [render_workspace.membership_row(ws, member) for member in ws.members.values()]
            return paging.embed(href, "memberships", rows)
        if rest == ["lite"] and ws.quirks.lite == "ok":
            rows = [render_workspace.lite_row(ws, member) for member in ws.members.values()]
            return paging.embed(f"{href}/lite", "memberships", rows)
        raise Refusal(404, "membership not found")

    def _groups(self, rest: list[str], query: Query) -> Row:
        ws, href = self.ws, f"/api/{self.ws.slug}/groups"
        if not rest:
            if "data_source" in query and "member" not in query:
                raise Refusal(400, "member is required")
            found = list(ws.groups.values())
            if "member" in query:
                found = [
                    group
                    for group in found
                    if any(ws.username(m.member_token) == query["member"] for m in group.memberships.values())
                ]
            answer = paging.counted(
                href, "groups", found, query, 20, "empty", lambda row: render_workspace.group_row(ws, row)
            )
            page = answer["pagination"]["page"] + 1  # sent on the last page too (docs/mode-api.md#quirk-9)
            answer["_links"]["next_page"] = {"href": f"/api/{ws.account_id}/groups.{ws.slug}?page={page}"}
            return answer
        group = ws.groups.get(rest[0])
        if group is None:
            raise Refusal(404, "group not found")
        match rest[1:]:
            case []:
                return render_workspace.group_row(ws, group)
            case ["memberships"]:
                rows = [render_workspace.group_membership_row(ws, m) for m in group.memberships.values()]
                return paging.embed(f"{href}/{group.token}/memberships", "group_memberships", rows)
        raise Refusal(404, "request path not recognized")

    def _audit_logs(self, query: Query, headers: Headers) -> Response:
        """406 for HAL before credentials are looked at; 401 without body for member keys (docs/mode-api.md#s5-8)."""
        if "hal+json" in str(headers.get("accept", "")):
            raise Refusal(406, "not acceptable", empty=True)
        self._authorise(headers)
        if self.ws.quirks.key_scope == "member":
            raise Refusal(401, "unauthorized", empty=True)
        if "start_timestamp" not in query or "end_timestamp" not in query:
            raise Refusal(400, "start_timestamp and end_timestamp are required")
        return reply(render_access.audit_page(self.ws, query), JSON)
