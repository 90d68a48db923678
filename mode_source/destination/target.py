"""Where a pipeline loads to, as a name: two jobs share a working folder and a lock if, and only if, it is the same."""

from __future__ import annotations

import os
import re
from hashlib import blake2b
from pathlib import Path
from typing import Any

from dlt.common.runtime.run_context import active

# What tells one database from another, whatever the destination calls it; never who asks, nor with which password.
PARTS = (
    "drivername", "host", "port", "database", "account", "project_id", "server_hostname", "http_path", "catalog",
    "bucket_url", "query_result_bucket", "aws_data_catalog", "region_name", "lakehouse_id",
)  # fmt: skip
DIGITS = 8


def working_folder(destination: Any, dataset_name: str | None) -> Path:
    """dlt's working folder for a target, below dlt's data folder (`~/.dlt`; as root `/var/dlt`).

    Args:
        destination: as dlt makes it; its settings are resolved as far as they are there.
        dataset_name: schema of the tables.
    """
    location = identity(destination)
    digest = blake2b(f"{location}\n{dataset_name}".encode(), digest_size=DIGITS).hexdigest()
    name = re.sub(r"[^A-Za-z0-9_-]+", "_", f"{destination.destination_name}-{dataset_name}")[:60]
    return Path(active().get_data_entity("mode_source")).expanduser().absolute() / f"{name}-{digest}"


def writable(folder: Path) -> bool:
    """Whether a working folder can be made; a home may be read-only where the user has named another folder."""
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    return folder.is_dir() and os.access(folder, os.W_OK)


def identity(destination: Any) -> str:
    """Names the database, file or bucket: for whoever asks, and from whatever directory, the same."""
    try:
        config = destination.configuration(destination.spec(), accept_partial=True)
    except Exception:
        return f"{destination.destination_type} of {os.path.realpath('.')}"  # what is wrong with it is said later
    found: list[str] = []
    for holder in (config, getattr(config, "credentials", None)):
        for part in PARTS:
            value = getattr(holder, part, None)
            if isinstance(value, (str, int)) and str(value):
                found.append(f"{part}={_place(str(value)) if part in ('database', 'bucket_url') else value}")
        query = getattr(holder, "query", None)
        if isinstance(query, dict) and query.get("host"):
            found.append(f"host={query['host']}")  # a socket's folder
    if not any(part.partition("=")[0] not in ("drivername", "port", "region_name") for part in found):
        found.append(os.path.realpath("."))  # nothing known of it: at least not shared with other directories
    return f"{destination.destination_type} {found}"


def _place(value: str) -> str:
    """A file's or folder's real path; anything else as it is."""
    if "://" in value or value.startswith((":", "md:")):
        return value.partition("?")[0]
    looks_like_a_path = os.sep in value or value.endswith((".duckdb", ".db"))
    return os.path.realpath(os.path.expanduser(value)) if looks_like_a_path else value
