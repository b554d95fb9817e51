"""What is said to the venues of the ticket family."""

import json

import pytest

from scanner.exchanges.base import Endpoint, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription

WAVE, REEF, BTC = Instrument("WAVE", "KRW"), Instrument("REEF", "KRW"), Instrument("ETH", "BTC")


def session(venue, *wanted, **settings):
    return EXCHANGES[venue].configured(Settings(**settings)).open(Endpoint("wss://venue", tuple(wanted)))


def said(frames):
    [frame] = frames
    return json.loads(frame)


def test_upbit_is_asked_in_one_array_with_the_ticket_first_and_the_format_last():
    """Trades without their snapshot, books of fifteen levels, one object per stream, codes sorted."""
    channels = ("trade", "orderbook", "ticker", "candle")
    conversation = session("upbit", *(Subscription(c, i) for i in (WAVE, REEF, BTC) for c in channels))
    ticket, *streams, form = said(conversation.subscribe())
    assert list(ticket) == ["ticket"]
    assert ticket["ticket"]
    assert form == {"format": "SIMPLE"}
    codes = ["BTC-ETH", "KRW-REEF", "KRW-WAVE"]
    assert {stream["type"]: stream for stream in streams} == {
        "trade": {"type": "trade", "codes": codes, "is_only_realtime": True},
        "orderbook": {"type": "orderbook", "codes": [f"{code}.15" for code in codes]},
        "ticker": {"type": "ticker", "codes": codes},
        "candle.1m": {"type": "candle.1m", "codes": codes},
    }


def test_bithumb_is_asked_without_depth_and_without_flags():
    """Neither a suffix nor any spelling of the flags is known to work there."""
    conversation = session("bithumb", *(Subscription(c, WAVE) for c in ("trade", "orderbook", "ticker")))
    _ticket, *streams, form = said(conversation.subscribe())
    assert form == {"format": "SIMPLE"}
    assert sorted(streams, key=lambda stream: stream["type"]) == [
        {"type": "orderbook", "codes": ["KRW-WAVE"]},
        {"type": "ticker", "codes": ["KRW-WAVE"]},
        {"type": "trade", "codes": ["KRW-WAVE"]},
    ]


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_a_channel_nobody_wants_is_not_mentioned(venue):
    """Empty codes would be refused with INVALID_PARAM."""
    _ticket, *streams, _form = said(session(venue, Subscription("trade", WAVE)).subscribe())
    assert [stream["type"] for stream in streams] == ["trade"]
    assert session(venue).subscribe() == []


@pytest.mark.parametrize(
    ("venue", "form"),
    [
        ("upbit", "DEFAULT"),
        ("upbit", "SIMPLE"),
        ("upbit", "JSON_LIST"),
        ("upbit", "SIMPLE_LIST"),
        ("bithumb", "DEFAULT"),
    ],
)
def test_the_configured_format_is_asked_for(venue, form):
    """By its own name, and in any case an operator writes it."""
    for written in (form, form.lower()):
        assert said(session(venue, Subscription("trade", WAVE), format=written).subscribe())[-1] == {"format": form}


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_an_update_says_the_whole_new_set(venue):
    """A request replaces all that was asked before, so what stays is repeated and what goes is left out."""
    trade, book, other = Subscription("trade", WAVE), Subscription("orderbook", WAVE), Subscription("trade", REEF)
    conversation = session(venue, trade, book)
    conversation.subscribe()
    _ticket, *streams, _form = said(conversation.update([trade, other]))
    assert [(stream["type"], stream["codes"]) for stream in streams] == [("trade", ["KRW-REEF", "KRW-WAVE"])]


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_an_update_that_changes_nothing_says_nothing(venue):
    """Order and repetition are no change; each message counts against the venue's limit."""
    trade, other = Subscription("trade", WAVE), Subscription("trade", REEF)
    conversation = session(venue, trade)
    conversation.subscribe()
    assert conversation.update([trade, trade]) == []
    assert len(conversation.update([other, trade])) == 1
    assert conversation.update([trade, other]) == []


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_wanting_nothing_cannot_be_said_but_is_remembered(venue):
    """There is no unsubscribe; a later wish is said again in full, even if it is the old one."""
    trade = Subscription("trade", WAVE)
    conversation = session(venue, trade)
    conversation.subscribe()
    assert conversation.update([]) == []
    assert len(conversation.update([trade])) == 1


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_each_request_has_a_ticket_of_its_own(venue):
    """So that a person reading the wire can tell them apart."""
    conversation = session(venue, Subscription("trade", WAVE))
    first, second = said(conversation.subscribe()), said(conversation.update([Subscription("trade", REEF)]))
    assert first[0]["ticket"] != second[0]["ticket"]


def test_a_channel_the_venue_does_not_have_is_refused_by_name():
    """Bithumb has no candles on the socket, and says what it has; a running set stays as it was."""
    candle = Subscription("candle", WAVE)
    expected = r"bithumb has no channel 'candle': it has orderbook, ticker, trade"
    bithumb, endpoint = EXCHANGES["bithumb"], Endpoint("wss://venue", (candle,))
    with pytest.raises(ValueError, match=expected):
        bithumb.plan([candle])
    with pytest.raises(ValueError, match=expected):
        bithumb.open(endpoint)
    trade = Subscription("trade", WAVE)
    conversation = session("bithumb", trade)
    with pytest.raises(ValueError, match=expected):
        conversation.update([candle])
    assert conversation.update([trade]) == []


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_a_perpetual_is_not_mistaken_for_the_spot_market(venue):
    """Its code would name another market."""
    with pytest.raises(ValueError, match="spot markets only"):
        EXCHANGES[venue].plan([Subscription("trade", Instrument("BTC", "USDT", "perpetual"))])


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_a_quiet_connection_is_kept_by_ping_frames(venue):
    """Both close after 120 s of silence; half of that without any answer, or without any data, is the end for us."""
    keepalive = session(venue).keepalive
    assert keepalive.frame is None
    assert (keepalive.every_s, keepalive.patience_s) == (20.0, 60.0)
