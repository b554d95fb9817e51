"""`scanner bench engine`: from a frame out of a pipe to the decision, all detectors on, in a small and a large market.

The house is the real one (desk, metrics, health, episodes, the detectors of the default settings); only its workers are
missing. What they would have written into their pipes is prepared before anything is measured.
"""

from __future__ import annotations

import gc
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from operator import attrgetter
from time import monotonic, perf_counter, process_time
from typing import Any

from msgspec import Struct

from scanner.actors import collector
from scanner.app import Options, Scanner
from scanner.bench import child, market
from scanner.bench.rows import COMPARED, OURS, Row, report
from scanner.model.market import Ticker, Trade
from scanner.model.moments import SECOND
from scanner.settings import configuration, settle
from scanner.state import claimed
from scanner.supervisor.child import ChildSpec
from scanner.wire.frames import FrameReader, frame
from scanner.wire.messages import Batch, decode_up, encode

SMALL, LARGE = 200, 2_000
"""Instruments; each is traded as often in one market as in the other."""
WARM_S = 75.0
"""Of the market's own time, before anything is measured: every window is full then."""
MEASURED_S = 60.0
EVENTS_A_FRAME = 16
"""What a worker sends at once while the main process keeps up. A jam makes it 512, which costs less per event."""
PATIENCE_S = 300.0
MARKETS = 'scanner.markets=["KRW","USDT"]'
"""Enough for six venues."""


class Miscounted(Exception):
    """The engine has not taken in what was sent, so its figures would be worth nothing."""


async def run(
    passes: int, say: Callable[[str], None], *, sizes: tuple[int, int] = (SMALL, LARGE), measured_s: float = MEASURED_S
) -> dict[str, Any]:
    """CPU time per trade in both markets, and how many times the small one's it is in the large one."""
    rows = {size: Row(f"engine_{size}") for size in sizes}
    for number in range(passes):
        figures = {}
        for size in sizes if number % 2 == 0 else reversed(sizes):
            say(f"engine, pass {number + 1} of {passes}: {size:,} instruments")
            options = {"instruments": size, "seed": number, "measured_s": measured_s}
            figures[size] = await child.work("scanner.bench.engine:measure", options, patience_s=PATIENCE_S)
        small, large = (figures[size] for size in sizes)
        large["times_small"] = large[COMPARED] / small[COMPARED]
        for size, row in rows.items():
            row.note(OURS, figures[size])
    return report("engine", passes, rows.values(), events_a_frame=EVENTS_A_FRAME)


def measure(instruments: int, seed: int, measured_s: float) -> dict[str, float]:
    """One market, in this process; Miscounted when a trade was lost on the way."""
    with claimed(None) as home:
        house = Scanner(settle(configuration(environment={}, sets=[MARKETS])), Options(monotonic()), home)
    collector.relax()
    seconds = WARM_S + measured_s
    coins = market.coins(instruments, list(house.settings.venues), (WARM_S, seconds - market.PUMP_S))
    trades = market.trades(coins, seconds, seed)
    begin = bisect_left(trades, market.START + round(WARM_S * SECOND), key=attrgetter("at"))
    expected = len(trades)
    warm = [*_pieces(market.tickers(coins)), *_pieces(trades[:begin])]
    pieces = list(_pieces(trades[begin:]))
    del trades
    pipes = Pipes(house)
    pipes.deliver(warm)
    alerts = pipes.alerts
    gc.collect()
    cpu, wall = process_time(), perf_counter()
    pipes.deliver(pieces)
    cpu, wall = process_time() - cpu, perf_counter() - wall
    if pipes.trades != expected:
        raise Miscounted(f"{pipes.trades:,} trades of {expected:,} were taken in")
    measured = expected - begin
    return {
        COMPARED: cpu / measured * 1e6,
        "wall_s": wall,
        "trades": measured,
        "rate_per_s": measured / wall,
        "alerts": pipes.alerts - alerts,
    }


class Piece(Struct, frozen=True):
    """What one read from a worker's pipe brings."""

    exchange: str
    second: int
    """Of the market's time, in which its last event happened."""
    data: bytes


class Pipes:
    """The main process' end of all workers' pipes, and what its house made of what came through."""

    def __init__(self, house: Scanner) -> None:
        self._house = house
        self._readers = {name: (ChildSpec(name, 0, "", b""), FrameReader()) for name in house.settings.venues}
        self._second = -1

    def deliver(self, pieces: Iterable[Piece]) -> None:
        """All the way to the decision; once a second of the market's time, the engine hears that time passes."""
        hear, engine = self._house.desk.hear, self._house.engine
        for piece in pieces:
            worker, reader = self._readers[piece.exchange]
            for payload in reader.feed(piece.data):
                hear(worker, decode_up(payload))
            if piece.second > self._second:
                self._second = piece.second
                engine.tick(market.START + piece.second * SECOND)

    @property
    def trades(self) -> int:
        """Taken in by the engine."""
        return sum(count for (_, channel), count in self._house.engine.events.items() if channel == "trade")

    @property
    def alerts(self) -> int:
        """Opened by the engine."""
        return sum(self._house.desk.told["opened"].values())


def _pieces(events: Sequence[Trade] | Sequence[Ticker]) -> Iterator[Piece]:
    """These as workers would write them: each venue's own events in order, a frame as soon as one is full."""
    gathered: defaultdict[str, list[Any]] = defaultdict(list)
    for event in events:
        batch = gathered[event.exchange]
        batch.append(event)
        if len(batch) == EVENTS_A_FRAME:
            yield _piece(gathered.pop(event.exchange))
    yield from map(_piece, gathered.values())


def _piece(batch: list[Any]) -> Piece:
    return Piece(batch[0].exchange, (batch[-1].at - market.START) // SECOND, frame(encode(Batch(batch))))
