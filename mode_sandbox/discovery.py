"""The Discovery (batch) API: six lists, up to 1000 a page (docs/mode-api.md#s7, docs_discovery_*.json)."""

from __future__ import annotations

import base64
import hmac
import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from . import paging
from .clock import DAY, stamp, stamp_seconds
from .model import Chart, Collection, Member, Query, Report
from .runs import latest_run_token, run_of
from .wire import JSON, Headers, Refusal, Response, reply

if TYPE_CHECKING:
    from .workspace import Workspace

Row = dict[str, Any]


class Discovery:
    """Answers ``GET /batch/{ws}/...``."""

    def __init__(self, ws: Workspace, triple: tuple[str, str, str] | None) -> None:
        """The accepted (token, access key, access secret); None = a plan without Discovery (403)."""
        self.ws = ws
        joined = ":".join(triple) if triple else None
        self._credential = None if joined is None else "Bearer " + base64.b64encode(joined.encode()).decode()

    def answer(self, path: str, query: dict[str, str], headers: Headers) -> Response:
        """The answer to a GET; refusals come as `Refusal`."""
        if self._credential is None:
            raise Refusal(403, "Discovery API is not available on this plan")
        if not hmac.compare_digest(str(headers.get("authorization", "")).encode(), self._credential.encode()):
            raise Refusal(401, "signature token is invalid or expired")
        ws, parts = self.ws, path.split("/")[2:]
        if len(parts) != 2 or parts[0] != ws.slug:
            raise Refusal(404, "request path not recognized")
        with ws.lock:
            return reply(self._list(parts[1], query), JSON)

    def _list(self, what: str, query: dict[str, str]) -> Row:
        everyone = query.get("include_spaces") == "all"
        key = ("discovery", what, str(everyone), repr(self.ws.quirks))
        things: Sequence[Any]
        render: Callable[[Any], Row]
        match what:
            case "reports":
                things, render = self.ws.memo(key, lambda: self._reports(everyone)), self._report
            case "report_stats":
                things, render = self.ws.memo(key, lambda: self._reports(everyone)), self._stats
            case "queries":
                things, render = self.ws.memo(key, lambda: self._queries(everyone)), self._query
            case "charts":
                things, render = self.ws.memo(key, lambda: self._charts(everyone)), self._chart
            case "spaces":
                things, render = self.ws.memo(key, lambda: self._spaces(everyone)), self._space
            case "members":
                things, render = list(self.ws.members.values()), self._member
            case _:
                raise Refusal(404, "request path not recognized")
        return self._page(what, things, query, render)

    def _page(self, what: str, things: Sequence[Any], query: dict[str, str], render: Callable[[Any], Row]) -> Row:
        """Block and links; ``prev_page`` is there even on page 1, as in Mode's examples."""
        largest = self.ws.quirks.discovery_max_per_page
        size = min(paging.number(query, "per_page", largest), largest)
        page = paging.number(query, "page", 1)
        shown = [render(thing) for thing in things[(page - 1) * size : page * size]]
        kept = "&include_spaces=all" if query.get("include_spaces") == "all" else ""

        def href(number: int) -> Row:
            return {"href": f"/batch/{self.ws.slug}/{what}?page={number}&per_page={size}{kept}"}

        links = {"prev_page": href(max(1, page - 1))}
        if page < math.ceil(len(things) / size):
            links["next_page"] = href(page + 1)
        return {"pagination": paging.block(page, size, len(shown), len(things)), what: shown, "_links": links}

    # -- what is in it

    def _spaces(self, everyone: bool) -> list[Collection]:
        """Personal collections only with ``include_spaces=all``, and then everybody's."""
        return [space for space in self.ws.collections.values() if everyone or space.space_type != "private"]

    def _reports(self, everyone: bool) -> list[Report]:
        quirks, spaces = self.ws.quirks, {space.token for space in self._spaces(everyone)}
        return [
            report
            for report in self.ws.reports.values()
            if report.space_token in spaces
            and (quirks.discovery_includes_archived or not report.archived)
            and (quirks.discovery_includes_datasets or not report.is_dataset)
        ]

    def _queries(self, everyone: bool) -> list[Query]:
        return [query for report in self._reports(everyone) for query in report.queries.values()]

    def _charts(self, everyone: bool) -> list[Chart]:
        return [chart for query in self._queries(everyone) for chart in query.charts.values()]

    # -- rows

    def _id(self, number: int) -> int | str | None:
        return number if self.ws.quirks.discovery_numeric_ids else self.ws.sent_id(number)

    def _email(self, token: str | None) -> str | None:
        user = self.ws.user(token)
        return user.email if user else None

    def _place(self, report: Report) -> Row:
        space = self.ws.collections.get(report.space_token)
        return {"space_id": self._id(space.id) if space else None, "space_token": report.space_token}

    def _report(self, report: Report) -> Row:
        ran = report.last_run_at is not None
        return {
            "id": self._id(report.id),
            "token": report.token,
            "name": report.name,
            "description": report.description,
            "created_at": stamp(report.created_at),
            "edited_at": stamp(report.edited_at),
            "updated_at": stamp(report.updated_at),
            "last_successfully_run_at": stamp(report.last_successfully_run_at),
            "last_viewed_at": stamp(report.last_run_at),
            "last_run_at": stamp(report.last_run_at),
            "last_run_token": latest_run_token(report),
            "last_run_state": run_of(report, report.runs_count).state if ran else None,
            "creator_email": self._email(report.creator),
            **self._place(report),
            "report_url": f"/api/{self.ws.slug}/reports/{report.token}",
        }

    def _stats(self, report: Report) -> Row:
        quirks, email = self.ws.quirks, self._email(report.creator)
        views = "total_views_count" if quirks.discovery_stats_old_names else "view_count"
        return {
            "report_id": self._id(report.id),
            "report_token": report.token,
            "active_schedules_count": len(report.schedules),
            "explorations_count": sum(query.explorations_count for query in report.queries.values()),
            views: report.view_count,
            "recent_manual_run_creators_emails": [email] if email and report.newer_runs else [],
            "scheduled_run_creators_emails": [email] if email and report.schedules else [],
            "editors_emails": [email] if email else [],
        }

    def _query(self, query: Query) -> Row:
        """No timestamps; a data source by token, deleted ones included."""
        report, source = self.ws.reports[query.report_token], self.ws.data_source_by_id(query.data_source_id)
        return {
            "id": self._id(query.id),
            "token": query.token,
            "name": query.name,
            "raw_query": query.raw_query,
            "creator_email": self._email(query.creator),
            "data_source_token": source.token if source else None,
            "report_id": self._id(report.id),
            "report_token": report.token,
            **self._place(report),
        }

    def _chart(self, chart: Chart) -> Row:
        report, query = self.ws.reports[chart.report_token], self.ws.queries[chart.query_token]
        return {
            "id": self._id(chart.id),
            "token": chart.token,
            "chart_type": chart.chart_type,
            "chart_title": chart.title,
            "query_id": self._id(query.id),
            "report_id": self._id(report.id),
            "query_token": query.token,
            "report_token": report.token,
            **self._place(report),
            "report_creator_email": self._email(report.creator),
        }

    def _space(self, space: Collection) -> Row:
        return {
            "id": self._id(space.id),
            "token": space.token,
            "name": space.name,
            "description": space.description,
            "space_type": space.space_type,
            "space_url": f"/api/{self.ws.slug}/spaces/{space.token}",
        }

    def _member(self, member: Member) -> Row:
        """``id`` and ``token`` are the membership's, not the member's; second precision."""
        seen = stamp_seconds(self.ws.now_ms // DAY * DAY)
        return {
            "id": self._id(member.membership_id),
            "token": member.membership_token,
            "state": member.state,
            "member_email": member.email,
            "member_token": member.token,
            "member_username": member.username,
            "banned_at": None,
            "activated_at": stamp_seconds(member.activated_at),
            "last_report_created_at": None,
            "last_report_viewed_at": seen,
            "last_report_run_at": None,
            "last_exploration_created_at": None,
            "last_exploration_updated_at": None,
            "last_day_engaged": seen,
            "last_day_api_engaged": None,
            "last_day_in_app_engaged": seen,
            "total_days_engaged": 4,
        }
