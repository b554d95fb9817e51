"""Binance's perpetuals: two routes, the manners of spot, and only contracts that never end."""

import json

import pytest

from scanner.exchanges.base import Endpoint, Request, Settings
from scanner.exchanges.binance.futures import BINANCE_FUTURES
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Market, Subscription, Ticker, Trade

WAVE = Instrument("WAVE", "USDT", "perpetual")
SEEN = 7
CHANNELS = ("booktop", "candle", "ticker", "trade")
EVERYTHING = [Subscription(channel, WAVE) for channel in CHANNELS]


def test_each_kind_of_stream_goes_its_own_route():
    """On the wrong one it would be acknowledged and stay silent for ever."""
    plan = {endpoint.url: endpoint for endpoint in BINANCE_FUTURES.plan(EVERYTHING)}
    market, public = (f"wss://fstream.binance.com/{route}/stream" for route in ("market", "public"))
    assert plan.keys() == {market, public}
    [said] = BINANCE_FUTURES.open(plan[public]).subscribe()
    assert json.loads(said)["params"] == ["waveusdt@bookTicker"]
    [said] = BINANCE_FUTURES.open(plan[market]).subscribe()
    assert json.loads(said)["params"] == ["!miniTicker@arr", "waveusdt@aggTrade", "waveusdt@kline_1m"]


def test_the_routes_are_behind_an_operators_address_too():
    """Whatever host it names."""
    elsewhere = BINANCE_FUTURES.configured(Settings(ws_url="ws://127.0.0.1:82"))
    urls = {endpoint.url for endpoint in elsewhere.plan(EVERYTHING)}
    assert urls == {"ws://127.0.0.1:82/market/stream", "ws://127.0.0.1:82/public/stream"}


def test_it_takes_part_only_when_named():
    """It is a venue of its own, with perpetuals and no books."""
    assert not BINANCE_FUTURES.by_default
    assert BINANCE_FUTURES.channels == set(CHANNELS)
    with pytest.raises(ValueError, match="binance-futures has no WAVE/USDT: it lists perpetual markets only"):
        BINANCE_FUTURES.plan([Subscription("trade", Instrument("WAVE", "USDT"))])
    with pytest.raises(ValueError, match=r"exchanges\.binance-futures\.streams_per_connection = 201"):
        BINANCE_FUTURES.configured(Settings(streams_per_connection=201))


def test_only_contracts_without_an_end_are_listed():
    """Quarters end, and stocks are no coins."""
    kinds = ["PERPETUAL", "CURRENT_QUARTER", "NEXT_QUARTER", "TRADIFI_PERPETUAL", ""]
    rows = [
        {"symbol": f"C{n}USDT", "contractType": kind, "status": "TRADING", "baseAsset": f"C{n}", "quoteAsset": "USDT"}
        for n, kind in enumerate(kinds)
    ]
    rows.append(rows[0] | {"symbol": "C9USDT", "baseAsset": "C9", "status": "SETTLING"})
    assert BINANCE_FUTURES.parse_markets(json.dumps({"symbols": rows}).encode()) == [
        Market(Instrument("C0", "USDT", "perpetual"), "C0USDT"),
        Market(Instrument("C9", "USDT", "perpetual"), "C9USDT", suspended=True),
    ]


def test_its_calls_are_its_own():
    """Another host, other paths, other weights."""
    rest = "https://fapi.binance.com/fapi/v1"
    assert BINANCE_FUTURES.markets_request() == Request(f"{rest}/exchangeInfo")
    assert BINANCE_FUTURES.tickers_requests([Market(WAVE, "WAVEUSDT")]) == [Request(f"{rest}/ticker/24hr", weight=40)]
    trades = Request(f"{rest}/aggTrades", {"limit": "1000", "symbol": "WAVEUSDT"}, weight=20)
    assert BINANCE_FUTURES.trades_request(WAVE) == trades


def test_the_recorded_form_of_a_trade_is_read():
    """Keys in another order than on spot, and new ones that nobody asked about."""
    payload = {"e": "aggTrade", "E": 1790000000153, "a": 9, "s": "WAVEUSDT", "p": "0.81", "q": "4", "nq": "4"}
    payload |= {"T": 1790000000112, "m": False, "st": 1}
    session = BINANCE_FUTURES.open(Endpoint("wss://venue", tuple(EVERYTHING)))
    frame = json.dumps({"stream": "waveusdt@aggTrade", "data": payload})
    assert session.parse(frame, SEEN) == [Trade("binance-futures", WAVE, 1790000000112000000, 7, "9", 0.81, 4.0, "buy")]


def test_every_frame_of_the_sheet_is_read_or_refused_as_it_is_meant(shared):
    """The trades of its section become events; streams that are never asked for are nonsense."""
    section = (shared / "exchanges/binance.md").read_text().partition("\n## 10.")[2].partition("\n## 11.")[0]
    lines = [json.loads(line) for line in section.splitlines() if line.startswith('{"stream"')]
    [trade] = [line["data"] for line in lines if line["stream"].endswith("@aggTrade")]
    instrument = Instrument(trade["s"].removesuffix("USDT"), "USDT", "perpetual")
    session = BINANCE_FUTURES.open(Endpoint("wss://venue", (Subscription("trade", instrument),)))
    side, numbers = "sell" if trade["m"] else "buy", (float(trade["p"]), float(trade["q"]))
    told = session.parse(json.dumps({"stream": f"{trade['s'].lower()}@aggTrade", "data": trade}), SEEN)
    assert told == [Trade("binance-futures", instrument, trade["T"] * 10**6, SEEN, str(trade["a"]), *numbers, side)]


def test_tickers_and_tops_are_those_of_spot():
    """The long form of a top bears a type here; its time is not asked for."""
    session = BINANCE_FUTURES.open(Endpoint("wss://venue", tuple(EVERYTHING)))
    top = {"e": "bookTicker", "u": 1, "s": "WAVEUSDT", "b": "0.81", "B": "4", "a": "0.82", "A": "5", "T": 1, "E": 1}
    for frame in (top, {"stream": "waveusdt@bookTicker", "data": top}):
        expected = BookTop("binance-futures", WAVE, SEEN, SEEN, (0.81, 4.0), (0.82, 5.0))
        assert session.parse(json.dumps(frame), SEEN) == [expected]
    row = {"e": "24hrMiniTicker", "E": 1790000000160, "s": "WAVEUSDT", "c": "0.81", "v": "9", "q": "7.3", "o": "1"}
    frame = json.dumps({"stream": "!miniTicker@arr", "data": [row]})
    assert session.parse(frame, SEEN) == [Ticker("binance-futures", WAVE, 1790000000160000000, SEEN, 0.81, 9.0, 7.3)]
