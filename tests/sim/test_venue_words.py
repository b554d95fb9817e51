"""What the simulated venues say is what the real ones say, down to the field, and the scanner understands all of it."""

from collections import defaultdict
from datetime import UTC, datetime, timedelta

import msgspec
import pytest

from scanner.exchanges.base import Endpoint, Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle, OrderBook, Subscription, Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.bithumb import socket_id
from scanner.sim.venues.registry import VENUES

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
TICKETS = ("upbit", "bithumb")
NAMES = {
    "upbit": {
        "trade": "type code timestamp trade_date trade_time trade_timestamp trade_price trade_volume ask_bid "
        "prev_closing_price change change_price sequential_id best_ask_price best_ask_size best_bid_price "
        "best_bid_size stream_type",
        "ticker": "type code opening_price high_price low_price trade_price prev_closing_price acc_trade_price change "
        "change_price signed_change_price change_rate signed_change_rate ask_bid trade_volume acc_trade_volume "
        "trade_date trade_time trade_timestamp acc_ask_volume acc_bid_volume highest_52_week_price "
        "highest_52_week_date lowest_52_week_price lowest_52_week_date market_state is_trading_suspended "
        "delisting_date market_warning timestamp acc_trade_price_24h acc_trade_volume_24h stream_type",
        "orderbook": "type code timestamp total_ask_size total_bid_size orderbook_units stream_type level",
        "candle.1m": "type code candle_date_time_utc candle_date_time_kst opening_price high_price low_price "
        "trade_price candle_acc_trade_volume candle_acc_trade_price timestamp stream_type",
    },
    "bithumb": {
        "trade": "type code trade_price trade_volume ask_bid prev_closing_price change change_price trade_date "
        "trade_time trade_timestamp sequential_id timestamp stream_type",
        "ticker": "type code opening_price high_price low_price trade_price prev_closing_price change change_price "
        "signed_change_price change_rate signed_change_rate trade_volume acc_trade_volume acc_trade_volume_24h "
        "acc_trade_price acc_trade_price_24h trade_date trade_time trade_timestamp ask_bid acc_ask_volume "
        "acc_bid_volume highest_52_week_price highest_52_week_date lowest_52_week_price lowest_52_week_date "
        "market_state is_trading_suspended delisting_date market_warning timestamp stream_type",
        "orderbook": "type code total_ask_size total_bid_size orderbook_units level timestamp stream_type",
    },
}
"""Venue → stream → every field of the fact sheets."""
STREAMS = [(venue, stream) for venue, streams in NAMES.items() for stream in streams]


class Client:
    """A conversation without a network: a market, a desk and what its teller says."""

    def __init__(self, exchange, *objects, scenario="quiet", seed=1):
        self.market = SimulatedMarket(exchange, seed, scenario, ORIGIN)
        self.desk, self.teller = VENUES[exchange].converse(self.market)
        self.at = ORIGIN
        self.fills = []
        self.ask(*objects)

    def ask(self, *objects):
        request = msgspec.json.encode([{"ticket": "t"}, *objects])
        assert self.desk.hear(request).subscribed
        self.first = self.teller.snapshots()
        self.market.watch_books(self.teller.books())
        return self.first

    def frames(self, seconds):
        """What is told in so many seconds, step by step."""
        end, frames = self.at + int(seconds * NS), []
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.fills += [one for one in happenings if isinstance(one, Fill)]
            frames += self.teller.tell(happenings)
        return frames

    def messages(self, seconds):
        return [msgspec.json.decode(frame) for frame in self.frames(seconds)]


def one_of(exchange, stream, form="DEFAULT", code="KRW-BTC"):
    client = Client(exchange, {"type": stream, "codes": [code]}, {"format": form})
    return client, msgspec.json.decode(client.first[0])


