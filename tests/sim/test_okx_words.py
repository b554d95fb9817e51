"""What the simulated OKX says is what the real one says, and the scanner hears in it what the market did."""

import json
from collections import Counter, defaultdict, deque
from itertools import pairwise

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, Retiring, Send, Settings
from scanner.exchanges.okx.spec import OKX
from scanner.model.instrument import Instrument
from scanner.model.market import BookTop, Candle, Gap, OrderBook, Subscription, Ticker, Trade
from scanner.sim.ledger import Fill
from scanner.sim.market import SimulatedMarket
from scanner.sim.venues.okx import Okx
from scanner.sim.venues.okx_desk import Manners

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
SEEN = 7
BTC, ETH, XRP, NOPE = (Instrument(base, "USDT") for base in ("BTC", "ETH", "XRP", "NOPE"))
CHANNELS = ("booktop", "candle", "orderbook", "ticker", "trade")
TICKER = (
    "instType instId last lastSz askPx askSz bidPx bidSz open24h high24h low24h sodUtc0 sodUtc8 volCcy24h vol24h ts"
)
FIELDS = {
    "tickers": TICKER,
    "trades": "instId tradeId px sz side ts count source seqId",
    "books": "asks bids ts checksum prevSeqId seqId",
    "books5": "asks bids instId ts seqId",
    "bbo-tbt": "asks bids ts seqId",
}


def wants(*instruments, channels=CHANNELS):
    return tuple(Subscription(channel, one) for one in instruments for channel in channels)


class Talk:
    """The scanner's session and the venue's desk and teller, with nothing in between."""

    def __init__(self, market, venue, endpoint, exchange=OKX):
        self.market = market
        self.session = exchange.open(endpoint)
        path = "/ws/v5" + endpoint.url.partition("/ws/v5")[2]
        self.desk, self.teller = venue.converse(market, path)
        self.results = []
        self.said = []
        self.frames = []
        self.lose = lambda _: False
        self.outbox = deque()
        self.say(self.session.subscribe())

    def say(self, frames):
        """Say these, and then whatever the answers lead to."""
        self.outbox += frames
        while self.outbox:
            frame = self.outbox.popleft()
            self.said.append(json.loads(frame))
            heard = self.desk.hear(frame)
            assert not heard.close
            self.hear([*heard.control, *(self.teller.snapshots() if heard.subscribed else ())])

    def hear(self, frames):
        for frame in frames:
            self.frames.append(frame)
            if not self.lose(frame):
                results = self.session.parse(frame, SEEN)
                self.outbox += [one.frame for one in results if isinstance(one, Send) and one.operation]
                self.results += results

    @property
    def channels(self):
        return {channel for channel, _ in self.desk.streams}

    def of(self, kind):
        return [one for one in self.results if isinstance(one, kind)]

    def pushes(self, channel):
        messages = [json.loads(frame) for frame in self.frames if frame != "pong"]
        return [one for one in messages if "data" in one and one["arg"]["channel"] == channel]


class World:
    """A market with a conversation on each connection of a plan."""

    def __init__(self, wanted, scenario="quiet", venue=None, exchange=OKX):
        self.market = SimulatedMarket("okx", 1, scenario, ORIGIN)
        self.venue = venue or Okx()
        self.fills = []
        self.at = ORIGIN
        self.talks = [Talk(self.market, self.venue, endpoint, exchange) for endpoint in exchange.plan(wanted)]
        self.watch()

    def watch(self):
        self.market.watch_books({one for talk in self.talks for one in talk.teller.books()})

    def run(self, seconds):
        end = self.at + int(seconds * NS)
        while self.at < end:
            self.at += NS // 20
            happenings = self.market.advance(self.at)
            self.fills += [one for one in happenings if isinstance(one, Fill)]
            for talk in self.talks:
                talk.hear(talk.teller.tell(happenings))
                talk.say(())
        return self

    def of(self, kind):
        return [one for talk in self.talks for one in talk.of(kind)]


def first_talk(*channels, instruments=(BTC,), **more):
    """A world of one connection."""
    world = World(wants(*instruments, channels=channels), **more)
    [talk] = world.talks
    return world, talk


