"""Whether a child's 404 means that its parent is gone."""

from __future__ import annotations

from ..entities import Entity
from ..errors import ReadError
from .reading import Reading


def is_gone(reading: Reading, parent: Entity, token: str) -> bool:
    """Whether the parent itself answers 404; false where that cannot be told."""
    try:
        return reading.single(parent, token) is None
    except ReadError:
        return False