@pytest.mark.parametrize(("exchange", "stream"), STREAMS)
def test_every_field_is_there_in_long_and_short(exchange, stream):
    # Promise: all fields of the sheet in its order, and exactly as many short keys.
    _, message = one_of(exchange, stream)
    assert list(message) == NAMES[exchange][stream].split()
    _, short = one_of(exchange, stream, "SIMPLE")
    assert [len(key) < 7 for key in short] == [True] * len(message)
    assert [value for key, value in short.items() if key != "obu"] == [
        value for key, value in message.items() if key != "orderbook_units"
    ]


@pytest.mark.parametrize(("exchange", "kind"), [("upbit", bytes), ("bithumb", str)])
def test_frames_are_of_the_venues_kind(exchange, kind):
    # Promise: Upbit's are binary, Bithumb's are text.
    client = Client(exchange, {"type": "trade", "codes": ["KRW-BTC"]})
    assert {type(frame) for frame in client.first + client.frames(5)} == {kind}


def test_array_formats_wrap_each_message():
    # Promise: a list of one, with long or short keys.
    for form, key in (("JSON_LIST", "type"), ("SIMPLE_LIST", "ty")):
        _, message = one_of("upbit", "ticker", form)
        assert isinstance(message, list)
        assert [each[key] for each in message] == ["ticker"]


def text_time(message, ahead_h):
    written = f"{message['trade_date']} {message['trade_time']}".replace("-", "").replace(":", "")
    return datetime.strptime(written, "%Y%m%d %H%M%S").replace(tzinfo=UTC) - timedelta(hours=ahead_h)


@pytest.mark.parametrize(("exchange", "ahead_h"), [("upbit", 0), ("bithumb", 9)])
@pytest.mark.parametrize("stream", ["trade", "ticker"])
def test_dates_are_in_the_venues_time(exchange, ahead_h, stream):
    # Promise: UTC at Upbit, Korean time at Bithumb, with dashes in trades and without in tickers.
    _, message = one_of(exchange, stream)
    assert text_time(message, ahead_h).timestamp() == message["trade_timestamp"] // 1_000
    assert ("-" in message["trade_date"]) == (stream == "trade")
    assert (":" in message["trade_time"]) == (stream == "trade")


def test_the_short_key_of_a_trades_date_differs():
    # Promise: `td` at Upbit, `tdt` at Bithumb.
    assert "td" in one_of("upbit", "trade", "SIMPLE")[1]
    assert "tdt" in one_of("bithumb", "trade", "SIMPLE")[1]


def test_ids_are_of_the_venues_kind():
    # Promise: Upbit counts within a millisecond; Bithumb has 18 digits, sometimes as a string.
    upbit = Client("upbit", {"type": "trade", "codes": ["KRW-BTC"]})
    ids = [message["sequential_id"] for message in upbit.messages(20)]
    assert ids == [
        fill.at_ms * 10_000 + fill.nth for fill in upbit.fills if fill.instrument == Instrument("BTC", "KRW")
    ]
    bithumb = Client("bithumb", {"type": "trade", "codes": ["KRW-BTC"]})
    ids = [message["sequential_id"] for message in bithumb.messages(20)]
    assert {type(each) for each in ids} == {int, str}
    assert {len(str(each)) for each in ids} == {18}


def test_upbit_books_are_as_deep_as_asked_and_in_milliseconds():
    # Promise: 30 by default, the suffix otherwise, level 0, and totals of what is shown.
    for suffix, depth in (("", 30), (".1", 1), (".5", 5), (".15", 15)):
        _, message = one_of("upbit", "orderbook", code=f"KRW-XRP{suffix}")
        units = message["orderbook_units"]
        assert message["code"] == "KRW-XRP"
        assert len(units) == depth
        assert message["total_ask_size"] == pytest.approx(sum(unit["ask_size"] for unit in units))
        assert len(str(message["timestamp"])) == 13
        assert message["level"] == 0


