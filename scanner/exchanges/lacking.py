"""What a venue has not, and how that is said: channels, kinds of markets, polls, and answers that nobody asked for."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from scanner.exchanges.base import Poll, RemoteNonsense
from scanner.exchanges.nonsense import nonsense
from scanner.model.instrument import Kind
from scanner.model.market import Channel, Event, Subscription


class Unpolled:
    """The part of an `Exchange` that is the same wherever all that there is comes by socket."""

    __slots__ = ()

    @property
    def title(self) -> str:
        """For people."""
        raise NotImplementedError

    def polls(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Nothing: all that there is comes by socket."""
        del subscriptions
        return []

    def fallback(self, subscriptions: Iterable[Subscription]) -> list[Poll]:
        """Nothing: a stream that is refused is lost."""
        del subscriptions
        return []

    def parse_polled(self, tag: str, body: bytes, seen: int) -> list[Event]:
        """Nothing is polled, so any answer is nonsense."""
        del seen
        raise unpolled(self.title, tag, body)


def unpolled(title: str, tag: str, body: bytes) -> RemoteNonsense:
    """The error for the answer to a poll that there is not."""
    return nonsense(f"{title} is not polled for {tag!r}", body)


def unfetched(title: str, tag: str, body: bytes) -> RemoteNonsense:
    """The error for the answer to a `Fetch` that a session never returns."""
    return nonsense(f"{title} was asked for nothing by the name of {tag!r}", body)


def require(
    name: str, channels: Collection[Channel], kind: Kind, wanted: Iterable[Subscription], elsewhere: str = ""
) -> None:
    """ValueError, saying what the venue has, unless it has all of `wanted`; `elsewhere` says where else to look."""
    for one in wanted:
        if one.channel not in channels:
            raise ValueError(f"{name} has no channel {one.channel!r}: it has {', '.join(sorted(channels))}")
        if one.instrument.kind != kind:
            beside = f"; {elsewhere}" if elsewhere else ""
            raise ValueError(f"{name} has no {one.instrument}: it lists {kind} markets only{beside}")
