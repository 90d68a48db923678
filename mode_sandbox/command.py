"""Serve a generated workspace until Ctrl-C: ``python -m mode_sandbox`` and ``mode-source sandbox``."""

from __future__ import annotations

import argparse
import random
import shlex
import threading
from collections.abc import Sequence
from datetime import datetime, timezone

from .limits import RateLimit
from .server import Sandbox
from .workspace import Workspace


def serve(
    port: int = 8123,
    seed: int = 7,
    reports: int = 200,
    collections: int = 12,
    ids: str = "number",
    latency: float = 0.0,
    rate_limit: float | None = None,
    burst: int = 40,
    change_every: float | None = None,
) -> None:
    """Serve until interrupted; print where, and every credential, first.

    Args:
        rate_limit: requests per second after a burst, None = no limit. Mode's own is 4.
        burst: requests that may come at once.
        change_every: seconds between random changes of the workspace, None = it stays as it is.
    """
    workspace = Workspace.generate(
        seed=seed,
        reports=reports,
        collections=collections,
        ids="string" if ids == "string" else "number",
        now=datetime.now(timezone.utc),
    )
    limit = None if rate_limit is None else RateLimit(per_second=rate_limit, burst=burst)
    ended = threading.Event()
    with Sandbox(workspace, port, rate_limit=limit, latency=latency) as sandbox:
        print(f"{describe(sandbox)}\n\n{exports(sandbox)}", flush=True)
        rng = random.Random(seed)
        try:
            while not ended.wait(change_every):
                print(workspace.random_change(rng, more=True), flush=True)
        except KeyboardInterrupt:
            print("stopped", flush=True)


def describe(sandbox: Sandbox) -> str:
    """Where the sandbox is and what it accepts, one ``name: value`` a line."""
    lines = {
        "url": sandbox.url,
        "workspace": sandbox.workspace.slug,
        "token": sandbox.token,
        "secret": sandbox.secret,
        "catalog ingest url": sandbox.ingest_url,
        "catalog token": sandbox.catalog_token,
    }
    if sandbox.discovery is not None:
        names = ("discovery token", "discovery access key", "discovery access secret")
        lines |= dict(zip(names, sandbox.discovery, strict=True))
    return "\n".join(f"{name}: {value}" for name, value in lines.items())


def exports(sandbox: Sandbox) -> str:
    """Lines to paste into a shell: from then on `mode-source` asks this sandbox, and need not spare it."""
    settings = {
        "SOURCES__MODE__HOST": sandbox.url,
        "SOURCES__MODE__WORKSPACE": sandbox.workspace.slug,
        "SOURCES__MODE__TOKEN": sandbox.token,
        "SOURCES__MODE__SECRET": sandbox.secret,
        "SOURCES__MODE__REQUESTS_PER_10S": "100000",
        "CATALOG__INGEST_URL": sandbox.ingest_url,
        "CATALOG__TOKEN": sandbox.catalog_token,
        "CATALOG__SOURCE_ID": "00000000-0000-4000-8000-000000000001",
    }
    lines = (f"export {name}={shlex.quote(value)}" for name, value in settings.items())
    return "\n".join(("# In another terminal:", *lines))


def main(argv: Sequence[str] | None = None) -> int:
    """The command line of ``python -m mode_sandbox``."""
    parser = argparse.ArgumentParser("mode_sandbox", description="A simulated Mode workspace on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=8123, help="port on 127.0.0.1, 0 = a free one (8123)")
    parser.add_argument("--seed", type=int, default=7, help="another seed, another workspace (7)")
    parser.add_argument("--reports", type=int, default=200, help="how many reports (200)")
    parser.add_argument("--collections", type=int, default=12, help="how many collections (12)")
    parser.add_argument("--ids", choices=("number", "string"), default="number", help="JSON type of numeric ids")
    parser.add_argument("--latency", type=float, default=0.0, help="seconds per answer (0)")
    parser.add_argument("--rate-limit", type=float, help="requests per second; Mode allows 4 (no limit)")
    parser.add_argument("--burst", type=int, default=40, help="requests allowed at once (40)")
    parser.add_argument("--change-every", type=float, metavar="SECONDS", help="make a random change this often")
    options = parser.parse_args(argv)
    serve(**vars(options))
    return 0
