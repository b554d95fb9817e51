"""Hand-made data: recordings, folders and engines so small that every number can be worked out on paper."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.bench.detection.protocol import Judged, Outcome, Verdict
from scanner.bench.detection.recording import Recording
from scanner.bench.detection.told import Told
from scanner.detectors.base import Signal
from scanner.detectors.registry import DETECTORS, assemble, default_rules
from scanner.model.instrument import Instrument
from scanner.model.market import Event, Ticker, Trade

SECOND = 1_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR
START = 1_600_000_020_000
"""A whole minute, milliseconds."""
ABC = Instrument("ABC", "BTC")
LABELS_HEADER = "event,symbol,announced_ms,onset_ms,is_pump"
TRADES_HEADER = "event,ts_ms,side,price,amount"
CANDLES_HEADER = "minute_s,open,high,low,close,base_volume,symbol"


def recording(*trades: tuple[int, float], name: str = "ABC_1", instrument: Instrument = ABC) -> Recording:
    """Trades of one coin each, bought, at so many milliseconds after the start."""
    made = Recording(name, "binance", instrument)
    for at, price in trades:
        made.add(START + at, price, 1.0, buy=True)
    return made


def line(
    at: int, *, kind: str = "opened", severity: str = "warning", stage: str = "pump", event: str = "ABC_1"
) -> Told:
    """An alert at so many milliseconds after the start."""
    return Told(event, START + at, "pump", kind, stage, severity, 50)


def outcome(onset: int | None, *judged: tuple[int, Verdict], days: float = 1.0, **of_all: str) -> Outcome:
    """Alerts at so many milliseconds after the start, each with its verdict."""
    lines = tuple(Judged(line(at, **of_all), verdict) for at, verdict in judged)
    return Outcome("ABC_1", None if onset is None else START + onset, days, lines)


def zipped(path: Path, header: str, rows: Iterable[str]) -> Path:
    """A table as it lies in a data folder."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress("".join(f"{row}\n" for row in (header, *rows)).encode(), mtime=0))
    return path


def pumps_folder(root: Path, labels: Sequence[str], trades: Sequence[str]) -> Path:
    """`pumps/` of a data folder."""
    folder = root / "pumps"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "labels.csv").write_text("\n".join((LABELS_HEADER, *labels)) + "\n")
    zipped(folder / "trades.csv.gz", TRADES_HEADER, trades)
    return folder


def quiet_folder(root: Path, binance: Sequence[str], bittrex: Sequence[str]) -> Path:
    """`quiet/` of a data folder."""
    folder = root / "quiet"
    zipped(folder / "binance-1m.csv.gz", CANDLES_HEADER, binance)
    zipped(folder / "bittrex-1m.csv.gz", CANDLES_HEADER.replace("base_", "quote_"), bittrex)
    return folder


def tape(event: str, onset: int, *, hours: int = 8) -> list[str]:
    """Rows of a calm market with a trade every 10 seconds, and at the onset a rise of 30 % within 3 seconds."""
    steps = [(at, at // (10 * SECOND) % 2) for at in range(0, onset, 10 * SECOND)]
    rows = [f"{event},{START + at},{('sell', 'buy')[up]},{1 + up / 1000},2" for at, up in steps]
    rows += [f"{event},{START + onset + step * 50},buy,{1 + 0.005 * step:.4f},200" for step in range(60)]
    rows += [f"{event},{START + at},sell,1.2,2" for at in range(onset + MINUTE, hours * HOUR, 10 * SECOND)]
    return rows


def candles(symbol: str, minutes: int) -> list[str]:
    """Rows of a market that goes nowhere."""
    return [
        f"{(START + minute * MINUTE) // SECOND},1.0,1.001,0.999,{1.0 + (minute % 2) / 1000},{10 + minute % 3},{symbol}"
        for minute in range(minutes)
    ]


def fresh_engine() -> Engine:
    """The real one, with the default rules."""
    return Engine(assemble(default_rules(DETECTORS), DETECTORS), Episodes())


def talkative_engine(speaks: Callable[[Event], bool]) -> Engine:
    """One that says `pump` of whatever it is told to speak of."""
    return Engine([Talkative(speaks)], Episodes())


class Talkative:
    wants = (Trade, Ticker)

    def __init__(self, speaks: Callable[[Event], bool]) -> None:
        self.speaks = speaks
        self.ticks: list[int] = []

    def see(self, event: Event) -> Iterable[Signal]:
        return [signal(event)] if self.speaks(event) else []

    def tick(self, now: int) -> Iterable[Signal]:
        self.ticks.append(now)
        return ()


def signal(event: Event, stage: str = "pump") -> Signal:
    return Signal(
        "pump", stage, event.exchange, event.instrument, event.at, event.price, 0.1, 1.0, 20.0, "high", 70, "", {}
    )
