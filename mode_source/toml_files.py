"""Changes settings in TOML files and leaves the rest of them, comments included, as it is."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from .errors import UsageError


@dataclass(frozen=True)
class Change:
    """One setting.

    Attributes:
        section: the names of its tables, outermost first.
        name: of the setting.
        value: what it is to be; None leaves it alone.
    """

    section: tuple[str, ...]
    name: str
    value: str | None


def conflicts(path: Path, changes: Sequence[Change]) -> list[str]:
    """Names of settings that the file has with another value.

    Raises:
        UsageError: the file is not TOML.
    """
    document = _read(path)
    return [change.name for change in changes if _stored(document, change) not in (None, change.value)]


def apply(path: Path, changes: Sequence[Change], mode: int) -> bool:
    """Writes the settings into the file, beside it first and then moved.

    Args:
        path: of the file; it and its folder are made if they are missing.
        changes: what to write.
        mode: permissions of the file; a file that is there loses those that are not among them.

    Returns:
        Whether anything was written.

    Raises:
        UsageError: the file is not TOML.
        OSError: it cannot be written.
    """
    document = _read(path)
    if all(_stored(document, change) == change.value for change in changes):
        if path.exists():
            path.chmod(path.stat().st_mode & mode)
        return False
    for change in changes:
        table: Any = document
        for name in change.section:
            if name not in table:
                table[name] = tomlkit.table(is_super_table=name != change.section[-1])
            table = table[name]
        table[change.name] = change.value
    path.parent.mkdir(parents=True, exist_ok=True)
    allowed = path.stat().st_mode & mode if path.exists() else mode
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    # Nobody else may read it at any moment, not even before the text is there.
    with os.fdopen(os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
        file.write(tomlkit.dumps(document))
    beside.chmod(allowed)
    beside.replace(path)
    return True


def ignored_by_git(path: Path, pattern: str) -> bool:
    """Makes a .gitignore file name a pattern.

    Returns:
        Whether it did not yet.

    Raises:
        OSError: the file cannot be written.
    """
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    variants = {pattern, pattern.lstrip("/"), ".dlt", ".dlt/", "/.dlt", "/.dlt/", "secrets.toml"}
    if variants & {line.strip() for line in text.splitlines()}:
        return False
    end = "" if not text or text.endswith("\n") else "\n"
    with path.open("a", encoding="utf-8") as file:
        file.write(f"{end}{pattern}\n")
    if not text:
        path.chmod(0o644)  # the commands make private files, and this one goes into the repository
    return True


def _read(path: Path) -> tomlkit.TOMLDocument:
    try:
        return tomlkit.parse(path.read_text(encoding="utf-8")) if path.exists() else tomlkit.document()
    except (TOMLKitError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not TOML ({error}): correct it first.") from None


def _stored(document: tomlkit.TOMLDocument, change: Change) -> Any:
    table: Any = document
    for name in (*change.section, change.name):
        if not hasattr(table, "get"):
            return None
        table = table.get(name)
    return table
