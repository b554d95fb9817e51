"""The catalogue is asked for until it comes, and read again ever after, however the venue stumbles meanwhile."""

import json

import pytest
import trio
from structlog.testing import capture_logs

from scanner.actors import backoff
from scanner.actors.backoff import Breaker
from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.net.http import HttpFailed
from scanner.worker import catalogue as module
from scanner.worker.catalogue import RANK_AFTER_S, SELDOM_S, Catalogue, Cataloguer
from scanner.worker.ledger import Ledger
from scanner.worker.rest import Rest

BUSY = HttpFailed("https://venue", "HTTP 503 on /v1/market/all", status=503)
NOW = 1_800_000_000


class Venue:
    """An HTTP client at whose other end is Bithumb's REST side, with these coins."""

    def __init__(self, *bases):
        self.markets = [{"market": f"KRW-{base}", "english_name": base} for base in bases]
        self.asked = []
        """(virtual second, path or the codes whose tickers were asked for)."""
        self.refusals = {}
        """Path → what to raise, again and again until taken out."""

    async def get(self, url, params, _headers):
        await trio.lowlevel.checkpoint()
        path = "listing" if url.endswith("/market/all") else "tickers"
        self.asked.append((trio.current_time(), params.get("markets", path)))
        if path in self.refusals:
            raise self.refusals[path]
        return json.dumps(
            self.markets if path == "listing" else [self.ticker(c) for c in params["markets"].split(",")]
        ).encode()

    def ticker(self, code):
        return {
            "market": code,
            "trade_price": 1.5,
            "acc_trade_volume_24h": 10.0,
            "acc_trade_price_24h": 15.0 + trio.current_time(),
            "timestamp": NOW * 1000,
        }

    def times(self, what):
        return [round(at, 3) for at, asked in self.asked if asked == what]

    def add(self, base, **fields):
        self.markets.append({"market": f"KRW-{base}", "english_name": base, **fields})


class Followed:
    """What a follower was told, and when."""

    def __init__(self):
        self.told = []

    def __call__(self, catalogue, notices):
        bases = [market.instrument.base for market in catalogue.markets]
        self.told.append((trio.current_time(), bases, [(n.kind, n.instrument.base) for n in notices]))
        self.catalogue = catalogue


@pytest.fixture(autouse=True)
def steady_backoff(monkeypatch):
    """Waits are their ceilings: 1, 2, 4 … 60 s."""
    monkeypatch.setattr(backoff, "uniform", lambda _low, high: high)
    monkeypatch.setattr(
        module, "Backoff", lambda first, longest: backoff.Backoff(first, longest, draw=lambda _, high: high)
    )


def cataloguer(venue, ledger=None, **settings):
    exchange, ledger = EXCHANGES["bithumb"], ledger or Ledger()
    rest = Rest(venue, Limiter(()), ledger, Breaker(rest_s=600.0), exchange.limits.block_s)
    return Cataloguer(exchange, Settings(**settings), rest, ledger)


async def followed(venue, seconds, *changes, ledger=None, **settings):
    """Wait for the catalogue, then follow it; `changes` are (second, what to do then)."""
    asks, follower = cataloguer(venue, ledger, **settings), Followed()
    known = await asks.wait(("KRW",))
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(asks.follow, ("KRW",), known, follower)
            for at, change in changes:
                await trio.sleep_until(at)
                change()
            await trio.sleep_forever()
    return follower


async def test_the_first_catalogue_is_waited_for_and_the_trouble_is_told(autojump_clock):
    # Promise: the problem names venue, address and reason, and is gone with the first answer.
    venue, ledger = Venue("WAVE"), Ledger()
    venue.refusals["listing"] = BUSY
    asks, found = cataloguer(venue, ledger), []
    async with trio.open_nursery() as nursery:

        async def wait():
            found.append(await asks.wait(("KRW",)))

        nursery.start_soon(wait)
        await trio.sleep(2.5)
        assert (
            ledger.problem == "Bithumb is not reachable at https://venue: HTTP 503 on /v1/market/all; next try in 2.0 s"
        )
        venue.refusals.clear()
    assert venue.times("listing") == [0, 1, 3]
    assert [market.code for market in found[0].markets] == ["KRW-WAVE"]
    assert [ticker.turnover_24h for ticker in found[0].tickers] == [18.0]
    assert ledger.problem == ""


