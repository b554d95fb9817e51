"""The houses of perpetuals that two venues have beside spot: what the scanner hears there is what the market did."""

import json
from collections import defaultdict

import pytest

from scanner.exchanges.base import Rejected, Send
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Gap, OrderBook, Subscription, Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.registry import VENUES

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
BASES = ("BTC", "ETH", "XRP")
COINS = tuple(Instrument(base, "USDT", "perpetual") for base in BASES)
NOPE = Instrument("NOPE", "USDT", "perpetual")
HOUSES = ("binance-futures", "weex-contract")


class Talk:
    """A session for each connection of the plan, and what the venue has behind it, without a socket."""

    def __init__(self, name, wanted):
        self.exchange, self.venue = EXCHANGES[name], VENUES[name]
        self.market = SimulatedMarket(name, 1, "quiet", ORIGIN)
        self.at, self.fills, self.told = ORIGIN, [], []
        self.lines = []
        for endpoint in self.exchange.plan(wanted):
            path = endpoint.url.removeprefix(self.exchange.ws_url) or "/"
            line = (self.exchange.open(endpoint), *self.venue.converse(self.market, path))
            self.lines.append(line)
            self.hear(line, line[1].greeting())
            self.say(line, line[0].subscribe())

    def say(self, line, frames):
        for frame in frames:
            heard = line[1].hear(frame)
            opening = line[2].snapshots() if heard.subscribed else []
            self.market.watch_books({one for _, _, teller in self.lines for one in teller.books()})
            self.hear(line, [*opening, *heard.control])

    def hear(self, line, frames):
        for frame in frames:
            results = line[0].parse(frame, self.at)
            self.told += results
            self.say(line, [one.frame for one in results if isinstance(one, Send)])

    def run(self, seconds):
        end = self.at + int(seconds * NS)
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.fills += [one for one in happenings if isinstance(one, Fill)]
            for line in self.lines:
                self.hear(line, line[2].tell(happenings))
        return self

    def of(self, kind):
        found = defaultdict(list)
        for one in self.told:
            if type(one) is kind:
                found[one.instrument].append(one)
        return found

    def get(self, request):
        answer = self.venue.rest(self.market).answer(request.url.removeprefix(self.exchange.rest_url), request.params)
        assert answer.status == 200
        return answer.body


def wants(name, *instruments, leave_out=()):
    channels = sorted(EXCHANGES[name].channels - set(leave_out))
    return tuple(Subscription(channel, one) for one in instruments for channel in channels)


def spot(instrument):
    """The simulator's own name of it."""
    return Instrument(instrument.base, instrument.quote)


@pytest.mark.parametrize("name", HOUSES)
def test_what_is_heard_is_what_the_market_did(name):
    # Promise: on as many lines as the plan says, all that was traded, and every price and book as it was.
    talk = Talk(name, wants(name, *COINS)).run(60)
    assert not [one for one in talk.told if isinstance(one, (Rejected, Gap))]
    for coin in COINS:
        traded = sum(fill.size for fill in talk.fills if fill.instrument == spot(coin))
        assert sum(trade.size for trade in talk.of(Trade)[coin] if trade.at > ORIGIN) == pytest.approx(traded)
        assert traded
        for ticker in talk.of(Ticker)[coin][-1:]:  # one of the two polls them
            assert ticker.price == talk.market.ticker(spot(coin)).last.price
        assert talk.of(Candle)[coin][-1].close == talk.market.ticker(spot(coin)).last.price
        for book in talk.of(OrderBook)[coin]:
            real = talk.market.book(spot(coin), book.sequence, 15)
            assert (book.bids, book.asks) == (real.bids, real.asks)
        for top in talk.of(BookTop)[coin]:
            assert top.bid[0] < top.ask[0]
    kinds = {"orderbook": OrderBook, "booktop": BookTop}
    assert all(set(talk.of(kinds[one])) == set(COINS) for one in EXCHANGES[name].channels & kinds.keys())


@pytest.mark.parametrize("name", HOUSES)
def test_the_rest_side_is_read_whole(name):
    # Promise: every contract, its last price, and the very trades of the socket.
    talk = Talk(name, wants(name, COINS[0], leave_out=("ticker",))).run(30)
    markets = talk.exchange.parse_markets(talk.get(talk.exchange.markets_request()))
    assert [spot(one.instrument) for one in markets] == [entry.instrument for entry in talk.market.entries]
    assert {one.instrument.kind for one in markets} == {"perpetual"}
    tickers = [
        one for ask in talk.exchange.tickers_requests(markets) for one in talk.exchange.parse_tickers(talk.get(ask), 7)
    ]
    assert {one.instrument: one.price for one in tickers} == {
        one.instrument: talk.market.ticker(spot(one.instrument)).last.price for one in markets
    }
    fetched = talk.exchange.parse_trades(COINS[0], talk.get(talk.exchange.trades_request(COINS[0])), 7)
    heard = {trade.id: trade.size for trade in talk.of(Trade)[COINS[0]]}
    assert heard.items() <= {trade.id: trade.size for trade in fetched}.items()


def acknowledged(path, *names):
    """What comes over this line in ten seconds of a market, after these were asked for."""
    market = SimulatedMarket("binance-futures", 1, "quiet", ORIGIN)
    desk, teller = VENUES["binance-futures"].converse(market, path)
    heard = desk.hear(json.dumps({"method": "SUBSCRIBE", "params": names, "id": 1}))
    assert [json.loads(frame) for frame in heard.control] == [{"result": None, "id": 1}]
    teller.snapshots()
    market.watch_books(teller.books())
    return {json.loads(frame)["stream"] for frame in teller.tell(market.advance(ORIGIN + 10 * NS))}


def test_on_the_wrong_route_there_is_silence():
    # Promise: everything is acknowledged everywhere; trades flow on one route, books on the other or on none.
    names = ("btcusdt@aggTrade", "btcusdt@bookTicker", "!miniTicker@arr")
    assert acknowledged("/market/stream", *names) == {"btcusdt@aggTrade", "!miniTicker@arr"}
    assert acknowledged("/public/stream", *names) == acknowledged("/stream", *names) == {"btcusdt@bookTicker"}


def test_contracts_have_no_best_prices_and_names_of_their_own():
    # Promise: what spot has besides is refused, and errors name a contract as the second protocol did.
    desk, _ = VENUES["weex-contract"].converse(SimulatedMarket("weex-contract", 1, "quiet", ORIGIN))

    def refused(name):
        return json.loads(desk.hear(json.dumps({"method": "SUBSCRIBE", "params": [name], "id": 1})).control[0])["msg"]

    assert refused("BTCUSDT@bookTicker") == "INVALID_ARGUMENT: invalid event : bookTicker"
    assert refused("NOPEUSDT@trade") == "INVALID_ARGUMENT: invalid symbol : cmt_nopeusdt"


@pytest.mark.parametrize("name", HOUSES)
def test_what_does_not_exist_harms_nobody(name):
    # Promise: refused where the venue refuses it, silent where it does not; the others flow.
    talk = Talk(name, wants(name, COINS[0], NOPE, leave_out=("ticker",))).run(20)
    assert set(talk.of(Trade)) == {COINS[0]}
    assert bool([one for one in talk.told if isinstance(one, Rejected)]) is (name == "weex-contract")
