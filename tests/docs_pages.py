"""The generated parts of docs/: options from the commands, columns from a loaded database, messages from the code.

    python -m tests.docs_pages     # brings docs/ up to date; test_docs.py says when that is due

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; the rest of a page is written by hand.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import click
import dlt
import duckdb

from mode_sandbox import Sandbox, Workspace
from mode_source import create_views, errors, mode_lineage
from mode_source.cli import cli
from mode_source.entities import ENTITIES
from mode_source.entities.own_tables import OWN_TABLES
from mode_source.errors import ModeSourceError, ReadError
from mode_source.load import load
from mode_source.models import models

from .conftest import DISCOVERY, duckdb_pipeline, source_for

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PART = re.compile(r"(<!-- generated: (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)
INTERNAL = re.compile(r"_dlt_.*|_deleted|_as_sent")  # columns that the page on tables explains once


def load_everything(folder: Path) -> dlt.Pipeline:
    """A database in `folder/mode.duckdb` with every table, column and view that there can be."""
    pipeline = duckdb_pipeline(folder)
    with Sandbox(Workspace.generate(reports=12, collections=3, datasets=2, members=4)) as sandbox:
        source, log = source_for(sandbox, **DISCOVERY)
        load(pipeline, source.with_resources(*ENTITIES), log)
    pipeline.run(mode_lineage())
    create_views(pipeline)
    return pipeline


def write_parts(text: str, make: Callable[[str], str]) -> str:
    """The page with its generated parts made anew."""
    return PART.sub(lambda part: f"{part[1]}\n{make(part[2]).strip()}\n\n{part[4]}", text)


def maker(pipeline: dlt.Pipeline) -> Callable[[str], str]:
    """What makes a part by its name."""
    parts: dict[str, Callable[[], str]] = {
        "commands": commands,
        "entities": entities,
        "own": own_tables,
        "messages": messages,
        "columns": lambda: columns(pipeline),
        "views": lambda: views(pipeline),
    }
    return lambda name: parts[name]()


def table(head: list[str], rows: list[list[str]]) -> str:
    """A Markdown table."""
    lines = [head, ["---"] * len(head), *([cell.replace("|", "\\|") for cell in row] for row in rows)]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def commands() -> str:
    """The commands, then each option once, with the commands that take it."""
    rows = [
        [f"`mode-source {' '.join([name, *arguments(command)])}`", " ".join((command.help or "").split())]
        for name, command in cli.commands.items()
    ]
    takers: dict[tuple[str, ...], list[str]] = {}
    for name, command in cli.commands.items():
        for option in command.params:
            if isinstance(option, click.Option):
                takers.setdefault(described(option), []).append(name)
    options = [[option, ", ".join(names), *rest] for (option, *rest), names in takers.items()]
    return table(["Command", "Does"], rows) + "\n\n" + table(["Option", "Of", "Means", "Environment"], options)


def arguments(command: click.Command) -> list[str]:
    named = [param for param in command.params if isinstance(param, click.Argument)]
    names = [(param.metavar or param.name or "").upper() for param in named]
    return [name if param.required else f"[{name}]" for name, param in zip(names, named, strict=True)]


def described(option: click.Option) -> tuple[str, str, str]:
    """An option's names, what it means, and its environment variables."""
    names = ", ".join(f"`{name}`" for name in [*option.opts, *option.secondary_opts])
    if isinstance(option.type, click.Choice):
        names += " " + ", ".join(f"`{choice}`" for choice in option.type.choices)
    text, _, variables = (option.help or "").partition("  [env: ")
    return names, text.strip(), ", ".join(f"`{name}`" for name in variables.rstrip("]").split(", ") if name)


def entities() -> str:
    """What each table of Mode holds, and where it comes from."""
    rows = [
        [f"`{entity.name}`", entity.description, f"`{'/batch/{workspace}/' * (entity.api == 'batch')}{entity.path}`"]
        for entity in ENTITIES.values()
    ]
    return table(["Table", "Holds", "Mode's path, below `/api/{workspace}/`"], rows)


