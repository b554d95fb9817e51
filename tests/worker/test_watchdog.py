"""A stream that missed what the venue tells by REST is renewed; one whose market is quiet is not; never a storm."""

from contextlib import asynccontextmanager
from itertools import pairwise

import pytest
import trio

from scanner.exchanges.base import Settings, Window
from scanner.model.instrument import Instrument
from scanner.model.market import Subscription, Ticker, Trade
from scanner.net.http import HttpFailed
from scanner.worker.inquiry import GRACE_S, SHARE
from scanner.worker.intake import Intake
from scanner.worker.staleness import FIRST_MESSAGE_S, FLOOR_S, NOVICE_S, Staleness
from scanner.worker.trades import TradeMemory
from scanner.worker.watchdog import RENEWAL_S, Carried, Watchdog
from tests.worker.rooms import BTC, ETH, UPBIT, XRP, Rest, Venue, kit, unreachable, venue_time, with_requests

LINK = "upbit-0"


def stream(instrument, channel="trade"):
    return Subscription(channel, instrument)


class Room:
    """A watchdog over one link, whose streams a test lets speak. Trio's clock starts at 0, the venue's does not."""

    def __init__(self, *streams, exchange=UPBIT, settings=None):
        self.rest, self.memory, self.staleness = Rest(), TradeMemory(), Staleness()
        self.kit = kit(self.rest, exchange, settings)
        self.intake = Intake(self.memory, self.staleness, self.kit.ledger)
        self.watchdog = Watchdog(self.kit, self.memory, self.staleness)
        self.live = {LINK: Carried(LINK, streams, trio.current_time())}
        self.renewals = []

    def carried(self):
        return list(self.live.values())

    def renew(self, link, reason, subscriptions):
        self.renewals.append((trio.current_time(), link, reason, subscriptions))

    @property
    def reasons(self):
        return [(link, reason, streams) for _, link, reason, streams in self.renewals]

    def trade(self, instrument, name, at=None):
        """By socket."""
        moment = trio.current_time() if at is None else at
        self.intake.take([Trade("upbit", instrument, venue_time(moment), 0, name, 100.0, 1.0, "buy")])

    def ticker(self, instrument):
        self.intake.take([Ticker("upbit", instrument, venue_time(trio.current_time()), 0, 1.0, 1.0, 1.0)])

    async def feed(self, instrument, seconds, *, name="t"):
        """A trade a second, which REST tells too."""
        rows = self.rest.trades.setdefault(f"KRW-{instrument.base}", [])
        for n in range(seconds):
            self.trade(instrument, f"{name}{n}")
            rows.append((trio.current_time(), f"{name}{n}"))
            await trio.sleep(1)

    def tell(self, instrument, name="unheard"):
        """A trade that only REST tells of."""
        self.rest.trades.setdefault(f"KRW-{instrument.base}", []).append((trio.current_time(), name))

    @property
    def checks(self):
        return self.kit.ledger.pulse(0).counters.get("stale_checks", {})


@asynccontextmanager
async def watching(room):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(room.watchdog.run, room)
        yield room
        nursery.cancel_scope.cancel()


async def fed(room, *instruments, seconds=200):
    """Long enough for its habits to be known."""
    async with trio.open_nursery() as nursery:
        for instrument in instruments:
            nursery.start_soon(room.feed, instrument, seconds)


async def test_a_stream_that_misses_trades_is_found_renewed_and_named(autojump_clock, capsys):
    """Within the floor, a look and the grace: counted by channel, in the pulse, in the log, with its connection."""
    async with watching(Room(stream(BTC), stream(ETH))) as room:
        await fed(room, BTC, ETH)
        fell = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(room.feed, ETH, 30)
            await trio.sleep(4)
            room.tell(BTC)
            await trio.sleep(20)
    (when, *renewal) = room.renewals[0]
    assert renewal == [LINK, "stale", (stream(BTC),)]
    assert FLOOR_S <= when - fell <= FLOOR_S + 2 + GRACE_S
    assert len(room.renewals) == 1
    pulse = room.kit.ledger.pulse(0)
    assert (pulse.counters["stale"], pulse.stale, pulse.instruments_stale) == ({"trade": 1}, ("trade BTC/KRW",), 1)
    assert "a stream is stale" in "".join(capsys.readouterr())


