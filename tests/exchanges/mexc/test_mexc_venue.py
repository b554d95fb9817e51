"""MEXC (spot): where it is, what it allows, its settings, and the oddities of its REST side."""

import json

import pytest

from scanner.exchanges.base import Endpoint, Poll, RemoteNonsense, Request, Settings, Window
from scanner.exchanges.mexc.spec import MEXC
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, Market, Subscription, Ticker, Trade

WAVE = Instrument("WAVE", "BTC")
SEEN = 1_790_000_000_200_000_000
TICKERS = Request("https://api.mexc.com/api/v3/ticker/24hr", weight=40)


def line(symbol="WAVEBTC", **more):
    return {"symbol": symbol, "status": "1", "baseAsset": "WAVE", "quoteAsset": "BTC", "tradeSideType": 1} | more


def markets(*lines):
    return MEXC.configured(Settings()).parse_markets(json.dumps({"symbols": lines}).encode())


def ticker_row(**more):
    return {"symbol": "WAVEBTC", "lastPrice": "0.5", "volume": "10", "closeTime": 1790000000153} | more


def tickers(*rows):
    venue = MEXC.configured(Settings())
    venue.parse_markets(json.dumps({"symbols": [line()]}).encode())
    return venue.parse_tickers(json.dumps(rows).encode(), SEEN)


def wants(count, *channels):
    return [Subscription(channel, Instrument(f"C{n}", "USDT")) for n in range(count) for channel in channels]


def test_it_is_where_its_documents_say():
    """The JSON socket of before 2025 is gone."""
    assert (MEXC.rest_url, MEXC.ws_url) == ("https://api.mexc.com", "wss://wbs-api.mexc.com/ws")
    assert MEXC.quotes == {"USDT", "USDC", "BTC", "ETH"}
    assert MEXC.channels == set(CHANNELS)
    assert MEXC.by_default


def test_its_limits():
    """Thirty streams, a hundred messages a second, 500 weight in ten seconds, a day of life."""
    assert MEXC.limits.streams_per_connection == 30
    assert MEXC.limits.messages == (Window(100, 1.0),)
    assert MEXC.limits.requests == (Window(500, 10.0),)
    assert MEXC.limits.lifetime_s == 86_400
    assert MEXC.limits.trades_top == 300


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        (Settings(region="kr"), "exchanges.mexc.region = 'kr': expected nothing"),
        (Settings(format="json"), "exchanges.mexc.format = 'json': expected one of LIMIT, AGGRE"),
        (Settings(streams_per_connection=31), "exchanges.mexc.streams_per_connection = 31: expected .* up to 30"),
        (Settings(streams_per_connection=-1), "exchanges.mexc.streams_per_connection = -1"),
        (Settings(poll=0.5), "exchanges.mexc.poll = 0.5: expected at least 1 s"),
        (Settings(rest_url="ftp://x"), "exchanges.mexc.rest_url = 'ftp://x'"),
        (Settings(ws_url="wss://user:secret@"), "exchanges.mexc.ws_url"),
    ],
)
def test_settings_that_make_no_sense_here_are_refused(settings, words):
    """Naming the key, the value and what was expected; never a password."""
    with pytest.raises(ValueError, match=words) as caught:
        MEXC.configured(settings)
    assert "secret" not in str(caught.value)


def test_settings_are_used():
    """Addresses, number of streams, number of trade streams, kind of books."""
    urls = {"rest_url": "http://127.0.0.1:81/", "ws_url": "ws://127.0.0.1:82/ws"}
    venue = MEXC.configured(Settings(streams_per_connection=5, trades_top=9, format="aggre", **urls))
    assert venue.markets_request().url == "http://127.0.0.1:81/api/v3/exchangeInfo"
    assert venue.plan(wants(1, "trade"))[0].url == "ws://127.0.0.1:82/ws"
    assert (venue.limits.streams_per_connection, venue.limits.trades_top) == (5, 9)
    assert venue.stream_of(Subscription("orderbook", WAVE)) == "spot@public.aggre.depth.v3.api.pb@100ms@WAVEBTC"
    assert MEXC.stream_of(Subscription("orderbook", WAVE)) == "spot@public.limit.depth.v3.api.pb@WAVEBTC@20"


