"""The warm-up asks for the past of what is watched: the most urgent first, within its share, and not for ever."""

import json
from contextlib import asynccontextmanager

import pytest
import trio

from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Settings, Window
from scanner.exchanges.candles import MINUTE_S
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.market import Candle
from scanner.net.http import HttpFailed
from scanner.worker import rest
from scanner.worker import warmup as module
from scanner.worker.warmup import AT_ONCE, FASTEST_S, PATIENCE, SHARE, TRIES, Warmup
from tests.worker.rooms import BTC, ETH, SECOND, UPBIT, XRP, Publisher, Venue, kit, unreachable, with_requests

COINS = [Instrument(f"C{number:02}", "KRW") for number in range(30)]
STEP_S = 1 / (10 * SHARE)
"""Upbit allows ten questions a second."""


class Rest:
    """Answers with two minutes of any market, unless a test wants something else."""

    def __init__(self):
        self.asked = []
        """(moment, market code)."""
        self.bodies = {}
        self.fails = None
        self.takes_s = 0.0
        self.shut_until = 0.0
        self.under_way = self.most_under_way = self.turned = 0

    def wait(self):
        return max(0.0, self.shut_until - trio.current_time())

    def turned_away(self):
        self.turned += 1

    async def get(self, request):
        code = request.params["market"]
        self.asked.append((trio.current_time(), code))
        self.under_way += 1
        self.most_under_way = max(self.most_under_way, self.under_way)
        await trio.sleep(self.takes_s)
        self.under_way -= 1
        if self.fails is not None:
            raise self.fails
        return self.bodies.get(code, body(code))


class Backfill:
    is_busy = False


def body(code, minutes=2):
    """Newest first, as the venue sends them."""
    starts = [f"2023-11-14T22:{minute:02}:00" for minute in range(10, 10 - minutes, -1)]
    rows = [
        {"market": code, "candle_date_time_utc": start, "candle_acc_trade_price": 9.0, "candle_acc_trade_volume": 3.0}
        | dict.fromkeys(("opening_price", "high_price", "low_price", "trade_price"), 3.0)
        for start in starts
    ]
    return json.dumps(rows).encode()


class Room:
    """A warm-up, whatever else a worker has."""

    def __init__(self, exchange=UPBIT, settings=None, asker=None):
        self.rest, self.publisher, self.backfill = asker or Rest(), Publisher(), Backfill()
        self.kit = kit(self.rest, exchange, settings, publisher=self.publisher, backfill=self.backfill)
        self.warmup = Warmup(self.kit)

    @property
    def asked(self):
        return [code for _, code in self.rest.asked]

    @property
    def told(self):
        return [batch[0].instrument for batch in self.publisher.batches]

    @property
    def pulse(self):
        return self.kit.ledger.pulse(0)

    @property
    def outcomes(self):
        return self.pulse.counters.get("warmups", {})


@asynccontextmanager
async def running(room):
    async with trio.open_nursery() as nursery:
        nursery.start_soon(room.warmup.run)
        yield room
        nursery.cancel_scope.cancel()


async def test_what_is_watched_is_asked_about_in_the_order_of_the_wish_and_once(autojump_clock):
    """Each answer leaves as one batch, oldest minute first; the same wish again asks for nothing."""
    async with running(Room()) as room:
        room.warmup.want([XRP, BTC, ETH])
        await trio.sleep(5)
        room.warmup.want([BTC, ETH, XRP])
        await trio.sleep(5)
    assert room.asked == ["KRW-XRP", "KRW-BTC", "KRW-ETH"]
    assert room.told == [XRP, BTC, ETH]
    minute = MINUTE_S * SECOND
    starts = [each.at for each in room.publisher.batches[0]]
    assert starts == [starts[0], starts[0] + minute]
    assert {type(each) for batch in room.publisher.batches for each in batch} == {Candle}
    assert room.outcomes == {"warmed": 3}


async def test_it_keeps_to_its_share_of_the_limit_and_shards_divide_it(autojump_clock):
    """Six of ten a second; two shards three each."""
    for shards in (1, 2):
        async with running(Room(settings=Settings(shards=shards))) as room:
            room.warmup.want(COINS)
            await trio.sleep(20)
        moments = [moment for moment, _ in room.rest.asked]
        assert len(moments) == len(COINS)
        expected = [moments[0] + place * STEP_S * shards for place in range(len(COINS))]
        assert moments == pytest.approx(expected)


async def test_where_more_is_allowed_it_is_still_no_rush(autojump_clock):
    """Ten a second at most."""
    async with running(Room(Venue(with_requests(Window(1_000, 1.0))))) as room:
        room.warmup.want(COINS)
        await trio.sleep(20)
    moments = [moment for moment, _ in room.rest.asked]
    assert moments[-1] - moments[0] == pytest.approx((len(COINS) - 1) * FASTEST_S)


