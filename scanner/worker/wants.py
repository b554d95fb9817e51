"""Who wants what of a worker: a stream flows as long as anybody wants it."""

from __future__ import annotations

from collections.abc import Iterable

from scanner.model.market import Subscription

OWNERS = 1_024
"""The operator's choice is one; every client of a gateway that looks at something of its own is another."""


class TooManyOwners(Exception):
    """More owners than anybody has reason to have: somebody forgets to give back what he took."""


class Wants:
    """The union of what each owner wants; an owner is known as long as it wants something."""

    def __init__(self) -> None:
        self._by_owner: dict[str, frozenset[Subscription]] = {}

    def put(self, owner: str, subscriptions: Iterable[Subscription]) -> None:
        """From now on this owner wants these and nothing else; TooManyOwners when there is no room for a new one."""
        wanted = frozenset(subscriptions)
        if not wanted:
            self._by_owner.pop(owner, None)
            return
        if owner not in self._by_owner and len(self._by_owner) >= OWNERS:
            raise TooManyOwners(f"{OWNERS} owners want streams already, {owner!r} is one too many")
        self._by_owner[owner] = wanted

    def all(self) -> frozenset[Subscription]:
        """Everything that anybody wants."""
        return frozenset().union(*self._by_owner.values())