# ---- the words


@pytest.mark.parametrize("channel", FIELDS)
def test_every_field_is_there(channel):
    """All fields of the fact sheet in its order, every number a string but those of the sequence."""
    name = {"tickers": "ticker", "trades": "trade", "bbo-tbt": "booktop"}.get(channel, "orderbook")
    exchange = OKX.configured(Settings(format="books5")) if channel == "books5" else OKX
    _, talk = first_talk(name, exchange=exchange)
    [push] = talk.pushes(channel)
    assert push["arg"] == {"channel": channel, "instId": "BTC-USDT"}
    [row] = push["data"]
    assert list(row) == FIELDS[channel].split()
    numbers = {key for key, value in row.items() if isinstance(value, int)}
    assert numbers == {"checksum", "prevSeqId", "seqId"} & set(row)
    assert all(isinstance(part, str) for side in ("asks", "bids") for level in row.get(side, ()) for part in level)


def test_books_are_as_deep_as_their_channel():
    """400 levels, five, and one, the best first."""
    for form, depth in (("books", 400), ("books5", 5)):
        _, talk = first_talk("orderbook", exchange=OKX.configured(Settings(format=form)))
        [push] = talk.pushes(form)
        assert (len(push["data"][0]["bids"]), len(push["data"][0]["asks"])) == (depth, depth)
    _, talk = first_talk("booktop")
    assert [len(push["data"][0]["bids"]) for push in talk.pushes("bbo-tbt")] == [1]


def test_each_stream_is_confirmed_by_itself():
    """One confirmation a stream, with the id of its request and the connection's own."""
    world = World(wants(BTC, ETH))
    for talk in world.talks:
        asked = [(one["id"], arg["channel"], arg["instId"]) for one in talk.said for arg in one["args"]]
        events = [json.loads(frame) for frame in talk.frames if '"event"' in frame]
        assert [(one["id"], one["arg"]["channel"], one["arg"]["instId"]) for one in events] == asked
        assert len({one["connId"] for one in events}) == 1
        assert {one.subscriptions[0] for one in talk.of(Accepted)} == set(talk.session._wanted)
    assert len({json.loads(talk.frames[0])["connId"] for talk in world.talks}) == len(world.talks)


def test_a_ping_is_answered_with_a_pong():
    """Text for text, and the scanner takes it for a sign of life and not for data."""
    _, talk = first_talk("trade")
    assert talk.desk.hear(talk.session.keepalive.frame).control == ("pong",)
    assert talk.session.parse("pong", SEEN) == [Accepted()]


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        ("nonsense", "60012"),
        ("[]", "60012"),
        ('{"id":"1","op":"subscribe","argss":[]}', "60012"),
        ('{"id":"not alphanumeric","op":"subscribe","args":[{}]}', "60012"),
        (f'{{"id":"{"x" * 33}","op":"subscribe","args":[{{}}]}}', "60012"),
        ('{"id":"1","op":"dance","args":[{}]}', "60019"),
        ('{"id":"1","op":"subscribe","args":[]}', "60013"),
        ('{"id":"1","op":"subscribe","args":["tickers"]}', "60013"),
        ('{"id":"1","op":"login","args":[{}]}', "60009"),
        ('{"id":"1","op":"subscribe","args":[{"channel":"candle1m","instId":"BTC-USDT"}]}', "60018"),
        ('{"id":"1","op":"subscribe","args":[{"channel":"tickers","instId":"NOPE-USDT"}]}', "60018"),
        ('{"id":"1","op":"subscribe","args":[{"channel":"books-l2-tbt","instId":"BTC-USDT"}]}', "60011"),
    ],
)
def test_mistakes_are_told_by_their_codes(request_, code):
    """As an event without an arg; the id comes back where it could be read."""
    desk, _ = Okx().converse(SimulatedMarket("okx", 1, "quiet", ORIGIN))
    heard = desk.hear(request_)
    [error] = [json.loads(frame) for frame in heard.control]
    assert (error["event"], error["code"], error.get("id")) == ("error", code, "1" if '"id":"1"' in request_ else None)
    assert "arg" not in error
    assert heard.refused
    assert heard.operation
    assert not desk.streams


