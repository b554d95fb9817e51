"""`scanner bench detection`: how often the detectors are right, how soon, and how often they cry wolf."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO

import click
import msgspec
from rich.console import Console
from rich.progress import Progress, TaskID

from scanner.alerts import episodes
from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.bench.detection.feeds import FEEDS
from scanner.bench.detection.reading import BadData
from scanner.bench.detection.run import Plan, run
from scanner.bench.detection.table import show
from scanner.bench.detection.told import Told
from scanner.cli.main import OneLine
from scanner.cli.params import json_option
from scanner.detectors import registry as detectors
from scanner.settings import configuration, settle

MOST_JOBS = 64
"""More processes than that help on no machine that this runs on."""


@click.command(name="detection")
@click.option("--data", type=click.Path(path_type=Path), metavar="DIR", help="A folder with pumps/ and quiet/.")
@click.option(
    "--feed", type=click.Choice(tuple(FEEDS)), default="trades", show_default=True, help="What detectors see."
)
@click.option("--synthetic/--no-synthetic", default=True, show_default=True, help="Scenes that need no data.")
@click.option("--seed", type=int, default=1, show_default=True, help="Which scenes: the same seed, the same ones.")
@click.option("--peers/--no-peers", default=None, help="Rules of others, too; by default in the table only.")
@click.option(
    "--alerts", type=click.File("wb", lazy=False), metavar="FILE", help="Write every alert there, a JSON line each."
)
@click.option("--jobs", type=click.IntRange(1, MOST_JOBS), default=1, show_default=True, help="Processes to share it.")
@click.option("--config", metavar="FILE", help="A TOML file with rules and alerts to be measured instead.")
@click.option("--set", "sets", multiple=True, metavar="KEY=VALUE", help="Any setting of theirs. Repeatable.")
@json_option
def command(
    *,
    data: Path | None,
    feed: str,
    synthetic: bool,
    seed: int,
    peers: bool | None,
    alerts: IO[bytes] | None,
    jobs: int,
    config: str | None,
    sets: tuple[str, ...],
    as_json: bool,
) -> None:
    """Measure the detectors on real pumps, quiet days and synthetic scenes."""
    if data is None and not synthetic:
        raise click.UsageError("nothing to measure: expected --data DIR or --synthetic")
    plan = Plan(data, feed, synthetic, seed, not as_json if peers is None else peers, jobs)
    settings = settle(configuration(file=config, environment={}, sets=sets))
    make_engine = partial(fresh_engine, settings.rules, settings.alerts)
    errors = Console(stderr=True)
    try:
        with Progress(console=errors, transient=True, disable=not errors.is_terminal) as progress:
            report = run(plan, make_engine, Audience(progress, alerts))
    except BadData as error:
        raise OneLine(str(error)) from error
    if as_json:
        click.echo(json.dumps(report.as_json(peers=plan.peers)))
    else:
        show(report, Console())


def fresh_engine(rules: Mapping[str, msgspec.Struct], alerts: episodes.Settings) -> Engine:
    """An engine with these rules that has seen nothing yet."""
    return Engine(detectors.assemble(rules, detectors.known()), Episodes(alerts))


class Audience:
    """A progress bar on standard error where that is a terminal, notes there in any case, alerts into a file."""

    def __init__(self, progress: Progress, alerts: IO[bytes] | None) -> None:
        self._progress = progress
        self._alerts = alerts
        self._bars: dict[str, TaskID] = {}

    def progress(self, part: str, done: int, total: int) -> None:
        """Move the part's bar."""
        if part not in self._bars:
            self._bars[part] = self._progress.add_task(part)
        self._progress.update(self._bars[part], completed=done, total=total)

    def told(self, alert: Told) -> None:
        """Write it down."""
        if self._alerts is not None:
            self._alerts.write(msgspec.json.encode(alert) + b"\n")

    def note(self, text: str) -> None:
        """Say it."""
        click.echo(f"scanner: {text}", err=True)
