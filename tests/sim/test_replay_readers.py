"""Captures of venues with dialects of their own: read, listed, and served so that all that was recorded is heard."""

from collections import Counter, deque

import httpx
import msgspec
import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st
from trio_websocket import open_websocket_url

from scanner.exchanges.base import Accepted, Endpoint, Fetch, Send, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, OrderBook, Subscription, Ticker, Trade
from scanner.sim.capture import load, read
from scanner.sim.captures.base import Shot
from scanner.sim.captures.registry import READERS
from scanner.sim.options import CannotServe, Options
from scanner.sim.recorded import RecordedMarket
from scanner.sim.server import serve
from scanner.sim.venues.registry import VENUES

AT = 1_790_000_000.25
WAVE, TIDE = Instrument("WAVE", "USDT"), Instrument("TIDE", "ETH")


def line(number, message):
    return f"{AT + number / 10}: {msgspec.json.encode(message).decode()}"


def answer(url, body):
    return f"https://venue{url} -> {AT}: {msgspec.json.encode(body).decode()}"


def difference(code, first, last, bids=(), asks=()):
    data = {"e": "depthUpdate", "E": 1_790_000_000_300, "s": code.upper(), "U": first, "u": last, "b": bids, "a": asks}
    return {"stream": f"{code}@depth@100ms", "data": data}


def best(code, bid):
    return {"stream": f"{code}@bookTicker", "data": {"u": 9, "s": code.upper(), "b": bid, "B": "1", "a": "9", "A": "1"}}


SNAPSHOT = {"lastUpdateId": 51, "bids": [["0.2500", "4"], ["0.2400", "5"]], "asks": [["0.2600", "6"], ["0.2700", "0"]]}
CATALOGUE = {
    "symbols": [
        {"symbol": "TIDEETH", "baseAsset": "TIDE", "quoteAsset": "ETH", "status": "TRADING"},
        {"symbol": "WAVEUSDT", "baseAsset": "WAVE", "quoteAsset": "USDT", "status": "TRADING"},
        {"symbol": "ELSEUSDT", "baseAsset": "ELSE", "quoteAsset": "USDT", "status": "TRADING"},
    ]
}
BINANCE = [
    "wss://venue/stream?streams=waveusdt@depth@100ms <-> 1790000000.1",
    line(0, {"result": None, "id": 1}),
    line(1, difference("waveusdt", 50, 51)),
    line(2, best("waveusdt", "0.2510")),
    line(3, difference("tideeth", 7, 8, bids=[["0.5", "1"]])),
    line(4, difference("waveusdt", 52, 52, bids=[["0.2500", "0"]])),
    line(5, {"stream": "!miniTicker@arr", "data": [{"e": "24hrMiniTicker", "s": "WAVEUSDT", "c": "0.25"}]}),
]
OKX = [
    line(0, {"event": "subscribe", "arg": {"channel": "trades", "instId": "WAVE-USDT"}}),
    line(1, {"arg": {"channel": "trades", "instId": "WAVE-USDT"}, "data": [{"px": "0.25", "sz": "4", "side": "buy"}]}),
    line(2, {"arg": {"channel": "candle1m", "instId": "WAVE-USDT"}, "data": [["1790000000000", "0.24", "0.26"]]}),
    line(
        3,
        {
            "arg": {"channel": "books", "instId": "WAVE-USD-SWAP"},
            "action": "snapshot",
            "data": [{"bids": [["7.5", "1", "0", "1"]], "asks": []}],
        },
    ),
    line(
        4,
        {
            "arg": {"channel": "books", "instId": "WAVE-USD-SWAP"},
            "action": "update",
            "data": [{"bids": [["7.1", "0", "0", "0"]], "asks": []}],
        },
    ),
]


def binance(*lines):
    return read([*lines, *BINANCE], READERS["binance"], "test")


def test_binances_frames_are_known_by_their_stream():
    # Promise: kinds are kept apart, all-market streams have no code, what was answered is no data.
    capture = binance()
    assert [one.key for one in capture.recorded] == [
        ("depth@100ms", "waveusdt"),
        ("bookTicker", "waveusdt"),
        ("depth@100ms", "tideeth"),
        ("depth@100ms", "waveusdt"),
        ("!miniTicker@arr", ""),
    ]
    assert [one.continues for one in capture.recorded] == [49, None, 6, 51, None]
    assert [one.price for one in capture.recorded] == [None, 0.251, None, None, None]