def test_upbit_groups_krw_books_by_the_levels_it_has():
    # Promise: prices are multiples of the level; a level the market does not have is answered with silence.
    client = Client("upbit", {"type": "orderbook", "codes": ["KRW-XRP"], "level": 10})
    units = msgspec.json.decode(client.first[0])["orderbook_units"]
    assert all(unit["ask_price"] % 10 == unit["bid_price"] % 10 == 0 for unit in units)
    assert units[0]["ask_price"] > units[0]["bid_price"]
    for code, level in (("KRW-XRP", 7), ("BTC-XRP", 10)):
        silent = Client("upbit", {"type": "orderbook", "codes": [code], "level": level})
        assert silent.first + silent.frames(10) == []


def test_bithumb_books_have_fifteen_rows_empty_ones_and_microseconds():
    # Promise: zero sizes occur, timestamps have 16 digits as a number or a string, level is 1, integers have no point.
    codes = ["KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-SOL"]
    client = Client("bithumb", {"type": "orderbook", "codes": codes})
    messages = [msgspec.json.decode(frame) for frame in client.first] + client.messages(20)
    assert {len(message["orderbook_units"]) for message in messages} == {15}
    assert {type(message["timestamp"]) for message in messages} == {int, str}
    assert {len(str(message["timestamp"])) for message in messages} == {16}
    assert any(unit["bid_size"] == 0 for message in messages for unit in message["orderbook_units"])
    assert all(isinstance(unit["ask_price"], int) for message in messages for unit in message["orderbook_units"])


@pytest.mark.parametrize("exchange", TICKETS)
def test_subscribing_again_gives_snapshots_again_and_nothing_of_the_old(exchange):
    # Promise: one SNAPSHOT for each (type, code), then only what the new request names.
    client = Client(exchange, {"type": "trade", "codes": ["KRW-BTC", "KRW-ETH"]})
    assert [msgspec.json.decode(frame)["stream_type"] for frame in client.first] == ["SNAPSHOT"] * 2
    client.messages(3)
    client.ask({"type": "ticker", "codes": ["KRW-XRP"]})
    assert [msgspec.json.decode(frame)["code"] for frame in client.first] == ["KRW-XRP"]
    later = client.messages(30)
    assert {(message["type"], message["code"], message["stream_type"]) for message in later} == {
        ("ticker", "KRW-XRP", "REALTIME")
    }


@pytest.mark.parametrize("exchange", TICKETS)
def test_flags_choose_between_state_and_news(exchange):
    # Promise: only a snapshot, or only what comes.
    snapshot = Client(exchange, {"type": "trade", "codes": ["KRW-BTC"], "is_only_snapshot": True})
    assert len(snapshot.first) == 1
    assert snapshot.frames(10) == []
    realtime = Client(exchange, {"type": "trade", "codes": ["KRW-BTC"], "is_only_realtime": True})
    assert realtime.first == []
    assert {message["stream_type"] for message in realtime.messages(10)} == {"REALTIME"}


@pytest.mark.parametrize("exchange", TICKETS)
def test_unknown_markets_are_ignored_in_silence(exchange):
    # Promise: no error and no data, neither for codes that do not exist nor for lower case.
    client = Client(exchange, {"type": "trade", "codes": ["KRW-NOPE", "krw-btc", "BTC/KRW", ""]})
    assert client.first + client.frames(10) == []


def test_candles_come_at_most_once_a_second_and_only_when_they_changed():
    # Promise: no two frames of one bar in one second, none without a trade, the last one is the whole truth.
    client = Client("upbit", {"type": "candle.1m", "codes": ["KRW-BTC"]}, {"type": "candle.1s", "codes": ["KRW-BTC"]})
    per_second = defaultdict(list)
    for second in range(60):
        for message in client.messages(1):
            per_second[message["type"], second].append(message)
    assert max(map(len, per_second.values())) == 1
    assert 30 <= len([key for key in per_second if key[0] == "candle.1m"]) <= 60
    minute = per_second["candle.1m", max(second for kind, second in per_second if kind == "candle.1m")][0]
    bar = next(
        bar
        for bar in client.market.candles(Instrument("BTC", "KRW"), 3)
        if datetime.fromtimestamp(bar.start_ms / 1_000, UTC).isoformat()[:19] == minute["candle_date_time_utc"]
    )
    assert minute["candle_acc_trade_volume"] <= bar.volume + 1e-9


