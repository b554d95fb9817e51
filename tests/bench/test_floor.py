"""Who hears what, and when: frames are counted exactly, come at the pace that was asked for, and to who asked."""

from collections import Counter
from contextlib import nullcontext
from itertools import pairwise
from statistics import mean, stdev

import pytest
import trio

from scanner.bench import floor
from scanner.bench.alarm import alarm
from scanner.bench.budget import Budget, Numbers
from scanner.bench.coin import coins
from scanner.bench.feed import TradeStream
from scanner.bench.floor import AT_ONCE, WORTH, Floor, Gone, Load
from scanner.bench.moves import STEPS
from scanner.model.moments import SECOND


class Reader:
    """A client that keeps what it is told, and goes after so many frames."""

    def __init__(self, codes, goes_after=None, market=None):
        self.streams = [TradeStream(coin, "SIMPLE") for coin in market or coins(20, WORTH) if coin.code in codes]
        self.told = []
        self.sends = []
        """When, on trio's clock."""
        self.goes_after = goes_after

    async def wants(self):
        return self.streams

    async def tell(self, frames):
        await trio.lowlevel.checkpoint()
        self.sends.append(trio.current_time())
        if self.goes_after is not None and len(self.told) + len(frames) > self.goes_after:
            raise Gone
        self.told += frames


def prices(reader):
    return {frame.partition('"tp":')[2].partition(",")[0] for frame in reader.told}


async def play(floor, seconds, *readers):
    for reader in readers:
        floor.ask(reader)
    with trio.move_on_after(seconds):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(floor.run)
            for reader in readers:
                nursery.start_soon(floor.blast, reader)


async def test_a_warm_up_a_pause_and_the_rest_are_counted_to_the_frame(autojump_clock):
    """Nothing in the pause, nothing after the end."""
    budget = Budget(warm_up=10, pause_s=0.5, messages=7)
    assert [budget.draw(8), budget.draw(8), budget.draw(8)] == [8, 2, 0]
    start = trio.current_time()
    await budget.wait()
    assert trio.current_time() - start == 0.5
    assert [budget.draw(4), budget.draw(4), budget.draw(4)] == [4, 3, 0]


async def test_without_a_number_of_messages_there_is_no_end(autojump_clock):
    """A load that is no measure goes on for ever."""
    budget = Budget(warm_up=0, pause_s=0.5, messages=0)
    assert {budget.draw(1_000_000) for _ in range(100)} == {1_000_000}


async def test_a_new_audience_hears_everything_from_the_beginning(autojump_clock):
    """Contenders take turns at one server; what one has heard is not missing to the next."""
    place = Floor(Load(warm_up=300, messages=400, pause_s=0.1), coins(20, WORTH))
    for _ in range(2):
        reader = Reader({"KRW-Q001", "KRW-Q002"})
        await play(place, 5, reader)
        assert len(reader.told) == 700
        place.leave(reader)


async def test_numbers_grow_however_fast_they_are_taken():
    """Two trades never share an id."""
    numbers = Numbers()
    taken = [number for _ in range(1_000) for number in numbers.take(100)]
    assert taken == sorted(set(taken))