async def test_a_stale_stream_that_speaks_again_is_no_longer_named(autojump_clock):
    """The pulse tells of now."""
    async with watching(Room(stream(BTC))) as room:
        await fed(room, BTC)
        await trio.sleep(4)
        room.tell(BTC)
        await trio.sleep(15)
        assert room.kit.ledger.stale == (stream(BTC),)
        room.trade(BTC, "back")
        await trio.sleep(2)
    assert room.kit.ledger.stale == ()


async def test_what_nothing_carries_is_not_named_stale(autojump_clock):
    """Its connection is down, and that is said elsewhere."""
    async with watching(Room(stream(BTC))) as room:
        await fed(room, BTC)
        await trio.sleep(4)
        room.tell(BTC)
        await trio.sleep(15)
        assert room.kit.ledger.stale == (stream(BTC),)
        room.live.clear()
        await trio.sleep(2)
    assert room.kit.ledger.stale == ()


async def test_a_quiet_market_is_no_fault(autojump_clock):
    """REST knows nothing newer: nothing is renewed, and it is asked ever more seldom."""
    async with watching(Room(stream(BTC), stream(ETH))) as room:
        await fed(room, BTC, ETH)
        fell = trio.current_time()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(room.feed, ETH, 400)
    assert room.renewals == []
    silences = [moment - fell for moment, code in room.rest.asked if code == "KRW-BTC"]
    assert silences == pytest.approx([10, 20, 40, 80, 160, 320], rel=0.2)
    assert room.checks == {"quiet": 6}


async def test_a_trade_that_rest_told_of_first_is_no_evidence(autojump_clock):
    """It comes by the stream a moment later."""
    async with watching(Room(stream(BTC))) as room:
        await fed(room, BTC)

        def trade_now():
            room.rest.on_answer = lambda: None
            room.tell(BTC, "late")

        room.rest.on_answer = trade_now
        await trio.sleep(FLOOR_S + 2)
        room.trade(BTC, "late")
        await trio.sleep(5)
    assert room.renewals == []
    assert room.checks == {"alive": 1}


async def test_a_trade_that_was_heard_is_no_news_whatever_time_rest_gives_it(autojump_clock):
    """Where the two sides of a venue disagree about time, ids still agree."""
    async with watching(Room(stream(BTC))) as room:
        await fed(room, BTC)
        room.rest.trades["KRW-BTC"][-1] = (trio.current_time() + 9 * 3600, "t199")
        await trio.sleep(15)
    assert room.renewals == []
    assert room.checks == {"quiet": 1}


async def test_a_silent_ticker_is_judged_by_trades(autojump_clock):
    """A trade that happened since must have changed it, even one that the stream of trades brought."""
    async with watching(Room(stream(BTC), stream(BTC, "ticker"))) as room:
        for _ in range(200):
            room.ticker(BTC)
            await room.feed(BTC, 1, name=f"at {trio.current_time()}")
        await room.feed(BTC, 20, name="later")
    assert room.reasons == [(LINK, "stale", (stream(BTC, "ticker"),))]
    assert room.kit.ledger.pulse(0).counters["stale"] == {"ticker": 1}


async def test_a_stream_that_never_spoke_is_asked_about_after_the_first_message_s_time(autojump_clock):
    """By the venue's clock, as known from other streams; ours may show any year."""
    async with watching(Room(stream(BTC), stream(ETH))) as room:
        room.rest.trades["KRW-ETH"] = [(-5.0, "before we came")]
        await room.feed(BTC, 60)
        assert room.renewals == []
        room.tell(ETH)
        await room.feed(BTC, 40, name="more")
    assert next(moment for moment, code in room.rest.asked if code == "KRW-ETH") == FIRST_MESSAGE_S + 1
    assert room.reasons == [(LINK, "stale", (stream(ETH),))]


