"""Half a minute of Binance as it was recorded: nothing lost, nothing misread, books whole from end to end."""

import json
from collections import Counter
from collections.abc import Iterator

from scanner.exchanges.base import Endpoint, Fetch
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, OrderBook, Subscription, Trade

SEEN = 7
PAIRS = {
    "NKNUSDT": Instrument("NKN", "USDT"),
    "BLZETH": Instrument("BLZ", "ETH"),
    "LRCBTC": Instrument("LRC", "BTC"),
    "RUNEEUR": Instrument("RUNE", "EUR"),
}
WANTED = tuple(
    Subscription(channel, one) for one in PAIRS.values() for channel in ("trade", "orderbook", "booktop", "candle")
)


def frames(shared) -> Iterator[tuple[float, str]]:
    for line in (shared / "recordings/BINANCE.ws.1.0").read_text().splitlines():
        at, _, frame = line.partition(": ")
        if frame.startswith("{"):
            yield float(at), frame


def snapshots(shared):
    """Symbol → when its answer came, and the answer."""
    found = {}
    for line in (shared / "recordings/BINANCE.http.0.0").read_text().splitlines():
        head, _, body = line.partition(": {")
        if body:
            symbol = head.partition("symbol=")[2].partition("&")[0]
            found[symbol] = float(head.split()[-1]), "{" + body
    return found


def read(shared, answered):
    """All events; a snapshot comes when `answered(when it came, the frame's time)`, or after the last frame."""
    session = BINANCE.open(Endpoint("wss://venue/stream", WANTED))
    known, asked, events = snapshots(shared), [], []

    def answer(symbols):
        for symbol in symbols:
            asked.remove(symbol)
            events.extend(session.parse_fetched(symbol, known[symbol][1].encode()))

    for now, frame in frames(shared):
        answer([symbol for symbol in asked if answered(known[symbol][0], now)])
        for result in session.parse(frame, SEEN):
            if isinstance(result, Fetch):
                asked.append(result.tag)
            else:
                events.append(result)
    answer(list(asked))
    return events


def instantly(_came, _now):
    return True


def as_recorded(came, now):
    return came <= now


def last(_came, _now):
    return False


def test_the_recording_is_read_without_loss(shared):
    """84 best prices, 2 trades, 2 candles, and 176 books: 4 snapshots, and 172 changes that are newer than they are."""
    for answered in (instantly, as_recorded, last):
        counts = Counter(type(event) for event in read(shared, answered))
        assert counts == {OrderBook: 176, BookTop: 84, Trade: 2, Candle: 2}


def test_every_recorded_book_is_the_obvious_one(shared):
    """Each change applied to plain dicts, in order, from the recorded snapshot on."""
    known = snapshots(shared)
    sides = {code: [dict(json.loads(body)[name]) for name in ("bids", "asks")] for code, (_, body) in known.items()}
    expected = {code: {json.loads(body)["lastUpdateId"]: shown(sides[code])} for code, (_, body) in known.items()}
    for _, frame in frames(shared):
        data = json.loads(frame)["data"]
        if data.get("e") == "depthUpdate" and data["u"] > max(expected[data["s"]]):
            assert data["U"] == max(expected[data["s"]]) + 1
            for side, name in zip(sides[data["s"]], ("b", "a"), strict=True):
                side.update(data[name])
            expected[data["s"]][data["u"]] = shown(sides[data["s"]])
    for answered in (as_recorded, last):
        books = [event for event in read(shared, answered) if isinstance(event, OrderBook)]
        for code, instrument in PAIRS.items():
            told = {book.sequence: (book.bids, book.asks) for book in books if book.instrument == instrument}
            assert told == expected[code]


def shown(sides):
    bids, asks = (sorted((float(p), float(s)) for p, s in side.items() if float(s)) for side in sides)
    return tuple(reversed(bids[-15:])), tuple(asks[:15])


def test_the_recorded_trades_prices_and_candles_are_the_obvious_ones(shared):
    """Field by field."""
    events = [event for event in read(shared, instantly) if not isinstance(event, OrderBook)]
    expected = []
    for _, frame in frames(shared):
        message = json.loads(frame)
        data, kind = message["data"], message["stream"].partition("@")[2]
        one = PAIRS[data["s"]]
        if kind == "bookTicker":
            top = (float(data["b"]), float(data["B"])), (float(data["a"]), float(data["A"]))
            expected.append(BookTop("binance", one, SEEN, SEEN, *top))
        elif kind == "aggTrade":
            side = "sell" if data["m"] else "buy"
            numbers = float(data["p"]), float(data["q"])
            expected.append(Trade("binance", one, data["T"] * 10**6, SEEN, str(data["a"]), *numbers, side))
        elif kind == "kline_1m":
            numbers = [float(data["k"][key]) for key in "ohlcvqQ"]
            expected.append(Candle("binance", one, data["k"]["t"] * 10**6, SEEN, 60, *numbers))
    assert events == expected


def test_a_lost_line_is_a_gap_in_that_book_alone(shared):
    """Leave one change out: told once, the other books go on, and with the same snapshot nothing is made up."""
    session = BINANCE.open(Endpoint("wss://venue/stream", WANTED))
    known, told = snapshots(shared), []
    changes = [frame for _, frame in frames(shared) if '"e":"depthUpdate"' in frame]
    nkn = [frame for frame in changes if '"s":"NKNUSDT"' in frame]
    changes.remove(nkn[40])
    for frame in changes:
        for result in session.parse(frame, SEEN):
            if isinstance(result, Fetch) and not any(type(one).__name__ == "Gap" for one in told):
                told += session.parse_fetched(result.tag, known[result.tag][1].encode())
            else:
                told.append(result)
    gaps = [one for one in told if type(one).__name__ == "Gap"]
    assert [(gap.instruments, gap.reason) for gap in gaps] == [((PAIRS["NKNUSDT"],), "sequence")]
    after = told[told.index(gaps[0]) + 1 :]
    assert PAIRS["NKNUSDT"] not in {one.instrument for one in after if isinstance(one, OrderBook)}


def test_the_recorded_catalogue_is_read_whole(shared):
    """1,695 markets, 1,222 of them open for spot trading, each cut as its own fields say."""
    line = (shared / "recordings/BINANCE.0").read_text().splitlines()[0]
    rows, _end = json.JSONDecoder().raw_decode(line.partition(": ")[2])
    markets = BINANCE.parse_markets(json.dumps(rows).encode())
    assert [market.code for market in markets] == [row["symbol"] for row in rows["symbols"]]
    assert len(markets) == 1_695
    assert sum(not market.suspended for market in markets) == 1_222
    assert {market.instrument.base + market.instrument.quote == market.code for market in markets} == {True}
