"""Bithumb: where it is, and each point in which it differs from Upbit."""

import json

import pytest

from scanner.exchanges.base import Endpoint, RemoteNonsense, Request, Settings, Window
from scanner.exchanges.bithumb.spec import BITHUMB
from scanner.model.instrument import Instrument
from scanner.model.market import Market, Ticker, Trade

WAVE = Instrument("WAVE", "KRW")
SEEN = 1_790_000_000_200_000_000
NINE_HOURS_MS = 9 * 3600 * 1000


def stream(frame):
    return BITHUMB.open(Endpoint("wss://venue")).parse(frame, SEEN)


def ticker_at(trade_timestamp, timestamp=None, trade_date="20260921", trade_time="141320"):
    row = {
        "market": "KRW-WAVE",
        "trade_date": trade_date,
        "trade_time": trade_time,
        "trade_timestamp": trade_timestamp,
        "trade_price": 812.5,
        "acc_trade_price_24h": 9.0,
        "acc_trade_volume_24h": 8.0,
        "timestamp": timestamp or trade_timestamp,
    }
    [ticker] = BITHUMB.parse_tickers(json.dumps([row]).encode(), SEEN)
    assert ticker == Ticker("bithumb", WAVE, ticker.at, SEEN, 812.5, volume_24h=8.0, turnover_24h=9.0)
    return ticker.at


def test_it_is_where_its_documents_say():
    """One site, one region, no candles on the socket."""
    assert (BITHUMB.rest_url, BITHUMB.ws_url) == ("https://api.bithumb.com", "wss://ws-api.bithumb.com/websocket/v1")
    assert BITHUMB.quotes == {"KRW", "BTC"}
    assert BITHUMB.channels == {"ticker", "trade", "orderbook"}
    assert BITHUMB.configured(Settings(region="kr")) == BITHUMB


def test_its_limits_are_its_own():
    """Ten connects a second and ten minutes outside for whoever insists; 150 calls a second."""
    limits = BITHUMB.limits
    assert limits.connects == (Window(10, 1.0),)
    assert limits.messages == (Window(5, 1.0),)
    assert limits.requests == (Window(150, 1.0),)
    assert limits.block_s == 600


@pytest.mark.parametrize(("key", "value"), [("format", "SIMPLE_LIST"), ("format", "JSON_LIST"), ("region", "sg")])
def test_what_only_upbit_has_is_refused(key, value):
    """With the key, the value, and what there is."""
    with pytest.raises(ValueError, match=rf"exchanges\.bithumb\.{key} = '{value}': expected one of"):
        BITHUMB.configured(Settings(**{key: value}))


@pytest.mark.parametrize(
    ("written", "expected"),
    [("921046844841158138", "921046844841158138"), ('"862683813820523888"', "862683813820523888")],
)
def test_an_id_comes_as_a_number_or_as_text(written, expected):
    """Beyond 2^53 either way: no digit may be lost."""
    frame = (
        '{"ty":"trade","cd":"KRW-WAVE","tp":812.5,"tv":40.25,"ab":"ASK","pcp":800,"c":"RISE","cp":12.5,'
        f'"tdt":"2026-09-21","ttm":"23:13:20","ttms":1790000000112,"sid":{written},"tms":1790000000370,"st":"REALTIME"}}'
    )
    assert stream(frame) == [Trade("bithumb", WAVE, 1_790_000_000_112_000_000, SEEN, expected, 812.5, 40.25, "sell")]


def test_korean_wall_times_do_not_move_an_event():
    """Text dates on the socket are nine hours ahead of UTC; the epoch beside them is right, and only it is read."""
    frame = (
        '{"type":"ticker","code":"KRW-WAVE","trade_price":1,"acc_trade_price_24h":2,"acc_trade_volume_24h":3,'
        '"trade_date":"20260921","trade_time":"231320","trade_timestamp":1790000000112,"timestamp":1790000000160}'
    )
    [ticker] = stream(frame)
    assert ticker.at == 1_790_000_000_160_000_000


@pytest.mark.parametrize(
    "delisting", ['"delisting_date":null,', '"delisting_date":"",', "", '"delisting_date":"2026-12-01",']
)
def test_a_delisting_date_comes_in_four_ways(delisting):
    """null, empty, absent or a date."""
    frame = (
        '{"type":"ticker","code":"KRW-WAVE",'
        + delisting
        + (
            '"trade_price":1.4E-7,"acc_trade_price_24h":2,"acc_trade_volume_24h":3,"highest_52_week_price":999999000,'
            '"timestamp":1790000000160,"stream_type":"REALTIME"}'
        )
    )
    [ticker] = stream(frame)
    assert ticker.price == 1.4e-7


