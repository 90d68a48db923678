"""Headless Chromium, driven by its command line: what the tests of the page need, without another dependency."""

from __future__ import annotations

import json
import os
import queue
import shutil
import subprocess
import threading
from collections.abc import Sequence
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run", "--disable-extensions",
    "--enable-logging=stderr", "--hide-scrollbars",
)  # fmt: skip
PATIENCE = 300  # seconds


def chromium() -> list[str]:
    """The command that starts it.

    Raises:
        FileNotFoundError: there is none on this machine.
    """
    for name in NAMES:
        found = shutil.which(name)
        if found:
            return [found, *FLAGS]
    raise FileNotFoundError("No Chromium or Chrome on this machine: apt-get install chromium.")


class Browser:
    """Opens pages; every call is a process of its own, with a profile of its own.

    Args:
        folder: whose files it may open; also for profiles.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._command = [*chromium(), f"--user-data-dir={folder / 'profile'}"]
        self._environment = os.environ | {"HOME": str(folder)}
        self.console: list[str] = []  # what pages wrote to it, script errors and refused policies included

    def run(self, page: str, *flags: str) -> str:
        """Opens a file of the folder as people do, waits until its timers are done, returns what Chromium prints."""
        name, _, place = page.partition("#")
        done = subprocess.run(
            [*self._command, "--virtual-time-budget=5000", *flags, f"{(self.folder / name).as_uri()}#{place}"],
            capture_output=True,
            text=True,
            timeout=PATIENCE,
            check=True,
            env=self._environment,
        )
        self._heard(done.stderr)
        return done.stdout

    def probe(self, script: str, *, scheme: str = "light", without_policy: Sequence[str] = ()) -> Any:
        """What a script returns. It is the body of an async function, in a page beside the tested ones.

        `frame(page, width)` opens a file of the folder in a frame and gives its window; `until(test)` waits.

        Args:
            script: to run.
            scheme: light or dark.
            without_policy: files to serve without their content-security policy, so that a script can be put in.
        """
        answers: queue.Queue[Any] = queue.Queue()
        folder = self.folder
        flags = ["--blink-settings=preferredColorScheme=0"] if scheme == "dark" else []

        class Handler(SimpleHTTPRequestHandler):
            def do_GET(self) -> None:
                name = self.path.partition("?")[0].lstrip("/")
                if name not in without_policy:
                    super().do_GET()
                    return
                text = (folder / name).read_text(encoding="utf-8").replace("Content-Security-Policy", "x-none", 1)
                body = text.encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def do_POST(self) -> None:
                answers.put(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
                self.send_response(204)
                self.end_headers()

            def log_message(self, *arguments: object) -> None:
                pass

        (self.folder / "probe.html").write_text(PROBE.replace("SCRIPT", script), encoding="utf-8")
        with ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(self.folder))) as server:
            threading.Thread(target=server.serve_forever, daemon=True).start()
            address = f"http://127.0.0.1:{server.server_port}/probe.html"
            with open(self.folder / "log", "w+", encoding="utf-8") as log:
                process = subprocess.Popen(
                    [*self._command, *flags, address], stdout=log, stderr=log, env=self._environment
                )
                try:
                    answer = answers.get(timeout=PATIENCE)
                finally:
                    process.terminate()
                    process.wait(PATIENCE)
                    server.shutdown()
                log.seek(0)
                self._heard(log.read())
        assert not isinstance(answer, dict) or "failed" not in answer, answer["failed"]
        return answer

    def _heard(self, log: str) -> None:
        self.console += [line for line in log.splitlines() if ":CONSOLE" in line]


PROBE = """<!DOCTYPE html><meta charset="utf-8"><body><script>
window.hacked = [];
const until = async (test) => {
  for (const end = Date.now() + 20000; !test(); await new Promise((done) => setTimeout(done, 5))) {
    if (Date.now() > end) throw new Error('Still waiting: ' + test);
  }
};
const frame = (page, width = 1280) => new Promise((done) => {
  const opened = document.createElement('iframe');
  opened.width = width; opened.height = 844;
  opened.onload = () => done(opened.contentWindow);
  opened.src = page;
  document.body.append(opened);
});
(async () => {
  let said;
  try { said = await (async () => { SCRIPT })(); } catch (error) { said = { failed: String(error.stack || error) }; }
  fetch('/said', { method: 'POST', body: JSON.stringify(said) });
})();
</script></body>
"""


@pytest.fixture(scope="module")
def browser(tmp_path_factory: pytest.TempPathFactory) -> Browser:
    """Skips where there is no Chromium; where `.ci/run` has installed it, its absence is a failure."""
    try:
        return Browser(tmp_path_factory.mktemp("browser"))
    except FileNotFoundError as error:
        if os.environ.get("BROWSER_REQUIRED"):
            raise
        pytest.skip(str(error))
