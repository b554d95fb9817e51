"""What every venue in the registry promises about what it says, how it spreads it, and how often it speaks."""

import random
from collections import Counter
from urllib.parse import urlsplit

import pytest
import trio
from hypothesis import given
from hypothesis import strategies as st

from scanner.actors.limiter import Limiter
from scanner.exchanges.base import Endpoint, RemoteNonsense, Send, SessionBroken, Settings, Window
from scanner.model.instrument import Instrument
from scanner.model.market import CHANNELS, Market, Subscription
from tests.exchanges.ears import Ear
from tests.exchanges.venues import (
    LISTING,
    SEEN,
    SPEAKING,
    VENUES,
    each,
    sample_instrument,
    samples_of,
    streamed,
    wanted,
)

HOUR = 3600.0
FEW = 12
"""Streams on a connection, so that there are several connections to keep within their limits."""
MENDED_BY_ASKING = {"okx", "weex", "weex-contract"}
"""Venues that send a whole book to who subscribes anew, so that sessions ask for operations by themselves."""
COINS = [f"C{n}" for n in range(40)]


def chosen(universe):
    """Any part of all there is to want."""
    return st.lists(st.sampled_from(universe), max_size=60, unique=True)


def streams_of(exchange, endpoint):
    """What one connection carries, as the venue counts it."""
    return {(endpoint.url, exchange.stream_of(one)) for one in endpoint.subscriptions}


def check_plan(exchange, wants, plan, running=()):
    """Nothing lost, nothing twice, no limit passed, and what runs stays where it is."""
    assert Counter(one for endpoint in plan for one in endpoint.subscriptions) == Counter(
        streamed(exchange, set(wants))
    )
    loads = [streams_of(exchange, endpoint) for endpoint in plan]
    assert sum(map(len, loads)) == len(set().union(*loads)), "one stream on two connections"
    assert max(map(len, loads), default=0) <= exchange.limits.streams_per_connection
    for old, new in zip(running, plan, strict=False):
        assert old.url == new.url
        assert set(old.subscriptions) & set(wants) <= set(new.subscriptions)
    assert len(plan) >= len(running)
    assert all(endpoint.subscriptions for endpoint in plan[len(running) :])


# ---- what is said


@each(SPEAKING)
def test_subscribing_names_every_subscription(exchange):
    """All that an endpoint lists is said, each stream in words of its own; nothing else is."""
    for endpoint in exchange.plan(wanted(exchange, "WAVE", "REEF", "1INCH")):
        ear = Ear(exchange, endpoint)
        ear.hear(exchange.open(endpoint).subscribe())
        assert ear.streams == ear.expects(endpoint.subscriptions)
        for one in endpoint.subscriptions:
            assert ear.asking(one), f"{one} is never named"
            for other in endpoint.subscriptions:
                if exchange.stream_of(one) != exchange.stream_of(other):
                    assert ear.asking(one) != ear.asking(other), f"{one} and {other} are asked for alike"


@each(SPEAKING)
def test_a_stream_of_one_coin_names_the_coin(exchange):
    """A stream of all coins may not."""
    for endpoint in exchange.plan(wanted(exchange, "WAVE", "REEF")):
        for one in endpoint.subscriptions:
            twin = Subscription(one.channel, wanted(exchange, "1INCH")[0].instrument)
            if exchange.stream_of(one) != exchange.stream_of(twin):
                said = "".join(Ear(exchange, endpoint).asking(one))
                assert one.instrument.base.lower() in said.lower()


@each(SPEAKING)
def test_updating_to_what_is_running_says_nothing(exchange):
    """Twice the same is once, in whatever order; and a set that changed is said."""
    running = exchange.plan(wanted(exchange, "WAVE"))
    grown = exchange.plan(wanted(exchange, "WAVE", "REEF"), running)
    for before, after in zip(running, grown, strict=False):
        changed = streams_of(exchange, before) != streams_of(exchange, after)  # not where one stream tells all coins
        session = exchange.open(before)
        session.subscribe()
        assert session.update(before.subscriptions) == []
        assert bool(session.update(after.subscriptions)) == changed
        assert session.update(reversed(after.subscriptions)) == []
        assert session.update(after.subscriptions * 2) == []
        assert bool(session.update(before.subscriptions)) == changed


