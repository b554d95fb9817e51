"""Every piece of JSON in the venue's sheet that the scanner takes, read as the sheet says."""

import json
import re

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Fetch, Rejected, RemoteNonsense, Retiring, Settings
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, BookTop, Candle, Market, OrderBook, Subscription, Ticker, Trade

SEEN = 7
PAIRS = {"BNBBTC": Instrument("BNB", "BTC"), "NKNUSDT": Instrument("NKN", "USDT")}
WANTED = tuple(Subscription(channel, one) for one in PAIRS.values() for channel in CHANNELS)


@pytest.fixture
def examples(shared):
    """What stands between backticks and can be read."""
    text = (shared / "exchanges/binance.md").read_text()
    found = []
    for block, inline in re.findall(r"```json\n(.*?)```|(?<!`)`([\[{][^`\n]*)`(?!`)", text, re.DOTALL):
        for piece in block.splitlines() or [inline]:
            try:
                found.append(json.loads(piece))
            except ValueError:
                continue
    assert len(found) > 30
    return found


def spot(examples):
    """Wrapped market data of the spot house: that of the other has its own symbols."""
    for example in examples:
        if isinstance(example, dict) and isinstance(example.get("stream"), str):
            code = example["stream"].partition("@")[0].upper()
            if code in PAIRS or code.startswith("!"):
                yield example["stream"], example["data"]


def parse(message):
    return BINANCE.open(Endpoint("wss://venue", WANTED)).parse(json.dumps(message), SEEN)


def obvious(stream, data):
    """The event a payload stands for, field by field; None where it is none that the scanner asks for."""
    if isinstance(data, list):
        row = data[0]
        numbers = float(row["c"]), float(row["v"]), float(row["q"])
        return Ticker("binance", PAIRS[row["s"]], row["E"] * 10**6, SEEN, *numbers)
    instrument = PAIRS[stream.partition("@")[0].upper()]
    if stream.endswith("@aggTrade"):
        taker = "sell" if data["m"] else "buy"
        numbers = float(data["p"]), float(data["q"])
        return Trade("binance", instrument, data["T"] * 10**6, SEEN, str(data["a"]), *numbers, taker)
    if stream.endswith("@bookTicker"):
        sides = (float(data["b"]), float(data["B"])), (float(data["a"]), float(data["A"]))
        return BookTop("binance", instrument, SEEN, SEEN, *sides)
    if stream.endswith("@kline_1m"):
        numbers = [float(data["k"][key]) for key in "ohlcvqQ"]
        return Candle("binance", instrument, data["k"]["t"] * 10**6, SEEN, 60, *numbers)
    return None


def test_market_data_of_the_sheet_is_read_as_it_says(examples):
    """Tickers, trades, best prices, candles and changes of books become events; other streams are never asked for."""
    kinds = set()
    for stream, data in spot(examples):
        kind = stream.partition("@")[2] or stream
        if stream == "!ticker_1h@arr" or kind in {"ticker", "trade", "depth5@100ms"}:
            with pytest.raises(RemoteNonsense):
                parse({"stream": stream, "data": data})
            continue
        kinds.add(kind)
        if kind == "depth@100ms":
            [fetch] = parse({"stream": stream, "data": data})
            assert isinstance(fetch, Fetch)
        elif kind == "!serverShutdown":
            assert parse({"stream": stream, "data": data}) == [Retiring("serverShutdown")]
        else:
            assert parse({"stream": stream, "data": data}) == [obvious(stream, data)]
    assert kinds == {"aggTrade", "bookTicker", "kline_1m", "depth@100ms", "arr", "!serverShutdown"}


