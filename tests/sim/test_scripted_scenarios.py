"""Each scenario does what its description says, to whom it says, and when."""

from bisect import bisect_right
from collections import defaultdict

import pytest

from scanner.model.instrument import Instrument
from scanner.sim.ledger import Fill
from scanner.sim.listing import FLOORS, listings
from scanner.sim.market import SimulatedMarket
from scanner.sim.scenario import SCENARIOS, SCRIPTS, describe, line, scripted_coin, symbol, symbols

NS = 1_000_000_000
ORIGIN = 1_790_000_000_000_000_000
START_S = 20
SEEDS = [1, 2, 7]
seeds = pytest.mark.parametrize("seed", SEEDS)


class Tape:
    """The fills of one market around the start of the script, on a clock that is 0 there."""

    def __init__(self, fills, usual_minute):
        self.fills = fills
        self.usual_minute = usual_minute
        self.times = [fill.at_ms / 1_000 - ORIGIN / NS - START_S for fill in fills]

    def between(self, start, end):
        return [fill for fill, at in zip(self.fills, self.times, strict=True) if start <= at < end]

    def price(self, at):
        """The last price before that moment."""
        return self.fills[bisect_right(self.times, at) - 1].price

    def change(self, at):
        return self.price(at) / self.before - 1

    @property
    def before(self):
        return self.price(-0.001)


def play(scenario, seed, for_s, exchange="upbit"):
    """All fills by market, from 20 s before the script to `for_s` after its start."""
    market = SimulatedMarket(exchange, seed, scenario, ORIGIN)
    market.start_script(ORIGIN + START_S * NS)
    usual = {one.instrument: market.ticker(one.instrument).turnover_24h / 1_440 for one in market.listings}
    fills = defaultdict(list, {one.instrument: [market.ticker(one.instrument).last] for one in market.listings})
    for fill in market.advance(ORIGIN + int((START_S + for_s) * NS)):
        assert isinstance(fill, Fill)
        fills[fill.instrument].append(fill)
    return {instrument: Tape(each, usual[instrument]) for instrument, each in fills.items()}


def scripted(scenario, seed, for_s, exchange="upbit"):
    return play(scenario, seed, for_s, exchange)[Instrument.parse(symbol(scenario, seed))]


def turnover(fills):
    return sum(fill.turnover for fill in fills)


@pytest.mark.parametrize("scenario", ["pump", "dump", "volume"])
@seeds
def test_a_script_happens_to_one_mid_cap_that_every_venue_lists(scenario, seed):
    # Promise: the seed picks the coin, and it is the same coin everywhere, neither famous nor forgotten.
    told = symbols(scenario, seed)
    assert [each.partition("/")[2] for each in told] == ["KRW", "USDT"]
    assert len({each.partition("/")[0] for each in told}) == 1
    for exchange, floor in FLOORS.items():
        markets = [str(listing.instrument) for listing in listings(exchange, seed)]
        assert 30 <= markets.index(told[floor.main == "USDT"]) <= 100
        assert sum(each in markets for each in told) == 1


@seeds
@pytest.mark.parametrize("exchange", ["binance", "okx", "mexc", "weex"])
def test_elsewhere_it_happens_in_usdt(seed, exchange):
    # Promise: the pump of the same coin, at the same time and as far, and volume worth ten thousand USDT a minute.
    coin = Instrument(scripted_coin("pump", seed), "USDT")
    tape = play("pump", seed, 7, exchange)[coin]
    assert tape.change(1.6) >= 0.06
    assert tape.change(6.1) >= 0.15
    coin = Instrument(scripted_coin("volume", seed), "USDT")
    tape = play("volume", seed, 61, exchange)[coin]
    assert turnover(tape.between(0, 60)) >= 10_000


def test_seeds_choose_among_many_coins():
    # Promise: another seed is another coin, sooner or later.
    assert len({symbol("pump", seed) for seed in range(40)}) > 10


@seeds
@pytest.mark.parametrize("exchange", ["upbit", "bithumb"])
def test_a_pump_rises_6_percent_in_a_moment_and_15_in_6_seconds(seed, exchange):
    # Promise: the price, the rate, the side and the rush orders are those of a pump.
    tape = scripted("pump", seed, 21, exchange)
    assert tape.change(1.6) >= 0.06
    assert tape.change(6.1) >= 0.15
    rising = tape.between(0, 20)
    assert 20 <= len(rising) / 20 <= 40
    assert sum(fill.side == "buy" for fill in rising) / len(rising) > 0.8
    assert sum(fill.nth >= 1 for fill in tape.between(0, 3)) >= 10
    assert turnover(rising) / 20 * 60 >= 30 * tape.usual_minute


