"""How wanted streams are spread over connections: as few as the venue's limit allows, and evenly."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from scanner.exchanges.base import Subscription

_instrument = attrgetter("instrument")


def spread(subscriptions: Iterable[Subscription], instruments_per_connection: int) -> list[tuple[Subscription, ...]]:
    """One tuple per connection, each with at most that many distinct instruments.

    All streams of an instrument stay together, sizes differ by one instrument at most, duplicates are asked for once,
    and the same wants give the same plan whatever their order.
    """
    wanted = sorted(set(subscriptions), key=lambda one: (one.instrument, one.channel))
    bundles = [tuple(streams) for _, streams in groupby(wanted, _instrument)]
    connections = -(-len(bundles) // instruments_per_connection)
    return [
        tuple(stream for bundle in bundles[first::connections] for stream in bundle) for first in range(connections)
    ]
