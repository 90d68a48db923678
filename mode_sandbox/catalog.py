"""Catalog's ingest endpoint, ``POST /ingest/visualization-{source_id}/{file}`` (docs/catalog-contract.md#upload)."""

from __future__ import annotations

import re
import threading
from dataclasses import dataclass

from .wire import JSON, Headers, Response, dump

_PATH = re.compile(r"/ingest/(visualization|warehouse|quality|transformation)-([^/]+)/([^/]+)")
_PART_NAME = re.compile(rb'\bname="([^"]*)"')
_FILE_NAME = re.compile(rb'\bfilename="([^"]*)"')


@dataclass(frozen=True, slots=True)
class Upload:
    """One file that arrived. ``filename`` is that of the multipart part."""

    path: str
    filename: str
    content: bytes
    headers: Headers
    at: float


class Catalog:
    """Takes uploads; keeps those it accepted, in order."""

    def __init__(self, token: str) -> None:
        """The accepted token."""
        self._token = token
        self._lock = threading.Lock()
        self._uploads: list[Upload] = []

    @property
    def uploads(self) -> list[Upload]:
        """What was accepted so far."""
        with self._lock:
            return list(self._uploads)

    def answer(self, method: str, path: str, headers: Headers, body: bytes, at: float) -> Response:
        """Accept one file, or say why not."""
        if _PATH.fullmatch(path) is None:
            return _no(404, "unknown path")
        if method != "POST":
            return _no(405, "only POST")
        if headers.get("authorization") != f"Token {self._token}":
            return _no(401, "invalid token")
        part = file_part(str(headers.get("content-type", "")), body)
        if part is None:
            return _no(400, 'expected multipart/form-data with one part named "file"')
        filename, content = part
        with self._lock:
            self._uploads.append(Upload(path, filename, content, headers, at))
        return Response(201, dump({"status": "accepted", "bytes": len(content)}), JSON)


def _no(status: int, message: str) -> Response:
    return Response(status, dump({"detail": message}), JSON)


def file_part(content_type: str, body: bytes) -> tuple[str, bytes] | None:
    """File name and content of the single part ``name="file"`` of a multipart body; None if it is not so."""
    found = re.fullmatch(r'multipart/form-data;.*boundary="?([^";]+)"?.*', content_type)
    if found is None:
        return None
    mark = b"--" + found.group(1).encode()
    if not body.startswith(mark) or not body.rstrip(b"\r\n").endswith(mark + b"--"):
        return None
    parts = body.split(b"\r\n" + mark)
    if len(parts) != 2:
        return None
    head, _, content = parts[0].partition(b"\r\n\r\n")
    name, filename = _PART_NAME.search(head), _FILE_NAME.search(head)
    if name is None or filename is None or name.group(1) != b"file":
        return None
    return filename.group(1).decode("utf-8", "replace"), content
