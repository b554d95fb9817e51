"""What has no stream is asked for at its own pace; failures are waited out, said once, and seen by everybody."""

from contextlib import asynccontextmanager

import pytest
import trio

from scanner.exchanges.base import Poll, RemoteNonsense, Request, Settings
from scanner.exchanges.refusal import TurnedAway
from scanner.model.instrument import Instrument
from scanner.model.market import Gap, Overview, Subscription, Ticker
from scanner.net.failure import Unreachable
from scanner.net.http import HttpFailed
from scanner.worker import asking
from scanner.worker.poller import Poller
from tests.worker.rooms import Publisher, kit

PACE_S = 10.0
BTC, ETH = (Instrument(base, "USDT") for base in ("BTC", "ETH"))
TICKERS = frozenset(Subscription("ticker", coin) for coin in (BTC, ETH))
TRADES = frozenset({Subscription("trade", BTC)})


class Venue:
    """Tickers come by asking, and so does the state of the world; trades have streams. Bodies name what they tell."""

    name, title = "venue", "Venue"

    def __init__(self):
        self.paces = {"tickers": PACE_S}

    def fallback(self, subscriptions):
        return [Poll("instead", Request("https://venue.test/instead"), 5.0)] if subscriptions else []

    def polls(self, subscriptions):
        wanted = self.paces if any(one.channel == "ticker" for one in subscriptions) else {}
        return [Poll(tag, Request(f"https://venue.test/{tag}"), every_s) for tag, every_s in wanted.items()]

    def stream_of(self, subscription):
        return "" if subscription.channel == "ticker" else "stream"

    def parse_polled(self, _tag, body, seen):
        if body.startswith(b"no"):
            raise TurnedAway(body.decode(), lasting=b"key" in body)
        if body == b"world":
            return [Overview("venue", seen, seen, 1.0, 1.0, 0.5, None, 7)]
        if body != b"tickers":
            raise RemoteNonsense("nothing of the kind")
        coins = (BTC, ETH, Instrument("XRP", "USDT"))
        return [Ticker("venue", coin, seen, seen, 1.0, 1.0, 1.0) for coin in coins]


class Rest:
    """Answers by script, then goes on with the last word of it; remembers who was asked when."""

    def __init__(self):
        self.script = [b"tickers"]
        self.asked = []
        self.takes_s = 0.0
        self.inside = self.most_inside = 0

    async def get(self, request):
        tag = request.url.rpartition("/")[2]
        self.asked.append((tag, trio.current_time()))
        self.inside += 1
        self.most_inside = max(self.most_inside, self.inside)
        try:
            await trio.sleep(self.takes_s)
        finally:
            self.inside -= 1
        word = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if isinstance(word, Exception):
            raise word
        return word


class Intake:
    def take(self, events):
        return events


class Room:
    def __init__(self, **settings):
        self.rest, self.venue, self.publisher = Rest(), Venue(), Publisher()
        self.kit = kit(self.rest, self.venue, Settings(**settings), intake=Intake(), publisher=self.publisher)
        self.poller = Poller(self.kit, "venue-poll")
        self.poller.want(TICKERS)

    def times(self, tag="tickers"):
        """When it was asked for, from the first time on."""
        asked = [when for name, when in self.rest.asked if name == tag]
        return [when - asked[0] for when in asked]

    @property
    def waits(self):
        return [round(later - earlier, 6) for earlier, later in zip(self.times(), self.times()[1:], strict=False)]

    @property
    def gaps(self):
        return [event for batch in self.publisher.batches for event in batch if isinstance(event, Gap)]

    @property
    def links(self):
        return {link.name: link for link in self.kit.ledger.pulse(0).links}

    @property
    def counters(self):
        return self.kit.ledger.pulse(0).counters


@asynccontextmanager
async def running(room):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(room.poller.run)
        yield room
        nursery.cancel_scope.cancel()


@pytest.fixture(autouse=True)
def no_luck(monkeypatch):
    """Every draw is the most it can be."""
    monkeypatch.setattr(asking, "uniform", lambda _low, high: high)


def down(**changes):
    return Unreachable("https://venue.test", "connection refused", **changes)


def failed(status, body=b"", **changes):
    error = HttpFailed("https://venue.test", f"HTTP {status}", status=status, **changes)
    error.body = body
    return error


# ---- pace


async def test_it_asks_at_once_and_then_at_its_pace(autojump_clock):
    """From question to question, however long an answer takes."""
    room = Room()
    room.rest.takes_s = 3.0
    async with running(room):
        await trio.sleep(25)
    assert room.rest.asked[0] == ("tickers", 0.0)
    assert room.waits == [PACE_S, PACE_S]