@each(SPEAKING)
@given(data=st.data())
def test_any_set_becomes_any_other(exchange, data):
    """After any changes there flows what is wanted, as if it had been asked for at once on a new connection."""
    endpoint = data.draw(st.sampled_from(exchange.plan(wanted(exchange, "WAVE", "REEF", "1INCH"))))
    some = st.lists(st.sampled_from(endpoint.subscriptions), unique=True)
    ear = Ear(exchange, endpoint)
    first = data.draw(some)
    session = exchange.open(Endpoint(endpoint.url, tuple(first)))
    ear.hear(session.subscribe())
    for wants in [*data.draw(st.lists(some, max_size=5)), first]:
        ear.hear(session.update(wants))
        if wants or not ear.replaces:  # who only ever replaces has no word for wanting nothing
            assert ear.streams == ear.expects(wants)


# ---- how it is spread


@each(SPEAKING)
@given(data=st.data())
def test_a_plan_keeps_the_limits_and_loses_nothing(exchange, data):
    """For any wants: each stream on exactly one connection, none over its limit, the same again when asked again."""
    names = data.draw(st.lists(st.from_regex(r"[A-Z0-9]{1,6}", fullmatch=True), max_size=100, unique=True))
    everything = wanted(exchange, *names)
    wants = data.draw(st.just(everything) | chosen(everything) if everything else st.just([]))
    plan = exchange.plan(wants)
    check_plan(exchange, wants, plan)
    assert exchange.plan(reversed(wants * 2)) == plan


@each(SPEAKING)
@given(data=st.data())
def test_a_running_plan_keeps_the_limits_and_loses_nothing(exchange, data):
    """Under any adds and removes, on full connections and on empty ones: what goes on stays where it is."""
    small = exchange.configured(Settings(streams_per_connection=7))
    venue = data.draw(st.sampled_from([exchange, small]))
    universe, running = wanted(venue, *COINS[:12]), []
    for wants in data.draw(st.lists(chosen(universe), min_size=1, max_size=6)):
        plan = venue.plan(wants, running)
        check_plan(venue, wants, plan, running)
        running = [endpoint for endpoint in plan if endpoint.subscriptions]


@each(SPEAKING)
def test_a_channel_that_does_not_exist_is_refused(exchange):
    """ValueError, naming the venue and the channel."""
    for channel in set(CHANNELS) - exchange.channels:
        with pytest.raises(ValueError, match=rf"{exchange.name}.*{channel}"):
            exchange.plan([Subscription(channel, sample_instrument(exchange))])


@each(VENUES)
def test_what_has_no_stream_is_polled(exchange):
    """Each subscription comes by socket or by asking, within what may be asked; the same wants, the same polls."""
    wants = wanted(exchange, *COINS) if exchange.quotes else []
    polls = exchange.polls(wants)
    assert exchange.polls(list(reversed(wants))) == polls
    assert exchange.polls(streamed(exchange, wants)) == ([] if exchange.quotes else polls)
    assert bool(polls) == (streamed(exchange, wants) != wants or not exchange.quotes)
    assert len({poll.tag for poll in polls}) == len(polls)
    assert all(poll.every_s > 0 and poll.request.url.startswith(f"{exchange.rest_url}/") for poll in polls)
    for window in exchange.limits.requests:
        assert sum(poll.request.weight / poll.every_s for poll in polls) <= window.count / window.seconds


@each(VENUES)
def test_what_stands_in_for_refused_streams_is_polled_like_the_rest(exchange):
    """Beside all other polls, within what may be asked, by tags of its own that can be read; the same each time."""
    wants = wanted(exchange, *COINS) if exchange.quotes else []
    stand_ins = exchange.fallback(streamed(exchange, wants))
    assert exchange.fallback(reversed(streamed(exchange, wants))) == stand_ins
    assert exchange.fallback([]) == []
    polls = exchange.polls(wants) + stand_ins
    assert len({poll.tag for poll in polls}) == len(polls)
    assert all(poll.every_s > 0 and poll.request.url.startswith(f"{exchange.rest_url}/") for poll in stand_ins)
    for window in exchange.limits.requests:
        assert sum(poll.request.weight / poll.every_s for poll in polls) <= window.count / window.seconds


