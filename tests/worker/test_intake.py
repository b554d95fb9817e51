"""What parsers found passes once: duplicates stay behind and are counted, and what brought data is known to live."""

from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Gap, Notice, OrderBook, Subscription, Ticker, Trade
from scanner.worker.intake import CHANNELS, Intake
from scanner.worker.ledger import Ledger
from scanner.worker.staleness import Staleness
from scanner.worker.trades import TradeMemory

BTC, ETH = Instrument("BTC", "KRW"), Instrument("ETH", "KRW")
NOW = 50.0


def trade(name, instrument=BTC):
    return Trade("upbit", instrument, 1, 2, name, 1.0, 1.0, "buy")


ONE_OF_EACH = {
    "trade": trade("1"),
    "ticker": Ticker("upbit", BTC, 1, 2, 1.0, 1.0, 1.0),
    "orderbook": OrderBook("upbit", BTC, 1, 2, ((1.0, 1.0),), ((2.0, 1.0),)),
    "booktop": BookTop("upbit", BTC, 1, 2, (1.0, 1.0), (2.0, 1.0)),
    "candle": Candle("upbit", BTC, 1, 2, 60, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
}


class Room:
    """An intake, and what stands around it."""

    def __init__(self):
        self.memory, self.staleness, self.ledger = TradeMemory(), Staleness(), Ledger()
        self.intake = Intake(self.memory, self.staleness, self.ledger, clock=lambda: NOW)

    def heard(self, channel, instrument=BTC):
        return self.staleness.last_heard([Subscription(channel, instrument)]) == NOW


def test_a_trade_passes_once_and_the_second_is_counted():
    """From whichever connection."""
    room = Room()
    batch = [trade("1"), trade("2")]
    assert room.intake.take(batch) is batch
    assert room.intake.take([trade("2"), trade("3")]) == [trade("3")]
    assert room.ledger.pulse(0).counters == {"duplicates": {"": 1}}


def test_every_kind_of_data_is_a_sign_of_life_of_its_own_channel():
    """Tickers say nothing of trades."""
    for channel, event in ONE_OF_EACH.items():
        room = Room()
        assert room.intake.take([event]) == [event]
        assert [other for other in CHANNELS.values() if room.heard(other)] == [channel]


def test_a_duplicate_is_a_sign_of_life_too():
    """The stream that brings it flows."""
    room = Room()
    room.memory.fresh([trade("1")])
    assert room.intake.take([trade("1")]) == []
    assert room.heard("trade")


def test_gaps_and_notices_pass_and_prove_nothing():
    """A hole is no data, and a notice comes from the catalogue."""
    room = Room()
    batch = [Gap("upbit", "trade", (BTC,), 0, 1, "sequence"), Notice("upbit", BTC, 1, 1, "caution", "steep")]
    assert room.intake.take(batch) is batch
    assert not any(room.heard(channel) for channel in CHANNELS.values())
    assert room.ledger.instruments_heard == 0


def test_an_instrument_is_heard_with_its_first_event_of_any_kind():
    """Once, however many channels it has."""
    room = Room()
    room.intake.take([*ONE_OF_EACH.values(), trade("9", ETH)])
    assert room.ledger.pulse(0).instruments_heard == 2


def test_what_is_no_longer_expected_is_forgotten():
    """A delisted coin leaves the numbers and the memories; what is expected shows in the pulse."""
    room = Room()
    room.intake.take([trade("1"), trade("1", ETH)])
    room.intake.expect([Subscription("trade", BTC), Subscription("ticker", BTC)])
    pulse = room.ledger.pulse(0)
    assert (pulse.instruments_heard, pulse.instruments_watched, pulse.streams_wanted) == (1, 1, 2)
    assert not room.heard("trade", ETH)
    assert room.heard("trade", BTC)
    assert room.intake.take([trade("1"), trade("1", ETH)]) == [trade("1", ETH)]
    assert room.ledger.instruments_heard == 2
