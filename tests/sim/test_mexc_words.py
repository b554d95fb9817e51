"""MEXC simulated, spot and futures: whole conversations with the scanner's sessions, and what the venue refuses."""

import json
from collections import defaultdict

import pytest
from msgspec.structs import replace

from scanner.exchanges.base import Accepted, Endpoint, Fetch, Rejected, Settings
from scanner.exchanges.mexc.futures.spec import MEXC_FUTURES
from scanner.exchanges.mexc.push_pb2 import PushDataV3ApiWrapper
from scanner.exchanges.mexc.spec import MEXC
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Gap, OrderBook, Subscription, Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.mexc import Mexc
from scanner.sim.venues.mexc_futures import MexcFutures, contracts, size_of

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
BTC, ETH, SOL = (Instrument(base, "USDT") for base in ("BTC", "ETH", "SOL"))
ETHBTC = Instrument("ETH", "BTC")
ALL = (BTC, ETH, SOL, ETHBTC)
AGGRE = MEXC.configured(Settings(format="aggre"))
SPOT = tuple(sorted(MEXC.channels))
DEALS = "spot@public.aggre.deals.v3.api.pb@100ms@{}"


class Conversation:
    """A session and a simulated venue that talk, without a network between them."""

    def __init__(self, exchange, venue, wanted, *, scenario="quiet", path=""):
        self.exchange = exchange
        self.market = SimulatedMarket("mexc", 1, scenario, ORIGIN)
        self.desk, self.teller = venue.converse(self.market, path)
        self.rest = venue.rest(self.market)
        self.session = exchange.open(Endpoint(exchange.ws_url, tuple(wanted)))
        self.at = ORIGIN
        self.fills = []
        self.told = []
        self.lose = lambda _: False
        self.say(self.session.subscribe())

    def say(self, frames):
        for frame in frames:
            heard = self.desk.hear(frame)
            for reply in heard.control:
                self.take(reply)
            if heard.subscribed:
                assert self.teller.snapshots() == []
                self.market.watch_books(self.teller.books())

    def take(self, frame):
        """A frame reaches the session; what it asks for by REST is answered at once."""
        waiting = self.session.parse(frame, self.at)
        while waiting:
            result = waiting.pop(0)
            self.told.append(result)
            if isinstance(result, Fetch):
                path = result.request.url.removeprefix(self.exchange.rest_url)
                answer = self.rest.answer(path, result.request.params)
                assert answer.status == 200
                waiting += self.session.parse_fetched(result.tag, answer.body)

    def run(self, seconds):
        end = self.at + int(seconds * NS)
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.fills += [one for one in happenings if isinstance(one, Fill)]
            for frame in self.teller.tell(happenings):
                if not self.lose(frame):
                    self.take(frame)
        return self

    def update(self, wanted):
        self.say(self.session.update(wanted))

    def events(self, kind):
        told = defaultdict(list)
        for one in self.told:
            if type(one) is kind:
                told[one.instrument].append(one)
        return told


def wants(*instruments, channels=SPOT):
    return [Subscription(channel, one) for one in instruments for channel in channels]


def spot(exchange=MEXC, venue=None, wanted=(), **options):
    return Conversation(exchange, venue or Mexc(), wanted or wants(*ALL), **options)


def numbers(trades):
    return [(one.at, one.price, one.size, one.side) for one in trades]


def filled(conversation, instrument):
    return [
        (fill.at_ms * 1_000_000, fill.price, fill.size, fill.side)
        for fill in conversation.fills
        if fill.instrument == instrument
    ]


# ---- spot


