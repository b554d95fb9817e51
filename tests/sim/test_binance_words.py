"""The scanner's own ears at the simulated Binance: what it reads is what happened there."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from scanner.exchanges.base import Accepted, Endpoint, Fetch, Rejected, Retiring, Send, Settings
from scanner.exchanges.binance.spec import BINANCE
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, BookTop, Candle, Gap, OrderBook, Subscription, Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import BookChange, SimulatedMarket
from scanner.sim.venues.binance import Binance

NS = 1_000_000_000
MS = 1_000_000
ORIGIN = 1_790_000_000_000_000_000
BTC, ETH, XRP = (Instrument(base, "USDT") for base in ("BTC", "ETH", "XRP"))
COINS = (BTC, ETH, XRP, Instrument("ETH", "BTC"))
SHOWN = 15


class Visit:
    """A whole conversation without a network: a market, its desk, teller and REST side, and the scanner's session."""

    def __init__(self, *wanted, path="/stream", scenario="quiet", venue=None):
        self.market = SimulatedMarket("binance", 1, scenario, ORIGIN)
        self.market.start_script(ORIGIN + 5 * NS)
        venue = venue or Binance()
        self.desk, self.teller = venue.converse(self.market, path)
        self.rest = venue.rest(self.market)
        self.exchange = BINANCE.configured(Settings())
        self.session = self.exchange.open(Endpoint("ws://venue/stream", wanted))
        self.at = ORIGIN
        self.happenings, self.results, self.said = [], [], []
        self.say(*self.session.subscribe())

    def say(self, *messages):
        for message in messages:
            self.said.append(message)
            heard = self.desk.hear(message)
            if heard.subscribed:
                self.results += [self.hear(frame) for frame in self.teller.snapshots()]
                self.market.watch_books(self.teller.books())
            for frame in heard.control:
                self.hear(frame)

    def want(self, *wanted):
        self.say(*self.session.update(wanted))

    def hear(self, frame):
        """Take a frame in, do what it leads to, and keep what it tells."""
        waiting = self.session.parse(frame, 7)
        while waiting:
            result = waiting.pop(0)
            if isinstance(result, Send):
                self.say(result.frame)
            elif isinstance(result, Fetch):
                waiting += self.session.parse_fetched(result.tag, self.get(result.request))
            else:
                self.results.append(result)

    def get(self, request):
        answer = self.rest.answer(request.url.removeprefix(self.exchange.rest_url), request.params)
        assert answer.status == 200
        return answer.body

    def run(self, seconds, lost=lambda _frame: False):
        """Let the market go on and the scanner hear of it, step by step, except for what is lost on the way."""
        end = self.at + int(seconds * NS)
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.happenings += happenings
            for frame in self.teller.tell(happenings):
                if not lost(frame):
                    self.hear(frame)

    def of(self, kind, instrument=None):
        return [one for one in self.results if type(one) is kind and (not instrument or one.instrument == instrument)]

    def fills(self, instrument):
        return [one for one in self.happenings if isinstance(one, Fill) and one.instrument == instrument]

    def changes(self, instrument):
        return [one.at_ms for one in self.happenings if isinstance(one, BookChange) and one.instrument == instrument]


def wanting(*channels, instruments=COINS):
    return tuple(Subscription(channel, one) for one in instruments for channel in channels)


def as_trades(fills):
    """Neighbours of one millisecond, side and price are one aggregate, under the first one's id."""
    runs = []
    for fill in fills:
        if runs and (runs[-1][0].at_ms, runs[-1][0].side, runs[-1][0].price) == (fill.at_ms, fill.side, fill.price):
            runs[-1].append(fill)
        else:
            runs.append([fill])
    return [as_trade(run[0], round(sum(fill.size for fill in run), 8)) for run in runs]


def as_trade(fill, size):
    number = str(fill.at_ms * 10_000 + fill.nth)
    return Trade("binance", fill.instrument, fill.at_ms * MS, 7, number, fill.price, size, fill.side)