@pytest.mark.parametrize("spoils", [False, True])
@pytest.mark.parametrize("vague", [False, True])
def test_what_the_documents_leave_open_is_done_both_ways(spoils, vague):
    """A bad stream spoils its request or only itself; its error names it, or throws the request back."""
    desk, _ = Okx(Manners(spoils=spoils, vague=vague)).converse(SimulatedMarket("okx", 1, "quiet", ORIGIN))
    args = [{"channel": "trades", "instId": f"{base}-USDT"} for base in ("BTC", "NOPE", "ETH")]
    heard = desk.hear(json.dumps({"id": "1", "op": "subscribe", "args": args}))
    told = [json.loads(frame) for frame in heard.control]
    flowing = [] if spoils else ["BTC-USDT", "ETH-USDT"]
    assert [one["arg"]["instId"] for one in told if one["event"] == "subscribe"] == flowing
    assert [code for _, code in desk.streams] == flowing
    [error] = [one for one in told if one["event"] == "error"]
    assert (error["code"], "instId:NOPE-USDT doesn't exist" in error["msg"]) == (
        ("60012", False) if vague else ("60018", True)
    )
    assert heard.subscribed != spoils


def test_a_request_above_64_kb_is_the_end():
    """Close code 1009, in bytes and not in letters."""
    desk, _ = Okx().converse(SimulatedMarket("okx", 1, "quiet", ORIGIN))
    arg = '{"channel":"tickers","instId":"%s-USDT"}'
    for letter, count in (("A", 64 * 1024), ("é", 32 * 1024)):
        assert desk.hear('{"op":"subscribe","args":[%s]}' % (arg % (letter * count))).close == 1009
    assert desk.hear('{"op":"subscribe","args":[%s]}' % (arg % ("A" * 32 * 1024))).close == 0


def test_works_are_announced_on_the_public_socket_only():
    """A notice that the scanner reads as one to leave; the other socket goes without a word."""
    _, talk = first_talk("trade")
    assert [type(one) for one in talk.session.parse(talk.desk.farewell(), SEEN)] == [Retiring]
    _, candles = first_talk("candle")
    assert candles.desk.farewell() is None
    limits = Okx(works_s=900.0).limits
    assert (limits.lifetime_s, limits.notice_s, Okx().limits.lifetime_s) == (900.0, 60.0, 0.0)


def test_it_paces_itself():
    """At most ten tickers and books of a market in a second, and one bar, with the one that ended."""
    world = World(wants(BTC), scenario="pump")
    world.market.start_script(ORIGIN)
    most = Counter()
    for _ in range(30):
        for talk in world.talks:
            talk.frames.clear()
        world.run(1)
        counts = Counter({name: len(talk.pushes(name)) for talk in world.talks for name in talk.channels})
        most |= counts
    assert 5 < most["tickers"] <= 10
    assert 1 < most["books"] <= 10
    assert 1 <= most["candle1m"] <= 2


def test_a_bar_is_told_once_more_when_it_is_final():
    """With its successor in one push, or just before it in its own; both ways come up."""
    world, talk = first_talk("candle")
    world.run(190)
    rows = [[(int(row[0]), row[8]) for row in push["data"]] for push in talk.pushes("candle1m")]
    finals = [row for push in rows for row in push if row[1] == "1"]
    starts = sorted({start for push in rows for start, _ in push})
    assert [start for start, _ in finals] == starts[:-1]
    assert len(finals) >= 3
    assert {len(push) for push in rows if any(final == "1" for _, final in push)} == {1, 2}


def test_best_prices_that_did_not_change_are_not_told():
    """Until a minute has passed."""
    world, talk = first_talk("booktop")
    world.run(30)
    tops = [(push["data"][0]["bids"], push["data"][0]["asks"]) for push in talk.pushes("bbo-tbt")]
    assert len(tops) > 10
    assert all(before != after for before, after in pairwise(tops))


