"""How wanted streams are spread over connections: as few as the venue's limits allow, and evenly at first.

A plan for running connections changes them as little as can be, so that no stream that goes on loses a message.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from msgspec import Struct

from scanner.exchanges.base import Endpoint
from scanner.model.market import Subscription


class Lane(Struct, frozen=True):
    """A kind of connection: streams of different lanes never share one."""

    url: str
    streams: int
    """At most so many on one connection."""
    name: str = ""
    """Tells lanes of one address apart."""


Bundle = list[Subscription]
"""All subscriptions that one stream carries."""


def plan(
    wanted: Iterable[Subscription],
    running: Sequence[Endpoint],
    *,
    lane_of: Callable[[Subscription], Lane],
    stream_of: Callable[[Subscription], str],
) -> list[Endpoint]:
    """The running connections first, in order, without what is no longer wanted; what is new fills them, then others.

    The same wants give the same plan whatever their order, and duplicates are asked for once. A running connection
    that is left without subscriptions stays in the plan as an empty endpoint.
    """
    asked = frozenset(wanted)
    kept = [_Kept(endpoint, asked, lane_of, stream_of) for endpoint in running]
    new = sorted(
        asked.difference(one for each in kept for one in each.subscriptions),
        key=lambda one: (one.instrument, one.channel),
    )
    for lane, bundles in _lanes(new, lane_of, stream_of).items():
        left = _fill([each for each in kept if each.lane == lane], bundles)
        kept += [_Kept.new(lane, share) for share in _shares(left, lane.streams)]
    return [Endpoint(each.url, tuple(each.subscriptions)) for each in kept]


class _Kept:
    """A connection of the plan while it is being made."""

    def __init__(
        self,
        endpoint: Endpoint,
        asked: frozenset[Subscription],
        lane_of: Callable[[Subscription], Lane],
        stream_of: Callable[[Subscription], str],
    ) -> None:
        self.url = endpoint.url
        self.lane = lane_of(endpoint.subscriptions[0]) if endpoint.subscriptions else None
        self.subscriptions = [one for one in endpoint.subscriptions if one in asked]
        self.streams = {stream_of(one) for one in self.subscriptions}

    @property
    def has_room(self) -> bool:
        return self.lane is not None and len(self.streams) < self.lane.streams

    @classmethod
    def new(cls, lane: Lane, bundles: Sequence[tuple[str, Bundle]]) -> _Kept:
        made = cls(Endpoint(lane.url), frozenset(), lambda _: lane, str)
        made.lane = lane
        for stream, bundle in bundles:
            made.take(stream, bundle)
        return made

    def take(self, stream: str, bundle: Bundle) -> None:
        self.streams.add(stream)
        self.subscriptions.extend(bundle)


def _lanes(
    asked: Iterable[Subscription], lane_of: Callable[[Subscription], Lane], stream_of: Callable[[Subscription], str]
) -> dict[Lane, dict[str, Bundle]]:
    lanes: dict[Lane, dict[str, Bundle]] = {}
    for one in asked:
        lanes.setdefault(lane_of(one), {}).setdefault(stream_of(one), []).append(one)
    return lanes


def _fill(kept: Sequence[_Kept], bundles: dict[str, Bundle]) -> list[tuple[str, Bundle]]:
    """Put each bundle where its stream flows already, or where there is room; what finds none is returned."""
    home = {stream: each for each in kept for stream in each.streams}
    rooms = [each for each in reversed(kept) if each.has_room]
    left: list[tuple[str, Bundle]] = []
    for stream, bundle in bundles.items():
        while rooms and not rooms[-1].has_room:
            rooms.pop()
        place = home.get(stream) or next(reversed(rooms), None)
        if place is None:
            left.append((stream, bundle))
        else:
            place.take(stream, bundle)
    return left


def _shares(bundles: list[tuple[str, Bundle]], most: int) -> list[list[tuple[str, Bundle]]]:
    """As few shares as can be, each of at most `most`, whose sizes differ by one at most."""
    count = -(-len(bundles) // most)
    return [bundles[first::count] for first in range(count)]
