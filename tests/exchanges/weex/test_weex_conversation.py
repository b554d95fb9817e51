"""What is said to WEEX, what its answers lead to, and how a book that lost its place is mended."""

import json
from functools import partial

import pytest

from scanner.exchanges.base import Accepted, Endpoint, Rejected, RemoteNonsense, Send, SessionBroken
from scanner.exchanges.weex.asks import RETRIES, Asks
from scanner.exchanges.weex.books import MENDS, STRAYS
from scanner.exchanges.weex.spec import WEEX
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, OrderBook, Subscription
from tests.exchanges import conversations
from tests.exchanges.conversations import trades_in
from tests.exchanges.venues import samples_of

SPOT = samples_of(WEEX)
SECOND = 1_000_000_000
SEEN = 1_790_000_000_200_000_000
WAVE, REEF = Instrument("WAVE", "BTC"), Instrument("REEF", "BTC")
BOOK = Subscription("orderbook", WAVE)
trades = partial(trades_in, "BTC")
opened = partial(conversations.opened, WEEX)


def said(results):
    """Messages among these results, or frames, as (method, streams, id); what changes streams waits as an operation."""
    for one in results:
        if isinstance(one, Send):
            assert one.operation == ("SUBSCRIBE" in one.frame), one.frame
    frames = [one.frame if isinstance(one, Send) else one for one in results if isinstance(one, Send | str)]
    messages = [json.loads(frame) for frame in frames]
    return [(one["method"], one.get("params"), one["id"]) for one in messages]


def no(number, text):
    return json.dumps({"result": False, "id": number, "msg": f"INVALID_ARGUMENT: {text}"})


def yes(number):
    return json.dumps({"result": True, "id": number})


# ---- asking


def test_everything_is_asked_for_in_one_message():
    """Streams by name, whatever they carry, as one operation."""
    everything = [Subscription(channel, WAVE) for channel in WEEX.channels]
    session = WEEX.open(Endpoint("wss://venue", tuple(everything)))
    streams = {
        "WAVEBTC@ticker",
        "WAVEBTC@trade",
        "WAVEBTC@depth15",
        "WAVEBTC@bookTicker",
        "WAVEBTC@kline_1m_LAST_PRICE",
    }
    [(method, params, number)] = said(session.subscribe())
    assert (method, set(params), len(params), number) == ("SUBSCRIBE", streams, 5, 3)
    assert WEEX.open(Endpoint("wss://venue")).subscribe() == []


def test_a_change_of_wants_is_two_messages_at_most():
    """What goes, goes first; what stays is not named; nothing is said of nothing."""
    session = opened(*trades("A", "B"))
    assert said(session.update(trades("B", "C", "D"))) == [
        ("UNSUBSCRIBE", ["ABTC@trade"], 4),
        ("SUBSCRIBE", ["CBTC@trade", "DBTC@trade"], 5),
    ]
    assert session.update(trades("D", "C", "B")) == []
    assert said(session.update(trades("D"))) == [("UNSUBSCRIBE", ["BBTC@trade", "CBTC@trade"], 6)]
    with pytest.raises(ValueError, match="spot markets only"):
        session.update([Subscription("trade", Instrument("A", "BTC", "perpetual"))])


def test_a_yes_names_what_it_is_about():
    """Ids may come back as text; what was given up meanwhile is not confirmed."""
    session = opened(*trades("A", "B"))
    session.update(trades("B", "C"))
    assert session.parse('{"result":true,"id":"3"}', SEEN) == [Accepted(tuple(trades("B")))]
    assert session.parse(yes(4), SEEN) == [Accepted()]
    assert session.parse(yes(5), SEEN) == [Accepted(tuple(trades("C")))]
    with pytest.raises(RemoteNonsense, match="answer to nothing"):
        session.parse(yes(5), SEEN)


# ---- signs of life


@pytest.mark.parametrize("ping", [SPOT.PING, SPOT.OTHER_PING])
def test_both_kinds_of_ping_get_a_pong(ping):
    """Whichever key it comes under; more than ten that are not answered end the connection."""
    assert said(opened().parse(ping, SEEN)) == [("PONG", None, 2)]


