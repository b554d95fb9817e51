"""What the simulated Binance says is what the real one says, down to the field, and what it refuses likewise."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from trio_websocket import ConnectionClosed

from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.binance import LIMITS, Binance
from scanner.sim.venues.binance_desk import MOST_NAMES, MOST_STREAMS

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
BTC = Instrument("BTC", "USDT")
FIELDS = {
    "btcusdt@aggTrade": "e E s a p q f l T m M",
    "btcusdt@trade": "e E s t p q T m M",
    "btcusdt@bookTicker": "u s b B a A",
    "btcusdt@kline_1m": "e E s k",
    "btcusdt@depth@100ms": "e E s U u b a",
    "btcusdt@depth5@100ms": "lastUpdateId bids asks",
    "btcusdt@miniTicker": "e E s c o h l v q",
}
"""Stream → every field of the fact sheet."""
BAR = "t T s i f L o c h l v n x q V Q B"


class Listener:
    """A connection without a network: a market, a desk and what its teller says."""

    def __init__(self, *streams, path="/stream", scenario="quiet", **venue):
        self.market = SimulatedMarket("binance", 1, scenario, ORIGIN)
        self.desk, self.teller = Binance(**venue).converse(self.market, path)
        self.at = ORIGIN
        self.fills = []
        if streams:
            assert self.ask("SUBSCRIBE", *streams) == {"result": None, "id": 1}

    def ask(self, method, *params, id_=1):
        return self.say(msgspec.json.encode({"method": method, "params": params, "id": id_}))

    def say(self, message):
        heard = self.desk.hear(message)
        if heard.subscribed:
            assert self.teller.snapshots() == []
            self.market.watch_books(self.teller.books())
        answers = [msgspec.json.decode(frame) for frame in heard.control]
        assert len(answers) <= 1
        return answers[0] if answers else None

    def messages(self, seconds):
        """What is told in so many seconds, step by step."""
        end, messages = self.at + int(seconds * NS), []
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.fills += [one for one in happenings if isinstance(one, Fill)]
            messages += map(msgspec.json.decode, self.teller.tell(happenings))
        return messages


# ---- words


@pytest.mark.parametrize("stream", FIELDS)
def test_every_field_is_there(stream):
    # Promise: all fields of the sheet in its order, in the wrapping of a combined stream.
    messages = Listener(stream).messages(60)
    assert messages
    for message in messages:
        assert list(message) == ["stream", "data"]
        assert message["stream"] == stream
        assert list(message["data"]) == FIELDS[stream].split()
        assert list(message["data"].get("k", ())) in ([], BAR.split())


def test_numbers_are_text_and_ids_times_and_flags_are_not():
    # Promise: eight decimals for prices and sizes, whole numbers in milliseconds, true booleans.
    [trade, *_] = [message["data"] for message in Listener("btcusdt@aggTrade").messages(20)]
    assert {key: type(value) for key, value in trade.items()} == {
        **dict.fromkeys("espq", str),
        **dict.fromkeys("EaflT", int),
        **dict.fromkeys("mM", bool),
    }
    assert len(trade["p"].partition(".")[2]) == 8
    assert len(str(trade["T"])) == 13


def test_microseconds_come_when_the_address_asks_for_them():
    # Promise: all times, and only times.
    plain = Listener("btcusdt@aggTrade", "btcusdt@kline_1m").messages(20)
    micro = Listener("btcusdt@aggTrade", "btcusdt@kline_1m", path="/stream?timeUnit=MICROSECOND").messages(20)
    for before, after in zip(plain, micro, strict=True):
        one, other = before["data"], after["data"]
        assert other["E"] == one["E"] * 1_000
        if "k" in one:
            assert (other["k"]["t"], other["k"]["T"]) == (one["k"]["t"] * 1_000, (one["k"]["T"] + 1) * 1_000 - 1)
        else:
            assert (other["T"], other["a"], other["p"]) == (one["T"] * 1_000, one["a"], one["p"])


def test_a_bare_address_wraps_nothing():
    # Promise: on /ws the payload comes alone; streams may stand in either address.
    raw = Listener(path="/ws/btcusdt@aggTrade/btcusdt@bookTicker")
    wrapped = Listener(path="/stream?streams=btcusdt@aggTrade/btcusdt%40bookTicker")
    assert list(raw.desk.streams) == [("aggTrade", "btcusdt"), ("bookTicker", "btcusdt")]
    assert list(wrapped.desk.streams) == list(raw.desk.streams)
    assert [message["data"] for message in wrapped.messages(20)] == raw.messages(20)


def test_a_taker_is_an_aggregate_at_each_price():
    # Promise: neighbours of one market, millisecond, side and price are one; sizes add up, the ids are those joined.
    listener = Listener("btcusdt@aggTrade", "btcusdt@trade", scenario="pump")
    messages = [message["data"] for message in listener.messages(60)]
    singles = [message for message in messages if message["e"] == "trade"]
    joined = [message for message in messages if message["e"] == "aggTrade"]
    mine = [fill for fill in listener.fills if fill.instrument == BTC]
    assert [single["t"] for single in singles] == [fill.at_ms * 10_000 + fill.nth for fill in mine]
    assert 0 < len(joined) < len(singles)
    assert len({one["a"] for one in joined}) == len(joined)
    for one in joined:
        within = [each for each in singles if one["f"] <= each["t"] <= one["l"]]
        assert one["a"] == one["f"] == within[0]["t"]
        assert {(each["T"], each["p"], each["m"]) for each in within} == {(one["T"], one["p"], one["m"])}
        assert float(one["q"]) == pytest.approx(sum(float(each["q"]) for each in within))


def test_all_tickers_are_those_that_changed():
    # Promise: once a second, each market that traded since, and none twice.
    listener, told = Listener("!miniTicker@arr"), 0
    listener.messages(1)
    for _ in range(30):
        listener.fills.clear()
        messages = listener.messages(1)
        traded = {fill.instrument.base + fill.instrument.quote for fill in listener.fills}
        codes = [row["s"] for message in messages for row in message["data"]]
        assert sorted(codes) == sorted(traded)
        assert len(messages) <= 1
        told += len(messages)
    assert told >= 20


def test_depth_is_told_at_the_pace_of_its_stream():
    # Promise: at most ten or one a second, each one beginning where the one before ended.
    for stream, most in (("btcusdt@depth@100ms", 10), ("btcusdt@depth", 1)):
        listener, last = Listener(stream), None
        for _ in range(30):
            changes = [message["data"] for message in listener.messages(1)]
            assert len(changes) <= most
            for change in changes:
                assert last is None or change["U"] == last + 1
                assert change["U"] <= change["u"]
                last = change["u"]
        assert last is not None


def test_a_candle_is_told_every_two_seconds_and_its_end_is_always_told():
    # Promise: at most one frame of a bar in two seconds, and each bar that was begun is finished, traded or not.
    listener, told = Listener("xrpusdt@kline_1m", "btcusdt@kline_1m"), []
    for _ in range(100):
        frames = [message["data"] for message in listener.messages(2)]
        assert len({(one["s"], one["k"]["t"]) for one in frames}) == len(frames)
        told += frames
    begun = {(one["s"], one["k"]["t"]) for one in told if one["k"]["t"] < listener.market.now_ms - 70_000}
    ended = {(one["s"], one["k"]["t"]) for one in told if one["k"]["x"]}
    assert begun
    assert begun <= ended
    assert all(one["k"]["x"] == (one["k"]["T"] < one["E"]) for one in told)


@pytest.mark.parametrize("stream", ["nopeusdt@aggTrade", "BTCUSDT@aggTrade", "!ticker@arr", "btcusdt@kline_1M"])
def test_a_name_that_is_written_well_is_acknowledged_and_silent(stream):
    # Promise: nobody checks that there is such a market, such a case of letters, or such a stream any more.
    assert Listener(stream).messages(10) == []


def test_a_server_that_stops_says_so():
    # Promise: in the wrapping of the connection, in its unit of time, or not at all.
    wrapped, bare = Listener(path="/stream?timeUnit=microsecond"), Listener(path="/ws")
    payload = {"e": "serverShutdown", "E": ORIGIN // 1_000_000}
    assert msgspec.json.decode(bare.desk.farewell()) == payload
    assert msgspec.json.decode(wrapped.desk.farewell()) == {
        "stream": "!serverShutdown",
        "data": payload | {"E": ORIGIN // 1_000},
    }
    assert Listener(notice=False).desk.farewell() is None


# ---- requests


def test_streams_come_and_go():
    # Promise: subscribing adds, unsubscribing takes away, and the list is in the order of asking.
    listener = Listener("btcusdt@aggTrade", "ethusdt@depth@100ms")
    assert listener.ask("SUBSCRIBE", "!miniTicker@arr", id_="two") == {"result": None, "id": "two"}
    assert listener.ask("UNSUBSCRIBE", "btcusdt@aggTrade", "never@trade", id_=None) == {"result": None, "id": None}
    assert listener.ask("LIST_SUBSCRIPTIONS", id_=-3) == {
        "result": ["ethusdt@depth@100ms", "!miniTicker@arr"],
        "id": -3,
    }
    assert {message["stream"] for message in listener.messages(20)} == {"ethusdt@depth@100ms", "!miniTicker@arr"}


def test_the_wrapping_can_be_changed():
    # Promise: the only property; changing it changes all that follows.
    listener = Listener("btcusdt@aggTrade")
    assert listener.ask("GET_PROPERTY", "combined") == {"result": True, "id": 1}
    assert listener.say('{"method":"SET_PROPERTY","params":["combined",false],"id":1}') == {"result": None, "id": 1}
    assert listener.ask("GET_PROPERTY", "combined") == {"result": False, "id": 1}
    assert {message.get("e") for message in listener.messages(20)} == {"aggTrade"}


@pytest.mark.parametrize(
    ("message", "code", "text"),
    [
        ('{"method":"GET_PROPERTY","params":["split"],"id":7}', 0, "Unknown property"),
        ('{"method":"SET_PROPERTY","params":["combined",1],"id":7}', 1, "expected Boolean"),
        ('{"method":"SET_PROPERTY","params":["combined"],"id":7}', 1, "expected Boolean"),
        ('{"method":"SET_PROPERTY","params":[5,true],"id":7}', 2, "must be a string"),
        ('{"method":"SET_PROPERTY","params":["combined",true,1],"id":7}', 2, "too many parameters"),
        ('{"method":"PLEASE","params":[],"id":7}', 2, "`UNSUBSCRIBE`, `LIST_SUBSCRIPTIONS`"),
        ('{"method":"SUBSCRIBE","params":"btcusdt@trade","id":7}', 2, "params must be an array"),
        ('{"method":"SUBSCRIBE","params":["btcusdt@nothing"],"id":7}', 2, "invalid stream"),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade","btcusdt"],"id":7}', 2, "invalid stream"),
        ('{"method":"SUBSCRIBE","params":["btcusdt@trade",5],"id":7}', 2, "invalid stream"),
        ('{"params":[],"id":7}', 2, "missing field `method`"),
        ("[]", 2, "missing field `method`"),
        ('{"method":"SUBSCRIBE","params":[],"id":true}', 2, "request ID"),
        ('{"method":"SUBSCRIBE","params":[],"id":"no spaces"}', 2, "request ID"),
        ('{"method":"SUBSCRIBE","params":[],"id":9223372036854775808}', 2, "request ID"),
        ("{", 3, "line 1 column"),
        (b"\xff", 3, "line 1 column"),
    ],
)
def test_mistakes_are_refused_by_number_in_either_shape(message, code, text):
    # Promise: the sheet's numbers; flat as documented or nested as seen; with the id where it could be read.
    for nested in (False, True):
        listener = Listener(nested=nested)
        heard = listener.desk.hear(message)
        assert heard.refused
        assert not heard.subscribed
        [answer] = map(msgspec.json.decode, heard.control)
        complaint = answer["error"] if nested else answer
        assert complaint["code"] == code
        assert text in complaint["msg"]
        assert answer.get("id") == (7 if '"id":7' in str(message) else None)
        assert listener.desk.streams == {}.keys()


def test_a_message_with_too_many_names_is_swallowed():
    # Promise: no answer and no stream, as somebody saw; a few less are welcome.
    names = [f"c{n}usdt@trade" for n in range(MOST_NAMES + 1)]
    assert Listener().ask("SUBSCRIBE", *names) is None
    assert Listener().ask("SUBSCRIBE", *names[:-1]) == {"result": None, "id": 1}


def test_a_connection_carries_so_many_streams_and_no_more():
    # Promise: 1,024; what would be too many is refused as a whole.
    listener = Listener()
    for batch in range(0, MOST_STREAMS, 128):
        assert "result" in listener.ask("SUBSCRIBE", *(f"c{batch + n}usdt@trade" for n in range(128)))
    assert listener.ask("SUBSCRIBE", "onemore@trade", "c0usdt@trade")["code"] == 2
    assert listener.ask("SUBSCRIBE", "c0usdt@trade") == {"result": None, "id": 1}
    assert len(listener.desk.streams) == MOST_STREAMS


@given(message=st.binary(max_size=60) | st.text(max_size=60))
def test_no_message_brings_the_desk_down(message):
    # Promise: whatever is said is answered or refused.
    heard = Binance().desk().hear(message)
    assert heard.refused
    assert heard.control


# ---- limits


async def test_six_messages_in_a_second_end_the_connection(open_house, visit, autojump_clock):
    # Promise: close code 1008 with the venue's reason; five are fine, and so are five more a second later.
    house = open_house("binance")
    async with visit(house) as guest:
        for number in range(5):
            await guest.say(f'{{"method":"LIST_SUBSCRIPTIONS","id":{number}}}')
        assert [(await guest.read())["id"] for _ in range(5)] == list(range(5))
        await guest.say('{"method":"LIST_SUBSCRIPTIONS","id":5}')
        with pytest.raises(ConnectionClosed) as end:
            await guest.read_for(5)
        assert (end.value.reason.code, end.value.reason.reason) == (1008, "Too many requests")


def test_its_limits_are_those_of_the_sheet():
    # Promise: pings every 20 s with a minute's patience, a day for a connection, 300 connections in five minutes.
    assert (LIMITS.ping_s, LIMITS.pong_s, LIMITS.lifetime_s) == (20.0, 60.0, 86_400.0)
    assert (LIMITS.connects.count, LIMITS.connects.seconds) == (300, 300.0)
    assert (LIMITS.requests.count, LIMITS.requests.seconds) == (6_000, 60.0)