async def test_slow_answers_do_not_hold_up_the_next_question_but_only_so_many_are_under_way(autojump_clock):
    """A venue on the far side of the world is as warm as a near one; one that hangs is not flooded."""
    async with running(Room()) as room:
        room.rest.takes_s = 0.5
        room.warmup.want(COINS)
        await trio.sleep(len(COINS) * STEP_S + 0.6)
        assert len(room.told) == len(COINS)
    async with running(Room()) as room:
        room.rest.takes_s = 9.0
        room.warmup.want(COINS)
        await trio.sleep(60)
    assert room.rest.most_under_way == AT_ONCE


async def test_who_fills_a_hole_goes_first(autojump_clock):
    """Missed trades leave the venue's answers before long; past minutes stay where they are."""
    async with running(Room()) as room:
        room.backfill.is_busy = True
        room.warmup.want([BTC])
        await trio.sleep(60)
        assert room.asked == []
        room.backfill.is_busy = False
        await trio.sleep(module.LOOK_S + 0.1)
    assert room.asked == ["KRW-BTC"]


async def test_whoever_is_in_a_hurry_finds_room(autojump_clock):
    """Beside the warm-up four questions a second are left of ten, and none of them waits for its turn."""

    class Http:
        async def get(self, _url, params, _headers):
            await trio.sleep(0.3)
            return body(params["market"])

    asker = rest.Rest(Http(), Limiter(((10, 1.0),)), kit(None).ledger, Breaker(), 60.0)
    async with running(Room(asker=asker)) as room:
        room.warmup.want(COINS)
        took = []
        for _ in range(16):
            began = trio.current_time()
            await asker.get(UPBIT.candles_request(BTC, 60))
            took.append(trio.current_time() - began)
        assert room.pulse.instruments_warming > 0
        await trio.sleep(10)
    assert took == pytest.approx([0.3] * len(took))
    assert room.pulse.instruments_warmed == len(COINS)


async def test_nobody_knocks_at_a_closed_door(autojump_clock):
    """While the venue has shut us out, for an hour or three days, nothing is asked and nobody is given up."""
    async with running(Room()) as room:
        room.rest.shut_until = trio.current_time() + 7_200.0
        room.warmup.want([BTC, ETH])
        await trio.sleep(7_199)
        assert room.asked == []
        await trio.sleep(5)
    assert room.outcomes == {"warmed": 2}


async def test_a_ban_is_answered_by_patience(autojump_clock):
    """One question is refused for each time that the venue names; when it is over, the most urgent is asked first."""
    banned_until = trio.current_time() + 300.0
    calls = []

    class Http:
        async def get(self, _url, params, _headers):
            await trio.lowlevel.checkpoint()
            now = trio.current_time()
            calls.append((now, params["market"]))
            if now < banned_until:
                raise HttpFailed("https://venue.test", "HTTP 418", status=418, retry_after=100.0)
            return body(params["market"])

    limits = UPBIT.limits
    asker = rest.Rest(Http(), Limiter(((10, 1.0),)), kit(None).ledger, Breaker(rest_s=limits.block_s), limits.block_s)
    async with running(Room(asker=asker)) as room:
        room.warmup.want(COINS)
        await trio.sleep(400)
    refused = [now for now, _ in calls if now < banned_until]
    assert len(refused) <= 3 + AT_ONCE
    assert [code for now, code in calls if now >= banned_until] == [f"KRW-{coin.base}" for coin in COINS]
    assert room.pulse.instruments_warmed == len(COINS)


async def test_a_venue_that_is_away_for_a_moment_costs_nobody(autojump_clock, capsys):
    """Those under way fail together, as one failure; all of them are asked about again."""
    async with running(Room()) as room:
        room.rest.fails, room.rest.takes_s = unreachable(), 1.0
        room.warmup.want(COINS)
        await trio.sleep(1 + AT_ONCE * STEP_S)
        assert room.warmup._backoff.failures == 1
        await trio.sleep(3)
        assert set(room.asked) <= {f"KRW-{coin.base}" for coin in COINS[: 2 * AT_ONCE]}
        room.rest.fails = None
        await trio.sleep(60)
    assert room.outcomes["warmed"] == len(COINS)
    assert room.outcomes["retried"] >= AT_ONCE
    assert sorted(room.told) == COINS
    assert "the past is not told" in "".join(capsys.readouterr())


async def test_a_venue_that_never_answers_is_left_in_peace(autojump_clock, capsys):
    """After so many failures in a row all are given up, and counted; a coin that is listed later gets a chance."""
    async with running(Room()) as room:
        room.rest.fails = unreachable()
        room.warmup.want(COINS)
        await trio.sleep(3_600)
        assert len(room.asked) == PATIENCE
        assert room.outcomes == {"retried": PATIENCE, "given_up": len(COINS)}
        assert (room.pulse.instruments_warming, room.pulse.instruments_warmed) == (0, 0)
        room.rest.fails = None
        room.warmup.want([*COINS, BTC])
        await trio.sleep(60)
    assert room.told == [BTC]
    assert "it gets warm by itself" in "".join(capsys.readouterr())


