"""The demo: the whole job against the sandbox, twice, with changes in Mode in between."""

from __future__ import annotations

import random
import shutil
from pathlib import Path
from typing import Any

import dlt
import pendulum

from mode_sandbox import Sandbox, Workspace

from .catalogs.coalesce.sets import receipt_of
from .destination.pipeline import PIPELINE, duckdb
from .job import sync
from .load import exclusive
from .options import CatalogOptions, ExportOptions
from .page import write_page

SOURCE_ID = "00000000-0000-4000-8000-000000000001"
CHANGES = 10


def run_demo(directory: Path, reports: int) -> tuple[dict[str, Any], str]:
    """Runs the demo in a directory of its own, which it clears first.

    Args:
        directory: gets `mode.duckdb`, dlt's working files and the Catalog files.
        reports: size of the simulated workspace.

    Returns:
        A summary of both runs, and the same for people.
    """
    directory.mkdir(parents=True, exist_ok=True)
    database, working, catalog = directory / "mode.duckdb", directory / ".pipelines", directory / "catalog"
    for path in (working, catalog):
        shutil.rmtree(path, ignore_errors=True)
    for path in (database, database.with_suffix(".duckdb.wal")):
        path.unlink(missing_ok=True)
    pipeline = dlt.pipeline(
        PIPELINE,
        destination=duckdb(str(database)),
        dataset_name="mode_metadata",
        pipelines_dir=str(working.resolve()),
    )
    today = pendulum.today("UTC")
    workspace = Workspace.generate(seed=7, reports=reports, collections=max(2, reports // 16), now=today)
    runs, texts = [], []
    with Sandbox(workspace) as sandbox:
        options = CatalogOptions(
            output_directory=str(catalog), token="catalog-token", source_id=SOURCE_ID, ingest_url=sandbox.ingest_url
        )
        for title in ("First run", "Second run"):
            outcome = sync(
                pipeline,
                catalog=options,
                export=ExportOptions(formats=("catalog",)),
                host=sandbox.url,
                workspace=workspace.slug,
                token="sandbox-token",
                secret="sandbox-secret",
                requests_per_10s=100_000,  # the sandbox sets no limit
            )
            runs.append(outcome.summary)
            texts.append(f"{title}\n{outcome.text}")
            if title == "First run":
                dice = random.Random(7)
                changes = [workspace.random_change(dice) for _ in range(CHANGES)]
                texts.append("Then, in Mode:\n" + "\n".join(f"  {change}" for change in changes))
    with exclusive(pipeline):
        page = write_page(pipeline, directory / "report.html")
    receipt = receipt_of(Path(runs[-1]["files"][-1]))
    texts.append(
        "\n".join(
            [
                f"{receipt}  (what was uploaded)",
                f"{page['file']}  (the state of the workspace, to look at)",
            ]
        )
    )
    texts.append(
        f"Ask it something:\n  cd {directory}"
        '\n  mode-source sql "SELECT * FROM table_usage ORDER BY reports DESC LIMIT 5"'
        "\n  mode-source lineage finance.orders"
    )
    summary = {"runs": runs, "changes": changes, "receipt": str(receipt), "database": str(database), "page": page}
    return summary, "\n\n".join(texts)
