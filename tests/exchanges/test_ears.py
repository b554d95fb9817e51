"""The ear that judges what venues are told can tell right from wrong."""

import json

import pytest

from scanner.exchanges.base import Endpoint
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription
from tests.exchanges.ears import Ear, words

WAVE, REEF = Instrument("WAVE", "USDT"), Instrument("REEF", "USDT")
TRADES = [Subscription("trade", WAVE), Subscription("trade", REEF)]
TICKERS = [Subscription("ticker", WAVE), Subscription("ticker", REEF)]


class Shouting:
    """A venue with SUBSCRIBE and UNSUBSCRIBE, one stream for all tickers, and a session that may be careless."""

    def __init__(self, careless=""):
        self.careless = careless

    def open(self, endpoint):
        return ShoutingSession(endpoint.subscriptions, self.careless)


class ShoutingSession:
    def __init__(self, wanted, careless):
        self.wanted = set(wanted)
        self.careless = careless

    def subscribe(self):
        return self.say("SUBSCRIBE", self.streams(self.wanted))

    def update(self, wanted):
        before, after = self.streams(self.wanted), self.streams(set(wanted))
        if self.careless == "shared":
            after -= self.streams(self.wanted - set(wanted)) & {"!tickers"}
        self.wanted = set(wanted)
        gone = set() if self.careless == "forgets" and wanted else before - after
        return self.say("UNSUBSCRIBE", gone) + self.say("SUBSCRIBE", after - before)

    def say(self, verb, streams):
        return [json.dumps({"method": verb, "params": sorted(streams), "id": 7})] if streams else []

    def streams(self, wanted):
        return {"!tickers" if one.channel == "ticker" else f"trade@{one.instrument.base}" for one in wanted}


def story(careless):
    """What flows, and what should, after a few changes."""
    venue = Shouting(careless)
    ear = Ear(venue, Endpoint("wss://venue", (*TRADES, *TICKERS)))
    session = venue.open(Endpoint("wss://venue", (TRADES[0], *TICKERS)))
    ear.hear(session.subscribe())
    wanted = [TRADES[1], TICKERS[1]]
    ear.hear(session.update(wanted))
    return ear.streams, ear.expects(wanted)


def test_a_careful_session_is_heard_aright():
    """What flows is what is wanted."""
    flows, expected = story("")
    assert flows == expected
    assert len(flows) == 2


@pytest.mark.parametrize("careless", ["shared", "forgets"])
def test_a_careless_session_is_caught(careless):
    """One gives up the stream of all tickers while one is still wanted, the other never gives up a stream."""
    flows, expected = story(careless)
    assert flows != expected


def test_words_that_nobody_wanted_are_caught():
    """A stream that belongs to no subscription is a slip of the pen."""
    ear = Ear(Shouting(), Endpoint("wss://venue", tuple(TRADES)))
    with pytest.raises(AssertionError, match="trade@MAVE"):
        ear.hear(['{"method":"SUBSCRIBE","params":["trade@MAVE"],"id":1}'])


def test_each_stream_is_a_word_in_every_dialect():
    """Names in a list, objects in a list, names under a type, one object: without what numbers the request."""
    assert words(['{"op":"subscribe","id":"1","args":[{"channel":"trades","instId":"A"},{"channel":"books"}]}']) == [
        '{"args": {"channel": "trades", "instId": "A"}, "op": "subscribe"}',
        '{"args": {"channel": "books"}, "op": "subscribe"}',
    ]
    assert words(['[{"ticket":"t"},{"type":"trade","codes":["A","B"]}]']) == [
        "{}",
        '{"codes": "A", "type": "trade"}',
        '{"codes": "B", "type": "trade"}',
    ]
    assert words(['{"method":"sub.deal","param":{"symbol":"A"}}', '{"method":"sub.tickers","param":{}}', "hello"]) == [
        '{"method": "sub.deal", "param": {"symbol": "A"}}',
        '{"method": "sub.tickers", "param": {}}',
        '"hello"',
    ]