def test_our_own_ping_leaves_most_operations_to_be_used_even_if_it_counts():
    """Every 25 seconds; and its answer is no answer to anything else."""
    session = opened(*trades("A"))
    assert said([session.keepalive.frame]) == [("PING", None, 1)]
    assert 3600 / session.keepalive.every_s + WEEX.limits.operations[0].count <= 240
    assert session.parse(SPOT.PING_ANSWERED, SEEN) == [Accepted()]


@pytest.mark.parametrize("frame", [SPOT.GREETING, SPOT.PONG_ANSWERED, '{"event":"pong","time":"1790000000003"}'])
def test_words_that_ask_for_nothing_lead_to_nothing(frame):
    """The greeting, and whatever follows a pong."""
    assert opened(*trades("A")).parse(frame, SEEN) == []
    assert opened(*trades("A")).parse('{"result":true,"id":2}', SEEN) == [Accepted()]


def test_data_may_come_before_the_answer():
    """They are told at once, and the answer that follows is no surprise."""
    session = opened(BOOK, *trades("WAVE"))
    assert [type(one) for one in session.parse(SPOT.BOOK, SEEN)] == [OrderBook]
    assert len(session.parse(SPOT.TRADES, SEEN)) == 2
    [accepted] = session.parse(yes(3), SEEN)
    assert set(accepted.subscriptions) == {BOOK, *trades("WAVE")}


def test_an_error_may_name_a_coin_in_chinese():
    """`牛来USDT_SPBL`: it goes alone, like any other."""
    coin = Subscription("trade", Instrument("牛来", "USDT"))
    session = opened(coin, *trades("A"))
    rejected, again = session.parse(no(3, "invalid symbol : 牛来USDT_SPBL"), SEEN)
    assert rejected.subscriptions == (coin,)
    assert said([again]) == [("SUBSCRIBE", ["ABTC@trade"], 4)]


# ---- refusals


@pytest.mark.parametrize("name", ["BBTC_SPBL", "cmt_bbtc", "BBTC", "bbtc_spbl"])
def test_the_name_in_the_error_is_the_one_that_goes(name):
    """However the venue spells it; all others are asked for again, for the bad one may have spoiled them."""
    session = opened(*trades("A", "B", "C"))
    rejected, *rest = session.parse(no(3, f"invalid symbol : {name}"), SEEN)
    assert rejected == Rejected("INVALID_ARGUMENT", f"invalid symbol : {name}", subscriptions=tuple(trades("B")))
    assert said(rest) == [("SUBSCRIBE", ["ABTC@trade", "CBTC@trade"], 4)]
    assert session.parse(yes(4), SEEN) == [Accepted(tuple(trades("A", "C")))]
    assert session.update(trades("A", "C")) == []


def test_a_kind_of_stream_that_is_refused_goes_for_all():
    """`invalid event : bookTicker` is about every coin's."""
    tops = [Subscription("booktop", one) for one in (WAVE, REEF)]
    session = opened(*trades("A"), *tops)
    rejected, *rest = session.parse(no(3, "invalid event : bookTicker"), SEEN)
    assert set(rejected.subscriptions) == set(tops)
    assert said(rest) == [("SUBSCRIBE", ["ABTC@trade"], 4)]


class Venue:
    """Refuses every message that has a bad name in it, and never says which."""

    def __init__(self, session, bad):
        self.session, self.bad = session, bad
        self.carried, self.rejected, self.operations = set(), [], 0

    def answer(self, frames):
        for method, names, number in said(frames):
            assert method == "SUBSCRIBE"
            self.operations += 1
            spoilt = self.bad & set(names)
            self.carried |= set() if spoilt else set(names)
            results = self.session.parse(no(number, "something is wrong") if spoilt else yes(number), SEEN)
            self.rejected += [one for each in results if isinstance(each, Rejected) for one in each.subscriptions]
            self.answer(results)


def test_a_bad_name_that_nobody_names_is_found_by_halves():
    """In as many steps as a search takes, and no other stream is lost."""
    coins = [f"C{n}" for n in range(100)]
    session = WEEX.open(Endpoint("wss://venue", tuple(trades(*coins))))
    venue = Venue(session, {"C42BTC@trade"})
    venue.answer(session.subscribe())
    assert venue.rejected == [*trades("C42")]
    assert venue.carried == {f"{coin}BTC@trade" for coin in coins} - venue.bad
    assert venue.operations <= 1 + 2 * 7


