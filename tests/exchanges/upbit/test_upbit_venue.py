"""Upbit: where it is, its catalogue and prices, and the oddities of its stream."""

import json

import pytest

from scanner.exchanges.base import Endpoint, RemoteNonsense, Request, Settings, Window
from scanner.exchanges.upbit.spec import UPBIT
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Ticker

WAVE = Instrument("WAVE", "KRW")
SEEN = 1_790_000_000_200_000_000
FLAGS = {"PRICE_FLUCTUATIONS": True, "TRADING_VOLUME_SOARING": False, "INVENTED_TOMORROW": True}


def row(market="KRW-WAVE", **more):
    return {"market": market, "korean_name": "파도", "english_name": "Wave", **more}


def markets(*rows):
    return UPBIT.parse_markets(json.dumps(rows).encode())


def ticker_row(**more):
    return {
        "market": "KRW-WAVE",
        "trade_date": "20260921",
        "trade_time": "141320",
        "trade_date_kst": "20260921",
        "trade_time_kst": "231320",
        "trade_timestamp": 1790000000112,
        "opening_price": 790,
        "trade_price": 812.5,
        "change": "FALL",
        "change_rate": 0.015,
        "signed_change_rate": -0.015,
        "acc_trade_price": 5e6,
        "acc_trade_price_24h": 9876543.25,
        "acc_trade_volume_24h": 12345.5,
        "timestamp": 1790000000160,
    } | more


def stream(frame):
    return UPBIT.open(Endpoint("wss://venue")).parse(frame, SEEN)


def test_it_is_where_its_documents_say():
    """The Korean site, unless a region is named; each has quotes of its own."""
    assert (UPBIT.rest_url, UPBIT.ws_url) == ("https://api.upbit.com", "wss://api.upbit.com/websocket/v1")
    assert UPBIT.quotes == {"KRW", "BTC", "USDT"}
    assert UPBIT.channels == {"ticker", "trade", "orderbook", "candle"}


@pytest.mark.parametrize(
    ("region", "host", "quote"),
    [
        ("kr", "api.upbit.com", "KRW"),
        ("sg", "sg-api.upbit.com", "SGD"),
        ("id", "id-api.upbit.com", "IDR"),
        ("th", "th-api.upbit.com", "THB"),
    ],
)
def test_a_region_changes_hosts_and_quotes(region, host, quote):
    """Same paths, other listings."""
    regional = UPBIT.configured(Settings(region=region))
    assert regional.markets_request().url == f"https://{host}/v1/market/all"
    assert regional.ws_url == f"wss://{host}/websocket/v1"
    assert regional.quotes == {quote, "BTC", "USDT"}


def test_its_limits_are_those_of_its_documents():
    """Five connects a second; five messages a second and a hundred a minute on a connection; ten calls a second."""
    limits = UPBIT.limits
    assert limits.connects == (Window(5, 1.0),)
    assert limits.messages == (Window(5, 1.0), Window(100, 60.0))
    assert limits.requests == (Window(10, 1.0),)
    assert limits.streams_per_connection == 50


def test_the_catalogue_is_asked_for_with_its_warnings():
    """Without is_details there are no flags."""
    assert UPBIT.markets_request() == Request("https://api.upbit.com/v1/market/all", {"is_details": "true"})


def test_a_market_carries_its_warning_and_the_flags_that_are_up():
    """`warning` is the serious designation; flags invented tomorrow are kept, flags that are down are not."""
    assert markets(row(market_event={"warning": True, "caution": FLAGS})) == [
        Market(WAVE, "KRW-WAVE", "Wave", warning=True, cautions=("INVENTED_TOMORROW", "PRICE_FLUCTUATIONS"))
    ]


@pytest.mark.parametrize(
    ("more", "warning"),
    [
        ({}, False),
        ({"market_warning": "NONE"}, False),
        ({"market_warning": "CAUTION"}, True),
        ({"market_event": None}, False),
    ],
)
def test_other_regions_spell_the_warning_differently(more, warning):
    """`market_warning` instead of `market_event`; either may be missing."""
    assert markets(row(**more)) == [Market(WAVE, "KRW-WAVE", "Wave", warning=warning)]


def test_a_name_may_be_missing():
    """The Korean name stands in for the English one, nothing for both."""
    assert [market.name for market in markets({"market": "KRW-A", "korean_name": "가"}, {"market": "KRW-B"})] == [
        "가",
        "",
    ]


def test_a_row_that_cannot_be_read_does_not_hide_the_others():
    """One listing of a new kind must not blind the scanner; when nothing can be read, the first row is shown."""
    good, odd, odder = row(), row("KRW~WAVE"), {"name": 7}
    assert [market.code for market in markets(odd, good, odder, 5, None)] == ["KRW-WAVE"]
    with pytest.raises(RemoteNonsense, match="KRW~WAVE"):
        markets(odd, odder)
    assert markets() == []


