"""`scanner version`: what is running, and on what."""

from __future__ import annotations

import json
import platform
from importlib.metadata import version

import click

from scanner import __version__

DEPENDENCIES = ("trio", "trio-websocket", "multiprocess", "msgpack", "msgspec", "httpx", "hypercorn", "starlette")
"""Those whose version changes what the scanner does on the wire or between its processes."""


@click.command
@click.option("--json", "as_json", is_flag=True, help="One JSON object on standard output.")
def command(*, as_json: bool) -> None:
    """Say what is running."""
    if not as_json:
        click.echo(f"scanner {__version__} (Python {platform.python_version()}, {platform.system()})")
        return
    told = {
        "scanner": __version__,
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version(name) for name in DEPENDENCIES},
    }
    click.echo(json.dumps(told))
