"""What is said to Binance and what it answers: names in batches, acknowledgements, and refusals of both shapes."""

import json
from functools import partial

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense, Send
from scanner.exchanges.binance.requests import MOST_OPEN, NAMES
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from tests.exchanges.conversations import trades_in

SEEN = 7
TEXT = "Invalid request: invalid stream"
trades = partial(trades_in, "USDT")


def begun(*subscriptions):
    """A conversation that has asked for these."""
    session = BINANCE.open(Endpoint("wss://venue/stream", subscriptions))
    return session, [json.loads(frame) for frame in session.subscribe()]


def flat(id_, code=2):
    return json.dumps({"code": code, "msg": TEXT} | ({} if id_ is None else {"id": id_}))


def nested(id_, code=2):
    return json.dumps({"error": {"code": code, "msg": TEXT}} | ({} if id_ is None else {"id": id_}))


both_shapes = pytest.mark.parametrize("refusal", [flat, nested])


def test_everything_is_asked_for_by_name():
    """In lower case, tickers of however many coins by the one stream that carries them all."""
    wave = Instrument("WAVE", "USDT")
    wanted = [Subscription(channel, wave) for channel in sorted(BINANCE.channels)]
    _, said = begun(*wanted, Subscription("ticker", Instrument("REEF", "BTC")))
    streams = ["waveusdt@aggTrade", "waveusdt@bookTicker", "waveusdt@depth@100ms", "waveusdt@kline_1m"]
    assert said == [{"method": "SUBSCRIBE", "params": ["!miniTicker@arr", *streams], "id": 1}]


def test_no_message_names_too_many():
    """Two hundred at most, for a message of more than four hundred was once swallowed in silence."""
    session, said = begun(*trades(*(f"C{n:03}" for n in range(450))))
    assert [len(each["params"]) for each in said] == [NAMES, NAMES, 50]
    assert [each["id"] for each in said] == [1, 2, 3]
    assert len({name for each in said for name in each["params"]}) == 450
    gone = [json.loads(frame) for frame in session.update([])]
    assert [(each["method"], len(each["params"])) for each in gone] == [("UNSUBSCRIBE", n) for n in (NAMES, NAMES, 50)]


def test_an_update_says_what_changed_and_no_more():
    """First what ends, so that there is room for what begins."""
    session, _ = begun(*trades("A", "B"))
    said = [json.loads(frame) for frame in session.update(trades("B", "C"))]
    assert said == [
        {"method": "UNSUBSCRIBE", "params": ["ausdt@aggTrade"], "id": 2},
        {"method": "SUBSCRIBE", "params": ["cusdt@aggTrade"], "id": 3},
    ]
    assert session.update(trades("C", "B")) == []


def test_another_ticker_needs_no_word():
    """Its stream is there already; from now on it is read."""
    row = {"e": "24hrMiniTicker", "E": 1790000000160, "s": "REEFUSDT", "c": "1", "o": "1", "h": "1", "l": "1"}
    frame = json.dumps({"stream": "!miniTicker@arr", "data": [row | {"v": "1", "q": "1"}]})
    wave, reef = (Subscription("ticker", Instrument(base, "USDT")) for base in ("WAVE", "REEF"))
    session, _ = begun(wave)
    assert session.parse(frame, SEEN) == []
    assert session.update([wave, reef]) == []
    assert [event.instrument.base for event in session.parse(frame, SEEN)] == ["REEF"]
    assert session.update([wave]) == []
    assert session.parse(frame, SEEN) == []


def test_an_acknowledgement_names_what_was_asked():
    """By the number that it repeats; it does not prove that there is such a market, as only data does."""
    session, _ = begun(*trades("B", "A"))
    session.update(trades("A", "B", "C"))
    assert session.parse('{"result":null,"id":2}', SEEN) == [Accepted(tuple(trades("C")))]
    assert session.parse('{"result":null,"id":1}', SEEN) == [Accepted(tuple(trades("A", "B")))]


def test_an_acknowledgement_of_an_end_names_nothing():
    """Nobody wants it any more."""
    session, _ = begun(*trades("A", "B"))
    session.update(trades("A"))
    assert session.parse('{"result":null,"id":2}', SEEN) == [Accepted()]


@pytest.mark.parametrize(
    "reply",
    [
        '{"result":null,"id":9}',
        '{"result":["ausdt@aggTrade"],"id":9}',
        '{"result":null,"id":"one"}',
        flat(9),
        nested("nine"),
    ],
)
def test_an_answer_to_what_was_never_said_is_nonsense(reply):
    """Nothing is dropped for its sake."""
    session, _ = begun(*trades("A"))
    with pytest.raises(RemoteNonsense, match="nothing that was asked"):
        session.parse(reply, SEEN)
    assert session.parse('{"result":null,"id":1}', SEEN) == [Accepted(tuple(trades("A")))]


