"""Tells others how a run ended: a webhook, a healthcheck service, a file for the node exporter.

None of it can fail a run: what does not work is a warning. The addresses count as secrets, as whoever knows a webhook's
can write to it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pendulum
import requests
from dlt.common.configuration import configspec
from dlt.common.configuration.resolve import resolve_configuration
from dlt.common.configuration.specs import BaseConfiguration
from tenacity import Retrying, retry_if_exception_type, retry_if_result, stop_after_attempt, wait_exponential

from . import logs, signals
from ._version import __version__
from .errors import GAPS, TIME_LIMIT, UsageError
from .metrics import write_metrics
from .options import MonitoringOptions
from .settings import prepare

logger = logging.getLogger(__name__)

TIMEOUT = 10.0  # seconds that a service may stay silent
ATTEMPTS = 3
PAUSE = 1.0  # seconds before the second attempt, doubled before the third
GOES_ON = TIME_LIMIT  # nothing is wrong, the next run goes on
_OUTCOMES = {
    0: "done",
    GAPS: "gaps",
    4: "locked",
    GOES_ON: "time limit",
    signals.INTERRUPTED: "interrupted",
    signals.TERMINATED: "terminated",
}


@configspec
class MonitoringSettings(BaseConfiguration):
    """Section `[monitoring]`."""

    notify_url: str | None = None
    healthcheck_url: str | None = None
    metrics: str | None = None


@dataclass(frozen=True)
class Ended:
    """How a run ended.

    Attributes:
        workspace: slug of the workspace, or the names of several.
        exit_code: of the command.
        summary: what was done, as one JSON object; empty where nothing was.
        error: why it failed, in a sentence.
    """

    workspace: str
    exit_code: int
    summary: dict[str, Any]
    error: str | None = None

    @property
    def outcome(self) -> str:
        """The exit code in a word."""
        return _OUTCOMES.get(self.exit_code, "failed")

    def message(self) -> dict[str, Any]:
        """The body of the webhook; `text` is what Slack and those like it show."""
        gaps = self.summary.get("gaps") or []
        what = self.error or (f"{len(gaps)} gaps, last known rows were kept" if gaps else "")
        text = f"mode-source, workspace {self.workspace}: {self.outcome} (exit code {self.exit_code})"
        return {
            "text": f"{text}: {what}" if what else text,
            "workspace": self.workspace,
            "outcome": self.outcome,
            "exit_code": self.exit_code,
            "error": self.error,
            "summary": self.summary,
            "version": __version__,
        }


class Monitoring:
    """Whom to tell about a run, from its start on.

    Args:
        options: what is not given is taken from section `[monitoring]`.

    Raises:
        UsageError: a setting makes no sense.
    """

    def __init__(self, options: MonitoringOptions | None = None) -> None:
        prepare()
        explicit = options.given() if options else {}
        settings = resolve_configuration(MonitoringSettings(), sections=("monitoring",), explicit_value=explicit)
        for name in ("notify_url", "healthcheck_url"):
            url = getattr(settings, name)
            logs.hide([url, urlsplit(url or "").path])  # libraries log the path alone
            if url and not url.startswith(("http://", "https://")):
                raise UsageError(f"Setting `{name}` of [monitoring] is no URL: it begins with https://.")
        if settings.metrics and not Path(settings.metrics).absolute().parent.is_dir():
            raise UsageError(f"Setting `metrics` of [monitoring] is in a folder that is not there: {settings.metrics}.")
        self._settings = settings
        self._began = pendulum.now("UTC")

    def tell(self, ended: Ended) -> None:
        """Tells everybody who wants to know. Never fails."""
        settings = self._settings
        if settings.metrics:
            try:
                write_metrics(Path(settings.metrics), ended.workspace, ended.exit_code, self._began, ended.summary)
            except Exception as error:
                logger.warning("The metrics could not be written: %s: %s", type(error).__name__, error)
        if settings.notify_url and ended.exit_code not in (0, GOES_ON, signals.INTERRUPTED):
            _ask("POST", "The notification", settings.notify_url, ended.message())
        if settings.healthcheck_url and ended.exit_code == 0:
            _ask("GET", "The healthcheck", settings.healthcheck_url)


def _ask(method: str, what: str, url: str, body: dict[str, Any] | None = None) -> None:
    data = logs.redacted_json(body).encode() if body is not None else None
    headers = {"User-Agent": f"mode-source/{__version__}", "Content-Type": "application/json"}
    retrying = Retrying(
        stop=stop_after_attempt(ATTEMPTS),
        wait=wait_exponential(multiplier=PAUSE),
        retry=retry_if_exception_type(requests.RequestException) | retry_if_result(_is_busy),
        retry_error_callback=lambda state: state.outcome.result() if state.outcome else None,
    )
    try:
        answer = retrying(requests.request, method, url, data=data, headers=headers, timeout=TIMEOUT)
        if not answer.ok:
            logger.warning("%s was answered with status %s.", what, answer.status_code)
    except requests.RequestException as error:  # its text holds the address
        logger.warning("%s could not be sent: %s.", what, type(error).__name__)


def _is_busy(answer: requests.Response) -> bool:
    return answer.status_code == 429 or answer.status_code >= 500
