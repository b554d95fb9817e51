"""Whole conversations between the scanner's WEEX and the simulated one: what is heard is what the market did."""

import json
from collections import defaultdict
from itertools import pairwise

import msgspec
import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense, Send
from scanner.exchanges.weex.spec import WEEX
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Gap, OrderBook, Subscription, Ticker, Trade
from scanner.sim.damage import Damage
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.weex_desk import Manners
from scanner.sim.venues.weex_house import Weex
from scanner.sim.venues.weex_words import text, trade_id

NS = 1_000_000_000
MS = 1_000_000
ORIGIN = 1_790_000_000_000_000_000
COINS = [Instrument(base, "USDT") for base in ("BTC", "ETH", "XRP", "SOL")]
BTC, ETH, XRP, SOL = COINS
GONE, NOPE = Instrument("GONE", "USDT"), Instrument("NOPE", "USDT")


class Conversation:
    """A session and a desk with a market behind it, without a socket; `lose` says which frames never arrive."""

    def __init__(self, *wanted, scenario="quiet", manners=None):
        self.market = SimulatedMarket("weex", 1, scenario, ORIGIN)
        self.venue = Weex(manners, dead=["GONEUSDT"])
        self.desk, self.teller = self.venue.converse(self.market)
        self.session = WEEX.open(Endpoint("ws://venue", wanted))
        self.at, self.lose = ORIGIN, lambda _: False
        self.events, self.words, self.fills, self.operations = [], [], [], 0
        self.books = []
        """Each book heard, beside the market's own of that sequence."""
        self.hear(self.desk.greeting())
        self.say(self.session.subscribe())

    def say(self, frames):
        for frame in frames:
            heard = self.desk.hear(frame)
            self.operations += heard.operation
            opening = self.teller.snapshots() if heard.subscribed else []
            self.market.watch_books(self.teller.books())
            self.hear([*opening, *heard.control])  # data may come before the answer

    def hear(self, frames):
        for frame in frames:
            if self.lose(frame):
                continue
            results = self.session.parse(frame, self.at)
            self.words += [one for one in results if isinstance(one, Accepted | Rejected)]
            self.events += [one for one in results if not isinstance(one, Accepted | Rejected | Send)]
            self.say([one.frame for one in results if isinstance(one, Send)])

    def pass_time(self, seconds):
        """Step by step; the events of that time."""
        end, before = self.at + int(seconds * NS), len(self.events)
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.fills += [one for one in happenings if isinstance(one, Fill)]
            self.hear(self.teller.tell(happenings))
        return self.events[before:]

    def all(self, kind):
        return [event for event in self.events if isinstance(event, kind)]

    def true_book(self, event):
        return self.market.book(event.instrument, event.sequence, 15)


def everything(*instruments):
    return tuple(Subscription(channel, one) for channel in sorted(WEEX.channels) for one in instruments)


def as_trade(fill, seen):
    return Trade("weex", fill.instrument, fill.at_ms * MS, seen, trade_id(fill), fill.price, fill.size, fill.side)


def by_id(trades):
    return {trade.id: trade for trade in trades}


@pytest.mark.parametrize("scenario", ["quiet", "crash"])
def test_what_is_heard_is_what_the_market_did(scenario):
    # Promise: every trade once, each book and top as it was at its id, tickers and bars of the market's own figures.
    talk = Conversation(*everything(*COINS), scenario=scenario)
    talk.market.start_script(ORIGIN + 5 * NS)
    talk.pass_time(30)
    trades = talk.all(Trade)
    wanted = [fill for fill in talk.fills if fill.instrument in COINS]
    assert by_id(trades) == {trade_id(fill): as_trade(fill, by_id(trades)[trade_id(fill)].seen) for fill in wanted}
    assert len(trades) == len(wanted) > 20
    for event in talk.all(OrderBook):
        book = talk.true_book(event)
        assert (event.bids, event.asks) == (book.bids, book.asks)
    assert {event.instrument for event in talk.all(OrderBook)} == set(COINS)
    assert {event.instrument for event in talk.all(BookTop)} == set(COINS)
    assert all(event.bid[0] < event.ask[0] for event in talk.all(BookTop))
    assert not talk.all(Gap)
    last = {event.instrument: event for event in talk.all(Ticker)}
    for instrument in {fill.instrument for fill in wanted}:
        summary = talk.market.ticker(instrument)
        assert last[instrument].price == summary.last.price
        assert last[instrument].turnover_24h == pytest.approx(summary.turnover_24h, rel=1e-4)  # it rolls on