def test_trades_of_three_hundred_take_ten_connections_and_all_tickers_one_stream():
    """Thirty streams a connection; tickers of a thousand coins count as one of them."""
    assert [len(one.subscriptions) for one in MEXC.plan(wants(300, "trade"))] == [30] * 10
    assert len(MEXC.plan(wants(1000, "ticker"))) == 1
    assert len(MEXC.plan(wants(29, "trade") + wants(1000, "ticker"))) == 1
    assert len(MEXC.plan(wants(30, "trade") + wants(1000, "ticker"))) == 2


def test_the_interval_stands_before_the_code_or_behind_it():
    """As the venue has it, stream by stream."""
    names = {
        channel: MEXC.stream_of(Subscription(channel, WAVE)) for channel in ("trade", "booktop", "candle", "ticker")
    }
    assert names == {
        "trade": "spot@public.aggre.deals.v3.api.pb@100ms@WAVEBTC",
        "booktop": "spot@public.aggre.bookTicker.v3.api.pb@100ms@WAVEBTC",
        "candle": "spot@public.kline.v3.api.pb@WAVEBTC@Min1",
        "ticker": "spot@public.miniTickers.v3.api.pb@24H",
    }


def test_what_it_does_not_list_is_refused():
    """Perpetuals live elsewhere."""
    perpetual = Subscription("trade", Instrument("WAVE", "USDT", "perpetual"))
    for refuse in (MEXC.plan, lambda wanted: MEXC.open(Endpoint(MEXC.ws_url, tuple(wanted)))):
        with pytest.raises(ValueError, match=r"mexc has no WAVE/USDT:USDT.*mexc-futures"):
            refuse([perpetual])


def test_a_refused_stream_of_tickers_has_polls_that_stand_in():
    """As often as the stream would bring them; nothing stands in for trades."""
    assert MEXC.fallback(wants(2, "ticker", "trade")) == [Poll("tickers", TICKERS, 3.0)]
    assert MEXC.configured(Settings(poll=5)).fallback(wants(2, "ticker")) == [Poll("tickers", TICKERS, 5.0)]
    assert MEXC.fallback(wants(2, "trade")) == []


def test_a_line_whose_name_is_another_one_s_is_left_out():
    """A market is asked for by its base and quote, glued, and that would be somebody else."""
    assert markets(line(symbol="REEFBTC"), line()) == markets(line())
    with pytest.raises(RemoteNonsense, match="not its base and quote"):
        markets(line(symbol="REEFBTC"))


def test_tickers_can_be_polled_where_their_stream_is_refused():
    """An operator's way out: then they take no stream, and the same answer is read as at the start."""
    venue = MEXC.configured(Settings(poll=5))
    wanted = wants(2, "ticker", "trade")
    assert venue.polls(wanted) == [Poll("tickers", TICKERS, 5.0)]
    assert venue.polls(wants(2, "trade")) == MEXC.polls(wanted) == []
    assert {one.channel for endpoint in venue.plan(wanted) for one in endpoint.subscriptions} == {"trade"}
    venue.parse_markets(json.dumps({"symbols": [line()]}).encode())
    assert len(venue.parse_polled("tickers", json.dumps([ticker_row()]).encode(), SEEN)) == 1
    with pytest.raises(RemoteNonsense, match="trades"):
        venue.parse_polled("trades", b"[]", SEEN)


