"""A rate is held when everything arrives on time; the highest such rate is looked for from where the last one was."""

import pytest

from scanner.bench import sustained
from scanner.bench.sustained import Shape, Trial, highest, trial

COSTS = {"cpu_us": 12.0, "worker_cpu_us": 8.0, "main_cpu_us": 4.0}
TINY = Shape(instruments=12, warm_up_s=0.2, measured_s=0.5)


def tried(rate, *, missing=0, lag_s=0.1, lost=None):
    return Trial(rate=rate, missing=missing, lag_s=lag_s, lost=lost or {}, costs=COSTS)


@pytest.mark.parametrize(
    ("found", "held"),
    [
        (tried(100), True),
        (tried(100, lag_s=sustained.LAG_S), True),
        (tried(100, lag_s=sustained.LAG_S + 0.001), False),
        (tried(100, missing=1), False),
        (tried(100, lost={"scanner_dropped_total": 1}), False),
    ],
)
def test_a_rate_is_held_when_all_is_there_and_on_time(found, held):
    """One trade missing, one dropped, or a backlog, and it is not."""
    assert found.held is held
    assert found.figures == {"rate_per_s": 100 if held else 0, "lag_s": found.lag_s, **COSTS}


def test_a_trial_says_what_went_wrong():
    """For whoever waits for it."""
    told = str(tried(80_000, missing=1_200, lag_s=10.05, lost={"scanner_dropped_total": 1_200}))
    assert told == "80,000 trades/s not held: 1,200 missing, scanner_dropped_total 1,200, 10.05 s late"
    assert str(tried(80_000)) == "80,000 trades/s held, 0.10 s late"


@pytest.mark.parametrize(
    ("limit", "first", "offered", "best"),
    [
        (45, 30, [30, 40, 50], 40),  # upwards, until one is too much
        (45, 50, [50, 40], 40),  # downwards, until one is held
        (99, 30, [30, 40, 50], 50),  # there is no higher one to offer
        (5, 30, [30, 20, 10], 0),  # none is held
    ],
)
async def test_the_highest_rate_is_found_from_either_side(monkeypatch, limit, first, offered, best):
    """And no rate is offered twice."""
    seen = []

    async def machine(rate, _say, _shape):
        seen.append(rate)
        return tried(rate, missing=max(0, rate - limit))

    monkeypatch.setattr(sustained, "RATES", (10, 20, 30, 40, 50))
    monkeypatch.setattr(sustained, "trial", machine)
    assert (await highest(first, lambda _: None, TINY)).figures["rate_per_s"] == best
    assert seen == offered


async def test_a_trial_runs_a_whole_scanner_on_every_trade_of_its_load():
    """All arrive, nothing is lost, and it has cost something."""
    said = []
    found = await trial(400, said.append, TINY)
    assert (found.rate, found.missing, found.lost) == (400, 0, {})
    assert found.costs["cpu_us"] == pytest.approx(found.costs["worker_cpu_us"] + found.costs["main_cpu_us"])
    assert found.costs["main_cpu_us"] > 0
    assert said == [str(found)]


async def test_a_rate_that_is_too_much_is_no_failure_of_the_bench(monkeypatch):
    """Without patience for the last trades it says how many were missing."""
    monkeypatch.setattr(sustained, "PATIENCE_S", -0.4)  # it looks for the last time before the last one is due
    found = await trial(400, lambda _: None, TINY)
    assert found.missing > 0
    assert not found.held
