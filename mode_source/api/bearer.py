"""The Discovery API's credentials."""

from __future__ import annotations

import base64

import requests

from .. import logs
from ..values import header_value


class Bearer(requests.auth.AuthBase):
    """The Discovery API's credentials, in place of the session's (docs/mode-api.md#s7)."""

    def __init__(self, given: tuple[str, str, str]) -> None:
        logs.hide(given)
        names = ("discovery_token", "discovery_access_key", "discovery_access_secret")
        discovery = [
            header_value(f"`{name}` of [sources.mode]", value) for name, value in zip(names, given, strict=True)
        ]
        self._value = base64.b64encode(":".join(discovery).encode("latin-1")).decode()
        logs.hide([*discovery, self._value])

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        request.headers["Authorization"] = f"Bearer {self._value}"
        request.headers["Accept"] = "application/json"
        return request