async def test_a_slow_answer_delays_the_next_question_and_adds_none(autojump_clock):
    """Never two of one poll at a time."""
    room = Room()
    room.rest.takes_s = 14.0
    async with running(room):
        await trio.sleep(60)
    assert room.waits == [14.0] * 4
    assert room.rest.most_inside == 1


async def test_several_polls_begin_one_after_another_and_keep_their_own_paces(autojump_clock):
    """Spread over a second, for a burst is what limits are made against."""
    room = Room()
    room.venue.paces = {"tickers": 10.0, "world": 20.0}
    async with running(room):
        await trio.sleep(45)
    assert room.times() == [0, 10, 20, 30, 40]
    assert room.times("world") == [0, 20, 40]
    assert room.rest.asked[1] == ("world", 0.5)


async def test_only_what_is_wanted_is_told(autojump_clock):
    """An answer tells of the whole venue; a live link and a count say that it came."""
    async with running(Room()) as room:
        await trio.sleep(1)
    assert [event.instrument for batch in room.publisher.batches for event in batch] == [BTC, ETH]
    assert room.counters == {"polls": {"ok": 1}}
    assert room.kit.ledger.last_data > 0


async def test_wants_may_change_while_it_runs(autojump_clock):
    """A poll that goes on keeps its pace, one that nobody needs ends, and its link with it."""
    room = Room()
    async with running(room):
        await trio.sleep(4)
        room.poller.want({Subscription("ticker", BTC)})
        await trio.sleep(12)
        assert room.times() == [0, 10]
        assert [event.instrument for event in room.publisher.batches[-1]] == [BTC]
        assert set(room.links) == {"venue-poll-tickers"}
        room.poller.want(TRADES)
        await trio.sleep(60)
        assert room.times() == [0, 10]
        assert room.links == {}


async def test_a_poll_that_ends_and_begins_again_keeps_its_link(autojump_clock):
    """Even when both happen while an answer is awaited."""
    room = Room()
    room.rest.takes_s = 5.0
    async with running(room):
        await trio.sleep(1)
        room.poller.want(TRADES)
        await trio.lowlevel.checkpoint()
        room.poller.want(TICKERS)
        await trio.sleep(8)
        assert room.links["venue-poll-tickers"].state == "live"
        assert room.rest.most_inside <= 2
    assert len(room.publisher.batches) == 1


async def test_a_question_that_is_on_its_way_is_a_link_that_connects(autojump_clock):
    """So that a venue that never answers is noticed."""
    room = Room()
    room.rest.takes_s = 50.0
    async with running(room):
        await trio.sleep(1)
        link = room.links["venue-poll-tickers"]
    assert (link.state, link.address, link.subscriptions) == ("connecting", "https://venue.test", 2)


# ---- failures


async def test_trouble_is_waited_out_longer_and_longer(autojump_clock):
    """From `reconnect_min`, doubling up to `reconnect_max`; a good answer begins anew."""
    room = Room(reconnect_min=1.0, reconnect_max=60.0)
    room.rest.script = [down(), down(), b"garbage", b"tickers", down(), b"tickers"]
    async with running(room):
        await trio.sleep(30)
    assert room.waits[:6] == [1, 2, 4, PACE_S, 1, PACE_S]
    assert room.counters == {"polls": {"failed": 4, "ok": 3}, "parse_errors": {"": 1}}


async def test_a_slow_poll_is_not_asked_faster_than_its_pace_for_ever(autojump_clock):
    """Where each call costs a credit, an outage must not eat a month; the waits grow to ten minutes then."""
    room = Room(reconnect_min=100.0, reconnect_max=100.0)
    room.venue.paces = {"tickers": 900.0}
    room.rest.script = [down()]
    async with running(room):
        await trio.sleep(3_000)
    assert room.waits[:5] == [100, 200, 400, 600, 600]


@pytest.mark.parametrize(("wish", "wait"), [(0.0, 1.0), (7.0, 7.0), (119.0, 119.0), (600.0, 600.0), (86_400.0, 600.0)])
async def test_a_date_is_obeyed_within_reason(autojump_clock, wish, wait):
    """Retry-After counts from when it was said, is never more than ten minutes, and never nothing."""
    room = Room()
    room.rest.takes_s = 2.0
    room.rest.script = [failed(429, retry_after=wish)]
    async with running(room):
        await trio.sleep(2 + wait + 1)
    assert room.waits == [2 + wait]


@pytest.mark.parametrize(
    "refusal",
    [failed(429), failed(403), failed(429, b"no, slower"), failed(400), b"no, slower"],
    ids=["429", "403", "429 with words", "400", "200 with words"],
)
async def test_a_refusal_without_a_date_is_met_with_growing_distance(autojump_clock, refusal):
    """A minute, doubling to ten, each with a little luck; an error body under 200 is a refusal like any other."""
    room = Room()
    room.rest.script = [refusal]
    async with running(room):
        await trio.sleep(3_000)
    assert room.waits[:5] == [66, 132, 264, 528, 600]


