"""The bus port: how a worker's messages reach the main process, whatever carries them."""

from __future__ import annotations

from typing import Protocol

from scanner.wire.messages import Down, Up


class BusClosed(Exception):
    """The other end is gone."""


class Uplink(Protocol):
    """A worker's way to the main process."""

    async def send(self, message: Up) -> None:
        """Hand over one message, waiting while the other end is busy; BusClosed when it is gone."""
        ...


class Downlink(Protocol):
    """What the main process tells a worker."""

    async def receive(self) -> Down:
        """The next control message; BusClosed when the main process is gone."""
        ...
