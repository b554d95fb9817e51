"""The simulated WEEX takes, refuses and says what its fact sheet says, and what that leaves open both ways."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.weex_desk import Manners
from scanner.sim.venues.weex_house import LIMITS, Weex

ORIGIN = 1_790_000_000_000_000_000


def desk(**manners):
    market = SimulatedMarket("weex", 1, "quiet", ORIGIN)
    return Weex(Manners(**manners), dead=["GONEUSDT"]).converse(market)[0]


def hear(one, method, *params, number=1):
    heard = one.hear(msgspec.json.encode({"method": method, "params": params, "id": number}).decode())
    return heard, [msgspec.json.decode(frame) for frame in heard.control]


def invalid(text, number=1):
    return [{"result": False, "id": number, "msg": f"INVALID_ARGUMENT: {text}"}]


def test_the_first_frame_is_a_greeting_with_its_time_as_text():
    # Promise: a name of the connection, and milliseconds in quotes.
    [frame] = desk().greeting()
    greeting = msgspec.json.decode(frame)
    assert list(greeting) == ["cid", "event", "time"]
    assert (greeting["event"], greeting["time"]) == ("connected", "1790000000000")
    assert len(greeting["cid"]) == 36


def test_streams_come_and_go_by_name():
    # Promise: one yes a message, the same stream twice is one stream, and the id comes back as it was.
    one = desk()
    heard, answer = hear(one, "SUBSCRIBE", "BTCUSDT@trade", "ETHUSDT@depth15", "btcusdt@trade", number="7")
    assert (answer, heard.subscribed, heard.operation) == ([{"result": True, "id": "7"}], True, True)
    assert list(one.streams) == [("trade", "BTCUSDT"), ("depth15", "ETHUSDT")]
    assert one.news() == list(one.streams)
    hear(one, "SUBSCRIBE", "BTCUSDT@trade", "BTCUSDT@kline_1h_LAST_PRICE")
    assert one.news() == [("kline_1h_LAST_PRICE", "BTCUSDT")]
    heard, answer = hear(one, "UNSUBSCRIBE", "BTCUSDT@trade", "BTCUSDT@ticker")
    assert (answer, heard.operation) == ([{"result": True, "id": 1}], True)
    assert [stream for stream, _ in one.streams] == ["depth15", "kline_1h_LAST_PRICE"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("NOPEUSDT@trade", "invalid symbol : NOPEUSDT_SPBL"),
        ("asdfs@trade", "invalid symbol : ASDFS_SPBL"),
        ("BTCUSDT@depth50", "invalid depth level : 50"),
        ("BTCUSDT@nope", "invalid event : nope"),
        ("BTCUSDT@kline_3m_LAST_PRICE", "invalid event : kline_3m_LAST_PRICE"),
        ("BTCUSDT@kline_1m_MARK_PRICE", "invalid event : kline_1m_MARK_PRICE"),
        ("BTCUSDT", "invalid event : "),
    ],
)
def test_a_bad_name_is_refused_in_the_venues_words(name, text):
    # Promise: the market by its name of the second protocol, depths and streams as they were asked for.
    heard, answer = hear(desk(), "SUBSCRIBE", name)
    assert (answer, heard.refused, heard.subscribed, heard.operation) == (invalid(text), True, False, True)


def test_one_bad_name_spoils_its_message_or_does_not():
    # Promise: nobody knows which, so both can be had; the answer is an error either way.
    names = ["BTCUSDT@trade", "NOPEUSDT@trade", "ETHUSDT@trade"]
    for spoils, streams in ((True, 0), (False, 2)):
        one = desk(spoils=spoils)
        heard, answer = hear(one, "SUBSCRIBE", *names)
        assert answer == invalid("invalid symbol : NOPEUSDT_SPBL")
        assert (len(one.streams), heard.subscribed) == (streams, not spoils)


def test_other_messages_are_answered_or_refused():
    # Promise: an unknown method by its name with the id, an unreadable message by its words without one.
    one = desk()
    assert hear(one, "FOO", number=108)[1] == invalid("invalid event : FOO", 108)
    for message, said in (("hello", "hello"), (b"\xff", "\N{REPLACEMENT CHARACTER}"), ("[]", "[]"), ("{}", "{}")):
        heard = one.hear(message)
        assert heard.refused
        assert msgspec.json.decode(heard.control[0]) == {
            "result": False,
            "msg": f"INVALID_ARGUMENT: unrecognized message : {said}",
        }


def test_pings_go_both_ways():
    # Promise: ours gets a yes, and may count as an operation; the venue's has its time as text and wants a PONG.
    heard, answer = hear(desk(), "PING", number=109)
    assert (answer, heard.operation) == ([{"result": True, "id": 109}], True)
    assert not hear(desk(counts_pings=False), "PING")[0].operation
    assert msgspec.json.decode(desk().beat()) == {"event": "ping", "time": "1790000000000"}
    assert msgspec.json.decode(desk(ping_key="type").beat())["type"] == "ping"
    assert hear(desk(), "PONG") == (hear(desk(), "PONG")[0], [])
    assert hear(desk(), "PONG")[0].answer
    assert hear(desk(answers_pongs=True), "PONG", number=5)[1] == [{"id": "5", "method": "PONG"}]


def test_the_hundred_and_first_stream_is_refused():
    # Promise: a hundred on one connection; what does not fit is refused as a whole.
    one = desk()
    codes = [f"{entry.instrument.base}{entry.instrument.quote}" for entry in SimulatedMarket("weex", 1, "", 0).entries]
    names = [f"{code}@{stream}" for code in codes for stream in ("trade", "depth15", "ticker", "bookTicker")][:101]
    assert len(names) == 101
    assert hear(one, "SUBSCRIBE", *names[:100])[1] == [{"result": True, "id": 1}]
    assert hear(one, "SUBSCRIBE", names[100])[1] == invalid("too many channels : 101")
    assert len(one.streams) == 100


def test_its_limits_are_those_of_the_sheet():
    # Promise: by data, so that the house enforces them.
    assert (LIMITS.connects.count, LIMITS.connects.seconds, LIMITS.connections) == (300, 300.0, 20)
    assert [(window.count, window.seconds) for window in LIMITS.operations] == [(240, 3600.0)]
    assert (LIMITS.unsubscribed_s, LIMITS.idle_code, LIMITS.user_agent) == (60.4, 1006, True)
    assert (LIMITS.beat_s, LIMITS.beats_missed) == (60.0, 11)
    assert (LIMITS.requests.count, LIMITS.requests.seconds) == (500, 10.0)


@given(
    st.binary(max_size=60)
    | st.text(max_size=60)
    | st.dictionaries(
        st.sampled_from(["method", "params", "id"]), st.none() | st.integers() | st.text() | st.lists(st.text())
    ).map(msgspec.json.encode)
)
def test_no_message_brings_a_desk_down(message):
    # Promise: whatever a client sends is either understood or refused.
    heard = Weex().desk().hear(message)
    assert heard.refused or heard.subscribed or heard.control or heard.operation or heard.answer
