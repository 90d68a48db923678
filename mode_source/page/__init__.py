"""The state of a workspace as one HTML page: `mode-source report -o FILE.html`.

`tables.py` reads, `listing.py` knows the reports one by one, `facts.py`, `growth.py` and `checks.py` aggregate,
`charts.py` lays out bars, `documents.py` makes the JSON for the browser, and `render.py` puts all into `template.html`
with `page.css` and the scripts. In the browser, `list.js` searches and sorts, `sheet.js` shows one report, and
`picture.js` draws its lineage. Nothing here touches Mode.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from ..job import pipeline_of
from ..load import connect, exclusive
from ..options import PipelineOptions
from .render import write_page

__all__ = ["report", "write_page"]


def report(options: PipelineOptions, path: Path) -> dict[str, Any]:
    """The command `report`: connects, then writes the page.

    Args:
        options: which tables.
        path: of the file.

    Returns:
        What `write_page` returns.

    Raises:
        ModeSourceError: nothing was loaded yet, another run works on the pipeline, or the file cannot be written.
    """
    pipeline = pipeline_of(options, read_only=True)
    with exclusive(pipeline, wait=options.wait):
        connect(pipeline)
        return write_page(pipeline, path)