# ---- the scanner's own ears


CODES = ["KRW-BTC", "KRW-ETH", "KRW-XRP", "KRW-STORJ", "BTC-ETH", "KRW-PEPE"]


FORMATS = {"upbit": ("DEFAULT", "SIMPLE", "JSON_LIST", "SIMPLE_LIST"), "bithumb": ("DEFAULT", "SIMPLE")}


@pytest.mark.parametrize("scenario", ["quiet", "crash"])
@pytest.mark.parametrize(("exchange", "form"), [(venue, form) for venue, forms in FORMATS.items() for form in forms])
def test_the_scanner_reads_all_of_it_and_gets_the_markets_own_trades(exchange, form, scenario):
    # Promise: no frame is nonsense to the registered exchange, and the trades read are the trades that happened.
    known = EXCHANGES[exchange].configured(Settings(format=form))
    instruments = [Instrument(code.partition("-")[2], code.partition("-")[0]) for code in CODES]
    wanted = tuple(Subscription(channel, each) for channel in sorted(known.channels) for each in instruments)
    session = known.open(Endpoint("ws://venue", wanted))
    (request,) = session.subscribe()
    client = Client(exchange, {"type": "trade", "codes": ["KRW-BTC"]}, scenario=scenario)
    client.market.start_script(ORIGIN + 5 * NS)
    assert client.desk.hear(request).subscribed
    frames = client.teller.snapshots()
    client.market.watch_books(client.teller.books())
    frames += client.frames(20)
    events = [event for frame in frames for event in session.parse(frame, 7)]
    trades = [event for event in events if isinstance(event, Trade)]
    assert trades == [as_trade(exchange, fill) for fill in client.fills if fill.instrument in instruments]
    assert {type(event) for event in events} == {Trade, Ticker, OrderBook} | (
        {Candle} if exchange == "upbit" else set()
    )
    assert all(event.exchange == exchange and event.instrument in instruments for event in events)


def as_trade(exchange, fill):
    number = fill.at_ms * 10_000 + fill.nth if exchange == "upbit" else socket_id(fill)
    return Trade(exchange, fill.instrument, fill.at_ms * 1_000_000, 7, str(number), fill.price, fill.size, fill.side)


@pytest.mark.parametrize("exchange", TICKETS)
def test_the_scanner_reads_the_catalogue_and_the_tickers(exchange):
    # Promise: every market with its flags, every ticker with the market's own price, turnover and time.
    market = SimulatedMarket(exchange, 1, "quiet", ORIGIN)
    market.advance(ORIGIN + 5 * NS)
    rest, known = VENUES[exchange].rest(market), EXCHANGES[exchange]
    request = known.markets_request()
    listed = known.parse_markets(rest.answer(request.url.removeprefix(known.rest_url), request.params).body)
    assert [each.instrument for each in listed] == [entry.instrument for entry in market.entries]
    assert [each.instrument for each in listed if each.warning] == [e.instrument for e in market.entries if e.warning]
    assert any(each.warning for each in listed)
    tickers = []
    for request in known.tickers_requests(listed):
        answer = rest.answer(request.url.removeprefix(known.rest_url), request.params)
        assert answer.status == 200
        tickers += known.parse_tickers(answer.body, 7)
    assert {ticker.instrument for ticker in tickers} == {entry.instrument for entry in market.entries}
    for ticker in tickers:
        summary = market.ticker(ticker.instrument)
        assert (ticker.price, ticker.at) == (summary.last.price, summary.last.at_ms * 1_000_000)
        assert ticker.turnover_24h == pytest.approx(summary.turnover_24h)