def test_currencies_come_from_the_catalogue_or_from_how_a_code_ends():
    # Promise: the recorded exchangeInfo decides; without it the known quote currencies; a riddle is named.
    odd = {"symbols": [{"symbol": "WAVEUSDT", "baseAsset": "WAVEU", "quoteAsset": "SDT"}]}
    assert binance().instruments == {"waveusdt": WAVE, "tideeth": TIDE}
    assert binance(answer("/api/v3/exchangeInfo", CATALOGUE)).instruments == {"waveusdt": WAVE, "tideeth": TIDE}
    assert binance(answer("/x", odd)).instruments["waveusdt"] == Instrument("WAVEU", "SDT")
    with pytest.raises(CannotServe, match=r"'wavexyz': expected a code that ends with one of .*exchangeInfo"):
        binance(line(9, difference("wavexyz", 1, 2)))


def test_a_recorded_book_is_shown_with_its_number():
    # Promise: the first one of each market, whole, without empty levels.
    later = {**SNAPSHOT, "lastUpdateId": 99}
    url = "/api/v3/depth?symbol=WAVEUSDT&limit=1000"
    capture = binance(answer(url, SNAPSHOT), answer(url, later))
    assert capture.shots == {"waveusdt": Shot(51, ((0.25, 4.0), (0.24, 5.0)), ((0.26, 6.0),))}
    told = VENUES["binance"].rest(RecordedMarket(capture)).answer("/api/v3/depth", {"symbol": "WAVEUSDT"})
    book = msgspec.json.decode(told.body)
    assert book["lastUpdateId"] == 51
    assert [float(price) for price, _ in book["bids"]] == [0.25, 0.24]


def test_a_book_that_nobody_recorded_ends_just_before_its_first_change():
    # Promise: empty, with the number that the first difference continues.
    told = VENUES["binance"].rest(RecordedMarket(binance())).answer("/api/v3/depth", {"symbol": "TIDEETH"})
    assert msgspec.json.decode(told.body) == {"lastUpdateId": 6, "bids": [], "asks": []}


def test_okxs_frames_are_known_by_channel_and_instrument():
    # Promise: confirmations are no data; candles, whole books and changes are; prices where there are any.
    capture = read(OKX, READERS["okx"], "test")
    assert [(one.key, one.price) for one in capture.recorded] == [
        (("trades", "WAVE-USDT"), 0.25),
        (("candle1m", "WAVE-USDT"), None),
        (("books", "WAVE-USD-SWAP"), 7.5),
        (("books", "WAVE-USD-SWAP"), None),
    ]
    assert capture.instruments == {"WAVE-USDT": WAVE, "WAVE-USD-SWAP": Instrument("WAVE", "USD-SWAP")}


@pytest.mark.parametrize(("exchange", "lines"), [("binance", BINANCE), ("okx", OKX)])
def test_rest_lists_what_was_recorded(exchange, lines):
    # Promise: the scanner reads exactly those markets out of the catalogue, and a price for what is a spot market.
    capture = read(lines, READERS[exchange], "test")
    known, rest = EXCHANGES[exchange], VENUES[exchange].rest(RecordedMarket(capture))

    def ask(request):
        return rest.answer(request.url.removeprefix(known.rest_url), request.params).body

    markets = [one for one in known.parse_markets(ask(known.markets_request())) if not one.suspended]
    assert {one.instrument for one in markets} == set(capture.instruments.values())
    tickers = [one for request in known.tickers_requests(markets) for one in known.parse_tickers(ask(request), 1)]
    assert {one.instrument for one in tickers} == {one.instrument for one in markets if one.instrument.quote.isalpha()}


json = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.sampled_from(["x", "1.5", "nan", "A-B"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["stream", "data", "arg", "instId", "channel", "U", "p", "k", "symbols", "symbol", "bids"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(frames=st.lists(json, max_size=4), answers=st.lists(json, max_size=3))
@pytest.mark.parametrize("exchange", sorted(READERS))
def test_no_file_brings_a_reader_down(exchange, frames, answers):
    # Promise: whatever JSON the lines hold, it is data, or passed over, or the one error that names the file.
    lines = [line(0, frame) for frame in frames]
    lines += [answer("/api/v3/depth?symbol=X", body) for body in answers]
    try:
        capture = read(lines, READERS[exchange], "test")
    except CannotServe:
        return
    RecordedMarket(capture)


# ---- through a real socket, by the scanner's own sessions


class Conversation:
    """The scanner's side: what it says, what it hears, and the REST answers it asks for."""

    def __init__(self, exchange, urls, wanted):
        self.known = EXCHANGES[exchange].configured(Settings(**urls[exchange]))
        self.session = self.known.open(Endpoint(self.known.ws_url, wanted))
        self.outbox = deque(self.session.subscribe())
        self.events = []

    async def run(self, enough, pause_s):
        async with httpx.AsyncClient(trust_env=False) as client, open_websocket_url(self.known.ws_url) as websocket:
            with trio.fail_after(60):
                while len(self.events) < enough:
                    while self.outbox:
                        await websocket.send_message(self.outbox.popleft())
                        await trio.sleep(pause_s)
                    await self.take(client, self.session.parse(await websocket.get_message(), 1))
            with trio.move_on_after(0.3):
                await self.take(client, self.session.parse(await websocket.get_message(), 1))

    async def take(self, client, results):
        for result in results:
            if isinstance(result, Fetch):
                fetched = await client.get(result.request.url, params=result.request.params)
                await self.take(client, self.session.parse_fetched(result.tag, fetched.content))
            elif isinstance(result, Send):
                self.outbox.append(result.frame)
            elif not isinstance(result, Accepted):
                self.events.append(result)


async def replayed(exchange, files, wanted, enough, pause_s=0.0):
    async with trio.open_nursery() as nursery:
        urls = await nursery.start(serve, Options(exchanges=(exchange,), replay=tuple(map(str, files))))
        conversation = Conversation(exchange, urls, wanted)
        await conversation.run(enough, pause_s)
        nursery.cancel_scope.cancel()
    return conversation.events


async def test_a_book_is_whole_from_its_recorded_snapshot_on(tmp_path):
    # Promise: several files make one capture; the book the scanner builds is the snapshot and then each change.
    (tmp_path / "frames").write_text("\n".join(BINANCE))
    (tmp_path / "books").write_text(answer("/api/v3/depth?symbol=WAVEUSDT", SNAPSHOT))
    (tmp_path / "markets").write_text(answer("/api/v3/exchangeInfo", CATALOGUE))
    files = [tmp_path / name for name in ("frames", "books", "markets")]
    wanted = (Subscription("orderbook", WAVE),)
    events = await replayed("binance", files, wanted, 2)
    assert [(event.bids, event.asks, event.sequence) for event in events] == [
        (((0.25, 4.0), (0.24, 5.0)), ((0.26, 6.0),), 51),
        (((0.24, 5.0),), ((0.26, 6.0),), 52),
    ]


async def test_the_shared_binance_capture_comes_out_whole(shared):
    # Promise: 2 trades, 84 best prices, 2 candles, and 176 books from four snapshots on, by the scanner's own counting.
    files = [shared / "recordings" / name for name in ("BINANCE.ws.1.0", "BINANCE.http.0.0", "BINANCE.0")]
    instruments = load(list(map(str, files)), READERS["binance"]).instruments.values()
    assert set(map(str, instruments)) == {"NKN/USDT", "BLZ/ETH", "LRC/BTC", "RUNE/EUR"}
    channels = ("trade", "booktop", "candle", "orderbook")
    wanted = tuple(Subscription(channel, one) for channel in channels for one in instruments)
    events = await replayed("binance", files, wanted, 264)
    assert Counter(map(type, events)) == {Trade: 2, BookTop: 84, Candle: 2, OrderBook: 176}


async def test_the_shared_okx_capture_comes_out_whole(shared):
    # Promise: 74 trades, 28 tickers and 290 books.
    files = [shared / "recordings" / name for name in ("OKX.ws.1.0", "OKX.0")]
    instruments = load(list(map(str, files)), READERS["okx"]).instruments.values()
    wanted = tuple(Subscription(channel, one) for channel in ("trade", "ticker", "orderbook") for one in instruments)
    events = await replayed("okx", files, wanted, 392)
    assert Counter(map(type, events)) == {Trade: 74, Ticker: 28, OrderBook: 290}
