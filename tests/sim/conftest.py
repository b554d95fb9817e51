"""A simulated venue in this process and clients of it, over streams in memory or on loopback."""

from contextlib import asynccontextmanager

import msgspec
import pytest
import trio
from trio_websocket import wrap_client_stream

from scanner.sim.clock import Clock
from scanner.sim.faults import Faults
from scanner.sim.house import House
from scanner.sim.programs import LiveProgram, TapeProgram
from scanner.sim.venues.registry import VENUES

ORIGIN = 1_790_000_000_000_000_000


class Guest:
    """A client that reads and writes whole messages."""

    def __init__(self, websocket):
        self.websocket = websocket

    async def ask(self, *objects, ticket="t"):
        """Send a request; `objects` follow the ticket."""
        await self.say(msgspec.json.encode([{"ticket": ticket}, *objects]).decode())

    async def say(self, text):
        await self.websocket.send_message(text)

    async def raw(self):
        return await self.websocket.get_message()

    async def read(self):
        return msgspec.json.decode(await self.raw())

    async def read_for(self, seconds):
        """All messages of so many seconds."""
        messages = []
        with trio.move_on_after(seconds):
            while True:
                messages.append(await self.read())
        return messages


@pytest.fixture
def open_house(nursery):
    """Open a venue, by name or one made for the test, on streams in memory; its market goes on as virtual time does."""

    def build(exchange="upbit", scenario="quiet", *, seed=1, faults=(), closes=False, recorded=None, speed=0.0):
        venue, clock = VENUES[exchange] if isinstance(exchange, str) else exchange, Clock(ORIGIN)
        if recorded is None:
            program = LiveProgram(venue, scenario, seed, clock.origin_ns)
        else:
            program = TapeProgram(venue, recorded, speed, clock)
        house = House(venue, program, clock, Faults(faults), closes_after_error=closes)
        nursery.start_soon(house.run)
        return house

    return build


@pytest.fixture
def visit(nursery):
    """Connect a client to a house; with `lockstep` nothing is buffered on the way, so that not reading is felt."""

    @asynccontextmanager
    async def connect(house, headers=(), *, lockstep=False):
        pair = trio.testing.lockstep_stream_pair if lockstep else trio.testing.memory_stream_pair
        ours, theirs = pair()
        nursery.start_soon(house.converse, theirs)
        async with trio.open_nursery() as mine:
            path = house.venue.ws_path
            websocket = await wrap_client_stream(mine, ours, "venue", path, extra_headers=list(headers))
            try:
                yield Guest(websocket)
            finally:
                with trio.move_on_after(1):
                    await websocket.aclose()
                mine.cancel_scope.cancel()

    return connect
