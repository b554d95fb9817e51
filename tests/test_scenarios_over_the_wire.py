"""Simulated minutes on a virtual clock, in the venues' own words: market, frames, session, engine, alerts."""

from urllib.parse import urlsplit

import pytest
import trio

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.detectors import registry as detectors
from scanner.exchanges.base import Accepted, Fetch, Send
from scanner.exchanges.registry import EXCHANGES
from scanner.sim.clock import Clock
from scanner.sim.faults import Faults
from scanner.sim.house import House
from scanner.sim.programs import LiveProgram
from scanner.sim.scenario import symbol
from scanner.sim.venues.registry import VENUES
from scanner.worker.subscriptions import Wish, choose

pytestmark = pytest.mark.timeout(600)
"""Six venues trade for five minutes in each of these, which is a minute's work for a busy machine."""

MINUTES = 5
STEP_S = 0.5
ORIGIN_NS = 1_800_000_000_000_000_000
WISH = Wish(channels=("trade",), symbols=(), books_top=5, exclude=("leveraged", "stable", "fiat"))
VENUE_NAMES = tuple(name for name in VENUES if EXCHANGES[name].quotes and EXCHANGES[name].by_default)


def quote_of(exchange):
    """The Korean venues' own, and that of all the others."""
    return "KRW" if "KRW" in exchange.quotes else "USDT"


class Line:
    """One venue's whole line without sockets: what it lists, what we subscribe to, what its frames mean."""

    def __init__(self, name, scenario, seed, engine, alerts, clock):
        self._exchange, self._engine, self.alerts = EXCHANGES[name], engine, alerts
        self._clock = clock
        self._program = LiveProgram(VENUES[name], scenario, seed, ORIGIN_NS)
        self._house = House(VENUES[name], self._program, self._clock, Faults(()), closes_after_error=False)
        self.traded = set()
        """Whose trades are taken; where a venue has too many markets, the rest have tickers only."""
        self._talks = []

    def open(self):
        """Catalogue, tickers, plan, subscriptions."""
        exchange, quote = self._exchange, quote_of(self._exchange)
        listed = exchange.parse_markets(self._rest(exchange.markets_request()))
        markets = [market for market in listed if market.instrument.quote == quote]
        asks = exchange.tickers_requests(markets)
        tickers = [t for ask in asks for t in exchange.parse_tickers(self._rest(ask), self._clock.now_ns())]
        choice = choose(WISH, markets, tickers, exchange)
        self.traded = {one.instrument for one in choice.subscriptions if one.channel == "trade"}
        watched = set(choice.instruments)
        self.alerts += self._engine.consume([t for t in tickers if t.instrument in watched])
        for endpoint in exchange.plan(choice.subscriptions):
            session, feed = exchange.open(endpoint), self._program.open("line", urlsplit(endpoint.url).path)
            for text in session.subscribe():
                feed.hear(text)
            self._talks.append((session, feed))
        self._program.begin(self._clock.now_ns())

    async def advance(self):
        """Let the venue's time go on, and hear all that it has to say."""
        now = self._clock.now_ns()
        self._program.advance(now, muted=False)
        for session, feed in self._talks:
            for frame in await feed.drain() if len(feed._mailbox) else ():
                self._act(session.parse(frame, now), session, feed, now)

    def _act(self, results, session, feed, now):
        """What a worker does with results, without its waits."""
        for result in results:
            match result:
                case Send(frame=text):
                    feed.hear(text)
                case Fetch(request=request, tag=tag):
                    self._act(session.parse_fetched(tag, self._rest(request)), session, feed, now)
                case Accepted():
                    pass
                case _:
                    self.alerts += self._engine.consume([result])

    def _rest(self, request):
        path = request.url.removeprefix(self._exchange.rest_url)
        answer, _ = self._house.answer(path, request.params, origin=False)
        return answer.body


async def play(scenario, seed, names=VENUE_NAMES):
    """Five simulated minutes of a scenario on these venues together; returns the lines and all that was told."""
    engine = Engine(detectors.assemble(detectors.default_rules(detectors.DETECTORS), detectors.DETECTORS), Episodes())
    alerts = []
    clock = Clock(ORIGIN_NS)
    lines = {name: Line(name, scenario, seed, engine, alerts, clock) for name in names}
    for line in lines.values():
        line.open()
    for _ in range(int(MINUTES * 60 / STEP_S)):
        await trio.sleep(STEP_S)
        for line in lines.values():
            await line.advance()
        alerts += engine.tick(clock.now_ns())
    return lines, alerts


async def test_five_quiet_minutes_say_nothing(autojump_clock):
    """Crying wolf is what makes people turn a scanner off."""
    assert (await play("quiet", seed=1))[1] == []


@pytest.mark.parametrize("scenario", ["pump", "dump"])
async def test_each_story_is_told_once_with_every_venue_in_it(scenario, autojump_clock):
    """The scripted coin, whatever it is paid with; a price move does not ring the volume bell as well."""
    _, (opened, *later) = await play(scenario, seed=2)
    assert (opened.kind, opened.rule) == ("opened", scenario)
    assert opened.instrument.base == symbol(scenario, 2).partition("/")[0]
    assert {(alert.kind, alert.id) for alert in later} <= {("escalated", opened.id)}
    assert len(later) <= 2
    assert sorted((later or [opened])[-1].exchanges) == sorted(VENUE_NAMES)


async def test_a_crash_of_every_market_on_every_venue_is_one_alert(autojump_clock):
    """Of some two thousand coins, of which not one is told by itself."""
    lines, (alert,) = await play("crash", seed=3)
    assert (alert.kind, alert.rule, alert.instrument.base) == ("opened", "market_move", "*")
    assert sorted(alert.exchanges) == sorted(VENUE_NAMES)
    assert sum(len(line.traded) for line in lines.values()) > 1_500


async def test_the_same_seed_gives_the_same_alerts(autojump_clock):
    """To the id: what was seen once can be looked at again."""
    first, again = [(await play("pump", 4, ["upbit", "okx"]))[1] for _ in range(2)]
    assert first
    assert first == again