def check_books(visit, instrument):
    """Every book shown is the market's own at that moment, as deep as books are shown."""
    books = visit.of(OrderBook, instrument)
    for book in books:
        truth = visit.market.book(instrument, book.sequence)
        assert (book.bids, book.asks) == (truth.bids[:SHOWN], truth.asks[:SHOWN])
    assert [book.sequence for book in books] == sorted({book.sequence for book in books})
    return books


# ---- what flows


@pytest.mark.parametrize("path", ["/stream", "/ws", "/stream?timeUnit=MICROSECOND"])
@pytest.mark.parametrize("scenario", ["quiet", "crash"])
def test_the_scanner_reads_all_of_it_and_gets_what_happened(scenario, path):
    # Promise: no frame is nonsense; trades, best prices, books, candles and tickers are those of the market.
    visit = Visit(*wanting(*CHANNELS), scenario=scenario, path=path)
    assert visit.of(Accepted) == [Accepted(tuple(sorted(wanting(*CHANNELS))))]
    visit.run(70)
    for one in COINS:
        assert visit.of(Trade, one) == as_trades(visit.fills(one))
        assert len(check_books(visit, one)) > 10
        check_tops(visit, one)
        check_candles(visit, one)
        check_tickers(visit, one)
    kinds = {Accepted, Trade, OrderBook, BookTop, Candle, Ticker}
    assert {type(result) for result in visit.results} == kinds


def check_tops(visit, one):
    """Each time the best of one side became another one; they bear no time of their own."""
    truth = [visit.market.book(one, at_ms, 1) for at_ms in visit.changes(one)]
    best = [(book.bids[0], book.asks[0]) for book in truth]
    changed = [top for before, top in zip([None, *best], best, strict=False) if top != before]
    assert [(top.bid, top.ask) for top in visit.of(BookTop, one)] == changed
    assert {(top.at, top.seen) for top in visit.of(BookTop, one)} <= {(7, 7)}


def check_candles(visit, one):
    """The last word about each bar is the whole truth about it, once it is over."""
    bars = {bar.start_ms * MS: bar for bar in visit.market.candles(one, 10)}
    last = {candle.at: candle for candle in visit.of(Candle, one)}
    assert bool(last) == bool(visit.fills(one))
    for at, candle in last.items():
        if at + 60 * NS <= visit.at - 2 * NS:
            bar = bars[at]
            assert (candle.open, candle.high, candle.low, candle.close) == (bar.open, bar.high, bar.low, bar.close)
            assert (candle.volume, candle.turnover) == pytest.approx((bar.volume, bar.turnover), abs=1e-8)
    assert {candle.interval_s for candle in last.values()} <= {60}


def check_tickers(visit, one):
    """The price of the last trade of that second, within the totals of the day."""
    trades = visit.fills(one)
    for ticker in visit.of(Ticker, one):
        before = [fill for fill in trades if fill.at_ms * MS < ticker.at]
        assert ticker.price == before[-1].price
    if len(visit.of(Ticker, one)) > 1:
        summary = visit.market.ticker(one)
        assert visit.of(Ticker, one)[-1].turnover_24h == pytest.approx(summary.turnover_24h, rel=1e-3)


# ---- what goes wrong


