"""The same databases as the tests of the views ask."""

from ..models.conftest import db

__all__ = ["db"]