async def test_an_answer_that_makes_no_sense_is_tried_again_after_all_others(autojump_clock):
    """Three times; it is counted where all nonsense is, and the others do not wait for it."""
    async with running(Room()) as room:
        room.rest.bodies["KRW-BTC"] = b"<html>"
        room.warmup.want([BTC, ETH, XRP])
        await trio.sleep(60)
    assert room.asked == ["KRW-BTC", "KRW-ETH", "KRW-XRP", *["KRW-BTC"] * (TRIES - 1)]
    assert room.pulse.counters["parse_errors"] == {"": TRIES}
    assert room.outcomes == {"warmed": 2, "retried": TRIES - 1, "given_up": 1}


async def test_a_refusal_in_words_is_a_refusal(autojump_clock):
    """Under HTTP 200, as OKX says it: the door is told, and the first in line waits."""
    okx = Room(EXCHANGES["okx"])
    okx.rest.get = answer_of(b'{"code":"50011","msg":"Too Many Requests","data":[]}', okx.rest)
    async with running(okx) as room:
        room.warmup.want([Instrument("BTC", "USDT")])
        await trio.sleep(30)
    assert room.rest.turned >= 2
    assert "parse_errors" not in room.pulse.counters


def answer_of(said, asker):
    async def get(_request):
        await trio.lowlevel.checkpoint()
        asker.asked.append((trio.current_time(), ""))
        return said

    return get


async def test_what_the_venue_does_not_know_is_not_asked_about_twice(autojump_clock):
    """A market that is gone since the catalogue was read: that is nobody's trouble."""
    error = unreachable()
    error.is_the_callers = True
    async with running(Room()) as room:
        room.rest.fails = error
        room.warmup.want([BTC, ETH])
        await trio.sleep(60)
    assert room.asked == ["KRW-BTC", "KRW-ETH"]
    assert room.outcomes == {"given_up": 2}


async def test_a_coin_without_a_past_is_no_failure(autojump_clock):
    """It was listed a minute ago."""
    async with running(Room()) as room:
        room.rest.bodies["KRW-BTC"] = b"[]"
        room.warmup.want([BTC])
        await trio.sleep(5)
    assert room.publisher.batches == []
    assert room.outcomes == {"empty": 1}
    assert (room.pulse.instruments_to_warm, room.pulse.instruments_warming, room.pulse.instruments_warmed) == (1, 0, 0)


async def test_a_venue_that_gives_more_than_was_wanted_is_cut(autojump_clock):
    """The newest are kept."""
    async with running(Room(settings=Settings(warmup=2))) as room:
        room.rest.bodies["KRW-BTC"] = body("KRW-BTC", 5)
        room.warmup.want([BTC])
        await trio.sleep(5)
    [candles] = room.publisher.batches
    assert [candle.at // SECOND % 3_600 // 60 for candle in candles] == [9, 10]


@pytest.mark.parametrize(("name", "settings"), [("upbit", Settings(warmup=0)), ("mexc-futures", Settings())])
async def test_who_wants_nothing_or_has_nothing_is_not_asked(name, settings, autojump_clock):
    """Switched off, or a venue whose past is not to be had: nothing waits, and nobody calls that unfinished."""
    async with running(Room(EXCHANGES[name], settings)) as room:
        room.warmup.want([BTC, ETH])
        await trio.sleep(5)
    assert room.rest.asked == []
    assert (room.pulse.instruments_to_warm, room.pulse.instruments_warming) == (0, 0)


async def test_who_is_not_wanted_any_more_is_not_told(autojump_clock):
    """The answer comes too late; whoever is wanted again later is asked about anew."""
    async with running(Room()) as room:
        room.rest.takes_s = 2.0
        room.warmup.want([BTC])
        await trio.sleep(1)
        room.warmup.want([])
        await trio.sleep(3)
        assert room.publisher.batches == []
        room.warmup.want([BTC])
        await trio.sleep(5)
    assert room.told == [BTC]
    assert room.asked == ["KRW-BTC"] * 2


async def test_how_far_it_is_can_be_read_all_the_while(autojump_clock, capsys):
    """In every pulse; the log hears of the beginning and the end, and once only."""
    async with running(Room()) as room:
        room.rest.bodies["KRW-C00"] = b"[]"
        room.warmup.want(COINS)
        seen = [room.pulse.instruments_warming]
        for _ in range(6):
            await trio.sleep(1)
            seen.append(room.pulse.instruments_warming)
    assert seen[0] == len(COINS)
    assert seen[-1] == 0
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) > 4
    told = capsys.readouterr()
    text = "".join(told)
    assert text.count("warming up") == text.count("warmed up") == 1
