"""The demo: the whole job against the sandbox, twice, with changes in Mode in between."""

from __future__ import annotations

import random
import shlex
import shutil
import sys
from collections import Counter
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
            if title == "First run":
                texts.append(_first(outcome.summary))
                dice = random.Random(7)
                changes = [workspace.random_change(dice) for _ in range(CHANGES)]
                texts.append(f"Then, in Mode, {_summed_up(changes)}.")
            else:
                texts.append(f"Second run: it asks for what changed.\n\n{_without_files(outcome.text)}")
    with exclusive(pipeline):
        page = write_page(pipeline, directory / "report.html")
    receipt = receipt_of(Path(runs[-1]["files"][-1]))
    texts.append(f"{receipt}  (what was uploaded)\n{page['file']}  (the state of the workspace, to look at)")
    program = _program()
    texts.append(
        "Ask it something:\n"
        f"  cd {shlex.quote(str(directory))}\n"
        f'  {program} sql "SELECT table_full_name, reports, view_count FROM table_usage\n'
        '    ORDER BY reports DESC LIMIT 5"\n'
        f"  {program} lineage snowflake:finance.orders\n"
        f"  {program} sql"
    )
    summary = {"runs": runs, "changes": changes, "receipt": str(receipt), "database": str(database), "page": page}
    return summary, "\n\n".join(texts)


def _first(summary: dict[str, Any]) -> str:
    rows = {name: count["loaded"] for name, count in summary["rows"].items()}
    shown = ", ".join(f"{rows.get(name, 0):,} {name}" for name in ("reports", "queries", "charts"))
    return (
        f"First run: a simulated workspace with {shown}\n"
        "is loaded, its lineage analysed, its Catalog files written and uploaded.\n"
        f"{summary['requests']} requests to Mode in {summary['seconds']:.1f} s."
    )


def _without_files(text: str) -> str:
    """What a run says, without the paths of its files: the receipt stands beside them."""
    return "\n".join(line for line in text.splitlines() if not line.endswith(".json"))


def _summed_up(changes: list[str]) -> str:
    """`2 moved, 1 edited query`: the first words of each change, which name no token."""
    kinds = Counter(" ".join(word for word in change.split()[:2] if word.isalpha()) for change in changes)
    return f"{len(changes)} changes:\n  {', '.join(f'{count} {kind}' for kind, count in kinds.most_common())}"


def _program() -> str:
    """How to call this program from the same shell: a virtual environment need not be active."""
    if shutil.which("mode-source"):
        return "mode-source"
    called = Path(sys.argv[0])
    if called.name == "mode-source" and called.exists():
        return shlex.quote(str(called.absolute()))
    return f"{shlex.quote(sys.executable)} -m mode_source"
