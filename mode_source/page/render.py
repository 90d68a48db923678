"""Tables → one HTML file that needs nothing else: style and script stand in it, and a policy lets nothing else run.

The file is written beside its final name and moved, so that a reader never opens half a page.
"""

from __future__ import annotations

import base64
import hashlib
import os
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from importlib.resources import files
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import dlt
from jinja2 import Environment, PackageLoader, StrictUndefined

from .._version import __version__
from ..catalogs.coalesce.export import stored_base_url
from ..errors import ExportError
from .documents import Pictures, rows_document
from .edges import Lineage
from .facts import facts
from .listing import Listing, web_address
from .tables import EXPECTED, Tables
from .times import day_text, iso_text, moment_text

SCRIPTS = ("make.js", "data.js", "picture.js", "sheet.js", "views.js", "list.js")  # in this order, as one script
SHOWN = (*EXPECTED, "runs", "reads", "changes", "report_stats_daily", "query_tables", "lineage_errors")
POLICY = (
    "default-src 'none'; script-src '{script}'; style-src '{style}'; base-uri 'none'; form-action 'none';"
    " require-trusted-types-for 'script'; trusted-types 'none'"
)


def write_page(pipeline: dlt.Pipeline, path: Path, now: datetime | None = None) -> dict[str, Any]:
    """Writes the page.

    Args:
        pipeline: connected (`load.connect`), whose tables to show.
        path: of the file; its directory is made if it is not there.
        now: the time of making that the page shows.

    Returns:
        `file`, `bytes`, `reports`, and `missing`: the tables that it would show and that are not there.

    Raises:
        ExportError: the file could not be written; an older one is untouched.
    """
    with Tables(pipeline) as tables:
        listing = Listing(tables)
        text = _text(tables, listing, stored_base_url(pipeline), now or datetime.now(timezone.utc))
        try:
            _write(path, text)
        except OSError as error:
            raise ExportError(f"The page {path} could not be written: {error.strerror or error}.") from error
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "reports": len(listing.reports),
        "missing": tables.missing(*SHOWN),
    }


def _text(tables: Tables, listing: Listing, base_url: str, now: datetime) -> Iterator[str]:
    style = _asset("page.css")
    script = "(function () {\n'use strict';\n" + "".join(_asset(name) for name in SCRIPTS) + "}());\n"
    lineage = Lineage(tables)
    pictures = Pictures(tables, listing.everything, lineage)
    environment = Environment(
        loader=PackageLoader("mode_source.page", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {
        "number": "{:,}".format,
        "percent": _percent,
        "day": day_text,
        "moment": moment_text,
        "iso": iso_text,
    }
    found = facts(tables, listing)
    return environment.get_template("template.html").generate(
        policy=POLICY.format(script=_digest(script), style=_digest(style)),
        style=style,
        script=script,
        workspace=urlsplit(base_url).path.strip("/") or "workspace",
        address=web_address(base_url),
        host=urlsplit(base_url).netloc,
        facts=found,
        counts=listing.counts,
        known={report.token for report in listing.reports},
        rows=rows_document(listing.everything, lineage, found.schedules.load if found.schedules else {}),
        pictures=pictures.document(),
        columns=pictures.columns(),
        has=tables.has,
        absent=tables.missing,
        version=__version__,
        now=now,
    )


def _percent(share: float) -> str:
    return "less than 1 %" if 0 < share < 1 else f"{share:.0f} %"


def _write(path: Path, pieces: Iterator[str]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(prefix=f".{path.name}-", suffix=".part", dir=path.parent)
    try:
        with open(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(name, 0o666 & ~_umask())  # mkstemp's files are for their owner alone
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def _asset(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
