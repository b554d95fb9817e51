"""`scanner start`: watch the markets and tell what happens."""

from __future__ import annotations

import os
import sys
from typing import Any

import click
from msgspec import structs

from scanner.app import Options, run
from scanner.cli import early
from scanner.cli.clock import STARTED
from scanner.cli.live import LiveBoard
from scanner.cli.params import DURATION, Known, assignment, json_option, load, settings_options
from scanner.config.schema import Assignment
from scanner.settings import Settings
from scanner.sim.options import Options as Simulation
from scanner.sim.scenario import SCENARIOS
from scanner.telemetry import log

SHOWN = "pump"
"""What `--sim` without a name plays: somebody who tries the scanner wants to see it speak."""


@click.command(name="start")
@settings_options
@json_option
@click.option("--webhook", multiple=True, metavar="URL", help="Post every alert there as JSON. Repeatable.")
@click.option(
    "--state",
    metavar="DIR",
    help="Where alerts on their way, open stories and silences are kept; with --sim a folder that is thrown away.",
)
@click.option("--ops-port", type=click.IntRange(0, 65535), help="Port of /metrics and /readyz; 0 takes a free one.")
@click.option("--duration", type=DURATION, help="Stop after this long, counted from the start of the process.")
@click.option(
    "--sim",
    "scenario",
    is_flag=False,
    flag_value=SHOWN,
    type=Known("scenario", SCENARIOS),
    metavar=f"[{'|'.join(SCENARIOS)}]",
    help=f"Run simulated exchanges inside instead of asking real ones; without a name: {SHOWN}.",
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True, help="Of the simulated markets.")
@click.option("--plain", is_flag=True, help="Lines instead of the live board, even on a terminal.")
def command(
    as_json: bool,  # noqa: FBT001 - click's flag
    webhook: tuple[str, ...],
    ops_port: int | None,
    state: str | None,
    **chosen: Any,
) -> None:
    """Watch every market of the wanted quote currencies; tell when one is pumped, dumped or suddenly traded."""
    live = not (as_json or chosen["plain"]) and _can_show_a_board()

    def read() -> Settings:
        settings = load(chosen, [*_webhooks(webhook), *_ports(ops_port), *_state(state)])
        # The screen is the board's; what goes wrong stands there, venue by venue.
        return structs.replace(settings, log=structs.replace(settings.log, level="error")) if live else settings

    settings = read()
    log.configure(settings.log.level, json=settings.log.json)
    options = Options(
        started=STARTED,
        json=as_json,
        duration_s=float("inf") if chosen["duration"] is None else chosen["duration"],
        read_again=read,
        simulation=_simulation(settings, chosen["scenario"], chosen["seed"]),
        thrown_away=chosen["scenario"] is not None and state is None,
        interrupted=early.interrupted,
    )
    sys.exit(run(settings, options, LiveBoard() if live else None))


def _can_show_a_board() -> bool:
    """A terminal that knows how to move its cursor."""
    return sys.stdout.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def _webhooks(urls: tuple[str, ...]) -> list[Assignment]:
    """The first is the receiver `webhook`, the next ones `webhook-2` and so on."""
    names = ["webhook", *(f"webhook-{number}" for number in range(2, len(urls) + 1))]
    return [
        assignment(("receivers", name, key), value, "--webhook")
        for name, url in zip(names, urls, strict=False)
        for key, value in (("sink", "webhook"), ("url", url))
    ]


def _ports(ops_port: int | None) -> list[Assignment]:
    return [] if ops_port is None else [assignment(("ops", "port"), ops_port, "--ops-port")]


def _state(folder: str | None) -> list[Assignment]:
    return [] if folder is None else [assignment(("state", "dir"), folder, "--state")]


def _simulation(settings: Settings, scenario: str | None, seed: int) -> Simulation | None:
    if scenario is None:
        return None
    return Simulation(exchanges=tuple(settings.venues), scenario=scenario, seed=seed)