@pytest.mark.parametrize("name", [404, '"Code not found"'])
def test_an_error_in_place_of_the_catalogue_is_told_in_its_own_words(name):
    """Errors have been seen under HTTP 200; their names are numbers or words."""
    with pytest.raises(RemoteNonsense, match="Code not found"):
        UPBIT.parse_markets(f'{{"error":{{"name":{name},"message":"Code not found"}}}}'.encode())


def test_all_prices_come_in_one_call():
    """However many markets: the quotes are named, each once."""
    wanted = [Market(Instrument(f"C{n}", quote), f"{quote}-C{n}") for quote in ("KRW", "BTC") for n in range(300)]
    assert UPBIT.tickers_requests(wanted) == [
        Request("https://api.upbit.com/v1/ticker/all", {"quote_currencies": "KRW,BTC"})
    ]
    assert UPBIT.tickers_requests([]) == []


def test_a_price_is_read_with_its_24_hours():
    """The rolling totals, not those of the day; the frame's time, not that of a trade hours ago."""
    expected = Ticker(
        "upbit", WAVE, 1_790_000_000_160_000_000, SEEN, 812.5, volume_24h=12345.5, turnover_24h=9876543.25
    )
    assert UPBIT.parse_tickers(json.dumps([ticker_row()]).encode(), SEEN) == [expected]
    quoted = ticker_row(trade_price="812.5", acc_trade_price_24h="9876543.25")
    assert UPBIT.parse_tickers(json.dumps([quoted]).encode(), SEEN) == [expected]


def test_a_market_that_never_traded_has_no_price_to_tell():
    """Zero or null is no price; the other rows stand."""
    body = json.dumps([ticker_row(trade_price=0), ticker_row(trade_price=None), ticker_row()]).encode()
    assert len(UPBIT.parse_tickers(body, SEEN)) == 1


def test_its_clock_is_believed():
    """Only Bithumb's runs ahead; nine hours on Upbit would be nine hours."""
    body = json.dumps([ticker_row(trade_timestamp=1790000000112 + 32_400_000)]).encode()
    [ticker] = UPBIT.parse_tickers(body, SEEN)
    assert ticker.at == 1_790_000_000_160_000_000


def test_ids_that_collide_across_markets_are_left_as_they_are():
    """sequential_id is unique per market only: two trades, two events, same id, never deduplicated here."""
    frame = (
        '[{{"ty":"trade","cd":"KRW-WAVE","ttms":1790000000112,"tp":1,"tv":1,"ab":"ASK","sid":{0},"st":"REALTIME"}},'
        '{{"ty":"trade","cd":"KRW-REEF","ttms":1790000000112,"tp":2,"tv":2,"ab":"BID","sid":{0},"st":"REALTIME"}}]'
    )
    first, second = stream(frame.format(17900000001120000))
    assert first.id == second.id == "17900000001120000"
    assert (first.instrument.base, first.side) == ("WAVE", "sell")
    assert (second.instrument.base, second.side) == ("REEF", "buy")


def test_late_trades_are_not_dropped():
    """Frames come with times that go backwards, even within a market: order is for others to judge."""
    conversation = UPBIT.open(Endpoint("wss://venue"))
    times = []
    for ms in (1790000000300, 1790000000100, 1790000000200):
        frame = f'{{"ty":"trade","cd":"KRW-WAVE","ttms":{ms},"tp":1,"tv":1,"ab":"ASK","sid":{ms}0000,"st":"REALTIME"}}'
        [trade] = conversation.parse(frame, SEEN)
        times.append(trade.at // 1_000_000)
    assert times == [1790000000300, 1790000000100, 1790000000200]


@pytest.mark.parametrize(
    "extra",
    [
        '"dd":null,"its":false,"mw":"NONE"',
        '"dd":"2026-12-01","its":true,"mw":"CAUTION","ms":"DELISTED"',
        '"ms":"PREVIEW"',
        '"ts":null,"msfi":null',
        '"c":"EVEN","cp":0,"cr":0,"scr":0',
        '"c":"FALL","cr":0.0126,"scr":-0.0126',
        '"ttms":1789000000000,"tdt":"20260910","ttm":"002640"',
    ],
    ids=["none", "delisted", "preview", "old recording", "even", "falling", "last trade long ago"],
)
def test_day_fields_and_deprecated_fields_do_not_matter(extra):
    """Delisting date null or text, removed keys back again, a day that has just begun: the ticker is the same."""
    frame = (
        '{"ty":"ticker","cd":"KRW-WAVE","tp":812.5,"tms":1790000000160,"atp24h":9,"atv24h":8,'
        + extra
        + ',"st":"SNAPSHOT"}'
    )
    assert stream(frame) == [Ticker("upbit", WAVE, 1_790_000_000_160_000_000, SEEN, 812.5, 8.0, 9.0)]