@pytest.mark.parametrize("scenario", ["quiet", "crash"])
@pytest.mark.parametrize("exchange", [MEXC, AGGRE], ids=["whole books", "differences"])
def test_every_trade_that_happened_is_told_and_no_other(exchange, scenario):
    # Promise: prices, sizes, sides and times are the market's own; nothing is nonsense; ids are all different.
    conversation = spot(exchange, scenario=scenario)
    conversation.market.start_script(ORIGIN + 2 * NS)
    conversation.run(30).run(0.1)  # trades wait 100 ms to be gathered
    until = (conversation.at // 100_000_000 - 1) * 100_000_000
    for instrument, trades in conversation.events(Trade).items():
        expected = [one for one in filled(conversation, instrument) if one[0] < until]
        assert numbers(one for one in trades if one.at < until) == expected
        assert len({one.id for one in trades}) == len(trades)
    assert set(conversation.events(Trade)) >= {BTC, ETH}
    assert not conversation.events(Gap)
    assert {type(one) for one in conversation.told} >= {Trade, Ticker, BookTop, Candle, OrderBook, Accepted}


@pytest.mark.parametrize("exchange", [MEXC, AGGRE], ids=["whole books", "differences"])
def test_every_book_is_the_market_s_as_of_its_version(exchange):
    # Promise: fifteen levels of both sides, whether they came whole or were merged here.
    conversation = spot(exchange).run(20)
    books = conversation.events(OrderBook)
    assert set(books) == set(ALL)
    for instrument, shown in books.items():
        assert len(shown) > 3
        for book in shown:
            real = conversation.market.book(instrument, book.sequence, 15)
            assert (book.bids, book.asks) == (real.bids, real.asks)


def test_tops_and_bars_and_tickers_are_the_market_s():
    # Promise: the last top told is the present one, the last bar is the whole bar, tickers name turnover as turnover.
    conversation = spot().run(60).run(3)
    market = conversation.market
    for instrument in ALL:
        top = conversation.events(BookTop)[instrument][-1]
        book = market.book(instrument, market.changed_ms(instrument), 1)
        assert (top.bid, top.ask) == (book.bids[0], book.asks[0])
        ticker = conversation.events(Ticker)[instrument][-1]
        summary = market.ticker(instrument)
        assert ticker.turnover_24h == pytest.approx(summary.turnover_24h, rel=1e-3)
        assert ticker.volume_24h == pytest.approx(summary.volume_24h, rel=1e-3)
    told = {(one.instrument, one.at): one for each in conversation.events(Candle).values() for one in each}
    closed = [one for (_, at), one in told.items() if at < ORIGIN + 40 * NS]
    assert closed
    for candle in closed:
        bar = next(bar for bar in market.candles(candle.instrument, 5) if bar.start_ms * 1_000_000 == candle.at)
        assert (candle.open, candle.high, candle.low, candle.close) == (bar.open, bar.high, bar.low, bar.close)
        assert (candle.volume, candle.turnover) == pytest.approx((bar.volume, bar.turnover), abs=1e-8)


@pytest.mark.parametrize("whole", [True, False])
def test_tickers_are_understood_whether_all_rows_come_or_those_that_changed(whole):
    # Promise: which of the two it is has not been documented; every market is known after the first message.
    everything = [listing.instrument for listing in SimulatedMarket("mexc", 1, "quiet", ORIGIN).listings]
    wanted = wants(*everything, channels=("ticker",))
    conversation = spot(venue=Mexc(whole_tickers=whole), wanted=wanted).run(3)
    assert set(conversation.events(Ticker)) == set(everything)
    conversation.told.clear()
    conversation.run(3)
    assert (set(conversation.events(Ticker)) == set(everything)) == whole
    assert conversation.events(Ticker)


def test_ids_are_the_venue_s_where_it_has_them():
    # Promise: whether the field of 2026 is filled in is not known; either way each trade has one of its own.
    conversation = spot(venue=Mexc(trade_ids=True)).run(20)
    ids = [one.id for one in conversation.events(Trade)[BTC]]
    assert ids
    assert all(one.endswith("X1") for one in ids)
    assert len(set(ids)) == len(ids)


def test_trades_over_rest_have_the_ids_of_the_socket():
    # Promise: after a hole they can be told apart from what was heard, though the venue names neither.
    conversation = spot().run(30).run(0.2)
    path = MEXC.trades_request(BTC).url.removeprefix(MEXC.rest_url)
    answer = conversation.rest.answer(path, MEXC.trades_request(BTC).params)
    fetched = [one for one in MEXC.parse_trades(BTC, answer.body, conversation.at) if one.at >= ORIGIN]
    heard = {one.id: one for one in conversation.events(Trade)[BTC]}
    assert len(heard) > 5
    both = [one for one in fetched if one.id in heard]
    assert [replace(heard[one.id], seen=one.seen) for one in both] == both
    assert len(fetched) - len(both) <= 3  # those of the last moment are still being gathered


def test_a_lost_difference_is_a_gap_and_the_book_heals():
    # Promise: told once, for that book alone; the next books are the market's again.
    conversation = spot(AGGRE).run(5)
    lost = []

    def lose_one(frame):
        push = PushDataV3ApiWrapper.FromString(frame)
        if lost or push.WhichOneof("body") != "publicAggreDepths" or push.symbol != "BTCUSDT":
            return False
        lost.append(push)
        return True

    conversation.lose = lose_one
    conversation.told.clear()
    conversation.run(10)
    assert lost
    [gap] = [one for one in conversation.told if isinstance(one, Gap)]
    assert (gap.instruments, gap.reason) == ((BTC,), "sequence")
    later = conversation.told[conversation.told.index(gap) + 1 :]
    healed = [one for one in later if isinstance(one, OrderBook) and one.instrument == BTC]
    assert healed
    for book in healed:
        real = conversation.market.book(BTC, book.sequence, 15)
        assert (book.bids, book.asks) == (real.bids, real.asks)


@pytest.mark.parametrize("exchange", [MEXC, AGGRE], ids=["whole books", "differences"])
def test_instruments_come_and_go_while_others_go_on(exchange):
    # Promise: no trade of the one that stays is lost, none of the one that left is told, the new one speaks.
    conversation = spot(exchange, wanted=wants(BTC, ETH)).run(5)
    conversation.update(wants(BTC, SOL))
    mark = len(conversation.told)
    conversation.run(15).run(0.1)
    assert {one.instrument for one in conversation.told[mark:] if hasattr(one, "instrument")} == {BTC, SOL}
    until = (conversation.at // 100_000_000 - 1) * 100_000_000
    trades = [one for one in conversation.events(Trade)[BTC] if one.at < until]
    assert numbers(trades) == [one for one in filled(conversation, BTC) if one[0] < until]
    assert not conversation.events(Gap)
    conversation.update([])
    mark = len(conversation.told)
    conversation.run(5)
    assert conversation.told[mark:] == []


def test_an_unknown_market_is_refused_and_the_rest_begins():
    # Promise: partial acceptance, in two replies; it is dropped with all its streams and the others flow.
    nope = Instrument("NOPE", "USDT")
    conversation = spot(wanted=wants(BTC, nope)).run(10)
    refused = [one for told in conversation.told if isinstance(told, Rejected) for one in told.subscriptions]
    assert {one.instrument for one in refused} == {nope}
    assert {one.channel for one in refused} == MEXC.channels - {"ticker"}
    assert all(told.reason == "Blocked" for told in conversation.told if isinstance(told, Rejected))
    assert conversation.events(Trade)[BTC]
    assert conversation.session.update(wants(BTC, nope)) == []


def test_a_listen_key_is_answered_with_text_that_is_no_json():
    # Promise: the simulator gives out no keys, so an address with one is refused as a whole.
    conversation = spot(path="/ws?listenKey=abc")
    [greeting] = conversation.desk.greeting()
    assert conversation.session.parse(greeting, 7) == [Rejected("Invalid listen key", "Invalid listen key")]
    assert spot(path="/ws").desk.greeting() == ()


# ---- the desk by itself


def ask(desk, method, *names, number=3):
    return desk.hear(json.dumps({"method": method, "params": names, "id": number}))


def texts(heard):
    return [json.loads(frame)["msg"] for frame in heard.control]


@pytest.mark.parametrize(
    "name",
    [
        "spot@public.deals.v3.api@BTCUSDT",
        "spot@public.aggre.deals.v3.api@100ms@BTCUSDT",
        "spot@public.aggre.deals.v3.api.pb@BTCUSDT",
        "spot@public.aggre.deals.v3.api.pb@100ms@btcusdt",
        "spot@public.aggre.deals.v3.api.pb@100ms@NOPEUSDT",
        "spot@public.aggre.deals.v3.api.pb@50ms@BTCUSDT",
        "spot@public.limit.depth.v3.api.pb@BTCUSDT@50",
        "spot@public.limit.depth.v3.api.pb@20@BTCUSDT",
        "spot@public.kline.v3.api.pb@BTCUSDT@Min2",
        "spot@public.miniTickers.v3.api.pb@UTC+99",
        "",
    ],
)
def test_what_the_venue_blocks(name):
    # Promise: retired, unknown, lower-case, wrong level: one word for all, and code 0.
    desk, _ = Mexc().converse(SimulatedMarket("mexc", 1, "quiet", ORIGIN))
    heard = ask(desk, "SUBSCRIPTION", name, DEALS.format("BTCUSDT"))
    accepted, refused = (json.loads(frame) for frame in heard.control)
    assert accepted == {"id": 3, "code": 0, "msg": DEALS.format("BTCUSDT")}
    assert refused["code"] == 0
    assert refused["msg"].startswith(f"Not Subscribed successfully! [{name}].")
    assert "Blocked!" in refused["msg"]
    assert list(desk.streams) == [("spot@public.aggre.deals.v3.api.pb@100ms", "BTCUSDT")]


@pytest.mark.parametrize("acknowledges", [True, False])
def test_the_31st_stream_is_never_delivered(acknowledges):
    # Promise: whether it is acknowledged is not known, so it is done both ways; the thirty before it go on.
    market = SimulatedMarket("mexc", 1, "quiet", ORIGIN)
    desk, _ = Mexc(acknowledges_excess=acknowledges).converse(market)
    codes = [f"{entry.instrument.base}{entry.instrument.quote}" for entry in market.entries[:31]]
    heard = [ask(desk, "SUBSCRIPTION", *(DEALS.format(code) for code in part)) for part in (codes[:15], codes[15:])]
    assert len(desk.wanted) == 30
    last = DEALS.format(codes[30])
    assert last not in desk.wanted
    assert (last in texts(heard[1])[0].split(",")) == acknowledges
    assert ask(desk, "UNSUBSCRIPTION", DEALS.format(codes[0])).subscribed
    assert ask(desk, "SUBSCRIPTION", last).subscribed
    assert last in desk.wanted


@pytest.mark.parametrize(
    "message",
    [
        "Hello",
        "[]",
        '{"method":"SUBSCRIBE","params":["a"]}',
        '{"method":"SUBSCRIPTION"}',
        '{"method":"SUBSCRIPTION","params":[]}',
        '{"method":"SUBSCRIPTION","params":[5]}',
        '{"method":"SUBSCRIPTION","params":["a"],"id":"x"}',
        json.dumps({"method": "SUBSCRIPTION", "params": [DEALS.format("BTCUSDT")] * 30}),
    ],
)
def test_malformed_and_too_long_requests(message):
    # Promise: `msg format invalid`, with code 0; the sheet's other client never sends more than 1,024 bytes.
    desk = Mexc().desk()
    heard = desk.hear(message)
    assert texts(heard) == ["msg format invalid"]
    assert heard.refused
    assert not desk.wanted


@pytest.mark.parametrize("ping", ['{"method":"PING"}', '{"method":"ping"}', b'{"method":"PING"}'])
def test_pings_are_answered_in_either_case(ping):
    # Promise: id 0, whatever was asked.
    assert Mexc().desk().hear(ping).control == ('{"id":0,"code":0,"msg":"PONG"}',)


def test_a_recording_s_desk_takes_any_code():
    # Promise: it knows no market; a key's first part is the name without its code.
    desk = Mexc().desk()
    ask(desk, "SUBSCRIPTION", "spot@public.limit.depth.v3.api.pb@XYZUSDT@20", "spot@public.miniTickers.v3.api.pb@24H")
    assert list(desk.streams) == [
        ("spot@public.limit.depth.v3.api.pb@20", "XYZUSDT"),
        ("spot@public.miniTickers.v3.api.pb@24H", ""),
    ]


# ---- REST


@pytest.fixture(scope="module")
def market():
    made = SimulatedMarket("mexc", 1, "quiet", ORIGIN)
    made.advance(ORIGIN + 60 * NS)
    return made


def test_the_catalogue_and_the_tickers_are_read(market):
    # Promise: every market, every price, base and quote volumes the right way round.
    venue, rest = MEXC.configured(Settings()), Mexc().rest(market)
    listed = venue.parse_markets(rest.answer("/api/v3/exchangeInfo", {}).body)
    assert [one.instrument for one in listed] == [entry.instrument for entry in market.entries]
    [request] = venue.tickers_requests(listed)
    tickers = venue.parse_tickers(rest.answer("/api/v3/ticker/24hr", request.params).body, 7)
    assert [one.instrument for one in tickers] == [entry.instrument for entry in market.entries]
    for ticker in tickers:
        summary = market.ticker(ticker.instrument)
        assert (ticker.price, ticker.at) == (summary.last.price, summary.last.at_ms * 1_000_000)
        assert ticker.volume_24h == pytest.approx(summary.volume_24h)
        assert ticker.turnover_24h == pytest.approx(summary.turnover_24h, rel=0.2)


@pytest.mark.parametrize("action", ["suspend", "delist"])
def test_the_catalogue_says_what_is_paused_and_what_is_gone(action):
    # Promise: on both markets, at once, and conversations about it go on without breaking.
    spot_side, futures_side = spot(AGGRE, wanted=wants(BTC, ETH)), futures(instruments=PERPETUALS[:2])
    for conversation, venue in ((spot_side, AGGRE), (futures_side, MEXC_FUTURES)):
        conversation.run(3)
        conversation.market.change_listing(action, ETH)
        conversation.run(3)
        path = venue.markets_request().url.removeprefix(venue.rest_url)
        listed = venue.configured(Settings()).parse_markets(conversation.rest.answer(path, {}).body)
        suspended = {one.instrument.base: one.suspended for one in listed if one.instrument.quote == "USDT"}
        assert suspended.get("ETH") == (True if action == "suspend" else None)
        assert not suspended["BTC"]


@pytest.mark.parametrize(
    ("path", "params", "status", "words"),
    [
        ("/api/v3/depth", {"symbol": "btcusdt"}, 400, b'{"code":-1121,"msg":"Invalid symbol."}'),
        ("/api/v3/trades", {}, 400, b'{"code":-1121,"msg":"Invalid symbol."}'),
        ("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "2m"}, 400, b"Invalid interval"),
        ("/api/v1/ping", {}, 404, b"Not Found"),
        ("/api/v3/ping", {}, 200, b"{}"),
    ],
)
def test_mistakes_over_rest(market, path, params, status, words):
    # Promise: errors have a code and a message.
    answer = Mexc().rest(market).answer(path, params)
    assert answer.status == status
    assert words in answer.body


def test_weights_and_refusals_over_rest(market):
    # Promise: all tickers weigh 40, each path counts for itself, too much is 429 with a wait.
    rest = Mexc().rest(market)
    assert [rest.weight(f"/api/v3/{word}", {}) for word in ("ticker/24hr", "exchangeInfo", "trades", "depth")] == [
        40,
        10,
        5,
        1,
    ]
    assert rest.weight("/api/v3/ticker/24hr", {"symbol": "BTCUSDT"}) == 1
    assert rest.over_limit().status == 429
    assert "Retry-After" in rest.over_limit().headers


def test_bars_over_rest_run_from_old_to_new(market):
    # Promise: open time in milliseconds, strings, quote volume last.
    rows = json.loads(Mexc().rest(market).answer("/api/v3/klines", {"symbol": "BTCUSDT", "interval": "5m"}).body)
    assert [row[0] for row in rows] == sorted(row[0] for row in rows)
    assert rows[-1][6] - rows[-1][0] == 300_000


# ---- futures

PERPETUALS = tuple(replace(one, kind="perpetual") for one in (BTC, ETH, SOL))


def futures(*, gzip=False, instruments=PERPETUALS):
    channels = tuple(sorted(MEXC_FUTURES.channels))
    return Conversation(MEXC_FUTURES, MexcFutures(gzip=gzip), wants(*instruments, channels=channels))


@pytest.mark.parametrize("gzip", [False, True])
def test_a_whole_futures_conversation(gzip):
    # Promise: after one question about sizes, trades, books and bars in coins are the market's, to a contract.
    conversation = futures(gzip=gzip)
    conversation.market.advance(ORIGIN + NS)
    conversation.at += NS
    conversation.run(40)
    assert sum(isinstance(one, Fetch) for one in conversation.told) == 1
    for instrument in PERPETUALS[:2]:
        coin, size = replace(instrument, kind="spot"), size_of(instrument)
        trades = conversation.events(Trade)[instrument]
        happened = [one for one in conversation.fills if one.instrument == coin][-len(trades) :]
        assert numbers(trades) == [
            (one.at_ms * 1_000_000, one.price, contracts(coin, one.size) * size, one.side) for one in happened
        ]
        assert len(trades) > 3
        for book in conversation.events(OrderBook)[instrument]:
            real = conversation.market.book(coin, book.sequence, 15)
            assert [price for price, _ in book.bids] == [price for price, _ in real.bids]
            assert [amount for _, amount in book.asks] == [contracts(coin, amount) * size for _, amount in real.asks]
    assert set(conversation.events(Ticker)) == set(PERPETUALS)
    assert set(conversation.events(Candle)) >= set(PERPETUALS[:2])


def test_the_first_message_of_all_tickers_has_every_contract():
    # Promise: later ones only those that traded.
    everything = [one.instrument for one in SimulatedMarket("mexc", 1, "quiet", ORIGIN).listings]
    usdt = [replace(one, kind="perpetual") for one in everything if one.quote == "USDT"]
    conversation = Conversation(MEXC_FUTURES, MexcFutures(), wants(*usdt, channels=("ticker",))).run(2)
    assert set(conversation.events(Ticker)) == set(usdt)
    conversation.told.clear()
    conversation.run(4)
    assert 0 < len(conversation.events(Ticker)) < len(usdt)


def test_an_unknown_contract_is_refused_and_the_rest_begins():
    # Promise: the error names it; every one of its streams is dropped at the first word.
    nope = Instrument("NOPE", "USDT", "perpetual")
    conversation = Conversation(
        MEXC_FUTURES,
        MexcFutures(),
        wants(PERPETUALS[0], channels=("trade", "ticker")) + wants(nope, channels=("trade",)),
    ).run(20)
    [told] = [one for one in conversation.told if isinstance(one, Rejected)]
    assert told == Rejected("contract", "Contract [NOPE_USDT] not exists", subscriptions=(Subscription("trade", nope),))
    assert conversation.events(Trade)[PERPETUALS[0]]


def test_a_contract_that_is_gone_is_silent_and_can_be_given_up():
    # Promise: the others go on, whatever is changed beside it, and giving it up is no mistake.
    conversation = futures(instruments=PERPETUALS).run(5)
    conversation.market.change_listing("delist", SOL)
    conversation.update(wants(*PERPETUALS, channels=("trade", "orderbook")))
    conversation.told.clear()
    conversation.run(20)
    assert set(conversation.events(Trade)) == set(PERPETUALS[:2])
    conversation.update(wants(*PERPETUALS[:2], channels=("trade", "orderbook")))
    assert "SOL_USDT" not in {code for _, code in conversation.desk.streams}
    assert not [one for one in conversation.told if isinstance(one, Rejected)]


def test_the_futures_desk_says_little():
    # Promise: success without a symbol, times as text now and then, no answer to what it does not know.
    desk, _ = MexcFutures().converse(SimulatedMarket("mexc", 1, "quiet", ORIGIN))
    asked = '{"method":"sub.deal","param":{"symbol":"BTC_USDT"}}'
    replies = [json.loads(desk.hear(asked).control[0]) for _ in range(4)]
    assert {one["channel"] for one in replies} == {"rs.sub.deal"}
    assert {type(one["ts"]) for one in replies} == {int, str}
    assert len(desk.streams) == 1
    for unknown in ('{"method":"sub.nothing","param":{}}', '{"method":"usub.deal"}', "Hello", "[]"):
        assert desk.hear(unknown).control == ()
    assert json.loads(desk.hear('{"method":"ping"}').control[0])["channel"] == "pong"


def test_the_futures_rest_side(market):
    # Promise: contracts with their sizes, all tickers, and errors under HTTP 200.
    venue, rest = MEXC_FUTURES.configured(Settings()), MexcFutures().rest(market)
    listed = venue.parse_markets(rest.answer("/api/v1/contract/detail", {}).body)
    assert len(listed) == sum(entry.instrument.quote == "USDT" for entry in market.entries)
    tickers = venue.parse_tickers(rest.answer("/api/v1/contract/ticker", {}).body, 7)
    assert [one.instrument for one in tickers] == [one.instrument for one in listed]
    assert b"1001" in rest.answer("/api/v1/contract/ticker", {"symbol": "NOPE_USDT"}).body
    assert rest.answer("/api/v1/contract/nothing", {}).status == 404
    assert rest.over_limit().status == 429
