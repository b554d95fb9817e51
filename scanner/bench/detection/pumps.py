"""Announced pumps with every trade around them: `pumps/labels.csv` and `pumps/trades.csv.gz` of a data folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from msgspec import Struct

from scanner.bench.detection.reading import BadData, Table, groups, one_of, positive
from scanner.bench.detection.recording import Recording
from scanner.model.instrument import Instrument

EXCHANGE, QUOTE = "binance", "BTC"
"""Where these coins were pumped, and against what."""
LABELS, TRADES = "labels.csv", "trades.csv.gz"
TRUTH = {"True": True, "False": False, "true": True, "false": False}
BUY = {"buy": True, "sell": False}


class Label(Struct, frozen=True):
    """What is known of an event; no detector is shown it."""

    event: str
    instrument: Instrument
    onset_ms: int | None
    """When the rise began; None for a control, announced and not pumped."""


class Pumps:
    """The labels at once, the trades one event at a time."""

    def __init__(self, folder: Path) -> None:
        """BadData when a file is missing, or a label is wrong."""
        self.labels = read_labels(folder / LABELS)
        self.trades = Table(folder / TRADES, ("event", "ts_ms", "side", "price", "amount"))
        self.unlabelled: list[str] = []
        """Events that were passed over because no label speaks of them."""

    def __iter__(self) -> Iterator[tuple[Label, Recording]]:
        """Each labelled event, in the order of the trades; BadData when a value is wrong or an event has no trades."""
        wanted = dict(self.labels)
        for recording in self._recordings():
            if recording.name in self.labels:
                yield wanted.pop(recording.name), recording
            else:
                self.unlabelled.append(recording.name)
        if wanted:
            raise BadData(f"{self.trades.path}: no trades of {', '.join(wanted)}, expected all that {LABELS} lists")

    def _recordings(self) -> Iterator[Recording]:
        for event, rows in groups(self.trades):
            label = self.labels.get(event)
            recording = Recording(event, EXCHANGE, label.instrument if label else Instrument(event, QUOTE))
            for row in rows:
                try:
                    _add(recording, *row)
                except ValueError as error:
                    raise self.trades.blame(error) from None
            yield recording


def _add(recording: Recording, at: str, side: str, price: str, amount: str) -> None:
    recording.add(
        round(positive("ts_ms", at)),
        positive("price", price),
        positive("amount", amount),
        buy=one_of("side", side, BUY),
    )


def read_labels(path: Path) -> dict[str, Label]:
    """Event → its label, as listed; BadData when a value is wrong."""
    table = Table(path, ("event", "symbol", "onset_ms", "is_pump"))
    labels: dict[str, Label] = {}
    for row in table:
        try:
            label = _label(*row)
        except ValueError as error:
            raise table.blame(error) from None
        if label.event in labels:
            raise table.blame(f"{label.event} is listed twice")
        labels[label.event] = label
    if not labels:
        raise BadData(f"{path}: no events, expected at least one")
    return labels


def _label(event: str, symbol: str, onset: str, is_pump: str) -> Label:
    instrument = Instrument.parse(symbol if "/" in symbol else f"{symbol}/{QUOTE}")
    pumped = one_of("is_pump", is_pump, TRUTH)
    return Label(event, instrument, round(positive("onset_ms", onset)) if pumped else None)