@pytest.mark.parametrize(
    "refusal",
    [failed(401), failed(400, b"no key"), failed(429, b"no key", retry_after=1.0), b"no key"],
    ids=["401", "400 with words", "429 with words", "200 with words"],
)
async def test_trouble_with_a_key_is_no_storm(autojump_clock, refusal):
    """Until somebody changes the settings, it is asked every ten minutes."""
    room = Room()
    room.rest.script = [refusal]
    async with running(room):
        await trio.sleep(1_900)
    assert room.waits == [600, 600, 600]


async def test_a_failure_names_the_venue_and_the_cause_until_it_is_over(autojump_clock):
    """In the link, and so in the pulse and /readyz; the words of the venue are quoted."""
    room = Room()
    room.rest.script = [failed(401, b"no key is known"), b"tickers"]
    async with running(room):
        await trio.sleep(1)
        link = room.links["venue-poll-tickers"]
        assert link.state == "waiting"
        assert link.reason == "Venue: https://venue.test: HTTP 401: no key is known; next try in 600.0 s"
        assert room.kit.ledger.pulse(0).problem == link.reason
        await trio.sleep(601)
        assert room.links["venue-poll-tickers"].state == "live"
        assert room.kit.ledger.pulse(0).problem == ""


async def test_the_log_hears_of_a_poll_that_goes_on_failing_seldom(autojump_clock, capsys):
    """Once in five minutes, with how many were left out."""
    room = Room(reconnect_min=10.0, reconnect_max=10.0)
    room.rest.script = [down()]
    async with running(room):
        await trio.sleep(295)
        assert "".join(capsys.readouterr()).count("a poll failed") == 1
        await trio.sleep(15)
    assert "left_out=29" in "".join(capsys.readouterr())


# ---- holes


async def test_one_late_answer_is_no_hole(autojump_clock):
    """A price that is a moment older is what polling means."""
    room = Room()
    room.rest.script = [b"tickers", down(), down(), b"tickers"]
    async with running(room):
        await trio.sleep(40)
    assert room.gaps == []


async def test_a_poll_that_goes_on_failing_is_one_hole(autojump_clock, capsys):
    """As soon as twice its pace will have passed without an answer; told once, for all that it told until then."""
    room = Room(reconnect_min=4.0, reconnect_max=4.0)
    room.rest.script = [b"tickers", *[down()] * 10, b"tickers", *[down()] * 10]
    async with running(room):
        await trio.sleep(PACE_S + 3)
        assert room.gaps == []
        await trio.sleep(2)
        [gap] = room.gaps
        assert gap == Gap("venue", "ticker", (BTC, ETH), gap.at, gap.seen, "poll_failed")
        assert 0 < gap.at <= gap.seen
        await trio.sleep(85)
        assert len(room.gaps) == 1
        await trio.sleep(20)
    assert len(room.gaps) == 2
    assert "a poll is answered again" in "".join(capsys.readouterr())


async def test_a_long_refusal_is_a_hole_at_once(autojump_clock):
    """It is known when it begins that nothing will come for longer than that."""
    room = Room()
    room.rest.script = [b"tickers", failed(429)]
    async with running(room):
        await trio.sleep(PACE_S + 1)
    assert len(room.gaps) == 1


async def test_who_was_never_answered_has_nothing_to_miss(autojump_clock):
    """There is no data before which anything could be missing."""
    room = Room()
    room.rest.script = [down()]
    async with running(room):
        await trio.sleep(500)
    assert room.gaps == []


async def test_news_of_the_world_have_holes_too(autojump_clock):
    """Without any instrument."""
    room = Room()
    room.rest.script = [b"world", failed(429)]
    async with running(room):
        await trio.sleep(PACE_S + 1)
    [gap] = room.gaps
    assert (gap.channel, gap.instruments, gap.reason) == ("overview", (), "poll_failed")


# ---- standing in


async def test_it_stands_in_for_streams_that_the_venue_refuses_and_only_as_long(autojump_clock):
    """What is refused and still wanted is asked for; when the stream may flow again, nobody asks any more."""
    room = Room()
    trades = frozenset({Subscription("trade", BTC)})
    room.poller.want(TICKERS | trades)
    async with running(room):
        await trio.sleep(3)
        assert room.times("tickers")
        assert "instead" not in {name for name, _ in room.rest.asked}
        room.poller.stand_in(trades)
        await trio.sleep(12)
        assert len([name for name, _ in room.rest.asked if name == "instead"]) == 3
        room.poller.stand_in(frozenset())
        await trio.sleep(12)
        assert len([name for name, _ in room.rest.asked if name == "instead"]) == 3
