"""Every example of WEEX's fact sheet that the scanner takes gives the values that the sheet states."""

import json
import re

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, Send, Settings
from scanner.exchanges.weex.spec import WEEX, WEEX_CONTRACT
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, OrderBook, Subscription, Ticker, Trade
from tests.exchanges.conversations import opened, wants

SEEN = 1_790_000_000_200_000_000
MS = 1_000_000
PUBLIC = {"ticker", "bookTicker", "trade", "depthSnapshot", "depth", "kline"}


@pytest.fixture(scope="module")
def examples(shared):
    """JSON of the sheet: each fenced line, and each answer in its tables."""
    text = (shared / "exchanges" / "weex.md").read_text()
    fenced = [line for block in re.findall(r"```json\n(.*?)```", text, re.DOTALL) for line in block.splitlines()]
    inline = [found for found in re.findall(r"`([{\[].*?[}\]])`", text) if "…" not in found]
    return [found for found in fenced + inline if _is_json(found)]


def _is_json(text):
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def listening(exchange, base):
    instrument = Instrument(base, "USDT", exchange.dialect.kind)
    return opened(exchange, *wants(instrument, channels=exchange.channels))


def frames(examples, event):
    found = [one for one in examples if json.loads(one).get("e") == event] if event in PUBLIC else []
    assert found
    return found


def bases(frame):
    return json.loads(frame)["s"].removesuffix("USDT")


@pytest.fixture
def documents(examples):
    """Examples that are objects."""
    return [one for one in examples if isinstance(json.loads(one), dict)]


@pytest.mark.parametrize("exchange", [WEEX, WEEX_CONTRACT], ids=lambda one: one.name)
def test_tickers(documents, exchange):
    """Last price `c`, base volume `v`, turnover `q`, and the envelope's time: the window's edges lag by minutes."""
    for frame in frames(documents, "ticker"):
        message = json.loads(frame)
        [line] = message["d"]
        [event] = listening(exchange, bases(frame)).parse(frame, SEEN)
        assert isinstance(event, Ticker)
        assert event.at == message["E"] * MS
        assert (event.price, event.volume_24h, event.turnover_24h) == tuple(float(line[key]) for key in "cvq")
        assert event.at - line["C"] * MS > 0


def test_tops(documents):
    """Bid and ask with their sizes."""
    for frame in frames(documents, "bookTicker"):
        message = json.loads(frame)
        [event] = listening(WEEX, bases(frame)).parse(frame, SEEN)
        assert isinstance(event, BookTop)
        assert (event.bid, event.ask) == tuple(
            (float(message[price]), float(message[size])) for price, size in ("bB", "aA")
        )


def test_trades(documents):
    """Sorted by time, the taker sold where the buyer was the maker, `q` is in base coins."""
    for frame in frames(documents, "trade"):
        rows = json.loads(frame)["d"]
        events = listening(WEEX, bases(frame)).parse(frame, SEEN)
        assert all(isinstance(event, Trade) for event in events)
        assert [event.id for event in events] == [one["t"] for one in sorted(rows, key=lambda one: one["T"])]
        for event in events:
            [line] = [one for one in rows if one["t"] == event.id]
            assert (event.at, event.price, event.size) == (line["T"] * MS, float(line["p"]), float(line["q"]))
            assert event.side == ("sell" if line["m"] else "buy")
            assert event.price * event.size == pytest.approx(float(line["v"]))


def test_books(documents):
    """The change fits the whole book by the overlap of one, and leaves it uncrossed."""
    [whole], [change] = frames(documents, "depthSnapshot"), frames(documents, "depth")
    session = listening(WEEX_CONTRACT, "BTC")
    [first], [second] = session.parse(whole, SEEN), session.parse(change, SEEN)
    assert isinstance(first, OrderBook)
    assert (first.sequence, second.sequence) == (json.loads(whole)["u"], json.loads(change)["u"])
    assert first.bids == tuple((float(price), float(size)) for price, size in json.loads(whole)["b"])
    assert first.asks == tuple((float(price), float(size)) for price, size in json.loads(whole)["a"])
    gone = {float(price) for price, size in json.loads(change)["b"] if not float(size)}
    assert {price for price, _ in second.bids}.isdisjoint(gone)
    assert set(second.asks) >= {(float(price), float(size)) for price, size in json.loads(change)["a"]}