def own_tables() -> str:
    """What the tables hold that Mode does not have."""
    rows = [[f"`{own.name}`", own.description, ", ".join(f"`{key}`" for key in own.key)] for own in OWN_TABLES.values()]
    return table(["Table", "Holds", "Key; of lineage tables: what is replaced together"], rows)


def columns(pipeline: dlt.Pipeline) -> str:
    """The columns of each table, from the schema of a database that has them all."""
    schema = pipeline.default_schema
    names = [*ENTITIES, *OWN_TABLES]
    return "\n\n".join(f"### {name}\n\n{columns_of(schema.tables[name]['columns'])}" for name in names)


def columns_of(declared: dlt.common.schema.typing.TTableSchemaColumns) -> str:
    rows = [
        [f"`{name}`", str(column.get("data_type")), column.get("description") or ""]
        for name, column in declared.items()
        if not INTERNAL.fullmatch(name)
    ]
    return table(["Column", "Type", "Means"], rows)


def views(pipeline: dlt.Pipeline) -> str:
    """Each view with the comment of its file and its columns."""
    database = Path(pipeline.pipelines_dir).parent / "mode.duckdb"
    with closing(duckdb.connect(str(database), read_only=True)) as connection:
        connection.execute("SET search_path = 'mode_metadata'")
        parts = []
        for name, model in sorted(models().items()):
            found = connection.execute(f"DESCRIBE {name}").fetchall()
            comment = [line[3:] for line in model.sql.splitlines() if line.startswith("--")]
            listed = ", ".join(f"`{column}`" for column, *_ in found)
            parts.append("\n".join([f"### {name}", "", *comment, "", f"Columns: {listed}."]))
        return "\n\n".join(parts)


def messages() -> str:
    """Every message of an error or a warning, with its exit code."""
    rows = sorted({(code, text) for code, text in said() if len(text) > 12})
    return table(["Code", "Message"], [[code, f"`{text.replace('`', chr(39))}`"] for code, text in rows])


def said() -> Iterator[tuple[str, str]]:
    """Exit code and text of whatever the package raises or warns of, with `…` for what varies."""
    for path in sorted((ROOT / "mode_source").rglob("*.py")):
        if path.parent.name == "lineage":
            continue  # its errors are rows of `lineage_errors`
        tree = ast.parse(path.read_text(encoding="utf-8"))
        constants = {
            target.id: node.value.value
            for node in tree.body
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name) and isinstance(node.value.value, str)
        }
        for node in ast.walk(tree):
            if isinstance(node, ast.Call) and node.args and (code := code_of(node.func)) is not None:
                yield code, " ".join(text_of(node.args[0], constants).split())


def code_of(function: ast.expr) -> str | None:
    """The exit code of an error class, "warning" for a logger's warning, None for any other function."""
    if isinstance(function, ast.Attribute) and function.attr == "warning":
        return "warning"
    kind = getattr(errors, function.id, None) if isinstance(function, ast.Name) else None
    if not (inspect.isclass(kind) and issubclass(kind, ModeSourceError)):
        return None
    return "3" if issubclass(kind, ReadError) else str(kind.exit_code)


def text_of(node: ast.expr, constants: dict[str, str]) -> str:
    """What a string expression says, `…` for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return re.sub(r"%[sd]", "…", node.value)
    if isinstance(node, ast.JoinedStr):
        return "".join(text_of(part, constants) for part in node.values)
    if isinstance(node, ast.FormattedValue):
        return text_of(node.value, constants)
    if isinstance(node, ast.BinOp):
        return text_of(node.left, constants) + text_of(node.right, constants)
    return constants.get(node.id, "…") if isinstance(node, ast.Name) else "…"


def main() -> None:
    """Writes what is out of date."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DLT_DATA_DIR"] = folder
        make = maker(load_everything(Path(folder)))
        for page in sorted(DOCS.glob("*.md")):
            text = page.read_text(encoding="utf-8")
            if (new := write_parts(text, make)) != text:
                page.write_text(new, encoding="utf-8")
                print(f"{page.relative_to(ROOT)} written")


if __name__ == "__main__":
    main()
