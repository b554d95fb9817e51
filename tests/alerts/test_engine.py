"""The engine shows each event to whoever wants its kind, counts it, and tells what episodes call news."""

import pytest
from msgspec.structs import replace

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.model.market import BookTop, Candle, Gap, Notice, OrderBook, Ticker, Trade
from scanner.model.standing import Standing
from tests.alerts.signals import ABC, START, signal

TRADE = Trade("upbit", ABC, START, START, "1", 100.0, 1.0, "buy")
TICKER = Ticker("upbit", ABC, START, START, 100.0, 1.0, 100.0)
GAP = Gap("upbit", "trade", (ABC,), START, START, "closed")
EVERY_KIND = [
    TRADE,
    TICKER,
    OrderBook("upbit", ABC, START, START, (), ()),
    BookTop("upbit", ABC, START, START, (1.0, 1.0), (2.0, 1.0)),
    Candle("upbit", ABC, START, START, 60, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    Notice("upbit", ABC, START, START, "caution", "steep"),
    GAP,
]


class Listener:
    """Answers every event and every tick with the same signals."""

    def __init__(self, *wants, says=()):
        self.wants = wants
        self.says = says
        self.seen = []

    def see(self, event):
        self.seen.append(event)
        return self.says

    def tick(self, now):
        self.seen.append(now)
        return self.says


class Around(Listener):
    """One that knows of three venues that trade every coin."""

    def venues(self, _):
        return 3

    def stirring(self, *_):
        return False

    def explains(self, _):
        return False


def test_a_detector_sees_the_kinds_it_wants_in_stream_order():
    every, some = Listener(*map(type, EVERY_KIND)), Listener(Trade, Gap)
    Engine([every, some], Episodes()).consume([*EVERY_KIND, TRADE])
    assert every.seen == [*EVERY_KIND, TRADE]
    assert some.seen == [TRADE, GAP, TRADE]


def test_detectors_are_asked_in_the_order_they_were_given():
    order = []
    row = [Listener(Trade), Listener(Trade), Listener(Trade)]
    for number, listener in enumerate(row):
        listener.see = lambda _, number=number: order.append(number) or ()
    Engine(row, Episodes()).consume([TRADE])
    assert order == [0, 1, 2]


def test_events_are_counted_by_venue_and_channel_and_a_gap_is_none():
    """Under exactly these names; a gap has a tally of its own, with its reason."""
    engine = Engine([], Episodes())
    engine.consume([*EVERY_KIND, TRADE])
    engine.consume([TRADE])
    assert engine.events == {
        ("upbit", "trade"): 3,
        ("upbit", "ticker"): 1,
        ("upbit", "orderbook"): 1,
        ("upbit", "booktop"): 1,
        ("upbit", "candle"): 1,
        ("upbit", "notice"): 1,
    }
    assert engine.gaps == {("upbit", "trade", "closed"): 1}


def test_a_batch_of_several_venues_is_counted_for_each():
    """However they take turns, and whatever stands between them."""
    other = replace(TRADE, exchange="okx")
    engine = Engine([], Episodes())
    engine.consume([TRADE, other, other, TICKER, TRADE, GAP, TRADE, replace(TRADE, backfilled=True), other])
    assert engine.events == {("upbit", "trade"): 4, ("okx", "trade"): 3, ("upbit", "ticker"): 1}
    assert engine.gaps == {("upbit", "trade", "closed"): 1}


def test_a_back_filled_trade_is_counted_and_shown_to_nobody():
    """It tells of what has been over for long: an event, but no news."""
    listener = Listener(Trade, Gap, says=(signal(),))
    engine = Engine([listener], Episodes())
    assert engine.consume([replace(TRADE, backfilled=True)]) == []
    assert listener.seen == []
    assert engine.events == {("upbit", "trade"): 1}
    assert len(engine.consume([replace(TRADE, backfilled=True), TRADE])) == 1
    assert listener.seen == [TRADE]


def test_signals_become_alerts_and_every_decision_is_counted_with_its_reason():
    spike = signal(rule="volume_spike", stage="spike")
    engine = Engine([Listener(Trade, says=(signal(), spike))], Episodes())
    assert [alert.rule for alert in engine.consume([TRADE, TRADE])] == ["pump"]
    assert engine.consume([TRADE]) == []
    assert engine.decisions == {
        ("pump", "first"): 1,
        ("pump", "cooling"): 2,
        ("volume_spike", "outranked"): 3,
    }


def test_time_alone_may_open_an_alert():
    """A tick is asked of every detector, whatever events it wants, and is judged like an event."""
    listener = Listener(says=[signal()])
    engine = Engine([listener], Episodes())
    assert [alert.rule for alert in engine.tick(START)] == ["pump"]
    assert listener.seen == [START]
    assert engine.tick(START + 1) == []
    assert engine.decisions == {("pump", "first"): 1, ("pump", "cooling"): 1}


def test_a_held_alert_is_told_before_the_first_event_of_its_moment():
    """Time is what events say: no tick is needed, and no event that came earlier releases it."""
    teller = Around(Trade, says=[signal()])
    engine = Engine([teller], Episodes())
    assert engine.consume([TRADE]) == []
    teller.says = ()
    moment = START + 1_500_000_000
    assert engine.consume([replace(TICKER, seen=moment - 1)]) == []
    assert [alert.rule for alert in engine.consume([replace(TICKER, seen=moment)])] == ["pump"]


def test_what_is_held_and_due_in_one_batch_is_told_in_it():
    engine = Engine([Around(Trade, says=[signal()])], Episodes())
    later = [replace(TICKER, seen=START + second * 1_000_000_000) for second in (1, 2)]
    assert [alert.rule for alert in engine.consume([TRADE, *later])] == ["pump"]


def test_what_is_held_is_told_when_time_passes_and_at_the_end():
    for tell in (lambda engine: engine.tick(START + 1_500_000_000), Engine.end):
        engine = Engine([Around(Trade, says=[signal()])], Episodes())
        engine.consume([TRADE])
        assert [alert.rule for alert in tell(engine)] == ["pump"]


def test_something_that_is_no_event_falls_loudly():
    """A new kind of event that nobody counts is a bug of ours, not data to be skipped."""
    with pytest.raises(KeyError):
        Engine([], Episodes()).consume([signal()])


class Charted(Listener):
    """One that knows where every price stands."""

    def standing(self, *_):
        return Standing(START, price=110.0, high=110.0, low=110.0, turnover=1.0, turnover_24h=5e9)

    def points(self, *_):
        return ((START, 110.0, 1.0),)


def test_whoever_knows_the_course_of_prices_is_asked_when_a_story_is_told():
    """By its look at the tapes, not by another event; where nobody knows it, nothing is made up."""
    teller = Charted(Trade, says=[signal()])
    engine = Engine([teller, Listener(Trade)], episodes := Episodes())
    (alert,) = engine.consume([TRADE])
    assert alert.turnover_24h == 5e9
    assert episodes.course_of(alert) == ((START, 110.0, 1.0),)
    (alert,) = Engine([Listener(Trade, says=[signal()])], episodes := Episodes()).consume([TRADE])
    assert alert.turnover_24h == 0.0
    assert episodes.course_of(alert) == ()


def test_a_story_that_is_over_is_closed_when_time_passes():
    """By the second, without another event; and the run's end closes nothing that may go on after a restart."""
    teller = Listener(Trade, says=[signal()])
    engine = Engine([teller], Episodes())
    engine.consume([TRADE])
    teller.says = ()
    assert engine.end() == []
    assert engine.tick(START + 300 * 1_000_000_000 - 1) == []
    assert [alert.kind for alert in engine.tick(START + 300 * 1_000_000_000)] == ["closed"]
