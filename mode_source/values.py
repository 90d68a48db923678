"""What people paste, made fit: without what does not show, and refused where it cannot be what it should be."""

from __future__ import annotations

import re
import unicodedata
from urllib.parse import urlsplit

from .errors import UsageError

# Blank on every screen although Unicode calls them letters, symbols or marks.
BLANK = "\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe0e\ufe0f"
LOOPBACK = ("localhost", "127.0.0.1", "[")
ROOMS = ("api", "editor", "home", "organizations")  # what may stand before the workspace in a URL of Mode


def tidy(value: str) -> str:
    """The value without white space, byte order marks and invisible characters around it."""
    begin, end = 0, len(value)
    while begin < end and _invisible(value[begin]):
        begin += 1
    while begin < end and _invisible(value[end - 1]):
        end -= 1
    return value[begin:end]


def header_value(setting: str, value: str | None) -> str:
    """A credential, tidied. No message ever shows it.

    Args:
        setting: its name and section, for the message.
        value: as it was given.

    Raises:
        UsageError: it is empty, or cannot stand in an HTTP header.
    """
    value = tidy(value or "")
    if not value:
        raise UsageError(f"Setting {setting} is empty: give it a value.")
    if any(unicodedata.category(character) == "Cc" or ord(character) > 255 for character in value):
        raise UsageError(
            f"Setting {setting} holds a character that no key has (a line break, an invisible or a typographic one):"
            " copy it again."
        )
    return value


def place(host: str, workspace: str, default_host: str) -> tuple[str, str]:
    """Host and workspace, of which either may be given as a URL of Mode (`https://app.mode.com/acme/reports/…`).

    Args:
        host: the setting; what it says of the host goes before what the workspace's URL says.
        workspace: the setting; what it says of the workspace goes before what the host's URL says.
        default_host: which host means that none was given.

    Returns:
        The host as a URL without path, and the workspace's slug, empty if neither names one.

    Raises:
        UsageError: a value is neither.
    """
    base, slug = split_url(host)
    workspace = tidy(workspace).strip("/")
    if re.search("[\x00-\x1f\x7f\ud800-\udfff]", workspace):
        raise UsageError("Setting `workspace` of [sources.mode] is no slug: it is the lower-case name in Mode's URLs.")
    first, more, _ = workspace.partition("/")
    if not more:
        return base, workspace or slug
    if not re.search("[.:]", first) and first not in LOOPBACK:
        return base, first  # a path without a host
    other, inside = split_url(workspace, "workspace")
    return (other if base == default_host else base), inside or slug


def split_url(url: str, setting: str = "host") -> tuple[str, str]:
    """A URL of Mode, with or without scheme → the host as a URL without path, and the workspace in its path.

    Raises:
        UsageError: it is none.
    """
    url = tidy(url)
    if "://" not in url:
        scheme = "http" if re.split("[:/]", url)[0] in LOOPBACK else "https"
        url = f"{scheme}://{url}"
    try:
        parts = urlsplit(url)
        valid = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        valid = False
    if not valid or re.search(r"[@\s\x00-\x1f\x7f]", parts.netloc):
        raise UsageError(f"Setting `{setting}` is not a host such as https://app.mode.com.")
    names = [name for name in parts.path.split("/") if name]
    if names and (names[0] == "api" or (names[0] in ROOMS and len(names) > 1)):
        del names[0]
    return f"{parts.scheme}://{parts.netloc}", names[0] if names else ""


def _invisible(character: str) -> bool:
    return character.isspace() or character in BLANK or unicodedata.category(character) in ("Cf", "Zs", "Zl", "Zp")
