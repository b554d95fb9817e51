import pytest, trio
from collections import Counter
from trio.testing import MockClock
from scanner.model.market import Trade
from scanner.model.moments import SECOND
from scanner.sim.programs import LiveProgram
from scanner.sim.venues.registry import VENUES
from tests.worker.tree import *
COINS = ("SOL", "DOGE", "ADA","ATOM", "SUI", "TRX", "XRP")
@pytest.fixture
def autojump_clock(): return MockClock(autojump_threshold=0)
@pytest.mark.parametrize("name", ["okx","weex","binance"])
@pytest.mark.parametrize("for_s", [0.5, 1.3, 3.0, 7.7, 12])
@pytest.mark.parametrize("seed", [1,2,3,5,8])
async def test_hole(name, seed, for_s, venue, autojump_clock):
    house = venue(name, program=LiveProgram(VENUES[name], "quiet", seed, ORIGIN_NS, slice(40)))
    uplink, downlink = Uplink(), Downlink()
    async with trio.open_nursery() as nursery:
        nursery.start_soon(worker(name, symbols=tuple(f"{c}/USDT" for c in COINS)).run, uplink, downlink)
        await trio.sleep(15)
        house.faults.arm("close", house.clock.now_ms(), for_s=for_s)
        await trio.sleep(for_s)
        healed = house.clock.now_ns()
        await trio.sleep(45)
        downlink.stop.set()
    start, end = healed - int((for_s + 3) * SECOND), healed + 40 * SECOND
    told, happened = Counter(), Counter()
    for t in uplink.events(Trade): told[t.instrument] += t.size * (start <= t.at < end)
    for i in told:
        for f in house._program.view.trades(i, 500): happened[i] += f.size * (start <= f.at_ms*1_000_000 < end)
    assert told == pytest.approx(happened)