def test_the_changes_and_the_snapshot_of_the_sheet_make_a_book(examples):
    """The recorded change, on a snapshot in the sheet's form that ends just before it."""
    [(stream, data)] = [(stream, data) for stream, data in spot(examples) if stream.endswith("@depth@100ms")]
    form = next(one for one in examples if isinstance(one, dict) and one.get("lastUpdateId") == 1027024)
    session = BINANCE.open(Endpoint("wss://venue", WANTED))
    [fetch] = session.parse(json.dumps({"stream": stream, "data": data}), SEEN)
    body = json.dumps(form | {"lastUpdateId": data["U"] - 1, "bids": []}).encode()
    first, book = session.parse_fetched(fetch.tag, body)
    assert isinstance(book, OrderBook)
    assert (first.sequence, book.sequence) == (data["U"] - 1, data["u"])
    assert book.bids == tuple((float(price), float(size)) for price, size in data["b"])
    assert book.asks == ((4.000002, 12.0),)


def test_replies_and_refusals_of_the_sheet_are_read_as_it_says(examples):
    """Success by its number, errors in both shapes, the end of a server in both wrappings."""
    seen = {"accepted": 0, "rejected": 0, "retiring": 0}
    for example in examples:
        if not isinstance(example, dict) or "status" in example:
            continue
        session = BINANCE.open(Endpoint("wss://venue", WANTED))
        session.subscribe()
        if "result" in example and "id" in example:
            own = example | {"id": 1}
            assert session.parse(json.dumps(own), SEEN) == [Accepted(tuple(sorted(WANTED)))]
            seen["accepted"] += 1
        elif "error" in example or ("code" in example and "id" in example):
            complaint = example.get("error", example)
            single = BINANCE.open(Endpoint("wss://venue", WANTED[:1]))
            single.subscribe()
            expected = Rejected(str(complaint["code"]), complaint["msg"], subscriptions=WANTED[:1])
            assert single.parse(json.dumps(example | {"id": 1}), SEEN) == [expected]
            seen["rejected"] += 1
        elif example.get("e") == "serverShutdown":
            assert session.parse(json.dumps(example), SEEN) == [Retiring("serverShutdown")]
            seen["retiring"] += 1
    assert seen["accepted"] >= 3
    assert seen["rejected"] == 2
    assert seen["retiring"] >= 1


def test_our_words_are_those_of_the_sheet(examples):
    """The same keys, the same method, the same form of a name."""
    theirs = next(one for one in examples if isinstance(one, dict) and one.get("method") == "SUBSCRIBE")
    [said] = BINANCE.open(Endpoint("wss://venue", (Subscription("trade", Instrument("BTC", "USDT")),))).subscribe()
    ours = json.loads(said)
    assert ours.keys() == theirs.keys()
    assert (ours["method"], ours["params"][0]) == (theirs["method"], theirs["params"][0])


def test_rest_answers_of_the_sheet_are_read_as_it_says(examples):
    """The catalogue, the long form of a ticker, and an error."""
    venue = BINANCE.configured(Settings())
    [catalogue] = [one for one in examples if isinstance(one, dict) and "symbols" in one and "rateLimits" in one]
    assert venue.parse_markets(json.dumps(catalogue).encode()) == [Market(Instrument("BTC", "USDT"), "BTCUSDT")]
    [weight] = [one["limit"] for one in catalogue["rateLimits"] if one["rateLimitType"] == "REQUEST_WEIGHT"]
    [window] = venue.limits.requests
    assert window.count < weight
    [rows] = [
        one for one in examples if isinstance(one, list) and one and isinstance(one[0], dict) and "lastPrice" in one[0]
    ]
    venue.parse_markets(json.dumps({"symbols": [listed(rows[0]["symbol"])]}).encode())
    [ticker] = venue.parse_tickers(json.dumps(rows).encode(), SEEN)
    row = rows[0]
    numbers = float(row["lastPrice"]), float(row["volume"]), float(row["quoteVolume"])
    assert ticker == Ticker("binance", PAIRS["BNBBTC"], row["closeTime"] * 10**6, SEEN, *numbers)
    [error] = [one for one in examples if isinstance(one, dict) and one.get("code") == -1121]
    with pytest.raises(RemoteNonsense, match=rf"{error['code']} {error['msg']}"):
        venue.parse_tickers(json.dumps(error).encode(), SEEN)


def listed(symbol):
    instrument = PAIRS[symbol]
    return {"symbol": symbol, "status": "TRADING", "baseAsset": instrument.base, "quoteAsset": instrument.quote}