def test_the_search_ends_before_the_operations_do():
    """With too many bad names, what is refused together is given up together: said, and not asked for for ever."""
    coins = [f"C{n}" for n in range(100)]
    session = WEEX.open(Endpoint("wss://venue", tuple(trades(*coins))))
    venue = Venue(session, {f"C{n}BTC@trade" for n in range(0, 100, 9)})
    venue.answer(session.subscribe())
    assert venue.operations == 1 + RETRIES
    assert {f"{one.instrument.base}BTC@trade" for one in venue.rejected} >= venue.bad
    assert venue.carried.isdisjoint(venue.bad)
    assert len(venue.carried) + len(venue.rejected) == 100


def test_what_is_not_wanted_any_more_is_not_asked_for_again():
    """The wants of now count, not those of the refused message."""
    session = opened(*trades("A", "B", "C"))
    session.update(trades("A"))
    [rejected] = session.parse(no(3, "something is wrong"), SEEN)
    assert rejected.subscriptions == tuple(trades("A"))


def test_an_error_without_an_id_refuses_everything_while_anything_is_open():
    """There is no telling which message it is about; later it can only be a sign of life, and is counted."""
    session = opened(*trades("A"))
    assert session.parse(SPOT.NO_TO_NOBODY, SEEN) == [
        Rejected("INVALID_ARGUMENT", "unrecognized message : hello", subscriptions=())
    ]
    session.parse(yes(3), SEEN)
    with pytest.raises(RemoteNonsense):
        session.parse(SPOT.NO_TO_NOBODY, SEEN)


@pytest.mark.parametrize("text", ["TOO_MANY_REQUESTS: slow down", "operation limit reached", "Too frequent operations"])
def test_asking_too_often_is_a_matter_of_waiting(text):
    """However it is said, it is not the names that are wrong."""
    [rejected] = opened(*trades("A")).parse(json.dumps({"result": False, "id": 3, "msg": text}), SEEN)
    assert rejected.throttled
    assert not rejected.subscriptions


def test_a_coin_called_limit_is_not_a_limit():
    """What is invalid is a name, whatever it is called."""
    session = opened(*trades("LIMIT", "B"))
    [rejected, _] = session.parse(no(3, "invalid symbol : LIMITBTC_SPBL"), SEEN)
    assert (rejected.throttled, rejected.subscriptions) == (False, tuple(trades("LIMIT")))


def test_a_market_that_is_no_more_is_named_and_left():
    """Its streams are confirmed and silent for ever, so they give up their places."""
    session = opened(BOOK, *trades("WAVE", "REEF"))
    rejected, unsubscribe = session.parse(SPOT.NO_MORE, SEEN)
    assert rejected.reason == "DELISTED"
    assert set(rejected.subscriptions) == {BOOK, *trades("WAVE")}
    [(method, names, _)] = said([unsubscribe])
    assert (method, set(names)) == ("UNSUBSCRIBE", {"WAVEBTC@depth15", "WAVEBTC@trade"})
    assert session.parse(SPOT.TRADES, SEEN) == []
    assert session.update(trades("REEF")) == []


def test_markets_that_die_together_are_left_together():
    """One message for the first, and one for all others when that has been answered: an hour has few operations."""
    coins = [f"C{n}" for n in range(30)]
    session = opened(*(Subscription("orderbook", Instrument(coin, "BTC")) for coin in coins))
    results = [session.parse(SPOT.NO_MORE.replace("WAVE", coin), SEEN) for coin in coins]
    assert [one.instrument.base for each in results for one in each[0].subscriptions] == coins
    assert [one for each in results for one in said(each)] == [("UNSUBSCRIBE", ["C0BTC@depth15"], 4)]
    assert said(session.parse(yes(3), SEEN)) == []
    names = [f"{coin}BTC@depth15" for coin in coins[1:]]
    assert said(session.parse(yes(4), SEEN)) == [("UNSUBSCRIBE", names, 5)]
    assert said(session.parse(yes(5), SEEN)) == []


