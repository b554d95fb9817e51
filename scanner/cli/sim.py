"""`scanner sim`: simulated exchanges on this machine, to point a scanner at without a network."""

from __future__ import annotations

import json
import re
import signal
from collections.abc import Callable
from math import inf
from typing import Any

import click
import trio

from scanner.cli.main import OneLine
from scanner.cli.params import DURATION, Known, json_option
from scanner.config.units import parse_duration
from scanner.net.failure import leaves
from scanner.sim.faults import FAULTS, Fault
from scanner.sim.options import CannotServe, Options
from scanner.sim.scenario import SCENARIOS, describe
from scanner.sim.server import Urls, serve
from scanner.sim.venues.registry import VENUES
from scanner.telemetry import log

_FAULT = re.compile(r"(?P<exchange>[^:]*):(?P<name>[^@+]*)(?:@(?P<after>[^+]*))?(?:\+(?P<lasts>.*))?")
_FAULT_FORM = "VENUE:FAULT[@AFTER][+DURATION] such as upbit:stall@5s+10s"


SCENARIO = Known("scenario", SCENARIOS)
VENUE = Known("exchange", tuple(VENUES))
FAULT_NAME = Known("fault", tuple(FAULTS))


class PlannedFault(click.ParamType):  # type: ignore[type-arg]  # as above
    """`upbit:stall@5s+10s`: after 5 s, for 10 s; without `@` at once, without `+` for ever."""

    name = "fault"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Fault:
        """The fault."""
        match = _FAULT.fullmatch(value)
        if match is None:
            self.fail(f"{value!r}: expected {_FAULT_FORM}", param, ctx)
        try:
            after_s = parse_duration(match["after"] or "0")
            for_s = None if match["lasts"] is None else parse_duration(match["lasts"])
        except ValueError as error:
            self.fail(f"{value!r}: {error}, in {_FAULT_FORM}", param, ctx)
        exchange = VENUE.convert(match["exchange"], param, ctx)
        return Fault(exchange, FAULT_NAME.convert(match["name"], param, ctx), after_s, for_s)


class Speed(click.ParamType):  # type: ignore[type-arg]  # as above
    """`max`, or how many times as fast as it was recorded; the value of `max` is 0."""

    name = "speed"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        """The factor."""
        if value == "max":
            return 0.0
        try:
            factor = float(value)
        except ValueError:
            factor = 0.0
        if not 0 < factor < inf:
            self.fail(f"{value!r}: expected max, or a number above 0", param, ctx)
        return factor


class WithFaults(click.Command):
    """A command whose help ends with what can be made to go wrong."""

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table of faults."""
        with formatter.section("Faults"):
            formatter.write_dl(list(FAULTS.items()))
        super().format_epilog(ctx, formatter)


@click.command(cls=WithFaults)
@click.argument("scenario", type=SCENARIO, default="quiet")
@click.option("--exchange", type=VENUE, multiple=True, help="Only this venue. Repeatable.")
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed gives the same trades.")
@click.option("--replay", metavar="FILE", multiple=True, help="Serve a raw capture of one venue instead. Repeatable.")
@click.option("--speed", type=Speed(), default="max", show_default=True, metavar="N|max", help="How fast to replay.")
@click.option("--fault", type=PlannedFault(), multiple=True, metavar="FAULT", help=f"{_FAULT_FORM}. Repeatable.")
@click.option("--after-error", type=click.Choice(["open", "close"]), default="open", help="Connections after an error.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where to listen.")
@click.option("--port", type=click.IntRange(0, 65_535), default=0, help="First of two ports a venue; 0 for free ones.")
@click.option("--tls-cert", metavar="FILE", default="", help="Speak TLS, with this certificate (PEM) …")
@click.option("--tls-key", metavar="FILE", default="", help="… and this key of it.")
@click.option("--duration", type=DURATION, default=None, help="Leave after so long; by default stay.")
@click.option("--describe", "described", type=SCENARIO, metavar="SCENARIO", help="Say what a scenario does, and leave.")
@json_option
def command(
    *, described: str | None, scenario: str, seed: int, as_json: bool, duration: float | None, **chosen: Any
) -> None:
    """Serve simulated exchanges on this machine."""
    if described is not None:
        _tell("scenario", describe(described, seed), as_json=as_json, readable=_story)
        return
    options = _options(scenario, seed, **chosen)
    log.configure("warning")
    _serve(options, duration, lambda urls: _tell("listening", urls, as_json=as_json, readable=_table(options)))


def _options(scenario: str, seed: int, **chosen: Any) -> Options:
    exchanges = tuple(dict.fromkeys(chosen["exchange"])) or tuple(VENUES)
    if chosen["replay"] and len(exchanges) != 1:
        raise click.UsageError(
            f"--replay {chosen['replay'][0]}: expected exactly one --exchange, whose frames these are"
        )
    absent = [fault.exchange for fault in chosen["fault"] if fault.exchange not in exchanges]
    if absent:
        raise click.UsageError(f"--fault {absent[0]}:…: expected one of the exchanges served, {', '.join(exchanges)}")
    return Options(
        exchanges=exchanges,
        scenario=scenario,
        seed=seed,
        replay=chosen["replay"],
        speed=chosen["speed"],
        faults=chosen["fault"],
        after_error=chosen["after_error"],
        host=chosen["host"],
        port=chosen["port"],
        tls_cert=chosen["tls_cert"],
        tls_key=chosen["tls_key"],
    )


def _serve(options: Options, duration: float | None, announce: Callable[[Urls], None]) -> None:
    problem: BaseException | None = None
    try:
        trio.run(_serve_until_told, options, duration, announce)
    except* CannotServe as group:
        problem = leaves(group)[0]
    if problem is not None:
        raise OneLine(str(problem))


async def _serve_until_told(options: Options, duration: float | None, announce: Callable[[Urls], None]) -> None:
    """Serve until SIGINT, SIGTERM or the end of `duration`, whichever comes first."""
    with trio.open_signal_receiver(signal.SIGINT, signal.SIGTERM) as signals:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(_cancel_on, signals, nursery.cancel_scope)
            announce(await nursery.start(serve, options))
            if duration is not None:
                await trio.sleep(duration)
                nursery.cancel_scope.cancel()


async def _cancel_on(signals: Any, scope: trio.CancelScope) -> None:
    async for _ in signals:
        scope.cancel()


# ---- what it says


def _tell(kind: str, data: Any, *, as_json: bool, readable: Callable[[Any], str]) -> None:
    click.echo(json.dumps({"type": kind, "data": data}) if as_json else readable(data))


def _story(data: dict[str, Any]) -> str:
    if data["symbol"] is None:
        return f"{data['scenario']}: {data['text']}"
    return (
        f"{data['scenario']} (seed {data['seed']}): {data['text']}; it happens to {' and '.join(data['symbols'])} "
        f"{data['starts_after_s']:g} s after the first subscription and is over after {data['lasts_s']:g} s"
    )


def _table(options: Options) -> Callable[[Urls], str]:
    def readable(urls: Urls) -> str:
        what = (
            f"replaying {', '.join(options.replay)}"
            if options.replay
            else _story(describe(options.scenario, options.seed))
        )
        rows = [f"  {name:<10} REST {url['rest_url']}   WebSocket {url['ws_url']}" for name, url in urls.items()]
        sets = [f"--set exchanges.{name}.{key}={value}" for name, url in urls.items() for key, value in url.items()]
        venues = [f"--exchange {name}" for name in urls]
        return "\n".join([what, *rows, "point a scanner at them:", "  " + " ".join(["scanner start", *venues, *sets])])

    return readable
