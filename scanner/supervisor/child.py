"""What is supervised, and what is told about it."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum

from msgspec import Struct

from scanner.wire.messages import Up


class ChildSpec(Struct, frozen=True):
    """What to run, as plain data."""

    exchange: str
    shard: int
    entry: str
    """`module:function`, called in the child as `function(spec, up, down)`."""
    spec: bytes

    @property
    def name(self) -> str:
        """For logs and process lists."""
        return f"scanner-{self.exchange}-{self.shard}"


class Phase(Enum):
    """Where a child is in its life."""

    STARTED = "started"
    ENDED = "ended"
    QUARANTINED = "quarantined"


class Change(Struct, frozen=True):
    """A child went from one phase to another."""

    child: ChildSpec
    phase: Phase
    pid: int
    reason: str = ""
    """Why the last life ended; empty for a first start and for an end that was asked for."""


class AllQuarantined(Exception):
    """No child is left to run."""


Hear = Callable[[ChildSpec, Up], None]
Tell = Callable[[Change], None]
