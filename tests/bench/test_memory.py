"""Memory is watched after everything is full, and a leap or a breath of the allocator is not taken for growth."""

import pytest

from scanner.bench.child import ChildFailed
from scanner.bench.memory import Plan, line, run

TINY = Plan(sizes=(6, 12), trades_per_s=200.0, moved_every_s=12.0, warm_up_s=0.5, every_s=0.2, say_every_s=0.4)


def test_growth_is_the_slope_of_the_samples():
    """In MB per second, exactly, where they lie on a line."""
    assert line([(float(at), 50 + at / 4) for at in range(20)]) == (0.25, 0.0)


def test_one_leap_is_no_slope():
    """Neither is a sample that was taken in a bad moment."""
    level = [(float(at), 50.0) for at in range(20)]
    level[7] = (7.0, 90.0)
    assert line(level) == (0.0, 0.0)


def test_noise_is_how_far_samples_lie_from_the_line():
    """Half of them lie nearer."""
    slope, noise_mb = line([(float(at), 50.0 + at % 2) for at in range(40)])
    assert slope == pytest.approx(0.0, abs=0.01)
    assert noise_mb == pytest.approx(0.5, abs=0.1)


def test_too_few_samples_are_no_measure():
    """It says how many there are."""
    with pytest.raises(ChildFailed, match="2 samples of memory are too few: expected 3 or more"):
        line([(0.0, 1.0), (1.0, 2.0)])


def test_books_come_beside_the_trades():
    """As many trades a second whatever the size, for no more books than there are coins."""
    assert Plan().load(300).rate == pytest.approx(5_500)
    assert Plan().load(2_000).rate == pytest.approx(5_075)
    assert Plan(trades_per_s=100).load(10).rate == pytest.approx(200)


def test_every_coin_is_pumped_before_anything_counts():
    """Whatever the size, so that there is as much to remember of each."""
    plan = Plan()
    assert plan.moved_every_s < plan.warm_up_s
    assert [plan.load(size).moves_per_s * plan.moved_every_s for size in (300, 2_000)] == pytest.approx([300, 2_000])


async def test_every_process_of_both_scanners_is_watched():
    """Worker and main process of each size, with their size, their growth and its noise."""
    said = []
    report = await run(1.0, said.append, TINY)
    assert (report["bench"], report["passes"]) == ("memory", 1)
    assert (report["warm_up_s"], report["duration_s"], report["trades_per_s"]) == (0.5, 1.0, 200.0)
    assert [row["measure"] for row in report["rows"]] == ["worker_6", "main_6", "worker_12", "main_12"]
    for row in report["rows"]:
        figures = row["ours"]
        assert 10 < figures["resident_mb"] <= figures["peak_mb"] < 500
        assert figures["samples"] >= 3
        assert figures.keys() == {"resident_mb", "peak_mb", "growth_mb", "noise_mb", "samples", "range"}
    assert said[0].startswith("warming up, ")
    assert any(what.startswith("measuring, ") and "worker_6" in what for what in said)