async def test_the_list_is_read_again_every_minute_and_its_tickers_are_not(autojump_clock):
    # Promise: one cheap request a minute, and nobody hears of a list that stays as it is.
    venue = Venue("WAVE", "REEF")
    follower = await followed(venue, 200)
    assert venue.times("listing") == [0, 60, 120, 180]
    assert venue.times("KRW-WAVE,KRW-REEF") == [0]
    assert follower.told == []


async def test_a_new_market_joins_with_its_ticker_and_a_gone_one_leaves(autojump_clock):
    # Promise: only the new one's ticker is asked for; everything that is known stays known.
    venue = Venue("WAVE", "REEF")
    follower = await followed(
        venue, 200, (70, lambda: venue.add("FOAM")), (130, lambda: venue.markets.pop(0)), refresh=30.0
    )
    assert follower.told == [
        (90, ["WAVE", "REEF", "FOAM"], [("listing", "FOAM")]),
        (150, ["REEF", "FOAM"], [("delisting", "WAVE")]),
    ]
    assert venue.times("KRW-FOAM") == [90]
    assert [ticker.instrument.base for ticker in follower.catalogue.tickers] == ["REEF", "FOAM"]


async def test_a_warning_is_told_though_the_list_is_the_same(autojump_clock):
    # Promise: flags are read again with the names.
    venue = Venue("WAVE")
    follower = await followed(venue, 100, (1, lambda: venue.markets[0].update(market_warning="CAUTION")))
    assert follower.told == [(60, ["WAVE"], [("caution", "WAVE")])]


