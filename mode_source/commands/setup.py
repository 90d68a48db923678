"""The commands around a workspace's settings: `init`, and `completion` for the shell."""

from __future__ import annotations

import click
import cloup

from ..options import CatalogOptions, ModeOptions
from .begin import begin, show
from .flags import common_flags, grouped, mode_flags
from .help import Command


@cloup.command(cls=Command)
@mode_flags
@click.option("--destination", help="A dlt destination; default duckdb (file mode.duckdb).")
@click.option("--credentials", metavar="URL", help="The destination's connection string; goes to secrets.toml.")
@click.option("--dataset-name", help="Dataset (schema) of the tables; default mode_metadata.")
@grouped(
    "catalog",
    CatalogOptions,
    click.option("-o", "--output", "output_directory", metavar="DIR", help="Directory of the Catalog files."),
    click.option("--catalog-token", "token_of_catalog", help="Catalog's API token."),
    click.option("--source-id", help="UUID that Catalog gave."),
    click.option("-z", "--zone", type=click.Choice(["EU", "US"]), help="Catalog's zone; default EU."),
)
@click.option("--no-input", is_flag=True, help="Ask nothing: take the flags, fail where one is missing.")
@click.option("--no-check", is_flag=True, help="Do not ask Mode whether the credentials work.")
@click.option("--force", is_flag=True, help="Replace settings that are already there without asking.")
@common_flags
def init(
    mode: ModeOptions,
    destination: str | None,
    credentials: str | None,
    dataset_name: str | None,
    catalog: CatalogOptions,
    token_of_catalog: str | None,
    no_input: bool,
    no_check: bool,
    force: bool,
    log_level: str,
    as_json: bool,
) -> int:
    """Ask for the settings, check them, and write .dlt/config.toml and .dlt/secrets.toml.

    The workspace may be its slug or any URL of it. Settings that are already there stay unless you say otherwise.
    """
    begin(log_level, (mode.token, mode.secret, token_of_catalog, credentials))
    from dataclasses import replace

    from ..setup import Answers, run_init

    answers = Answers(mode, destination, credentials, dataset_name, replace(catalog, token=token_of_catalog))
    summary, text = run_init(answers, ask=not no_input, verify=not no_check, force=force)
    show(summary, text, as_json)
    return 0


@cloup.command(cls=Command)
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> int:
    """Print the shell's completion script.

    \b
    bash:  eval "$(mode-source completion bash)"     in ~/.bashrc
    zsh:   eval "$(mode-source completion zsh)"      in ~/.zshrc
    fish:  mode-source completion fish | source         in config.fish
    """
    from click.shell_completion import get_completion_class

    script = get_completion_class(shell)
    if script is None:
        raise click.UsageError(f"There is no completion for {shell}.")
    click.echo(script(context.find_root().command, {}, "mode-source", "_MODE_SOURCE_COMPLETE").source())
    return 0
