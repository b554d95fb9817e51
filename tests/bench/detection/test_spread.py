"""Work shared out to processes."""

import pytest

from scanner.bench.detection.spread import WAITING_PER_JOB, spread

ITEMS = range(-20, 0)


@pytest.mark.parametrize("jobs", [1, 2])
def test_results_come_in_the_order_of_the_items(jobs):
    # Promise: as `map` gives them, however many processes share the work.
    assert list(spread(abs, ITEMS, jobs)) == [abs(item) for item in ITEMS]


def test_no_more_items_are_made_ready_than_are_soon_wanted():
    # Promise: a folder larger than memory can be shared out.
    taken = []
    results = spread(abs, (taken.append(item) or item for item in ITEMS), 2)
    next(results)
    assert len(taken) == WAITING_PER_JOB * 2 + 1
    results.close()