@both_shapes
def test_a_stream_that_is_refused_is_wanted_no_longer(refusal):
    """Both shapes of an error are one; the others go on."""
    session, _ = begun(*trades("A"))
    session.update(trades("A", "B"))
    assert session.parse(refusal(2), SEEN) == [Rejected("2", TEXT, subscriptions=tuple(trades("B")))]
    assert session.update(trades("A")) == []


@both_shapes
def test_one_bad_name_among_many_is_found(refusal):
    """A message that is refused for its names is halved until the bad one stands alone."""
    bad = trades("C3")[0]
    names = [f"C{n}" for n in range(8)]
    session, said = begun(*trades(*names))
    waiting, rejected, accepted = list(said), [], []
    while waiting:
        message = waiting.pop()
        spoilt = "c3usdt@aggTrade" in message["params"]
        reply = refusal(message["id"]) if spoilt else json.dumps({"result": None, "id": message["id"]})
        for result in session.parse(reply, SEEN):
            if isinstance(result, Send):
                assert result.operation
                waiting.append(json.loads(result.frame))
            elif isinstance(result, Rejected):
                rejected.append(result)
            else:
                accepted += result.subscriptions
    assert rejected == [Rejected("2", TEXT, subscriptions=(bad,))]
    assert sorted(accepted) == sorted(one for one in trades(*names) if one != bad)


@both_shapes
def test_an_error_without_a_number_is_about_the_one_thing_that_waits(refusal):
    """With several waiting it is about everything; with nothing waiting it is about nothing."""
    session, _ = begun(*trades("A"))
    assert session.parse(refusal(None), SEEN) == [Rejected("2", TEXT, subscriptions=tuple(trades("A")))]
    with pytest.raises(RemoteNonsense, match="nothing that was asked"):
        session.parse(refusal(None), SEEN)
    session, _ = begun(*trades(*(f"C{n}" for n in range(NAMES + 1))))
    assert session.parse(refusal(None, code=3), SEEN) == [Rejected("3", TEXT)]


def test_other_errors_spoil_the_whole_message():
    """Nothing would be better about half of it."""
    session, _ = begun(*trades("A", "B"))
    assert session.parse(flat(1, code=3), SEEN) == [Rejected("3", TEXT, subscriptions=tuple(trades("A", "B")))]


@pytest.mark.parametrize("code", [-1003, -1034])
def test_too_many_requests_is_told_from_a_wrong_one(code):
    """Only waiting helps."""
    session, _ = begun(*trades("A"))
    assert session.parse(flat(1, code), SEEN) == [Rejected(str(code), TEXT, throttled=True)]
    session, _ = begun(*trades("A"))
    [refused] = session.parse('{"error":{"code":2,"msg":"Too many requests"},"id":1}', SEEN)
    assert refused.throttled


@pytest.mark.parametrize(
    "frame",
    [
        '{"type":"trade","code":"KRW-RAIN","trade_price":7.5}',
        '{"code":"2","msg":"Invalid request"}',
        '{"error":"Invalid request"}',
        '{"error":{"name":"WRONG_FORMAT"}}',
        "{}",
        '{"stream":"ausdt@aggTrade"}',
        '{"id":1}',
    ],
)
def test_what_only_looks_like_an_answer_ends_nothing(frame):
    """Garbage is counted, and the conversation goes on."""
    session, _ = begun(*trades("A", "B"))
    session.parse('{"result":null,"id":1}', SEEN)
    with pytest.raises(RemoteNonsense):
        session.parse(frame, SEEN)


@both_shapes
def test_an_end_that_is_refused_is_only_noted(refusal):
    """The stream trails on unheard; nothing else is lost for it."""
    session, _ = begun(*trades("A", "B"))
    session.update(trades("A"))
    with pytest.raises(RemoteNonsense, match="cannot be ended"):
        session.parse(refusal(2), SEEN)


def test_data_may_come_before_the_answer():
    """They interleave as they like."""
    session, _ = begun(*trades("WAVE"))
    payload = {"e": "aggTrade", "s": "WAVEUSDT", "a": 1, "p": "1", "q": "1", "T": 1790000000112, "m": True}
    frame = json.dumps({"stream": "waveusdt@aggTrade", "data": payload})
    assert len(session.parse(frame, SEEN)) == 1
    assert session.parse('{"result":null,"id":1}', SEEN) == [Accepted(tuple(trades("WAVE")))]
    assert len(session.parse(frame, SEEN)) == 1


def test_what_was_never_answered_is_not_remembered_for_ever():
    """A venue that does not answer costs a bounded memory, and its latest questions are the ones kept."""
    session, _ = begun(*trades("A"))
    for _ in range(MOST_OPEN):
        session.update([])
        session.update(trades("A"))
    assert len(session._requests._open) == MOST_OPEN
    last = 1 + 2 * MOST_OPEN
    assert session.parse(json.dumps({"result": None, "id": last}), SEEN) == [Accepted(tuple(trades("A")))]
