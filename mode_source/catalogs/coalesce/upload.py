"""Catalog files → Catalog: only whole, valid sets; data first, the summary last; every file sent whole.

A set is checked before its first byte leaves, so a truncated or foreign file never goes. What went is noted
in a receipt beside the set (`{ts}-upload.receipt`, not `.json`, so that no other tool uploads it).
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pendulum
import requests
import tenacity
from requests_toolbelt import MultipartEncoder

from ... import logs
from ..._version import __version__
from ...api.responses import cause
from ...api.transport import session
from ...errors import CredentialsRefused, UploadError, UsageError
from ...values import header_value, tidy
from .contract import FILES, SUMMARY, SUMMARY_KEYS
from .sets import kind_of, receipt_of

logger = logging.getLogger(__name__)

ZONES = {"EU": "https://ingest.castordoc.com", "US": "https://ingest.us.castordoc.com"}
# File type → path below the zone's base (docs/catalog-contract.md#upload).
PATHS = {
    "VIZ": "visualization-{source_id}/{filename}",
    "WAREHOUSE": "warehouse-{source_id}/{filename}",
    "QUALITY": "quality-{source_id}/{ts}-{filename}",
    "DBT": "transformation-{source_id}/{ts}-manifest.json",
}
ALLOWED = (".json", ".csv")
RETRIED = {408, 425, 429, 500, 502, 503, 504}
UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


@dataclass(frozen=True)
class Target:
    """Where files go.

    Args:
        token: Catalog's API token.
        source_id: UUID that Catalog gave for this Mode workspace.
        zone: `EU` or `US`.
        file_type: a key of `PATHS`.
        ingest_url: another endpoint, instead of the zone's.
        timeout: seconds that a connection may stay silent.
        retries: attempts after the first.

    Raises:
        UsageError: a value makes no sense.
    """

    token: str
    source_id: str
    zone: str = "EU"
    file_type: str = "VIZ"
    ingest_url: str | None = None
    timeout: float = 60.0
    retries: int = 5

    def __post_init__(self) -> None:
        object.__setattr__(self, "token", header_value("`token` of [catalog]", self.token))
        for name in ("source_id", "zone", "file_type", "ingest_url"):
            value = getattr(self, name)
            object.__setattr__(self, name, tidy(value) if value else value)
        logs.hide([self.token])
        if not UUID.fullmatch(self.source_id):
            raise UsageError("Setting `source_id` of [catalog] is not a UUID: Catalog's team gives it to you.")
        if self.zone not in ZONES:
            raise UsageError(f"Setting `zone` of [catalog] is {self.zone!r}: it is EU or US.")
        if self.file_type not in PATHS:
            raise UsageError(f"File type {self.file_type!r} is unknown: it is one of {', '.join(PATHS)}; VIZ for Mode.")

    def url(self, path: Path) -> str:
        base = (self.ingest_url or ZONES[self.zone]).rstrip("/")
        ts = int(pendulum.now("UTC").timestamp())
        return f"{base}/{PATHS[self.file_type].format(source_id=self.source_id, filename=path.name, ts=ts)}"


def check(paths: Iterable[Path], *, whole_set: bool) -> None:
    """Raises UploadError unless every file is there, valid JSON (or CSV) and has the keys of the contract."""
    for path in paths:
        if path.suffix not in ALLOWED or path.name.startswith("."):
            raise UploadError(f"{path} is not a {' or '.join(ALLOWED)} file: Catalog takes no other.")
        if not path.is_file():
            raise UploadError(f"{path} is missing: the set is not whole and was not sent. Export again.")
        if path.suffix == ".json":
            _check_json(path, whole_set)


def upload(paths: list[Path], target: Target, *, receipt: bool = True) -> list[dict[str, Any]]:
    """Sends files in the given order; writes the receipt beside the last one.

    Returns:
        What went: name, bytes, sha256, uploaded_at, per file.

    Raises:
        CredentialsRefused: Catalog does not know the token or the source id.
        UploadError: a file could not be sent; those before it were.
    """
    sent: list[dict[str, Any]] = []
    with session() as mounted:
        mounted.trust_env = not target.url(paths[0]).startswith("http://")  # plain HTTP: the sandbox only
        for path in paths:
            url = target.url(path)
            retrying = tenacity.Retrying(
                stop=tenacity.stop_after_attempt(1 + max(0, target.retries)),
                retry=tenacity.retry_if_exception_type((requests.RequestException, _Again)),
                wait=tenacity.wait_random_exponential(multiplier=0.5, max=30) + tenacity.wait_fixed(0.25),
                reraise=True,
            )
            try:
                sent.append(retrying(_send, mounted, path, url, target))
            except (requests.RequestException, _Again) as error:
                raise UploadError(
                    f"{path.name} could not be sent to Catalog ({cause(error)}): {len(sent)} of {len(paths)} files"
                    " went, the summary was not among them. Upload again."
                ) from None
            logger.info("Uploaded %s as %s to %s", path.name, target.file_type, url)
    if receipt:
        _write_receipt(paths[-1], sent)
    return sent


class _Again(Exception):
    """Catalog answered in a way that may pass."""


def _send(mounted: requests.Session, path: Path, url: str, target: Target) -> dict[str, Any]:
    """One attempt. The file is opened anew each time: a handle that was read before would send nothing."""
    with open(path, "rb") as file:
        digest = hashlib.sha256()
        for chunk in iter(lambda: file.read(1 << 20), b""):
            digest.update(chunk)
        size = file.tell()
        file.seek(0)
        body = MultipartEncoder({"file": (path.name, file, "application/octet-stream")})
        response = mounted.post(
            url,
            data=body,
            headers={
                "Authorization": f"Token {target.token}",
                "Accept": "text/csv, application/json",
                "Content-Type": body.content_type,
                "User-Agent": f"mode-source/{__version__}",
            },
            auth=_no_auth,
            allow_redirects=False,
            timeout=target.timeout,
        )
    if response.status_code in RETRIED or response.status_code >= 500:
        raise _Again(f"Catalog answered {response.status_code}")
    if response.status_code in (401, 403):
        raise CredentialsRefused(
            f"Catalog refused the upload ({response.status_code}): check `token` and `source_id` of [catalog]."
        )
    if response.is_redirect or response.is_permanent_redirect:
        raise UploadError(
            f"Catalog sends the upload elsewhere ({response.status_code}), which would lose the file:"
            " check `zone` or `ingest_url` of [catalog]."
        )
    if not response.ok:
        raise UploadError(f"Catalog did not take {path.name}: it answered {response.status_code}.")
    return {
        "name": path.name,
        "bytes": size,
        "sha256": digest.hexdigest(),
        "uploaded_at": pendulum.now("UTC").to_iso8601_string(),
    }


def _no_auth(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request  # keeps requests from replacing our header with what ~/.netrc says


def _write_receipt(last: Path, sent: list[dict[str, Any]]) -> None:
    receipt = receipt_of(last)
    beside = receipt.with_name(f".{receipt.name}")
    beside.write_text(json.dumps({"files": sent}, indent=2) + "\n")
    beside.replace(receipt)


def _check_json(path: Path, whole_set: bool) -> None:
    try:
        content = json.loads(path.read_bytes())
    except ValueError:
        raise UploadError(f"{path} is not valid JSON and was not sent: export again.") from None
    kind = kind_of(path)
    keys: tuple[str, ...] | None = next((file.keys for file in FILES if file.name == kind), None)
    if kind == SUMMARY:
        keys, content = SUMMARY_KEYS, [content]
    if keys is None:
        if whole_set:
            raise UploadError(f"{path} is not one of the files that Catalog expects for Mode.")
        return
    wrong = not isinstance(content, list) or any(not isinstance(row, dict) or set(row) != set(keys) for row in content)
    if wrong:
        raise UploadError(f"{path} does not have the keys that Catalog expects ({', '.join(keys)}): export again.")