def test_bars(documents):
    """By start and interval, an hour here; volumes in base and quote."""
    for frame in frames(documents, "kline"):
        [line] = json.loads(frame)["d"]
        [event] = listening(WEEX, bases(frame)).parse(frame, SEEN)
        assert isinstance(event, Candle)
        assert (event.at, event.interval_s) == (line["t"] * MS, (line["T"] - line["t"]) // 1000)
        assert (event.open, event.high, event.low, event.close) == tuple(float(line[key]) for key in "ohlc")
        assert (event.volume, event.turnover) == (float(line["v"]), float(line["q"]))


def test_words_about_the_conversation(documents):
    """Greeting, answers, errors with and without an id, and both pings."""
    for exchange in (WEEX, WEEX_CONTRACT):
        wanted = Subscription("trade", Instrument("BTC", "USDT", exchange.dialect.kind))
        heard = []
        for frame in documents:
            message = json.loads(frame)
            if "cid" in message or ("result" in message and len(message) > 1) or "ping" in message.values():
                session = exchange.open(Endpoint("wss://venue", (wanted,)))
                session.subscribe()
                heard += [type(one) for one in session.parse(re.sub(r'"id":\d+', '"id":3', frame), SEEN)]
        assert set(heard) == {Accepted, Rejected, Send}
        assert heard.count(Send) >= 2
        assert heard.count(Rejected) >= 5


def test_what_we_say_is_what_the_sheet_says(documents):
    """Messages of the sheet's own form, PING and PONG among them."""
    said = [json.loads(one) for one in documents if "method" in json.loads(one)]
    methods = {one["method"]: set(one) for one in said}
    session = listening(WEEX, "BTC")
    ours = [*listening(WEEX, "ETH").update(()), *session.update(()), session.keepalive.frame]
    for frame in ours:
        message = json.loads(frame)
        assert set(message) == methods[message["method"]]
    [pong] = session.parse('{"event":"ping","time":"1790134590000"}', SEEN)
    assert json.loads(pong.frame)["method"] == "PONG"


def test_catalogues(documents):
    """Base and quote by their own fields; the spot row is traded, the contract is perpetual."""
    spot, contract = (
        next(one for one in documents if key in json.loads(one) and "symbols" in json.loads(one))
        for key in ("timezone", "assets")
    )
    [market] = WEEX.parse_markets(spot.encode())
    assert (market.instrument, market.code, market.suspended) == (Instrument("BTC", "USDT"), "BTCUSDT", False)
    [market] = WEEX_CONTRACT.parse_markets(contract.encode())
    assert market.instrument == Instrument("BTC", "USDT", "perpetual")


def test_rest_tickers(examples):
    """The spot one and the contract one, in the same words."""
    bodies = [one for one in examples if isinstance(json.loads(one), list) and "lastPrice" in one]
    assert len(bodies) == 2
    for body in bodies:
        [line] = json.loads(body)
        for exchange in (WEEX.configured(Settings()), WEEX_CONTRACT.configured(Settings())):
            exchange.parse_markets(b'{"symbols":[{"symbol":"ETHUSDT","baseAsset":"ETH","quoteAsset":"USDT"}]}')
            [event] = exchange.parse_polled("tickers", body.encode(), SEEN)
            assert event.instrument == Instrument("ETH", "USDT", exchange.dialect.kind)
            assert (event.price, event.volume_24h, event.turnover_24h) == tuple(
                float(line[key]) for key in ("lastPrice", "volume", "quoteVolume")
            )


def test_errors(documents):
    """The V3 shape is quoted in the blame."""
    [body] = [one for one in documents if isinstance(json.loads(one).get("code"), int)]
    with pytest.raises(Exception, match=r"refused with -1142 Parameter 'symbol' is invalid\."):
        WEEX.parse_markets(body.encode())