def test_a_book_in_microseconds_with_holes_is_read():
    """As a number or as text; rows of size zero stand for nothing."""
    frame = (
        '{{"type":"orderbook","code":"KRW-WAVE","total_ask_size":3,"total_bid_size":2,"orderbook_units":['
        '{{"ask_price":813,"bid_price":812,"ask_size":1,"bid_size":0.0000}},'
        '{{"ask_price":814,"bid_price":811,"ask_size":0.0000,"bid_size":2}},'
        '{{"ask_price":815,"bid_price":810,"ask_size":2,"bid_size":0}}],"level":1,"timestamp":{},"stream_type":"REALTIME"}}'
    )
    for stamp in ("1790000000100482", '"1790000000100482"'):
        [book] = stream(frame.format(stamp))
        assert book.at == 1_790_000_000_100_482_000
        assert (book.bids, book.asks) == (((811.0, 2.0),), ((813.0, 1.0), (815.0, 2.0)))


def test_candles_do_not_exist_there():
    """Not documented, so not believed, in either spelling."""
    for frame in (
        '{"ty":"candle.1m","cd":"KRW-WAVE","cdttmu":"2026-09-21T14:13:00","op":1,"hp":1,"lp":1,"tp":1,"catv":1,"catp":1}',
        '[{"ty":"candle.1m","cd":"KRW-WAVE","cdttmu":"2026-09-21T14:13:00","op":1,"hp":1,"lp":1,"tp":1,"catv":1,"catp":1}]',
    ):
        with pytest.raises(RemoteNonsense, match="Bithumb sends no candle"):
            stream(frame)


@pytest.mark.parametrize(
    "frame",
    [
        '{"status":"0000","resmsg":"Connected Successfully"}',
        '{"status":"5100","resmsg":"Invalid Filter Syntax"}',
        '{"type":"transaction","content":{"list":[{"buySellGb":"2","contPrice":"3.9","symbol":"WAVE_KRW"}]}}',
    ],
)
def test_the_old_protocol_is_not_mistaken_for_this_one(frame):
    """Whoever points at the old address learns it from the first frame."""
    with pytest.raises(RemoteNonsense):
        stream(frame)


def test_the_catalogue_is_asked_for_in_its_own_spelling():
    """isDetails, and a market_warning that means the serious designation."""
    assert BITHUMB.markets_request() == Request("https://api.bithumb.com/v1/market/all", {"isDetails": "true"})
    rows = [
        {"market": "KRW-WAVE", "korean_name": "파도", "english_name": "Wave", "market_warning": "CAUTION"},
        {"market": "BTC-REEF", "korean_name": "암초", "english_name": "Reef", "market_warning": "NONE"},
    ]
    assert BITHUMB.parse_markets(json.dumps(rows).encode()) == [
        Market(WAVE, "KRW-WAVE", "Wave", warning=True),
        Market(Instrument("REEF", "BTC"), "BTC-REEF", "Reef"),
    ]


def test_prices_are_asked_for_two_hundred_at_a_time():
    """More in one call are refused."""
    wanted = [Market(Instrument(f"C{n}", "KRW"), f"KRW-C{n}") for n in range(450)]
    requests = BITHUMB.tickers_requests(wanted)
    named = [request.params["markets"].split(",") for request in requests]
    assert [len(codes) for codes in named] == [200, 200, 50]
    assert [code for codes in named for code in codes] == [market.code for market in wanted]
    assert {request.url for request in requests} == {"https://api.bithumb.com/v1/ticker"}
    assert len(BITHUMB.tickers_requests(wanted[:200])) == 1


def test_a_rest_clock_nine_hours_ahead_is_put_right():
    """The time it writes beside its epoch is UTC: they disagree by exactly nine hours."""
    assert ticker_at(1790000000156 + NINE_HOURS_MS) == 1_790_000_000_156_000_000
    assert ticker_at(1790000000156 + NINE_HOURS_MS, 1790000000400 + NINE_HOURS_MS) == 1_790_000_000_400_000_000


@pytest.mark.parametrize("off_by_ms", [0, 1000, NINE_HOURS_MS - 1000, NINE_HOURS_MS + 1000, -NINE_HOURS_MS])
def test_a_rest_clock_that_is_mended_is_believed(off_by_ms):
    """Any other difference, none above all, is left alone."""
    assert ticker_at(1790000000156 + off_by_ms) == (1790000000156 + off_by_ms) * 1_000_000


@pytest.mark.parametrize(("date", "time"), [("", ""), (None, None), ("2026-9-21", "noon"), ("20261341", "141320")])
def test_without_a_written_time_the_epoch_is_all_there_is(date, time):
    """Nothing to compare with: taken as it is, never an error."""
    assert ticker_at(1790000000156, trade_date=date, trade_time=time) == 1_790_000_000_156_000_000


@pytest.mark.parametrize("name", ["400", '"400"'])
def test_an_error_under_http_200_is_no_price_list(name):
    """The words of the venue are passed on."""
    body = f'{{"error":{{"name":{name},"message":"must be less than or equal to 200 items."}}}}'.encode()
    with pytest.raises(RemoteNonsense, match="refused with 400 must be less"):
        BITHUMB.parse_tickers(body, SEEN)
