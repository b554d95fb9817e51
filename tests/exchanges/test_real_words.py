"""What the venues really said, recorded or in their documents, against a slow and obvious reading of it."""

import ast
import json
import re
from collections import Counter
from datetime import UTC, datetime

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, OrderBook, Ticker, Trade

SEEN = 7
SHORT = {
    "type": "ty",
    "code": "cd",
    "timestamp": "tms",
    "stream_type": "st",
    "trade_timestamp": "ttms",
    "trade_price": "tp",
    "trade_volume": "tv",
    "ask_bid": "ab",
    "sequential_id": "sid",
    "orderbook_units": "obu",
    "ask_price": "ap",
    "bid_price": "bp",
    "ask_size": "as",
    "bid_size": "bs",
    "acc_trade_price_24h": "atp24h",
    "acc_trade_volume_24h": "atv24h",
    "candle_date_time_utc": "cdttmu",
    "opening_price": "op",
    "high_price": "hp",
    "low_price": "lp",
    "candle_acc_trade_volume": "catv",
    "candle_acc_trade_price": "catp",
}


def get(message, key):
    return message[key] if key in message else message[SHORT[key]]


def instrument(code):
    quote, base = code.split("-")
    return Instrument(base, quote)


def nanoseconds(stamp):
    text = str(stamp)
    return int(text) * 10 ** (19 - len(text))


def side(message, name):
    rows = get(message, "orderbook_units")
    levels = [(float(get(row, f"{name}_price")), float(get(row, f"{name}_size"))) for row in rows]
    return tuple(sorted((level for level in levels if all(level)), reverse=name == "bid"))


def obvious(venue, message):
    """The event a message stands for, read field by field."""
    head = (venue, instrument(get(message, "code")))
    kind = get(message, "type")
    if kind == "trade":
        if get(message, "stream_type") == "SNAPSHOT":
            return []
        taker = {"BID": "buy", "ASK": "sell"}[get(message, "ask_bid")]
        at, number = nanoseconds(get(message, "trade_timestamp")), str(get(message, "sequential_id"))
        return [Trade(*head, at, SEEN, number, get(message, "trade_price"), get(message, "trade_volume"), taker)]
    if kind.startswith("candle"):
        start = datetime.fromisoformat(get(message, "candle_date_time_utc") + "+00:00").astimezone(UTC)
        prices = [get(message, f"{name}_price") for name in ("opening", "high", "low", "trade")]
        totals = [get(message, f"candle_acc_trade_{name}") for name in ("volume", "price")]
        return [Candle(*head, round(start.timestamp()) * 10**9, SEEN, 60, *prices, *totals)]
    at = nanoseconds(get(message, "timestamp"))
    if kind == "orderbook":
        return [OrderBook(*head, at, SEEN, bids=side(message, "bid"), asks=side(message, "ask"))]
    totals = [get(message, f"acc_trade_{name}_24h") for name in ("volume", "price")]
    return [Ticker(*head, at, SEEN, get(message, "trade_price"), *totals)]


def test_a_recorded_stream_is_read_without_loss_or_error(shared):
    """Half a minute of Upbit: 304 trades and 145 whole books, each as the obvious reading has it."""
    session = EXCHANGES["upbit"].open(Endpoint("wss://venue"))
    counts = Counter()
    for line in (shared / "recordings/UPBIT.ws.62.0").read_text().splitlines():
        _time, _, words = line.partition(": ")
        if not words.startswith("b'"):
            continue
        frame = ast.literal_eval(words)
        events = session.parse(frame, SEEN)
        assert events == obvious("upbit", json.loads(frame))
        counts.update(type(event).__name__ for event in events)
    assert counts == {"Trade": 304, "OrderBook": 145}


def test_a_recorded_catalogue_is_read_whole(shared):
    """All of April 2021: 117 KRW, 161 BTC and 16 USDT markets."""
    _head, _, body = (shared / "recordings/UPBIT.0").read_text().splitlines()[0].partition(": ")
    rows, _end = json.JSONDecoder().raw_decode(body)
    markets = EXCHANGES["upbit"].parse_markets(json.dumps(rows).encode())
    assert [market.code for market in markets] == [row["market"] for row in rows]
    assert Counter(market.instrument.quote for market in markets) == {"KRW": 117, "BTC": 161, "USDT": 16}


