"""DataHub's own Mode connector and our export on one workspace: `python -m tests.benchmarks.datahub_connector BIN`.

BIN is the command `datahub` of an environment with `acryl-datahub[mode]`. The workspace is that of the tests, whose
lineage over six kinds of warehouses is written down by hand. Prints precision and recall of tables and columns.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mode_sandbox import Sandbox
from mode_source import export, mode_lineage

from ..catalogs.truth import PLATFORMS, Truth, build, score
from ..conftest import CREDENTIALS, duckdb_pipeline, run

Edges = set[tuple[str, str]]


def edges(path: Path) -> tuple[Edges, Edges]:
    """Tables and columns that datasets are made of, as a metadata file says."""
    tables: Edges = set()
    columns: Edges = set()
    for urn, lineage in lineages(json.loads(path.read_bytes())):
        tables |= {(urn, upstream["dataset"]) for upstream in lineage["upstreams"]}
        for fine in lineage.get("fineGrainedLineages") or ():
            columns |= {(output, source) for output in fine["downstreams"] for source in fine["upstreams"]}
    return tables, columns


def lineages(content: list[dict[str, Any]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Aspect `upstreamLineage` of each entity."""
    for proposal in content:
        if proposal.get("aspectName") == "upstreamLineage":
            yield proposal["entityUrn"], proposal["aspect"]["json"]


def truth_of(truth: Truth, kind: str = "") -> tuple[Edges, Edges]:
    """What is true, in DataHub's names; of one kind of warehouse, or all."""
    tables: Edges = set()
    columns: Edges = set()
    for case in truth.cases:
        if kind not in ("", case.kind):
            continue
        query = truth.workspace.queries[case.token]
        id = truth.workspace.reports[truth.dataset].id if case.dataset else query.id
        urn = f"urn:li:dataset:(urn:li:dataPlatform:mode,{id},PROD)"
        lower = case.kind == "snowflake"
        for table in case.tables:
            tables.add((urn, _table(table)))
        for output, table, column in case.columns:
            output, column = (output.lower(), column.lower()) if lower else (output, column)
            columns.add((f"urn:li:schemaField:({urn},{output})", f"urn:li:schemaField:({_table(table)},{column})"))
    return tables, columns


def _table(table: tuple[str, str | None, str | None, str]) -> str:
    platform, *parts = table
    name = ".".join(part for part in parts if part)
    name = name.lower() if platform == "snowflake" else name
    return f"urn:li:dataset:(urn:li:dataPlatform:{'postgres' if platform == 'postgresql' else platform},{name},PROD)"


def connector(binary: str, sandbox: Sandbox, folder: Path) -> Path:
    """The file that DataHub's connector writes."""
    target, recipe = folder / "connector.json", folder / "recipe.json"
    config = {"connect_uri": sandbox.url, "workspace": "acme", "exclude_archived": False, **CREDENTIALS}
    config["password"] = config.pop("secret")
    sink = {"type": "file", "config": {"filename": str(target)}}
    recipe.write_text(json.dumps({"source": {"type": "mode", "config": config}, "sink": sink}))
    environment = {**os.environ, "DATAHUB_TELEMETRY_ENABLED": "false"}
    subprocess.run([binary, "ingest", "-c", str(recipe)], check=True, capture_output=True, env=environment)
    return target


def main(binary: str) -> None:
    """Prints the comparison."""
    truth = build()
    with tempfile.TemporaryDirectory() as name, Sandbox(truth.workspace) as sandbox:
        folder = Path(name)
        theirs = edges(connector(binary, sandbox, folder))
        pipeline = duckdb_pipeline(folder)
        run(pipeline, sandbox)
        pipeline.run(mode_lineage())
        ours = edges(export(pipeline, folder / "out", "datahub")[0])
    print("| | DataHub's connector: tables | columns | This export: tables | columns |")
    print("|---|---|---|---|---|")
    for kind in ("", *PLATFORMS):
        cells = []
        of_kind = truth_of(truth, kind)
        whole = truth_of(truth)
        queries = {urn for urn, _ in of_kind[0]}
        for found in (theirs, ours):
            for at in (0, 1):
                mine = {edge for edge in found[at] if any(urn in edge[0] for urn in queries)}
                precision, recall = score(mine, of_kind[at] if kind else whole[at])
                cells.append(f"P {precision:.2f} R {recall:.2f}")
        print(f"| {kind or 'all'} | {' | '.join(cells)} |")


if __name__ == "__main__":
    main(sys.argv[1])