async def test_a_venue_that_does_not_answer_is_asked_again_and_is_no_problem(autojump_clock):
    # Promise: what is known goes on; failures are counted, and the log is spared.
    venue, ledger = Venue("WAVE"), Ledger()
    with capture_logs() as logs:
        follower = await followed(venue, 1200, (30, lambda: venue.refusals.update(listing=BUSY)), ledger=ledger)
    assert venue.times("listing")[:9] == [0, 60, 61, 63, 67, 75, 91, 123, 183]
    assert follower.told == []
    assert ledger.problem == ""
    assert ledger.total("refreshes") == len(venue.times("listing")) - 1 == 24
    lines = [line for line in logs if line["event"] == "catalogue not read again"]
    assert len(lines) == 4 == -(-(1200 - 60) // SELDOM_S)
    assert (lines[0]["address"], lines[0]["reason"]) == ("https://venue", "HTTP 503 on /v1/market/all")


async def test_after_trouble_the_pace_is_the_old_one(autojump_clock):
    # Promise: each trouble starts with short waits again.
    venue = Venue("WAVE")
    await followed(
        venue,
        250,
        (30, lambda: venue.refusals.update(listing=BUSY)),
        (62, venue.refusals.clear),
        (100, lambda: venue.refusals.update(listing=BUSY)),
        (123.5, venue.refusals.clear),
    )
    assert venue.times("listing") == [0, 60, 61, 63, 123, 124, 184, 244]


async def test_retry_after_is_honoured(autojump_clock):
    # Promise: the venue says when, and is not asked before.
    venue = Venue("WAVE")
    refusal = HttpFailed("https://venue", "HTTP 429 on /v1/market/all", status=429, retry_after=45.0)
    await followed(venue, 170, (30, lambda: venue.refusals.update(listing=refusal)), (61, venue.refusals.clear))
    assert venue.times("listing") == [0, 60, 105, 165]


async def test_a_ban_without_a_date_is_sat_out(autojump_clock):
    # Promise: `Rest` shuts the door for as long as the venue's bans last, and the catalogue does not knock.
    venue = Venue("WAVE")
    ban = HttpFailed("https://venue", "HTTP 418 on /v1/market/all", status=418)
    await followed(venue, 800, (30, lambda: venue.refusals.update(listing=ban)), (62, venue.refusals.clear))
    assert EXCHANGES["bithumb"].limits.block_s == 600
    assert venue.times("listing") == [0, 60, 660, 720, 780]


async def test_nonsense_is_counted_and_asked_about_again(autojump_clock):
    # Promise: a maintenance page is no end of all markets.
    venue, ledger = Venue("WAVE"), Ledger()
    whole = venue.markets
    follower = await followed(
        venue,
        100,
        (30, lambda: setattr(venue, "markets", {"error": {"name": "maintenance"}})),
        (62, lambda: setattr(venue, "markets", whole)),
        ledger=ledger,
    )
    assert venue.times("listing") == [0, 60, 61, 63]
    assert ledger.total("parse_errors") == 2
    assert follower.told == []


async def test_a_list_that_shrank_too_much_is_believed_when_said_again(autojump_clock):
    # Promise: half an answer unsubscribes nobody; it is counted and said in the log.
    venue, ledger = Venue("WAVE", "REEF", "FOAM"), Ledger()
    with capture_logs() as logs:
        follower = await followed(venue, 190, (90, lambda: venue.markets.__delitem__(slice(1, 3))), ledger=ledger)
    assert follower.told == [(180, ["WAVE"], [("delisting", "FOAM"), ("delisting", "REEF")])]
    assert ledger.pulse(0).counters["refreshes"] == {"ok": 2, "doubted": 1}
    (line,) = [line for line in logs if "less than half" in line["event"]]
    assert (line["before"], line["now"]) == (3, 1)


async def test_a_list_that_was_cut_short_once_changes_nothing(autojump_clock):
    # Promise: the next whole answer ends the doubt.
    venue = Venue("WAVE", "REEF", "FOAM")
    whole = list(venue.markets)
    follower = await followed(venue, 300, (90, venue.markets.clear), (150, lambda: venue.markets.extend(whole)))
    assert follower.told == []


async def test_a_new_market_joins_without_a_ticker_rather_than_not_at_all(autojump_clock):
    # Promise: a ticker that cannot be had delays no trade, and is asked for with the next reading.
    venue = Venue("WAVE")
    follower = await followed(
        venue,
        130,
        (30, lambda: (venue.add("FOAM"), venue.refusals.update(tickers=BUSY))),
        (90, venue.refusals.clear),
    )
    assert [(at, bases) for at, bases, _ in follower.told] == [(60, ["WAVE", "FOAM"]), (120, ["WAVE", "FOAM"])]
    assert venue.times("KRW-WAVE,KRW-FOAM") == [120]
    assert [ticker.instrument.base for ticker in follower.catalogue.tickers] == ["WAVE", "FOAM"]


async def test_turnovers_are_of_today(autojump_clock):
    # Promise: once an hour the ranking is fed anew, with no notice about anything.
    venue = Venue("WAVE")
    follower = await followed(venue, 2.5 * RANK_AFTER_S)
    assert venue.times("KRW-WAVE") == [0, RANK_AFTER_S, 2 * RANK_AFTER_S]
    assert [(at, notices) for at, _, notices in follower.told] == [(RANK_AFTER_S, []), (2 * RANK_AFTER_S, [])]
    assert follower.catalogue.tickers[0].turnover_24h == 15.0 + 2 * RANK_AFTER_S


async def test_nobody_asks_again_where_there_is_no_list_or_no_wish(autojump_clock):
    # Promise: following ends at once, so that whoever waits for it is not held up.
    venue = Venue("WAVE")
    await cataloguer(venue, refresh=0.0).follow(("KRW",), Catalogue((), ()), Followed())
    without = cataloguer(venue)
    without._exchange = Unlisted()
    assert await without.wait(("KRW",)) == Catalogue((), ())
    await without.follow(("KRW",), Catalogue((), ()), Followed())
    assert venue.asked == []


class Unlisted:
    """A venue that knows about markets and has none."""

    name = "gecko"

    def markets_request(self):
        return None
