"""How we reach anyone over HTTP: which certificates are trusted, and what is said when they are not."""

from __future__ import annotations

import os
import re
import ssl

import requests

BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")  # the first that is set holds


def session() -> requests.Session:
    """A session that trusts what `SSL_CERT_FILE` names, too, as most other programs do; requests knows the others."""
    made = requests.Session()
    made.verify = os.environ.get("SSL_CERT_FILE") or True
    return made


def advice(error: BaseException) -> str:
    """What is wrong with certificates, their file or the proxy, and which variable to set; empty for other errors."""
    text = str(error)
    variable = next((name for name in BUNDLES if os.environ.get(name)), BUNDLES[0])
    if isinstance(error, (requests.exceptions.SSLError, ssl.SSLError)) and "certificate" in text.lower():
        found = re.search(r"certificate verify failed[^(\n]*|hostname '[^']*' doesn't match[^(\n]*", text)
        reason = found[0].strip(" .:") if found else "its certificate is not trusted"
        return f"{reason}: set REQUESTS_CA_BUNDLE to a PEM file with your company's certificate authority"
    if isinstance(error, (OSError, ValueError)) and "CA certificate bundle" in text:
        return f"{variable} names no file with certificates: {os.environ.get(variable)}"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy does not let it through: check HTTPS_PROXY, or name the host in NO_PROXY"
    return ""
