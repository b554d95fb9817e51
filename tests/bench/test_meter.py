"""A measure counts only what was read right: the stopwatch runs from the pause to the last event; errors are told."""

import time
from contextlib import nullcontext

import pytest

from scanner.bench import meter as meters
from scanner.bench.feed import Moment, TradeStream
from scanner.bench.floor import Load
from scanner.bench.meter import Meter, ReadBook, ReadTrade, Task, WrongReading, reading
from scanner.exchanges.base import Endpoint
from scanner.exchanges.registry import EXCHANGES

SENT = 1_790_000_000_112_000_000


def task(**changes):
    given = {"ws": "", "rest": "", "kind": "trades", "instruments": 2, "warm_up": 3, "messages": 4} | changes
    return Task(**given)


def trades(count):
    """Of one coin, as our session reads them."""
    session = EXCHANGES["upbit"].open(Endpoint("wss://venue.test", ()))
    stream = TradeStream(Load(instruments=2).coins()[1], "SIMPLE")
    frames = (stream.frame(Moment(SENT), number) for number in range(SENT, SENT + count))
    return [session.parse(frame.encode(), SENT)[0] for frame in frames]


@pytest.fixture
def ticking(monkeypatch):
    """CPU and wall time go on by a second and by two with each look."""
    looks = {"process_time": 0.0, "perf_counter": 0.0}

    def clock(name, step):
        def look():
            looks[name] += step
            return looks[name]

        return look

    monkeypatch.setattr(meters, "process_time", clock("process_time", 1.0))
    monkeypatch.setattr(meters, "perf_counter", clock("perf_counter", 2.0))


def test_the_warm_up_costs_nothing_and_the_end_is_told_once(ticking):
    """What counts lies between the pause and the last event."""
    ends = []
    meter = Meter(task(), lambda: ends.append(None))
    *before, last = trades(7)
    for event in before:
        meter.note(event)
    assert not ends
    meter.note(last)
    assert len(ends) == 1
    assert meter.figures(reading) == {"cpu_us": 250_000.0, "messages": 4, "wall_s": 2.0}


def test_snapshots_that_a_contender_is_told_are_no_messages(ticking):
    """They come before the warm-up and are part of none."""
    meter = Meter(task(), lambda: None, snapshots=2)
    told = trades(9)
    for event in told:
        meter.note(event)
    assert meter.figures(reading)["messages"] == 4


@pytest.mark.parametrize("count", [6, 8])
def test_events_that_are_missing_or_too_many_are_no_measure(count):
    """Nobody gains by leaving some out, or by telling some twice."""
    meter = Meter(task(), lambda: None)
    for event in trades(count):
        meter.note(event)
    with pytest.raises(WrongReading, match=f"{count} events, expected 7"):
        meter.figures(reading)


def test_latencies_are_those_of_the_measured_trades_alone(monkeypatch):
    """From a trade's own number to our clock; the half and the slowest hundredth."""
    monkeypatch.setattr(meters, "time_ns", lambda: SENT + 10_000_000)
    meter = Meter(task(warm_up=20, messages=100, late=True), lambda: None)
    for place, event in enumerate(trades(120)):
        late_ms = place - 19 if place > 19 else 5_000
        meter.late(SENT + 10_000_000 - late_ms * 1_000_000)
        meter.note(event)
    figures = meter.figures(reading)
    assert (figures["latency_p50_ms"], figures["latency_p99_ms"]) == (50.0, 99.0)


def test_a_trade_that_was_never_sent_is_found():
    """Another price, or another coin's."""
    for changes in ({"price": 1.0}, {"code": "KRW-Q000"}, {"side": "neither"}):
        meter = Meter(task(), lambda: None)
        for event in trades(7):
            meter.note(event)
        right = reading(trades(1)[0])
        wrong = ReadTrade(**{name: getattr(right, name) for name in right.__struct_fields__} | changes)
        with pytest.raises(WrongReading, match="never sent"):
            meter.figures(lambda _, wrong=wrong: wrong)


def test_trades_out_of_order_or_twice_are_found():
    """By the numbers that they were given."""
    for order in ([0, 1, 2, 4, 3, 5, 6], [0, 1, 2, 3, 4, 4, 6]):
        told = trades(7)
        meter = Meter(task(), lambda: None)
        for place in order:
            meter.note(told[place])
        with pytest.raises(WrongReading, match="out of order, or twice"):
            meter.figures(reading)


@pytest.mark.parametrize("depth", [14, 15, 16])
def test_a_book_with_another_level_is_found(depth):
    """Fifteen on each side, all of them as they were sent."""
    coin = Load(instruments=2).coins()[0]
    told = coin.books[3]
    meter = Meter(task(kind="books", warm_up=1, messages=1), lambda: None)
    for _ in range(2):
        meter.note(ReadBook(coin.code, told.bids[:depth], told.asks[:depth]))
    with nullcontext() if depth == 15 else pytest.raises(WrongReading, match="never sent"):
        meter.figures(lambda read: read)


def test_the_measured_time_is_real():
    """A busy contender is charged with what it used."""
    meter = Meter(task(), lambda: None)
    for place, event in enumerate(trades(7)):
        until = time.process_time() + 0.005
        while place > 4 and time.process_time() < until:
            pass
        meter.note(event)
    assert meter.figures(reading)["cpu_us"] >= 2_500
