"""OKX as it really spoke in 2022: every frame of the capture is read, and the merged books prove themselves."""

import json
import re
from collections import Counter
from decimal import Decimal
from zlib import crc32

import pytest

from scanner.exchanges.base import Accepted, RemoteNonsense, Send
from scanner.exchanges.okx.spec import OKX
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, OrderBook, Ticker, Trade
from tests.exchanges.conversations import opened, wants

SEEN = 7
RECEIVED = re.compile(r"(\d+\.\d+): (\{.*\})")
DEPTH = 25
"""Levels on each side that a checksum covers."""
CHANNELS = ("ticker", "trade", "orderbook")
FUTURE, SWAP, SPOT = Instrument("BTC", "USD-220527"), Instrument("UNI", "USD-SWAP"), Instrument("BTC", "USDT")
"""Two of the three are no spot markets. Their codes read the same, so a session that wants them hears them, too."""


@pytest.fixture(scope="module")
def frames(shared):
    lines = (shared / "recordings" / "OKX.ws.1.0").read_text().splitlines()
    return [match[2] for match in map(RECEIVED.fullmatch, lines) if match]


def session(*instruments):
    return opened(OKX, *wants(*instruments, channels=CHANNELS))


def checksum(bids, asks):
    """The venue's old rule: both sides in turn, bid first, a side that is shorter left out, signed."""
    parts = []
    for place in range(DEPTH):
        parts += [number for side in (bids, asks) for number in side[place : place + 1]]
    unsigned = crc32(":".join(f"{written(price)}:{written(size)}" for price, size in parts).encode())
    return unsigned - (unsigned >> 31 << 32)


def written(number):
    text = format(Decimal(repr(number)), "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def test_every_frame_is_read_and_counted(frames):
    """74 trades, 28 tickers, 290 books, 18 confirmations, and nothing else."""
    conversation = session(FUTURE, SWAP, SPOT)
    told = [result for frame in frames for result in conversation.parse(frame, SEEN)]
    assert Counter(type(one) for one in told) == {Trade: 74, Ticker: 28, OrderBook: 290, Accepted: 18}
    assert Counter(one.instrument for one in told if isinstance(one, OrderBook)) == {FUTURE: 99, SWAP: 93, SPOT: 98}


def test_only_what_is_wanted_is_told(frames):
    """The spot market alone: its own events in their order, and none of the others'."""
    whole, alone = session(FUTURE, SWAP, SPOT), session(SPOT)
    events = (Trade, Ticker, OrderBook)
    every, few = (
        [one for frame in frames for one in each.parse(frame, SEEN) if isinstance(one, events)]
        for each in (whole, alone)
    )
    assert few == [one for one in every if one.instrument == SPOT]
    assert Counter(type(one) for one in few) == {Trade: 69, Ticker: 25, OrderBook: 98}


def test_trades_and_tickers_are_what_the_frames_say(frames):
    """Field by field, against a slow and obvious reading."""
    conversation = session(FUTURE, SWAP, SPOT)
    compared = 0
    for frame in frames:
        told = conversation.parse(frame, SEEN)
        message = json.loads(frame)
        for one, row in zip(told, message.get("data", ()), strict=False):
            base, quote = message["arg"]["instId"].split("-", 1)
            common = ("okx", Instrument(base, quote), int(row["ts"]) * 1_000_000, SEEN)
            if isinstance(one, Trade):
                numbers = (row["tradeId"], float(row["px"]), float(row["sz"]), row["side"])
                assert one == Trade(*common, *numbers)
                compared += 1
            elif isinstance(one, Ticker):
                assert one == Ticker(*common, *(float(row[key]) for key in ("last", "vol24h", "volCcy24h")))
                compared += 1
    assert compared == 74 + 28


def test_merged_books_have_the_checksums_that_the_venue_had(frames):
    """Then it still told true ones: 25 levels of each side are right to the last digit, after each of 290 frames."""
    conversation, right = session(FUTURE, SWAP, SPOT), 0
    for frame in frames:
        results = conversation.parse(frame, SEEN)
        message = json.loads(frame)
        if message.get("arg", {}).get("channel") != "books" or "data" not in message:
            continue
        [shown] = results
        assert not isinstance(shown, Gap | Send)
        bids, asks = conversation._books[shown.instrument].levels.top(DEPTH)
        assert checksum(bids, asks) == message["data"][0]["checksum"]
        assert (shown.bids, shown.asks) == (bids[:15], asks[:15])
        right += 1
    assert right == 290


def test_the_catalogue_of_that_day_is_read(shared):
    """513 spot markets, none left out; the derivatives beside them are no spot markets."""
    spot, swaps = (
        next(line for line in _answers(shared) if f"instType={kind} " in line).partition(": ")[2].encode()
        for kind in ("SPOT", "SWAP")
    )
    rows = json.loads(spot)["data"]
    markets = OKX.parse_markets(spot)
    live = [row["instId"] for row in rows if row["state"] == "live"]
    assert len(live) == 513
    assert [market.code for market in markets if not market.suspended] == live
    assert [market.code for market in markets] == [row["instId"] for row in rows]
    assert Counter(market.instrument.quote for market in markets if not market.suspended)["USDT"] == 350
    with pytest.raises(RemoteNonsense):
        OKX.parse_markets(swaps)


def _answers(shared):
    return (shared / "recordings" / "OKX.0").read_text().splitlines()