@each(VENUES)
def test_an_operator_s_addresses_are_used_for_everything(exchange):
    """Pointed at a simulated venue, nothing goes to the real one."""
    path = urlsplit(exchange.ws_url).path
    elsewhere = exchange.configured(Settings(rest_url="http://127.0.0.1:81/", ws_url=f"ws://127.0.0.1:82{path}"))
    wants = wanted(elsewhere, "WAVE") if exchange.quotes else []
    requests = [poll.request for poll in elsewhere.polls(wants)]
    if exchange.quotes:
        instrument = sample_instrument(exchange)
        requests += [elsewhere.markets_request(), elsewhere.trades_request(instrument)]
        requests += [elsewhere.candles_request(instrument, 60)]
        requests += elsewhere.tickers_requests([Market(instrument, "WAVE")])
    assert [one.url for one in requests if one and not one.url.startswith("http://127.0.0.1:81/")] == []
    assert [one.url for one in elsewhere.plan(wants) if not one.url.startswith("ws://127.0.0.1:82/")] == []
    hosts = {urlsplit(endpoint.url).netloc for endpoint in exchange.plan(wants)}
    assert hosts <= {urlsplit(exchange.ws_url).netloc}


# ---- how often it speaks


@each(VENUES)
def test_its_numbers_make_sense(exchange):
    """Every limit bounds something, and a request fits into it."""
    limits = exchange.limits
    windows = limits.connects + limits.messages + limits.requests + limits.operations
    assert all(window.count > 0 and window.seconds > 0 for window in windows)
    assert limits.requests
    assert min(limits.connections, limits.lifetime_s, limits.trades_top, limits.block_s) >= 0
    assert exchange.title
    assert not exchange.rest_url.endswith("/")
    unset = exchange.configured(Settings())
    assert (unset.name, unset.limits, unset.rest_url, unset.ws_url) == (
        exchange.name,
        limits,
        exchange.rest_url,
        exchange.ws_url,
    )


@each(SPEAKING)
def test_a_conversation_is_kept_by_asking_before_giving_up(exchange):
    """A connection is given up only after it was asked for a sign of life, and none is made without a limit."""
    assert exchange.limits.connects
    assert exchange.limits.streams_per_connection > 0
    for endpoint in exchange.plan(wanted(exchange, "WAVE")):
        keepalive = exchange.open(endpoint).keepalive
        assert 0 < keepalive.every_s < keepalive.patience_s
        assert keepalive.frame is None or keepalive.frame


@each(LISTING)
def test_no_question_is_too_heavy_to_be_asked(exchange):
    """Each request weighs less than the limit allows at once, or it would wait for ever."""
    instrument = sample_instrument(exchange)
    markets = [Market(Instrument(coin, instrument.quote, instrument.kind), coin) for coin in COINS]
    requests = [exchange.markets_request(), exchange.trades_request(instrument), *exchange.tickers_requests(markets)]
    requests += [exchange.candles_request(instrument, 10**9)]
    heaviest = max(one.weight for one in requests if one)
    assert heaviest <= min(window.count for window in exchange.limits.requests)


class Line:
    """A connection in an hour of churn: says what it has to say as a worker does, and remembers when."""

    def __init__(self, exchange, endpoint, nursery, connects, calls):
        self._exchange = exchange
        self._connects = connects
        self._calls = calls
        self.endpoint = endpoint
        self.messages, self.operations, self.asked = [], [], 0
        self.ear = Ear(exchange, endpoint)
        self.session = exchange.open(endpoint)
        self._to_say, self._waiting = trio.open_memory_channel(1000)
        self.life = trio.CancelScope()
        self.connected = self.spent = False
        nursery.start_soon(self._run)

    def update(self, endpoint):
        """The plan gives this line another share; before it is connected, it just asks for that."""
        self.endpoint = endpoint
        self.ear.learn(endpoint.subscriptions)
        if not self.connected:
            self.session = self._exchange.open(endpoint)
            return
        for frame in self.session.update(endpoint.subscriptions):
            self._to_say.send_nowait(frame)

    def hear(self, frame, seen):
        """The venue says something; what the session wants to change then waits in the same line as all else."""
        try:
            results = self.session.parse(frame, seen)
        except RemoteNonsense:
            return
        except SessionBroken:
            self.spent = True
            return
        for order in results:
            if isinstance(order, Send):
                assert order.operation == self.ear.knows(order.frame), f"{order} is counted where it should not be"
                self._to_say.send_nowait(order.frame)
                self.asked += order.operation

    def settled(self):
        """Nothing is left to say, and what is wanted flows."""
        wants = self.endpoint.subscriptions
        return self.connected and self.ear.streams == self.ear.expects(wants)

    async def _run(self):
        limits = self._exchange.limits
        operations, messages = (_limiter(windows) for windows in (limits.operations, limits.messages))
        with self.life:
            await self._connects.acquire()
            self._calls.append(trio.current_time())
            self.connected = True
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._keep_alive, messages)
                for frame in self.session.subscribe():
                    await self._change(frame, operations, messages)
                async for frame in self._waiting:
                    await self._change(frame, operations, messages)

    async def _change(self, frame, operations, messages):
        await operations.acquire()
        self.operations.append(trio.current_time())
        await messages.acquire()
        self.messages.append(trio.current_time())
        self.ear.hear([frame])

    async def _keep_alive(self, messages):
        keepalive = self.session.keepalive
        while keepalive.frame is not None:
            await trio.sleep(keepalive.every_s)
            await messages.acquire()
            self.messages.append(trio.current_time())


