"""Talks to Mode: one session, only GET, paced, retried, with errors that say what to do.

Knows nothing of tables or dlt. `entities` declares the endpoints, `paging` reads lists page by page, `limiter` keeps
the request rate.
"""

from __future__ import annotations

import base64
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import blake2b
from typing import Any
from urllib.parse import quote, urljoin, urlsplit

import requests
import tenacity
import urllib3

from .. import logs
from .._version import __version__
from ..errors import (
    CredentialsRefused,
    Gone,
    ModeDown,
    ModeSourceError,
    NoContent,
    NotMode,
    NotVisible,
    Refused,
    Stopped,
    Unavailable,
    UsageError,
    WrongHost,
)
from ..values import header_value, place
from .bearer import Bearer
from .limiter import RateLimiter
from .paging import PageSizes
from .responses import Again, body_of, cause, retry_after
from .transport import session

logger = logging.getLogger(__name__)

DEFAULT_HOST = "https://app.mode.com"
HAL = "application/hal+json"
BATCH = "/batch/"  # paths of the Discovery API, which has credentials of its own
NOT_HAL = "/audit_logs"  # answers 406 to HAL (docs/mode-api.md#quirk-18)
LONGEST_WAIT = 60.0  # seconds between two attempts, unless Mode names a longer one
CHUNK = 1 << 16
LARGEST = 128 << 20  # bytes of an answer, unpacked; the largest that Mode sends take a tenth
# Requests that failed for good, one after the other with no answer in between, before the run gives up.
FAILURES_IN_A_ROW = 20


