"""Open stories as bytes: what a restart needs to go on with them, and nothing that could stop it from starting."""

from __future__ import annotations

from typing import Literal

import msgspec
from msgspec import Struct

from scanner.alerts.story import Story

VERSION = 1
"""Of what is saved. A change of `Story`, or of what it holds, that an older scanner's bytes do not fit makes it 2."""

Refusal = Literal["unreadable", "version"]


class Changes(Struct, frozen=True):
    """What became of open stories since somebody asked last."""

    saved: dict[str, bytes]
    """Story id → its state."""
    dropped: set[str]
    """Ids of those that are over."""


class Refused(Exception):
    """Such bytes are no story."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(f"a saved story was not taken up again: {reason}")
        self.reason: Refusal = reason


class _Stamp(Struct):
    version: int


class _State(Struct):
    version: int
    story: Story


_encoder = msgspec.msgpack.Encoder()
_stamps = msgspec.msgpack.Decoder(_Stamp)
_states = msgspec.msgpack.Decoder(_State)


def saved(story: Story) -> bytes:
    """A story that was told, as bytes."""
    return _encoder.encode(_State(VERSION, story))


def restored(data: bytes) -> Story:
    """The same story; Refused when they are no such bytes, or another version's."""
    try:
        if _stamps.decode(data).version != VERSION:
            raise Refused("version")
        story = _states.decode(data).story
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise Refused("unreadable") from None
    if not story.id:
        raise Refused("unreadable")
    return story
