"""Requests of the ticket family are read, and refused, as the venues do it."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.sim.venues.bithumb import Bithumb
from scanner.sim.venues.upbit import Upbit

TICKET = {"ticket": "t"}
BTC = {"type": "trade", "codes": ["KRW-BTC"]}
VENUES = {"upbit": Upbit(), "bithumb": Bithumb()}


def hear(venue, message):
    desk = VENUES[venue].desk()
    text = message if isinstance(message, str | bytes) else msgspec.json.encode(message).decode()
    return desk, desk.hear(text)


def error_of(venue, message):
    desk, heard = hear(venue, message)
    assert heard.refused
    assert not heard.subscribed
    assert not desk.streams
    (frame,) = heard.control
    return msgspec.json.decode(frame)["error"]


REFUSED = {
    "no JSON": ("[{", "WRONG_FORMAT"),
    "no array": ('{"ticket":"t"}', "WRONG_FORMAT"),
    "no objects": ("[1]", "WRONG_FORMAT"),
    "bytes that are no text": (b"\xff\xfe", "WRONG_FORMAT"),
    "nothing at all": ("", "WRONG_FORMAT"),
    "an empty array": ("[]", "NO_TICKET"),
    "no ticket": ([BTC], "NO_TICKET"),
    "an empty ticket": ([{"ticket": ""}, BTC], "NO_TICKET"),
    "a ticket that is a number": ([{"ticket": 1}, BTC], "NO_TICKET"),
    "no type at all": ([TICKET], "NO_TYPE"),
    "only a format": ([TICKET, {"format": "SIMPLE"}], "NO_TYPE"),
    "an object without type": ([TICKET, {"codes": ["KRW-BTC"]}], "NO_TYPE"),
    "a type that is a number": ([TICKET, {"type": 1, "codes": ["KRW-BTC"]}], "WRONG_FORMAT"),
    "an unknown type": ([TICKET, {"type": "weather", "codes": ["KRW-BTC"]}], "INVALID_PARAM"),
    "no codes": ([TICKET, {"type": "trade"}], "NO_CODES"),
    "empty codes": ([TICKET, {"type": "trade", "codes": []}], "INVALID_PARAM"),
    "codes that are no list": ([TICKET, {"type": "trade", "codes": "KRW-BTC"}], "WRONG_FORMAT"),
    "codes that are no strings": ([TICKET, {"type": "trade", "codes": [1]}], "WRONG_FORMAT"),
    "a level that is text": ([TICKET, {"type": "orderbook", "codes": ["KRW-BTC"], "level": "1"}], "WRONG_FORMAT"),
    "a flag that is text": ([TICKET, {**BTC, "is_only_realtime": "yes"}], "WRONG_FORMAT"),
    "an unknown format": ([TICKET, BTC, {"format": "PRETTY"}], "INVALID_PARAM"),
    "a format that is a number": ([TICKET, BTC, {"format": 1}], "WRONG_FORMAT"),
    "a private type": ([TICKET, {"type": "myOrder", "codes": ["KRW-BTC"]}], "INVALID_AUTH"),
    "assets with codes": ([TICKET, {"type": "myAsset", "codes": ["KRW-BTC"]}], "WRONG_FORMAT"),
    "an unknown method": ([TICKET, {"method": "REBOOT"}], "WRONG_FORMAT"),
}


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize("case", REFUSED)
def test_each_mistake_gets_its_name(venue, case):
    # Promise: the venue's error name, in the documented form, with a message; nothing is subscribed.
    message, name = REFUSED[case]
    error = error_of(venue, message)
    assert error.keys() == {"name", "message"}
    assert error["name"] == name
    assert error["message"]


@pytest.mark.parametrize("form", ["JSON_LIST", "SIMPLE_LIST"])
def test_array_formats_are_upbits_alone(form):
    # Promise: Bithumb refuses them by name, Upbit speaks them.
    request = [TICKET, BTC, {"format": form}]
    assert error_of("bithumb", request) == {"name": "INVALID_PARAM", "message": f"{form}은 지원하지 않는 포맷입니다."}
    assert hear("upbit", request)[1].subscribed


def test_candles_are_upbits_alone():
    # Promise: Bithumb has no candle stream.
    request = [TICKET, {"type": "candle.1m", "codes": ["KRW-BTC"]}]
    assert error_of("bithumb", request)["name"] == "INVALID_PARAM"
    assert hear("upbit", request)[1].subscribed


@pytest.mark.parametrize("venue", VENUES)
def test_a_good_request_is_not_acknowledged_and_replaces_all_before_it(venue):
    # Promise: no answer, and what was subscribed before is gone.
    desk, heard = hear(venue, [TICKET, BTC, {"type": "ticker", "codes": ["KRW-ETH", "KRW-NOPE"]}])
    assert heard.subscribed
    assert heard.control == ()
    assert list(desk.streams) == [("trade", "KRW-BTC"), ("ticker", "KRW-ETH"), ("ticker", "KRW-NOPE")]
    desk.hear('[{"ticket":"u"},{"type":"orderbook","codes":["KRW-XRP.5"]}]')
    assert list(desk.streams) == [("orderbook", "KRW-XRP")]


@pytest.mark.parametrize("venue", VENUES)
def test_a_refused_request_leaves_the_subscription_alone(venue):
    # Promise: a mistake costs nothing but an error.
    desk, _ = hear(venue, [TICKET, BTC])
    assert desk.hear("[]").refused
    assert list(desk.streams) == [("trade", "KRW-BTC")]


def test_the_format_may_stand_anywhere():
    # Promise: a recording of 2021 has it in the second place, and it worked.
    desk, heard = hear("upbit", [TICKET, {"format": "SIMPLE"}, BTC])
    assert heard.subscribed
    assert desk.form == "SIMPLE"


@pytest.mark.parametrize(("suffix", "depth"), [("", 30), (".1", 1), (".5", 5), (".15", 15), (".30", 30), (".7", 30)])
def test_a_suffix_chooses_the_depth_of_an_upbit_book(suffix, depth):
    # Promise: 1, 5, 15 and 30 are known, anything else is 30; Bithumb always has 15.
    request = [TICKET, {"type": "orderbook", "codes": [f"KRW-BTC{suffix}"]}]
    assert [stream.depth for stream in hear("upbit", request)[0].wanted] == [depth]
    assert [stream.depth for stream in hear("bithumb", request)[0].wanted] == [15]


@pytest.mark.parametrize("venue", VENUES)
@pytest.mark.parametrize(("spelling", "other"), [("is_only_{}", "snapshot"), ("isOnly{}", "Snapshot")])
def test_flags_are_understood_in_both_spellings(venue, spelling, other):
    # Promise: snake case and camel case.
    flag = spelling.format(other)
    (stream,) = hear(venue, [TICKET, {**BTC, flag: True}])[0].wanted
    assert (stream.snapshot, stream.realtime) == (True, False)


@pytest.mark.parametrize(("venue", "kind"), [("upbit", bytes), ("bithumb", str)])
def test_ping_as_text_is_answered(venue, kind):
    # Promise: the bare word, not JSON; the answer in the venue's kind of frame, and a sign of life from then on.
    _, heard = hear(venue, "PING")
    (frame,) = heard.control
    assert isinstance(frame, kind)
    assert msgspec.json.decode(frame) == {"status": "UP"}
    assert heard.beats


def test_upbit_lists_subscriptions_and_switches_the_format_as_it_does():
    # Promise: types with their codes, the level for books only; the question's own format counts from then on.
    desk, _ = hear(
        "upbit",
        [TICKET, BTC, {"type": "orderbook", "codes": ["KRW-BTC.5", "KRW-ETH"], "level": 10}, {"format": "SIMPLE"}],
    )
    heard = desk.hear('[{"ticket":"q"},{"method":"LIST_SUBSCRIPTIONS"}]')
    assert not heard.subscribed
    assert msgspec.json.decode(heard.control[0]) == {
        "method": "LIST_SUBSCRIPTIONS",
        "result": [
            {"type": "trade", "codes": ["KRW-BTC"]},
            {"type": "orderbook", "codes": ["KRW-BTC", "KRW-ETH"], "level": 10},
        ],
        "ticket": "q",
    }
    assert desk.form == "DEFAULT"
    short = desk.hear('[{"ticket":"q"},{"method":"LIST_SUBSCRIPTIONS"},{"format":"SIMPLE"}]')
    assert msgspec.json.decode(short.control[0]) == {
        "mthd": "LIST_SUBSCRIPTIONS",
        "rslt": [
            {"ty": "trade", "cds": ["KRW-BTC"]},
            {"ty": "orderbook", "cds": ["KRW-BTC", "KRW-ETH"], "lv": 10},
        ],
        "tckt": "q",
    }


def test_bithumb_knows_no_list():
    # Promise: the method is not documented there.
    assert error_of("bithumb", [TICKET, {"method": "LIST_SUBSCRIPTIONS"}])["name"] == "WRONG_FORMAT"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["ticket", "type", "codes", "format", "method", "level"]), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(st.binary(max_size=60) | st.text(max_size=60) | anything.map(msgspec.json.encode))
def test_no_message_brings_a_desk_down(message):
    # Promise: whatever a client sends is either understood or refused.
    heard = VENUES["upbit"].desk().hear(message)
    assert heard.refused or heard.subscribed or heard.control
