"""Events through an engine on a virtual clock."""

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.bench.detection import play as stage
from scanner.bench.detection.feeds import trades
from scanner.bench.detection.play import play
from scanner.model.moments import SECOND
from tests.bench.detection.hand_made import START, Talkative, recording, signal, talkative_engine

BEGIN = START * 1_000_000
HOUR = 3_600_000


def test_what_is_told_bears_the_time_at_which_it_came_out():
    # Promise: the virtual clock says when, not the trade that decided: a late trade decides late.
    late = list(trades(recording((5_000, 1.0), (2_000, 2.0))))
    heard, cost = play(talkative_engine(lambda event: event.price == 2.0), late)
    assert [(each.at, each.alert.at) for each in heard] == [(BEGIN + 5 * SECOND, BEGIN + 2 * SECOND)]
    assert cost.events == 2


def test_the_engine_is_ticked_each_second_of_events_and_three_after():
    # Promise: whole seconds of virtual time, however events fall; a long silence costs three ticks more, not thousands.
    clock = Talkative(lambda _: False)
    play(Engine([clock], Episodes()), trades(recording((200, 1.0), (900, 1.0), (1_300, 1.0), (HOUR, 1.0))))
    seconds = [(at - BEGIN) / SECOND for at in clock.ticks]
    assert seconds == [1, 2, 3, 4, 5, 3601, 3602, 3603, 3604]


def test_a_tick_comes_before_what_is_seen_after_it():
    # Promise: a second is over before the engine learns of what came at its very end.
    order = []
    clock = Talkative(lambda event: order.append(("event", event.seen)))
    clock.tick = lambda now: order.append(("tick", now)) or ()
    play(Engine([clock], Episodes()), trades(recording((0, 1.0), (1_000, 1.0))))
    assert order[:3] == [("event", BEGIN), ("tick", BEGIN + SECOND), ("event", BEGIN + SECOND)]


def test_a_watch_is_no_alert():
    # Promise: what the scanner keeps to itself is not scored either.
    clock = Talkative(lambda _: True)
    clock.see = lambda event: [signal(event, "watch")]
    assert play(Engine([clock], Episodes()), trades(recording((0, 1.0), (1_000, 1.0))))[0] == []


def test_what_time_alone_opens_is_heard_too():
    # Promise: an alert that a tick brings bears the tick's time.
    (event,) = trades(recording((0, 1.0)))
    clock = Talkative(lambda _: False)
    clock.tick = lambda now: [signal(event)] if now == BEGIN + 2 * SECOND else ()
    heard, _ = play(Engine([clock], Episodes()), [event])
    assert [each.at for each in heard] == [BEGIN + 2 * SECOND]


def test_neither_a_repetition_nor_a_closing_is_a_claim():
    # Promise: what sums up or says again is not scored as another alert, right or wrong.
    clock = Talkative(lambda event: event.price == 2.0)
    hour = ((minute * 60_000, 2.0) for minute in range(60))
    engine = Engine([clock], episodes := Episodes())
    heard, _ = play(engine, trades(recording(*hour, (2 * HOUR, 1.0))))
    assert [each.alert.kind for each in heard] == ["opened"]
    assert {"first", "repeated"} <= {reason for _, reason in episodes.decisions}
    assert [decision.outcome for decision in episodes.ledger.take()][-1] == "closed"


def test_events_are_taken_in_pieces_and_none_is_lost(monkeypatch):
    monkeypatch.setattr(stage, "CHUNK", 3)
    _, cost = play(talkative_engine(lambda _: False), trades(recording(*((at, 1.0) for at in range(10)))))
    assert cost.events == 10
