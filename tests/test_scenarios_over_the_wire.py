"""Simulated minutes on a virtual clock, in the venues' own words: market, frames, session, engine, alerts."""

import pytest
import trio

from scanner.alerts.engine import Engine
from scanner.alerts.episodes import Episodes
from scanner.detectors import registry as detectors
from scanner.exchanges.registry import EXCHANGES
from scanner.model.market import Market
from scanner.sim.clock import Clock
from scanner.sim.faults import Faults
from scanner.sim.house import House
from scanner.sim.programs import LiveProgram
from scanner.sim.scenario import symbol
from scanner.sim.venues.registry import VENUES
from scanner.worker.subscriptions import Wish, choose

MINUTES = 5
STEP_S = 0.5
ORIGIN_NS = 1_800_000_000_000_000_000
WISH = Wish(channels=("trade",), symbols=(), books_top=5)
VENUE_NAMES = tuple(VENUES)


class Line:
    """One venue's whole line without sockets: what it lists, what we subscribe to, what its frames mean."""

    def __init__(self, name, scenario, seed, engine):
        self._exchange, self._engine = EXCHANGES[name], engine
        self._clock = Clock(ORIGIN_NS)
        self._program = LiveProgram(VENUES[name], scenario, seed, ORIGIN_NS)
        self._house = House(VENUES[name], self._program, self._clock, Faults(()), closes_after_error=False)
        self.markets: list[Market] = []
        self.alerts = []
        self._talks = []

    def open(self):
        """Catalogue, tickers, plan, subscriptions."""
        exchange = self._exchange
        listed = exchange.parse_markets(self._rest(exchange.markets_request()))
        self.markets = [market for market in listed if market.instrument.quote == "KRW"]
        asks = exchange.tickers_requests(self.markets)
        tickers = [t for ask in asks for t in exchange.parse_tickers(self._rest(ask), self._clock.now_ns())]
        tickers = [t for t in tickers if t.instrument.quote == "KRW"]
        self.alerts += self._engine.consume(tickers)
        for endpoint in exchange.plan(choose(WISH, self.markets, tickers, exchange.channels).subscriptions):
            session, feed = exchange.open(endpoint), self._program.open("line")
            for text in session.subscribe():
                assert feed.hear(text).subscribed
            self._talks.append((session, feed))
        self._program.begin(self._clock.now_ns())

    async def advance(self):
        """Let the venue's time go on, and hear all that it has to say."""
        now = self._clock.now_ns()
        self._program.advance(now, muted=False)
        for session, feed in self._talks:
            for frame in await feed.drain() if len(feed._mailbox) else ():
                self.alerts += self._engine.consume(session.parse(frame, now))

    def _rest(self, request):
        path = request.url.removeprefix(self._exchange.rest_url)
        answer, _ = self._house.answer(path, request.params, origin=False)
        return answer.body


async def play(scenario, seed):
    """Five simulated minutes of a scenario on both venues; returns the lines with their alerts."""
    engine = Engine(detectors.assemble(detectors.default_rules(detectors.DETECTORS), detectors.DETECTORS), Episodes())
    lines = {name: Line(name, scenario, seed, engine) for name in VENUE_NAMES}
    for line in lines.values():
        line.open()
    for _ in range(int(MINUTES * 60 / STEP_S)):
        await trio.sleep(STEP_S)
        for line in lines.values():
            await line.advance()
    return lines


async def test_five_quiet_minutes_say_nothing(autojump_clock):
    """Crying wolf is what makes people turn a scanner off."""
    lines = await play("quiet", seed=1)
    assert {name: line.alerts for name, line in lines.items()} == {"upbit": [], "bithumb": []}


@pytest.mark.parametrize(("scenario", "rule"), [("pump", "pump"), ("dump", "dump"), ("volume", "volume_spike")])
async def test_each_story_is_told_once_on_each_venue(scenario, rule, autojump_clock):
    """The scripted coin, the right rule, once; a price move does not ring the volume bell as well."""
    lines = await play(scenario, seed=2)
    for name, line in lines.items():
        assert [(a.exchange, a.rule, str(a.instrument)) for a in line.alerts] == [(name, rule, symbol(scenario, 2))]


async def test_a_crash_is_one_dump_for_every_symbol_of_each_venue(autojump_clock):
    """Every KRW market, nobody forgotten, nobody twice."""
    lines = await play("crash", seed=3)
    for line in lines.values():
        assert {a.rule for a in line.alerts} == {"dump"}
        assert sorted(a.instrument for a in line.alerts) == sorted(m.instrument for m in line.markets)


async def test_the_same_seed_gives_the_same_alerts(autojump_clock):
    """To the id: what was seen once can be looked at again."""
    first, again = [(await play("pump", seed=4))["upbit"].alerts for _ in range(2)]
    assert first
    assert first == again
