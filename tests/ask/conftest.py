"""The same databases as the tests of the views ask."""

from ..models.conftest import db, templates

__all__ = ["db", "templates"]