def examples(sheet):
    """Every piece of JSON in a venue's sheet: code blocks, their single lines, and inline code."""
    text = sheet.read_text()
    found = []
    for block in re.findall(r"```json\n(.*?)```|(?<!`)`([\[{][^`\n]*)`(?!`)", text, re.DOTALL):
        for piece in ("".join(block), *"".join(block).splitlines()):
            try:
                found.append(json.loads(piece))
                break
            except ValueError:
                continue
    assert len(found) > 10
    return found


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_every_message_of_the_sheet_is_read_as_it_says(shared, venue):
    """Market messages become the obvious event (as realtime ones too), private and foreign ones are refused."""
    documented = {"candle.1m" if channel == "candle" else channel for channel in EXCHANGES[venue].channels}
    counts = Counter()
    for example in examples(shared / f"exchanges/{venue}.md"):
        message = example if isinstance(example, dict) else {}
        kind = message.get("type", message.get("ty"))
        if kind is None:
            continue
        counts[kind] += 1
        for form in ("DEFAULT", "SIMPLE"):
            session = EXCHANGES[venue].configured(Settings(format=form)).open(Endpoint("wss://venue"))
            for live in (message, message | {"stream_type" if "type" in message else "st": "REALTIME"}):
                if kind in documented and live.keys() & {"code", "cd"}:
                    assert session.parse(json.dumps(live), SEEN) == obvious(venue, live)
                else:
                    with pytest.raises(RemoteNonsense):
                        session.parse(json.dumps(live), SEEN)
    assert documented <= counts.keys()


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_every_reply_of_the_sheet_is_read_as_it_says(shared, venue):
    """Errors are refusals in the venue's words, signs of life are signs of life."""
    counts = Counter()
    for example in examples(shared / f"exchanges/{venue}.md"):
        if not isinstance(example, dict) or not example.keys() & {"error", "status", "method"}:
            continue
        session = EXCHANGES[venue].open(Endpoint("wss://venue"))
        if "error" in example:
            name, message = str(example["error"]["name"]), str(example["error"]["message"])
            assert session.parse(json.dumps(example), SEEN) == [Rejected(name, message)]
        elif example.get("status") == "UP":
            assert session.parse(json.dumps(example), SEEN) == [Accepted()]
        elif "method" in example:
            assert session.parse(json.dumps(example), SEEN) == []
        else:
            with pytest.raises(RemoteNonsense):
                session.parse(json.dumps(example), SEEN)
        counts.update(example.keys() & {"error", "status", "method"})
    assert counts["error"] >= 1
    assert counts["status"] >= 1


@pytest.mark.parametrize("venue", ["upbit", "bithumb"])
def test_every_catalogue_and_price_of_the_sheet_is_read_as_it_says(shared, venue):
    """Rows of markets and tickers; Bithumb's tickers at the time they write, not nine hours later."""
    exchange = EXCHANGES[venue]
    seen = Counter()
    for example in examples(shared / f"exchanges/{venue}.md"):
        if not (isinstance(example, list) and example and isinstance(example[0], dict) and "market" in example[0]):
            continue
        row, body = example[0], json.dumps(example).encode()
        if "korean_name" in row:
            [market] = exchange.parse_markets(body)
            assert (market.code, market.name) == (row["market"], row["english_name"])
            assert market.warning == (row.get("market_warning") == "CAUTION")
            assert market.cautions == ()
            seen["market"] += 1
        elif "acc_trade_price_24h" in row:
            [ticker] = exchange.parse_tickers(body, SEEN)
            written = datetime.strptime(row["trade_date"] + row["trade_time"] + "+0000", "%Y%m%d%H%M%S%z")
            assert abs(ticker.at - round(written.timestamp()) * 10**9) < 10**9
            assert (ticker.instrument, ticker.price) == (instrument(row["market"]), row["trade_price"])
            assert ticker.turnover_24h == row["acc_trade_price_24h"]
            seen["ticker"] += 1
    assert seen == {"market": 1, "ticker": 1}
