"""Mode's lists and single rows as rows of our tables."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from hashlib import blake2b
from urllib.parse import quote

from ..api.client import ModeClient
from ..api.paging import read_pages
from ..entities import COLLECTIONS, DATASETS, REPORTS, Entity
from ..entities.rows import Payload, Row, make_row
from ..errors import NoContent, NoList, Unavailable
from .context import Context

logger = logging.getLogger(__name__)

# What code may raise on values that nobody has thought of. `entities.rows` knows the likely ones; one odd row more must
# not end a run.
ODD = (TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError)


class Reading:
    """Reads rows; methods are called from several threads.

    Args:
        client: asks Mode.
        context: of the run.
    """

    def __init__(self, client: ModeClient, context: Context) -> None:
        self.client = client
        self._context = context
        self._lock = threading.Lock()
        self._verified = False
        self._identity: Payload = {}
        self.fields = context.fields

    def key(self) -> str:
        """A digest of the key and of what it may see; the key itself stays secret. Raises as `verify`."""
        self.verify()
        known = f"{self.client.key_digest} {self._identity.get('api_key_scope') or ''}"
        return blake2b(known.encode(), digest_size=8).hexdigest()

    def verify(self) -> None:
        """Checks the credentials, once a run. Raises CredentialsRefused, WrongHost."""
        with self._lock:
            if not self._verified:
                self._identity = self.client.verify()
                self._verified = True
                logger.info("Authentication succeeded.")

    def pages(
        self, entity: Entity, path: str, query: dict[str, str] | None = None, *, total: int = 0, **keys: str
    ) -> Iterator[list[Row]]:
        """Pages of rows of a list.

        Args:
            entity: what is listed.
            path: with the parents' tokens in braces.
            query: further query parameters.
            total: how many rows Mode has said there are; 0 = it has not.
            keys: the parents' tokens.

        Raises:
            ReadError: the list was not read to its end.
        """
        filled = path.format(**{key: quote(value, safe="") for key, value in keys.items()})
        params = dict(query or {})
        if entity is COLLECTIONS:
            params["filter"] = self._context.scope.collection_filter
        try:
            pages = read_pages(self.client.get, entity, filled, self.client.page_sizes, params, kind=path, total=total)
            for page in pages:
                yield [row for payload in page if (row := self._row(entity, payload, keys))]
        except NoList:
            pass  # an empty one, or half an answer: `removals` and `completeness` find out before anything is removed
        except NoContent:
            # An answer without content may stand for an empty list, but never removes what is known to exist.
            parent, snapshot = keys.get(entity.parent_key), self._context.snapshot
            if total or (snapshot.children(entity, parent) if parent else snapshot.index(entity)):
                raise

    def rows(self, entity: Entity, path: str, *, total: int = 0, **keys: str) -> list[Row]:
        """All rows of a list. Raises as `pages`."""
        return [row for page in self.pages(entity, path, None, total=total, **keys) for row in page]

    def single(self, entity: Entity, token: str, **keys: str) -> Row | None:
        """One row by its token; None if Mode answers 404.

        Args:
            entity: of the row.
            token: of the row.
            keys: the parents' tokens.

        Raises:
            ReadError: Mode does not say.
        """
        parents = {key: quote(value, safe="") for key, value in keys.items()}
        # A dataset is a report too, and answers under either path (docs/mode-api.md#s6-1).
        for path in dict.fromkeys((entity.single, REPORTS.single if entity is DATASETS else entity.single)):
            payload = self.client.find(path.format(token=quote(token, safe=""), **parents))
            if payload is not None:
                try:
                    return make_row(entity, {**payload, "token": token}, self.fields, **keys)
                except ODD as error:
                    raise Unavailable(f"what Mode sent cannot be understood ({type(error).__name__})") from error
        return None

    def _row(self, entity: Entity, payload: Payload, keys: dict[str, str]) -> Row | None:
        """The row of a payload; None, and a gap, if nothing can be made of it: its last known row stays."""
        try:
            return make_row(entity, payload, self.fields, **keys)
        except ODD as error:
            token = str(payload.get("token") or "")
            reason = f"what Mode sent cannot be understood ({type(error).__name__})"
            self._context.log.add_gap(entity.name, token or "?", None, reason)
            return None

    def payloads(self, entity: Entity, path: str) -> Iterator[list[Payload]]:
        """Pages of a list as Mode sends them. Raises ReadError."""
        return read_pages(self.client.get, entity, path, self.client.page_sizes)