@pytest.mark.parametrize(
    ("more", "market"),
    [
        ({"fullName": "Wave"}, Market(WAVE, "WAVEBTC", "Wave")),
        ({"status": "ENABLED"}, Market(WAVE, "WAVEBTC")),
        ({"status": 1, "tradeSideType": None}, Market(WAVE, "WAVEBTC")),
        ({"status": "2"}, Market(WAVE, "WAVEBTC", suspended=True)),
        ({"status": "HALT"}, Market(WAVE, "WAVEBTC", suspended=True)),
        ({"tradeSideType": 4}, Market(WAVE, "WAVEBTC", suspended=True)),
        ({"tradeSideType": 2}, Market(WAVE, "WAVEBTC", cautions=("buy only",))),
        ({"tradeSideType": 3}, Market(WAVE, "WAVEBTC", cautions=("sell only",))),
    ],
)
def test_a_line_of_the_catalogue(more, market):
    """Base and quote from fields of their own; paused is suspended, and one-sided trade a caution."""
    assert markets(line(**more)) == [market]


def test_what_is_offline_is_no_longer_listed():
    """So that it leaves, as what is delisted does; lines that cannot be read hide no others."""
    assert markets(line(status="3")) == []
    assert len(markets(line(status="3"), {"symbol": 5}, line(baseAsset=""), line(), None)) == 1
    with pytest.raises(RemoteNonsense, match="symbol"):
        markets({"symbol": 5})


def test_an_error_body_is_told_in_the_venue_s_words():
    """Also under HTTP 200."""
    body = b'{"code":700002,"msg":"Signature for this request is not valid."}'
    venue = MEXC.configured(Settings())
    for parse in (
        venue.parse_markets,
        lambda body: venue.parse_tickers(body, SEEN),
        lambda body: venue.parse_trades(WAVE, body, SEEN),
    ):
        with pytest.raises(RemoteNonsense, match="700002 Signature"):
            parse(body)


def test_all_prices_come_in_one_call():
    """It weighs the same however many are asked for."""
    assert MEXC.tickers_requests([Market(WAVE, "WAVEBTC")] * 9) == [TICKERS]
    assert MEXC.tickers_requests([]) == []


@pytest.mark.parametrize(
    ("more", "turnover"),
    [({"quoteVolume": "4.75"}, 4.75), ({"quoteVolume": None}, 5.0), ({"quoteVolume": ""}, 5.0), ({}, 5.0)],
)
def test_a_turnover_that_is_missing_is_estimated(more, turnover):
    """`volume` is in base currency here; all of it at the last price."""
    assert tickers(ticker_row(**more)) == [Ticker("mexc", WAVE, 1_790_000_000_153_000_000, SEEN, 0.5, 10.0, turnover)]


def test_markets_without_a_price_or_a_listing_are_left_out():
    """Empty, null and 0 are no prices; a code that the catalogue did not list is not guessed at."""
    rows = [ticker_row(lastPrice=price) for price in ("", None, "0")]
    assert tickers(*rows, ticker_row(symbol="REEFUSDT"), ticker_row(volume=None)) == [
        Ticker("mexc", WAVE, 1_790_000_000_153_000_000, SEEN, 0.5, 0.0, 0.0)
    ]
    with pytest.raises(RemoteNonsense):
        tickers(ticker_row(lastPrice="-1"))


def test_trades_have_no_ids_over_rest_and_get_those_that_the_socket_s_get():
    """Oldest first; the seller took when the buyer was the maker."""
    rows = [
        {"id": None, "price": "0.5", "qty": "2", "time": 1790000000112 + late, "isBuyerMaker": sold}
        for late, sold in ((7, True), (0, False), (0, False))
    ]
    at = 1_790_000_000_112_000_000
    assert MEXC.parse_trades(WAVE, json.dumps(rows).encode(), SEEN) == [
        Trade("mexc", WAVE, at, SEEN, "1790000000112-0.5-2.0-buy-0", 0.5, 2.0, "buy"),
        Trade("mexc", WAVE, at, SEEN, "1790000000112-0.5-2.0-buy-1", 0.5, 2.0, "buy"),
        Trade("mexc", WAVE, at + 7_000_000, SEEN, "1790000000119-0.5-2.0-sell-0", 0.5, 2.0, "sell"),
    ]
    request = Request("https://api.mexc.com/api/v3/trades", {"symbol": "WAVEBTC", "limit": "1000"}, weight=5)
    assert MEXC.trades_request(WAVE) == request