@seeds
def test_a_pump_fades_and_holds_its_price(seed):
    # Promise: the usual rate again after 50 s; never -5 % in 15 s nor -8 % in 60 s; still up after 5 minutes.
    tape = scripted("pump", seed, 330)
    assert len(tape.between(52, 112)) < 30
    for window, limit in ((15, 0.05), (60, 0.08)):
        for at in range(0, 330, 3):
            peak = max((fill.price for fill in tape.between(at - window, at)), default=tape.before)
            assert tape.price(at) / peak - 1 > -limit
    assert 0.08 <= tape.change(329) <= 0.16


@seeds
def test_a_dump_mirrors_it_and_stays_low(seed):
    # Promise: -6 % in 1.5 s, -15 % in 6 s, mostly sells, no recovery worth the name.
    tape = scripted("dump", seed, 330)
    assert tape.change(1.6) <= -0.06
    assert tape.change(6.1) <= -0.15
    falling = tape.between(0, 20)
    assert sum(fill.side == "sell" for fill in falling) / len(falling) > 0.8
    assert -0.18 <= tape.change(329) <= -0.12


@seeds
def test_volume_comes_without_a_move(seed):
    # Promise: 50 to 80 times the usual turnover for 90 s on both sides, the price within 0.7 %.
    tape = scripted("volume", seed, 91)
    busy = tape.between(0, 90)
    assert 50 <= turnover(busy) / 1.5 / tape.usual_minute <= 80
    assert 0.33 <= sum(fill.side == "buy" for fill in busy) / len(busy) <= 0.67
    assert all(abs(fill.price / tape.before - 1) <= 0.007 for fill in busy)


@pytest.mark.parametrize("exchange", ["upbit", "bithumb", "okx"])
def test_a_crash_takes_every_market_of_the_main_quote_with_it(exchange):
    # Promise: -12 % within 4 s in each, shown by trades all along, no way back; other quotes and dollars stay.
    steady = {"USDC", "FDUSD", "USDE"}
    for instrument, tape in play("crash", 1, 60, exchange).items():
        if instrument.quote != FLOORS[exchange].main or instrument.base in steady:
            assert abs(tape.change(10)) < 0.03
            continue
        assert tape.change(4.6) <= -0.11
        assert min(tape.change(at) for at in (4.6, 6, 10)) <= -0.115
        assert -0.15 <= tape.change(59) <= -0.1
        for second in (0, 2, 4, 6, 8):
            assert len(tape.between(second, second + 2)) >= 4


def test_quiet_has_no_script():
    # Promise: starting the script of a quiet market changes nothing.
    started, untouched = (SimulatedMarket("upbit", 1, "quiet", ORIGIN) for _ in range(2))
    started.start_script(ORIGIN)
    assert started.advance(ORIGIN + 20 * NS) == untouched.advance(ORIGIN + 20 * NS)


def test_before_its_start_a_script_is_not_felt():
    # Promise: until then it is the quiet market with the same seed, trade for trade.
    scripted_market, quiet = (SimulatedMarket("upbit", 5, scenario, ORIGIN) for scenario in ("pump", "quiet"))
    scripted_market.start_script(ORIGIN + 10 * NS)
    assert scripted_market.advance(ORIGIN + 10 * NS) == quiet.advance(ORIGIN + 10 * NS)


def test_a_script_starts_once():
    # Promise: only the first call counts.
    once, twice = (SimulatedMarket("upbit", 5, "pump", ORIGIN) for _ in range(2))
    for market in (once, twice):
        market.start_script(ORIGIN + 2 * NS)
    twice.start_script(ORIGIN + 9 * NS)
    assert once.advance(ORIGIN + 15 * NS) == twice.advance(ORIGIN + 15 * NS)


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_a_description_says_whom_and_when(scenario):
    # Promise: scenario, seed, symbol and start are named; nobody is named for quiet, all of KRW for a crash.
    told = describe(scenario, 3)
    assert (told["scenario"], told["seed"]) == (scenario, 3)
    assert told["symbol"] == {"quiet": None, "crash": "*/KRW"}.get(scenario, symbol(scenario, 3))
    assert told["symbols"] == symbols(scenario, 3)
    assert len(told["symbols"]) == (0 if scenario == "quiet" else 2)
    assert told["starts_after_s"] == (None if scenario == "quiet" else 10.0)


def test_lines_run_straight_between_knots():
    # Promise: nothing before the first knot, the last value for ever after.
    knots = ((0.0, 0.0), (2.0, 1.0), (4.0, 0.5))
    assert [line(knots, at) for at in (-1, 0, 1, 2, 3, 4, 99)] == [0, 0, 0.5, 1, 0.75, 0.5, 0.5]


def test_scripts_are_tables_in_time_order():
    # Promise: knots ascend, so that a script can be read from left to right.
    for script in SCRIPTS.values():
        for knots in (script.price, script.trades_per_s, script.times_usual):
            assert [at for at, _ in knots] == sorted({at for at, _ in knots})