class ModeClient:
    """Mode's REST API for one workspace.

    Args:
        host: `https://app.mode.com`, or another with or without scheme; a URL with the workspace names both.
        workspace: slug of the workspace, or its URL.
        token, secret: the API token; sent as Basic credentials, stored nowhere else.
        requests_per_10s: Mode's allowance.
        max_workers: threads that will ask at the same time.
        request_timeout: seconds that a connection may stay silent; a whole answer may take five times that.
        max_attempts: how often a request is tried before it counts as failed.
        discovery: token, access key and access secret of a signature token for the Discovery API.
    """

    def __init__(
        self,
        host: str,
        workspace: str,
        token: str,
        secret: str,
        *,
        requests_per_10s: int = 40,
        max_workers: int = 8,
        request_timeout: float = 60.0,
        max_attempts: int = 8,
        discovery: tuple[str, str, str] | None = None,
    ) -> None:
        logs.hide([token, secret])
        self.host, self.workspace = place(host, workspace, DEFAULT_HOST)
        if not self.workspace:
            raise UsageError("Setting `workspace` of [sources.mode] is empty: set it to the workspace's slug.")
        token = header_value("`token` of [sources.mode]", token)
        secret = header_value("`secret` of [sources.mode]", secret)
        self._bearer = Bearer(discovery) if discovery else None
        self.limiter = RateLimiter(requests_per_10s)
        self.page_sizes = PageSizes()
        self.requests = 0  # sent so far, retries included
        self.max_workers = max_workers
        self.requests_per_10s = requests_per_10s
        self._timeout = request_timeout
        self._max_attempts = max(1, max_attempts)
        self._failures = 0
        self._answered = False  # whether anything has come from the host at all
        self._proven = False  # whether it has answered as Mode does
        self._fatal: ModeSourceError | None = None
        self._stopped = False
        self._lock = threading.Lock()
        self._session = session()
        if self.host.startswith("http://"):
            self._session.trust_env = False  # only the sandbox speaks plain HTTP: no proxy's business
        self._session.auth = (token, secret)
        self.key_digest = blake2b(token.encode(), digest_size=8).hexdigest()  # tells keys apart, gives none away
        logs.hide([token, secret, base64.b64encode(f"{token}:{secret}".encode("latin-1")).decode()])
        self.has_discovery = discovery is not None
        self._session.headers.update({"Accept": HAL, "User-Agent": f"mode-source/{__version__}"})
        adapter = requests.adapters.HTTPAdapter(pool_maxsize=max_workers + 1)
        self._session.mount(self.host, adapter)

    def get(self, path: str, params: dict[str, str] | None = None) -> dict[str, Any]:
        """The JSON object at `path`: below the workspace, or of the host if it starts with `/`.

        Raises:
            CredentialsRefused, ModeDown, WrongHost: the run cannot go on.
            ReadError: this one request failed for good.
        """
        path = path if path.startswith("/") else f"/api/{quote(self.workspace)}/{path}"
        with self._ends_on_fatal_errors():
            try:
                return self._retried(path, params or {})
            except NotVisible as error:
                if error.status != 401 or path.startswith(BATCH) or not self._identity():
                    raise
            return self._retried(path, params or {})  # the key is good after all: a hiccup, or closed to it

    def find(self, path: str) -> dict[str, Any] | None:
        """The object at `path`, or None when Mode says 404. Raises as `get`."""
        try:
            return self.get(path)
        except Gone:
            return None

    def verify(self) -> dict[str, Any]:
        """Identifies the credentials (`/api/verify`, docs/mode-api.md#s5-1); `{}` where Mode does not answer it.

        Raises:
            CredentialsRefused: they are wrong.
            WrongHost: there is no Mode at the host.
        """
        with self._ends_on_fatal_errors():
            return self._identity()

    def _identity(self) -> dict[str, Any]:
        try:
            return self._retried("/api/verify", {})
        except NotVisible:
            raise CredentialsRefused(
                f"Mode refused the credentials at {self.host}: check `token` and `secret` of [sources.mode]"
                " (the pair of an API token, not an account's password)."
            ) from None
        except (Gone, Refused, NoContent):
            return {}
        except NotMode as error:
            raise WrongHost(f"{self.host} is not Mode's API: {error}. Set `host`, usually {DEFAULT_HOST}.") from None
        except Unavailable as error:
            raise WrongHost(f"Mode cannot be reached at host {self.host}: {error}.") from None

    def unknown_workspace(self) -> UsageError:
        """The error for a workspace whose own lists answer 404."""
        return UsageError(
            f"Mode shows no workspace {self.workspace!r} to this key: set `workspace` of [sources.mode] to its slug,"
            " the lower-case name in its URL."
        )

    def stop(self) -> None:
        """From now on nothing is asked any more: what would be raises `Stopped`. What is under way may end."""
        self._stopped = True
        self.limiter.close()

    def close(self) -> None:
        """Ends all waiting, so that threads of a run that failed do not go on asking."""
        self.limiter.close()
        self._session.close()

    @contextmanager
    def _ends_on_fatal_errors(self) -> Iterator[None]:
        """Ends all threads at once when one finds that the run cannot go on, each with that one's reason."""
        if self._stopped:
            raise Stopped("the run was told to end")
        try:
            yield
        except (CredentialsRefused, WrongHost, ModeDown) as error:
            with self._lock:
                self._fatal = self._fatal or error
            self.limiter.close()
            raise self._fatal from None
        except InterruptedError:
            if self._stopped:
                raise Stopped("the run was told to end") from None
            raise self._fatal or ModeDown("The run has ended before everything was read.") from None

    # -- one attempt ---------------------------------------------------------------------------------------

    def _attempt(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        with self.limiter.request() as ticket:
            with self._lock:
                self.requests += 1
            try:
                response, content = self._send(self.host + path, params)
            except requests.ConnectionError as error:
                raise Again(Unavailable(f"no connection for {path} ({cause(error)})")) from None
            except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
                raise Again(Unavailable(f"no complete answer for {path} ({cause(error)})")) from None
            headers = response.headers
            self.limiter.learn(ticket, headers.get("X-RateLimit-Limit"), headers.get("X-RateLimit-Remaining"))
        return self._read(path, response, content)

    def _send(self, url: str, params: dict[str, str]) -> tuple[requests.Response, bytes]:
        deadline = time.monotonic() + 5 * self._timeout
        for _ in range(5):
            with self._asked(url, params) as response:
                self._answered = True
                if "," in response.headers.get("Content-Encoding", ""):  # packed twice, a chunk may fill the memory
                    raise Unavailable(f"what came for {urlsplit(url).path} is packed in a way that was not asked for")
                content = bytearray()
                # Not iter_content: it waits until a chunk is full, so a trickle would escape the deadline.
                while chunk := response.raw.read1(CHUNK, decode_content=True):
                    content += chunk
                    if len(content) > LARGEST:
                        raise Unavailable(
                            f"the answer for {urlsplit(url).path} has no end: it was cut at {LARGEST >> 20} MB"
                        )
                    if time.monotonic() > deadline:
                        raise requests.Timeout("it came too slowly")
            if not response.is_redirect:
                break
            url, params = self._same_host(response), {}
        return response, bytes(content)

    def _asked(self, url: str, params: dict[str, str]) -> requests.Response:
        path = urlsplit(url).path
        auth = self._bearer if path.startswith(BATCH) else None  # None = the session's
        headers = {"Accept": "application/json"} if path.endswith(NOT_HAL) else None
        try:
            return self._session.get(
                url,
                params=params,
                headers=headers,
                auth=auth,
                stream=True,
                allow_redirects=False,
                timeout=self._timeout,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError):
            raise  # some of them are ValueErrors
        except ValueError:  # requests looks at the Location, too
            raise Refused(f"the answer for {path} redirects to what is no URL") from None

    def _same_host(self, response: requests.Response) -> str:
        """Where a redirect leads.

        Raises:
            Refused: nowhere, or to another host although this one is Mode: it is about this one path.
            WrongHost: to another host, before this one has ever answered as Mode does.
        """
        asked = urlsplit(response.url).path
        try:
            target = urljoin(response.url, response.headers["Location"])
            parts = urlsplit(target)
            readable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
        except ValueError:
            readable = False
        if not readable:
            raise Refused(f"the answer for {asked} redirects to what is no URL")
        if parts[:2] != urlsplit(self.host)[:2]:
            if self._proven:
                raise Refused(f"the answer for {asked} redirects to {parts.netloc}: credentials are not sent there")
            raise WrongHost(
                f"{self.host} sends us to {parts.scheme}://{parts.netloc}, and credentials are not sent there:"
                f" set `host` of [sources.mode] to {parts.scheme}://{parts.netloc} if that is Mode."
            )
        return target

    def _read(self, path: str, response: requests.Response, content: bytes) -> dict[str, Any]:
        if response.status_code == 429:
            seconds = retry_after(response)
            self.limiter.refused(1.0 if seconds is None else seconds)
        body = body_of(path, response, content)
        self._proven = True
        return body

    # -- between attempts ----------------------------------------------------------------------------------

    def _retried(self, path: str, params: dict[str, str]) -> dict[str, Any]:
        retrying = tenacity.Retrying(
            stop=self._stop,
            retry=tenacity.retry_if_exception_type(Again),
            wait=self._wait,
            sleep=self.limiter.wait,
            before_sleep=lambda state: logger.info("Retrying: %s", _reason(state)),
            reraise=True,
        )
        try:
            body = retrying(self._attempt, path, params)
        except Again as error:
            self._failed(error)
            raise error.final from None
        self._failures = 0
        return body

    def _stop(self, state: tenacity.RetryCallState) -> bool:
        # A host that has never answered is more likely misspelt than busy: three attempts are enough to say so.
        # Nor is the Discovery API worth a long wait: all that it says can be had without it.
        few = not self._answered or str(state.args[0]).startswith(BATCH)
        return state.attempt_number >= (min(3, self._max_attempts) if few else self._max_attempts)

    def _wait(self, state: tenacity.RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        if isinstance(error, Again) and error.seconds is not None:
            return error.seconds
        return tenacity.wait_random_exponential(multiplier=0.5, max=LONGEST_WAIT)(state) + 0.25

    def _failed(self, error: Again) -> None:
        with self._lock:
            self._failures += 1
            failures = self._failures
        if failures >= FAILURES_IN_A_ROW:
            raise ModeDown(
                f"Mode at {self.host} has stopped answering ({error.final}). Run again later; nothing was lost."
            )


def _reason(state: tenacity.RetryCallState) -> str:
    return str(state.outcome.exception()) if state.outcome else ""