async def test_before_any_data_our_own_clock_has_to_do(autojump_clock, monkeypatch):
    """Nothing else knows when the link went live."""
    monkeypatch.setattr("scanner.worker.inquiry.time_ns", lambda: venue_time(trio.current_time()))
    async with watching(Room(stream(BTC))) as room:
        room.rest.trades["KRW-BTC"] = [(-5.0, "before we came")]
        await trio.sleep(FIRST_MESSAGE_S + 3)
        assert room.checks == {"quiet": 1}
        room.tell(BTC)
        await trio.sleep(FIRST_MESSAGE_S + 10)
    assert room.reasons == [(LINK, "stale", (stream(BTC),))]


async def test_without_an_answer_a_single_silent_stream_is_left_alone(autojump_clock):
    """No evidence, no deed: REST may be down for an hour while others flow."""
    async with watching(Room(stream(BTC), stream(ETH))) as room:
        await fed(room, BTC, ETH)
        room.rest.fails = unreachable()
        await room.feed(ETH, 600, name="more")
    assert room.renewals == []
    assert 5 < len(room.rest.asked) < 60


@pytest.mark.parametrize("exchange", [UPBIT, Venue(tells_trades=False)])
async def test_without_an_answer_a_wholly_silent_connection_goes(exchange, autojump_clock):
    """After `silence`, whether the venue cannot be reached by REST or does not tell trades at all."""
    async with watching(Room(stream(BTC), stream(ETH), exchange=exchange)) as room:
        await fed(room, BTC, ETH)
        last_trade = trio.current_time() - 1
        room.rest.fails = unreachable()
        await trio.sleep(100)
    (when, *renewal) = room.renewals[0]
    assert renewal == [LINK, "silent", (stream(BTC), stream(ETH))]
    assert 0 <= when - last_trade - Settings().silence <= 2
    assert len(room.renewals) == 1


async def test_a_wholly_silent_connection_that_rest_calls_quiet_stays(autojump_clock):
    """A link of thin coins at night; it is asked about again each time `silence` has passed."""
    async with watching(Room(stream(BTC), stream(ETH), settings=Settings(silence=60.0))) as room:
        await fed(room, BTC, ETH, seconds=20)
        await trio.sleep(600)
    assert room.renewals == []
    assert set(room.checks) == {"quiet"}
    assert len(room.rest.asked) >= 9


async def test_a_wholly_silent_connection_that_rest_calls_stale_is_silent(autojump_clock):
    """There is nothing on it that a successor should wait for."""
    async with watching(Room(stream(BTC), settings=Settings(silence=5.0))) as room:
        await fed(room, BTC)
        await trio.sleep(3)
        room.tell(BTC)
        await trio.sleep(15)
    assert room.reasons == [(LINK, "silent", (stream(BTC),))]


async def test_with_one_stale_stream_go_all_that_are_silent_on_its_connection(autojump_clock):
    """They are blind too, for all anybody knows, also the thin one that nobody suspects yet; those that flow are not
    named, nor those of another link."""
    thin, elsewhere = Instrument("THIN", "KRW"), Instrument("ELSE", "KRW")
    room = Room(stream(BTC), stream(ETH), stream(XRP), stream(thin))
    room.live["upbit-1"] = Carried("upbit-1", (stream(elsewhere),), 0.0)
    async with watching(room):
        async with trio.open_nursery() as nursery:
            for coin in (BTC, ETH):
                nursery.start_soon(room.feed, coin, 200)
            nursery.start_soon(room.feed, XRP, 240)
            await trio.sleep(190)
            room.trade(thin, "its first")
            await trio.sleep(14)
            room.tell(BTC)
            room.tell(ETH)
            await trio.sleep(26)
    ((link, reason, streams),) = room.reasons
    assert (link, reason, set(streams)) == (LINK, "stale", {stream(BTC), stream(ETH), stream(thin)})