def test_a_change_of_wants_takes_the_dead_ones_along():
    """What waits to be left goes with what is left anyway, and is not left twice."""
    session = opened(*(Subscription("orderbook", one) for one in (WAVE, REEF)), *trades("A"))
    for coin in ("WAVE", "REEF"):
        session.parse(SPOT.NO_MORE.replace("WAVE", coin), SEEN)
    assert said(session.update([])) == [("UNSUBSCRIBE", ["REEFBTC@depth15", "ABTC@trade"], 5)]
    assert said(session.parse(yes(4), SEEN)) == []


def test_answers_that_never_come_fill_no_memory():
    """A venue that answers nothing is remembered for hours of operations, and no longer."""
    asks = Asks()
    numbers = [asks.subscribe(["A"])[0] for _ in range(1000)]
    assert asks.answered(numbers[0]) is None
    assert asks.answered(numbers[-1]) == ("A",)


# ---- books


def test_each_change_begins_where_the_last_one_ended():
    """U is the u before it, not the one after; zeros take levels away."""
    session = opened(BOOK)
    [whole] = session.parse(SPOT.BOOK, SEEN)
    [changed] = session.parse(SPOT.CHANGE, SEEN)
    assert (whole.sequence, changed.sequence) == (7009, 7012)
    assert changed.bids == ((8.1e-6, 20.0), (8.09e-6, 3.25))
    assert changed.asks == ((8.13e-6, 9.0), (8.14e-6, 7.0))


def test_the_whole_frame_counts_before_the_touch_is_looked_at():
    """One frame may take a bid away and put an ask at its price."""
    session = opened(BOOK)
    session.parse(SPOT.BOOK, SEEN)
    crossing = SPOT.CHANGE.replace('"a":[["0.00000813","9"]]', '"a":[["0.00000811","1"]]')
    [book] = session.parse(crossing, SEEN)
    assert book.bids[0][0] < book.asks[0][0] == 8.11e-6


def test_a_hole_is_told_once_and_mended_by_asking_again():
    """Gap, unsubscribe, subscribe; what trails in meanwhile is dropped; the next whole book is shown."""
    session = opened(BOOK, *trades("WAVE"))
    session.parse(SPOT.BOOK, SEEN)
    session.parse(SPOT.CHANGE, SEEN)
    gap, *rest = session.parse(SPOT.AFTER_A_HOLE, SEEN)
    assert gap == Gap("weex", "orderbook", (WAVE,), 1790000000600 * 1_000_000, SEEN, "sequence")
    assert said(rest) == [("UNSUBSCRIBE", ["WAVEBTC@depth15"], 4), ("SUBSCRIBE", ["WAVEBTC@depth15"], 5)]
    assert session.parse(SPOT.AFTER_A_HOLE, SEEN) == []
    assert session.parse(yes(4), SEEN) == [Accepted()]
    [book] = session.parse(SPOT.BOOK, SEEN)
    assert isinstance(book, OrderBook)
    assert session.parse(yes(5), SEEN) == [Accepted((BOOK,))]


def test_a_change_that_comes_twice_or_too_early_changes_nothing():
    """A repeated frame is no hole, and neither is one before the whole book."""
    session = opened(BOOK)
    assert session.parse(SPOT.CHANGE, SEEN) == []
    session.parse(SPOT.BOOK, SEEN)
    session.parse(SPOT.CHANGE, SEEN)
    assert session.parse(SPOT.CHANGE, SEEN) == []