def _limiter(windows):
    return Limiter(tuple((window.count, window.seconds) for window in windows))


def check_windows(times, windows):
    """However a window falls, there is never more in it than it allows."""
    for window in windows:
        for first, last in zip(times, times[window.count :], strict=False):
            assert last - first >= window.seconds - 1e-6, f"more than {window.count} in {window.seconds:g} s"


def test_a_window_that_is_passed_is_seen():
    """The check itself can fail: at its edge a window lets the next one in, a moment earlier it does not."""
    windows = (Window(2, 1.0), Window(3, 10.0))
    check_windows([0.0, 0.5, 1.0, 10.0], windows)
    for times in ([0.0, 0.5, 0.99], [0.0, 0.5, 1.0, 9.9]):
        with pytest.raises(AssertionError, match="more than"):
            check_windows(times, windows)


@each(SPEAKING)
@pytest.mark.parametrize("seed", [1, 2])
async def test_no_limit_is_passed_in_an_hour_of_churn_and_all_is_said(exchange, seed, autojump_clock):
    """Coins come and go, calmly and in bursts, books and lines break: within every window, and in the end as wanted."""
    chance, universe = random.Random(seed), wanted(exchange, "WAVE", *COINS)
    holes = getattr(samples_of(exchange), "BROKEN_SEQUENCE", [])
    venue = exchange.configured(Settings(streams_per_connection=FEW))
    lines, gone, calls = [], [], []
    connects = _limiter(venue.limits.connects)
    async with trio.open_nursery() as nursery:
        while trio.current_time() < HOUR:
            wants = chance.sample(universe, chance.randint(0, len(universe)))
            if chance.random() < 0.5:  # most changes are small
                now = [one for line in lines for one in line.endpoint.subscriptions]
                wants = [*now[3:], *chance.sample(universe, 3)]
            plan = venue.plan(wants, [line.endpoint for line in lines])
            for line, endpoint in zip(lines, plan, strict=False):
                line.update(endpoint)
            lines += [Line(venue, endpoint, nursery, connects, calls) for endpoint in plan[len(lines) :]]
            leaving = {line for line in lines if not line.endpoint.subscriptions}
            for line in [line for line in lines if line.connected]:
                for frame in holes:
                    line.hear(frame, SEEN + int(trio.current_time() * 1e9))
            broken = {line for line in lines if line not in leaving and (line.spent or chance.random() < 0.05)}
            for line in leaving | broken:
                line.life.cancel()
            gone += leaving | broken
            lines = [
                Line(venue, line.endpoint, nursery, connects, calls) if line in broken else line
                for line in lines
                if line not in leaving
            ]
            await trio.sleep(chance.choice([0.05, 0.05, 30.0, 60.0, 120.0]))
        await trio.sleep(2 * HOUR)  # a venue that counts by the hour may have a backlog; it is not to grow for ever
        assert [line.endpoint for line in lines if not line.settled()] == []
        nursery.cancel_scope.cancel()
    assert len(calls) > len(lines)
    if exchange.name in MENDED_BY_ASKING:
        assert any(line.asked for line in lines + gone)
    check_windows(calls, venue.limits.connects)
    for line in lines + gone:
        check_windows(line.messages, venue.limits.messages)
        check_windows(line.operations, venue.limits.operations)
