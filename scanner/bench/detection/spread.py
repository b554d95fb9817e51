"""One function over many items in several processes, with results in the order of the items."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")

WAITING_PER_JOB = 2
"""So many items are made ready for each process, so that none waits and no more are held in memory."""


def spread(function: Callable[[T], R], items: Iterable[T], jobs: int) -> Iterator[R]:
    """`map`, by as many processes as there are jobs; with one, by this one."""
    if jobs == 1:
        yield from map(function, items)
        return
    waiting: deque[Future[R]] = deque()
    with ProcessPoolExecutor(jobs, get_context("spawn")) as pool:
        for item in items:
            waiting.append(pool.submit(function, item))
            if len(waiting) > WAITING_PER_JOB * jobs:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
