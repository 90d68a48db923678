"""Asks for the settings of a first run, checks them with Mode, and writes them where dlt looks for them."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import click

from . import logs
from .check import findings_of
from .destination.failures import explained
from .errors import CredentialsRefused, ModeSourceError, UsageError
from .options import CatalogOptions, ModeOptions
from .toml_files import Change, apply, conflicts, ignored_by_git

FOLDER = Path(".dlt")
# First parts of paths below Mode's host after which the workspace comes.
_BEFORE_WORKSPACE = {"api", "batch", "editor", "home", "organizations", "spaces"}
_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]*")


@dataclass(frozen=True)
class Answers:
    """What is known of the settings so far; None means not given.

    Attributes:
        mode: the workspace and its key.
        destination: name of a dlt destination.
        credentials: the destination's connection string.
        dataset_name: dataset (schema) of the tables.
        catalog: where the Catalog files go.
    """

    mode: ModeOptions
    destination: str | None
    credentials: str | None
    dataset_name: str | None
    catalog: CatalogOptions


def run_init(answers: Answers, *, ask: bool, verify: bool, force: bool) -> tuple[dict[str, Any], str]:
    """Completes the answers, checks them, and writes the files.

    Args:
        answers: what the command line gave.
        ask: ask at the terminal for what is missing, and before a setting is replaced.
        verify: ask Mode whether the credentials work.
        force: replace settings that are already there without asking.

    Returns:
        A summary, and the same for people.

    Raises:
        UsageError: something is missing, or a setting is there already and may not be replaced.
        CredentialsRefused: Mode does not accept the key.
        ModeSourceError: Mode does not answer, or a file cannot be written.
    """
    answers = _with_workspace(answers, ask)
    lines: list[str] = []
    while True:
        answers = _with_key(answers, ask)
        if not verify:
            break
        try:
            lines = findings_of(**answers.mode.given()).lines()
        except Exception as error:
            known = explained(error)
            if not ask:
                raise known from error
            click.echo(logs.redacted(str(known)), err=True)
            if isinstance(known, CredentialsRefused) and click.confirm("Try another key?", default=True, err=True):
                answers = replace(answers, mode=replace(answers.mode, token=None, secret=None))
                continue
            _agreed("Write the settings all the same?")
        else:
            click.echo("\n".join(lines), err=True)
        break
    if ask:
        answers = _with_destination(_with_catalog(answers))
    files = _write(answers, ask, force)
    text = "\n".join([*(f"Wrote {name}" for name in files), "", *_next(answers)])
    return {"workspace": answers.mode.workspace, "files": files, "checked": bool(lines)}, text


def parse_workspace(text: str) -> tuple[str | None, str]:
    """Takes a slug or any URL of a workspace apart.

    Returns:
        The host with its scheme, or None if the text is only a slug; and the slug.

    Raises:
        UsageError: the text names no workspace.
    """
    text = text.strip()
    host = None
    if "/" in text or ":" in text:
        parts = urlsplit(text if "://" in text else f"https://{text}")
        host = f"{parts.scheme}://{parts.netloc}"
        path = [part for part in parts.path.split("/") if part]
        text = next((part for part in path if part not in _BEFORE_WORKSPACE), "")
    if not _SLUG.fullmatch(text):
        raise UsageError("That names no workspace: give its slug, or a URL such as https://app.mode.com/acme.")
    return host, text


def _with_workspace(answers: Answers, ask: bool) -> Answers:
    given = answers.mode.workspace
    while True:
        if not given and not ask:
            raise UsageError("Setting `workspace` is missing: give it as -w.")
        given = given or str(click.prompt("Workspace (its name in the URL, or the URL)", err=True))
        try:
            host, workspace = parse_workspace(given)
            break
        except UsageError as error:
            if not ask:
                raise
            click.echo(str(error), err=True)
            given = None
    host = answers.mode.host or host
    return replace(answers, mode=replace(answers.mode, workspace=workspace, host=host))


def _with_key(answers: Answers, ask: bool) -> Answers:
    mode = answers.mode
    for name, flag in (("token", "-t"), ("secret", "-s")):
        if not getattr(mode, name) and not ask:
            raise UsageError(f"Setting `{name}` is missing: give it as {flag}.")
    if not mode.token:
        click.echo("Mode: Workspace Settings > Privacy & Security > API > gear > Create new API token.", err=True)
    token = mode.token or str(click.prompt("Token (the key's id)", err=True)).strip()
    secret = mode.secret or str(click.prompt("Secret (not shown)", hide_input=True, err=True)).strip()
    logs.hide([token, secret])
    return replace(answers, mode=replace(mode, token=token, secret=secret))


def _with_catalog(answers: Answers) -> Answers:
    catalog = answers.catalog
    if not catalog.given() and not click.confirm("Upload to Coalesce Catalog?", default=False, err=True):
        return answers
    directory = catalog.output_directory or click.prompt("Directory of its files", default="catalog", err=True)
    token = catalog.token or click.prompt(
        "Catalog's token (not shown; empty: later)", hide_input=True, default="", show_default=False, err=True
    )
    source = catalog.source_id or click.prompt(
        "Source id, a UUID (empty: later)", default="", show_default=False, err=True
    )
    choices = click.Choice(["EU", "US"], case_sensitive=False)
    zone = catalog.zone or click.prompt("Zone", type=choices, default="EU", err=True)
    logs.hide([token])
    options = CatalogOptions(output_directory=directory, token=token or None, source_id=source or None, zone=zone)
    return replace(answers, catalog=options)


def _with_destination(answers: Answers) -> Answers:
    destination = answers.destination or click.prompt("Destination (a dlt destination)", default="duckdb", err=True)
    credentials = answers.credentials
    if destination not in ("duckdb", "filesystem") and not credentials:
        credentials = click.prompt(
            "Its connection string (not shown; empty: later)", hide_input=True, default="", show_default=False, err=True
        )
        logs.hide([credentials])
    return replace(answers, destination=destination, credentials=credentials or None)


def _changes(answers: Answers) -> tuple[list[Change], list[Change]]:
    """What goes to config.toml, and what to secrets.toml."""
    mode, catalog = answers.mode, answers.catalog
    config = [
        Change((), "destination_type", answers.destination),
        Change((), "dataset_name", answers.dataset_name),
        Change(("sources", "mode"), "workspace", mode.workspace),
        Change(("sources", "mode"), "host", mode.host),
        Change(("catalog",), "output_directory", catalog.output_directory),
        Change(("catalog",), "source_id", catalog.source_id),
        Change(("catalog",), "zone", catalog.zone),
    ]
    secrets = [
        Change(("sources", "mode"), "token", mode.token),
        Change(("sources", "mode"), "secret", mode.secret),
        Change(("catalog",), "token", catalog.token),
        Change(("destination", answers.destination or "duckdb"), "credentials", answers.credentials),
    ]
    return [change for change in config if change.value], [change for change in secrets if change.value]


def _write(answers: Answers, ask: bool, force: bool) -> list[str]:
    config, secrets = _changes(answers)
    files = [(FOLDER / "config.toml", config, 0o644), (FOLDER / "secrets.toml", secrets, 0o600)]
    for path, changes, _ in files:
        clashes = conflicts(path, changes)
        if not clashes or force:
            continue
        question = f"{path} has another {', '.join(f'`{name}`' for name in clashes)}"
        if not ask:
            raise UsageError(f"{question}: replace it with --force.")
        _agreed(f"{question}. Replace?")
    try:
        written = [str(path) for path, changes, mode in files if apply(path, changes, mode)]
        if ignored_by_git(Path(".gitignore"), f"/{FOLDER / 'secrets.toml'}"):
            written.append(".gitignore")
    except OSError as error:
        raise ModeSourceError(f"The settings could not be written: {error.filename}: {error.strerror}.") from error
    return written


def _agreed(question: str) -> None:
    if not click.confirm(question, default=False, err=True):
        raise ModeSourceError("Nothing was written.")


def _next(answers: Answers) -> list[str]:
    command = "mode-source sync" if answers.catalog.output_directory else "mode-source load"
    return [f"Next: {command}"]