def test_trades_of_one_instrument_come_in_order_of_time():
    # Promise: the venue heaps them in no order at all.
    talk = Conversation(*everything(*COINS), scenario="crash")
    talk.market.start_script(ORIGIN + NS)
    talk.pass_time(30)
    for instrument in COINS:
        times = [trade.at for trade in talk.all(Trade) if trade.instrument == instrument]
        assert times == sorted(times)


def test_a_bar_ends_as_the_market_has_it():
    # Promise: the last one told of each minute is the market's own bar.
    talk = Conversation(*everything(BTC))
    talk.pass_time(150)
    told = {event.at: event for event in talk.all(Candle)}
    for bar in talk.market.candles(BTC, 2):
        event = told[bar.start_ms * MS]
        assert (event.open, event.high, event.low, event.close) == (bar.open, bar.high, bar.low, bar.close)
        assert (event.volume, event.turnover) == (bar.volume, bar.turnover)


def test_books_are_told_at_most_twice_a_second_and_fit_each_other():
    # Promise: one frame of each book on a grid of 500 ms, whose U is the u before it.
    talk = Conversation(Subscription("orderbook", BTC))
    frames = []
    talk.lose = lambda frame: frames.append(json.loads(frame))
    talk.pass_time(20)
    times = [frame["E"] for frame in frames if frame.get("e") == "depth"]
    assert len(times) > 20
    assert len({at // 500 for at in times}) == len(times)
    changes = [(frame["U"], frame["u"]) for frame in frames if frame.get("e") == "depth"]
    assert all(before[1] == after[0] for before, after in pairwise(changes))
    assert all(isinstance(size, str) for frame in frames if "b" in frame for _, size in frame["b"])


def test_a_lost_change_is_a_gap_and_the_book_comes_back():
    # Promise: told once, mended with two operations, nothing shown in between, and right again afterwards.
    talk = Conversation(*(Subscription("orderbook", one) for one in (BTC, ETH)))
    talk.pass_time(5)
    lost = []

    def lose(frame):
        drops = not lost and '"depth"' in frame and "BTCUSDT" in frame
        lost.extend([frame] * drops)
        return drops

    talk.lose = lose
    after = talk.pass_time(10)
    [gap] = [event for event in after if isinstance(event, Gap)]
    assert gap.instruments == (BTC,)
    later = [event for event in after[after.index(gap) :] if isinstance(event, OrderBook)]
    assert {event.instrument for event in later} == {BTC, ETH}
    for event in later:
        assert (event.bids, event.asks) == (talk.true_book(event).bids, talk.true_book(event).asks)
    assert talk.operations == 3


@pytest.mark.parametrize("fault", ["skip-sequence", "duplicate", "garble"])
def test_damaged_streams_heal(fault):
    # Promise: holes are gaps, repeats change no book, nonsense is blamed; no book shown is ever a wrong one.
    talk = Conversation(*everything(*COINS))
    damage = Damage(lambda name: name == fault and talk.at < ORIGIN + 60 * NS)
    blamed = 0
    while talk.at < ORIGIN + 80 * NS:
        talk.at += NS // 20
        for frame in damage.done_to(talk.teller.tell(talk.market.advance(talk.at))):
            try:
                talk.hear([frame])
            except RemoteNonsense:
                blamed += 1
    assert bool(talk.all(Gap)) == (fault == "skip-sequence")
    assert (blamed > 0) == (fault == "garble")
    for event in talk.all(OrderBook):
        assert (event.bids, event.asks) == (talk.true_book(event).bids, talk.true_book(event).asks)
    late = {event.instrument for event in talk.all(OrderBook) if event.seen > ORIGIN + 70 * NS}
    assert late == set(COINS)
    assert talk.operations <= 1 + 2 * 60 / 5


def test_instruments_come_and_go_while_the_others_go_on():
    # Promise: what stays loses nothing, what goes falls silent, what comes is heard.
    talk = Conversation(*everything(BTC, ETH), scenario="crash")
    talk.market.start_script(ORIGIN + NS)
    talk.pass_time(5)
    talk.say(talk.session.update(everything(BTC, XRP, SOL)))
    after = talk.pass_time(20)
    assert {event.instrument for event in after} == {BTC, XRP, SOL}
    heard = {trade.id for trade in talk.all(Trade) if trade.instrument == BTC}
    assert heard == {trade_id(fill) for fill in talk.fills if fill.instrument == BTC}
    talk.say(talk.session.update(()))
    assert talk.pass_time(5) == []
    talk.say(talk.session.update(everything(ETH)))
    assert {event.instrument for event in talk.pass_time(20)} == {ETH}
    assert not talk.all(Gap)


@pytest.mark.parametrize("spoils", [True, False])
def test_a_bad_name_is_found_and_the_others_flow(spoils):
    # Promise: whether it spoils its message or not, one more operation is enough.
    wanted = [Subscription("trade", one) for one in (*COINS, NOPE)]
    talk = Conversation(*wanted, manners=Manners(spoils=spoils))
    [rejected] = [word for word in talk.words if isinstance(word, Rejected)]
    assert rejected == Rejected(
        "INVALID_ARGUMENT", "invalid symbol : NOPEUSDT_SPBL", subscriptions=(Subscription("trade", NOPE),)
    )
    assert talk.operations == 2
    assert {code for _, code in talk.desk.streams} == {"BTCUSDT", "ETHUSDT", "XRPUSDT", "SOLUSDT"}
    talk.pass_time(30)
    assert by_id(talk.all(Trade)).keys() == {trade_id(fill) for fill in talk.fills if fill.instrument in COINS}


def test_a_dead_market_is_named_and_its_place_is_free():
    # Promise: it is confirmed, tells an empty book with id 0, and nothing ever after.
    talk = Conversation(*everything(BTC, GONE))
    [rejected] = [word for word in talk.words if isinstance(word, Rejected)]
    assert set(rejected.subscriptions) == set(everything(GONE))
    assert {code for _, code in talk.desk.streams} == {"BTCUSDT"}
    assert {event.instrument for event in talk.pass_time(10)} == {BTC}


def test_markets_come_and_go_on_a_connection_that_stands():
    # Promise: a new one can be had at once; one that is gone is confirmed, and dead, unless it was never there.
    talk = Conversation(*everything(BTC))
    newcomer = Instrument("WAVELET", "USDT")
    talk.market.change_listing("list", newcomer)
    talk.market.change_listing("delist", XRP)
    talk.say(talk.session.update(everything(BTC, newcomer, XRP)))
    [rejected] = [word for word in talk.words if isinstance(word, Rejected)]
    assert set(rejected.subscriptions) == set(everything(XRP))
    assert {event.instrument for event in talk.pass_time(30)} == {BTC, newcomer}
    talk.market.change_listing("delist", newcomer)
    assert {event.instrument for event in talk.pass_time(10)} == {BTC}


@pytest.mark.parametrize("manners", [Manners(), Manners(answers_pongs=True, ping_key="type", counts_pings=False)])
def test_pings_are_answered_both_ways(manners):
    # Promise: whichever way the venue does it, each side hears from the other and nothing else follows.
    talk = Conversation(*everything(BTC), manners=manners)
    before = talk.operations, len(talk.events)
    [pong] = talk.session.parse(talk.desk.beat(), talk.at)
    heard = talk.desk.hear(pong.frame)
    assert heard.answer
    assert [result for frame in heard.control for result in talk.session.parse(frame, talk.at)] == []
    talk.say([talk.session.keepalive.frame])
    assert talk.words[-1] == Accepted()
    assert (talk.operations, len(talk.events)) == (before[0] + manners.counts_pings, before[1])


def test_numbers_are_written_as_the_venue_writes_them():
    # Promise: decimal text without an exponent, which gives the very same number when it is read.
    for number in (1e-8, 1.5e-7, 0.1, 86646.0, 123456789.12345678, 5e22, 3):
        assert "e" not in text(number)
        assert float(text(number)) == number


# ---- REST


@pytest.fixture
def market():
    market = SimulatedMarket("weex", 1, "quiet", ORIGIN)
    market.advance(ORIGIN + 60 * NS)
    return market


@pytest.fixture
def get(market):
    """Ask as the scanner does, or by path."""
    rest = Weex(halted=["ETHUSDT"]).rest(market)

    def ask(request=None, path="", status=200, **params):
        if request is not None:
            path, params = request.url.removeprefix(WEEX.rest_url), request.params
            assert request.weight == rest.weight(path, params)
        answer = rest.answer(path, params)
        assert answer.status == status
        return answer.body

    return ask


def test_the_catalogue_and_all_prices_are_read(market, get):
    # Promise: every market with its state, every ticker with the market's own figures, for weight 2.
    listed = WEEX.parse_markets(get(WEEX.markets_request()))
    assert [one.instrument for one in listed] == [entry.instrument for entry in market.entries]
    assert [one.code for one in listed if one.suspended] == ["ETHUSDT"]
    [request] = WEEX.tickers_requests(listed)
    [poll] = WEEX.polls([Subscription("ticker", BTC)])
    assert poll.request == request
    told = {one.instrument: one for one in WEEX.parse_polled(poll.tag, get(request), ORIGIN)}
    assert told.keys() == {entry.instrument for entry in market.entries}
    for instrument, one in told.items():
        summary = market.ticker(instrument)
        assert (one.price, one.turnover_24h) == (summary.last.price, summary.turnover_24h)


def test_the_newest_trades_are_those_of_the_socket(market, get):
    # Promise: oldest first, the same ids, sides and sizes.
    told = WEEX.parse_trades(BTC, get(WEEX.trades_request(BTC)), 7)
    fills = market.trades(BTC, 500)
    assert by_id(told) == {trade_id(fill): as_trade(fill, 7) for fill in fills}
    assert [one.at for one in told] == sorted(one.at for one in told)


def test_the_rest_of_the_pages_are_there(market, get):
    # Promise: time, tops, books by the socket's ids, and bars oldest first.
    assert msgspec.json.decode(get(path="/api/v3/time"))["serverTime"] > 0
    [top] = msgspec.json.decode(get(path="/api/v3/market/ticker/bookTicker", symbol="BTCUSDT"))
    book = msgspec.json.decode(get(path="/api/v3/market/depth", symbol="BTCUSDT"))
    assert book["lastUpdateId"] == market.changed_ms(BTC)
    assert [top["bidPrice"], top["bidQty"]] == book["bids"][0]
    assert (len(book["bids"]), len(book["asks"])) == (15, 15)
    bars = msgspec.json.decode(get(path="/api/v3/market/klines", symbol="BTCUSDT", interval="1m", limit="3"))
    assert [len(bar) for bar in bars] == [11] * 3
    assert [bar[0] for bar in bars] == sorted(bar[0] for bar in bars)


@pytest.mark.parametrize(
    ("path", "params", "status", "code"),
    [
        ("trades", {}, 400, -1140),
        ("trades", {"symbol": "NOPE"}, 400, -1142),
        ("trades", {"symbol": "BTCUSDT", "limit": "1001"}, 400, -1142),
        ("trades", {"symbol": "BTCUSDT", "limit": "x"}, 400, -1142),
        ("depth", {"symbol": "BTCUSDT", "limit": "50"}, 400, -1142),
        ("klines", {"symbol": "BTCUSDT", "interval": "3m"}, 400, -1142),
        ("weather", {}, 404, None),
    ],
)
def test_mistakes_are_answered_in_the_venues_form(get, path, params, status, code):
    # Promise: number and sentence, which the scanner quotes; an unknown page in the form of the server behind it.
    body = get(None, f"/api/v3/market/{path}", status, **params)
    said = msgspec.json.decode(body)
    assert said.get("code") == code
    assert said.keys() == ({"code", "msg"} if code else {"timestamp", "status", "error", "path"})


def test_rest_takes_from_one_purse_by_weight(market):
    # Promise: 500 in ten seconds, whatever is asked for.
    rest = Weex().rest(market)
    assert {rest.group(path) for path in ("/api/v3/time", "/api/v3/market/trades")} == {"weight"}
    weights = {path: rest.weight(f"/api/v3/{path}", {}) for path in ("exchangeInfo", "market/trades", "market/depth")}
    assert weights == {"exchangeInfo": 20, "market/trades": 25, "market/depth": 5}
    assert rest.over_limit().status == 429
    assert rest.over_limit().headers == {}
    assert rest.remaining("weight", 3) == {}


def test_messages_have_the_fields_of_the_sheet():
    # Promise: each message with every field of its table, in no more and no fewer.
    talk = Conversation(*everything(BTC))
    seen = defaultdict(dict)
    talk.lose = lambda frame: seen[json.loads(frame).get("e")].update(json.loads(frame))
    talk.say(talk.session.update([]))
    talk.say(talk.session.update(everything(BTC)))
    talk.pass_time(30)
    assert set(seen["bookTicker"]) == set("eEsubBaA")
    assert set(seen["trade"]) == set(seen["tradeSnapshot"]) == set(seen["ticker"]) == set("eEsd")
    assert set(seen["depth"]) == set(seen["depthSnapshot"]) == {*"eEsUulbad"}
    assert set(seen["kline"]) == set(seen["klineSnapshot"]) == set("eEspd")
    assert set(seen["ticker"]["d"][0]) == set("pPwcohlvqOCn")
    assert set(seen["trade"]["d"][0]) == set("Ttpqvm")
    assert set(seen["kline"]["d"][0]) == set("tTsiochlvqnVQ")