def test_a_lost_change_is_a_gap_and_the_book_becomes_whole_again():
    # Promise: one Gap for each hole, no book that was never there, and books again at once from a new snapshot.
    visit = Visit(*wanting("orderbook"))
    visit.run(5)
    lost = []

    def lose(frame):
        mine = '"s":"BTCUSDT"' in frame
        if mine and len(lost) < 3 and visit.at // NS % 4 == 0 and visit.at // NS not in lost:
            lost.append(visit.at // NS)
            return True
        return False

    visit.run(30, lose)
    assert len(lost) == 3
    gaps = [gap for gap in visit.results if isinstance(gap, Gap)]
    assert [(gap.instruments, gap.reason, gap.channel) for gap in gaps] == [((BTC,), "sequence", "orderbook")] * 3
    for gap in gaps:
        following = visit.results[visit.results.index(gap) + 1 :]
        assert any(isinstance(one, OrderBook) and one.instrument == BTC for one in following)
    for one in COINS:
        check_books(visit, one)


def test_a_snapshot_that_lags_is_asked_for_again():
    # Promise: as long as it ends before the first change, and no longer.
    visit = Visit(*wanting("orderbook", instruments=[BTC]))
    fresh, asked = visit.get, []

    def stale(request):
        asked.append(request)
        body = msgspec.json.decode(fresh(request))
        if len(asked) < 4:
            body["lastUpdateId"] = ORIGIN // MS - 1_000
        return msgspec.json.encode(body)

    visit.get = stale
    visit.run(10)
    assert len(asked) == 4
    assert len(check_books(visit, BTC)) > 10
    assert not [one for one in visit.results if isinstance(one, Gap)]


def test_instruments_come_and_go_while_everything_flows():
    # Promise: what stays loses nothing, what goes is silent at once, what comes begins with a whole book.
    visit = Visit(*wanting(*CHANNELS, instruments=[BTC, ETH]))
    visit.run(10)
    visit.want(*wanting(*CHANNELS, instruments=[BTC, XRP]))
    changed = len(visit.results)
    visit.run(10)
    later = [one for one in visit.results[changed:] if not isinstance(one, Accepted)]
    assert {one.instrument for one in later} == {BTC, XRP}
    assert visit.of(Trade, BTC) == as_trades(visit.fills(BTC))
    visit.want(*wanting(*CHANNELS, instruments=[BTC, ETH]))
    visit.run(10)
    assert not [one for one in visit.results if isinstance(one, Gap)]
    for one in (BTC, ETH, XRP):
        assert check_books(visit, one)
    methods = [msgspec.json.decode(message)["method"] for message in visit.said]
    assert methods == ["SUBSCRIBE", *["UNSUBSCRIBE", "SUBSCRIBE"] * 2]
    listed = visit.desk.hear('{"method":"LIST_SUBSCRIPTIONS","id":99}').control[0]
    running = {BINANCE.stream_of(one) for one in wanting(*CHANNELS, instruments=[BTC, ETH])}
    assert set(msgspec.json.decode(listed)["result"]) == running


@pytest.mark.parametrize("venue", [Binance(), Binance(nested=True)], ids=["flat", "nested"])
def test_a_name_that_is_refused_does_not_take_the_others_with_it(venue):
    # Promise: it is found by halving, told by name, and everything else flows.
    bad = Subscription("trade", Instrument("A@B/", "USDT"))
    visit = Visit(*wanting("trade"), bad, venue=venue)
    visit.run(20)
    assert visit.of(Rejected) == [Rejected("2", "Invalid request: invalid stream", subscriptions=(bad,))]
    assert sorted(one for each in visit.of(Accepted) for one in each.subscriptions) == sorted(wanting("trade"))
    for one in COINS:
        assert visit.of(Trade, one) == as_trades(visit.fills(one))


def test_a_market_that_does_not_exist_is_acknowledged_and_silent():
    # Promise: the acknowledgement proves nothing; only what comes, or does not, tells.
    ghost = Subscription("trade", Instrument("GHOST", "USDT"))
    visit = Visit(ghost)
    visit.run(10)
    assert visit.results == [Accepted((ghost,))]


@pytest.mark.parametrize("path", ["/stream", "/ws", "/stream?timeUnit=MICROSECOND"])
def test_the_end_of_a_server_is_announced(path):
    # Promise: in either wrapping it means that a successor is due.
    visit = Visit(*wanting("trade"), path=path)
    visit.hear(visit.desk.farewell())
    assert visit.of(Retiring) == [Retiring("serverShutdown")]


# ---- REST


@pytest.fixture(scope="module")
def visit():
    """Ten minutes into a quiet day."""
    visit = Visit(*wanting("trade"))
    visit.run(600)
    return visit


def test_the_scanner_reads_the_catalogue_and_the_tickers(visit):
    # Promise: every market, and every ticker with the market's own price and turnover, however many are asked about.
    listed = visit.exchange.parse_markets(visit.get(visit.exchange.markets_request()))
    assert [market.instrument for market in listed] == [entry.instrument for entry in visit.market.entries]
    for some in (listed, listed[:20], listed[:1]):
        [request] = visit.exchange.tickers_requests(some)
        tickers = visit.exchange.parse_tickers(visit.get(request), 7)
        assert [ticker.instrument for ticker in tickers] == [market.instrument for market in some]
        for ticker in tickers:
            summary = visit.market.ticker(ticker.instrument)
            assert (ticker.price, ticker.at) == (summary.last.price, visit.at)
            assert ticker.turnover_24h == pytest.approx(summary.turnover_24h, abs=1e-8)


def test_past_trades_are_those_of_the_socket(visit):
    # Promise: the same aggregates under the same ids, oldest first, so that a hole is filled without doubles.
    for one in COINS:
        heard = visit.of(Trade, one)
        fetched = visit.exchange.parse_trades(one, visit.get(visit.exchange.trades_request(one)), 7)
        known = {trade.id: trade for trade in heard}
        common = [trade for trade in fetched if trade.id in known]
        assert len(common) >= min(len(heard), 100)
        assert common[1:] == [known[trade.id] for trade in common[1:]]  # the memory may begin within the first
        assert [trade.at for trade in fetched] == sorted(trade.at for trade in fetched)


def ask(visit, path, status=200, **params):
    answer = visit.rest.answer(f"/api/v3/{path}", params)
    assert answer.status == status
    return msgspec.json.decode(answer.body)


def test_the_rest_side_answers_in_the_venues_shapes(visit):
    # Promise: the long and the short ticker, an object for one and a list for several, candles as bare lists.
    full = ask(visit, "ticker/24hr", symbol="BTCUSDT")
    mini = ask(visit, "ticker/24hr", symbols='["BTCUSDT"]', type="MINI")
    assert "bidPrice" in full
    assert {key: full[key] for key in mini[0]} == mini[0]
    assert len(ask(visit, "ticker/24hr")) == len(visit.market.entries)
    rows = ask(visit, "klines", symbol="BTCUSDT", interval="1m", limit="5")
    assert [len(row) for row in rows] == [12] * 5
    assert rows == sorted(rows)
    assert ask(visit, "time") == {"serverTime": visit.at // MS}
    assert ask(visit, "ping") == {}
    [row] = ask(visit, "exchangeInfo", symbol="BTCUSDT")["symbols"]
    assert (row["baseAsset"], row["quoteAsset"], row["permissionSets"]) == ("BTC", "USDT", [["SPOT"]])
    assert "permissionSets" not in ask(visit, "exchangeInfo", showPermissionSets="false")["symbols"][0]
    assert ask(visit, "exchangeInfo", symbolStatus="BREAK")["symbols"] == []
    assert len(ask(visit, "trades", symbol="BTCUSDT", limit="7")) == 7
    assert len(ask(visit, "depth", symbol="BTCUSDT", limit="5")["bids"]) == 5


@pytest.mark.parametrize(
    ("path", "params", "weight"),
    [
        ("exchangeInfo", {}, 20),
        ("ticker/24hr", {}, 80),
        ("ticker/24hr", {"symbol": "BTCUSDT"}, 2),
        ("ticker/24hr", {"symbols": ",".join("A" * 21)}, 40),
        ("ticker/24hr", {"symbols": ",".join("A" * 101)}, 80),
        ("depth", {}, 5),
        ("depth", {"limit": "500"}, 25),
        ("depth", {"limit": "1000"}, 50),
        ("depth", {"limit": "1001"}, 250),
        ("trades", {}, 25),
        ("klines", {}, 2),
        ("nowhere", {}, 1),
    ],
)
def test_calls_weigh_what_the_sheet_says(visit, path, params, weight):
    # Promise: by how much is asked for.
    assert visit.rest.weight(f"/api/v3/{path}", params) == weight


def test_the_scanner_knows_what_its_calls_weigh(visit):
    # Promise: what it counts for a call is what the venue counts.
    listed = visit.exchange.parse_markets(visit.get(visit.exchange.markets_request()))
    requests = [visit.exchange.markets_request(), visit.exchange.trades_request(BTC)]
    requests += [visit.exchange.candles_request(BTC, count) for count in (60, 360, 1_000)]
    for count in (1, 20, 21, 100, 101):
        requests += visit.exchange.tickers_requests((listed * 9)[:count])
    book = Visit(*wanting("orderbook", instruments=[BTC]))
    fetched = []
    book.get = lambda request: fetched.append(request) or Visit.get(book, request)
    book.run(5)
    for request in requests + fetched:
        path = request.url.removeprefix(visit.exchange.rest_url)
        assert visit.rest.weight(path, request.params) == request.weight
    assert fetched


def test_the_rest_side_refuses_in_the_venues_words(visit):
    # Promise: its numbers and sentences; what was used stands in a header.
    assert ask(visit, "depth", 400, symbol="NOPE") == {"code": -1121, "msg": "Invalid symbol."}
    assert ask(visit, "depth", 400)["code"] == -1102
    assert ask(visit, "klines", 400, symbol="BTCUSDT", interval="7m")["code"] == -1120
    assert ask(visit, "ticker/24hr", 400, symbols="BTCUSDT")["code"] == -1100
    assert ask(visit, "nowhere", 404)["code"] == -1000
    refused = visit.rest.over_limit()
    assert (refused.status, msgspec.json.decode(refused.body)["code"]) == (429, -1003)
    assert visit.rest.remaining("request_weight", 5_900) == {"X-MBX-USED-WEIGHT-1M": "100"}


words = st.sampled_from(["BTCUSDT", "NOPE", '["BTCUSDT"]', "1m", "5", "FULL"]) | st.text(max_size=12)


@given(
    path=st.sampled_from(["exchangeInfo", "ticker/24hr", "depth", "trades", "aggTrades", "klines", "elsewhere"]),
    params=st.dictionaries(st.sampled_from(["symbol", "symbols", "limit", "type", "interval"]), words, max_size=4),
)
def test_no_question_brings_the_venue_down(visit, path, params):
    # Promise: whatever is asked is answered, or refused with a number and a sentence.
    answer = visit.rest.answer(f"/api/v3/{path}", params)
    body = msgspec.json.decode(answer.body)
    assert answer.status in {200, 400, 404}
    assert (answer.status == 200) == (not isinstance(body, dict) or body.keys() != {"code", "msg"})
    assert visit.rest.weight(f"/api/v3/{path}", params) > 0


def test_what_changes_in_the_listing_shows_in_the_catalogue_and_on_the_socket():
    # Promise: a halted market is there with BREAK and goes silent; a new one can be asked for while running.
    visit = Visit(*wanting("trade"))
    visit.run(5)
    listed = visit.exchange.parse_markets(visit.get(visit.exchange.markets_request()))
    fresh = Instrument("FRESH", "USDT")
    visit.market.change_listing("suspend", BTC)
    visit.market.change_listing("list", fresh)
    visit.happenings.clear()
    visit.results.clear()
    visit.want(*wanting("trade"), Subscription("trade", fresh))
    visit.run(60)
    later = visit.exchange.parse_markets(visit.get(visit.exchange.markets_request()))
    assert {market.instrument for market in later} - {market.instrument for market in listed} == {fresh}
    assert [market.instrument for market in later if market.suspended] == [BTC]
    assert visit.of(Trade, BTC) == visit.fills(BTC) == []
    assert visit.of(Trade, fresh) == as_trades(visit.fills(fresh))
