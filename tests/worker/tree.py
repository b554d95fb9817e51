"""A whole worker and a whole simulated venue in one process and on one virtual clock: hours in moments."""

import sys
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

import trio
from msgspec import to_builtins
from trio.testing import memory_stream_pair

from scanner.bus.base import BusClosed
from scanner.exchanges.base import Settings
from scanner.exchanges.registry import EXCHANGES
from scanner.model.instrument import Instrument
from scanner.model.pulse import Pulse
from scanner.model.web import retry_after
from scanner.net import websocket
from scanner.net.http import HttpFailed
from scanner.sim.clock import Clock
from scanner.sim.faults import Faults
from scanner.sim.house import House
from scanner.sim.programs import LiveProgram
from scanner.sim.roster import WHOLE
from scanner.sim.venues.registry import VENUES
from scanner.wire.messages import Batch, Stop, WorkerSpec
from scanner.worker import main as module
from scanner.worker.main import Worker

ORIGIN_NS = 1_800_000_000_000_000_000
MARKETS = dict.fromkeys(("upbit", "bithumb"), "KRW")
"""A quote currency of each venue; USDT everywhere else."""
SHALLOW = 40
"""Levels of a book at OKX. It has 400, which show no more of a worker, and take ten times as long."""
PERPETUALS = frozenset({"binance-futures", "mexc-futures", "weex-contract"})
VENUES_WITH_SOCKETS = [name for name in VENUES if EXCHANGES[name].quotes]


def instrument_of(name, base):
    """That coin's main market at a venue."""
    return Instrument(base, MARKETS.get(name, "USDT"), "perpetual" if name in PERPETUALS else "spot")


TELL_CANDLES = [
    name for name in VENUES_WITH_SOCKETS if EXCHANGES[name].candles_request(instrument_of(name, "BTC"), 60) is not None
]
"""Who has past minutes by REST."""
TELL_TRADES = [
    name for name in VENUES_WITH_SOCKETS if EXCHANGES[name].trades_request(instrument_of(name, "BTC")) is not None
]
"""Whom REST can ask about what was missed, or whether there was anything."""


class Uplink:
    """The main process' end, as a list."""

    def __init__(self):
        self.messages = []

    async def send(self, message):
        await trio.lowlevel.checkpoint()
        self.messages.append(message)

    def of(self, kind):
        return [message for message in self.messages if isinstance(message, kind)]

    def events(self, *kinds):
        return [event for batch in self.of(Batch) for event in batch.events if isinstance(event, kinds)]

    def counters(self, name):
        """A counter of the last pulse, by label."""
        return self.of(Pulse)[-1].counters.get(name, {})


class Downlink:
    """What the main process says: what a test puts here, Stop when told to, or nothing ever again."""

    def __init__(self):
        self.stop, self.gone = trio.Event(), trio.Event()
        self._say, self._said = trio.open_memory_channel(100)

    def say(self, message):
        self._say.send_nowait(message)

    async def receive(self):
        said = []
        async with trio.open_nursery() as nursery:

            async def end():
                await self.gone.wait()
                raise BusClosed("gone")

            async def order():
                said.append(await self._said.receive())
                nursery.cancel_scope.cancel()

            nursery.start_soon(end)
            nursery.start_soon(order)
            await self.stop.wait()
            nursery.cancel_scope.cancel()
        return said[0] if said else Stop(1.0)


def stage(monkeypatch, nursery):
    """A way to run a simulated venue in this process, where every socket and REST call of the worker then ends."""

    def build(name, *, scenario="quiet", program=None, part=WHOLE):
        clock = Clock(ORIGIN_NS)
        made = program or LiveProgram(VENUES[name], scenario, 1, ORIGIN_NS, part)
        house = House(VENUES[name], made, clock, Faults(()), closes_after_error=False)
        house.handshakes, house.calls, house.asked = [], [], []
        nursery.start_soon(house.run)

        async def dial(_url):
            await trio.lowlevel.checkpoint()
            house.handshakes.append(trio.current_time())
            ours, theirs = memory_stream_pair()
            nursery.start_soon(house.converse, theirs)
            return ours

        class Http:
            async def get(self, url, params, _headers):
                await trio.lowlevel.checkpoint()
                house.calls.append(trio.current_time())
                path = urlsplit(url).path
                house.asked.append((trio.current_time(), path, dict(params)))
                answer, headers = house.answer(path, dict(params), origin=False)
                if answer.status < 400:
                    return answer.body
                wait = retry_after({key.lower(): value for key, value in headers.items()}, 0)
                why = f"HTTP {answer.status} on {path}"
                raise HttpFailed("https://venue.test", why, status=answer.status, retry_after=wait)

        @asynccontextmanager
        async def open_http(_timeout_s):
            yield Http()

        monkeypatch.setattr(websocket, "_open_stream", dial)
        monkeypatch.setattr(module, "open_http", open_http)
        for one in [m for n, m in sys.modules.items() if n.startswith("scanner.worker.") and hasattr(m, "time_ns")]:
            monkeypatch.setattr(one, "time_ns", clock.now_ns)  # the two sides' clocks agree, as real ones nearly do
        monkeypatch.setattr("scanner.sim.venues.okx_telling.LEVELS", SHALLOW)
        return house

    return build


def worker(name, options=None, **changes):
    """A worker of this venue, with trades of everything in its usual quote currency and three books."""
    settings = options or Settings()
    fields = {
        "exchange": name,
        "shard": 0,
        "shards": 1,
        "markets": (MARKETS.get(name, "USDT"),),
        "symbols": (),
        "channels": ("trade",),
        "books_top": 3,
        "exclude": (),
        "settings": to_builtins(settings),
        "log_level": "error",
        "log_json": True,
    } | changes
    return Worker(WorkerSpec(**fields), EXCHANGES[name].configured(settings), settings)