@pytest.mark.parametrize("lost", [None, SPOT.BOOK.replace('"4.5"', '"-4.5"'), SPOT.BOOK[:40]], ids=repr)
def test_a_book_whose_beginning_is_lost_is_asked_for_anew(lost):
    """Changes for three seconds and nothing for them to change: the whole book never came, or could not be read."""
    session = opened(BOOK)
    session.parse(yes(3), SEEN)
    if lost:
        with pytest.raises(RemoteNonsense):
            session.parse(lost, SEEN)
    for _ in range(STRAYS - 1):
        assert session.parse(SPOT.CHANGE, SEEN) == []
    asked = said(session.parse(SPOT.CHANGE, SEEN))
    assert asked == [("UNSUBSCRIBE", ["WAVEBTC@depth15"], 4), ("SUBSCRIBE", ["WAVEBTC@depth15"], 5)]
    for _ in range(100):  # what trails in until that has been said and answered asks for nothing more
        assert session.parse(SPOT.CHANGE, SEEN + 60 * SECOND) == []
    session.parse(yes(5), SEEN + 60 * SECOND)
    for _ in range(STRAYS - 1):
        assert session.parse(SPOT.CHANGE, SEEN + 61 * SECOND) == []
    assert [type(one) for one in session.parse(SPOT.BOOK, SEEN + 62 * SECOND)] == [OrderBook]
    assert [type(one) for one in session.parse(SPOT.CHANGE, SEEN + 63 * SECOND)] == [OrderBook]


def test_a_mended_book_that_came_stands_for_its_answer():
    """The answer may have been lost: the next hole is mended as ever, and a late answer is no surprise."""
    session = opened(BOOK)
    session.parse(SPOT.BOOK, SEEN)
    assert len(said(session.parse(SPOT.AFTER_A_HOLE, SEEN))) == 2
    session.parse(SPOT.BOOK, SEEN + SECOND)
    assert len(said(session.parse(SPOT.AFTER_A_HOLE, SEEN + 6 * SECOND))) == 2
    assert session.parse(yes(5), SEEN + 7 * SECOND) == [Accepted((BOOK,))]


def test_books_that_break_together_are_mended_together():
    """While one is being asked for anew the others wait, then they go in one message."""
    coins = ["WAVE", "REEF", "KELP", "CORAL"]
    session = opened(*(Subscription("orderbook", Instrument(coin, "BTC")) for coin in coins))
    for coin in coins:
        session.parse(SPOT.BOOK.replace("WAVE", coin), SEEN)
    results = [session.parse(SPOT.AFTER_A_HOLE.replace("WAVE", coin), SEEN) for coin in coins]
    assert [len(said(each)) for each in results] == [2, 0, 0, 0]
    assert [type(each[0]) for each in results] == [Gap] * 4
    assert said(session.parse(yes(5), SEEN)) == []
    later = said(session.parse(SPOT.AFTER_A_HOLE.replace("WAVE", "KELP"), SEEN + 6 * SECOND))
    names = [f"{coin}BTC@depth15" for coin in coins[1:]]
    assert later == [("UNSUBSCRIBE", names, 6), ("SUBSCRIBE", names, 7)]


def test_a_book_that_is_not_wanted_any_more_is_not_mended():
    """It leaves with what was known of it."""
    session = opened(*(Subscription("orderbook", one) for one in (WAVE, REEF)))
    for coin in ("WAVE", "REEF"):
        session.parse(SPOT.BOOK.replace("WAVE", coin), SEEN)
        session.parse(SPOT.AFTER_A_HOLE.replace("WAVE", coin), SEEN)
    session.update([BOOK])
    assert said(session.parse(yes(5), SEEN + 6 * SECOND)) == []
    assert session.parse(SPOT.AFTER_A_HOLE.replace("WAVE", "REEF"), SEEN) == []


def test_a_connection_whose_books_always_break_is_given_up():
    """A new one has all its operations; broken again after an hour, a book is mended as ever."""
    session, number = opened(BOOK), 3
    for turn in range(MENDS):
        at = SEEN + turn * 6 * SECOND
        session.parse(SPOT.BOOK, at)
        assert len(session.parse(SPOT.AFTER_A_HOLE, at)) == 3
        number += 2
        session.parse(yes(number), at)
    session.parse(SPOT.BOOK, SEEN + 150 * SECOND)
    with pytest.raises(SessionBroken, match="within an hour") as error:
        session.parse(SPOT.AFTER_A_HOLE, SEEN + 150 * SECOND)
    assert error.value.reason == "sequence"
    session.parse(SPOT.BOOK, SEEN + 3600 * SECOND)
    assert len(session.parse(SPOT.AFTER_A_HOLE, SEEN + 3600 * SECOND)) == 3