async def test_a_blast_goes_round_all_streams_in_full_sends(autojump_clock):
    """Every stream has its share, and most sends hold many frames."""
    reader = Reader({"KRW-Q001", "KRW-Q002", "KRW-Q003"})
    await play(Floor(Load(messages=3_000), coins(20, WORTH)), 5, reader)
    codes = Counter(frame.partition('"cd":"')[2][:8] for frame in reader.told)
    assert codes == {"KRW-Q001": 1_000, "KRW-Q002": 1_000, "KRW-Q003": 1_000}
    assert len(reader.sends) == -(-3_000 // AT_ONCE)


class VirtualAlarm:
    """An alarm by trio's clock, which a test may jump forward."""

    def now(self):
        return round(trio.current_time() * SECOND)

    async def until(self, moment):
        await trio.sleep_until(moment / SECOND)


@pytest.fixture
def virtual(monkeypatch):
    """The floor's pace in virtual time."""
    monkeypatch.setattr(floor, "alarm", lambda: nullcontext(VirtualAlarm()))


async def test_frames_come_one_by_one_at_random_moments(virtual, autojump_clock):
    """Gaps without memory: as long as their spread, on average; over ten seconds the rate is the one asked for."""
    reader = Reader({"KRW-Q001"})
    await play(Floor(Load(rate=1_000), coins(20, WORTH)), 10, reader)
    assert len(reader.told) == len(reader.sends)
    gaps = [later - earlier for earlier, later in pairwise(reader.sends)]
    assert mean(gaps) == pytest.approx(0.001, rel=0.05)
    assert stdev(gaps) == pytest.approx(0.001, rel=0.05)


async def test_with_a_grain_what_is_due_leaves_together(virtual, autojump_clock):
    """At most every 10 ms, and no slower for that."""
    reader = Reader({"KRW-Q001"})
    await play(Floor(Load(rate=1_000, grain_s=0.01), coins(20, WORTH)), 10, reader)
    assert min(later - earlier for earlier, later in pairwise(reader.sends)) >= 0.0099
    assert len(reader.told) == pytest.approx(10_000, rel=0.05)


async def test_a_pause_is_no_debt(virtual, autojump_clock):
    """What was not sent in the pause is not sent all at once after it."""
    reader = Reader({"KRW-Q001"})
    await play(Floor(Load(rate=1_000, warm_up=100, pause_s=5, messages=100), coins(20, WORTH)), 10, reader)
    assert len(reader.told) == 200
    (pause,) = [later - earlier for earlier, later in pairwise(reader.sends) if later - earlier > 1]
    assert pause == pytest.approx(5, rel=0.01)
    assert len(reader.sends) == 200


async def test_each_client_hears_its_own_streams_by_how_much_it_asked_for(virtual, autojump_clock):
    """One stream of ten has a tenth of the frames."""
    small, large = Reader({"KRW-Q001"}), Reader({f"KRW-Q{number:03}" for number in range(10, 19)})
    await play(Floor(Load(rate=4_000, messages=4_000), coins(20, WORTH)), 5, small, large)
    assert len(small.told) + len(large.told) == 4_000
    assert len(small.told) == pytest.approx(400, rel=0.2)
    assert all("KRW-Q001" in frame for frame in small.told)


async def test_jumps_are_told_to_who_asked_for_that_coin_s_trades(virtual, autojump_clock):
    """Beside what the pace wants, and not counted in it."""
    load = Load(instruments=20, rate=1_000, moves_per_s=2)
    market = load.coins()
    first, other = Reader({"KRW-Q000"}, market=market), Reader({"KRW-Q010"}, market=market)
    await play(Floor(load, market), 0.9, first, other)
    assert market[0].price > market[0].close
    assert sum(len(told) for told in (first.told, other.told)) == pytest.approx(900 + STEPS, rel=0.05)
    assert len(prices(first)) >= STEPS
    assert len(prices(other)) <= 3
    assert market[10].price == market[10].close


async def test_a_client_that_goes_does_not_stop_the_others():
    """It is told nothing more, and nobody waits for it."""
    leaving, staying = Reader({"KRW-Q001"}, goes_after=10), Reader({"KRW-Q002"})
    place = Floor(Load(rate=4_000), coins(20, WORTH))
    place.ask(leaving)
    place.ask(staying)
    with trio.move_on_after(10):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(place.run)
            while len(staying.told) < 500:
                await trio.sleep(0.01)
            nursery.cancel_scope.cancel()
    assert len(leaving.told) <= 10
    assert len(leaving.sends) <= 11


@pytest.mark.parametrize("wait_ns", [-SECOND, 0, 300_000, 20_000_000])
async def test_an_alarm_never_goes_off_before_its_moment(wait_ns):
    """One that has passed is no wait at all; it can be set again and again."""
    with alarm() as clock:
        for _ in range(3):
            moment = clock.now() + wait_ns
            await clock.until(moment)
            assert clock.now() >= moment


def test_a_load_without_instruments_is_refused():
    """With the key and what was expected."""
    with pytest.raises(ValueError, match="instruments: 0, expected 1 or more"):
        Load(instruments=0)
