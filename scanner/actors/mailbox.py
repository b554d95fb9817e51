"""A mailbox: a bounded trio memory channel with a named answer to the question what happens when it is full."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Generic, TypeVar

import trio

T = TypeVar("T")


class Policy(Enum):
    """What a full mailbox does to the next item."""

    WAIT = "wait"
    """The sender waits: pressure runs back to the source."""
    DROP_OLDEST = "drop_oldest"
    """The oldest item goes, counted; the sender waits at most `patience` seconds for room first."""
    CONFLATE = "conflate"
    """An item replaces a waiting one of the same key; the oldest key goes when there are too many."""


class Mailbox(Generic[T]):
    """One reader, any number of senders. The reader drains: one wake-up, all that waits.

    `on_drop` is called synchronously with every item that is lost, so that the owner can count and say so.
    """

    def __init__(
        self,
        name: str,
        capacity: int,
        policy: Policy = Policy.WAIT,
        *,
        patience: float = 0.0,
        key: Callable[[T], object] | None = None,
        on_drop: Callable[[T], None] | None = None,
    ) -> None:
        if (policy is Policy.CONFLATE) != (key is not None):
            raise ValueError("a key belongs to CONFLATE, and CONFLATE needs one")
        self.name = name
        self.capacity = capacity
        self.dropped = 0
        self._policy = policy
        self._patience = patience
        self._key = key or id
        self._on_drop = on_drop
        self._jammed = False
        """Patience has run out, and is not tried again before the reader has taken something."""
        self._latest: dict[object, T] = {}
        self._send, self._receive = trio.open_memory_channel[object](capacity)

    def __len__(self) -> int:
        """Items that wait."""
        return self._receive.statistics().current_buffer_used

    async def put(self, item: T) -> None:
        """Leave an item by the policy; trio.ClosedResourceError after `close`.

        It waits only where there is no room: a turn of the loop each time would cost more than the item.
        """
        await trio.lowlevel.checkpoint_if_cancelled()
        if not self.offer(item):
            await self._put_when_full(item)

    def offer(self, item: T) -> bool:
        """Leave an item where there is room for it; whether there was. Nothing is dropped for it."""
        if self._policy is Policy.CONFLATE:
            self._conflate(item)
            return True
        try:
            self._send.send_nowait(item)
        except trio.WouldBlock:
            return False
        return True

    async def _put_when_full(self, item: T) -> None:
        if self._policy is Policy.WAIT:
            await self._send.send(item)
            return
        if self._patience and not self._jammed:
            with trio.move_on_after(self._patience) as patience:
                await self._send.send(item)
            if not patience.cancelled_caught:
                return
            self._jammed = True
        self.put_nowait(item)

    def put_nowait(self, item: T) -> None:
        """Leave an item without waiting; with WAIT, trio.WouldBlock when full."""
        if self._policy is Policy.CONFLATE:
            self._conflate(item)
            return
        try:
            self._send.send_nowait(item)
        except trio.WouldBlock:
            if self._policy is Policy.WAIT:
                raise
            while len(self) >= self.capacity:  # whoever waits for room takes what one item leaves
                self._lose(self._receive.receive_nowait())
            self._send.send_nowait(item)

    def _conflate(self, item: T) -> None:
        key = self._key(item)
        if key in self._latest:
            self._latest[key] = item
            return
        try:
            self._send.send_nowait(key)
        except trio.WouldBlock:
            oldest = self._receive.receive_nowait()
            self._lose(self._latest.pop(oldest))
            self._send.send_nowait(key)
        self._latest[key] = item

    def _lose(self, item: object) -> None:
        self.dropped += 1
        if self._on_drop is not None:
            self._on_drop(item)  # type: ignore[arg-type]  # only what was put comes out

    async def drain(self) -> list[T]:
        """Wait for something, then take all that waits; an empty list means closed and read to the end."""
        try:
            first = await self._receive.receive()
        except trio.EndOfChannel:
            return []
        self._jammed = False
        taken = [first]
        try:
            while True:
                taken.append(self._receive.receive_nowait())
        except (trio.WouldBlock, trio.EndOfChannel):
            pass
        if self._policy is Policy.CONFLATE:
            return [self._latest.pop(key) for key in taken]
        return taken  # type: ignore[return-value]  # only what was put comes out

    def __aiter__(self) -> Mailbox[T]:
        """Drained lists until the mailbox is closed and empty."""
        return self

    async def __anext__(self) -> list[T]:
        if batch := await self.drain():
            return batch
        raise StopAsyncIteration

    def close(self) -> None:
        """No more items; the reader still gets what waits."""
        self._send.close()
