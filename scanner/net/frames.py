"""Whole data frames taken off the byte stream below the WebSocket protocol, a batch at a time. Pure.

The protocol's owner has nothing to do for an unfragmented, unmasked, uncompressed data frame but to hand it on, at the
price of a wake-up each. So these go past it; all else is its business and passes through untouched: the handshake,
control frames, fragments, frames with reserved bits or masks, those that are too large, and text that is not UTF-8.
"""

from __future__ import annotations

from enum import Enum

HEADER_END = b"\r\n\r\n"

_TEXT, _BINARY = 0x81, 0x82
"""First bytes of a whole data frame: final, no reserved bit, opcode 1 or 2."""
_WHOLE = (_BINARY, _TEXT)
_FINAL, _OPCODE, _CONTROL, _MASKED, _LENGTH = 0x80, 0x0F, 0x08, 0x80, 0x7F
_SHORTEST = 2
"""Bytes of the shortest head."""
_TWO_BYTES = 126
"""Says that the length follows in two bytes; one more, in eight."""
_MASK_BYTES = 4

Frame = bytes | str


class Place(Enum):
    """What stands among the frames without being one."""

    MESSAGE = "message"
    """Here belongs the next message that the protocol itself delivers."""


Item = Frame | Place


class Splitter:
    """Fed with whatever was read; says what of it is whole data frames, and what is for the protocol."""

    def __init__(self, max_message: int) -> None:
        self._max_message = max_message
        self._rest = b""
        """The beginning of something that is not complete."""
        self._greeting = True
        self._in_message = False
        """A fragmented message has begun: only control frames may stand between its pieces."""
        self._passing = 0
        """Bytes still to come of a frame that passes through."""
        self._delivers = False
        """Whether the protocol has a message when that frame is complete."""
        self.has_places = False
        """Whether `feed` has ever given a place; until then it has given frames only."""

    def feed(self, data: bytes) -> tuple[list[Item], bytes]:
        """Frames and places in the order of the stream, and the bytes for the protocol."""
        if self._greeting:
            return self._greet(data)
        buffer = self._rest + data if self._rest else data
        items: list[Item] = []
        through: list[bytes] = []
        position = self._pass(buffer, 0, items, through) if self._passing else 0
        end = len(buffer)
        while (start := position + _SHORTEST) <= end:
            first, length = buffer[position], buffer[position + 1]
            plain = first in _WHOLE and length < _MASKED and not self._in_message
            mask = _MASK_BYTES if length >= _MASKED else 0
            length &= _LENGTH
            if length >= _TWO_BYTES:
                start += 2 if length == _TWO_BYTES else 8
                if start > end:
                    break
                length = int.from_bytes(buffer[position + _SHORTEST : start], "big")
            stop = start + length
            if plain and length <= self._max_message:
                if stop > end:
                    break
                frame = _read(first, buffer[start:stop])
                if frame is not None:
                    items.append(frame)
                    position = stop
                    continue
            self._note(first)
            self._passing = stop - position + mask
            position = self._pass(buffer, position, items, through)
        self._rest = buffer[position:]
        return items, b"".join(through)

    def _note(self, first: int) -> None:
        """What this frame, which passes through, means for the messages."""
        opcode = first & _OPCODE
        self._delivers = False
        if opcode & _CONTROL:
            return
        final = bool(first & _FINAL)
        self._in_message = not final
        self._delivers = final

    def _pass(self, buffer: bytes, position: int, items: list[Item], through: list[bytes]) -> int:
        """Let as much of the frame through as there is; where it ends, the protocol may have a message."""
        stop = min(position + self._passing, len(buffer))
        through.append(buffer[position:stop])
        self._passing -= stop - position
        if not self._passing and self._delivers:
            items.append(Place.MESSAGE)
            self.has_places = True
        return stop

    def _greet(self, data: bytes) -> tuple[list[Item], bytes]:
        """The answer to the handshake passes; the first frames may stand in the same read."""
        buffer = self._rest + data
        stop = buffer.find(HEADER_END)
        if stop < 0:
            self._rest = buffer[-len(HEADER_END) + 1 :]
            return [], data
        self._greeting = False
        taken = len(buffer) - len(data)  # what the protocol has had already
        self._rest = b""
        stop += len(HEADER_END)
        items, through = self.feed(buffer[stop:])
        return items, buffer[taken:stop] + through


def _read(first: int, payload: bytes) -> Frame | None:
    """The frame; None for text that is not UTF-8, which the protocol has to refuse in its own way."""
    if first == _BINARY:
        return payload
    try:
        return payload.decode()
    except UnicodeDecodeError:
        return None
