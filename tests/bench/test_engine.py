"""`scanner bench engine` measures the real house: every trade taken in, pumps found, and two markets side by side."""

import json

import pytest

from scanner.bench import engine, market
from scanner.bench.engine import Miscounted, measure
from scanner.model.market import Trade
from scanner.model.moments import SECOND

SAID = []


async def test_both_markets_are_measured_in_every_pass():
    """One object that JSON can write, with a figure for how much more the larger one costs."""
    told = await engine.run(2, SAID.append, sizes=(3, 30), measured_s=15.0)
    assert json.loads(json.dumps(told)) == told
    assert (told["bench"], told["passes"], told["events_a_frame"]) == ("engine", 2, engine.EVENTS_A_FRAME)
    small, large = told["rows"]
    assert (small["measure"], large["measure"]) == ("engine_3", "engine_30")
    assert set(small["ours"]) == {"cpu_us", "wall_s", "trades", "rate_per_s", "alerts", "range"}
    assert set(large["ours"]) == {*small["ours"], "times_small"}
    assert large["ours"]["trades"] > small["ours"]["trades"] > 0
    assert large["ours"]["cpu_us"] > 0.0
    assert len(SAID) == 4


def test_pumps_are_found_and_calm_coins_keep_calm():
    """What is measured is work that comes to something: one coin in a hundred is pumped, and told of."""
    figures = measure(instruments=100, seed=1, measured_s=30.0)
    assert figures["alerts"] >= 1
    assert figures["alerts"] <= 2  # a pump, and perhaps what it was traded


def test_a_trade_that_gets_lost_spoils_the_measure(monkeypatch):
    """Figures of half the work are worth nothing."""
    pieces = engine._pieces
    monkeypatch.setattr(engine, "_pieces", lambda events: list(pieces(events))[:-1])
    with pytest.raises(Miscounted, match="trades of"):
        measure(instruments=3, seed=1, measured_s=1.0)


def test_frames_carry_every_event_once_by_venue_and_in_order():
    """As the workers of these venues would have written them."""
    told = market.trades(market.coins(401, ("upbit", "okx"), (9.0, 9.0)), 1.0, 1)
    house = _House()
    engine.Pipes(house).deliver(engine._pieces(told))
    for exchange in ("upbit", "okx"):
        assert [event for event in house.heard if event.exchange == exchange] == [
            trade for trade in told if trade.exchange == exchange
        ]
    assert all(isinstance(event, Trade) for event in house.heard)


def test_time_passes_for_the_engine_too():
    """Once a second of the market's own time, whatever the frames bring."""
    told = market.trades(market.coins(50, ("upbit",), (9.0, 9.0)), 5.0, 1)
    house = _House()
    engine.Pipes(house).deliver(engine._pieces(told))
    assert [(now - market.START) / SECOND for now in house.ticks] == [0, 1, 2, 3, 4]


class _House:
    """A desk that keeps what it hears, and an engine that keeps its ticks."""

    def __init__(self):
        self.settings = self.desk = self.engine = self
        self.venues = ("upbit", "okx")
        self.heard, self.ticks = [], []

    def hear(self, _worker, message):
        self.heard += message.events

    def tick(self, now):
        self.ticks.append(now)