async def test_while_a_connection_is_renewed_it_is_not_asked_about_and_then_judged_anew(autojump_clock):
    """One renewal, not one a second; when it is live again its streams have their time; if it never is, once more."""
    async with watching(Room(stream(BTC))) as room:
        await fed(room, BTC)
        await trio.sleep(4)
        room.tell(BTC)
        await trio.sleep(RENEWAL_S - 10)
        assert len(room.renewals) == 1
        room.live[LINK] = Carried(LINK, (stream(BTC),), trio.current_time())
        await trio.sleep(FIRST_MESSAGE_S - 5)
        assert len(room.renewals) == 1
        room.tell(BTC, "still unheard")
        await trio.sleep(60)
        assert len(room.renewals) == 2
        await trio.sleep(RENEWAL_S + 10)
    assert len(room.renewals) == 3


async def test_a_connection_that_changed_while_it_was_asked_about_is_left_alone(autojump_clock):
    """The answer was about another one."""
    async with watching(Room(stream(BTC))) as room:
        await fed(room, BTC)
        await trio.sleep(4)
        room.tell(BTC)
        room.rest.on_answer = lambda: room.live.update({LINK: Carried(LINK, (stream(BTC),), trio.current_time())})
        await trio.sleep(15)
    assert room.checks == {"stale": 1}
    assert room.renewals == []


async def test_streams_that_come_and_go_are_followed(autojump_clock):
    """One that is added is watched from then on; one that is dropped, or whose link is down, is not asked about."""
    async with watching(Room(stream(BTC))) as room:
        await room.feed(BTC, 100)
        room.live[LINK] = Carried(LINK, (stream(BTC), stream(ETH)), 0.0)
        await room.feed(BTC, 20, name="more")
        assert room.rest.asked == []
        await room.feed(BTC, 20, name="and more")
        assert [code for _, code in room.rest.asked] == ["KRW-ETH"]
        room.live[LINK] = Carried(LINK, (stream(BTC),), 0.0)
        await room.feed(BTC, 200, name="and on")
        room.live.clear()
        await trio.sleep(500)
    assert [code for _, code in room.rest.asked] == ["KRW-ETH"]
    assert room.renewals == []


async def test_never_more_than_one_question_a_second_nor_than_its_share(autojump_clock):
    """Sixty novices fall due together; a venue with a narrow limit is asked more seldom."""
    coins = [Instrument(f"COIN{n}", "KRW") for n in range(30)]
    for limits, step in ((UPBIT.limits, 1.0), (with_requests(Window(60, 60.0)), 1.0 / SHARE)):
        room = Room(
            *(stream(coin, channel) for coin in coins for channel in ("trade", "ticker")), exchange=Venue(limits)
        )
        for coin in coins:
            room.trade(coin, "first")
            room.ticker(coin)
        async with watching(room):
            await trio.sleep(NOVICE_S + 40)
        moments = [moment for moment, _ in room.rest.asked]
        assert len(moments) >= 6
        assert min(later - earlier for earlier, later in pairwise(moments)) >= step


async def test_an_instrument_that_cannot_be_asked_about_makes_room_for_the_next(autojump_clock):
    """HTTP 400 for one market says nothing about the venue: the other stale stream is found all the same."""
    async with watching(Room(stream(BTC), stream(ETH), stream(XRP))) as room:
        answer = room.rest.get

        async def get(request):
            if request.params["market"] == "KRW-BTC":
                room.rest.asked.append((trio.current_time(), "KRW-BTC"))
                raise HttpFailed("https://venue.test", "HTTP 400", status=400)
            return await answer(request)

        room.rest.get = get
        await fed(room, BTC, ETH, XRP)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(room.feed, XRP, 60)
            await trio.sleep(20)
            room.tell(ETH)
            await trio.sleep(40)
    assert [streams[0].instrument for _, _, _, streams in room.renewals] == [ETH]
    assert 0 < sum(code == "KRW-BTC" for _, code in room.rest.asked) < 5
