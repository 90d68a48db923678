"""`Workspace`: a simulated Mode workspace that can be generated, changed and asked for the truth."""

from __future__ import annotations

import random
from datetime import datetime
from typing import Any

from . import expected, random_changes
from .changes_workspace import WorkspaceChanges
from .generate import Sizes, fill
from .quirks import Quirks
from .store import Ids


class Workspace(WorkspaceChanges):
    """A workspace. All changes are methods (inherited); each is thread-safe and moves the simulated clock.

    Example:
        >>> ws = Workspace.generate(seed=7, reports=40)
        >>> len(ws.expected_files()["report"])
        40
    """

    @classmethod
    def generate(
        cls,
        seed: int = 7,
        reports: int = 200,
        collections: int = 12,
        datasets: int = 10,
        members: int = 15,
        slug: str = "acme",
        ids: Ids = "number",
        now: datetime | None = None,
        **sizes: Any,
    ) -> Workspace:
        """A realistic workspace, the same for the same arguments.

        Args:
            ids: whether numeric ids are sent as JSON numbers or strings (docs/mode-api.md#quirk-8).
            now: when it is now in the workspace; 1 June 2026 unless given.
            sizes: the other fields of `generate.Sizes`: ``data_sources``, ``definitions``, ``groups``,
                ``queries_per_report`` (on average), ``max_queries_per_report``, ``archived_share``,
                ``personal_collections``, ``restricted_collections``.
        """
        workspace = cls(slug=slug, ids=ids, seed=seed, now=now)
        wanted = Sizes(reports=reports, collections=collections, datasets=datasets, members=members, **sizes)
        fill(workspace, wanted)
        return workspace

    @classmethod
    def empty(cls, slug: str = "acme", ids: Ids = "number") -> Workspace:
        """A workspace with nothing in it: every listing is empty."""
        return cls(slug=slug, ids=ids)

    def random_change(self, rng: random.Random, *, more: bool = False) -> str:
        """Apply one random change that Mode's listings show; returns a sentence that describes it.

        Args:
            rng: what draws it.
            more: also changes of what only some ask for: failing and unfinished runs, subscriptions, fields of
                datasets, permissions (which no listing shows).
        """
        with self.lock:
            return random_changes.apply(self, rng, more)

    def expected_files(
        self, host: str = "", workspace_slug: str | None = None, *, quirks: Quirks | None = None
    ) -> dict[str, list[dict[str, Any]]]:
        """The rows of the five Catalog files, straight from the model (see `expected.files`).

        Args:
            host: unused; the five files do not name the host (the summary does).
            workspace_slug: unused for the same reason.
            quirks: those of the sandbox that serves this workspace, unless given.
        """
        with self.lock:
            return expected.files(self, quirks or self.quirks)

    def expected_tables(self) -> dict[str, set[str]]:
        """The tokens that each table holds after a full load (see `expected.tables`)."""
        with self.lock:
            return expected.tables(self)
