"""`scanner bench`: how fast, how small, how late; servers in processes of their own, several passes, medians."""

from __future__ import annotations

import json
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import click
import trio
from rich.console import Console

from scanner.bench import e2e, engine, ingest, memory, pipe, storm
from scanner.bench.child import ChildFailed
from scanner.bench.table import show
from scanner.cli import bench_detection
from scanner.cli.params import DURATION, json_option

Say = Callable[[str], None]
"""Told what is being measured."""
FAILED = 1


def passes_option(default: int = 5) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """`--passes`, with as many as a measure can do within some minutes."""
    number = click.IntRange(1, 100)
    return click.option(
        "--passes", type=number, default=default, show_default=True, help="How often everything is measured."
    )


@click.group(name="bench")
def command() -> None:
    """Measure this machine: CPU and wall time of each part, on loopback only."""


@command.command(name="ingest")
@passes_option()
@json_option
@click.option("--peers", is_flag=True, help="Other libraries on the same frames; they come with the extra `bench`.")
def _ingest(*, passes: int, as_json: bool, peers: bool) -> None:
    """From frame to parsed event: as fast as it goes, and at a venue's pace."""
    _measure(lambda say: ingest.run(passes, say, peers=peers), as_json=as_json)


@command.command(name="pipe")
@passes_option()
@json_option
def _pipe(*, passes: int, as_json: bool) -> None:
    """From a worker's events to the main process' events, through a pipe."""
    _measure(lambda say: pipe.run(passes, say), as_json=as_json)


@command.command(name="engine")
@passes_option()
@json_option
def _engine(*, passes: int, as_json: bool) -> None:
    """From a frame out of the pipe to the decision, with all detectors."""
    _measure(lambda say: engine.run(passes, say), as_json=as_json)


@command.command(name="e2e")
@passes_option(3)
@json_option
def _e2e(*, passes: int, as_json: bool) -> None:
    """A whole scanner: what it sustains, and how late its alerts are."""
    _measure(lambda say: e2e.run(passes, say), as_json=as_json)


@command.command(name="storm")
@passes_option()
@json_option
@click.option("--rate", type=click.IntRange(10), default=storm.RATE, show_default=True, help="Trades a second.")
def _storm(*, passes: int, as_json: bool, rate: int) -> None:
    """Whether a thousand alerts in ten seconds make the market late."""
    _measure(lambda say: storm.run(passes, say, rate=rate), as_json=as_json)


@command.command(name="memory")
@json_option
@click.option("--duration", type=DURATION, default="10m", show_default=True, help="How long after warming up.")
def _memory(*, as_json: bool, duration: float) -> None:
    """How large the processes are, and whether they grow."""
    _measure(lambda say: memory.run(duration, say), as_json=as_json)


command.add_command(bench_detection.command)


def _measure(run: Callable[[Say], Awaitable[dict[str, Any]]], *, as_json: bool) -> None:
    """Run it; progress goes to standard error."""
    errors = Console(stderr=True)
    try:
        with errors.status("measuring") as status:

            def say(what: str) -> None:
                if errors.is_terminal:
                    status.update(what)
                else:
                    errors.print(what, highlight=False)

            report = trio.run(run, say)
    except ChildFailed as error:
        click.echo(f"scanner: {error}", err=True)
        sys.exit(FAILED)
    if as_json:
        click.echo(json.dumps(report))
    else:
        show(report, Console())