def test_a_quiet_book_is_told_again_after_a_minute():
    """Changes with nothing in them and a number that stays; a whole book as it was. The scanner keeps both."""
    world, talk = first_talk("orderbook")
    market, last = world.market, talk.of(OrderBook)[-1]
    market.watch_books(())
    for _ in range(70):
        market.advance(world.at + NS)
        world.at += NS
        talk.hear(talk.teller.tell(()))
    [again] = talk.pushes("books")[1:]
    assert again["data"][0]["prevSeqId"] == again["data"][0]["seqId"] == last.sequence
    assert (again["data"][0]["asks"], again["data"][0]["bids"]) == ([], [])
    kept = talk.of(OrderBook)[-1]
    assert (kept.bids, kept.asks, kept.sequence) == (last.bids, last.asks, last.sequence)
    assert talk.of(Gap) == []


# ---- a whole conversation


def joined(fills):
    """Fills of one order at one price, by the slow and obvious way."""
    orders = []
    for fill in fills:
        key = (fill.at_ms, fill.side, fill.price)
        if orders and orders[-1][0] == key and orders[-1][1][-1].number + 1 == fill.number:
            orders[-1][1].append(fill)
        else:
            orders.append((key, [fill]))
    return [group for _, group in orders]


def as_trade(group):
    last = group[-1]
    size = round(sum(fill.size for fill in group), 8)
    return Trade(
        "okx",
        last.instrument,
        last.at_ms * 1_000_000,
        SEEN,
        str(500_000_000 + last.number),
        last.price,
        pytest.approx(size),
        last.side,
    )


@pytest.mark.parametrize("seed", range(6))
def test_a_subscription_begins_with_a_whole_order(seed):
    """The first trade told is what the last order took at one price, as REST's pieces add up, and none of its parts."""
    market = SimulatedMarket("okx", seed, "crash", ORIGIN)
    market.start_script(ORIGIN)
    market.advance(ORIGIN + 8 * NS)
    desk, teller = Okx().converse(market)
    instruments = [one.instrument for one in market.listings[:40]]
    args = [{"channel": "trades", "instId": f"{one.base}-{one.quote}"} for one in instruments]
    desk.hear(json.dumps({"op": "subscribe", "args": args}))
    told = [json.loads(frame)["data"] for frame in teller.snapshots()]
    orders = [joined(market.trades(one, 50)[::-1])[-1] for one in instruments]
    assert [(int(row["tradeId"]), int(row["count"])) for [row] in told] == [
        (500_000_000 + order[-1].number, len(order)) for order in orders
    ]
    assert [float(row["sz"]) for [row] in told] == [pytest.approx(sum(one.size for one in order)) for order in orders]
    assert max(map(len, orders)) > 1


