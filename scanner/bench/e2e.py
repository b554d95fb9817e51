"""A whole scanner, as an operator runs it: what it sustains, how late its alerts are, how soon it begins."""

from __future__ import annotations

from collections.abc import Callable
from statistics import quantiles
from time import time_ns
from typing import Any

from msgspec import Struct

from scanner.bench.floor import Load
from scanner.bench.house import House, Line, running
from scanner.bench.load import costs, losses, trades, under
from scanner.bench.rows import OURS, Figures, Row, report
from scanner.bench.sustained import PROMISED, Shape, highest

Say = Callable[[str], None]

START_PATIENCE_S = 30.0
LOOK_S = 0.02
"""Between looks for the first event: so much later than it came is it seen, at most, and a few milliseconds."""


class Latency(Struct, frozen=True):
    """What alerts are timed on: one coin after another is pumped while the rest trades calmly."""

    instruments: int = 2_000
    rate: float = 5_000.0
    """Trades a second, each sent at a moment of its own."""
    moves_per_s: float = 3.0
    """A tenth of the coins within a minute: when a third of them rise, it is the market that is told of."""
    alerts: int = 100
    """So many are timed in a pass; there are fewer than coins, for a coin is told once."""
    patience_s: float = 60.0


async def run(
    passes: int, say: Say, *, sustained: Shape | None = None, latency: Latency | None = None, first: int = PROMISED
) -> dict[str, Any]:
    """All three, pass by pass; `first` is the rate that is offered first."""
    rows = {measure: Row(measure) for measure in ("sustained", "latency", "start")}
    for number in range(1, passes + 1):

        def tell(what: str, prefix: str = f"pass {number} of {passes}: ") -> None:
            say(prefix + what)

        tell("the highest rate that is sustained")
        found = await highest(first, tell, sustained or Shape())
        first = found.rate
        rows["sustained"].note(OURS, found.figures)
        tell("latency of alerts")
        rows["latency"].note(OURS, await time_alerts(latency or Latency()))
        tell("start")
        rows["start"].note(OURS, await time_start())
    return report("e2e", passes, rows.values())


async def time_alerts(latency: Latency) -> Figures:
    """From the venue's time of the deciding trade to its alert's line being read; ChildFailed when anything is lost."""
    load = Load(instruments=latency.instruments, rate=latency.rate, moves_per_s=latency.moves_per_s)
    async with under(load) as house:
        before = await house.until(
            lambda look: look.total("scanner_instruments_heard") >= latency.instruments,
            "a trade of every instrument",
            patience_s=latency.patience_s,
        )
        heard = await _alerts(house, latency, time_ns())
        after = await house.scrape()
        if lost := losses(after):
            raise house.failure(f"something was lost at {latency.rate:,.0f} trades/s: {lost}")
        await house.stop()
    late = sorted(line.latency_ms for line in heard)
    hundredths = quantiles(late, n=100, method="inclusive")
    return {
        "latency_p50_ms": hundredths[49],
        "latency_p99_ms": hundredths[98],
        "latency_max_ms": late[-1],
        "alerts": len(late),
        **costs(before, after),
    }


async def time_start() -> Figures:
    """From the making of the process to the first event in the engine, which is a ticker, and to the first trade."""
    async with running("--sim", "quiet") as house:
        events = await house.until(
            lambda look: look.total("scanner_events_total") > 0,
            "the first event",
            patience_s=START_PATIENCE_S,
            every_s=LOOK_S,
        )
        traded = await house.until(
            lambda look: trades(look) > 0, "the first trade", patience_s=START_PATIENCE_S, every_s=LOOK_S
        )
        await house.stop()
    return {"first_event_s": events.at - house.started, "first_trade_s": traded.at - house.started}


async def _alerts(house: House, latency: Latency, since: int) -> list[Line]:
    """So many alerts that were read after this moment (nanoseconds UTC)."""

    def fresh() -> list[Line]:
        return [line for line in house.said("alert.opened") if line.read > since]

    await house.heard(lambda: len(fresh()) >= latency.alerts, f"{latency.alerts} alerts", patience_s=latency.patience_s)
    return fresh()[: latency.alerts]
