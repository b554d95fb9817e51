"""What is told of a coin depends on that coin's own events, however those of others come in between."""

from collections.abc import Callable, Iterator
from heapq import merge
from operator import attrgetter

import pytest

from scanner.bench.detection.feeds import FEEDS
from scanner.bench.detection.play import play
from scanner.bench.detection.recording import Recording
from scanner.model.instrument import Instrument
from scanner.model.market import Event
from tests.bench.detection.hand_made import HOUR, MINUTE, SECOND, START, fresh_engine

COINS = ("BTC", "ABC", "DEF", "GHI", "JKL", "MNO", "PQR", "STU", "VWX", "YZA", "BCD", "EFG")
LENGTH = 3 * HOUR
SLOT_NS = 1_000_000_000

Interleave = Callable[[list[Iterator[Event]]], Iterator[Event]]


def coin(number: int) -> Recording:
    """Hours of trades every two seconds, in the same milliseconds as all the others'; every third coin is pumped."""
    made = Recording(COINS[number], "binance", Instrument(COINS[number], "BTC" if number else "USDT"))
    onset = 2 * HOUR + number * MINUTE if number % 3 == 1 else LENGTH
    for at in range(0, LENGTH, 2 * SECOND):
        after = at - onset
        if 0 <= after < MINUTE:
            for step in range(12):
                made.add(START + at + step // 4, 1 + 0.01 * (after // SECOND) + 0.001 * step, 60.0, buy=True)
        made.add(START + at, (1.0 if after < 0 else 1.3) + (at // SECOND % 4) / 4000, 1.0, buy=at // SECOND % 4 == 2)
    return made


def as_listed(streams: list[Iterator[Event]]) -> Iterator[Event]:
    return merge(*streams, key=attrgetter("seen"))


def the_other_way_round(streams: list[Iterator[Event]]) -> Iterator[Event]:
    return merge(*reversed(streams), key=attrgetter("seen"))


def coin_by_coin(streams: list[Iterator[Event]]) -> Iterator[Event]:
    """As if each coin's messages of a second came in one piece."""
    return merge(*streams, key=lambda event: event.seen // SLOT_NS)


def told(feed: str, interleave: Interleave) -> list[tuple]:
    events = interleave([FEEDS[feed](coin(number)) for number in range(len(COINS))])
    heard, _ = play(fresh_engine(), events)
    return sorted(
        (str(alert.instrument), alert.at, alert.kind, alert.rule, alert.severity, alert.score, alert.headline, alert.id)
        for alert in (each.alert for each in heard)
    )


@pytest.mark.parametrize("feed", FEEDS)
def test_another_interleaving_of_coins_tells_the_same(feed):
    # Promise: to the last digit and the last id, as long as each coin's own events keep their order.
    first = told(feed, as_listed)
    assert {line[0] for line in first} >= {"ABC/BTC", "JKL/BTC", "STU/BTC", "BCD/BTC"}
    assert told(feed, the_other_way_round) == first
    assert told(feed, coin_by_coin) == first