@pytest.mark.parametrize("form", ["books", "books5"])
@pytest.mark.parametrize("scenario", ["quiet", "crash"])
def test_the_scanner_hears_what_the_market_did(scenario, form):
    """Trades, prices, tops, bars and books are the market's own, on as many connections as it takes."""
    exchange = OKX.configured(Settings(format=form))
    world = World(wants(BTC, ETH, XRP), scenario, exchange=exchange)
    assert {talk.desk._path for talk in world.talks} == {"/ws/v5/public", "/ws/v5/business"}
    world.market.start_script(ORIGIN + 5 * NS)
    world.run(65 if scenario == "crash" else 90)
    market = world.market
    assert world.of(Rejected) == world.of(Gap) == []
    assert {type(one) for talk in world.talks for one in talk.results} == {
        *(Accepted, Trade, Ticker, BookTop, Candle, OrderBook),
    }
    for one in (BTC, ETH, XRP):
        told = [trade for trade in world.of(Trade) if trade.instrument == one]
        fills = [fill for fill in world.fills if fill.instrument == one]
        assert told[1:] == [as_trade(group) for group in joined(fills)]
        summary = market.ticker(one)
        ticker = [each for each in world.of(Ticker) if each.instrument == one][-1]
        assert (ticker.price, ticker.at) == (summary.last.price, summary.last.at_ms * 1_000_000)
        bars = {bar.start_ms * 1_000_000: bar for bar in market.candles(one, 3)}
        candles = {candle.at: candle for candle in world.of(Candle) if candle.instrument == one}
        *finals, _ = sorted(candles)
        assert finals
        for at in finals:
            bar, candle = bars[at], candles[at]
            assert (candle.open, candle.high, candle.low, candle.close) == (bar.open, bar.high, bar.low, bar.close)
            assert (candle.volume, candle.turnover) == (bar.volume, bar.turnover)
    for kind, depth in ((OrderBook, 15 if form == "books" else 5), (BookTop, 1)):
        told = world.of(kind)
        assert len(told) > 50
        for one in told:
            book = market.book(one.instrument, one.at // 1_000_000, depth)
            assert ((one.bids, one.asks) if kind is OrderBook else ((one.bid,), (one.ask,))) == (book.bids, book.asks)


def test_instruments_come_and_go_while_it_runs():
    """Only what changes is said; what stays is not told anew; what has left is heard of no more."""
    channels = ("trade", "ticker", "booktop")
    world, talk = first_talk(*channels, instruments=(BTC, ETH))
    world.run(5)
    before = len(talk.said)
    talk.say(talk.session.update(wants(BTC, XRP, channels=channels)))
    world.watch()
    changes = talk.said[before:]
    assert [(one["op"], {arg["instId"] for arg in one["args"]}, len(one["args"])) for one in changes] == [
        ("unsubscribe", {"ETH-USDT"}, 3),
        ("subscribe", {"XRP-USDT"}, 3),
    ]
    talk.results.clear()
    start = len(world.fills)
    world.run(60)
    heard = Counter(trade.instrument for trade in talk.of(Trade))
    happened = {one: len(joined(f for f in world.fills[start:] if f.instrument == one)) for one in (BTC, ETH, XRP)}
    assert heard == {BTC: happened[BTC], XRP: happened[XRP]}
    assert {one.instrument for one in talk.of(BookTop)} == {BTC, XRP}
    talk.say(talk.session.update(()))
    assert talk.desk.streams == set()


def test_a_book_left_and_wanted_again_begins_anew():
    """What trails from before is no gap."""
    world, talk = first_talk("orderbook", instruments=(BTC, ETH))
    world.run(3)
    late = [frame for frame in talk.frames if '"update"' in frame and "BTC-USDT" in frame][-1]
    talk.say(talk.session.update(wants(ETH, channels=["orderbook"])))
    assert talk.session.parse(late, SEEN) == []
    frames = talk.session.update(wants(BTC, ETH, channels=["orderbook"]))
    assert talk.session.parse(late, SEEN) == []
    talk.say(frames)
    world.watch()
    world.run(10)
    assert talk.of(Gap) == []
    assert [one.instrument for one in talk.of(OrderBook)][-50:].count(BTC) > 5


# ---- holes


def books_by_truth(world, books):
    for one in books:
        book = world.market.book(one.instrument, one.at // 1_000_000, 15)
        assert (one.bids, one.asks) == (book.bids, book.asks)


def test_a_lost_change_gives_one_gap_and_one_new_subscription():
    """Gap, one unsubscribe, one subscribe, no book until the new one, and then the market's own again."""
    world, talk = first_talk("orderbook", instruments=(BTC, ETH))
    world.run(3)
    lost = []

    def lose(frame):
        if not lost and '"update"' in frame and "BTC-USDT" in frame:
            lost.append(frame)
            return True
        return False

    talk.lose = lose
    said = len(talk.said)
    world.run(30)
    [gap] = talk.of(Gap)
    assert (gap.channel, gap.instruments, gap.reason) == ("orderbook", (BTC,), "sequence")
    again = [(one["op"], one["args"]) for one in talk.said[said:]]
    arg = [{"channel": "books", "instId": "BTC-USDT"}]
    assert again == [("unsubscribe", arg), ("subscribe", arg)]
    after = talk.results[talk.results.index(gap) + 1 :]
    assert sum(isinstance(one, OrderBook) and one.instrument == BTC for one in after) > 20
    books_by_truth(world, talk.of(OrderBook))


@pytest.mark.parametrize("action", ["snapshot", "subscribe"])
def test_a_lost_beginning_is_asked_for_again(action):
    """A whole book that never came is missed after a while of changes; a confirmation that never came, by its book."""
    world = World(())
    talk = Talk(world.market, world.venue, Endpoint(OKX.ws_url), OKX)
    world.talks.append(talk)
    lost = []

    def lose(frame):
        if f'"{action}"' in frame and not lost:
            lost.append(frame)
            return True
        return False

    talk.lose = lose
    talk.say(talk.session.update(wants(BTC, channels=["orderbook"])))
    world.watch()
    world.run(30)
    assert lost
    assert len(talk.said) == (3 if action == "snapshot" else 1)
    assert len(talk.of(OrderBook)) > 20
    assert talk.of(Gap) == []
    books_by_truth(world, talk.of(OrderBook))


def test_a_frame_told_twice_changes_nothing():
    """Neither a gap nor a new subscription, and the books stay right."""
    world, talk = first_talk("orderbook")
    for _ in range(100):
        world.run(0.05)
        for frame in talk.frames[-1:]:
            talk.results += talk.session.parse(frame, SEEN)
    assert talk.of(Gap) == talk.of(Send) == []
    assert len(talk.said) == 1
    assert talk.of(OrderBook)
    books_by_truth(world, talk.of(OrderBook))


# ---- refusals


@pytest.mark.parametrize("spoils", [False, True])
@pytest.mark.parametrize("vague", [False, True])
@pytest.mark.parametrize("names", [("NOPE",), ("NOPE", "NOWT", "NEVERMORE"), ("NOPÉ",)])
def test_bad_names_blind_nobody_else(spoils, vague, names):
    """Whether or not a bad stream spoils its request, and whether or not the error names it: only it is refused."""
    bad = [Instrument(name, "USDT") for name in names]
    good = [listing.instrument for listing in SimulatedMarket("okx", 1, "quiet", ORIGIN).listings][:60]
    wanted = wants(*good[:30], *bad, *good[30:], channels=["trade"])
    world = World(wanted, venue=Okx(Manners(spoils=spoils, vague=vague)))
    [talk] = world.talks
    refused = [one for rejected in talk.of(Rejected) for one in rejected.subscriptions]
    assert sorted(refused) == sorted(wants(*bad, channels=["trade"]))
    assert len(refused) == len(set(refused))
    assert set(talk.desk.streams) == {("trades", f"{one.base}-{one.quote}") for one in good}
    assert len(talk.said) <= 1 + 14 * len(bad)
    assert not any(rejected.throttled for rejected in talk.of(Rejected))
    assert talk.session.update(wants(*good, channels=["trade"])) == []


def test_a_request_full_of_bad_names_has_an_end():
    """After so many questions the rest is refused together, and named."""
    bad = [Instrument(f"NO{n}", "USDT") for n in range(90)]
    world = World(wants(*bad, channels=["trade"]), venue=Okx(Manners(spoils=True, vague=True)))
    [talk] = world.talks
    assert len(talk.said) <= 66
    refused = [one for rejected in talk.of(Rejected) for one in rejected.subscriptions]
    assert sorted(refused) == sorted(wants(*bad, channels=["trade"]))
    assert talk.session.update(()) == []


def test_too_many_changes_are_waited_out():
    """The venue's refusal says that only waiting helps."""
    _, talk = first_talk("trade")
    [rejected] = talk.session.parse(talk.desk.over_limit(), SEEN)
    assert (rejected.reason, rejected.throttled, rejected.subscriptions) == ("60014", True, ())


# ---- REST


def ask(rest, request):
    answer = rest.answer(request.url.removeprefix(OKX.rest_url), request.params)
    assert answer.status == 200
    return answer.body


def test_the_catalogue_and_the_prices_are_the_markets_own():
    """Every market of coins, no share, and each price with its turnover and time."""
    world = World(()).run(5)
    rest, entries = world.venue.rest(world.market), [entry.instrument for entry in world.market.entries]
    assert b"ACMEX" in ask(rest, OKX.markets_request())
    markets = OKX.parse_markets(ask(rest, OKX.markets_request()))
    assert [market.instrument for market in markets] == entries
    [request] = OKX.tickers_requests(markets)
    tickers = OKX.parse_tickers(ask(rest, request), SEEN)
    assert [ticker.instrument for ticker in tickers] == entries
    for ticker in tickers:
        summary = world.market.ticker(ticker.instrument)
        assert (ticker.price, ticker.at) == (summary.last.price, summary.last.at_ms * 1_000_000)
        assert (ticker.volume_24h, ticker.turnover_24h) == (summary.volume_24h, summary.turnover_24h)


def test_trades_by_rest_are_those_of_the_socket():
    """Joined alike: the same ids, prices and sizes, so that none is counted twice after a hole."""
    world, talk = first_talk("trade", instruments=(BTC, ETH), scenario="crash")
    world.market.start_script(ORIGIN)
    world.run(30)
    rest = world.venue.rest(world.market)
    for one in (BTC, ETH):
        told = [trade for trade in talk.of(Trade) if trade.instrument == one]
        asked = OKX.parse_trades(one, ask(rest, OKX.trades_request(one)), SEEN)
        told = [trade for trade in told if trade.at > asked[0].at]  # of the first one, pieces may be missing
        assert len(told) > 20
        assert len([trade for trade in told if trade in asked]) > 0.9 * len(told)
        heard, answered = by_place(told), by_place(asked[1:])
        for place, trades in heard.items():  # two orders of one millisecond and price cannot be told apart
            assert answered[place][-1].id == trades[-1].id
            assert sum(one.size for one in answered[place]) == pytest.approx(sum(one.size for one in trades))


def by_place(trades):
    places = defaultdict(list)
    for trade in trades:
        places[trade.at, trade.side, trade.price].append(trade)
    return places


@pytest.mark.parametrize(
    ("path", "params", "code"),
    [
        ("public/instruments", {}, "50014"),
        ("public/instruments", {"instType": "SWAP"}, "51000"),
        ("market/ticker", {"instId": "NOPE-USDT"}, "51001"),
        ("market/trades", {}, "50014"),
        ("market/trades", {"instId": "BTC-USDT", "limit": "-1"}, "51000"),
        ("market/books", {"instId": "BTC-USDT", "sz": "many"}, "51000"),
        ("market/candles", {"instId": "BTC-USDT", "bar": "7m"}, "51000"),
    ],
)
def test_mistakes_by_rest_come_under_http_200(path, params, code):
    """The code in the body is what counts."""
    answer = Okx().rest(SimulatedMarket("okx", 1, "quiet", ORIGIN)).answer(f"/api/v5/{path}", params)
    assert answer.status == 200
    body = json.loads(answer.body)
    assert (body["code"], body["data"]) == (code, [])


def test_the_rest_of_rest():
    """The time, one price, a book of one level unless more are asked for, bars newest first, and no such path."""
    world = World(()).run(5)
    rest = world.venue.rest(world.market)

    def data(path, **params):
        answer = rest.answer(f"/api/v5/{path}", params)
        assert answer.status == 200
        return json.loads(answer.body)["data"]

    assert len(data("public/time")[0]["ts"]) == 13
    assert data("market/ticker", instId="BTC-USDT")[0]["instId"] == "BTC-USDT"
    for sz, levels in (({}, 1), ({"sz": "400"}, 400), ({"sz": "5000"}, 400)):
        assert len(data("market/books", instId="BTC-USDT", **sz)[0]["asks"]) == levels
    bars = data("market/candles", instId="BTC-USDT", bar="1m", limit="5")
    assert [bar[8] for bar in bars] == ["0", "1", "1", "1", "1"]
    assert [int(bar[0]) for bar in bars] == sorted((int(bar[0]) for bar in bars), reverse=True)
    assert rest.answer("/api/v5/public/nothing", {}).status == 404
    over = rest.over_limit()
    assert (over.status, json.loads(over.body)["code"]) == (429, "50011")
    assert rest.weight("/api/v5/public/time", {}) == 2
    assert rest.weight("/api/v5/market/tickers", {}) == 1
    assert rest.group("/api/v5/market/tickers") != rest.group("/api/v5/market/trades")
